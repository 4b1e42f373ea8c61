"""What machines do behind a partition, as guarded steps of a Promela model. Knows tables.

A part of a request may have arrived, and what is asked may not have left as a whole: two flags say
so, since nothing lies on the line any more.
"""

from typing import TYPE_CHECKING

from wirechart.targets.promela_names import alternatives
from wirechart.targets.promela_steps import answers, end_of, fault, goes, option, process, well_left

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.composition.sides import Answerer, Asker
    from wirechart.targets.promela_names import Names, Parted

PARTED = "c[i].broken == PARTED"


def network(names: "Names", faults: tuple[str, ...]) -> "Iterator[str]":
    """The process that cuts all connections at once."""
    every = [str(number) for parted in names.kinds for number in parted.numbers]
    open_ = [f"(c[{i}].asker && !{end_of(i)} && c[{i}].broken != PARTED)" for i in every]
    options: list[str] = []
    if "partition" in faults:
        parts = [f"part({i})" for i in every]
        options += option("a host dies, or the network is cut", alternatives(open_), *parts)
    yield from process("network", "", options, [*(f"settle({i})" for i in every), "observe(0)"])


def asker(names: "Names", parted: "Parted", state: str, faults: tuple[str, ...]) -> "Iterator[str]":
    """What it sends does not arrive, and only its deadline tells it so."""
    side = parted.kind.pair.asker
    here = f"c[i].asker == {parted.asks(state)} && !c[i].asker_over && {PARTED}"
    for message, outcome in side.sends.get(state, {}).items():
        asked = f"c[i].asked = M_{message}; c[i].untaken = true"
        to = asked if message in side.answered else goes(parted, outcome.target, "ACCEPTED")
        said = f"{state}: send {message} to nobody"
        yield from option(said, f"{here} && !c[i].asked", to, event=("SENT", message))
    well = "" if "leaving" in faults else f" && {well_left(parted, 'i')}"
    yield from option(
        f"{state}: close the parted connection",
        f"{here} && !c[i].asked{well}",
        "c[i].asker_over = LEFT",
    )
    untaken = f"{here} && c[i].asked && c[i].untaken"
    if "leaving" in faults:
        to = goes(parted, *fault(side, state, "handler_error", doubt=False))
        yield from option(f"{state}: give up in a request", untaken, to)
    if state in side.waits:
        to = goes(parted, *fault(side, state, "idle", doubt=True))
        yield from option(f"{state}: no reply comes any more", f"{here} && c[i].asked", to)
        to = goes(parted, *fault(side, state, "idle", doubt=False))
        yield from option(f"{state}: a request leaves no more", untaken, to)
    if parted.kind.further:
        for asked, doubt in (("!c[i].asked", False), ("c[i].asked", True)):
            to = goes(parted, *fault(side, state, "eof", doubt=doubt))
            when = f"{here} && {asked} && {first_over(names, side)}"
            yield from option(f"{state}: closed with the first connection", when, to)


def answerer(names: "Names", parted: "Parted", state: str) -> "Iterator[str]":
    """Nothing arrives, and only its deadline tells it so."""
    side = parted.kind.pair.answerer
    here = f"c[i].answerer == {parted.answers(state)} && !c[i].answerer_over && {PARTED}"
    between, inside = side.waits.get(state, (False, False))
    partly = f"{here} && c[i].partly"
    for outcome in side.rows.get((state, "idle"), ()):
        to = answers(parted, outcome, "FAILED", None)
        if between:
            yield from option(f"{state}: nothing comes any more", here, to)
        if inside:
            yield from option(f"{state}: the rest does not come", partly, to)
    closed = first_over(names, side)
    for kind, when in (("eof", here), ("cut", partly)) if parted.kind.further else ():
        for outcome in side.rows.get((state, kind), ()):
            to = answers(parted, outcome, "FAILED", None)
            yield from option(
                f"{state}: closed with the first connection", f"{when} && {closed}", to
            )


def first_over(names: "Names", side: "Asker | Answerer") -> str:
    """Whether the machine of a side's role on the first connection has ended."""
    first, i = names.first, names.first.numbers[0]
    if first.kind.further:
        return "true"
    asks = side.role == first.kind.pair.asker.role
    return f"c[{i}].asker_over" if asks else f"c[{i}].answerer_over"


def stuck(names: "Names", parted: "Parted", number: int) -> "tuple[str, str]":
    """Whether, parted, one side may wait for ever, and whether nothing happens any more at all."""
    pair, i = parted.kind.pair, f"c[{number}]"
    asks, waits = _asker_is_stuck(parted, number), _answerer_is_stuck(parted, number)
    open_ = f"{i}.asker && {i}.broken == PARTED && !{end_of(str(number))}"
    if not parted.kind.further:
        hangs = f"({open_} && ((!{i}.asker_over && {asks}) || (!{i}.answerer_over && {waits})))"
        rests = f"({open_} && ({i}.asker_over || {asks}) && ({i}.answerer_over || {waits}))"
        return hangs, rests
    ends = (f"!{first_over(names, side)}" for side in (pair.asker, pair.answerer))
    kept, held = (f"({one} && {end})" for one, end in zip((asks, waits), ends, strict=True))
    rests = f"({open_} && ({i}.asker_over || {kept}) && ({i}.answerer_over || {held}))"
    return "false", rests


def _asker_is_stuck(parted: "Parted", number: int) -> str:
    side, i = parted.kind.pair.asker, f"c[{number}]"
    states = dict.fromkeys((*side.sends, *(state for state, _ in side.faults)))
    patient = [f"{i}.asker == {parted.asks(s)}" for s in states if s not in side.waits]
    silent = [f"{i}.asker == {parted.asks(s)}" for s in states if not side.sends.get(s)]
    left = well_left(parted, str(number))
    return (
        f"(({i}.asked && {alternatives(patient)})"
        f" || (!{i}.asked && {alternatives(silent)} && !{left}))"
    )


def _answerer_is_stuck(parted: "Parted", number: int) -> str:
    side, i = parted.kind.pair.answerer, f"c[{number}]"
    found: list[str] = []
    for state in dict.fromkeys(state for state, _ in side.rows):
        between, inside = side.waits.get(state, (False, False))
        at = f"{i}.answerer == {parted.answers(state)}"
        moves = f" && !{i}.partly" if parted.kind.further and inside else ""
        if not between:
            found.append(f"({at}{moves})")
        elif not inside and not parted.kind.further:
            found.append(f"({at} && {i}.partly)")
    return alternatives(found)
