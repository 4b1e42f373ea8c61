"""One simulated machine, moved by lines of text.

The chart in python-statemachine says where an event leads; the table says what is replied. Should
the two ever differ, that is a bug of this program, and the simulation stops.
"""

from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from wirechart import decisions, layout
from wirechart.chart import data, expand, finals, initial, receivable
from wirechart.dataflow import flows
from wirechart.diagnostics import did_you_mean
from wirechart.expressions import evaluate
from wirechart.model import List, Map
from wirechart.simulation.text import HELP, about, ending, situation
from wirechart.simulation.values import Misunderstood, read, sample
from wirechart.targets import statemachine
from wirechart.targets.wording import condition
from wirechart.walk import walk_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wirechart.chart import Chart
    from wirechart.dataflow import Flow
    from wirechart.decisions import Outcome
    from wirechart.expressions import Expression, Name
    from wirechart.model import DataType

ENDS = ("eof", "cut", "idle", "lost", "unanswered")  # events without a message
WITH_MESSAGE = {"malformed": "malformed", "fail": "handler_error"}  # command -> event
COMMANDS = (*ENDS, *WITH_MESSAGE, "unknown", "context", "state", "undo", "help", "quit")


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a simulated machine is."""

    state: str
    data: "Mapping[str, object]"
    context: "Mapping[str, object]"
    closed: bool = False  # the connection is; an ending may linger before


@dataclass(frozen=True, slots=True)
class Answer:
    """What a line led to. `steps` are in the format of a walk, `notes` explain."""

    steps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    quit: bool = False


class Simulation:
    """One machine, moved by lines of text."""

    def __init__(self, chart: "Chart") -> None:
        self.chart = chart
        self.table = {(row.state, row.event): row.outcomes for row in decisions.rows(chart)}
        self.late = {(row.state, row.event): row.outcomes for row in decisions.linger_rows(chart)}
        self.machine = statemachine.chart_class(chart)
        start = initial(chart)
        held = {item.name: self._sample(item.type) for item in data(chart, start)}
        context = {item.name: self._sample(item.type) for item in chart.spec.context}
        self.moment = Moment(start, held, context)
        self.before: list[Moment] = []

    def situation(self) -> "Iterator[str]":
        """The state, what it holds, and what would happen on each message."""
        if self.moment.closed or self.moment.state in finals(self.chart):
            return ending(self.chart, self.moment.state, self.moment.data, self.moment.closed)
        return situation(self.chart, self.table, self.moment.state, self.moment.data)

    def take(self, line: str) -> Answer:
        """Do what a line says.

        Raises:
            Misunderstood: it is no command; nothing has changed.
        """
        words = line.split()
        if not words or words[0].startswith("#"):
            return Answer()
        command, rest = words[0], words[1:]
        if command == "quit":
            return Answer(quit=True)
        if command == "help":
            return Answer(notes=self._help(rest[0]) if rest else HELP)
        if command == "state":
            return Answer(notes=tuple(self.situation()))
        if command == "undo":
            return self._undo()
        if command == "context":
            return self._context(rest)
        return self._event(command, rest)

    def _help(self, name: str) -> tuple[str, ...]:
        if name not in self.chart.messages:
            raise Misunderstood(name, f"no message; {did_you_mean(name, self.chart.messages)}")
        return tuple(about(self.chart, self.table, self.chart.messages[name]))

    def _undo(self) -> Answer:
        if not self.before:
            raise Misunderstood("undo", "nothing has happened yet")
        self.moment = self.before.pop()
        return Answer(notes=(f"back in {self.moment.state}",))

    def _context(self, words: list[str]) -> Answer:
        types = {item.name: _type_name(item.type) for item in self.chart.spec.context}
        self._move(replace(self.moment, context={**self.moment.context, **read(words, types)}))
        shown = ", ".join(f"{name}={value}" for name, value in self.moment.context.items())
        return Answer(notes=(f"context: {shown or 'nothing'}",))

    def _event(self, command: str, words: list[str]) -> Answer:
        if self.moment.closed:
            raise Misunderstood(command, "the connection is closed; `undo` goes back")
        if command in ENDS:
            return self._happens(command, command, None, {})
        if command == "unknown":
            return self._happens("unknown", "refused", None, {})
        name = words.pop(0) if command in WITH_MESSAGE and words else command
        if name not in self.chart.messages:
            known = (*self.chart.messages, *(() if name != command else COMMANDS))
            raise Misunderstood(name, f"no message or command; {did_you_mean(name, known)}")
        if name not in {message.name for message in receivable(self.chart)}:
            return self._happens(name, "refused", None, {})
        attributes = dict(layout.attributes(self.chart.spec, self.chart.messages[name]))
        samples = {item: sample(type_) for item, type_ in attributes.items()}
        values = samples | read(words, attributes)
        if self.moment.state in finals(self.chart):
            return self._lingers(name)
        return self._happens(name, self._event_of(command, name, values), name, values)

    def _event_of(self, command: str, name: str, values: "Mapping[str, object]") -> str:
        """Payload and handler matter only to a message that is not refused before."""
        outcomes = self.table.get((self.moment.state, name), ())
        if command == "malformed" and any(outcome.kind == "handled" for outcome in outcomes):
            return "malformed"
        if command == "fail":
            chosen = self._first(outcomes, values)
            if chosen is not None and self._calls_handler(chosen):
                return "handler_error"
        return name

    def _calls_handler(self, outcome: "Outcome") -> bool:
        fails = self.chart.nodes[outcome.target].state.final == "failure"
        return outcome.kind == "handled" and not fails

    def _happens(
        self, shown: str, event: str, message: str | None, values: "Mapping[str, object]"
    ) -> Answer:
        moment = self.moment
        if moment.state in finals(self.chart):
            return self._lingers(event)
        outcomes = self.table.get((moment.state, event), ())
        outcome = self._first(outcomes, values)
        if not outcomes:
            raise Misunderstood(shown, f"cannot happen in {moment.state}")
        target = self._sent(event, values)
        if outcome is None:
            raise Misunderstood(shown, f"cannot happen in {moment.state}")
        assert target == outcome.target, (event, moment)  # noqa: S101 -- see the module's docstring
        held = {
            flow.field.name: self._supplied(flow, outcome, values)
            for flow in flows(self.chart, moment.state, message, outcome)
        }
        unmet = tuple(self._unmet(outcomes, values)) if outcome.kind == "refused" else ()
        ended = target in finals(self.chart)
        lingers = (target, "refused") in self.late and not self._unless(target, outcome.cause)
        self._move(Moment(target, held, moment.context, closed=ended and not lingers))
        silent = message is not None and not self.chart.messages[message].replied
        line = walk_line(shown, moment.state, target, None if silent else outcome.reply)
        return Answer((line,), (*unmet, *(self.situation() if ended else ())))

    def _unmet(
        self, outcomes: "tuple[Outcome, ...]", values: "Mapping[str, object]"
    ) -> "Iterator[str]":
        """Of every alternative that would have taken the message the first condition against it."""
        for outcome in outcomes:
            false = (guard for guard in outcome.guards if not self._value(guard, values))
            guard = next(false, None)
            if outcome.kind == "handled" and guard is not None:
                yield f"refused: `{condition((guard,))}` does not hold"

    def _sent(self, event: str, values: "Mapping[str, object]") -> str:
        """Where the chart in python-statemachine goes from here."""
        faults = decisions.FAULTS
        name = f"fault_{event}" if event in faults else statemachine.event(event)
        machine = self.machine(start_value=self.moment.state)
        scopes = (values, self.moment.data, self.moment.context)
        statemachine.happened(machine, name, *(SimpleNamespace(**scope) for scope in scopes))
        (leaf,) = (state.id for state in machine.configuration if state.is_atomic)
        return leaf

    def _lingers(self, event: str) -> Answer:
        """After a failure: the first message that is still answered is the last."""
        state = self.moment.state
        if event in ENDS:
            self._move(replace(self.moment, closed=True))
            return Answer(notes=("the connection is closed",))
        (outcome,) = self.late[state, event if (state, event) in self.late else "refused"]
        self._move(replace(self.moment, closed=outcome.reply is not None))
        return Answer((walk_line(event, state, state, outcome.reply),))

    def _unless(self, target: str, cause: str | None) -> bool:
        linger = self.chart.nodes[target].state.linger
        return linger is not None and cause in {ref.name for ref in linger.unless}

    def _move(self, moment: Moment) -> None:
        self.before.append(self.moment)
        self.moment = moment

    def _first(
        self, outcomes: "tuple[Outcome, ...]", values: "Mapping[str, object]"
    ) -> "Outcome | None":
        held = (o for o in outcomes if all(self._value(guard, values) for guard in o.guards))
        return next(held, None)

    def _value(self, expression: "Expression", values: "Mapping[str, object]") -> object:
        limits = {limit.name: limit.value for limit in self.chart.spec.limits}
        scopes = {"message": values, "state": self.moment.data, "context": self.moment.context}

        def value_of(name: "Name") -> object:
            return {**scopes, "limits": limits}[name.scope][name.name]

        return evaluate(expression, value_of)

    def _supplied(self, flow: "Flow", outcome: "Outcome", values: "Mapping[str, object]") -> object:
        name = flow.field.name
        match flow.origin:
            case "set":
                return next(item.value for item in outcome.set if item.name.name == name)
            case "put":
                new = {
                    self._value(put.key, values): self._value(put.value, values)
                    for put in outcome.put
                    if put.name.name == name
                }
                carried = cast("Mapping[object, object]", self.moment.data.get(name, {}))
                return {**carried, **new}
            case "message":
                return dict(values)
            case "carried":
                return self.moment.data[name]
            case "cause":
                return outcome.cause
            case "handler":
                return self._sample(flow.field.type)

    def _sample(self, type_: "DataType") -> object:
        whole = expand(self.chart, type_)
        match whole:
            case Map():
                return {}
            case List():
                return []
            case _:
                return sample(whole.name)


def _type_name(type_: "DataType") -> str:
    return "" if isinstance(type_, Map | List) else type_.name
