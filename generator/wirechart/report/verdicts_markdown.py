"""Verdicts as Markdown: a table, and a sequence diagram of each violation."""

from typing import TYPE_CHECKING

from wirechart.report.verdicts import answer, before, summary, way
from wirechart.targets import conversation
from wirechart.targets.markdown import code, plain, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wirechart.composition.verdicts import Verdict, Witness
    from wirechart.report.verdicts import Answers

MARKS = {True: "✓", False: "✗", None: "?"}


def render(every: "Iterable[Answers]") -> str:
    """For a page, or a comment on a change."""
    return "\n".join("\n\n".join(_about(answers)) + "\n" for answers in every)


def _about(answers: "Answers") -> "Iterator[str]":
    yield f"## {code(answers.path)}"
    yield f"{summary(answers)}; faults: {', '.join(answers.faults) or 'none'}."
    yield table(("about", "what should hold", "verdict"), map(_row, answers.verdicts))
    for verdict in answers.verdicts:
        if verdict.witness is not None:
            yield from _violation(answers, verdict, verdict.witness)


def _row(verdict: "Verdict") -> tuple[str, str, str]:
    subject = code(verdict.subject or "the connection")
    return subject, plain(verdict.says), f"{MARKS[verdict.holds]} {answer(verdict)}"


def _violation(answers: "Answers", verdict: "Verdict", witness: "Witness") -> "Iterator[str]":
    yield f"### {plain(witness.what)}"
    if before(answers, witness) is None:
        yield f"```mermaid\n{conversation.render(witness.trace)}```"
    yield "\n".join(plain_line(line) for line in way(answers, witness))
    yield from (f"Also: {plain(what)}." for what in verdict.others)


def plain_line(line: str) -> str:
    """A numbered line: its number makes it an item of a list."""
    number, dot, rest = line.strip().partition(". ")
    return f"{number}{dot}{plain(rest)}" if dot else plain(number)
