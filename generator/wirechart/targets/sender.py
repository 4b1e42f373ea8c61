"""The package of a machine that asks: its requests, its table, and a typed sender.

Everything in its folder but its tests and its chart of python-statemachine.
"""

from typing import TYPE_CHECKING

from wirechart import decisions
from wirechart.chart import asks, initial, receivable
from wirechart.lower import state_names
from wirechart.model import Table
from wirechart.targets import package_table, package_text, requests
from wirechart.targets.home import home
from wirechart.targets.package_handlers import literal
from wirechart.targets.printing import printed
from wirechart.targets.python import docstring, import_order, imports, union
from wirechart.targets.statements import call

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wirechart.chart import Chart
    from wirechart.decisions import Outcome, Row
    from wirechart.model import Message


def files(chart: "Chart", source: str) -> dict[str, str]:
    """The package of a machine that asks; `source` is the spec's path for the first lines."""
    if not asks(chart.spec):
        return {}
    rows = decisions.rows(chart)
    modules: dict[str, Mapping[str, object]] = {
        "states": package_text.states(chart),
        "wire": requests.module(chart),
        "table": _table(chart, rows),
        "sender": _sender(chart, rows),
        "__init__": _init(chart),
    }
    modules["messages"] = package_text.own_messages(chart, str(modules))
    folder = home(chart.spec).folder
    return {
        f"{folder}/{name}.py": _rendered(chart, source, name, values)
        for name, values in modules.items()
    }


def _rendered(chart: "Chart", source: str, module: str, values: "Mapping[str, object]") -> str:
    folder = "asking" if module in ("wire", "table", "sender") else "package"
    template = "own_messages" if module == "messages" else module
    return printed(f"{folder}/{template}.py", chart.spec, source, **values)


def _table(chart: "Chart", rows: "tuple[Row, ...]") -> "Mapping[str, object]":
    """What the template of table.py prints."""
    writer = package_table.Writer(chart, {})
    by_state: dict[str, dict[str, tuple[Outcome, ...]]] = {}
    for row in rows:
        by_state.setdefault(row.state, {})[row.event] = row.outcomes
    named = {
        state: package_table.fault_set(writer, mine, state) for state, mine in by_state.items()
    }
    table = [line for state, mine in by_state.items() for line in _state(state, mine)]
    running, ends = state_names(chart)
    finals = [line for name in ends for line in package_table.final(chart, (), name)]
    sent = {row.event for row in rows if row.event in chart.messages}
    return {
        "imports": home(chart.spec).imports({"messages": sent, "states": (*running, *ends)}),
        "table": table,
        "faults": package_table.fault_sets(writer),
        "states": [f"    {state}: {name}," for state, name in named.items()],
        "finals": finals,
    }


def _state(state: str, mine: "Mapping[str, tuple[Outcome, ...]]") -> "Iterator[str]":
    """What may be asked in one state."""
    sent = [(event, out[0]) for event, out in mine.items() if event not in decisions.FAULTS]
    yield f"    {state}: {{"
    for event, outcome in sent:
        values = ", ".join(f'("{item.name.name}", {literal(item.value)})' for item in outcome.set)
        held = f"({values},)" if values else "()"
        element = f'"{outcome.element}"'
        cause = [f'"{outcome.cause}"'] if outcome.cause else []
        arguments = (outcome.target, held, element, *cause)
        yield from call(2, f"{event}: runtime.Outcome", arguments, ",")
    yield "    },"


def _sender(chart: "Chart", rows: "tuple[Row, ...]") -> "Mapping[str, object]":
    """What the template of sender.py prints."""
    groups = list(_groups(chart, rows))
    states = {state for _, sources, target in groups for state in (*sources, target)}
    messages = {message.name for message, _, _ in groups}
    at = home(chart.spec)
    links = imports(f"{at.root}.runtime.links", ["Link"])
    own = at.imports(
        {
            "messages": messages,
            "states": {*states, "Running", "Termination", initial(chart)},
            "table": ["FAULTS", "FINALS", "TABLE"],
            "wire": ["REQUESTS", "WIRE"],
        }
    )
    return {
        "imports": [own[0], *links, *own[1:]],
        "initial": initial(chart),
        "methods": list(_methods(groups)),
    }


def _groups(
    chart: "Chart", rows: "Iterable[Row]"
) -> "Iterator[tuple[Message, tuple[str, ...], str]]":
    """Every message with a target, and the states in which it leads there; by code."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row.event in chart.messages:
            found.setdefault((row.event, row.outcomes[0].target), []).append(row.state)
    for message in receivable(chart):
        for (name, target), states in found.items():
            if name == message.name:
                yield message, tuple(states), target


def _has_contents(message: "Message") -> bool:
    return isinstance(message.payload, Table) and message.payload.contents is not None


def _methods(
    groups: "list[tuple[Message, tuple[str, ...], str]]",
) -> "Iterator[tuple[str, ...]]":
    """The overloads of `send`, and `send` itself; one alone is no overload."""
    if len(groups) == 1:
        ((message, sources, target),) = groups
        yield (
            *_signature(message, sources, target, ":"),
            *docstring(2, "Ask, and wait for the reply; raises as `Link.exchange` does."),
            *_body([message], _result(message, target)),
        )
        return
    for message, sources, target in groups:
        yield ("    @typing.overload", *_signature(message, sources, target, ": ..."))
    messages = [message for message, _, _ in groups]
    optional = [("self", ""), ("state", "object"), ("message", "object"), *_more(messages)]
    written = [f"{name}: {type_}" if type_ else name for name, type_ in optional]
    yield (
        *call(1, "def send", written, " -> object:"),
        *docstring(2, "Ask, and wait for the reply; raises as `Link.exchange` does."),
        *_body(messages, "object"),
    )


def _more(messages: "Iterable[Message]") -> "list[tuple[str, str]]":
    """What some messages need, and others have not."""
    known = tuple(messages)
    found: list[tuple[str, str]] = []
    if any(_has_contents(message) for message in known):
        found.append(("contents", "runtime.Contents | None = None"))
    if any(message.reply_payload for message in known):
        found.append(("into", "memoryview | None = None"))
    return [("*", ""), *found] if found else []


def _result(message: "Message", target: str) -> str:
    return f"tuple[{target}, memoryview]" if message.reply_payload else target


def _signature(
    message: "Message", sources: "tuple[str, ...]", target: str, end: str
) -> "tuple[str, ...]":
    written = ["self", f"state: {union(sources)}", f"message: {message.name}"]
    if _has_contents(message) or message.reply_payload:
        written.append("*")
    if _has_contents(message):
        written.append("contents: runtime.Contents")
    if message.reply_payload:
        written.append("into: memoryview | None = None")
    return call(1, "def send", written, f" -> {_result(message, target)}{end}")


def _body(messages: "Iterable[Message]", result: str) -> "tuple[str, ...]":
    named = [name for name, _ in _more(messages) if name != "*"]
    asked = ["state", "message", *(f"{name}={name}" for name in named)]
    if result == "object":
        return call(2, "return self.exchange", asked)
    made = call(2, f"following: {result} = self.exchange", asked)
    return (*made, "        return following")


def _init(chart: "Chart") -> "Mapping[str, object]":
    states = [name for names in state_names(chart) for name in names]
    shown = {
        ".messages": ["Code", "Message", "Reply", *(m.name for m in receivable(chart))],
        ".sender": ["MACHINE", "Sender", "asker"],
        ".states": ["Running", "Termination", *states],
    }
    return {
        "docstring": docstring(0, chart.spec.machine.doc or f"A part of {chart.spec.protocol}."),
        "imports": [line for module, names in shown.items() for line in imports(module, names)],
        "names": sorted((name for names in shown.values() for name in names), key=import_order),
    }
