"""Config, made of what a snapshot holds. Knows no files and no sockets.

A snapshot keeps one part of Config, `vm_config`. The others stand in State, which the source wrote
when the guest stood still:

    common_cpuid          in State's own part; a source asks its processor anew each time, so two
                          registers may differ from those that Config had: bits 24 to 31 of EBX in
                          leaf 1 and EDX in leaf 11, the number of the processor that answered
    memory_manager_data   in the memory manager's part, where `memory_ranges` is a list of all
                          memory; in Config it is empty

Nothing else is in Config, and nothing of it is made up.
"""

from typing import Final

from .layout import CannotStoreError, common_cpuid, memory_manager
from .scan import ScanError, replaced

_NO_RANGES: Final = b'{"data":[]}'


def config(vm_config: bytes, state: bytes) -> bytes:
    """The payload of Config, from the texts of `config.json` and `state.json`.

    Raises:
        OpaqueStateError: State is that of v38 or older.
        CannotStoreError: the texts do not say what Config has to say.
    """
    if not vm_config.lstrip().startswith(b"{"):
        raise CannotStoreError("the VM's configuration is not an object")
    try:
        manager = replaced(memory_manager(state), "memory_ranges", _NO_RANGES)
    except ScanError as error:
        raise CannotStoreError(f"State's memory manager cannot be cut: {error}") from None
    cpuid = common_cpuid(state)
    members = [b'"vm_config":' + vm_config]
    if cpuid is not None:  # a receiver of the same architecture expects none
        members.append(b'"common_cpuid":' + cpuid)
    members.append(b'"memory_manager_data":' + manager)
    return b"{" + b",".join(members) + b"}"
