"""A comparison for a pull request's comment: one line, the changes, a picture, the matrix folded.

Texts of the spec stay texts: nothing in a `doc` is Markdown.
"""

from typing import TYPE_CHECKING

from wirechart.difference import as_mermaid
from wirechart.difference.as_text import MOST as MOST_STATES
from wirechart.difference.comparison import summary, version
from wirechart.difference.lines import AREAS
from wirechart.difference.matrix import SAME, matrices
from wirechart.difference.pictures import pictures
from wirechart.targets.markdown import code, plain, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wirechart.difference.comparison import Comparison
    from wirechart.difference.lines import Detail, Line
    from wirechart.difference.matrix import Cell, Matrix

MOST = 100  # lines, and
ROOM = 20_000  # characters of a table: a comment may have 65 536 in all
SIGNS = {"+": "`+`", "-": "`−`", "~": "`~`", "=": "`=`"}


def render(compared: "Iterable[Comparison]") -> str:
    """All of it, with a line end at its end."""
    return "\n\n".join(part for one in compared for part in _comparison(one) if part) + "\n"


def _comparison(compared: "Comparison") -> "Iterator[str]":
    yield f"### {code(compared.protocol)}: {plain(summary(compared))}"
    yield _sides(compared)
    for area in AREAS:
        found = [line for line in compared.lines[:MOST] if line.area == area]
        if found:
            yield f"**{area}**\n\n" + "\n".join(_line(line) for line in found)
    if len(compared.lines) > MOST:
        yield f"… and {len(compared.lines) - MOST} more; `wirechart diff` prints all."
    drawn, missing = pictures(compared)
    for one in drawn:
        yield f"```mermaid\n{as_mermaid.render(one)}```"
    yield from (plain(text) for text in missing)
    if drawn:
        yield LEGEND
    yield from (_folded(one) for one in matrices(compared.tables))


LEGEND = (
    "In the picture `+` on a thick line is new, `−` on a dotted one is gone; a plain line with "
    "either, and a state with `~`, is changed. Grey is as it was."
)


def _sides(compared: "Comparison") -> str:
    if compared.old is None or compared.new is None:
        return code(version(compared).source.path)
    return f"{code(compared.old.source.path)} → {code(compared.new.source.path)}"


def _line(line: "Line") -> str:
    said = "; ".join(_detail(one) for one in line.details) or plain(line.text)
    where = f" ({_where(line)})" if _where(line) else ""
    begin = f"- {SIGNS[line.sign]} {plain(line.subject)}{': ' if said else ''}{said}"
    return f"{begin}{where}, {_place(line)}"


def _place(line: "Line") -> str:
    """Where it was and is, in files that are named above."""
    before, after = (span.line if span else None for span in (line.before, line.after))
    if after is None:
        return f"was line {before}"
    return f"line {after}" if before in (None, after) else f"line {before} → {after}"


def _where(line: "Line") -> str:
    if line.silent:
        return "no state does anything else for it"
    if not line.states or line.states == (line.owner,):
        return ""
    more = len(line.states) - MOST_STATES
    shown = ", ".join(code(state) for state in line.states[:MOST_STATES])
    return f"in {shown} and {more} more" if more > 0 else f"in {shown}"


def _detail(detail: "Detail") -> str:
    label = f"{plain(detail.what)} " if detail.what else ""
    shown = plain if detail.what == "doc" else code
    return f"{label}{shown(detail.old)} → {shown(detail.new)}"


def _folded(matrix: "Matrix") -> str:
    named = f" of the machine <code>{matrix.machine}</code>" if matrix.machine else ""
    cells = "1 cell differs" if matrix.changed == 1 else f"{matrix.changed} cells differ"
    head = ("state", *(plain(event) for event in matrix.events))
    rows = [(code(state), *map(_cell, cells)) for state, cells in matrix.rows]
    body = _fitting(rows)
    more = len(rows) - len(body)
    left = f"\n\n… and {more} more states." if more else ""
    title = f"<summary>{cells} in the table{named}</summary>"
    return f"<details>\n{title}\n\n{table(head, body)}{left}\n\n</details>"


def _fitting(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """As many rows as a comment has room for, one at least."""
    size = 0
    for number, row in enumerate(rows):
        size += sum(map(len, row))
        if number and size > ROOM:
            return rows[:number]
    return rows


def _cell(cell: "Cell") -> str:
    if cell is SAME:
        return "·"
    old = [f"− {code(text)}" for text in cell.old]
    return "<br>".join((*old, *(f"+ {code(text)}" for text in cell.new)))
