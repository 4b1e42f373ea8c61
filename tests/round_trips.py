"""A snapshot that is sent through a proxy to a program that stores it, and who owns the VM then."""

import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue
from ssl import SSLContext
from typing import Final, Literal, TypeAlias

from captures import descriptors_open
from ch_migration import Completed, Termination
from ch_migration.receiver import MACHINE
from ch_migration.runtime import (
    AskingFailed,
    Event,
    Machine,
    MessageArrived,
    RequestMade,
    Terminated,
)
from ch_migration.runtime.connect import connect
from ch_migration.runtime.lanes import Deadlines, Peer
from ch_snapshot.directory import Partial
from ch_snapshot.further import LostPagesError
from ch_snapshot.progress import Progress
from ch_snapshot.receive import Options, receive
from ch_snapshot.route import Route
from ch_snapshot.send import MAYBE_TAKEN, NOT_TAKEN, TAKEN, Migration
from ch_snapshot.sources import opened
from ch_snapshot.store import FILES, Store
from frames import START
from proxies import PATIENCE, Counts, Fault, Proxy, Turn
from runtime import certificates

SOON: Final = 0.15  # seconds after which who is impatient gives up
GONE: Final = 0.03  # seconds in which the side that stores mostly sees that the source has gone
REPLY: Final = 16  # bytes
REPLIES: Final = {REPLY, REPLY + 22, REPLY + 22 + 24}  # also as a record, and with TLS's last one

Transport: TypeAlias = Literal["unix", "tcp", "tls"]
Files: TypeAlias = dict[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a snapshot is sent."""

    transport: Transport
    memory: Literal["sent", "shared", "fetched"] = "sent"
    connections: int = 1
    paused: bool = False

    def __str__(self) -> str:
        paused = "-paused" if self.paused else ""
        return f"{self.transport}-{self.memory}-{self.connections}{paused}"


@dataclass(frozen=True, slots=True)
class Source:
    """What the side that sends says."""

    files: Files  # the snapshot
    verdict: str
    completing: bool  # it has begun to send Complete


@dataclass(slots=True)
class Destination:
    """What the side that stores has done."""

    completed: bool = False  # Complete arrived
    ended: Termination | None = None  # None: in another way
    files: Files | None = field(default=None, repr=False)  # None: no snapshot
    left: list[str] = field(default_factory=list[str])  # whatever else it left


@dataclass(frozen=True, slots=True)
class Trip:
    """How it ended, and what has passed."""

    verdict: str
    stored: bool
    turns: tuple[Turn, ...]
    counts: tuple[Counts, ...]

    @property
    def outcome(self) -> tuple[str, bool]:
        """What the source says, and whether the snapshot is stored."""
        return self.verdict, self.stored

    @property
    def replies(self) -> tuple[Turn, ...]:
        """Without what TLS says by itself, which may come together with the last one."""
        return tuple(turn for turn in self.turns if turn.size in REPLIES)


def verify_ownership(source: Source, destination: Destination, turns: tuple[Turn, ...]) -> None:
    """At no moment both sides own the VM, and at no moment neither does.

    The source owns it until it says otherwise; the destination does once the snapshot is in its
    place, whole. Who is in doubt has to look: so there may be a doubt only about Complete.
    """
    stored = destination.files is not None
    assert destination.files in (None, source.files)
    assert destination.left == []
    assert (source.verdict, stored) in {
        (NOT_TAKEN, False),
        (MAYBE_TAKEN, False),
        (MAYBE_TAKEN, True),
        (TAKEN, True),
    }
    assert source.completing or source.verdict == NOT_TAKEN
    assert destination.completed or not stored
    # It was in its place before the reply that said so had reached the source.
    assert source.verdict != TAKEN or turns[-1].stored
    assert isinstance(destination.ended, Completed) == stored


def nobody(turn: int, address: str) -> None:
    """No intruder."""
    del turn, address


class Trips:
    """Sends one snapshot again and again."""

    def __init__(self, snapshot: Path, tls: Path, client: SSLContext, place: Path) -> None:
        """With certificates of both sides in one directory; everything lands in `place`."""
        self._snapshot = snapshot
        self._files = _files(snapshot)
        self._tls, self._client = tls, client
        self._place = place
        self._count = 0
        self._clean: dict[Way, Trip] = {}

    def clean(self, way: Way) -> Trip:
        """One that nothing disturbs, the same each time."""
        if way not in self._clean:
            self._clean[way] = self.take(way)
        return self._clean[way]

    def take(
        self,
        way: Way,
        fault: Fault | None = None,
        *,
        intruder: Callable[[int, str], socket.socket | None] = nobody,
        patience: float = PATIENCE,
    ) -> Trip:
        """Once; nobody leaves a thread or a descriptor, and one side owns the VM.

        `intruder` may connect whenever the destination has spoken on the main connection: it is
        told how often that was, and where it listens. `patience` is in seconds, of both sides.
        """
        before = descriptors_open().keys(), threading.enumerate()
        self._count += 1
        place = self._place / str(self._count)
        place.mkdir()
        storing = Storing(place, self._options(way, place, patience))
        intruders = ExitStack()

        def turned(turn: int) -> None:
            if connection := intruder(turn, storing.address):
                intruders.enter_context(connection)

        with (
            intruders,
            Proxy(
                f"unix:{place.parent}/proxy" if way.transport == "unix" else "tcp:127.0.0.1:0",
                storing.address,
                fault,
                stored=(place / "snapshot").exists,
                turned=turned,
                most=REPLY if way.memory == "shared" else 1 << 16,
            ) as proxy,
        ):
            source = self._sent(way, proxy.address, patience)
            if not storing.decided.wait(GONE):
                self._knock(way, storing.address)
                storing.decided.wait(PATIENCE)
        destination = storing.ended()
        turns = tuple(proxy.turns)
        try:
            verify_ownership(source, destination, turns)
        except AssertionError as error:
            error.add_note(f"{way}, {fault}: {source.verdict}; {destination}")
            raise
        assert (descriptors_open().keys(), threading.enumerate()) == before
        return Trip(source.verdict, destination.files is not None, turns, proxy.counts)

    def tls(self, way: Way) -> SSLContext | None:
        """What a connection of this kind is secured with."""
        return self._client if way.transport == "tls" else None

    def _options(self, way: Way, place: Path, patience: float) -> Options:
        unix, secured = way.transport == "unix", way.transport == "tls"
        return Options(
            address=f"unix:{place}/socket" if unix else "tcp:127.0.0.1:0",
            tls=self._tls if secured else None,
            deadlines=Deadlines(accept=PATIENCE, total=PATIENCE),
            machine=_patient(patience),
        )

    def _sent(self, way: Way, address: str, patience: float) -> Source:
        events: list[Event] = []
        route = Route(
            address=named(address) if way.transport == "tls" else address,
            tls=self.tls(way),
            memory=way.memory,
            connections=way.connections,
            paused=way.paused,
            patience=patience,
        )
        verdict = NOT_TAKEN  # as when not even a connection can be opened
        with opened(self._snapshot) as stored, suppress(AskingFailed, LostPagesError, OSError):
            migration = Migration(stored, route, Progress(), events.append)
            try:
                migration.run()
            finally:
                verdict = migration.verdict
        asked = {event.message for event in events if isinstance(event, RequestMade)}
        return Source(self._files, verdict, not asked.isdisjoint({"Complete", "CompletePaused"}))

    def _knock(self, way: Way, address: str) -> None:
        """Be the one who comes next, so that nobody is waited for who did not come at all."""
        where = named(address) if way.transport == "tls" else address
        with suppress(OSError):
            connect(where, tls=self.tls(way), seconds=PATIENCE, preamble=START).close()


class Storing:
    """Stores what is sent, as the command does, on a thread of its own."""

    def __init__(self, place: Path, options: Options) -> None:
        """Until somebody can connect."""
        self._place = place
        self._options = options
        self.decided = threading.Event()  # the main connection's machine has ended
        self.begun: SimpleQueue[Peer] = SimpleQueue()  # whose request of memory has arrived
        self._outcome = Destination()
        self._listens: SimpleQueue[str] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="storing")
        self._thread.start()
        self.address = self._listens.get(timeout=PATIENCE)

    def ended(self) -> Destination:
        """Wait for its end: what it leaves."""
        self._thread.join(2 * PATIENCE)
        assert not self._thread.is_alive()
        target = self._place / "snapshot"
        if target.exists():
            self._outcome.files = _files(target)
        self._outcome.left = [path.name for path in self._place.iterdir() if path != target]
        return self._outcome

    def _run(self) -> None:
        with Partial(self._place / "snapshot", FILES) as directory:
            store = Store(directory, Progress(), max_memory=1 << 30)
            try:
                ended, _ = receive(self._options, store, self._observe, self._listens.put)
                self._outcome.ended = ended
            finally:
                store.close()

    def _observe(self, peer: Peer, event: Event) -> None:
        match event:
            case MessageArrived(message="Complete" | "CompletePaused"):
                self._outcome.completed = True
            case MessageArrived(message="Memory"):
                self.begun.put(peer)
            case Terminated() if peer.lane == "main":
                self.decided.set()
            case _:
                pass


def named(address: str) -> str:
    """The same by name, for which certificates are."""
    return address.replace("127.0.0.1", certificates.HOST)


def _files(folder: Path) -> Files:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _patient(seconds: float) -> Machine:
    """The generated machine, in which the peer may be silent for so long."""
    table = {
        state: replace(rules, faults=replace(rules.faults, silence=seconds, pause=seconds))
        for state, rules in MACHINE.table.items()
    }
    return replace(MACHINE, table=table)
