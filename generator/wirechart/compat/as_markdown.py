"""The matrix as a page that code hosts render: tables, and a sequence diagram for each proof."""

import html
import re
from typing import TYPE_CHECKING

from wirechart.compat.legend import columns, legend
from wirechart.compat.reading import NO_MESSAGE
from wirechart.targets.markdown import code, plain, table
from wirechart.targets.mermaid import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.compat.legend import Entry, Legend, Shown
    from wirechart.compat.matrix import Matrix, Table
    from wirechart.compat.words import Exchange, Proof

MARKS = {"accepts": "✓", "accepts if": "if", "breaks": "✗"}
LETTERS = "SR"  # before the numbers of each table
ABOUT = (
    "✓: both sides understand every session. if: they do where the numbered conditions hold, "
    "which are the sender's where nobody is named. ✗: no session comes to its end. "
    "All of it is found by a search through the specs; a diagram shows the shortest way to what "
    "goes wrong."
)


def render(found: "Matrix", title: str) -> str:
    """The page, with a line end at its end."""
    parts = [
        f"# {plain(title)}",
        ABOUT,
        *(p for t, letter in zip(found.tables, LETTERS, strict=False) for p in _section(t, letter)),
        "## Who they are",
        "\n".join(f"- {code(peer.label)}: {plain(peer.spec.doc)}" for peer in found.peers),
    ]
    return "\n\n".join(parts) + "\n"


def _section(one: "Table", letter: str) -> "Iterator[str]":
    known = legend(one)
    yield f"## {plain(one.title)}"
    yield plain(one.about)
    head = ("", *(plain(column.name) for column in one.columns))
    yield table(head, (_row(one, known, row.name, letter) for row in one.rows))
    for entry in known.entries:
        yield from _entry(entry, letter)


def _row(one: "Table", known: "Legend", row: str, letter: str) -> "Iterator[str]":
    yield f"**{plain(row)}**"
    for column in one.columns:
        found = one.cells.get((row, column.name))
        if found is None:
            yield "-"
            continue
        numbers = known.numbers[row, column.name]
        said = ", ".join(f"{letter}{number}" for number in numbers)
        yield f"{MARKS[found.answer]} {said}".rstrip()


def _entry(entry: "Entry", letter: str) -> "Iterator[str]":
    what = "✗ " if entry.breaks else ""
    yield f"**{letter}{entry.number}** {what}{entry.text}"
    for shown in entry.shown:
        said = headline(entry, shown)
        if shown.proof.exchanges:
            yield _folded(inline(said), sequence(shown.proof))
        else:
            yield f"- {said}"


def _folded(summary: str, drawn: str) -> str:
    return f"<details>\n<summary>{summary}</summary>\n\n```mermaid\n{drawn}```\n\n</details>"


def headline(entry: "Entry", shown: "Shown") -> str:
    """What is said of a proof before it is drawn; of several, where each is one."""
    where = "" if len(entry.shown) == 1 else f"{columns(shown.cells)}: "
    return where + ("the shortest way there" if entry.breaks else shown.proof.why)


def inline(text: str) -> str:
    """A text in HTML: escaped, and code where it stands between backticks."""
    return re.sub("`([^`]*)`", r"<code>\1</code>", html.escape(text, quote=False))


def sequence(proof: "Proof") -> str:
    """A proof as a Mermaid sequence diagram, with a line end at its end."""
    lines = ["sequenceDiagram", "  participant sender", "  participant receiver"]
    where = ""
    for step in proof.exchanges:
        if step.connection != where:
            lines.append(f"  Note over sender,receiver: {escape(f'connection {step.connection}')}")
        where = step.connection
        lines += _exchange(step)
    why = escape(proof.why.replace("`", ""))
    return "\n".join([*lines, f"  Note over sender,receiver: ✗ {why}"]) + "\n"


def _exchange(step: "Exchange") -> "Iterator[str]":
    one, other = ("sender", "receiver") if step.by_sender else ("receiver", "sender")
    if not step.taken:
        yield f"  {one}-x{other}: {escape(step.message)}"
        return
    yield f"  {one}->>{other}: {escape(step.message)}"
    if step.fails:
        yield f"  Note over {other}: handling it fails"
    elif step.taken not in ("", *NO_MESSAGE, step.message):
        yield f"  Note over {other}: taken as {escape(step.taken)}"
    if step.reply:
        yield f"  {other}-->>{one}: {escape(step.reply)}"
