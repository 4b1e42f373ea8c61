"""Sessions over several connections: what may connect, and a session on a thread of its own."""

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from runtime import link
from runtime.certificates import HOST
from runtime.link import Open, Receiver
from wirechart.runtime import Core
from wirechart.runtime.crew import Crew, Factory
from wirechart.runtime.lanes import Lane, Peer, Terms
from wirechart.runtime.memory import Nowhere
from wirechart.runtime.sockets import address_of, listening, parse

WORKER = b"\x77\x01"
PAGES = b"\x88\x01\x01"
LANES = (
    Lane("main", None),
    Lane("worker", WORKER, most=4, bare=(b"\4\0",)),
    Lane("pages", PAGES, asks=True),
)
Begin: TypeAlias = Callable[[object, Peer], Receiver]  # the main receiver, of handlers
SECONDS = 20.0  # what nothing here should take


def terms(**more: Any) -> Terms:  # noqa: ANN401 -- of Terms
    """What the crew of a link demands."""
    return Terms(LANES, link.REQUEST.size, **more)


class Worker(Core[Any, Any]):
    """A further connection: it is open from the beginning."""

    def __init__(self, handlers: object = None, **more: Any) -> None:  # noqa: ANN401 -- of Core
        state = Open({}, Nowhere())
        super().__init__(link.STRICT, handlers or link.Handlers(), state, **more)


class Settling(link.Handlers):
    """Handlers of the main connection, whose last one waits for the others."""

    def __init__(self, seconds: float = SECONDS) -> None:
        super().__init__()
        self.crew: Crew | None = None
        self.seconds = seconds
        self.settles = threading.Event()

    def bye(self, state: Open, message: link.Bye) -> link.Done:
        assert self.crew
        self.settles.set()
        self.crew.settled(self.seconds)
        return super().bye(state, message)


class Asking(link.Handlers):
    """Handlers of the main connection; the last one asks on another one."""

    crew: Crew

    def __init__(self, seconds: float = SECONDS) -> None:
        super().__init__()
        self.seconds = seconds

    def bye(self, state: link.Open, message: link.Bye) -> link.Done:
        connection = self.crew.link("pages", self.seconds)
        connection.sendall(b"page?")
        self.seen.append(take(connection, 4))
        return super().bye(state, message)


class Session:
    """A crew that runs on a thread of its own, and the peers that connect to it."""

    def __init__(
        self,
        address: str,
        demands: Terms,
        handlers: object = None,
        *,
        worker: Factory | None = None,
        main: Begin | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`tls` is for the peers."""
        self.refused: list[str] = []
        self.result: Any = None
        self.error: BaseException | None = None
        self.tls = tls
        self._peers: list[socket.socket] = []
        self._stack = ExitStack()
        listener = self._stack.enter_context(listening(address))
        self.place = parse(address_of(listener))
        self.crew = Crew(listener, demands, self._refuse)
        self._news = threading.Condition()
        if isinstance(handlers, Settling):
            handlers.crew = self.crew
        factories: dict[str, Factory] = {
            "main": lambda peer: main(handlers, peer) if main else Receiver(handlers),
            "worker": worker or (lambda _: Worker()),
        }
        self._thread = threading.Thread(target=self._run, args=(factories,))
        self._thread.start()

    def _run(self, factories: dict[str, Factory]) -> None:
        try:
            self.result = self.crew.run(factories)
        except BaseException as error:  # noqa: BLE001 -- it is looked at
            self.error = error

    def _refuse(self, peer: Peer, error: BaseException) -> None:
        with self._news:
            self.refused.append(f"{peer}: {error}")
            self._news.notify_all()

    def heard_of_refusals(self, count: int) -> list[str]:
        """All refusals, once there are so many."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.refused) >= count, SECONDS)
            return self.refused

    def connect(self, first: bytes = b"", *, host: str = "") -> socket.socket:
        """One more connection, which sends its first bytes; from that host."""
        family = socket.AF_UNIX if isinstance(self.place, str) else socket.AF_INET
        peer: socket.socket = self._stack.enter_context(socket.socket(family))
        if host:
            peer.bind((host, 0))
        peer.connect(self.place)  # it waits while others do
        peer.settimeout(SECONDS)
        if self.tls:
            peer = self._stack.enter_context(
                self.tls.wrap_socket(peer, server_hostname=HOST, suppress_ragged_eofs=False)
            )
        self._peers.append(peer)
        peer.sendall(first)
        return peer

    def begin(self) -> socket.socket:
        """The main connection, greeted."""
        peer = self.connect(link.HELLO)
        assert take(peer, 2) == link.OK
        return peer

    def end(self) -> Any:  # noqa: ANN401 -- the receiver
        """The main receiver, when the session is over; no peer sends any more."""
        for peer in self._peers:
            with suppress(OSError):  # it has left already
                socket.socket.shutdown(peer, socket.SHUT_WR)
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()
        if self.error:
            raise self.error
        return self.result

    def close(self) -> None:
        """Leave: all peers first."""
        self._stack.close()
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()


class Start(Protocol):
    """Begin a session."""

    def __call__(
        self,
        handlers: object = None,
        demands: Terms | None = None,
        *,
        worker: Factory | None = None,
        main: Begin | None = None,
    ) -> Session:
        """Handlers of the main connection; factories, where others are wanted."""
        ...


def take(peer: socket.socket, count: int) -> bytes:
    """So many bytes, or all until the end."""
    taken = b""
    while len(taken) < count and (more := peer.recv(count - len(taken))):
        taken += more
    return taken


def rest(peer: socket.socket) -> bytes:
    """All that comes until the end of the stream."""
    return b"".join(iter(lambda: peer.recv(1 << 16), b""))


def is_closed(peer: socket.socket) -> bool:
    """Whether nothing comes, and then the end, a ragged one, or a reset."""
    try:
        return rest(peer) == b""
    except (ConnectionResetError, ssl.SSLEOFError):
        return True


def descriptors() -> int:
    """How many are open."""
    return len(list(Path("/proc/self/fd").iterdir()))
