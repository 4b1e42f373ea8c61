"""Which changes of a spec break whom: peers of the other version, and programs.

`compare.compare` is the way in. Pure: knows no files, no terminal, no revisions.
"""
