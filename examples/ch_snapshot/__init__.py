"""Store live migrations of Cloud Hypervisor as snapshots, and send them: generated code in use.

`store` has the handlers, one for each transition; only `receive` knows of sockets there. What a
snapshot is: `layout` cuts it from the messages, `contents` are its bytes of memory, `directory` is
where it lies. The way back: `assemble` makes Config of it, `sources` reads it, `send` sends it with
the generated senders, `further` over more than one connection. `python -m ch_snapshot --help` says
what it can do.
"""
