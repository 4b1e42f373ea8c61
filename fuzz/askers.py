"""Those that ask, fed with whatever a hostile peer may answer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from fuzz.framing import HEADER, OK
from fuzz.invariants import Violation, hold, nothing_left
from fuzz.source import Source

from ch_migration import pager, source
from ch_migration.messages import LIMIT_PAGE
from ch_migration.runtime import Asked, Asker, Descriptor, Json, NotAllowedError, Table

AnyAsker: TypeAlias = Asker[Any, Any]
Feed: TypeAlias = Callable[[AnyAsker, bytes, float], None]
ASK, SEND, ANSWER, RAW, PAUSE, FAIL, END = range(7)  # kinds of steps


def _table(*rows: tuple[int, int]) -> Table[tuple[int, int]]:
    return Table[tuple[int, int]].of("<QQ", rows)


_NO_DESCRIPTOR: Final = Descriptor(-1)
_MESSAGES: Final = (
    source.Start(0),
    source.MemoryFd(1, _NO_DESCRIPTOR),  # it was closed: it cannot be sent
    source.Config(Json.of(b"{}")),
    source.Memory(_table((4096, 3), (0, 0), (1, 2))),
    source.Memory(_table(((1 << 64) - 1, 2))),  # cannot be said
    source.State(Json.of(b'{"a":[1]}')),
    source.State(Json.of(b"{}")),
    source.Complete(),
    source.CompletePaused(),
    source.Start(1 << 16),  # cannot be said
)
_FAULTS: Final = (pager.PageFault(4096, 20), pager.PageFault(0, 0), pager.PageFault(1 << 64, 1))
_INTO: Final = (None, 20, 0, 4096)  # bytes of a buffer for the reply's payload


@dataclass
class Run:
    """What came of a case."""

    asked: list[object] = field(default_factory=list[object])  # and accepted as questions
    answered: int = 0  # how many of them led to a state
    sent: int = 0  # bytes of the last one that were not sent
    fed: bytearray = field(default_factory=bytearray)  # all of the peer's bytes
    payloads: list[bytes] = field(default_factory=list[bytes])
    ended: str = ""
    in_doubt: bool = False
    refused: int = 0  # questions that were not allowed


def verify(data: Source) -> None:
    """Play a case twice: what comes is fed at once, and byte by byte.

    Raises:
        Violation: an invariant does not hold.
    """
    paging = bool(data.number(1) % 2)
    steps = data.rest()
    with nothing_left():
        runs = [_played(paging, steps, feed) for feed in (_at_once, _byte_by_byte)]
        hold(runs[0] == runs[1], f"byte by byte it is {runs[1]} and otherwise {runs[0]}")
        _judge(paging, runs[0])


def _at_once(asker: AnyAsker, data: bytes, now: float) -> None:
    asker.feed(data, now=now)


def _byte_by_byte(asker: AnyAsker, data: bytes, now: float) -> None:
    for byte in data:
        view = asker.wants()
        if view is None:
            return
        hold(0 < view.nbytes <= LIMIT_PAGE, f"a view of {view.nbytes} bytes is wanted")
        view[0] = byte
        asker.received(1, now=now)


def _played(paging: bool, steps: bytes, feed: Feed) -> Run:
    try:
        return _play(pager.asker() if paging else source.asker(), paging, Source(steps), feed)
    except Violation:
        raise
    except Exception as error:
        raise Violation(f"{type(error).__name__} was raised: {error}") from error


def _play(asker: AnyAsker, paging: bool, steps: Source, feed: Feed) -> Run:
    run = Run()
    now = 0.0
    while steps:
        kind = steps.number(1) % 7
        if kind == ASK:
            _ask(asker, paging, steps.number(1), run)
        elif kind == SEND:
            count = min(steps.number(1), run.sent)
            run.sent -= count
            asker.sent(count, now=now)
        elif kind == PAUSE:
            now += steps.number(1) / 2
            asker.tick(now)
        elif kind == FAIL:
            asker.failed(OSError("the disk is gone"))
        elif kind == END:
            asker.eof(now=now)
        else:
            _answer(asker, _bytes(kind, steps), now, run, feed)
    asker.eof(now=now)
    return _ended(asker, run)


def _bytes(kind: int, steps: Source) -> bytes:
    if kind == RAW:
        return steps.piece(steps.number(1))
    status, size = steps.number(1), steps.number(3)
    return HEADER.pack(status, size) + bytes(range(size % 256))


def _answer(asker: AnyAsker, data: bytes, now: float, run: Run, feed: Feed) -> None:
    waiting = asker.waiting
    if not asker.finished:
        run.fed += data
    feed(asker, data, now)
    accepted = waiting and not asker.waiting and not getattr(asker, "cause", None)
    run.answered += accepted
    if accepted:
        hold(not run.sent, f"{run.asked[-1]} is accepted, and {run.sent} bytes of it are not sent")
        run.payloads.append(bytes(asker.payload))


def _ask(asker: AnyAsker, paging: bool, number: int, run: Run) -> None:
    """Ask for one of the messages; whatever is refused has changed nothing."""
    messages: tuple[object, ...] = _FAULTS if paging else _MESSAGES
    size = _INTO[number // 64] if paging else None
    into = None if size is None else memoryview(bytearray(size))
    before = asker.state, asker.waiting, asker.deadline
    message = messages[number % 32 % len(messages)]
    try:
        asked: Asked = asker.ask(message, into=into)
    except NotAllowedError:
        run.refused += 1
        hold(before == (asker.state, asker.waiting, asker.deadline), "a refused question acts")
        return
    hold(not asker.finished and not before[1], "it asks after its end, or twice at once")
    run.asked.append(message)
    run.sent = len(asked.data) + asked.contents
    if number & 32:
        asker.sent(run.sent)
        run.sent = 0


def _ended(asker: AnyAsker, run: Run) -> Run:
    hold(asker.finished and asker.wants() is None, "something is wanted after the end")
    hold(asker.deadline is None, "there is a deadline after the end")
    hold(not asker.waiting, "an answer is waited for after the end")
    asker.close()
    cause = asker.cause
    about = f": {type(cause).__name__}, {cause.summary()}" if cause else ""
    run.ended = f"{type(asker.termination).__name__}{about}"
    run.in_doubt = asker.in_doubt
    return run


def _judge(paging: bool, run: Run) -> None:
    """Compare what an asker believes with what its peer said."""
    at = 0
    for number, payload in zip(range(run.answered), run.payloads, strict=True):
        hold(len(run.fed) - at >= HEADER.size, f"{run.asked[number]} had no reply")
        status, size = HEADER.unpack_from(run.fed, at)
        at += HEADER.size
        hold(status == OK, f"{run.asked[number]} was accepted by a reply {status}")
        hold(paging or not size, f"a reply announced {size} bytes")
        hold(payload == bytes(run.fed[at : at + size]), f"the payload is {payload!r:.100}")
        at += size
    last = run.asked[-1] if run.asked else None
    completing = isinstance(last, source.Complete | source.CompletePaused)
    success = run.ended.startswith("Completed")
    all_of_it = completing and not run.sent and run.answered == len(run.asked)
    hold(success == all_of_it, f"{run.ended} after {last}, {run.answered} answers")
    if not run.sent:
        doubt = completing and run.answered < len(run.asked) and "PeerRefused" not in run.ended
        hold(run.in_doubt == doubt, f"{last} is in doubt: {run.in_doubt}")
