"""The Markdown page of a protocol, for code hosts: pictures, the table, layouts, data, limits.

Texts of the spec stay texts: nothing in a `doc` is Markdown.
"""

from typing import TYPE_CHECKING

from wirechart.chart import data, expand, finals, receivable, running
from wirechart.dataflow import owned
from wirechart.decisions import FAULTS, rows
from wirechart.targets import layouts, mermaid
from wirechart.targets.diagram import diagram
from wirechart.targets.markdown import code, plain, section, table
from wirechart.targets.wording import FAULT_WORDS, condition, generated, limit, silence, type_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wirechart.chart import Chart
    from wirechart.decisions import Outcome, Row
    from wirechart.model import DataType
    from wirechart.targets.diagram import View

REFUSED = "·"  # in the matrix
VIEW_TITLES: "dict[View, str]" = {
    "full": "Everything that can happen, with guards, replies and data",
    "errors": "What can go wrong, and where it leads",
}


def files(chart: "Chart", source: str) -> dict[str, str]:
    """One page."""
    return {f"diagrams/{chart.spec.protocol}.md": f"<!-- {generated(source)} -->\n{render(chart)}"}


def render(chart: "Chart") -> str:
    """The page, with a line end at its end."""
    decided = rows(chart)
    spec = chart.spec
    parts = [
        f"# {plain(spec.protocol)}",
        plain(spec.doc),
        _picture(chart, decided, "happy"),
        *(_folded(title, _picture(chart, decided, view)) for view, title in VIEW_TITLES.items()),
        *section("States and messages", *_decisions(chart, decided)),
        *section("When something is wrong", *_faults(chart, decided)),
        *section("Endings", _endings(chart)),
        *section("Data by state", _data(chart)),
        *section("Messages", *layouts.messages(chart)),
        *section("Frames and replies", *layouts.frames(spec)),
        *section("Limits", _limits(chart)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _picture(chart: "Chart", decided: "tuple[Row, ...]", view: "View") -> str:
    return f"```mermaid\n{mermaid.render(diagram(chart, decided, view))}```"


def _folded(title: str, inside: str) -> str:
    return f"<details>\n<summary>{title}</summary>\n\n{inside}\n\n</details>"


def _decisions(chart: "Chart", decided: "tuple[Row, ...]") -> "Iterable[str]":
    names = [message.name for message in receivable(chart)]
    cells = {(row.state, row.event): _cell(chart, row) for row in decided}
    usual = chart.spec.wire.accept.name
    yield table(
        ("state", *(code(name) for name in names)),
        ((code(state), *(cells[state, name] for name in names)) for state in running(chart)),
    )
    yield (
        f"The reply is {code(usual)} unless another one is named. {REFUSED} is refused, as below. "
        "Of several cases the first that holds counts."
    )


def _cell(chart: "Chart", row: "Row") -> str:
    written = [outcome for outcome in row.outcomes if ".on." in outcome.element]
    cases = [_case(chart, row.state, outcome) for outcome in written]
    refused = [REFUSED] if len(written) < len(row.outcomes) else []
    return "<br>".join([*cases, *refused])


def _case(chart: "Chart", state: str, outcome: "Outcome") -> str:
    where = "stay" if outcome.target == state else f"→ {code(outcome.target)}"
    usual = chart.spec.wire.accept.name if outcome.kind == "handled" else None
    reply = "" if outcome.reply == usual else f", {_reply(outcome)}"
    guard = f" if {code(condition(outcome.guards))}" if outcome.guards else ""
    return f"{where}{reply}{guard}"


def _reply(outcome: "Outcome") -> str:
    return code(outcome.reply) if outcome.reply else "no reply"


def _faults(chart: "Chart", decided: "tuple[Row, ...]") -> "Iterable[str]":
    kinds = [kind for kind in FAULTS if any(r.event == kind and r.outcomes for r in decided)]
    cells = {(row.state, row.event): _fault(chart, row) for row in decided}
    yield table(
        ("state", *(FAULT_WORDS[kind] for kind in kinds)),
        ((code(state), *(cells[state, kind] for kind in kinds)) for state in running(chart)),
    )
    yield (
        "refused: another message, an unknown code, or a guard that does not hold. "
        "Where the stream ends or falls silent inside a message, its refusal is sent first."
    )


def _fault(chart: "Chart", row: "Row") -> str:
    if not row.outcomes:
        return ""
    outcome = row.outcomes[0]
    where = "stay" if outcome.target == row.state else f"→ {code(outcome.target)}"
    if row.event in ("eof", "lost"):
        return where
    if row.event == "idle":
        return f"{silence(chart, row.state).removeprefix('silent for ')} {where}"
    return f"{where}, {_reply(outcome)}"


def _endings(chart: "Chart") -> str:
    return table(
        ("state", "outcome", "afterwards", ""),
        (
            (
                code(name),
                str(chart.nodes[name].state.final),
                _afterwards(chart, name),
                plain(chart.nodes[name].state.doc),
            )
            for name in finals(chart)
        ),
    )


def _afterwards(chart: "Chart", name: str) -> str:
    linger = chart.nodes[name].state.linger
    if linger is None:
        return "closed"
    answers = ", ".join(f"{code(m.name)} with {code(r.name)}" for m, r in linger.answer)
    unless = "".join(f", unless the cause is {code(cause.name)}" for cause in linger.unless)
    seconds = limit(chart.spec, linger.duration.name)
    return f"for {seconds} still answers {answers}{unless}; then closed"


def _data(chart: "Chart") -> str:
    states = (*running(chart), *finals(chart))
    held = [("*context*", item) for item in chart.spec.context]
    held += [(code(name), item) for name in states for item in data(chart, name)]
    body = (
        (where, code(item.name), _type(chart, item.type), plain(item.doc)) for where, item in held
    )
    return table(("state", "data", "type", ""), body) if held else ""


def _type(chart: "Chart", type_: "DataType") -> str:
    text = plain(type_text(chart.spec, expand(chart, type_)))
    return f"{text}; owned" if owned(chart, type_) else text


def _limits(chart: "Chart") -> str:
    limits = chart.spec.limits
    body = ((code(item.name), plain(item.text), plain(item.doc)) for item in limits)
    return table(("limit", "value", ""), body) if limits else ""
