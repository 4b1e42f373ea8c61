"""Where replies lead: a state, or an end and its cause. Knows no time and no sockets."""

from collections import deque
from typing import Any, Generic, TypeVar, cast

from .asking import AskingMachine, Outcome, Pending
from .causes import Cause, FramingLost, MalformedReply, Named, PeerRefused
from .events import Observer, ReplyArrived, StateEntered, Terminated
from .machine import Fault
from .outcomes import REMEMBERED
from .parts import NOTHING
from .reasons import MOST, heard
from .steps import conclude

S = TypeVar("S")
T = TypeVar("T")


class Answers(Generic[S, T]):
    """The state of an asker, and everything that changes it; `asker.Asker` feeds it."""

    def __init__(
        self, machine: AskingMachine, state: S, now: float, observe: Observer | None
    ) -> None:
        self.state = state
        self.termination: T | None = None
        self.finished = False  # nothing more is wanted, and nothing more may be asked
        self.cause: Cause | None = None  # why it has ended in a failure
        self.payload = NOTHING  # of the last reply
        self.machine = machine
        self._faults = machine.faults[type(state)]
        self._now = now  # when the peer took or sent something for the last time
        self._observe = observe
        self._history: deque[str] = deque(maxlen=REMEMBERED)
        self._frame = memoryview(bytearray(machine.wire.reply.size))
        self._expect_nothing()

    def _expect_nothing(self) -> None:
        self._pending: Pending | None = None
        self._target = self._frame
        self._body: memoryview | None = None  # of the reply's payload, once its frame is complete
        self._refusal = ""  # the reply that refuses, once its frame is complete

    @property
    def in_doubt(self) -> bool:
        """Whether what ends the machine in a success was sent completely, and no reply came.

        The peer may have done it, or not.
        """
        if self._pending is None or self._pending.left:
            return False
        final = self.machine.finals.get(self._pending.outcome.target)
        return final is not None and final.success

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
            return self._refusing(name, size)
        if pending.left:
            pending.left = 0  # it says that it has all of it: who knows what it did
            return self._malformed(f"{name} came before all of the request was sent")
        if wire.size is None:
            size = pending.exactly or 0  # the request alone says it
        if wrong := pending.wrong(size):
            return self._malformed(wrong)
        self._target = self._body = pending.place(size)
        return None if size else self._accepted(pending)

    def _accepted(self, pending: Pending) -> None:
        self.payload = self._body or NOTHING
        request, outcome = pending.request, pending.outcome
        cause = self._asked_for(outcome)
        self._expect_nothing()
        following = conclude(self.machine.finals, outcome.target, cause, outcome.values)
        before, after = type(self.state).__name__, outcome.target.__name__
        reply = f", {self._accept}" if request.answered else ""
        self._history.append(f"{before}: {request.name} → {after}{reply}")
        if outcome.target in self.machine.finals:
            return self._conclude(following, cause)
        self.state = following
        self._faults = self.machine.faults[outcome.target]
        if self._observe:
            self._observe(StateEntered(before, after, request.name))
        return None

    def _asked_for(self, outcome: Outcome) -> Cause | None:
        """Why a failure follows that the program has asked for; None: none does."""
        final = self.machine.finals.get(outcome.target)
        if final is None or final.success:
            return None
        return Named(**self._about(outcome.element), name=outcome.cause or "refused")

    def _refusing(self, name: str, size: int) -> None:
        """Whatever comes next, it is a refusal; a short text behind it may say why."""
        self._refusal = name
        if not 0 < size <= MOST:
            return self._refused()
        self._target = self._body = memoryview(bytearray(size))
        return None

    def _left_open(self, fault: Fault) -> Fault:
        """Where a fault leads that leaves open what became of the request."""
        sent = self._pending is not None and not self._pending.left
        return (self._faults.unanswered if sent else None) or fault

    def _refused(self, text: bytes = b"") -> None:
        fault, name = self._faults.refused, self._refusal
        about = self._about(fault.element)
        self._end(fault, PeerRefused(**about, reply=name, reason=heard(text)))
        self._pending = None  # what was refused is in no doubt

    def _malformed(self, reason: str) -> None:
        fault = self._left_open(self._faults.malformed)
        self._fault(fault, MalformedReply(**self._about(fault.element), reason=reason))

    def _lose(self, reason: str) -> None:
        fault = self._left_open(self._faults.lost or self._faults.eof)
        self._fault(fault, FramingLost(**self._about(fault.element), reason=reason))

    def _fault(self, fault: Fault, cause: Cause) -> None:
        if self._refusal:
            return self._refused()
        return self._end(fault, cause)

    def _end(self, fault: Fault, cause: Cause) -> None:
        if fault.cause:
            cause = Named(**self._about(fault.element), name=fault.cause, because=cause)
        target = cast("type[Any]", fault.target)
        self._terminate(conclude(self.machine.finals, target, cause), cause)

    def _terminate(self, termination: T, cause: Cause | None) -> None:
        self.cause = cause
        self._conclude(termination, cause)

    def _conclude(self, termination: T, cause: Cause | None) -> None:
        self.termination = termination
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
