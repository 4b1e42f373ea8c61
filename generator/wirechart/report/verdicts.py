"""Verdicts as text. Knows what was asked and answered; asks nothing itself."""

from typing import TYPE_CHECKING

from wirechart.composition.told import exchange, sentence
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wirechart.composition.connection import Step
    from wirechart.composition.system import Part
    from wirechart.composition.verdicts import Verdict, Witness


@record
class Answers:
    """What was found out about one spec."""

    path: str
    faults: tuple[str, ...]
    connections: int
    most: int
    verdicts: "tuple[Verdict, ...]"
    seconds: float | None = None  # None: not to be told

    @property
    def code(self) -> int:
        """1: something is violated; 2: something is open; 0: all holds."""
        answers = {verdict.holds for verdict in self.verdicts}
        return 1 if False in answers else 2 * (None in answers)


def text(every: "Iterable[Answers]") -> str:
    """For a terminal."""
    return "\n".join("\n".join(_text(answers)) + "\n" for answers in every)


def _text(answers: Answers) -> "Iterator[str]":
    faults = ", ".join(answers.faults) or "none"
    further = f"{counted(answers.connections, 'connection')} of each further kind"
    yield f"{answers.path}: faults {faults}; at most {further}"
    width = max((len(verdict.subject) for verdict in answers.verdicts), default=0)
    for verdict in answers.verdicts:
        subject = f"{verdict.subject:<{width}}  " if width else ""
        yield f"  {subject}{verdict.says}: {answer(verdict)}"
        if verdict.witness is not None:
            yield f"      {verdict.witness.what}"
            yield from (f"      {line}" for line in way(answers, verdict.witness))
            yield from (f"      also: {what}" for what in verdict.others)
    yield summary(answers)


def answer(verdict: "Verdict") -> str:
    """`holds in 142 states, 379 moves`."""
    seen = f"{counted(verdict.states, 'state')}, {counted(verdict.moves, 'move')}"
    if verdict.holds is None:
        return f"not decided: it holds in the nearest {seen}; raise --max-states"
    if not verdict.holds:
        return "VIOLATED"
    note = f"; note: {', '.join(verdict.notes)}" if verdict.notes else ""
    return f"holds in {seen}{note}"


def counted(count: int, what: str) -> str:
    """`1 state`, `1 136 000 states`."""
    return f"{count:_} {what}{'' if count == 1 else 's'}".replace("_", " ")


def way(answers: Answers, witness: "Witness") -> "Iterator[str]":
    """How one comes there; what was told before is not told again."""
    told = before(answers, witness)
    yield from steps(witness) if told is None else [f"the same way as for {_named(told)}"]


def before(answers: Answers, witness: "Witness") -> "Verdict | None":
    """An earlier verdict with the same way; None: there is none."""
    every = (one for one in answers.verdicts if one.witness and one.witness.trace == witness.trace)
    known = next(every)
    return None if known.witness is witness else known


def _named(verdict: "Verdict") -> str:
    if verdict.check in ("ownership", "property"):
        return verdict.subject
    return f"{verdict.subject}: {verdict.says}" if verdict.subject else verdict.says


def steps(witness: "Witness") -> "Iterator[str]":
    """A way, numbered; with the connection where there are several.

    A request that is accepted is one line, whoever moves in it.
    """
    several = len({part.name for part, _ in witness.trace}) > 1
    lines = list(_lines(witness.trace))
    width = len(str(len(lines)))
    for number, (part, said) in enumerate(lines, 1):
        where = f"{part.name}: " if several else ""
        yield f"{number:>{width}}. {where}{said}"
    if not lines:
        yield "at the beginning"


def _lines(trace: "tuple[tuple[Part, Step], ...]") -> "Iterator[tuple[Part, str]]":
    at = 0
    while at < len(trace):
        part, step = trace[at]
        whole = [one for where, one in trace[at : at + 3] if where is part]
        accepted = exchange(part.graph, whole)
        yield part, accepted or sentence(part.graph, step)
        at += 3 if accepted else 1


def summary(answers: Answers) -> str:
    """How many of what, in one line."""
    count = {
        "hold": sum(verdict.holds is True for verdict in answers.verdicts),
        "violated": sum(verdict.holds is False for verdict in answers.verdicts),
        "not decided": sum(verdict.holds is None for verdict in answers.verdicts),
    }
    said = ", ".join(f"{number} {what}" for what, number in count.items() if number)
    time = "" if answers.seconds is None else f", {answers.seconds:.1f} s"
    return f"{said}{time}"
