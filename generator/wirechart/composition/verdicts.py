"""What verdicts are, and those on one connection. Knows graphs; knows nothing of properties.

    deadlock     both wait for the other, or one for ever
    reception    a message arrives where no outcome handles it
    consumption  a message is sent to a machine that has ended, and nobody takes it
    ending       one side ended well, and the other does not know

Connections do not influence each other, so what holds of one holds of any number of them.
"""

from typing import TYPE_CHECKING, Literal

from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wirechart.composition.connection import Graph, Step
    from wirechart.composition.moves import Pair, Situation
    from wirechart.composition.sides import Asker
    from wirechart.composition.system import Part

Check = Literal["deadlock", "reception", "consumption", "ending", "ownership", "property"]


@record
class Witness:
    """A violation, and a shortest way to it."""

    what: str  # what is wrong, as a sentence without an end
    trace: "tuple[tuple[Part, Step], ...]"


@record
class Verdict:
    """The answer to one question."""

    check: Check
    subject: str  # the connection, the resource or the property
    says: str  # what holds, or should
    states: int
    moves: int
    whole: bool  # nothing else is to be seen, or it need not
    witness: Witness | None = None
    others: tuple[str, ...] = ()  # further violations of the same kind, told by what is wrong
    notes: tuple[str, ...] = ()  # what it is about and never comes to be: it may hold for nothing

    @property
    def holds(self) -> bool | None:
        """None: it does in what was seen, and not all was."""
        return (True if self.whole else None) if self.witness is None else False


SAYS: dict[str, str] = {
    "deadlock": "no deadlock",
    "reception": "every message is handled where it arrives",
    "consumption": "every message is taken",
    "ending": "each side learns how it ended",
}


def of_connection(part: "Part", doubtful: frozenset[tuple[str, str]]) -> "Iterator[Verdict]":
    """The verdicts on a connection; of one with a stand-in at an end only the first.

    In the `doubtful` states of machines nobody can know how the other side ended.
    """
    graph, pair = part.graph, part.graph.pair
    named = {
        "deadlock": _situations(graph, lambda now, number: _stuck(graph, now, number)),
        "reception": _flaws(graph, "reception"),
        "consumption": _flaws(graph, "consumption"),
        "ending": _situations(graph, lambda now, _: _unheard(pair, now, doubtful)),
    }
    moves = sum(len(steps) for steps in graph.steps)
    for check, found in named.items() if judged(pair) else [("deadlock", named["deadlock"])]:
        violations: dict[str, tuple[Step, ...]] = {}
        for what, steps in found:
            violations.setdefault(what, steps)
        first = next(iter(violations), None)
        yield Verdict(
            check=check,  # type: ignore[arg-type]  # the keys above are checks
            subject=part.name,
            says=SAYS[check] if judged(pair) else f"no deadlock, whatever {_anybody(pair)} does",
            states=len(graph.situations),
            moves=moves,
            whole=True,
            witness=Witness(first, tuple((part, step) for step in violations[first]))
            if first
            else None,
            others=tuple(violations)[1:],
        )


def judged(pair: "Pair") -> bool:
    """Whether both ends are described: what anybody does is no flaw of a protocol."""
    return not pair.asker.anybody and not pair.answerer.anybody


def _anybody(pair: "Pair") -> str:
    return pair.asker.name if pair.asker.anybody else pair.answerer.name


def _situations(
    graph: "Graph", wrong: "Callable[[Situation, int], str]"
) -> "Iterator[tuple[str, tuple[Step, ...]]]":
    for number, now in enumerate(graph.situations):
        what = wrong(now, number)
        if what:
            yield what, graph.way(number)


def _flaws(graph: "Graph", flaw: str) -> "Iterator[tuple[str, tuple[Step, ...]]]":
    for number, steps in enumerate(graph.steps):
        for step in steps:
            if step.move.flaw == flaw:
                yield _flaw(graph, step), (*graph.way(number), step)


def _flaw(graph: "Graph", step: "Step") -> str:
    now, answerer = graph.situations[step.before], graph.pair.answerer.name
    if step.move.flaw == "reception":
        return f"{answerer} does not handle {step.move.message} in {now.answerer}"
    return f"nobody takes {step.move.message}: {answerer} has ended in {now.answerer}"


def _stuck(graph: "Graph", now: "Situation", number: int) -> str:
    """Who waits for what, where nothing but a fault can happen; empty: something else can."""
    pair, hanging = graph.pair, graph.hanging(number)
    waits = {"asker": _asker_waits(pair.asker, now), "answerer": _answerer_waits(pair, now)}
    if hanging:
        return f"{' and '.join(waits[side] for side in hanging)}: no deadline ends that"
    return ", and ".join(waits.values()) if not now.over and graph.quiet(number) else ""


def _asker_waits(asker: "Asker", now: "Situation") -> str:
    if now.asked:
        return f"{asker.name} waits in {now.asker} for the reply to {now.asked}"
    return f"{asker.name} has nothing to send in {now.asker}"


def _answerer_waits(pair: "Pair", now: "Situation") -> str:
    between, _ = pair.answerer.waits.get(now.answerer, (False, False))
    what = f"the rest of {now.carried}" if now.carried and between else "a message"
    return f"{pair.answerer.name} waits in {now.answerer} for {what}"


def _unheard(pair: "Pair", now: "Situation", doubtful: frozenset[tuple[str, str]]) -> str:
    """Who ended how without the other's knowing; empty: both know, or know that they cannot."""
    asker, answerer = pair.asker, pair.answerer
    if not now.over:
        return ""
    kinds = asker.finals.get(now.asker), answerer.finals.get(now.answerer)
    believed = now.asker_over == "accepted" and kinds[0] == "success" and kinds[1] != "success"
    unknown = (
        now.answerer_over == "handled" and kinds[1] == "success" and now.asker_over == "failed"
    )
    excused = (asker.name, now.asker) in doubtful or (answerer.name, now.answerer) in doubtful
    if excused or not (believed or unknown):
        return ""
    knows, other = (asker.name, answerer.name) if believed else (answerer.name, asker.name)
    states = (now.asker, now.answerer) if believed else (now.answerer, now.asker)
    return f"{knows} ended well in {states[0]}, and {other} in {states[1]} does not know"
