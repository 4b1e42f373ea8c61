"""Store live migrations of Cloud Hypervisor as snapshots: how a generated receiver is used.

`store` has the handlers, one for each transition; `receive` is all that knows of sockets. The rest
is what a snapshot is: `layout` cuts it from the messages, `contents` are its bytes of memory,
`directory` is where it lies. `python -m ch_snapshot --help` says what it can do.
"""
