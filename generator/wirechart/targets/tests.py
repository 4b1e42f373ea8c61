"""The tests inside a generated package: the cases as literal Python. Decides nothing about them."""

from dataclasses import replace
from typing import TYPE_CHECKING

from wirechart.cases import cases
from wirechart.cases.data import state, usual
from wirechart.chart import asks, data, initial
from wirechart.decisions import rows
from wirechart.lower import annotation, handlers, supplies
from wirechart.model import Table
from wirechart.samples import rows_of
from wirechart.targets import printing
from wirechart.targets.home import home
from wirechart.targets.literals import Group, call, lines, mapping, octets, several, text
from wirechart.targets.printed_cases import Printer
from wirechart.targets.python import imports
from wirechart.targets.statements import LINE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wirechart.cases import Cases
    from wirechart.cases.streams import Session
    from wirechart.chart import Chart
    from wirechart.targets.literals import Node


def files(chart: "Chart", source: str) -> dict[str, str]:
    """The tests of the package of a machine that answers, by path."""
    if asks(chart.spec):
        return {}
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
    folder = f"{home(chart.spec).folder}/tests"
    texts = {name: _text(chart, name, source, values) for name, values in parts.items()}
    return {
        f"{folder}/__init__.py": _text(chart, "__init__", source, {}),
        **{f"{folder}/{name}.py": text_ for name, text_ in texts.items()},
    }


def _text(chart: "Chart", name: str, source: str, values: "Mapping[str, object]") -> str:
    return printing.printed(f"tests/{name}.py", chart.spec, source, **values)


class Writer(Printer):
    """Prints what the templates of the tests need."""

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
        begin = call("Receiver", self._handlers(), **_named(context=context, state=self._first()))
        values = {
            "spots": spots,
            "moves": moves,
            "gaps": _gaps(made.wire.gaps),
            "body": list(lines(1, "receiver = ", begin)),
        }
        body = [*lines(1, "receiver = ", begin)]
        return self.file([*spots, *moves, body], values)

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
        steps = several(self.step(step) for step in session.steps)
        refusals = several(self.reply(reply) for reply in session.refusals)
        ends = several(self.class_(state.name) for state in session.ends)
        leaves = several(self.class_(state.name) for state in session.leaves)
        written = _written(self.chart, session)
        if written:
            self.object("KEPT_MEMORY")
        context = self.agreed(session.context) if session.context else None
        begin = call("Receiver", self._handlers(), **_named(context=context, state=self._first()))
        return {
            "steps": list(lines(0, "SESSION: testing.Steps = ", steps)),
            "refusals": list(lines(0, "REFUSALS = ", refusals)),
            "ends": list(lines(0, "ENDS = ", ends)),
            "leaves": list(lines(0, "LEAVES = ", leaves)) if leaves != ends else [],
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

    def _first(self) -> "Node | None":
        """Where it begins, when that holds data; None: it knows by itself."""
        first = initial(self.chart)
        return self.value(state(self.chart, first)) if data(self.chart, first) else None

    def _handlers(self) -> str:
        return f"{self.constant('handlers')}()"

    def _keyed(self, key: str, value: Group) -> "Iterable[str]":
        return lines(1, f"{key}: ", value, ",")

    def file(
        self, printed: "Iterable[Iterable[str]]", values: "Mapping[str, object]"
    ) -> dict[str, object]:
        """The values, and what every file of tests needs: its imports."""
        whole = "\n".join(line for part in printed for line in part)
        states = self.used & set(self.chart.nodes)
        messages = self.used & set(self.chart.messages)
        shared = self.used - states - messages
        cases_ = "cases" in values and bool(values["cases"])
        context = ["Context"] if self.chart.spec.context else []
        return {
            **values,
            "context": bool(context),
            "mocks": "mock." in whole,
            "imports": self._imports(
                whole,
                {
                    "handlers": context,
                    "messages": messages,
                    "receiver": ["Receiver"],
                    "states": {*states, *(["Running"] if cases_ else [])},
                    "tests.samples": shared,
                },
                testing=True,
            ),
        }

    def _imports(
        self, text: str, own: "Mapping[str, Iterable[str]]", *, testing: bool
    ) -> list[str]:
        """Imports of the package's modules, and what the text needs of the runtime."""
        at = home(self.chart.spec)
        modules = {f"{at.package}.{module}": names for module, names in own.items()}
        modules[at.root] = ["runtime"] if "runtime." in text else []
        modules[f"{at.root}.runtime"] = ["testing"] if testing else []
        return [line for module in sorted(modules) for line in imports(module, modules[module])]

    def samples(self) -> dict[str, object]:
        """What the template of samples.py prints: the constants of all files, and the handlers."""
        self.used = set()
        supplied = supplies(self.chart, handlers(self.chart, rows(self.chart)))
        made = {name: self._supply(name, type_) for name, type_ in supplied.items()}
        usual_handlers = list(lines(1, "return ", call("Defaults", **made)))
        written = list(self.names.lines())
        whole = "\n".join((*written, *usual_handlers))
        return {
            "imports": self._imports(
                whole,
                {"handlers": ["Defaults"], "messages": self.used & set(self.chart.messages)},
                testing="testing." in whole,
            ),
            "handlers": usual_handlers,
            "lines": written,
        }

    def _supply(self, name: str, type_: str) -> "Node":
        """The argument of Defaults that makes such data."""
        for each in self.chart.nodes:
            for item in data(self.chart, each):
                if annotation(self.chart, item.type) == type_ and name.endswith(item.name):
                    return _made(self.value(usual(self.chart, item.type)))
        raise AssertionError(name)


def _made(value: "Node") -> "Node":
    """A function that makes it."""
    if isinstance(value, str):
        return f"lambda: {value}"
    return replace(value, opening=f"lambda: {value.opening}")


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
            if size:
                found[row[table.contents.at.name]] = rest[:size]
                rest = rest[size:]
    if not found:
        return None
    return mapping((str(address), octets(held)) for address, held in found.items())
