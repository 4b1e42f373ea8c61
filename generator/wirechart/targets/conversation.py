"""What happens on some connections as a Mermaid sequence diagram. Knows of states only changes."""

from typing import TYPE_CHECKING

from wirechart.composition.told import action, led_to
from wirechart.targets.mermaid import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.composition.connection import Step
    from wirechart.composition.moves import Move
    from wirechart.composition.system import Part


def render(trace: "tuple[tuple[Part, Step], ...]") -> str:
    """Requests, replies and the states behind them; the text ends with a line end."""
    parts = {part.name: part for part, _ in trace}
    lines = ["sequenceDiagram"]
    for part in parts.values():
        names = _names(part, several=len(parts) > 1)
        lines += (f"  participant {side} as {escape(name)}" for side, name in names)
    for part, step in trace:
        lines += (f"  {line}" for line in _step(part, step))
    return "\n".join(lines) + "\n"


def _ids(part: "Part") -> tuple[str, str]:
    """Mermaid has words of its own, such as `end`."""
    number = part.name.rpartition(" ")[2] if " " in part.name else ""
    pair = part.graph.pair
    return f"a_{pair.asker.name}{number}", f"b_{pair.answerer.name}{number}"


def _names(part: "Part", *, several: bool) -> "Iterator[tuple[str, str]]":
    pair = part.graph.pair
    where = f" on {part.name}" if several else ""
    for side, machine in zip(_ids(part), (pair.asker.name, pair.answerer.name), strict=True):
        yield side, f"{machine}{where}"


def _step(part: "Part", step: "Step") -> "Iterator[str]":
    asker, answerer = _ids(part)
    move = step.move
    side = {"asker": asker, "answerer": answerer, "line": f"{asker},{answerer}"}[move.by]
    led = led_to(part.graph, step)
    did = action(part.graph, step)
    if move.kind == "sends":
        yield f"{asker}->>{answerer}: {escape(move.message)}"
    note = f"{did}: {led}" if led and _matters(move) else did if _matters(move) else led
    if note:
        yield f"Note over {side}: {escape(note)}"
    if move.kind in ("takes", "answers late", "waits in vain") and move.reply:
        heard = not part.graph.situations[step.before].asker_over
        yield f"{answerer}{'-->>' if heard else '--x'}{asker}: {escape(move.reply)}"


def _matters(move: "Move") -> bool:
    """Whether more has to be said than where it leads: the arrows do not show it."""
    usual = move.kind == "sends" or (move.kind == "hears" and move.heard == "accepted")
    taken = move.kind == "takes" and not move.fault and not move.flaw
    return not usual and not taken
