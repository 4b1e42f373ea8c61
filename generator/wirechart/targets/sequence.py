"""Scenarios as Mermaid sequence diagrams. Knows of states only what a scenario walks through."""

from typing import TYPE_CHECKING

from wirechart.chart import is_first
from wirechart.scenarios import drawn
from wirechart.targets.mermaid import escape
from wirechart.targets.wording import generated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wirechart.chart import Chart
    from wirechart.model import Spec
    from wirechart.scenarios import Move, Stage


def files(chart: "Chart", source: str) -> dict[str, str]:
    """One file for each scenario, with the protocol's own machine."""
    spec, first = chart.spec, f"%% {generated(source)}\n"
    if spec.machine.name:
        return {}
    return {
        f"diagrams/{spec.protocol}-scenario-{name.replace('_', '-')}.mmd": first + text
        for name, text in pictures(spec).items()
    }


def pictures(spec: "Spec") -> dict[str, str]:
    """The text of every scenario by its name, each with a line end at its end."""
    return {name: render(spec, stages) for name, stages in drawn(spec).items()}


def render(spec: "Spec", stages: "Iterable[Stage]") -> str:
    """One scenario: requests, replies, and the states behind them."""
    lines = ["sequenceDiagram"]
    lines += [f"  participant {_id(role)} as {escape(role)}" for role in _roles(spec)]
    where = ""
    for stage in stages:
        if stage.connection != where and _is_further(spec, stage.connection):
            named = escape(f"connection {stage.connection}")
            lines.append(f"  Note over {_everybody(spec)}: {named}")
        where = stage.connection
        lines += (f"  {line}" for line in _stage(stage))
    return "\n".join(lines) + "\n"


def _roles(spec: "Spec") -> tuple[str, str]:
    return spec.wire.client.name, spec.wire.server.name


def _is_further(spec: "Spec", name: str) -> bool:
    return any(kind.name == name and not is_first(kind) for kind in spec.connections)


def _everybody(spec: "Spec") -> str:
    return ",".join(_id(role) for role in _roles(spec))


def _id(role: str) -> str:
    """Mermaid has words of its own, such as `end`."""
    return f"r_{role}"


def _stage(stage: "Stage") -> "Iterator[str]":
    asker, answerer = _id(stage.asker), _id(stage.answerer)
    yield f"{asker}->>{answerer}: {escape(stage.step.message.name)}"
    if stage.reply is not None:
        yield f"{answerer}-->>{asker}: {escape(stage.reply)}"
    for move in stage.moves:
        if move.after != move.before:
            yield f"Note over {_id(move.role)}: {_where(move)}"


def _where(move: "Move") -> str:
    why = "end of stream: " if move.left else ""
    return escape(f"{why}{move.after}{', the end' if move.ended else ''}")
