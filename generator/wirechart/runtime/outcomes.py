"""What a request leads to: a reply, a state, an end. Knows no bytes but those it answers with."""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar, cast

from .causes import (
    Cause,
    FramingLost,
    HandlerFailed,
    MalformedMessage,
    Named,
    RefusedMessage,
    UnknownMessage,
)
from .events import Event, ReplyMade, StateEntered, Terminated
from .machine import Fault, Header, Layout, Machine, Row, Values
from .parts import Part, Skipping
from .plans import Plan, Way, prepare
from .reasons import said
from .steps import attempt, close_all, conclude, failed_reply, release
from .taking import Taking
from .targets import Wide

if TYPE_CHECKING:
    from .descriptors import Descriptor

S = TypeVar("S")
T = TypeVar("T")

REMEMBERED: Final = 16  # events in a cause
# State, layout and header of the request, next state, reply: words are made of it when asked for.
_Past: TypeAlias = tuple[type[Any], Layout | None, Header, type[Any], int | None]
_NO_PLANS: Final[dict[int, Plan]] = {}


class Outcomes(Generic[S, T]):
    """The state of a receiver, and everything that changes it.

    It owns the descriptors that arrive, and all that its states hold.
    """

    _plan: Plan  # of the last request that the state takes
    _way: Way  # of the last message that its handler takes
    _target: memoryview | Wide  # where the next bytes go

    def __init__(
        self,
        machine: Machine,
        handlers: object,
        state: S,
        context: object,
        now: float,
        observe: Callable[[Event], None] | None,
    ) -> None:
        self.state = state
        self.termination: T | None = None
        self.finished = False  # nothing more is wanted, nothing more will be answered
        if not machine.plans:
            prepare(machine)
        self._machine = machine
        self._plans = machine.plans[type(state)]
        self._faults = machine.table[type(state)].faults
        self._handlers = handlers
        self._context = context
        self._observe = observe
        self._now = now  # when something was heard of the peer for the last time
        self._until = 0.0  # when lingering ends
        self._history: deque[_Past] = deque(maxlen=REMEMBERED)
        self._replies: list[bytes] = []
        self._frame = memoryview(bytearray(machine.wire.request.size))
        self._descriptors: list[Descriptor] = []  # of the message that is arriving
        self._layout: Layout | None = None  # of the request; None: of no message of the peer
        self._expect_header()

    def _expect_header(self) -> None:
        """Forget the last request: the next byte begins a header."""
        self._target = self._frame
        self._part: Part | None = None
        self._header: Header = ()  # of the request, once it is complete
        self._message: object = None  # once it is complete
        self._unanswered = False  # a request is complete, and its reply not made
        self._room = 0  # descriptors that belong to the bytes that come next
        self._stray = False  # descriptors came where none belong

    @property
    def _name(self) -> str:
        """The message's name; empty without a complete header, or for an unknown code."""
        return self._name_of(self._layout, self._header)

    def _name_of(self, layout: Layout | None, header: Header) -> str:
        if not header:
            return ""
        code = header[self._machine.wire.select]
        return layout.name if layout else self._machine.names.get(code, "")

    def _refuse(self, fault: Fault, guard: str, rest: Skipping) -> None:
        about, name = self._about(fault.element), self._name
        cause: Cause
        if name:
            cause = RefusedMessage(**about, guard=guard)
        else:
            cause = UnknownMessage(**about, code=self._header[self._machine.wire.select])
        self._fault(fault, cause, rest)

    def _malformed(self, reason: str, rest: Skipping) -> None:
        if self.termination is not None:
            return self._skip(rest)
        if isinstance(self._part, Skipping):
            return self._lose(reason)
        fault = self._faults.malformed
        cause = MalformedMessage(**self._about(fault.element), reason=reason)
        return self._fault(fault, cause, rest)

    def _failed(self, error: BaseException, rest: Skipping) -> None:
        fault = self._faults.handler_error
        cause = HandlerFailed(**self._about(fault.element), error=error)
        self._deny(failed_reply(self._machine, self._faults, error), cause)
        self._fault(fault, cause, rest)

    def _lose(self, reason: str) -> None:
        """Where the next message begins is not known; what is no request gets no reply."""
        self._unanswered = False
        if self.termination is not None:
            return self._skip(Skipping(0, endless=True))
        fault = self._faults.lost or self._faults.eof
        cause = FramingLost(**self._about(fault.element), reason=reason)
        return self._fault(fault, cause, Skipping(0, endless=True))

    def _fault(self, fault: Fault, cause: Cause, rest: Skipping | None) -> None:
        """`rest` is what was not received of the request; None: not even its header was."""
        self._deny(fault.reply, cause)
        self._drop()
        if fault.cause:
            cause = Named(**self._about(fault.element), name=fault.cause, because=cause)
        target: Any = fault.target or cast("Any", type(self.state))
        self._leave(target, cause, fault.reply, rest)

    def _ended(self, row: Row, rest: Skipping) -> None:
        """A message asks for the machine's failure: no handler is called."""
        cause = Named(**self._about(row.element), name=row.cause or "refused")
        self._answer(row.reply)
        self._leave(row.target, cause, row.reply, rest, row.values)

    def _drop(self) -> None:
        """Give up what was arriving, the message included."""
        part, message = self._part, self._message
        self._message = None
        owned = self._machine.owned
        if isinstance(part, Taking):
            part.stop()
            attempt(release, owned, part.result, None, self.state)
        attempt(release, owned, message, None, self.state)
        attempt(close_all, self._descriptors)
        self._descriptors = []

    def _leave(
        self,
        target: type[Any],
        cause: Cause,
        reply: int | None,
        rest: Skipping | None,
        values: Values = (),
    ) -> None:
        """Go on in `target` without a handler, behind what is left of the request."""
        if target in self._machine.table:
            if rest and (rest.endless or rest.left > self._skippable()):
                return self._lose(f"{cause.summary()}; and its payload cannot be skipped")
            following = self.state if target is type(self.state) else target()
        else:
            following = conclude(self._machine.finals, target, cause, values)
        attempt(release, self._machine.owned, self.state, self._message, following)
        self._enter(following, reply, cause)
        return self._skip(rest) if rest and not self.finished else None

    def _skippable(self) -> int:
        """How many bytes of the request may be skipped in order to stay."""
        if self._layout:
            return self._layout.skippable
        return max((layout.skippable for layout in self._machine.layouts.values()), default=0)

    def _enter(self, following: Any, reply: int | None, cause: Cause | None = None) -> None:  # noqa: ANN401 -- a state
        before = self.state
        target: type[Any] = following.__class__
        self._history.append((before.__class__, self._layout, self._header, target, reply))
        if before is not following:
            plans = self._machine.plans.get(target)
            if plans is None:
                return self._terminate(following, cause)
            self.state = following
            self._plans = plans
            self._faults = self._machine.table[target].faults
        if self._observe:
            self._observe(StateEntered(type(before).__name__, target.__name__, self._name))
        return None

    def _terminate(self, termination: T, cause: Cause | None) -> None:
        final = self._machine.finals[type(termination)]
        self.termination = termination
        self._plans = _NO_PLANS
        self._until = self._now + final.linger
        self.finished = not final.linger or (cause is not None and cause.name in final.unless)
        if self._observe:
            self._observe(Terminated(type(termination).__name__, final.success, cause))

    def _skip(self, rest: Skipping) -> None:
        self._unanswered = False
        self._room = 0
        if not rest.left and not rest.endless:
            return self._expect_header()
        self._part = rest
        self._target = rest.target
        return None

    def _answer(self, reply: int | None, payload: bytes = b"") -> None:
        """The one reply to a request: the only place that makes replies."""
        if not self._unanswered:
            return
        self._unanswered = False
        if reply is None:
            return
        wire = self._machine.wire
        frame = None if payload else wire.frames.get(reply)
        self._replies.append(frame or wire.encode(reply, self._header, len(payload)) + payload)
        if self._observe:
            self._observe(ReplyMade(self._name, wire.replies.get(reply, str(reply)), len(payload)))

    def _deny(self, reply: int | None, cause: Cause) -> None:
        """The reply to a request that is not handled, with the reason where that was asked for."""
        wire = self._machine.wire
        told = wire.reasons and self._unanswered and reply not in (None, wire.accept)
        self._answer(reply, said(cause, wire.reasons) if told else b"")

    def _about(self, element: str) -> Any:  # noqa: ANN401 -- what all causes have, by name
        """What every cause carries."""
        layouts, wire = self._machine.layouts, self._machine.wire
        names = [layouts[code].name for code in sorted(self._plans)]
        history = tuple(
            f"{before.__name__}: {self._name_of(layout, header) or 'no message'} → "
            + target.__name__
            + (f", {wire.replies.get(reply, reply)}" if reply is not None else "")
            for before, layout, header, target, reply in self._history
        )
        return {
            "state": type(self.state).__name__,
            "message": self._name,
            "expected": " or ".join(names),
            "events": history,
            "element": element,
        }
