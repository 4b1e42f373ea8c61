"""Cases made from others at random, always the same ones: what is run where no fuzzer is."""

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Final, TypeAlias

Change: TypeAlias = Callable[[Random, bytes, bytes], bytes]

_NUMBERS: Final = tuple(
    number.to_bytes(8, "little")
    for number in (0, 1, 15, 16, 17, 4096, 1 << 20, 1 << 32, 1 << 63, (1 << 64) - 1)
)
_TRICKS: Final = 32  # a few more than there are ways to misbehave
LONGEST: Final = 4096  # bytes of a mutated case


def mutations(
    cases: Sequence[bytes], count: int, seed: int, *, longest: int = LONGEST
) -> Iterator[bytes]:
    """So many cases, each made of one of those by one to four changes."""
    random = Random(seed)  # noqa: S311 -- the same numbers every time
    for _ in range(count):
        data = random.choice(cases)[:longest]
        for _ in range(random.randint(1, 4)):
            data = random.choice(_CHANGES)(random, data, random.choice(cases))
        yield data[:longest]


def _place(random: Random, data: bytes) -> int:
    return random.randint(0, len(data))


def _flip(random: Random, data: bytes, _other: bytes) -> bytes:
    at = _place(random, data)
    return data[:at] + random.randbytes(1) + data[at + 1 :]


def _remove(random: Random, data: bytes, _other: bytes) -> bytes:
    at = _place(random, data)
    return data[:at] + data[at + random.randint(1, 24) :]


def _insert(random: Random, data: bytes, _other: bytes) -> bytes:
    at = _place(random, data)
    return data[:at] + random.randbytes(random.randint(1, 8)) + data[at:]


def _repeat(random: Random, data: bytes, _other: bytes) -> bytes:
    at = _place(random, data)
    return data[:at] + data[at : at + 40] + data[at:]


def _number(random: Random, data: bytes, _other: bytes) -> bytes:
    at, size = _place(random, data), random.choice((1, 2, 8))
    return data[:at] + random.choice(_NUMBERS)[:size] + data[at + size :]


def _splice(random: Random, data: bytes, other: bytes) -> bytes:
    return data[: _place(random, data)] + other[_place(random, other) :]


def _begin(random: Random, data: bytes, _other: bytes) -> bytes:
    """Another receiver, state or misbehaving handler."""
    at = random.randint(1, 4)
    return data[:at] + bytes([random.randrange(_TRICKS)])[: len(data) - at] + data[at + 1 :]


_CHANGES: Final[tuple[Change, ...]] = (_flip, _remove, _insert, _repeat, _number, _splice, _begin)
