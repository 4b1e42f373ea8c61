"""Steps of a connection in words. Knows what happened; knows no output."""

from typing import TYPE_CHECKING

from wirechart.composition.moves import IN_PART

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wirechart.composition.connection import Graph, Step
    from wirechart.composition.moves import Move, Situation

CLOSED = "is closed, as its side of the first connection has ended"


def sentence(graph: "Graph", step: "Step") -> str:
    """Who does what, and where that leads: `source sends Start`."""
    who = {"asker": graph.pair.asker.name, "answerer": graph.pair.answerer.name, "line": ""}
    did = action(graph, step)
    led = led_to(graph, step)
    said = f"{who[step.move.by]} {did}" if step.move.by != "line" else did
    return f"{said}: {led}" if led else said


def exchange(graph: "Graph", steps: "Sequence[Step]") -> str:
    """A request that is accepted, in one sentence; empty: the steps are something else."""
    if [step.move.kind for step in steps] != ["sends", "takes", "hears"]:
        return ""
    sends, takes, hears = steps
    handled = takes.move.outcome is not None and takes.move.outcome.kind == "handled"
    if not handled or hears.move.heard != "accepted" or takes.move.event != sends.move.message:
        return ""
    asker, answerer = graph.pair.asker.name, graph.pair.answerer.name
    sent = f"{asker} sends {sends.move.message}{_in_brackets(led_to(graph, hears))}"
    taken = f"{answerer} takes it{_in_brackets(led_to(graph, takes))}"
    return f"{sent}, {taken} and answers {takes.move.reply}"


def _in_brackets(led: str) -> str:
    return f" ({led})" if led else ""


def standing(graph: "Graph", number: int) -> str:
    """Where both machines are: `source has ended in Completed, and destination is in Storing`."""
    now, pair = graph.situations[number], graph.pair
    waits = f"{pair.asker.name} waits in {now.asker} for the reply to {now.asked}"
    asker = waits if now.asked else _stands(pair.asker.name, now.asker, now.asker_over)
    return f"{asker}, and {_stands(pair.answerer.name, now.answerer, now.answerer_over)}"


def _stands(machine: str, state: str, over: str) -> str:
    does = "has closed the connection in" if over == "left" else "has ended in" if over else "is in"
    return f"{machine} {does} {state}"


def led_to(graph: "Graph", step: "Step") -> str:
    """`Connected → Started`; empty: nobody changes."""
    before, after = graph.situations[step.before], graph.situations[step.after]
    if step.move.kind == "opens":
        return ""
    changes = [
        f"{one} → {other}"
        for one, other in ((before.asker, after.asker), (before.answerer, after.answerer))
        if one != other
    ]
    return ", ".join(changes)


def action(graph: "Graph", step: "Step") -> str:
    """What is done, without who does it, but for what happens to the connection."""
    now, move = graph.situations[step.before], step.move
    if move.by == "line":
        return _lines(now, move)
    if move.by == "answerer":
        return _answerers(move, guarded=_guarded(graph, now, move))
    return _askers(now, move)


def _lines(now: "Situation", move: "Move") -> str:
    match move.kind:
        case "breaks inside":
            return f"the connection breaks inside {move.message}"
        case "partitions":
            return f"the network is partitioned, and nobody is told{_missing(now)}"
        case _:
            return f"the connection breaks{_lost(now)}"


def _askers(now: "Situation", move: "Move") -> str:
    match move.kind:
        case "opens":
            return "opens the connection"
        case "sends":
            return f"sends {move.message}"
        case "hears":
            return f"hears {move.reply}{_heard(move)}"
        case "leaves":
            whole = f"cannot send {move.message} to its end"
            return whole if move.message else f"closes the connection in {now.asker}"
        case "waits in vain":
            what = f"{move.message} to leave" if move.why == IN_PART else None
            return f"waits in vain for {what or f'the reply to {move.message}'}"
        case "breaks inside":
            return f"sees the connection break before all of {move.message} has left"
        case "is closed":
            return CLOSED
        case _:
            return "sees the end of the stream"


def _guarded(graph: "Graph", now: "Situation", move: "Move") -> bool:
    """Whether what is refused would be handled if guards held."""
    row = graph.pair.answerer.rows.get((now.answerer, move.event), ())
    return any(outcome.kind == "handled" for outcome in row)


def _answerers(move: "Move", *, guarded: bool) -> str:
    match move.kind:
        case "takes":
            why = f" ({move.why})" if move.why else ""
            return f"{_taken(move, guarded=guarded)}{why}{_answered(move)}"
        case "answers late":
            return f"has ended, and still answers {move.message} with {move.reply}"
        case "waits in vain":
            what = f"the rest of {move.message}" if move.message else "a message"
            return f"waits in vain for {what}{_answered(move)}"
        case "is closed":
            return CLOSED
        case _:
            return "sees the end of the stream"


def _taken(move: "Move", *, guarded: bool) -> str:
    kind = move.outcome.kind if move.outcome else ""
    named = move.message if move.event in ("", kind, move.message) else _as(move)
    return {
        "refused": f"refuses {named}{', as a guard does not hold' if guarded else ''}",
        "malformed": f"finds {named} malformed",
        "handler_error": f"fails to handle {named}",
    }.get(kind, f"takes {named}")


def _as(move: "Move") -> str:
    return f"{move.message} as {move.event}"


def _answered(move: "Move") -> str:
    return f", answers {move.reply}" if move.reply else ""


def _heard(move: "Move") -> str:
    about = f" to {move.message}" if move.message else ""
    return {
        "malformed": f"{about}, which is malformed",
        "lost": ", which it did not ask for" if not move.message else f"{about}, out of place",
    }.get(move.heard, about)


def _missing(now: "Situation") -> str:
    match now.line:
        case "request":
            return f": {now.carried} does not arrive as a whole"
        case "reply":
            return f": the reply to {now.asked}, {now.carried}, does not arrive"
        case _:
            return ""


def _lost(now: "Situation") -> str:
    match now.line:
        case "request":
            return f": {now.carried} is lost"
        case "reply":
            return f": the reply to {now.asked}, {now.carried}, is lost"
        case _:
            return ""
