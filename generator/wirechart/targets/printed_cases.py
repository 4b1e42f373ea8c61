"""Cases as Python that builds them: states, requests and replies. Knows no files."""

from typing import TYPE_CHECKING

from wirechart.cases.scripts import Counted, Ended, Sent, Waited
from wirechart.cases.values import Anything, Built, Constant, Entries, Items, Literal
from wirechart.targets.literals import Group, call, flat, mapping, octets, several, text
from wirechart.targets.sample_names import names as constants

if TYPE_CHECKING:
    from wirechart.cases.scripts import Case, Move, Spot, Step
    from wirechart.cases.values import Value
    from wirechart.chart import Chart
    from wirechart.samples import Request
    from wirechart.targets.literals import Node
    from wirechart.targets.sample_names import Names

MANY = 4  # entries of a map that are written one by one


class Printer:
    """Prints cases; remembers the constants and classes that they name."""

    def __init__(self, chart: "Chart") -> None:
        self.chart = chart
        self.names: Names = constants(chart)
        self.used: set[str] = set()  # constants, states and messages of the file at hand

    def case(self, case: "Case") -> Group:
        """A white-box case."""
        named: dict[str, Node] = {
            "name": text(case.name),
            "before": self.value(case.before),
            "steps": several(self.step(step) for step in case.steps),
            "after": self.value(case.after),
        }
        if case.calls:
            named["calls"] = several(text(name) for name in case.calls)
        if case.failing:
            named["failing"] = "True"
        if case.deadline is not None:
            named["deadline"] = repr(case.deadline)
        if case.context:
            named["context"] = self.agreed(case.context)
        return call("testing.Case", **named)

    def spot(self, spot: "Spot") -> Group:
        """A situation."""
        named: dict[str, Node] = {"path": several(self.step(step) for step in spot.path)}
        if spot.behind:
            named["behind"] = text(spot.behind)
        if spot.probes:
            probes = (several(self.step(step) for step in probe) for probe in spot.probes)
            named["probes"] = several(probes)
        if spot.context:
            named["context"] = self.agreed(spot.context)
        return call("testing.Spot", **named)

    def move(self, move: "Move") -> Group:
        """Something that happens in a situation."""
        return call(
            "testing.Move",
            text(move.spot),
            text(move.name),
            several(self.step(step) for step in move.steps),
            text(move.leads_to),
        )

    def step(self, step: "Step") -> Group:
        """A step of a script."""
        named: dict[str, Node] = {}
        match step:
            case Sent(request=request):
                return self._sent(step, request)
            case Counted():
                return self._counted(step)
            case Ended():
                if step.reply:
                    named["reply"] = self.reply(step.reply)
                if not step.closes:
                    named["closes"] = "False"
                return call("testing.Ended", **named)
            case Waited():
                if step.reply:
                    named["reply"] = self.reply(step.reply)
                if step.closes:
                    named["closes"] = "True"
                return call("testing.Waited", repr(step.seconds), **named)

    def _counted(self, step: Counted) -> Group:
        request = step.request
        named: dict[str, Node] = {"count": repr(step.count), "reply": self.reply(step.reply)}
        if step.first > 1:
            named["first"] = repr(step.first)
        if request.descriptors:
            named["descriptors"] = self._descriptors(request.descriptors)
        head, rest = self.constant(self.names.header(request)), self._payload(request)
        numbers = repr(step.offset), repr(step.size), text(self.chart.spec.wire.byte_order)
        return call("testing.Counted", head, rest, *numbers, **named)

    def _sent(self, step: Sent, request: "Request") -> Group:
        whole = request.header if step.cut is None else request.header[: step.cut]
        named: dict[str, Node] = {}
        header = self.constant(self.names.header(request))
        if len(whole) < len(request.header):
            header += f"[:{step.cut}]"
        positional: list[Node] = [header]
        if step.cut is None and (request.payload or request.contents):
            positional.append(self._payload(request))
        if step.reply:
            named["reply"] = self.reply(step.reply)
        if step.cut is None and request.descriptors:
            named["descriptors"] = self._descriptors(request.descriptors)
        if request.early_descriptors:
            named["early"] = self._descriptors(request.early_descriptors)
        if step.closes:
            named["closes"] = "True"
        return call("testing.Sent", *positional, **named)

    def _descriptors(self, count: int) -> Group:
        return several([self.object("CLOSED_DESCRIPTOR")] * count)

    def _payload(self, request: "Request") -> str:
        written = self.names.payload(request)
        return written if written.startswith("b") else self.constant(written)

    def reply(self, reply: bytes) -> str:
        """A reply, by name."""
        written = self.names.reply(self.chart, reply)
        return written if written.startswith("b") else self.constant(written)

    def constant(self, name: str) -> str:
        """A name of samples.py, which is imported then."""
        self.used.add(name)
        return name

    def object(self, name: str) -> str:
        """An object that the tests share."""
        return self.constant(self.names.object(name))

    def class_(self, name: str) -> str:
        """A state's class."""
        self.used.add(name)
        return name

    def agreed(self, values: "tuple[tuple[str, Value], ...]") -> "Node":
        """What was agreed on before the machine began."""
        return call("Context", **{name: self.value(value) for name, value in values})

    def value(self, value: "Value") -> "Node":
        """A value as the generated package builds it."""
        match value:
            case Literal(inner):
                return _literal(inner)
            case Constant(name):
                return self.object(name)
            case Anything():
                return "mock.ANY"
            case Entries(items):
                return self._entries(items)
            case Items(items):
                return several(self.value(item) for item in items)
            case Built(name, fields):
                return self._built(name, fields)

    def _entries(self, items: "tuple[tuple[Value, Value], ...]") -> "Node":
        keys = [key.value for key, _ in items if isinstance(key, Literal)]
        counted = len(items) > MANY and keys == list(range(1, len(items) + 1))
        if counted and len({item for _, item in items}) == 1:
            item = flat(self.value(items[0][1]))
            return f"dict.fromkeys(range(1, {len(items) + 1}), {item})"
        return mapping((flat(self.value(key)), self.value(item)) for key, item in items)

    def _built(self, name: str, fields: "tuple[tuple[str, Value], ...]") -> "Node":
        known = name in self.chart.nodes or name in self.chart.messages
        if known:
            self.used.add(name)
        if name == "Json.of":
            return call("runtime.Json.of", self._bytes(fields[0][1]))
        positional = [self.value(value) for key, value in fields if not key]
        named = {key: self.value(value) for key, value in fields if key}
        return call(name if known else f"runtime.{name}", *positional, **named)

    def _bytes(self, value: "Value") -> str:
        assert isinstance(value, Literal), value  # noqa: S101 -- JSON texts are bytes
        assert isinstance(value.value, bytes), value  # noqa: S101
        written = self.names.text(value.value)
        return written if written.startswith("b") else self.constant(written)


def _literal(inner: float | str | bytes) -> str:
    if isinstance(inner, bytes):
        return octets(inner)
    return text(inner) if isinstance(inner, str) else repr(inner)
