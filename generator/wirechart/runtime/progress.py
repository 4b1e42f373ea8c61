"""How far the further connections of a session are; may be asked from any thread. No bytes."""

import time
from threading import Condition

from .causes import Cause, described
from .lanes import Peer


class IncompleteError(Exception):
    """A further connection failed in the middle of a request: its contents are not whole."""

    def __init__(self, peer: Peer, cause: Cause | BaseException | None) -> None:
        what = described(cause) if isinstance(cause, BaseException) else cause and cause.summary()
        super().__init__(f"{peer} failed: {what or 'for no known cause'}")
        self.peer = peer
        self.cause = cause


class Progress:
    """Requests in hand, the first failure, and when something was heard last."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._busy: set[Peer] = set()
        self._closed = False
        self._failure: IncompleteError | None = None
        self._heard = time.monotonic()  # on a connection that has come or gone
        self._waits: dict[Peer, float | None] = {}  # since when; None: it is at work

    def begins(self, peer: Peer) -> bool:
        """The header of a request is complete. False: it has to be refused."""
        with self._changed:
            if not self._closed:
                self._busy.add(peer)
            return not self._closed

    def ends(self, peer: Peer) -> None:
        """The request is over."""
        with self._changed:
            self._busy.discard(peer)
            self._changed.notify_all()

    def fails(self, peer: Peer, cause: Cause | BaseException | None) -> None:
        """The request will never be whole."""
        with self._changed:
            if self._failure is None:
                self._failure = IncompleteError(peer, cause)
            self.ends(peer)

    def settled(self, seconds: float) -> None:
        """Wait until no request is in hand; from then on new ones are refused.

        Raises:
            IncompleteError: one has failed.
            TimeoutError: it takes longer.
        """
        with self._changed:
            quiet = self._changed.wait_for(lambda: self._failure or not self._busy, seconds)
            self._closed = True
            if self._failure is not None:
                raise self._failure
            if not quiet:
                names = ", ".join(sorted(map(str, self._busy)))
                raise TimeoutError(f"after {seconds:g} s still in the middle of a request: {names}")

    def comes(self) -> None:
        """A connection has said what it is."""
        self._heard = time.monotonic()

    def waits(self, peer: Peer) -> None:
        """A connection waits for its peer, maybe again after a wait in which nothing came."""
        if self._waits.get(peer) is None:
            self._waits[peer] = time.monotonic()

    def works(self, peer: Peer) -> None:
        """It has heard of its peer, and is at work itself."""
        self._waits[peer] = None

    def goes(self, peer: Peer) -> None:
        """It has ended."""
        self._heard = time.monotonic()
        self._waits.pop(peer, None)

    def quiet(self) -> float:
        """For how many seconds nothing was heard, while nobody was at work either."""
        now = time.monotonic()
        waits = [now if since is None else since for since in tuple(self._waits.values())]
        return now - max([self._heard, *waits])
