"""Breaks as a comment on a pull request: a table, then each witness as a diagram."""

import re
from typing import TYPE_CHECKING

from wirechart.breaking.verdict import WORDS
from wirechart.report.breaking import sentence
from wirechart.targets.markdown import MARKUP, code, plain, table
from wirechart.targets.witnesses import diagram

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.breaking.verdict import Break
    from wirechart.report.breaking import Compared, Result

HEAD = ("level", "code", "what", "where", "who meets whom")
SIGNS = {"error": "✗ error", "warning": "! warning", "note": "note"}


def render(result: "Result") -> str:
    """Every protocol with what breaks; what was accepted stands below."""
    parts = [part for one in result.compared for part in _protocol(one)]
    unused = result.entries.findings if result.entries else ()
    parts += [f"- {each.code}: {plain(each.message)}" for each in unused]
    return "\n\n".join(parts) + "\n"


def _protocol(one: "Compared") -> "Iterator[str]":
    yield f"## {code(one.protocol)}: {plain(sentence(one))}"
    if one.verdict.breaks:
        yield table(HEAD, (_row(each) for each in one.verdict.breaks))
    for each in one.verdict.breaks:
        if each.witness is not None:
            yield _folded(each, diagram(each.witness))
    for ignored in one.ignored:
        entry = ignored.entry
        yield f"- accepted: {entry.code} at {code(entry.element)}. {plain(entry.reason)}"


def _marked(message: str) -> str:
    """A message whose names stay code."""
    parts = re.split(r"(`[^`]*`)", message)
    return "".join(part if part.startswith("`") else MARKUP.sub(r"\\\g<0>", part) for part in parts)


def _folded(each: "Break", drawn: str) -> str:
    title = f"{each.code} at <code>{each.problem.element}</code>: the shortest sequence"
    return f"<details><summary>{title}</summary>\n\n```mermaid\n{drawn}```\n\n</details>"


def _row(each: "Break") -> tuple[str, ...]:
    ways = " and ".join(WORDS[way] for way in each.problem.directions) or "programs"
    strange = ", only where a sender does not keep to its spec" if each.foreign else ""
    return (
        SIGNS[each.level],
        each.code,
        _marked(each.problem.message),
        code(each.problem.element),
        f"{ways}{strange}",
    )
