"""A generated package in memory whose table is exchanged, and its tests run on it.

Knows the shape of generated packages; knows no operators and judges nothing.
"""

from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from wirechart import names
from wirechart.chart import data, initial
from wirechart.dataflow import flows, told
from wirechart.expressions import evaluate
from wirechart.layout import is_streamed
from wirechart.loading import run
from wirechart.lower import handler_names, handlers
from wirechart.targets import receiver
from wirechart.targets.home import home

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping

    from wirechart.cases import Cases
    from wirechart.cases.machine import Machine
    from wirechart.chart import Chart
    from wirechart.decisions import Outcome
    from wirechart.expressions import Name
    from wirechart.mutants import Mutant


class UnsoundError(Exception):
    """A generated test fails on the unchanged table; `args[0]` is its name."""


class Lab:
    """A loaded package, its cases by row and its sessions by situation."""

    def __init__(self, chart: "Chart", machine: "Machine", made: "Cases") -> None:
        """Call it inside `importable`."""
        at = home(chart.spec)
        package = at.package
        self.chart = chart
        self.machine = machine
        self.package = package
        self.testing = import_module(f"{at.root}.runtime.testing")
        self.receiver = import_module(f"{package}.receiver")
        transitions = import_module(f"{package}.tests.test_transitions")
        wire = import_module(f"{package}.tests.test_wire")
        self.defaults: Callable[[], object] = import_module(f"{package}.tests.samples").handlers
        rows = ((case.state, case.event) for case in made.transitions.cases)
        self.cases: tuple[tuple[tuple[str, str], Any], ...] = tuple(
            zip(rows, transitions.CASES, strict=True)
        )
        sessions: Iterable[Any] = self.testing.sessions(wire.SPOTS, wire.MOVES)
        self.sessions: tuple[Any, ...] = tuple(sorted(sessions, key=self.is_long))
        self.samples: dict[str, object] = {}
        for _, case in self.cases:
            for sample in (case.before, case.after):
                self.samples.setdefault(type(sample).__name__, sample)
        first = initial(chart)  # what it holds, the machine does not know by itself
        self.begin = {"state": self.samples[first]} if data(chart, first) else {}
        known = handlers(chart, machine.table)
        self.methods = handler_names((each.message.name, each.target) for each in known)
        self.usual = {(source, each.name, each.target) for each in known for source in each.sources}

    def is_long(self, session: Any) -> bool:  # noqa: ANN401 -- a Session of the loaded package
        """Whether it sends the same message very often."""
        return any(isinstance(step, self.testing.Counted) for step in session.steps)

    def prove(self) -> None:
        """Run everything on the unchanged table, which is lowered on the same way.

        Raises:
            UnsoundError: a case or session fails.
        """
        unchanged = Bench(self, self.machine, self._lowered(self.machine))
        for failed in (*unchanged.failing_cases(), *unchanged.failing_sessions(self.sessions)):
            raise UnsoundError(failed)

    def mutated(self, mutant: "Mutant") -> "Bench":
        """The package with a mutant's table."""
        return Bench(self, mutant.machine, self._lowered(mutant.machine), mutant)

    def _lowered(self, machine: "Machine") -> Any:  # noqa: ANN401 -- a Machine of the loaded package
        chart = self.chart
        final = {name for name, node in chart.nodes.items() if node.state.final is not None}
        rows = tuple(row for row in machine.rows.values() if row.state not in final)
        late = tuple(row for row in machine.rows.values() if row.state in final)
        module: dict[str, Any] = {"__name__": f"{self.package}.table", "__package__": self.package}
        run(receiver.table_text(chart, rows, late), "a mutant's table", module)
        table = {
            state: replace(rules, faults=_patient(rules.faults, machine, state.__name__))
            for state, rules in module["TABLE"].items()
        }
        finals = {
            state: _lingering(each, machine, state.__name__)
            for state, each in module["FINALS"].items()
        }
        return replace(self.receiver.MACHINE, table=table, finals=finals)


def _patient(faults: Any, machine: "Machine", state: str) -> Any:  # noqa: ANN401 -- Faults of the loaded package
    idle = machine.idle[state]
    return replace(faults, silence=idle.inside, pause=idle.between)


def _lingering(final: Any, machine: "Machine", name: str) -> Any:  # noqa: ANN401 -- a Final of the loaded package
    linger = machine.linger.get(name)
    if linger is None:
        return replace(final, linger=0.0)
    return replace(final, linger=linger.seconds, unless=linger.unless)


@dataclass(frozen=True, slots=True)
class Bench:
    """A table, ready to be tested."""

    lab: Lab
    decisions: "Machine"
    machine: Any  # the same, of the loaded package
    mutant: "Mutant | None" = None  # None: nothing is changed

    def white_box(self) -> bool:
        """Whether a white-box case fails; those of the changed row come first."""
        return next(iter(self.failing_cases()), None) is not None

    def failing_cases(self) -> "Iterator[str]":
        """The names of the white-box cases that fail, one after the other."""
        row = (self.mutant.state, self.mutant.event) if self.mutant else ("", "")
        ordered = sorted(self.lab.cases, key=lambda item: (item[0] != row, item[0][0] != row[0]))
        return (case.name for _, case in ordered if self._fails(case))

    def near(self) -> bool:
        """Whether a session about the changed state fails; long ones only for guards."""
        assert self.mutant is not None, "nothing is changed"  # noqa: S101 -- asked of mutants only
        sessions = [s for s in self.lab.sessions if s.name.startswith(self.mutant.state)]
        if self.mutant.operator != "guard":
            sessions = [session for session in sessions if not self.lab.is_long(session)]
        return self._any(sessions)

    def far(self) -> bool:
        """Whether any session fails."""
        return self._any(self.lab.sessions)

    def _any(self, sessions: "Iterable[Any]") -> bool:
        return next(iter(self.failing_sessions(sessions)), None) is not None

    def failing_sessions(self, sessions: "Iterable[Any]") -> "Iterator[str]":
        """The names of the sessions that fail, one after the other."""
        return (session.name for session in sessions if self._differs(session))

    def _fails(self, case: Any) -> bool:  # noqa: ANN401 -- a Case of the loaded package
        watched = self.lab.testing.Watched(Building(self), failing=case.failing)
        testing = self.lab.testing
        try:
            made = self._receiver(watched.handlers, case.context, state=case.before)
            return bool(testing.outcome(made, watched, case.steps) != testing.demanded(case))
        except Exception:  # noqa: BLE001 -- a test that raises fails
            return True

    def _receiver(self, handlers_: object, context: object, **more: object) -> Any:  # noqa: ANN401 -- a Receiver
        if self.lab.chart.spec.context:
            more["context"] = context
        return self.lab.receiver.Receiver(handlers_, machine=self.machine, **more)

    def _differs(self, session: Any) -> bool:  # noqa: ANN401 -- a Session of the loaded package
        testing = self.lab.testing
        try:
            made = self._receiver(Building(self), session.context, **self.lab.begin)
            return bool(testing.play(made, session.steps) != testing.expected(session.steps))
        except Exception:  # noqa: BLE001 -- a test that raises fails
            return True


class Building:
    """Handlers that do what the package's own do, and build from samples what those cannot."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._defaults = bench.lab.defaults()

    def __getattr__(self, name: str) -> "Callable[..., object]":
        def handler(state: object, message: object, *payload: object) -> object:
            lab = self._bench.lab
            outcome = self._outcome(name, state, message)
            if (type(state).__name__, name, outcome.target) in lab.usual and not outcome.set:
                return getattr(self._defaults, name)(state, message, *payload)
            return self._built(outcome, state, message)

        return handler

    def _outcome(self, name: str, state: object, message: object) -> "Outcome":
        methods, event = self._bench.lab.methods, type(message).__name__
        row = self._bench.decisions.rows[type(state).__name__, event]
        alike = [
            outcome
            for outcome in row.outcomes
            if outcome.kind == "handled"
            and methods.get((event, outcome.target), names.handler(event, outcome.target)) == name
        ]
        limits = self._bench.decisions.limits
        return next((o for o in alike if _holds(o, state, message, limits)), alike[-1])

    def _built(self, outcome: "Outcome", state: object, message: object) -> object:
        lab = self._bench.lab
        event = type(message).__name__
        sample = lab.samples[outcome.target]
        given: dict[str, object] = {}
        for flow in flows(lab.chart, type(state).__name__, event, outcome):
            field = flow.field.name
            match flow.origin:
                case "set":
                    given[field] = next(i.value for i in outcome.set if i.name.name == field)
                case "put":
                    given[field] = _put(outcome, field, state, message)
                case "carried":
                    given[field] = getattr(state, field)
                case "message":
                    given[field] = message
                case _:
                    given[field] = getattr(sample, field)
        target = type(sample)(**given)
        spec = lab.chart.messages[event]
        result: object = target
        if spec.reply_payload is not None:
            layout = lab.receiver.MACHINE.layouts[spec.code]
            size = layout.replies_with(message) if layout.replies_with else 0
            result = (target, bytes(size))
        return _streaming(result) if is_streamed(spec) else result


def _holds(outcome: "Outcome", state: object, message: object, limits: "Mapping[str, int]") -> bool:
    """Whether an outcome is meant, as far as a handler can know."""

    def value_of(name: "Name") -> object:
        if name.scope == "limits":
            return limits[name.name]
        return getattr(message if name.scope == "message" else state, name.name)

    return all(evaluate(guard, value_of) for guard in told(outcome))


def _put(outcome: "Outcome", field: str, state: object, message: object) -> object:
    put = next(item for item in outcome.put if item.name.name == field)

    def value_of(name: "Name") -> object:
        return getattr(message if name.scope == "message" else state, name.name)

    before: Mapping[object, object] = getattr(state, field, {})
    return {**before, evaluate(put.key, value_of): evaluate(put.value, value_of)}


def _streaming(result: object) -> "Generator[memoryview, None, object]":
    """A handler of a streamed payload that takes none of it."""

    def handler() -> "Generator[memoryview, None, object]":
        yield from ()
        return result

    return handler()
