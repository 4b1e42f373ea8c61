"""The Markdown page of a protocol, for code hosts: pictures, the table, layouts, data, limits.

Texts of the spec stay texts: nothing in a `doc` is Markdown.
"""

from typing import TYPE_CHECKING

from wirechart.chart import (
    asks,
    build,
    connection,
    data,
    expand,
    finals,
    receivable,
    running,
    views,
)
from wirechart.dataflow import owned
from wirechart.decisions import FAULTS, rows
from wirechart.targets import layouts, mermaid, sequence
from wirechart.targets.diagram import diagram
from wirechart.targets.markdown import code, plain, section, table
from wirechart.targets.wording import FAULT_WORDS, condition, generated, limit, silence, type_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wirechart.chart import Chart
    from wirechart.decisions import Outcome, Row
    from wirechart.model import Connection, DataType, Owner, Spec
    from wirechart.targets.diagram import View

REFUSED = "·"  # in the matrix
VIEW_TITLES: "dict[View, str]" = {
    "full": "Everything that can happen, with guards, replies and data",
    "errors": "What can go wrong, and where it leads",
}

OPEN = (
    "no answer to what was sent: whatever comes instead, once the request has left as a whole; "
    "where nothing is said, it leads where that does."
)


def files(chart: "Chart", source: str) -> dict[str, str]:
    """One page for all machines, with the protocol's own."""
    if chart.spec.machine.name:
        return {}
    return {f"diagrams/{chart.spec.protocol}.md": f"<!-- {generated(source)} -->\n{render(chart)}"}


def render(chart: "Chart") -> str:
    """The page, with a line end at its end."""
    decided = rows(chart)
    spec = chart.spec
    parts = [
        f"# {plain(spec.protocol)}",
        plain(spec.doc),
        *_pictures(chart, decided),
        *section("States and messages", *_decisions(chart, decided)),
        *section("When something is wrong", *_faults(chart, decided)),
        *section("Endings", _endings(chart)),
        *section("Data by state", _data(chart)),
        *section("Connections", _connections(spec)),
        *(part for view in views(spec)[1:] for part in _machine(build(view))),
        *section("What always holds", *_promises(spec)),
        *section("Scenarios", *_scenarios(spec)),
        *section("Messages", *layouts.messages(chart)),
        *section("Frames and replies", *layouts.frames(spec)),
        *section("Limits", _limits(chart)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _machine(chart: "Chart") -> "Iterable[str]":
    """Another machine than the protocol's own, in less words."""
    decided, machine = rows(chart), chart.spec.machine
    kind = connection(chart.spec)
    does = "asks" if asks(chart.spec) else "answers"
    where = f" on {code(kind.name)}" if kind else ""
    return section(
        f"Machine {code(machine.name)}",
        plain(machine.doc),
        f"The {plain(machine.role.name)} {does}{where}.",
        *_pictures(chart, decided),
        *_decisions(chart, decided),
        *_faults(chart, decided),
        _endings(chart),
        _data(chart),
    )


def _pictures(chart: "Chart", decided: "tuple[Row, ...]") -> "Iterable[str]":
    yield _picture(chart, decided, "happy")
    for view, title in VIEW_TITLES.items():
        yield _folded(title, _picture(chart, decided, view))


def _connections(spec: "Spec") -> str:
    def row(kind: "Connection") -> tuple[str, ...]:
        fields = ", ".join(f"{f.name} = {f.constant}" for f in kind.preamble)
        preamble = "none, after the first" if kind.later else fields
        count = limit(spec, kind.most.name) if kind.most else "1"
        smaller = (f"{one.limit.name} {limit(spec, one.value.name)}" for one in kind.limits)
        most = ", ".join((count, *smaller))
        asker = (kind.asker or kind.opener).name
        over = ", ".join(ref.name for ref in kind.over) or "any"
        said = (kind.opener.name, asker, preamble, *((over,) if carried else ()), most, kind.doc)
        return code(kind.name), *map(plain, said)

    carried = any(kind.over for kind in spec.connections)
    over = ("over",) if carried else ()
    head = ("connection", "opened by", "asks", "preamble", *over, "at most", "")
    return table(head, map(row, spec.connections)) if spec.connections else ""


def _promises(spec: "Spec") -> "Iterable[str]":
    """What `wirechart verify` is asked."""
    owners = [
        (
            code(item.name),
            _owners(item.owners),
            _owners(item.in_doubt) or "never",
            plain(item.doc),
        )
        for item in spec.resources
    ]
    if owners:
        yield table(("exactly one machine owns", "in", "nobody knows", ""), owners)
    held = [(code(i.name), plain(i.holds.text), plain(i.doc)) for i in spec.properties]
    if held:
        yield table(("property", "holds", ""), held)


def _owners(owners: "tuple[Owner, ...]") -> str:
    places = (f"{owner.machine.name}.{ref.name}" for owner in owners for ref in owner.states)
    return ", ".join(map(code, places))


def _scenarios(spec: "Spec") -> "Iterable[str]":
    docs = {scenario.name: scenario.doc for scenario in spec.scenarios}
    for name, text in sequence.pictures(spec).items():
        title = f"{code_in_html(name)}: {plain(docs[name])}" if docs[name] else code_in_html(name)
        yield _folded(title, f"```mermaid\n{text}```")


def code_in_html(name: str) -> str:
    """A name where Markdown is not read."""
    return f"<code>{name}</code>"


def _picture(chart: "Chart", decided: "tuple[Row, ...]", view: "View") -> str:
    return f"```mermaid\n{mermaid.render(diagram(chart, decided, view))}```"


def _folded(title: str, inside: str) -> str:
    return f"<details>\n<summary>{title}</summary>\n\n{inside}\n\n</details>"


def matrix(chart: "Chart") -> str:
    """States and messages as a table, and a line that says how to read it."""
    return f"{_matrix(chart, rows(chart))}\n\n{_legend(chart, 'refused')}"


def _decisions(chart: "Chart", decided: "tuple[Row, ...]") -> "Iterable[str]":
    return _matrix(chart, decided), _legend(chart, "refused, as below")


def _matrix(chart: "Chart", decided: "tuple[Row, ...]") -> str:
    cells = {(row.state, row.event): _cell(chart, row) for row in decided}
    asking = asks(chart.spec)
    sent = {row.event for row in decided}
    names = [m.name for m in receivable(chart) if not asking or m.name in sent]
    return table(
        ("state", *(code(name) for name in names)),
        (
            (code(state), *(cells.get((state, name), REFUSED) for name in names))
            for state in running(chart)
        ),
    )


def _legend(chart: "Chart", refused: str) -> str:
    usual = code(chart.spec.wire.accept.name)
    if asks(chart.spec):
        return f"Where the reply is {usual}. {REFUSED} is not sent."
    silent = [code(message.name) for message in receivable(chart) if not message.replied]
    none = f" Never is there one to {', '.join(silent)}." if silent else ""
    return (
        f"The reply is {usual} unless another one is named.{none} {REFUSED} is {refused}. "
        "Of several cases the first that holds counts."
    )


def _cell(chart: "Chart", row: "Row") -> str:
    written = [outcome for outcome in row.outcomes if ".on." in outcome.element]
    cases = [_case(chart, row, outcome) for outcome in written]
    refused = [REFUSED] if len(written) < len(row.outcomes) else []
    return "<br>".join([*cases, *refused])


def _case(chart: "Chart", row: "Row", outcome: "Outcome") -> str:
    where = "stay" if outcome.target == row.state else f"→ {code(outcome.target)}"
    usual = chart.spec.wire.accept.name if outcome.kind == "handled" else None
    told = chart.messages[row.event].replied and outcome.reply != usual
    reply = f", {_reply(outcome)}" if told else ""
    guard = f" if {code(condition(outcome.guards))}" if outcome.guards else ""
    return f"{where}{reply}{guard}"


def _reply(outcome: "Outcome") -> str:
    return code(outcome.reply) if outcome.reply else "no reply"


def _faults(chart: "Chart", decided: "tuple[Row, ...]") -> "Iterable[str]":
    kinds = [kind for kind in FAULTS if any(r.event == kind and r.outcomes for r in decided)]
    cells = {(row.state, row.event): _fault(chart, row) for row in decided}
    yield table(
        ("state", *(FAULT_WORDS[kind] for kind in kinds)),
        (
            (code(state), *(cells.get((state, kind), "") for kind in kinds))
            for state in running(chart)
        ),
    )
    if asks(chart.spec):
        known = "refused: another reply. malformed: a reply that cannot be understood."
        yield f"{known} {OPEN}" if "unanswered" in kinds else known
        return
    yield (
        "refused: another message, an unknown code, or a guard that does not hold. "
        "Where the stream ends or falls silent inside a message, its refusal is sent first."
    )


def _fault(chart: "Chart", row: "Row") -> str:
    if not row.outcomes:
        return ""
    outcome = row.outcomes[0]
    where = "stay" if outcome.target == row.state else f"→ {code(outcome.target)}"
    if asks(chart.spec) and row.event in ("refused", "malformed"):
        return where
    if row.event in ("eof", "cut", "lost", "unanswered"):
        return where
    if row.event == "idle":
        return f"{silence(chart, row.state).removeprefix('silent for ')} {where}"
    unread = "" if outcome.drained else ", payload unread"
    return f"{where}, {_reply(outcome)}{unread}"


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
