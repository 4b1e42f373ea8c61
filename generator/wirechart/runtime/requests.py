"""One request after the other: header, payload, decision, handler. Knows no time and no sockets.

Whatever happens, the meaning of the next byte is known, or the machine has ended.
"""

from typing import Any, TypeVar, cast

from .causes import MalformedError
from .events import MessageArrived
from .kinds import Scattered
from .machine import Fault, Header, Row
from .outcomes import Outcomes
from .parts import NOTHING, HandlerError, Keeping, Part, Skipping
from .plans import Plan, Way, choose, settle
from .spool import SPILL
from .steps import Failed, announce, attempt, start
from .taking import Taking

S = TypeVar("S")
T = TypeVar("T")


class Requests(Outcomes[S, T]):
    """What a receiver does with full targets; `core.Core` fills them."""

    _more = NOTHING  # bytes behind the target that are here already

    def _filled(self) -> None:
        part = self._part
        if part is None:
            return self._header_arrived(self._machine.wire.request.unpack(self._frame))
        try:
            done = part.filled(self._more)
        except MalformedError as error:
            return self._malformed(str(error), part.rest(0))
        except HandlerError as error:
            return self._failed(error.__cause__ or error, part.rest(0))
        finally:
            if part.poured:
                self._more = self._more[part.poured :]
        self._target = part.target
        if self._stray and not isinstance(part, Skipping):
            return self._malformed(self._wrong_descriptors(), part.rest(part.target.nbytes))
        return self._arrived(part) if done else None

    def _header_arrived(self, header: Header) -> None:
        wire = self._machine.wire
        self._header = header
        for constant, value in wire.constants:
            if header[constant] != value:
                self._header = ()
                return self._lose(f"a header begins with {bytes(self._frame).hex(' ')}")
        code = header[wire.select]
        plan = self._plans.get(code)
        if self._observe or plan is None:
            return self._unusual(plan, code)
        return self._expected(plan, header)

    def _unusual(self, plan: Plan | None, code: int) -> None:
        """A header that is observed, or that the state does not take."""
        machine, wire = self._machine, self._machine.wire
        layout = self._layout = machine.layouts.get(code)
        field = layout.size if layout else wire.size
        size = 0 if field is None else self._header[field]
        if self._observe:
            state = type(self.termination or self.state).__name__
            self._observe(MessageArrived(state, self._name, code, size))
        if plan is not None:
            return self._expected(plan, self._header)
        if self.termination is not None:
            return self._late(code, size)
        self._unanswered = layout is None or layout.answered
        return self._refuse(self._faults.refused, "", self._unread(size))

    def _late(self, code: int, size: int) -> None:
        """A message after the end: the first listed one is answered, the others are skipped."""
        answers = dict(self._machine.finals[type(self.termination)].answers)
        if code not in answers:
            return self._skip(self._unread(size))
        self._unanswered = True
        self._answer(answers[code])
        self.finished = True
        return None

    def _expected(self, plan: Plan, header: Header) -> None:
        """A header of a message that the state takes."""
        self._plan = plan
        layout = self._layout = plan.layout
        self._unanswered = layout.answered
        kind = layout.payload
        size = 0 if layout.size is None else header[layout.size]
        if kind is None:
            wrong = f"its length is {size}, not 0" if size else ""
        elif kind.minimum <= size <= kind.maximum and not size % kind.unit:
            wrong = ""
        else:
            wrong = kind.wrong(size)
        if wrong or self._stray:
            return self._malformed(wrong or self._wrong_descriptors(), self._unread(size))
        if kind is None or not kind.kept:
            return self._decide(plan, layout.decode(header, None), size)
        self._room = layout.descriptors
        more = self._more
        if more.nbytes < size or size > SPILL:
            part = self._part = Keeping(kind, size)
            self._target = part.target
            return None
        self._more = more[size:]
        try:
            value, contents = kind.parse(bytes(more[:size]))
        except MalformedError as error:
            return self._malformed(str(error), Skipping(0, endless=kind.streamed))
        return self._complete(plan, value, contents)

    def _unread(self, size: int) -> Skipping:
        """A payload of which nothing was read, with its contents when their size can be known."""
        kind = self._layout.payload if self._layout else None
        if not isinstance(kind, Scattered):
            return Skipping(size)
        return Skipping(0, endless=True) if kind.wrong(size) else Skipping(size, kind.sink())

    def _wrong_descriptors(self) -> str:
        if not self._room:
            return "descriptors came with it, but none belong there"
        return f"more descriptors came with it than belong there ({self._room})"

    def _arrived(self, part: Part) -> None:
        """All bytes of a part have come."""
        if isinstance(part, Keeping):
            return self._complete(self._plan, part.value, part.contents)
        if not isinstance(part, Taking):
            return self._expect_header()
        layout, row, result = self._plan.layout, self._way.row, part.result
        step = attempt(settle, self._machine, layout, row, self.state, self._message, result)
        return self._settled(step)

    def _complete(self, plan: Plan, value: object, contents: int) -> None:
        """Make the message of a payload, with the descriptors that came with it."""
        layout = plan.layout
        if layout.descriptors:
            found = len(self._descriptors)
            if found < layout.descriptors:
                reason = f"{found or 'no'} descriptors came with it, not {layout.descriptors}"
                return self._malformed(reason, Skipping(contents))
            value = (*cast("Header", value), *self._descriptors)
            self._descriptors = []
            self._room = 0
        return self._decide(plan, layout.decode(self._header, value), contents)

    def _decide(self, plan: Plan, message: object, size: int) -> None:
        """A message is complete but for `size` bytes that its handler takes."""
        self._message = message
        way = plan.always or choose(plan.ways, self.state, message, self._context)
        if way is None:
            return self._refuse(self._faults.refused, plan.guards, Skipping(size))
        if not way.handled:
            return self._untaken(way.row, Skipping(size))
        if plan.streamed:
            return self._stream(plan, way, message, size)
        return self._settled(way.handle(self._handlers, self.state, message, None, b""))

    def _untaken(self, row: Row, rest: Skipping) -> None:
        """A message for which no handler is called."""
        if row.kind == "ended":
            return self._ended(row, rest)
        fault = Fault(row.reply, row.target, row.element, row.cause)
        return self._refuse(fault, row.text, rest)

    def _stream(self, plan: Plan, way: Way, message: object, size: int) -> None:
        self._way = way
        payload = announce(plan.layout, message, size)
        generator = attempt(start, self._handlers, way.row, self.state, message, payload)
        if type(generator) is Failed:
            return self._failed(generator.error, Skipping(size))
        self._part = Taking(generator, payload, size)
        return self._filled()

    def _settled(self, outcome: Any) -> None:  # noqa: ANN401 -- Step or Failed
        """A handler has returned; all bytes of its request have come."""
        if type(outcome) is Failed:
            return self._failed(outcome.error, Skipping(0))
        following, reply, payload = outcome
        self._answer(reply, payload)
        self._enter(following, reply)
        return self._expect_header()
