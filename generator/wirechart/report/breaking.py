"""Breaks as findings, for the formats that all findings have. Knows no terminal."""

from typing import TYPE_CHECKING

from wirechart.breaking.verdict import WORDS
from wirechart.diagnostics import Finding, Severity
from wirechart.record import record
from wirechart.report import Report

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wirechart.breaking.ignoring import Ignored
    from wirechart.breaking.verdict import Break, Verdict, Witness
    from wirechart.diagnostics import Span
    from wirechart.model import Spec


@record
class Text:
    """A spec as it was read."""

    path: str  # as given, printable
    text: str  # what positions mean
    spec: "Spec"


@record
class Compared:
    """One protocol at two times, and what changed for whom."""

    old: Text | None  # None: it is new, so it breaks nobody
    new: Text | None  # None: it is gone
    verdict: "Verdict"  # without what was accepted
    ignored: "tuple[Ignored, ...]" = ()

    @property
    def protocol(self) -> str:
        """As the newer spec calls it."""
        known = self.new or self.old
        return known.spec.protocol if known else ""


@record
class Result:
    """All protocols, and what is wrong with the entries of what was accepted."""

    compared: tuple[Compared, ...]
    entries: Report | None = None  # None: nothing was accepted, or all of it is there


def counts(result: Result) -> dict[Severity, int]:
    """How many breaks of each level, the worst first, zeros included."""
    levels = [each.level for one in result.compared for each in one.verdict.breaks]
    return {level: levels.count(level) for level in Severity}


def reports(result: Result) -> tuple[Report, ...]:
    """The breaks as findings of the spec that has their place: the new one where that can be."""
    made = [report for one in result.compared for report in _reports(one)]
    return (*made, *([result.entries] if result.entries else []))


def _reports(one: Compared) -> "Iterable[Report]":
    for text, here in ((one.new, _in_new), (one.old, _in_old)):
        found = [each for each in one.verdict.breaks if here(one, each)]
        if text is not None and (found or text is one.new):
            findings = tuple(sorted((finding(one, each) for each in found), key=_place))
            yield Report(text.path, text.text, findings)


def _place(found: Finding) -> "tuple[Span, str, str]":
    return found.span, found.code, found.message


def _in_new(one: Compared, each: "Break") -> bool:
    return one.new is not None and (each.problem.new is not None or each.problem.old is None)


def _in_old(one: Compared, each: "Break") -> bool:
    return not _in_new(one, each)


def report(one: Compared, each: "Break") -> Report:
    """A break alone, at its place."""
    text = one.new if _in_new(one, each) else one.old
    assert text is not None, each.code  # noqa: S101 -- one of the two is there
    return Report(text.path, text.text, (finding(one, each),))


def finding(one: Compared, each: "Break") -> Finding:
    """A break as a finding: what breaks whom, and the witness as evidence."""
    known = one.new if _in_new(one, each) else one.old
    assert known is not None, each.code  # noqa: S101 -- one of the two is there
    place = each.problem.new if known is one.new else each.problem.old
    evidence = tuple(steps(each.witness)) if each.witness else ()
    return Finding(
        each.code,
        each.level,
        place or known.spec.span,
        f"{each.problem.message}{whom(each)}",
        each.problem.help,
        evidence,
    )


def whom(each: "Break") -> str:
    """Whose meeting it breaks, in brackets; nothing for programs."""
    if not each.problem.directions:
        return ""
    ways = "; ".join(WORDS[way] for way in each.problem.directions)
    strange = ", only where a sender does not keep to its spec" if each.foreign else ""
    return f" ({ways}{strange})"


def steps(witness: "Witness") -> "Iterable[str]":
    """The sequence, a line a step."""
    for each in witness.exchanges:
        same = each.old == each.new
        yield f"{each.event}: {each.old}" if same else f"{each.event}: {each.old}, now {each.new}"


def sentence(one: Compared) -> str:
    """The verdict on behaviour in one sentence."""
    verdict = one.verdict
    searched = f"({verdict.pairs} pairs of situations searched)"
    if one.old is None:
        return "new: there is nobody to break"
    if one.new is None:
        return "gone: whoever speaks it finds nobody"
    if verdict.equality == "proven":
        same = "every sequence of messages gets the same replies"
        how = "nothing" if one.old.text == one.new.text else "refactored, nothing"
        return f"{how} changed: {same} {searched}"
    if any(each.problem.directions for each in verdict.breaks):
        behind = f"; {verdict.unsearched} more differences lie behind these, and were not searched"
        return f"versions do not meet everywhere {searched}{behind if verdict.unsearched else ''}"
    if one.ignored:
        return f"what breaks was accepted {searched}"
    if verdict.equality == "unknown":
        return f"no break was found, nor can a difference be excluded {searched}"
    return f"different, and nothing that was accepted is lost {searched}"
