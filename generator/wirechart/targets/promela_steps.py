"""The steps of a Promela model as text, and where they lead. Knows no faults."""

from typing import TYPE_CHECKING

from wirechart.targets.promela_names import alternatives

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.composition.sides import Answerer, Asker
    from wirechart.decisions import Outcome
    from wirechart.targets.promela_names import Parted

CLEAR = "nothing_on_line"


def option(said: str, when: str, *then: str, event: tuple[str, str] = ("", "")) -> "Iterator[str]":
    """One option of a process: a comment, its condition, and what becomes of the connection."""
    what, message = event
    effects = [part for part in then if part]
    effects += [f"what = {what}; about = M_{message}"] if what else []
    yield f"    /* {said} */"
    yield f"    :: {when} -> d_step {{"
    yield from (f"       {effect};" for effect in effects[:-1])
    yield f"       {effects[-1]}"
    yield "    }"


def process(name: str, parameters: str, options: "list[str]", then: "list[str]") -> "Iterator[str]":
    """A process that takes one of its options after the other, and does something behind each."""
    yield f"proctype process_of_{name}({parameters}) {{"
    yield "end:"
    yield "  do"
    yield "  :: atomic {"
    yield "    if"
    yield from options or ["    :: false -> skip"]
    yield "    fi;"
    yield f"    d_step {{ {'; '.join(then)} }}"
    yield "    }"
    yield "  od"
    yield "}"
    yield ""


def of_connection(parted: "Parted", name: str, options: "list[str]") -> "Iterator[str]":
    """The process of a machine, or of what lies between two."""
    return process(name, "byte i", options, ["settle(i)", f"observe(k_{parted.name})"])


def end_of(number: str) -> str:
    """Whether both machines have ended."""
    return f"(c[{number}].asker_over && c[{number}].answerer_over)"


def goes(parted: "Parted", target: str, over: str) -> str:
    """The asker goes to a state; it has ended there, or asks nothing any more."""
    ends = target in parted.kind.pair.asker.finals
    return f"c[i].asker = {parted.asks(target)}; c[i].asked = 0" + (
        f"; c[i].asker_over = {over}" if ends else ""
    )


def well_left(parted: "Parted", number: str) -> str:
    """Whether the answerer expects that the asker closes the connection now."""
    side = parted.kind.pair.answerer
    if parted.kind.pair.asker.anybody:
        return "true"
    states = [
        f"c[{number}].answerer == {parted.answers(state)}"
        for (state, event), outcomes in side.rows.items()
        if event == "eof" and any(side.finals.get(o.target) == "success" for o in outcomes)
    ]
    return f"(!c[{number}].answerer_over && {alternatives(states)})"


def fault(side: "Asker", state: str, kind: str, *, doubt: bool) -> tuple[str, str]:
    """Where a fault leads an asker, and what is to be thought of it."""
    if doubt and (state, "unanswered") in side.faults:
        return side.faults[state, "unanswered"].target, "DOUBT"
    found = side.faults.get((state, kind)) or side.faults[state, "eof"]
    return found.target, "FAILED"


def answers(parted: "Parted", outcome: "Outcome", over: str, reply: str | None) -> str:
    """The answerer goes where an outcome leads, and replies."""
    side: Answerer = parted.kind.pair.answerer
    ends = outcome.target in side.finals
    lingers = ends and side.lingers(outcome)
    said = f"reply(R_{reply})" if reply else CLEAR
    return (
        f"c[i].answerer = {parted.answers(outcome.target)}"
        + (f"; c[i].answerer_over = {over}" if ends else "")
        + ("; c[i].lingers = true" if lingers else "")
        + f"; {said}"
    )
