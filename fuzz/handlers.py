"""Handlers as programs really write them: right ones, and ones that misbehave at one call."""

from collections.abc import Callable, Generator, Iterable
from dataclasses import replace
from functools import partial
from typing import Any, Final, TypeAlias

from ch_migration.runtime import Descriptor, Refusal

PAGE: Final = 1 << 16  # bytes of the longest view that the memory gives

# Instead of a handler: it gets the right one, the state, the message, and maybe the payload.
Trick: TypeAlias = Callable[..., Any]
Taken: TypeAlias = Generator[Any, None, Any]


class Kept:
    """A memory that remembers what was written, and how often it was closed."""

    def __init__(self, made: "list[Kept]") -> None:
        """Be one of those that were made."""
        made.append(self)
        self._made = made
        self.writes: list[tuple[int, bytes]] = []
        self.closed = 0

    def another(self) -> "Kept":
        """A new one."""
        return Kept(self._made)

    def receive(self, places: Iterable[tuple[int, int]]) -> Generator[memoryview, None, None]:
        """Room for one piece after the other, each remembered."""
        for address, size in places:
            for begin in range(address, address + size, PAGE):
                piece = bytearray(min(PAGE, address + size - begin))
                yield memoryview(piece)
                self.writes.append((begin, bytes(piece)))

    def close(self) -> None:
        """Count it."""
        self.closed += 1

    def __repr__(self) -> str:
        return "Kept()"  # errors are compared by their text


class Tricky:
    """Other handlers, one call of which does something else; `call` counts from 1."""

    def __init__(self, handlers: object, trick: int, call: int) -> None:
        self.calls: list[str] = []
        self._handlers = handlers
        self._trick = trick
        self._call = call

    def __getattr__(self, name: str) -> Callable[..., Any]:
        usual = getattr(self._handlers, name)
        self.calls.append(name)
        if not self._trick or len(self.calls) != self._call:
            return usual  # type: ignore[no-any-return]  # a method of some handlers
        tricks = STREAMED if name == "memory" else PLAIN
        return partial(tricks[self._trick % len(tricks)], usual)


def fails(*_: object) -> None:
    """Raise what programs raise."""
    raise OSError(28, "No space left on device")


def interrupts(*_: object) -> None:
    """Be stopped by the user."""
    raise KeyboardInterrupt


def is_closed(*_: object) -> None:
    """Raise what ends generators."""
    raise GeneratorExit


def stops(*_: object) -> None:
    """Raise what ends loops."""
    raise StopIteration(1)


def refuses(*_: object) -> None:
    """Choose the reply."""
    raise Refusal(2, "not here")


def refuses_oddly(*_: object) -> None:
    """Choose a reply that is none, or that accepts."""
    raise Refusal(1, "not here")


def returns_nothing(*_: object) -> None:
    """Forget the next state."""


def stays(_usual: Trick, state: object, *_: object) -> object:
    """Return the state it was called in."""
    return state


def lies(usual: Trick, *arguments: object) -> object:
    """Return the right state with a wrong value."""
    following = usual(*arguments)
    paused = getattr(following, "paused", None)
    return following if paused is None else replace(following, paused=not paused)


def takes(usual: Trick, state: object, message: object) -> object:
    """Close the message's descriptors before the receiver can."""
    following = usual(state, message)
    for name in getattr(type(message), "__slots__", ()):
        if isinstance(part := getattr(message, name), Descriptor):
            part.close()
    return following


def fails_in_between(usual: Trick, *arguments: object) -> Taken:
    """Raise behind the first view."""
    yield next(usual(*arguments))
    fails()


def leaves_early(_usual: Trick, state: object, _message: object, payload: Any) -> Taken:  # noqa: ANN401 -- a payload
    """Take three bytes and leave the others."""
    yield from payload.read(3)
    return state


def _all_but(count: int, payload: Any) -> Taken:  # noqa: ANN401 -- a payload
    """Take the bytes before the last ones, in pieces: a peer announces as many as it likes."""
    while payload.remaining > count:
        yield from payload.read(min(PAGE, payload.remaining - count))


def replaces(_usual: Trick, state: Any, _message: object, payload: Any) -> Taken:  # noqa: ANN401 -- any state, a payload
    """Return a state with another memory when all but one byte has come."""
    yield from _all_but(1, payload)
    return replace(state, memory=state.memory.another())


def yields_on(_usual: Trick, state: object, _message: object, payload: Any) -> Taken:  # noqa: ANN401 -- a payload
    """Yield once more than there are bytes."""
    yield from _all_but(0, payload)
    yield memoryview(bytearray(1))
    return state


def yields(view: object, *_: object) -> Taken:
    """Yield something that bytes cannot be received into."""
    yield view


def yields_words(_usual: Trick, state: object, _message: object, payload: Any) -> Taken:  # noqa: ANN401 -- a payload
    """Take all bytes into views of another format."""
    while payload.remaining:
        yield memoryview(bytearray(64)).cast("Q")
    return state


def goes_on(usual: Callable[..., Taken], *arguments: object) -> Taken:
    """Go on when it is closed."""
    try:
        return (yield from usual(*arguments))
    except GeneratorExit:
        yield memoryview(bytearray(1))


def counts_wrong(usual: Callable[..., Taken], *arguments: Any) -> Taken:  # noqa: ANN401 -- a payload, too
    """Write into what the receiver counts."""
    arguments[-1].remaining = 1 << 40
    return (yield from usual(*arguments))


def begins(trick: Trick) -> Trick:
    """The same at the first step of a generator."""

    def begun(*arguments: object) -> Taken:
        return trick(*arguments)
        yield  # what makes it a generator

    return begun


# The first of each is never asked for: 0 is no trick.
PLAIN: Final[tuple[Trick, ...]] = (
    fails,
    fails,
    interrupts,
    is_closed,
    refuses,
    refuses_oddly,
    stops,
    returns_nothing,
    stays,
    lies,
    takes,
)
STREAMED: Final[tuple[Trick, ...]] = (
    *PLAIN[:7],
    begins(stops),
    begins(fails),
    begins(interrupts),
    begins(refuses),
    begins(returns_nothing),
    fails_in_between,
    leaves_early,
    replaces,
    yields_on,
    partial(yields, b"1"),
    partial(yields, memoryview(b"12")),
    partial(yields, memoryview(bytearray())),
    yields_words,
    goes_on,
    counts_wrong,
)
