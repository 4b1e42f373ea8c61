"""One request after the other: header, payload, decision, handler, reply. Knows no sockets.

Whatever happens, the meaning of the next byte is known, or the machine has ended.
"""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

from .causes import (
    Cause,
    FramingLost,
    HandlerFailed,
    MalformedError,
    MalformedMessage,
    Named,
    RefusedMessage,
    UnknownMessage,
)
from .events import Event, MessageArrived, ReplyMade, StateEntered, Terminated
from .kinds import Scattered
from .machine import Fault, Header, Layout, Machine, Row
from .parts import HandlerError, Keeping, Part, Skipping, Taking
from .steps import (
    Failed,
    announce,
    attempt,
    check_result,
    choose,
    close_all,
    conclude,
    failed_reply,
    handle,
    release,
    start,
)

if TYPE_CHECKING:
    from .descriptors import Descriptor

S = TypeVar("S")
T = TypeVar("T")

REMEMBERED: Final = 16  # events in a cause


class Requests(Generic[S, T]):
    """What a receiver does with full targets; `core.Core` fills them.

    It owns the descriptors that arrive, and all that its states hold.
    """

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
        self._machine = machine
        self._rows = machine.table[type(state)].rows
        self._faults = machine.table[type(state)].faults
        self._handlers = handlers
        self._context = context
        self._observe = observe
        self._now = now  # when something was heard of the peer for the last time
        self._until = 0.0  # when lingering ends
        self._history: deque[tuple[str, str, type[Any], int | None]] = deque(maxlen=REMEMBERED)
        self._replies: list[bytes] = []
        self._frame = memoryview(bytearray(machine.wire.request.size))
        self._header: Header = ()
        self._descriptors: list[Descriptor] = []  # of the message that is arriving
        self._expect_header()

    def _expect_header(self) -> None:
        """Forget the last request: the next byte begins a header."""
        self._target = self._frame
        self._part: Part | None = None
        self._room = 0  # descriptors that belong to the bytes that come next
        self._stray = False  # descriptors came where none belong
        self._layout: Layout | None = None  # None: also of a message that nobody can receive
        self._name = ""  # of the message, once its header is complete
        self._message: object = None  # once it is complete
        self._row: Row | None = None  # once it is decided
        self._unanswered = False  # a request is complete, and its reply not made

    def _filled(self) -> None:
        part = self._part
        if part is None:
            return self._header_arrived(self._machine.wire.request.unpack(self._frame))
        try:
            done = part.filled()
        except MalformedError as error:
            return self._malformed(str(error), part.rest(0))
        except HandlerError as error:
            return self._failed(error.__cause__ or error, part.rest(0))
        self._target = part.target
        if self._stray and self._unanswered:
            return self._malformed(self._wrong_descriptors(), part.rest(part.target.nbytes))
        return self._arrived(part) if done else None

    def _header_arrived(self, header: Header) -> None:
        machine = self._machine
        wire = machine.wire
        self._header = header
        for constant, value in wire.constants:
            if header[constant] != value:
                return self._lose(f"a header begins with {bytes(self._frame).hex(' ')}")
        code = header[wire.select]
        layout = self._layout = machine.layouts.get(code)
        self._name = layout.name if layout else machine.names.get(code, "")
        field = layout.size if layout else wire.size
        size = 0 if field is None else header[field]
        if self._observe:
            state = type(self.termination or self.state).__name__
            self._observe(MessageArrived(state, self._name, code, size))
        if self.termination is not None:
            return self._late(code, size)
        self._unanswered = layout is None or layout.answered
        rows = self._rows.get(code)
        if layout is None or rows is None:
            return self._refuse(self._faults.refused, "", self._unread(size))
        kind = layout.payload
        wrong = kind.wrong(size) if kind else size and f"its length is {size}, not 0"
        if wrong or self._stray:
            return self._malformed(wrong or self._wrong_descriptors(), self._unread(size))
        if kind is None or not kind.kept:
            return self._decide(layout, rows, layout.decode(header, None), size)
        part = self._part = Keeping(kind, size)
        self._target = part.target
        self._room = layout.descriptors
        return None if size else self._filled()

    def _unread(self, size: int) -> Skipping:
        """A payload of which nothing was read, with its contents when their size can be known."""
        kind = self._layout.payload if self._layout else None
        if not isinstance(kind, Scattered):
            return Skipping(size)
        return Skipping(0, endless=True) if kind.wrong(size) else Skipping(size, kind.sink())

    def _wrong_descriptors(self) -> str:
        return f"descriptors came with it, but {self._room or 'none'} belong there"

    def _arrived(self, part: Part) -> None:
        """All bytes of a part have come."""
        layout = self._layout
        if layout is not None and isinstance(part, Keeping):
            found = len(self._descriptors)
            if found < layout.descriptors:
                reason = f"{found or 'no'} descriptors came with it, not {layout.descriptors}"
                return self._malformed(reason, Skipping(part.contents))
            descriptors, self._descriptors = tuple(self._descriptors), []
            self._room = 0
            value = part.value if not descriptors else (*cast("Header", part.value), *descriptors)
            message = layout.decode(self._header, value)
            rows = self._rows[self._header[self._machine.wire.select]]
            return self._decide(layout, rows, message, part.contents)
        if layout is not None and self._row is not None and isinstance(part, Taking):
            result = attempt(check_result, self._row, layout, self._message, part.result)
            return self._settle(self._row, layout, result)
        return self._expect_header()

    def _decide(self, layout: Layout, rows: tuple[Row, ...], message: object, size: int) -> None:
        """A message is complete but for `size` bytes that its handler takes."""
        self._message = message
        row = rows[0]
        if row.guard is not None:
            chosen = choose(rows, self.state, message, self._context)
            if chosen is None:
                text = " or ".join(row.text for row in rows)
                return self._refuse(self._faults.refused, text, Skipping(size))
            row = chosen
        if row.kind == "handled":
            self._row = row
            if layout.payload is not None and layout.payload.streamed:
                return self._stream(row, layout, message, size)
            result = attempt(handle, self._handlers, row, layout, self.state, message)
            return self._settle(row, layout, result)
        if row.kind == "ended":
            return self._ended(row, Skipping(size))
        fault = Fault(row.reply, row.target, row.element, row.cause)
        return self._refuse(fault, row.text, Skipping(size))

    def _stream(self, row: Row, layout: Layout, message: object, size: int) -> None:
        payload = announce(layout, message, size)
        generator = attempt(start, self._handlers, row, self.state, message, payload)
        if type(generator) is Failed:
            return self._failed(generator.error, Skipping(size))
        part = self._part = Taking(generator, payload, size)
        try:
            done = part.begin()
        except HandlerError as error:
            return self._failed(error.__cause__ or error, part.rest(0))
        self._target = part.target
        return self._arrived(part) if done else None

    def _settle(self, row: Row, layout: Layout, result: Any) -> None:  # noqa: ANN401 -- of a handler
        """A handler has returned; all bytes of its request have come."""
        if type(result) is Failed:
            return self._failed(result.error, Skipping(0))
        following, payload = (result, b"") if layout.replies_up_to is None else result
        owned = self._machine.owned
        if type(self.state) in owned or layout.type in owned:
            outcome = attempt(release, self._machine, self.state, self._message, following)
            if type(outcome) is Failed:
                return self._failed(outcome.error, Skipping(0))
        self._answer(row.reply, payload)
        self._enter(following, row.reply, None)
        return self._expect_header()

    def _ended(self, row: Row, rest: Skipping) -> None:
        """A message asks for the machine's failure: no handler is called."""
        cause = Named(**self._about(row.element), name=row.cause or "refused")
        self._answer(row.reply)
        self._leave(row.target, cause, row.reply, rest, row.values)

    def _refuse(self, fault: Fault, guard: str, rest: Skipping) -> None:
        about = self._about(fault.element)
        cause: Cause
        if self._name:
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
        self._answer(failed_reply(self._machine, self._faults, error))
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
        self._answer(fault.reply)
        self._drop()
        if fault.cause:
            cause = Named(**self._about(fault.element), name=fault.cause, because=cause)
        target: Any = fault.target or cast("Any", type(self.state))
        self._leave(target, cause, fault.reply, rest)

    def _drop(self) -> None:
        """Give up what was arriving, the message included."""
        part = self._part
        if isinstance(part, Taking):
            part.stop()
            attempt(release, self._machine, part.result, None, self.state)
        message, self._message = self._message, None
        attempt(release, self._machine, message, None, self.state)
        attempt(close_all, self._descriptors)
        self._descriptors = []

    def _leave(
        self,
        target: type[Any],
        cause: Cause,
        reply: int | None,
        rest: Skipping | None,
        values: tuple[tuple[str, object], ...] = (),
    ) -> None:
        """Go on in `target` without a handler, behind what is left of the request."""
        if target in self._machine.table:
            limit = self._longest()
            if rest and (rest.endless or rest.left > limit):
                return self._lose(f"{cause.summary()}; and its payload cannot be skipped")
            following = self.state if target is type(self.state) else target()
        else:
            following = conclude(self._machine, target, cause, values)
        attempt(release, self._machine, self.state, self._message, following)
        self._enter(following, reply, cause)
        return self._skip(rest) if rest and not self.finished else None

    def _longest(self) -> int:
        """How many bytes of the request may be skipped in order to stay."""
        if self._layout:
            return self._layout.skippable
        return max((layout.skippable for layout in self._machine.layouts.values()), default=0)

    def _enter(self, following: Any, reply: int | None, cause: Cause | None) -> None:  # noqa: ANN401 -- a state
        before = type(self.state).__name__
        target: type[Any] = following.__class__
        self._history.append((before, self._name, target, reply))
        rules = self._machine.table.get(target)
        if rules is None:
            self._terminate(following, cause)
        else:
            self.state = following
            self._rows, self._faults = rules.rows, rules.faults
            if self._observe:
                self._observe(StateEntered(before, target.__name__, self._name))

    def _terminate(self, termination: T, cause: Cause | None) -> None:
        final = self._machine.finals[type(termination)]
        self.termination = termination
        self._until = self._now + final.linger
        self.finished = not final.linger or (cause is not None and cause.name in final.unless)
        if self._observe:
            self._observe(Terminated(type(termination).__name__, final.success, cause))

    def _late(self, code: int, size: int) -> None:
        """A message after the end: the first listed one is answered, the others are skipped."""
        answers = dict(self._machine.finals[type(self.termination)].answers)
        if code not in answers:
            return self._skip(self._unread(size))
        self._unanswered = True
        self._answer(answers[code])
        self.finished = True
        return None

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

    def _about(self, element: str) -> Any:  # noqa: ANN401 -- what all causes have, by name
        """What every cause carries."""
        layouts, wire = self._machine.layouts, self._machine.wire
        names = [layouts[code].name for code in sorted(self._rows)]
        history = tuple(
            f"{before}: {message or 'no message'} → {target.__name__}"
            + (f", {wire.replies.get(reply, reply)}" if reply is not None else "")
            for before, message, target, reply in self._history
        )
        return {
            "state": type(self.state).__name__,
            "message": self._name,
            "expected": " or ".join(names),
            "events": history,
            "element": element,
        }
