"""What `breaking` says of two specs, held against what their receivers do."""

from collections.abc import Iterator
from random import Random

from hunt.packages import Version
from hunt.peers import numbers
from hunt.sessions import Session, sessions
from wirechart.breaking.compare import compare
from wirechart.breaking.verdict import WORDS, Direction, Verdict
from wirechart.renaming import renamed
from wirechart.targets import witnesses

DOUBTS = ("BRB020", "BRB021")
COUNT = 40  # sessions in each direction, with each machine


def defects(old: Version, new: Version, random: Random, count: int = COUNT) -> Iterator[str]:
    """Everything in which the verdict is wrong, in words."""
    verdict = compare(old.spec, new.spec, renamed(old.spec, new.spec))
    yield from _of_witnesses(old, new, verdict)
    yield from _of_order(old, new, verdict)
    for name in old.answerers.keys() & new.answerers.keys():
        yield from _of_sessions(old, new, name, verdict, random, count)


def _of_witnesses(old: Version, new: Version, verdict: Verdict) -> Iterator[str]:
    """Each is green on the old receiver and red on the new one."""
    for each in verdict.breaks:
        if each.witness is None:
            continue
        module = witnesses.tests("old", "new", [each])
        if old.failing(module):
            yield f"the witness of {each.code} {each.problem.element} is red on the old receiver"
        if not new.failing(module):
            yield f"the witness of {each.code} {each.problem.element} is green on the new receiver"


def _of_order(old: Version, new: Version, verdict: Verdict) -> Iterator[str]:
    """Who breaks is the same whichever spec is called old."""
    other = compare(new.spec, old.spec, renamed(new.spec, old.spec))
    if (verdict.equality, _broken(verdict)) != (other.equality, _broken(other)[::-1]):
        both = f"{verdict.equality} {_broken(verdict)}, {other.equality} {_broken(other)[::-1]}"
        yield f"the order of the specs is a matter: {both}"


def _broken(verdict: Verdict) -> tuple[bool, ...]:
    """Whether old senders meet a break, and whether new ones do."""
    return tuple(
        any(way in each.problem.directions for each in verdict.breaks if each.family != "source")
        for way in WORDS
    )


def _of_sessions(
    old: Version, new: Version, name: str, verdict: Verdict, random: Random, count: int
) -> Iterator[str]:
    one, two = old.answerers[name], new.answerers[name]
    known = numbers(one, two)
    ways: tuple[Direction, Direction] = ("old-to-new", "new-to-old")
    for way, mine, theirs in zip(ways, (one, two), (two, one), strict=True):
        for session in sessions(mine, theirs, known, random, count):
            if session.differs and verdict.equality == "proven":
                yield f"proven equal, and they differ: {_told(way, session)}"
                break
            if session.harms and not _admitted(verdict, way):
                yield f"nothing breaks, and this does: {_told(way, session)}"
                break


def _admitted(verdict: Verdict, way: Direction) -> bool:
    """Whether it says of some difference, or of some doubt, that it is there."""
    return any(way in each.problem.directions for each in verdict.breaks)


def _told(way: Direction, session: Session) -> str:
    steps = "\n".join(f"    {each}" for each in session.done)
    return f"{WORDS[way]}\n{steps}\n    its own: {session.own}\n    met: {session.other}"
