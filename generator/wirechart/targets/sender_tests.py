"""The tests of a machine that asks, as literal Python: every request, reply, and trouble."""

from typing import TYPE_CHECKING, TypeAlias

from wirechart import layout, samples
from wirechart.cases.causes import cause_of
from wirechart.cases.data import message as sample
from wirechart.cases.values import Anything, Built, Constant, Literal
from wirechart.chart import asks, data, receivable, running
from wirechart.decisions import ending, rows
from wirechart.lower import cause_field, limit_value
from wirechart.record import replace
from wirechart.targets.home import home
from wirechart.targets.literals import call, lines, octets, several, text
from wirechart.targets.printed_cases import Printer
from wirechart.targets.printing import printed
from wirechart.targets.python import imports

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wirechart.cases.values import Value
    from wirechart.chart import Chart
    from wirechart.decisions import Outcome
    from wirechart.model import Message
    from wirechart.samples import Request
    from wirechart.targets.literals import Group, Node


Fields: TypeAlias = "tuple[tuple[str, Value], ...]"
# What it is, the fault, the cause's own fields, and arguments of questions.Trouble.
_Trouble: TypeAlias = "tuple[str, str, Fields, Mapping[str, str]]"
FORBIDDEN = "FORBIDDEN: tuple[tuple[Running, object], ...] = "
PAYLOAD = b"page"  # of a reply that may have any


def files(chart: "Chart", source: str) -> dict[str, str]:
    """The tests of the package of a machine that asks, by path."""
    if not asks(chart.spec):
        return {}
    writer = Writer(chart)
    parts: dict[str, dict[str, object]] = {"__init__": {}, "test_requests": writer.module()}
    parts["samples"] = writer.samples()
    templates = {"samples": "asking_samples"}
    folder = f"{home(chart.spec).folder}/tests"
    return {
        f"{folder}/{name}.py": printed(
            f"tests/{templates.get(name, name)}.py", chart.spec, source, **values
        )
        for name, values in parts.items()
    }


class Writer(Printer):
    """Prints what the templates need."""

    def __init__(self, chart: "Chart") -> None:
        super().__init__(chart)
        self.table = {(row.state, row.event): row.outcomes for row in rows(chart)}

    def module(self) -> dict[str, object]:
        """What the template of test_requests.py prints."""
        allowed = [self._question(*pair) for pair in self._pairs(allowed=True)]
        forbidden = [self._pair(*pair) for pair in self._pairs(allowed=False)]
        troubles = [
            trouble for pair in self._pairs(allowed=True) for trouble in self._troubles(*pair)
        ]
        printed = {
            "allowed": [tuple(lines(1, "", item, ",")) for item in allowed],
            "forbidden": [tuple(lines(0, FORBIDDEN, several(forbidden)))] if forbidden else [],
            "troubles": [tuple(lines(1, "", item, ",")) for item in troubles],
        }
        whole = "\n".join(line for part in printed.values() for item in part for line in item)
        at = home(self.chart.spec)
        states = self.used & set(self.chart.nodes)
        messages = self.used & set(self.chart.messages)
        modules = {
            at.root: ["runtime"] if forbidden or "runtime." in whole else [],
            f"{at.root}.runtime": ["questions"],
            f"{at.package}.messages": messages,
            f"{at.package}.sender": ["asker"],
            f"{at.package}.states": {*states, "Running"},
            f"{at.package}.tests.samples": self.used - states - messages,
        }
        return {
            **printed,
            "mocks": "mock." in whole,
            "imports": [line for name in sorted(modules) for line in imports(name, modules[name])],
        }

    def samples(self) -> dict[str, object]:
        """What the template of samples.py prints: the constants of the tests."""
        written = list(self.names.lines())
        at = home(self.chart.spec)
        needs = "questions." in "\n".join(written)
        return {
            "imports": imports(f"{at.root}.runtime", ["questions"] if needs else []),
            "lines": written,
        }

    def _pairs(self, *, allowed: bool) -> "Iterator[tuple[str, Message]]":
        for state in running(self.chart):
            for message in receivable(self.chart):
                listed = (state, message.name) in self.table
                if listed == allowed and (self._can_be_asked(message) or not allowed):
                    yield state, message

    def _can_be_asked(self, message: "Message") -> bool:
        return self._payload_of_reply(message, self._request(message)) is not None

    def _request(self, message: "Message") -> "Request":
        """A sample whose frame has zeros where the message says nothing.

        It has zeros everywhere where another asks for a reply that is no sample.
        """
        spec = self.chart.spec
        said = {part.frame_field.name for part in message.header}
        steering = {spec.wire.select.name}
        size = layout.payload_size_field(spec, message)
        steering |= {size.name} if size else set()
        named = said | steering
        silent = {f.name: 0 for f in spec.wire.request if f.type and f.name not in named}
        usual = samples.request(self.chart, message, silent=silent)
        if self._payload_of_reply(message, usual) is not None:
            return usual
        zeros = {name: 0 for name, _ in usual.fields if name not in steering}
        return samples.request(self.chart, message, zeros, silent)

    def _payload_of_reply(self, message: "Message", request: "Request") -> bytes | None:
        """Behind the accepting reply; None: it would be negative, too long, or no sample."""
        wanted = message.reply_payload
        if wanted is None:
            return b""
        most = limit_value(self.chart.spec, wanted.max.name)
        if wanted.size is None:
            return PAYLOAD[:most]
        size = samples.reply_size(self.chart.spec, wanted.size, request)
        return samples.pattern(size) if 0 <= size <= min(most, samples.BIGGEST_SENT) else None

    def _message(self, request: "Request") -> "Node":
        return self.value(_open(sample(self.chart, request)))

    def _state(self, name: str, fields: "Iterable[tuple[str, Value]]" = ()) -> "Node":
        return self.value(Built(name, tuple(fields)))

    def _pair(self, state: str, message: "Message") -> "Group":
        asked = self._message(self._request(message))
        return call("", self._state(state), asked)

    def _question(self, state: str, message: "Message") -> "Group":
        request, spec = self._request(message), self.chart.spec
        (outcome, *_) = self.table[state, message.name]
        payload = self._payload_of_reply(message, request) or b""
        accept = spec.wire.accept.name if message.replied else None
        named: dict[str, Node] = {
            "state": self._state(state),
            "message": self._message(request),
            "data": self._data(request),
            "after": self.value(self._ended(outcome, cause_of(state, outcome, request))),
        }
        if message.replied:
            whole = samples.reply(spec, accept, request.header, payload)
            frame = whole[: len(whole) - len(payload)]
            named["reply"] = self.reply(frame)
        if payload:
            named["payload"] = octets(payload)
        if request.descriptors:
            named["descriptors"] = str(request.descriptors)
        if request.contents:
            named["contents"] = str(len(request.contents))
        return call("questions.Question", **named)

    def _data(self, request: "Request") -> str:
        header = self.constant(self.names.header(request))
        if not request.payload:
            return header
        body = self._payload(replace(request, contents=b""))
        return f"{header} + {body}"

    def _troubles(self, state: str, message: "Message") -> "Iterator[Group]":
        """Other replies, replies that are none, and no reply."""
        if not message.replied:
            return
        request = self._request(message)
        for what, fault, because, how in (*self._replies(message, request), *self._silences(state)):
            yield self._trouble(state, request, what, fault, because, how)

    def _replies(self, message: "Message", request: "Request") -> "Iterator[_Trouble]":
        spec = self.chart.spec
        accept = spec.wire.accept.name
        for code in spec.wire.replies:
            if code.name != accept:
                reply = self.reply(samples.reply(spec, code.name, request.header))
                because = (("reply", Literal(code.name)),)
                yield f"reply {code.name}", "refused", because, {"reply": reply}
        why = (("reason", Anything()),)
        good = samples.reply(spec, accept, request.header)
        other = _with_status(self.chart, good)
        if other is not None:
            unknown = self._odd("REPLY_UNKNOWN", other)
            yield "an unknown reply", "malformed", why, {"reply": unknown}
        if spec.wire.reply_size is not None and message.reply_payload is None:
            longer = samples.reply(spec, accept, request.header, b"x")[: len(good)]
            announcing = self._odd("REPLY_WITH_PAYLOAD", longer)
            yield "a payload", "malformed", why, {"reply": announcing}
        where = (("where", Anything()),)
        if len(good) > 1:
            begun = {"reply": f"{self.reply(good)}[:1]", "ends": "True"}
            yield "end of stream inside the reply", "eof", where, begun

    def _silences(self, state: str) -> "Iterator[_Trouble]":
        yield "end of stream", "eof", (("where", Anything()),), {"ends": "True"}
        seconds = self._patience(state)
        if seconds is not None:
            silent = (("seconds", Literal(seconds)),)
            yield "silence", "idle", silent, {"seconds": repr(seconds)}

    def _patience(self, state: str) -> float | None:
        found = ending(self.chart, state, "idle")
        idle = self.chart.nodes[found[0]].state.on_idle if found else None
        after = idle.after if idle else None
        return limit_value(self.chart.spec, after.name) / 1000 if after else None

    def _trouble(
        self,
        state: str,
        request: "Request",
        what: str,
        fault: str,
        because: "Fields",
        how: "Mapping[str, str]",
    ) -> "Group":
        open_ = self.table.get((state, "unanswered")) if fault != "refused" else None
        outcome = (open_ or self.table[state, fault])[0]
        return call(
            "questions.Trouble",
            state=self._state(state),
            message=self._message(request),
            what=text(what),
            after=self.value(self._failure(state, request.message, outcome, fault, because)),
            **how,
        )

    def _odd(self, name: str, reply: bytes) -> str:
        """A reply that is none."""
        return self.constant(self.names.odd_reply(name, reply))

    def _failure(
        self,
        state: str,
        message: str,
        outcome: "Outcome",
        fault: str,
        because: "Fields",
    ) -> Built:
        """The termination; what is told is the fault, also where it leads elsewhere."""
        classes = {
            "refused": "PeerRefused",
            "malformed": "MalformedReply",
            "eof": "EndOfStream",
            "idle": "PeerSilent",
        }
        about = (("state", Literal(state)), ("message", Literal(message)))
        cause: Value = Built(classes[fault], (*about, *because))
        if outcome.cause not in (None, outcome.kind):
            named = (("name", Literal(outcome.cause or "")), *about, ("because", Anything()))
            cause = Built("Named", named)
        return self._ended(outcome, cause)

    def _ended(self, outcome: "Outcome", cause: "Value") -> Built:
        field = cause_field(self.chart, outcome.target)
        written = {item.name.name: Literal(item.value) for item in outcome.set}
        held = [item.name for item in data(self.chart, outcome.target)]
        made = ((name, cause if name == field else written.get(name)) for name in held)
        return Built(outcome.target, tuple((n, value) for n, value in made if value is not None))


def _open(message: Built) -> Built:
    """The sample with descriptors that can be sent."""
    closed, opened = Constant("CLOSED_DESCRIPTOR"), Constant("OPEN_DESCRIPTOR")
    fields = tuple((name, opened if value == closed else value) for name, value in message.fields)
    return replace(message, fields=fields)


def _with_status(chart: "Chart", reply: bytes) -> bytes | None:
    """The reply with a status that is none; None: every number is one."""
    spec = chart.spec
    placed = next(p for p in layout.reply(spec) if p.field.name == spec.wire.status.name)
    taken = {code.value for code in spec.wire.replies}
    status = next(number for number in range(len(taken) + 1) if number not in taken)
    if status >= 1 << 8 * placed.size:
        return None
    octets_ = status.to_bytes(placed.size, spec.wire.byte_order)
    return reply[: placed.offset] + octets_ + reply[placed.end :]
