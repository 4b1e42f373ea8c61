"""The three receivers of the protocol: how each is made, played, and what it then was."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Any, Final, TypeAlias

from fuzz.handlers import Kept, Tricky
from fuzz.invariants import hold
from fuzz.scripts import Case, Pause, Piece

import ch_migration as main
from ch_migration import page_server, worker
from ch_migration.runtime import Core, Descriptor, Event, Json

VIEW: Final = 1 << 20  # bytes of the largest view: more is never asked for at once
_IDLE: Final = 60.0  # seconds
_LINGER: Final = 2.0  # seconds
_SLOW: Final = 128  # bytes that are fed one by one; behind them come larger pieces
_PIECE: Final = 4093
_NOTHING: Final = os.open(os.devnull, os.O_RDWR)

AnyCore: TypeAlias = Core[Any, Any]
Deliver: TypeAlias = Callable[[AnyCore, Piece, list[Descriptor], float], bytes]


@dataclass
class World:
    """Everything that a receiver may come to own."""

    memories: list[Kept] = field(default_factory=list[Kept])
    descriptors: list[Descriptor] = field(default_factory=list[Descriptor])

    def memory(self) -> Kept:
        """A new one."""
        return Kept(self.memories)

    def descriptor(self) -> Descriptor:
        """A new one, of a file that is nothing."""
        self.descriptors.append(Descriptor(os.dup(_NOTHING)))
        return self.descriptors[-1]


@dataclass(frozen=True, slots=True)
class Role:
    """One machine that takes requests."""

    name: str
    receiver: Callable[..., AnyCore]
    handlers: Callable[[World], object]
    states: tuple[Callable[[World], object], ...]
    memory: bool  # contents follow the table of a Memory request
    main: bool  # nobody may be silent there; Complete is its success; a late Abandon is answered


def _configured(world: World) -> main.Configured:
    return main.Configured(main.Config(Json.of(b"{}")), world.memory())


def _state_received(world: World) -> main.StateReceived:
    before = _configured(world)
    return main.StateReceived(before.config, before.memory, main.State(Json.of(b"{}")))


MAIN: Final = Role(
    "main",
    main.Receiver,
    lambda world: main.Defaults(world.memory),
    (
        lambda _: main.Established(),
        lambda _: main.Started(),
        lambda world: main.MemoryFdsReceived({0: world.descriptor()}),
        _configured,
        _state_received,
    ),
    memory=True,
    main=True,
)
WORKER: Final = Role(
    "worker",
    worker.Receiver,
    lambda _: worker.Defaults(),
    (lambda world: worker.Filling(world.memory()),),
    memory=True,
    main=False,
)


class _Pages(page_server.Defaults):
    def page_fault(
        self, state: page_server.Serving, message: page_server.PageFault
    ) -> tuple[page_server.Serving, bytes]:
        return state, bytes(message.length % 8192)


PAGES: Final = Role(
    "page_server",
    page_server.Receiver,
    lambda _: _Pages(),
    (lambda _: page_server.Serving(),),
    memory=False,
    main=False,
)
ROLES: Final = (MAIN, WORKER, PAGES)


@dataclass
class Run:
    """What came of a case."""

    begun: str  # the state it began in
    replies: bytes = b""
    ended: str = ""  # termination and cause
    interrupted: bool = False
    finished: bool = False  # before the stream ended
    calls: tuple[str, ...] = ()
    events: list[Event] = field(default_factory=list[Event])
    world: World = field(default_factory=World)

    @property
    def seen(self) -> tuple[object, ...]:
        """All that must not depend on how the bytes were cut."""
        return self.replies, self.ended, self.finished, self.calls

    @property
    def writes(self) -> list[list[tuple[int, bytes]]]:
        """Address and content, for every memory."""
        return [memory.writes for memory in self.world.memories]


def whole(receiver: AnyCore, piece: Piece, descriptors: list[Descriptor], now: float) -> bytes:
    """All bytes at once."""
    if piece.truncated:
        first = Piece(piece.data[:1], piece.descriptors, truncated=True)
        replies = cut(receiver, first, descriptors, now)
        return replies + receiver.feed(piece.data[1:], now=now)
    return receiver.feed(piece.data, descriptors, now=now)


def cut(receiver: AnyCore, piece: Piece, descriptors: list[Descriptor], now: float) -> bytes:
    """Byte by byte, as `wants` asks for them."""
    replies, data = b"", memoryview(piece.data)
    truncated = piece.truncated
    for size in _sizes():
        view = receiver.wants()
        if view is None or not data:
            break
        hold(0 < view.nbytes <= VIEW, f"a view of {view.nbytes} bytes is wanted")
        count = min(size, view.nbytes, data.nbytes)
        view[:count] = data[:count]
        data = data[count:]
        replies += receiver.received(count, descriptors, now=now, truncated=truncated)
        descriptors, truncated = [], False
    for descriptor in descriptors:  # nobody took them
        descriptor.close()
    return replies


def _sizes() -> Iterator[int]:
    return chain(repeat(1, _SLOW), repeat(_PIECE))


def play(role: Role, case: Case, deliver: Deliver, *, observed: bool) -> Run:
    """Do all that a case says, then end the stream; everything is closed afterwards."""
    world = World()
    handlers = Tricky(role.handlers(world), case.trick, case.call)
    state = role.states[case.begin % len(role.states)](world)
    run = Run(type(state).__name__, world=world)
    observe = run.events.append if observed else None
    receiver = role.receiver(handlers, state=state, observe=observe)
    try:
        _play(role, receiver, case, deliver, run)
    except KeyboardInterrupt:
        run.interrupted = True
        hold(receiver.finished, "an interrupted receiver is not closed")
    else:
        _after(receiver, case)
    receiver.close()
    run.ended = _described(receiver)
    run.calls = tuple(handlers.calls)
    return run


def _play(role: Role, receiver: AnyCore, case: Case, deliver: Deliver, run: Run) -> None:
    now = 0.0
    for step in case.steps:
        if isinstance(step, Pause):
            now += step.seconds
            run.replies += receiver.tick(now)
        else:
            descriptors = [run.world.descriptor() for _ in range(step.descriptors)]
            run.replies += deliver(receiver, step, descriptors, now)
        _wait(role, receiver, now)
    run.finished = receiver.finished
    if case.closed:
        receiver.close()
    else:
        run.replies += receiver.eof(now=now)
        hold(receiver.termination is not None, "the stream has ended, and the machine has not")


def _wait(role: Role, receiver: AnyCore, now: float) -> None:
    """Silence is borne for a minute, after the end for two seconds."""
    deadline = receiver.deadline
    if deadline is None:
        hold(receiver.finished or not role.main, "it waits for ever")
    else:
        seconds = _IDLE if receiver.termination is None else _LINGER
        hold(deadline <= now + seconds, f"it waits for {deadline - now} seconds")


def _after(receiver: AnyCore, case: Case) -> None:
    """Whoever has finished wants, and says, nothing more."""
    hold(receiver.wants() is None, "something is wanted after the end")
    hold(receiver.deadline is None, "there is a deadline after the end")
    late = receiver.feed(bytes.fromhex("0600") + bytes(14)) + receiver.eof() + receiver.tick(1e9)
    hold(late == b"", f"{late.hex()} is replied after the end of {case}")


def _described(receiver: AnyCore) -> str:
    termination: object = receiver.termination
    cause = getattr(termination, "cause", None)
    if cause is None:
        return repr(termination)
    return f"{type(termination).__name__}: {type(cause).__name__}, {cause.summary()}"
