"""Payloads that are not kept: a handler says where the bytes go. Knows no sockets, no protocol."""

from collections.abc import Callable, Generator, Iterable, Iterator
from typing import TypeAlias, TypeVar

from .memory import Memory
from .targets import Target

S = TypeVar("S")

# What a handler of a streamed payload is: it yields a writable view, a list of them or a place in a
# file, goes on when it was filled (or when the payload ended inside it), and returns the next
# state. Bytes that could not be written to the file are raised where it was yielded.
Receiving: TypeAlias = Generator[Target, None, S]


class Payload:
    """The bytes that a handler may still take; those it leaves are skipped for it."""

    __slots__ = ("_places", "remaining", "size")

    def __init__(
        self, size: int, places: Callable[[], Iterable[tuple[int, int]]] | None = None
    ) -> None:
        """Announce `size` bytes for these places: pairs of address and size, in order of arrival.

        Without places all bytes lie together, from address 0 on.
        """
        self.size = size
        self.remaining = size  # counted down by the receiver; what a handler writes here is lost
        self._places = places or (lambda: ((0, size),))

    def into(self, view: memoryview) -> Generator[memoryview, None, int]:
        """Fill the view; the number of bytes, fewer than it has only at the end of the payload."""
        count = min(view.nbytes, self.remaining)
        if count:
            yield view.cast("B")[:count]
        return count

    def read(self, count: int) -> Generator[memoryview, None, bytes]:
        """The next bytes, in memory; fewer than `count` only at the end of the payload."""
        buffer = bytearray(min(count, self.remaining))
        yield from self.into(memoryview(buffer))
        return bytes(buffer)

    def scatter(self, memory: Memory, base: int = 0) -> Generator[Target, None, None]:
        """Put all bytes where they belong, `base` added to each address."""
        places = self._places()
        return memory.receive(_moved(places, base) if base else places)


def _moved(places: Iterable[tuple[int, int]], base: int) -> Iterator[tuple[int, int]]:
    for at, size in places:
        if base + at < 0:
            raise ValueError(f"the address {at:#x} lies before {-base:#x}")
        yield base + at, size
