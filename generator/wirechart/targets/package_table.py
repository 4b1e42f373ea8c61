"""The table of a generated package, as finished lines; of any rows, mutated ones included."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wirechart import decisions
from wirechart.expressions import names
from wirechart.lower import (
    cause_field,
    constant,
    handler_names,
    handlers,
    is_handled,
    limit_value,
    state_names,
)
from wirechart.names import handler, snake
from wirechart.targets.conditions import returned_all
from wirechart.targets.home import home
from wirechart.targets.package_handlers import literal
from wirechart.targets.package_text import owned
from wirechart.targets.python import definition, docstring, union
from wirechart.targets.statements import INDENT, LINE
from wirechart.targets.wording import condition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wirechart.chart import Chart
    from wirechart.decisions import Outcome, Row
    from wirechart.expressions import Expression
    from wirechart.model import Message

# A class or constant as Python text names it: not an attribute, a text or an enumeration's member.
WORD = re.compile(r"(?<![\w.\"])[A-Z]\w*(?![\w\"])")


@dataclass(slots=True)
class Writer:
    """A chart, and the functions that its table refers to so far."""

    chart: "Chart"
    methods: "Mapping[tuple[str, str], str]"
    guards: "dict[tuple[str, str, tuple[Expression, ...]], list[str]]" = field(
        default_factory=dict["tuple[str, str, tuple[Expression, ...]]", "list[str]"]
    )
    faults: dict[tuple[str, ...], str] = field(default_factory=dict[tuple[str, ...], str])


def module(
    chart: "Chart", rows: "tuple[Row, ...]", late: "tuple[Row, ...]"
) -> "Mapping[str, object]":
    """What the template of table.py prints, for these rows and those of lingering failures."""
    methods = handlers(chart, decisions.rows(chart))
    named = handler_names((method.message.name, method.target) for method in methods)
    writer = Writer(chart, named)
    by_state: dict[str, dict[str, tuple[Outcome, ...]]] = {}
    for row in rows:
        by_state.setdefault(row.state, {})[row.event] = row.outcomes
    table = [line for state, mine in by_state.items() for line in _state(writer, mine, state)]
    named_faults = fault_sets(writer)
    finals = [line for name in state_names(chart)[1] for line in final(chart, late, name)]
    guards = _guards(writer)
    parts = (
        *named_faults,
        *table,
        *finals,
        *owned(chart),
        *(line for lines in guards for line in lines),
    )
    text = "\n".join(parts)
    ends = state_names(chart)
    calls = [name for name in ("ended", "handled", "refused", "rules") if f" {name}(" in text]
    return {
        "imports": home(chart.spec).imports(
            {
                "handlers": _used(["Context"], text),
                "messages": _used(_message_names(chart), text),
                "runtime": calls,
                "states": _used((*ends[0], *ends[1]), text),
            }
        ),
        "guards": guards,
        "faults": named_faults,
        "table": table,
        "finals": finals,
        "owned": owned(chart),
    }


def _message_names(chart: "Chart") -> "Iterator[str]":
    yield from ("Code", "Reply")
    yield from chart.messages
    yield from (constant(limit.name) for limit in chart.spec.limits)


def _used(known: "Iterable[str]", text: str) -> list[str]:
    words = set(WORD.findall(text))
    return [name for name in known if name in words]


def _state(
    writer: Writer, mine: "Mapping[str, tuple[Outcome, ...]]", state: str
) -> "Iterator[str]":
    """The entry of one running state."""
    refused = mine["refused"][0]
    cells = [
        _cell(writer, state, event, outcome)
        for event, outcomes in mine.items()
        if event not in decisions.FAULTS
        for outcome in outcomes
        if outcome.guards or not _alike(outcome, refused, writer.chart.messages[event])
    ]
    widths = [max((len(cell[column]) for cell in cells), default=0) for column in range(4)]
    yield f"    {state}: rules("
    yield f'        "{writer.chart.nodes[state].path}", {fault_set(writer, mine, state)},'
    for cell in cells:
        columns = " ".join(text.ljust(width) for text, width in zip(cell, widths, strict=False))
        line = f"        {columns.rstrip()}{cell[4]}),"
        if len(line) <= LINE or not cell[4]:
            yield line
        else:
            yield f"        {columns.rstrip()},"
            yield f"                {cell[4].removeprefix(', ')}),"
    yield "    ),"


def _alike(outcome: "Outcome", refused: "Outcome", message: "Message") -> bool:
    """Whether it is the state's usual refusal, to which a message without a reply gets none."""
    usual = refused.reply if message.replied else None
    one = (outcome.kind, outcome.target, outcome.reply, outcome.cause)
    return one == (refused.kind, refused.target, usual, refused.cause)


def _cell(
    writer: Writer, state: str, event: str, outcome: "Outcome"
) -> tuple[str, str, str, str, str]:
    """Function and code; handler or cause; target; reply; and the rest of its arguments."""
    chart = writer.chart
    cause = outcome.cause if outcome.cause not in (None, "refused") else None
    second = f'"{cause}"' if cause else "None"
    kind = "refused" if outcome.kind == "refused" else "ended"
    if is_handled(chart, outcome):
        usual = handler(event, outcome.target)
        second = f'"{writer.methods.get((event, outcome.target), usual)}"'
        kind = "handled"
    rest = ""
    if outcome.guards:
        rest += f", when={_guard(writer, state, event, outcome)}"
    if outcome.set:
        sets = (f'"{item.name.name}": {literal(item.value)}' for item in outcome.set)
        rest += f", sets={{{', '.join(sets)}}}"
    if outcome.owner != state:
        rest += f', at="{chart.nodes[outcome.owner].path}"'
    reply = f"Reply.{outcome.reply}" if outcome.reply else "None"
    return f"{kind}(Code.{event},", f"{second},", f"{outcome.target},", reply, rest


def _guard(writer: Writer, state: str, event: str, outcome: "Outcome") -> str:
    """The name of the function that says whether the guards hold in this state."""
    key = (outcome.owner, event, outcome.guards)
    writer.guards.setdefault(key, [])
    if state not in writer.guards[key]:
        writer.guards[key].append(state)
    return _guard_name(writer, key)


def _guard_name(writer: Writer, key: "tuple[str, str, tuple[Expression, ...]]") -> str:
    owner, event, _ = key
    beside = [other for other in writer.guards if other[:2] == key[:2]]
    number = f"_{beside.index(key) + 1}" if beside.index(key) else ""
    return f"when_{snake(owner)}_{snake(event)}{number}"


def _guards(writer: Writer) -> list[tuple[str, ...]]:
    """The functions, in the order in which the table names them."""
    context = "Context" if writer.chart.spec.context else "None"
    functions: list[tuple[str, ...]] = []
    for key, states in writer.guards.items():
        _, event, guards = key
        used = {leaf.scope for guard in guards for leaf in names(guard)}
        types = {"state": union(states), "message": event, "context": context}
        parameters = [(n if n in used else f"_{n}", type_) for n, type_ in types.items()]
        head = definition(0, _guard_name(writer, key), parameters, "bool")
        functions.append((*head, *docstring(1, condition(guards)), *returned_all(guards)))
    return functions


def fault_set(writer: Writer, mine: "Mapping[str, tuple[Outcome, ...]]", state: str) -> str:
    """The name of the constant that holds a state's faults; equal ones are one."""
    chart = writer.chart
    lines = [
        line
        for event in decisions.FAULTS
        if mine.get(event)
        for line in _keyword(event, _fault(chart, state, event, mine[event][0]))
    ]
    found = decisions.ending(chart, state, "idle")
    idle = chart.nodes[found[0]].state.on_idle if found else None
    if idle is not None:
        for name, ref in (("silence", idle.after), ("pause", idle.between_messages)):
            seconds = limit_value(chart.spec, ref.name) / 1000 if ref else None
            lines.append(f"{name + '=':<14} {seconds},")
    base = f"OF_{snake(mine['refused'][0].owner).upper()}"
    number = sum(name.startswith(base) for name in writer.faults.values())
    return writer.faults.setdefault(tuple(lines), f"{base}_{number + 1}" if number else base)


def _keyword(name: str, value: str) -> tuple[str, ...]:
    """An argument in its column; on two lines where it is too long for one."""
    flat = f"{name + '=':<14} {value},"
    if len(flat) + len(INDENT) <= LINE:
        return (flat,)
    head, opening, rest = value.partition("(")
    return f"{name + '=':<14} {head}{opening}", f"{INDENT}{rest},"


def _fault(chart: "Chart", state: str, event: str, outcome: "Outcome") -> str:
    del chart
    reply = f"Reply.{outcome.reply}" if outcome.reply else "None"
    target = "None" if outcome.target == state else outcome.target
    built_in = "eof" if event == "cut" else event
    cause = f', "{outcome.cause}"' if outcome.cause not in (None, built_in) else ""
    return f'runtime.Fault({reply}, {target}, "{outcome.element}"{cause})'


def fault_sets(writer: Writer) -> list[str]:
    """The constants of all faults that were asked for."""
    lines: list[str] = []
    for written, name in writer.faults.items():
        lines.append(f"{name}: typing.Final = runtime.Faults(")
        lines += (f"    {line}" for line in written)
        lines.append(")")
    return lines


def final(chart: "Chart", late: "tuple[Row, ...]", name: str) -> "Iterator[str]":
    """The entry of one termination."""
    state = chart.nodes[name].state
    yield f"    {name}: runtime.Final("
    yield f"        success={state.final == 'success'},"
    cause = cause_field(chart, name)
    if cause is not None:
        yield f'        cause="{cause}",'
    if state.linger is not None:
        seconds = limit_value(chart.spec, state.linger.duration.name) / 1000
        yield f"        linger={seconds},"
        replies = {row.event: row.outcomes[0].reply for row in late if row.state == name}
        answers = (f"(Code.{event}, Reply.{reply})," for event, reply in replies.items() if reply)
        yield f"        answers=({' '.join(answers)}),"
        unless = (f'"{ref.name}",' for ref in state.linger.unless)
        yield f"        unless=({' '.join(unless)}),"
    yield "    ),"
