"""The only part that knows sockets: listens, and drives the generated receivers to their end."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ch_migration import Receiver, Running, Termination, worker
from ch_migration.connections import terms
from ch_migration.pager import Sender
from ch_migration.receiver import MACHINE
from ch_migration.runtime import Core, Event, Machine
from ch_migration.runtime.crew import Crew
from ch_migration.runtime.lanes import Deadlines, Peer
from ch_migration.runtime.reasons import telling
from ch_migration.runtime.sockets import address_of, listening
from ch_migration.runtime.tls import server_context

from .store import Store

# Seconds for what workers have begun when State comes. A source sends State when all of them have
# their replies; what is still open then is no source's, and the guest does not run while we wait.
SETTLING: Final = 5.0
ARRIVING: Final = 2.0  # seconds in which a connection for pages may come that was opened before

Observe = Callable[[Peer, Event], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to listen."""

    address: str
    tls: Path | None = None  # a directory with certificates
    deadlines: Deadlines = field(default_factory=Deadlines)
    old: bool = False  # also v52, whose workers do not say what they are
    machine: Machine = MACHINE
    reasons: bool = False  # say why in replies that refuse


class _Others:
    """The crew, as the store sees it."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._pager: Sender | None = None

    def settled(self) -> None:
        self._crew.settled(SETTLING)

    def pager(self, *, expected: bool) -> Sender | None:
        if self._pager is None:
            try:
                connection = self._crew.link("faults", ARRIVING if expected else 0.0)
            except TimeoutError:
                return None
            self._pager = Sender(connection)
        return self._pager


def receive(
    options: Options, store: Store, observe: Observe, listens: Callable[[str], None]
) -> tuple[Termination | None, bool]:
    """Take one migration: how it ended, and whether every reply could be sent.

    `listens` is told the address, with the port that it really has, as soon as one may connect.

    Raises:
        ValueError: that is no address, or a certificate cannot be used.
        TimeoutError: nobody came, or it took too long.
        OSError: nobody can listen there.
    """
    context = None if options.tls is None else server_context(options.tls)
    with listening(options.address) as listener:
        listens(address_of(listener))
        crew = Crew(listener, terms(deadlines=options.deadlines, tls=context, bare=options.old))
        store.others = _Others(crew)
        workers = _worker(options, store, observe)
        main = crew.run({"main": _main(options, store, observe), "memory": workers})
    return main.termination, crew.delivered


def _main(
    options: Options, store: Store, observe: Observe
) -> Callable[[Peer], Core[Running, Termination]]:
    def begin(peer: Peer) -> Core[Running, Termination]:
        return Receiver(store, observe=lambda event: observe(peer, event), machine=machine)

    machine = _told(options.machine, options)
    return begin


def _worker(
    options: Options, store: Store, observe: Observe
) -> Callable[[Peer], Core[worker.Running, worker.Termination]]:
    def begin(peer: Peer) -> Core[worker.Running, worker.Termination]:
        handlers, memory = store.worker()
        return worker.Receiver(
            handlers,
            state=worker.Filling(memory=memory),
            observe=lambda event: observe(peer, event),
            machine=machine,
        )

    machine = _told(worker.MACHINE, options)
    return begin


def _told(machine: Machine, options: Options) -> Machine:
    return telling(machine) if options.reasons else machine
