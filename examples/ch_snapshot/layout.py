"""What a snapshot holds, cut from the texts of Config and State. Knows no files and no sockets.

Addresses are guest physical, sizes in bytes; both are integers below 2^64.
"""

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from ch_migration import Refusal, Reply
from ch_migration.runtime import Json, MalformedError

from .scan import ScanError, find, items

MANY: Final = 1 << 16  # mappings or ranges; real VMs have some tens
_LONG: Final = 4 << 20  # bytes of a part of State that is read; real ones have about 10 kB
_ITEM: Final = 4 << 10  # bytes of one mapping or range; real ones have about 100
_MANAGER: Final = "State's memory manager"
_ROOT: Final = "State's own part"


class CannotStoreError(Refusal):
    """What arrived cannot become a snapshot: the message is answered with an Error."""

    def __init__(self, text: str) -> None:
        super().__init__(Reply.Error, text)


class OpaqueStateError(CannotStoreError):
    """The state of v38 and older: which memory it has is not known."""


@dataclass(frozen=True, slots=True)
class Range:
    """A part of guest memory."""

    gpa: int
    size: int

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.gpa + self.size

    def __str__(self) -> str:
        return f"{self.gpa:#x}-{self.end:#x}"


@dataclass(frozen=True, slots=True)
class Slot(Range):
    """A mapping of guest memory, which may come by a descriptor of its own."""

    number: int
    zone: str
    virtio_mem: bool  # only a part of it may be plugged
    file_offset: int  # where it begins in the slot's descriptor


R = TypeVar("R", bound=Range)


class Spans(Generic[R]):
    """Things by address; no two overlap."""

    def __init__(self, things: Iterable[R]) -> None:
        """Sort them.

        Raises:
            CannotStoreError: two overlap.
        """
        self._things = sorted(things, key=lambda thing: thing.gpa)
        self._begins = [thing.gpa for thing in self._things]
        for before, after in zip(self._things, self._things[1:], strict=False):
            if before.end > after.gpa:
                raise CannotStoreError(f"memory at {after.gpa:#x} is listed twice")

    def within(self, begin: int, end: int) -> Iterator[tuple[R, int, int]]:
        """What lies in a range of addresses: each thing, and from where to where."""
        first = max(0, bisect_right(self._begins, begin) - 1)
        for thing in self._things[first:]:
            if thing.gpa >= end:
                return
            if thing.end > begin:
                yield thing, max(begin, thing.gpa), min(end, thing.end)

    def covered(self, begin: int, end: int) -> int:
        """How many bytes of a range of addresses lie in one of them."""
        return sum(upper - lower for _, lower, upper in self.within(begin, end))


def vm_config(config: bytes) -> bytes:
    """The text of the VM's configuration, unchanged.

    Raises:
        CannotStoreError: Config is that of an old version, or has none.
    """
    try:
        found = find(config, "vm_config")
        if found is None and find(config, "cpus") and find(config, "memory"):
            raise CannotStoreError(
                "Config is a bare VM configuration, as v17 and older send it: "
                "it does not say where memory lies"
            )
    except ScanError as error:
        raise CannotStoreError(f"Config cannot be cut: {error}") from None
    if found is None:
        raise CannotStoreError("Config has no `vm_config`")
    if not found.startswith(b"{"):
        raise CannotStoreError("Config's `vm_config` is not an object")
    return found


def slots(config: bytes) -> tuple[Slot, ...]:
    """Where guest memory lies, in the order of Config.

    Raises:
        CannotStoreError: Config does not say it, or says what cannot be.
    """
    manager = _member(config, "Config", "memory_manager_data")  # v18 and older have none
    listed = _member(manager, "Config's memory manager", "guest_ram_mappings")
    found = tuple(map(_mapping, _listed(listed, "Config's `guest_ram_mappings`")))
    Spans(found)
    return found


def memory_ranges(state: bytes) -> tuple[Range, ...]:
    """The memory that a snapshot holds, in its order.

    Raises:
        OpaqueStateError: State is that of v38 or older.
        CannotStoreError: State does not say it, or says what cannot be.
    """
    table = _member(memory_manager(state), _MANAGER, "memory_ranges")
    data = _member(table, _MANAGER, "data")
    return tuple(map(_range, _listed(data, "State's `memory_ranges`")))


def memory_manager(state: bytes) -> bytes:
    """The text of an object: what State says of the memory manager.

    Raises:
        OpaqueStateError: State is that of v38 or older.
        CannotStoreError: State does not say it.
    """
    inner = state
    for key in ("snapshots", "memory-manager"):
        inner = _member(inner, _MANAGER, key)
    return _own(inner, _MANAGER)


def common_cpuid(state: bytes) -> bytes | None:
    """The text of an array: what State says of all virtual processors; None: they are not x86.

    Raises:
        OpaqueStateError: State is that of v38 or older.
        CannotStoreError: State does not say it.
    """
    try:
        return find(_own(state, _ROOT), "common_cpuid")
    except ScanError as error:
        raise CannotStoreError(f"{_ROOT} cannot be cut: {error}") from None


def check(mapped: Sequence[Slot], ranges: Sequence[Range]) -> tuple[Slot, ...]:
    """Whether State's ranges are Config's memory; the pluggable mappings of which it has nothing.

    Raises:
        CannotStoreError: memory lies outside of all mappings, is listed twice, or is left out.
    """
    memory, kept = Spans(mapped), Spans(ranges)
    for part in ranges:
        if memory.covered(part.gpa, part.end) < part.size:
            raise CannotStoreError(f"State has memory at {part}, where Config has none")
    for mapping in mapped:
        if not mapping.virtio_mem and kept.covered(mapping.gpa, mapping.end) < mapping.size:
            raise left_out(mapping)
    pluggable = (mapping for mapping in mapped if mapping.virtio_mem)
    return tuple(one for one in pluggable if not kept.covered(one.gpa, one.end))


def left_out(mapping: Slot) -> CannotStoreError:
    """A zone whose content arrives, but has no place in a snapshot."""
    return CannotStoreError(
        f"a snapshot cannot hold zone `{mapping.zone}` ({mapping}): "
        "it is shared and lies in a file, and State leaves it out"
    )


def _member(text: bytes, what: str, key: str) -> bytes:
    try:
        found = find(text, key)
    except ScanError as error:
        raise CannotStoreError(f"{what} cannot be cut: {error}") from None
    if found is None:
        raise CannotStoreError(f"{what} has no `{key}`")
    return found


def _own(snapshot: bytes, what: str) -> bytes:
    """The JSON text that a part of State holds as a JSON string."""
    text = _member(_member(snapshot, what, "snapshot_data"), what, "state")
    if text.startswith(b"["):
        raise OpaqueStateError("State holds arrays of bytes, as v38 and older send it")
    if not text.startswith(b'"') or len(text) > _LONG:
        raise CannotStoreError(f"{what} is no string of at most {_LONG} bytes")
    try:
        return Json.of(json.loads(text).encode()).raw
    except (UnicodeEncodeError, MalformedError) as error:
        raise CannotStoreError(f"{what} cannot be cut: {error}") from None


def _listed(text: bytes, what: str) -> Iterator[dict[str, Any]]:
    """The objects of an array."""
    try:
        for number, item in enumerate(items(text)):
            if number == MANY:
                raise CannotStoreError(f"{what} has more than {MANY} items")
            if not item.startswith(b"{") or len(item) > _ITEM:
                raise CannotStoreError(f"{what}: item {number} is no object, or too long")
            yield _OBJECTS.decode(item.decode())
    except ScanError as error:
        raise CannotStoreError(f"{what} cannot be cut: {error}") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys differ."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ScanError("a key is there twice")
    return found


_OBJECTS: Final = json.JSONDecoder(object_pairs_hook=_unique)


def _mapping(item: dict[str, Any]) -> Slot:
    zone, pluggable = item.get("zone_id"), item.get("virtio_mem", False)
    if not isinstance(zone, str) or not isinstance(pluggable, bool):
        raise CannotStoreError("a mapping of Config has no `zone_id`, or a wrong `virtio_mem`")
    slot, offset = _integer(item, "slot"), _integer(item, "file_offset")
    return Slot(*_span(item, "size"), slot, zone, pluggable, offset)


def _range(item: dict[str, Any]) -> Range:
    return Range(*_span(item, "length"))


def _span(item: dict[str, Any], size: str) -> tuple[int, int]:
    gpa, length = _integer(item, "gpa"), _integer(item, size)
    if gpa + length > 1 << 64:
        raise CannotStoreError(f"memory at {gpa:#x} ends behind the last address")
    return gpa, length


def _integer(item: dict[str, Any], key: str) -> int:
    value = item.get(key)
    if type(value) is not int or not 0 <= value < 1 << 64:
        raise CannotStoreError(f"`{key}` of a part of memory is not an integer below 2^64")
    return value
