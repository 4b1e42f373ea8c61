"""The asker without sockets: bytes and time are arguments. Knows no protocol.

The program decides what to ask next; the machine says what may be asked where, and where the reply
leads. It is fed like `core.Core`.
"""

import struct
from typing import Final, TypeVar

from .answers import Answers
from .asking import Asked, AskingMachine, Outcome, Request, begin
from .causes import EndOfStream, MalformedError, NotAllowedError, PeerSilent, SendingFailed
from .events import Observer, RequestMade

S = TypeVar("S")
T = TypeVar("T")

_UNSAYABLE: Final = (ValueError, MalformedError, struct.error)


class Asker(Answers[S, T]):
    """Asks until its machine ends; `S` are its running states, `T` its terminations."""

    def __init__(
        self,
        machine: AskingMachine,
        state: S,
        *,
        now: float = 0.0,
        observe: Observer | None = None,
        patience: float | None = None,
    ) -> None:
        """Begin in `state`, at a time in seconds; `patience` replaces all deadlines for silence."""
        super().__init__(machine, state, now, observe)
        self._patience = patience

    @property
    def waiting(self) -> bool:
        """Whether a request is not sent or not answered, and may still be."""
        return self._pending is not None and not self.finished

    @property
    def deadline(self) -> float | None:
        """When `tick` has something to do, if the peer does nothing; None: never."""
        seconds = self.silence
        return None if seconds is None or not self.waiting else self._now + seconds

    @property
    def now(self) -> float:
        """When the peer took or sent something for the last time."""
        return self._now

    @property
    def silence(self) -> float | None:
        """For how many seconds the peer may do nothing about a request; None: for ever."""
        return self._faults.silence if self._patience is None else self._patience

    def heard(self, now: float) -> None:
        """The peer was heard of at that time, but on another connection."""
        self._now = now

    def allowed(self, message: object) -> tuple[Request, Outcome]:
        """How a message is asked, and where it leads.

        Raises:
            NotAllowedError: it may not be asked now.
        """
        outcomes = self.machine.table[type(self.state)]
        outcome = outcomes.get(type(message))
        if self.finished:
            raise self._not_allowed(message, "it has ended")
        if self._pending is not None:
            name = self._pending.request.name
            raise self._not_allowed(message, f"{name} is not answered yet")
        if outcome is None:
            names = " or ".join(other.__name__ for other in outcomes)
            raise self._not_allowed(message, f"it takes {names or 'nothing'}")
        return self.machine.requests[type(message)], outcome

    def ask(
        self, message: object, *, into: memoryview | None = None, now: float | None = None
    ) -> Asked:
        """Begin a request, the only one until its reply has come; `into` takes the reply's payload.

        Raises:
            NotAllowedError: it may not be asked now, or cannot be said. Nothing has changed.
        """
        request, outcome = self.allowed(message)
        try:
            asked, pending = begin(self.machine.wire.request, request, outcome, message, into)
        except _UNSAYABLE as error:
            raise self._not_allowed(message, str(error)) from error
        self._now = self._now if now is None else now
        self._pending = pending
        if self._observe:
            size = len(asked.data) - asked.header
            self._observe(RequestMade(type(self.state).__name__, request.name, request.code, size))
        return asked

    def sent(self, count: int, *, now: float | None = None) -> None:
        """So many more bytes of the request have left, contents included."""
        self._now = self._now if now is None else now
        pending = self._pending
        if pending is None or self.finished:
            return
        pending.left -= count
        if not pending.left and not pending.request.answered:
            self._accepted(pending)

    def wants(self) -> memoryview | None:
        """Where the next bytes of the peer go; None: nothing more is wanted, close."""
        return None if self.finished else self._target

    def received(self, count: int, *, now: float | None = None) -> None:
        """Bytes were put at the beginning of what `wants` gave."""
        self._now = self._now if now is None else now
        pending = self._pending
        if self.finished:
            return
        if pending is None or not pending.request.answered:
            self._lose("bytes came that nothing asked for")
        elif count < self._target.nbytes:
            self._target = self._target[count:]
        elif self._body is None:
            self._frame_arrived(pending)
        elif self._refusal:
            self._refused(bytes(self._body))
        else:
            self._accepted(pending)

    def feed(self, data: bytes, *, now: float | None = None) -> None:
        """Put bytes where they are wanted until there are none; those nobody wants are dropped."""
        more = memoryview(data)
        while more and not self.finished:
            count = min(more.nbytes, self._target.nbytes)
            self._target[:count] = more[:count]
            more = more[count:]
            self.received(count, now=now)

    def eof(self, *, now: float | None = None) -> None:
        """The peer sends nothing more."""
        self._now = self._now if now is None else now
        if not self.finished:
            fault = self._left_open(self._faults.eof)
            self._fault(fault, EndOfStream(**self._about(fault.element), where=self._where()))

    def tick(self, now: float) -> None:
        """The peer did nothing until now."""
        deadline = self.deadline
        if deadline is None or now < deadline:
            return
        self._now = now
        fault = self._left_open(self._faults.idle or self._faults.eof)
        about = self._about(fault.element)
        self._fault(fault, PeerSilent(**about, seconds=self.silence or 0.0, where=self._where()))

    def failed(self, error: BaseException) -> None:
        """What is being sent cannot be sent to its end: close, for the peer waits for the rest."""
        if not self.finished:
            fault = self._faults.handler_error
            self._fault(fault, SendingFailed(**self._about(fault.element), error=error))

    def close(self) -> None:
        """Ask nothing more."""
        self.finished = True

    def _not_allowed(self, message: object, reason: str) -> NotAllowedError:
        state = type(self.termination or self.state).__name__
        return NotAllowedError(state, type(message).__name__, reason)
