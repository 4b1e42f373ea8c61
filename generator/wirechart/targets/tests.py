"""The tests inside a generated package: the cases as literal Python. Decides nothing about them."""

from typing import TYPE_CHECKING

from wirechart import names
from wirechart.cases import cases
from wirechart.cases.data import usual
from wirechart.cases.scripts import Counted, Ended, Sent, Waited
from wirechart.cases.values import Anything, Built, Constant, Entries, Items, Literal
from wirechart.chart import data
from wirechart.decisions import rows
from wirechart.lower import annotation, handlers
from wirechart.model import Table
from wirechart.samples import rows_of
from wirechart.targets.literals import Group, call, flat, lines, mapping, octets, several, text
from wirechart.targets.package_handlers import supplies
from wirechart.targets.python import imports
from wirechart.targets.sample_names import names as constants
from wirechart.targets.statements import LINE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wirechart.cases import Cases
    from wirechart.cases.scripts import Case, Move, Spot, Step
    from wirechart.cases.streams import Session
    from wirechart.cases.values import Value
    from wirechart.chart import Chart
    from wirechart.samples import Request
    from wirechart.targets.literals import Node
    from wirechart.targets.sample_names import Names

MANY = 4  # entries of a map that are written one by one


def files(chart: "Chart", source: str) -> dict[str, str]:
    """The tests of a package, by path."""
    return printed(chart, source, cases(chart))


def printed(chart: "Chart", source: str, made: "Cases") -> dict[str, str]:
    """The same for some cases, which may be fewer."""
    writer = Writer(chart)
    parts = {
        "test_transitions": writer.transitions(made),
        "test_wire": writer.wire(made),
        "test_streams": writer.streams(made),
    }
    parts["samples"] = writer.samples()
    folder = f"generated/{names.package(chart.spec.protocol)}/tests"
    texts = {name: _rendered(name, source, values) for name, values in parts.items()}
    return {
        f"{folder}/__init__.py": _rendered("__init__", source, {"protocol": chart.spec.protocol}),
        **{f"{folder}/{name}.py": text_ for name, text_ in texts.items()},
    }


def _rendered(name: str, source: str, values: "Mapping[str, object]") -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 -- slow to import

    environment = Environment(  # noqa: S701 -- Python text, not HTML
        loader=PackageLoader("wirechart", "templates/tests"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(f"{name}.py.j2").render(source=source, **values)


class Writer:
    """Prints cases; remembers the constants and classes that they name."""

    def __init__(self, chart: "Chart") -> None:
        self.chart = chart
        self.names: Names = constants(chart)
        self.used: set[str] = set()  # constants, states and messages of the file at hand

    def transitions(self, made: "Cases") -> dict[str, object]:
        """What the template of test_transitions.py prints."""
        self.used = set()
        printed = [tuple(lines(1, "", self.case(case), ",")) for case in made.transitions.cases]
        values = {"gaps": _gaps(made.transitions.gaps), "body": self.body()}
        return self.file(printed, {"cases": printed, **values})

    def wire(self, made: "Cases") -> dict[str, object]:
        """What the template of test_wire.py prints."""
        self.used = set()
        spots = [tuple(self._keyed(text(spot.name), self.spot(spot))) for spot in made.wire.spots]
        moves = [tuple(lines(1, "", self.move(move), ",")) for move in made.wire.moves]
        context = 'cast("Context", session.context)' if self.chart.spec.context else None
        begin = call("Receiver", self._handlers(), **_named(context=context))
        values = {
            "spots": spots,
            "moves": moves,
            "gaps": _gaps(made.wire.gaps),
            "body": list(lines(1, "receiver = ", begin)),
        }
        return self.file([*spots, *moves], values)

    def streams(self, made: "Cases") -> dict[str, object]:
        """What the template of test_streams.py prints."""
        self.used = set()
        session = made.streams.session
        cases_ = [tuple(lines(1, "", self.case(case), ",")) for case in made.streams.lengths]
        values: dict[str, object] = {"steps": [], "cases": cases_, "body": self.body()}
        printed = list(cases_)
        if session.steps and self.chart.nodes[session.after.name].state.final:
            parts = self._session(session)
            values |= parts
            printed += [tuple(part) for part in parts.values()]
        return self.file(printed, values)

    def _session(self, session: "Session") -> dict[str, list[str]]:
        steps = [line for step in session.steps for line in lines(1, "", self.step(step), ",")]
        refusals = several(self.reply(reply) for reply in session.refusals)
        ends = several(self._class(state.name) for state in session.ends)
        written = _written(self.chart, session)
        if written:
            self.object("KEPT_MEMORY")
        context = self._context(session.context) if session.context else None
        begin = call("Receiver", self._handlers(), **_named(context=context))
        return {
            "steps": steps,
            "refusals": list(lines(0, "REFUSALS = ", refusals)),
            "ends": list(lines(0, "ENDS = ", ends)),
            "after": list(lines(0, "AFTER = ", self.value(session.after))),
            "contents": list(lines(0, "CONTENTS = ", written)) if written else [],
            "begin": list(lines(1, "return ", begin)),
        }

    def body(self) -> list[str]:
        """What the test of a white-box case does."""
        watched = call("testing.Watched", self._handlers(), failing="case.failing")
        context = 'cast("Context", case.context)' if self.chart.spec.context else None
        begin = call("Receiver", "watched.handlers", **_named(context=context), state="case.before")
        return [
            *lines(1, "watched = ", watched),
            *lines(1, "receiver = ", begin),
            "",
            "    assert testing.outcome(receiver, watched, case.steps) == testing.demanded(case)",
        ]

    def _handlers(self) -> str:
        return f"{self.constant('handlers')}()"

    def _keyed(self, key: str, value: Group) -> "Iterable[str]":
        return lines(1, f"{key}: ", value, ",")

    def file(
        self, printed: "Iterable[Iterable[str]]", values: "Mapping[str, object]"
    ) -> dict[str, object]:
        """The values, and what every file of tests needs: its imports."""
        package = names.package(self.chart.spec.protocol)
        whole = "\n".join(line for part in printed for line in part)
        states = self.used & set(self.chart.nodes)
        messages = self.used & set(self.chart.messages)
        shared = self.used - states - messages
        cases_ = "cases" in values and bool(values["cases"])
        context = ["Context"] if self.chart.spec.context else []
        return {
            **values,
            "protocol": self.chart.spec.protocol,
            "package": package,
            "context": bool(context),
            "mocks": "mock." in whole,
            "runtime": "runtime." in whole,
            "handlers": imports(f"{package}.handlers", context),
            "states": imports(f"{package}.states", {*states, *(["Running"] if cases_ else [])}),
            "messages": imports(f"{package}.messages", messages),
            "samples": imports(f"{package}.tests.samples", shared),
        }

    def samples(self) -> dict[str, object]:
        """What the template of samples.py prints: the constants of all files, and the handlers."""
        package = names.package(self.chart.spec.protocol)
        supplied = supplies(self.chart, handlers(self.chart, rows(self.chart)))
        made = {name: self._supply(name, type_) for name, type_ in supplied.items()}
        usual_handlers = list(lines(1, "return ", call("Defaults", **made)))
        written = list(self.names.lines())
        whole = "\n".join((*written, *usual_handlers))
        return {
            "protocol": self.chart.spec.protocol,
            "package": package,
            "runtime": "runtime." in whole,
            "testing": "testing." in whole,
            "handlers": usual_handlers,
            "lines": written,
        }

    def _supply(self, name: str, type_: str) -> str:
        """The argument of Defaults that makes such data."""
        for state in self.chart.nodes:
            for item in data(self.chart, state):
                if annotation(self.chart, item.type) == type_ and name.endswith(item.name):
                    return f"lambda: {flat(self.value(usual(self.chart, item.type)))}"
        raise AssertionError(name)

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
            named["context"] = self._context(case.context)
        return call("testing.Case", **named)

    def spot(self, spot: "Spot") -> Group:
        """A situation."""
        named: dict[str, Node] = {"path": several(self.step(step) for step in spot.path)}
        if spot.probes:
            probes = (several(self.step(step) for step in probe) for probe in spot.probes)
            named["probes"] = several(probes)
        if spot.context:
            named["context"] = self._context(spot.context)
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
            case Counted(request=request):
                order = text(self.chart.spec.wire.byte_order)
                numbers = (repr(n) for n in (step.offset, step.size))
                named["count"] = repr(step.count)
                named["reply"] = self.reply(step.reply)
                if request.descriptors:
                    named["descriptors"] = self._descriptors(request.descriptors)
                head, rest = self.constant(self.names.header(request)), self._payload(request)
                return call("testing.Counted", head, rest, *numbers, order, **named)
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

    def _class(self, name: str) -> str:
        self.used.add(name)
        return name

    def _context(self, values: "tuple[tuple[str, Value], ...]") -> "Node":
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


def _named(**maybe: "Node | None") -> "dict[str, Node]":
    """Those that are there."""
    return {name: value for name, value in maybe.items() if value is not None}


def _gaps(gaps: "Iterable[str]") -> tuple[str, ...]:
    """Comments on what the tests do not show."""
    return tuple(f"# Not shown: {gap}."[:LINE] for gap in gaps)


def _written(chart: "Chart", session: "Session") -> "Node | None":
    """What a session writes to memory, by address; None: nothing."""
    found: dict[int, bytes] = {}
    for step in session.steps:
        table = chart.messages[step.request.message].payload
        if not isinstance(table, Table) or table.contents is None:
            continue
        rest = step.request.contents
        for row in rows_of(chart.spec, table, step.request.payload):
            size = row[table.contents.of.name]
            found[row[table.contents.at.name]] = rest[:size]
            rest = rest[size:]
    if not found:
        return None
    return mapping((str(address), octets(held)) for address, held in found.items())
