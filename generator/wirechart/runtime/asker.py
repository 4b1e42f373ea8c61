"""The asker without sockets: bytes and time are arguments. Knows no protocol.

The program decides what to ask next; the machine says what may be asked where, and where the reply
leads. It is fed like `core.Core`.
"""

import struct
from collections import deque
from typing import Any, Final, Generic, TypeVar, cast

from .asking import Asked, AskingMachine, Outcome, Pending, Request, begin
from .causes import (
    Cause,
    EndOfStream,
    FramingLost,
    MalformedError,
    MalformedReply,
    Named,
    NotAllowedError,
    PeerRefused,
    PeerSilent,
    SendingFailed,
)
from .events import Observer, ReplyArrived, RequestMade, StateEntered, Terminated
from .machine import Fault
from .outcomes import REMEMBERED
from .parts import NOTHING
from .steps import conclude

S = TypeVar("S")
T = TypeVar("T")

_UNSAYABLE: Final = (ValueError, MalformedError, struct.error)


class Asker(Generic[S, T]):
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
        self.state = state
        self.termination: T | None = None
        self.finished = False  # nothing more is wanted, and nothing more may be asked
        self.cause: Cause | None = None  # why it has ended in a failure
        self.payload = NOTHING  # of the last reply
        self.machine = machine
        self._faults = machine.faults[type(state)]
        self._now = now  # when the peer took or sent something for the last time
        self._observe = observe
        self._patience = patience
        self._history: deque[str] = deque(maxlen=REMEMBERED)
        self._frame = memoryview(bytearray(machine.wire.reply.size))
        self._expect_nothing()

    def _expect_nothing(self) -> None:
        self._pending: Pending | None = None
        self._target = self._frame
        self._body: memoryview | None = None  # of the reply's payload, once its frame is complete

    @property
    def waiting(self) -> bool:
        """Whether a request is not sent or not answered, and may still be."""
        return self._pending is not None and not self.finished

    @property
    def in_doubt(self) -> bool:
        """Whether what ends the machine in a success was sent completely, and no reply came.

        The peer may have done it, or not.
        """
        if self._pending is None or self._pending.left:
            return False
        final = self.machine.finals.get(self._pending.outcome.target)
        return final is not None and final.success

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
            fault = self._faults.eof
            self._fault(fault, EndOfStream(**self._about(fault.element), where=self._where()))

    def tick(self, now: float) -> None:
        """The peer did nothing until now."""
        deadline = self.deadline
        if deadline is None or now < deadline:
            return
        self._now = now
        fault = self._faults.idle or self._faults.eof
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

    def _frame_arrived(self, pending: Pending) -> None:
        wire = self.machine.wire
        reply = wire.reply.unpack(self._frame)
        constants = all(reply[field] == value for field, value in wire.constants)
        if not constants or any(reply[ours] != pending.header[its] for ours, its in wire.echoes):
            return self._lose(f"a reply to {pending.request.name} is {bytes(self._frame).hex(' ')}")
        status = reply[wire.status]
        size = 0 if wire.size is None else reply[wire.size]
        name = wire.replies.get(status)
        if self._observe:
            self._observe(ReplyArrived(pending.request.name, name or str(status), size))
        if name is None:
            return self._malformed(f"{status} is no reply")
        if status != wire.accept:
            return self._refused(name)
        if pending.left:
            pending.left = 0  # it says that it has all of it: who knows what it did
            return self._malformed(f"{name} came before all of the request was sent")
        if wrong := pending.wrong(size):
            return self._malformed(wrong)
        self._target = self._body = pending.place(size)
        return None if size else self._accepted(pending)

    def _accepted(self, pending: Pending) -> None:
        self.payload = self._body or NOTHING
        request, outcome = pending.request, pending.outcome
        self._expect_nothing()
        following = conclude(self.machine.finals, outcome.target, None, outcome.values)
        before, after = type(self.state).__name__, outcome.target.__name__
        reply = f", {self._accept}" if request.answered else ""
        self._history.append(f"{before}: {request.name} → {after}{reply}")
        if outcome.target in self.machine.finals:
            return self._terminate(following, None)
        self.state = following
        self._faults = self.machine.faults[outcome.target]
        if self._observe:
            self._observe(StateEntered(before, after, request.name))
        return None

    def _refused(self, name: str) -> None:
        fault = self._faults.refused
        self._fault(fault, PeerRefused(**self._about(fault.element), reply=name))
        self._pending = None  # what was refused is in no doubt

    def _malformed(self, reason: str) -> None:
        fault = self._faults.malformed
        self._fault(fault, MalformedReply(**self._about(fault.element), reason=reason))

    def _lose(self, reason: str) -> None:
        fault = self._faults.lost or self._faults.eof
        self._fault(fault, FramingLost(**self._about(fault.element), reason=reason))

    def _fault(self, fault: Fault, cause: Cause) -> None:
        if fault.cause:
            cause = Named(**self._about(fault.element), name=fault.cause, because=cause)
        target = cast("type[Any]", fault.target)
        self._terminate(conclude(self.machine.finals, target, cause), cause)

    def _terminate(self, termination: T, cause: Cause | None) -> None:
        self.termination = termination
        self.cause = cause
        self.finished = True
        final = self.machine.finals[type(termination)]
        if self._observe:
            self._observe(Terminated(type(termination).__name__, final.success, cause))

    @property
    def _accept(self) -> str:
        wire = self.machine.wire
        return wire.replies[wire.accept]

    def _where(self) -> str:
        """What the next byte would have been, in either direction."""
        pending = self._pending
        if pending is None:
            return "before the next request"
        name, size = pending.request.name, self._frame.nbytes
        if pending.left:
            return f"{pending.left} bytes before the end of {name}"
        if self._body is not None:
            return f"{self._target.nbytes} bytes before the end of the reply to {name}"
        read = size - self._target.nbytes
        return f"after {read} of {size} bytes of the reply to {name}"

    def _about(self, element: str) -> Any:  # noqa: ANN401 -- what all causes have, by name
        """What every cause carries."""
        return {
            "state": type(self.state).__name__,
            "message": self._pending.request.name if self._pending else "",
            "expected": self._accept if self._pending else "",
            "events": tuple(self._history),
            "element": element,
        }
