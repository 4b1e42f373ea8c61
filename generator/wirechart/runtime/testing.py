"""What the generated tests share: scripts of a peer, and handlers that are watched.

Knows no protocol and no pytest. Time is counted, never waited for.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, Literal, Protocol, TypeAlias, TypeVar

from .descriptors import Descriptor

S = TypeVar("S")

PACE: Final = 0.125  # seconds before every step
PIECE: Final = 1 << 16  # bytes of contents that are kept together
FAILURE: Final = RuntimeError("a handler fails in a test")


class Tested(Protocol):
    """What is asked of a receiver."""

    @property
    def finished(self) -> bool: ...
    @property
    def wants_descriptors(self) -> int: ...
    def wants(self) -> memoryview | None: ...
    def received(
        self, count: int, descriptors: Sequence[Descriptor] = ..., *, now: float | None = ...
    ) -> bytes: ...
    def feed(
        self, data: bytes, descriptors: Sequence[Descriptor] = ..., *, now: float | None = ...
    ) -> bytes: ...
    def eof(self, *, now: float | None = ...) -> bytes: ...
    def tick(self, now: float) -> bytes: ...


class Watched:
    """Keeps the names of the handlers that are called.

    With `failing` all of them raise; else the calls whose numbers, from 1, are in `fails`.
    """

    def __init__(
        self, handlers: object, *, failing: bool = False, fails: Sequence[int] = ()
    ) -> None:
        self.calls: tuple[str, ...] = ()
        self.handlers: Any = _Calls(self, handlers, failing, fails)  # in place of the others


class _Calls:
    def __init__(
        self, watched: Watched, handlers: object, failing: bool, fails: Sequence[int]
    ) -> None:
        self._watched = watched
        self._handlers = handlers
        self._failing = failing
        self._fails = fails

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def called(*arguments: object) -> Any:  # noqa: ANN401 -- whatever the handler returns
            self._watched.calls += (name,)
            if self._failing or len(self._watched.calls) in self._fails:
                raise FAILURE
            return getattr(self._handlers, name)(*arguments)

        return called


class Kept:
    """A memory that keeps what was written, by address."""

    def __init__(self) -> None:
        self.contents: dict[int, bytes] = {}

    def receive(self, places: Iterable[tuple[int, int]]) -> Generator[memoryview, None, None]:
        """Room for one piece after the other."""
        for address, size in places:
            for begin in range(address, address + size, PIECE):
                piece = bytearray(min(PIECE, address + size - begin))
                yield memoryview(piece)
                self.contents[begin] = bytes(piece)

    def close(self) -> None:
        """Nothing is open."""


class Idle:
    """A resource that needs no closing."""

    def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True, slots=True)
class Sent:
    """Some bytes arrive: a header, and what comes behind it, with descriptors."""

    header: bytes
    payload: bytes = b""
    reply: bytes = b""
    descriptors: tuple[Descriptor, ...] = ()  # with the payload
    early: tuple[Descriptor, ...] = ()  # with the header, where none belong
    closes: bool = False  # nothing is answered any more: the stream is to be closed

    def play(self, receiver: Tested, now: float) -> tuple[bytes, float]:
        """The replies, and what time it is then."""
        now += PACE
        replies = receiver.feed(self.header, self.early, now=now)
        if self.payload:
            replies += receiver.feed(self.payload, self.descriptors, now=now)
        return replies, now


@dataclass(frozen=True, slots=True)
class Counted:
    """The same again and again, but for a number in it that counts from `first`."""

    header: bytes
    payload: bytes
    offset: int  # of the number, from the beginning of the header
    size: int
    order: Literal["little", "big"]  # of its bytes
    count: int
    reply: bytes = b""  # to each
    descriptors: tuple[Descriptor, ...] = ()
    closes: bool = False
    first: int = 1

    def play(self, receiver: Tested, now: float) -> tuple[bytes, float]:
        """The last reply (nothing when one was another), and what time it is then."""
        replies: set[bytes] = set()
        whole = bytearray(self.header + self.payload)
        for number in range(self.first, self.first + self.count):
            now += PACE
            whole[self.offset : self.offset + self.size] = number.to_bytes(self.size, self.order)
            header, payload = whole[: len(self.header)], whole[len(self.header) :]
            reply = receiver.feed(bytes(header), now=now)
            replies.add(reply + receiver.feed(bytes(payload), self.descriptors, now=now))
        return (replies.pop() if len(replies) == 1 else b""), now


@dataclass(frozen=True, slots=True)
class Ended:
    """The stream ends."""

    reply: bytes = b""
    closes: bool = True

    def play(self, receiver: Tested, now: float) -> tuple[bytes, float]:
        """The replies, and what time it is then."""
        now += PACE
        return receiver.eof(now=now), now


@dataclass(frozen=True, slots=True)
class Waited:
    """Nothing comes for so many seconds."""

    seconds: float
    reply: bytes = b""
    closes: bool = False

    def play(self, receiver: Tested, now: float) -> tuple[bytes, float]:
        """The replies, and what time it is then."""
        now += self.seconds
        return receiver.tick(now), now


Step: TypeAlias = Sent | Counted | Ended | Waited
Steps: TypeAlias = tuple[Step, ...]
Answers: TypeAlias = tuple[tuple[bytes, bool], ...]  # for each step reply and whether it closes


def play(receiver: Tested, steps: Steps) -> Answers:
    """What a peer sees of a receiver that has just begun."""
    now = 0.0
    answers: list[tuple[bytes, bool]] = []
    for step in steps:
        reply, now = step.play(receiver, now)
        answers.append((reply, receiver.finished))
    return tuple(answers)


def expected(steps: Steps) -> Answers:
    """What a peer has to see."""
    return tuple((step.reply, step.closes) for step in steps)


@dataclass(frozen=True, slots=True)
class Case(Generic[S]):
    """From a state, some steps, to a state."""

    name: str
    before: S
    steps: Steps
    after: object
    calls: tuple[str, ...] = ()
    failing: bool = False  # every handler raises
    deadline: float | None = None  # None: there is none
    context: object = None

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Move:
    """Something that happens in a situation, and the situation that follows."""

    spot: str
    name: str
    steps: Steps
    leads_to: str


@dataclass(frozen=True, slots=True)
class Spot:
    """A situation: the way to it from another one, and what tells it from all others."""

    path: Steps
    behind: str = ""  # empty: the beginning
    probes: tuple[Steps, ...] = ()
    context: object = None


@dataclass(frozen=True, slots=True)
class Session:
    """A way, a move, a probe: what a peer does from the beginning."""

    name: str
    steps: Steps
    context: object

    def __str__(self) -> str:
        return self.name


def sessions(spots: Mapping[str, Spot], moves: Sequence[Move]) -> tuple[Session, ...]:
    """Every move behind the way to its situation, with every probe of where it leads."""
    ways: dict[str, Steps] = {"": ()}
    for name, spot in spots.items():
        ways[name] = (*ways[spot.behind], *spot.path)
    return tuple(
        Session(
            f"{move.spot}: {move.name} → {move.leads_to}, probe {number}",
            (*ways[move.spot], *move.steps, *probe),
            spots[move.spot].context,
        )
        for move in moves
        for number, probe in enumerate(spots[move.leads_to].probes or ((),))
    )


class Ending(Tested, Protocol):
    """What is asked of a receiver from inside."""

    @property
    def state(self) -> object: ...
    @property
    def termination(self) -> object: ...
    @property
    def deadline(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a case has led to."""

    answers: Answers
    after: object
    calls: tuple[str, ...]
    deadline: float | None


def outcome(receiver: Ending, watched: Watched, steps: Steps) -> Outcome:
    """What the steps of a case lead to."""
    answers = play(receiver, steps)
    after = receiver.state if receiver.termination is None else receiver.termination
    return Outcome(answers, after, watched.calls, receiver.deadline)


def demanded(case: Case[S]) -> Outcome:
    """What a case has to lead to."""
    return Outcome(expected(case.steps), case.after, case.calls, case.deadline)


def deliver(receiver: Tested, steps: Steps, sizes: Iterator[int], end: int | None = None) -> bytes:
    """Feed the requests of some steps in pieces of these sizes, up to byte `end`; the replies.

    Descriptors come with the first byte behind their header, as a socket hands them out.
    """
    replies = b""
    left = end
    for step in steps:
        if not isinstance(step, Sent):
            continue
        for data, descriptors in ((step.header, step.early), (step.payload, step.descriptors)):
            rest = data if left is None else data[:left]
            left = None if left is None else left - len(rest)
            replies += _pieces(receiver, rest, descriptors, sizes)
    return replies


def _pieces(
    receiver: Tested, data: bytes, descriptors: Sequence[Descriptor], sizes: Iterator[int]
) -> bytes:
    replies = b""
    while data:
        view = receiver.wants()
        if view is None:
            break
        count = min(len(view), len(data), next(sizes))
        view[:count] = data[:count]
        replies += receiver.received(count, descriptors)
        data, descriptors = data[count:], ()
    return replies


def size(steps: Steps) -> int:
    """How many bytes a peer sends in some steps."""
    return sum(len(step.header) + len(step.payload) for step in steps if isinstance(step, Sent))


def cut_short(steps: Steps, refusals: Sequence[bytes], end: int) -> bytes:
    """The replies when a stream ends at byte `end`; `refusals` are for payloads that never came."""
    replies = b""
    for step, refusal in zip(steps, refusals, strict=True):
        whole = size((step,))
        if end >= whole:
            replies += step.reply
        elif isinstance(step, Sent) and end >= len(step.header):
            return replies + refusal
        end -= whole
        if end <= 0:
            break
    return replies


def step_at(steps: Steps, end: int) -> int:
    """The number of the step to which byte `end` belongs; the last one for what lies behind."""
    for number, step in enumerate(steps):
        end -= size((step,))
        if end < 0:
            return number
    return len(steps) - 1


def is_between(steps: Steps, end: int) -> bool:
    """Whether byte `end` is the first one of a step."""
    return end in (size(steps[:number]) for number in range(len(steps)))
