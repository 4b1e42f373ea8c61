"""The matrix as one HTML file that needs nothing else: no script, no font, no network."""

from html import escape
from typing import TYPE_CHECKING

from wirechart.compat.as_markdown import ABOUT, LETTERS, MARKS, headline, inline
from wirechart.compat.legend import legend
from wirechart.compat.reading import NO_MESSAGE
from wirechart.record import record
from wirechart.targets.printing import filled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.compat.legend import Entry, Legend, Shown
    from wirechart.compat.matrix import Matrix, Table
    from wirechart.compat.words import Exchange, Proof

KINDS = {"accepts": "accepts", "accepts if": "if", "breaks": "breaks"}


@record
class _Cell:
    kind: str
    text: str


@record
class _Row:
    name: str
    cells: tuple[_Cell, ...]


@record
class _Entry:
    id: str
    kind: str
    text: str
    proofs: tuple[tuple[str, ...], ...]


@record
class _Peer:
    label: str
    doc: str


@record
class _Section:
    title: str
    about: str
    columns: tuple[str, ...]
    rows: tuple[_Row, ...]
    entries: tuple[_Entry, ...]


def render(found: "Matrix", title: str, generated: str) -> str:
    """The file's text; `generated` is what its first lines say of where it comes from."""
    sections = [_section(t, letter) for t, letter in zip(found.tables, LETTERS, strict=False)]
    return filled(
        "compat/page.html",
        title=escape(title),
        about=inline(ABOUT),
        generated=escape(generated, quote=False),
        sections=sections,
        peers=[_Peer(escape(p.label), inline(p.spec.doc)) for p in found.peers],
    )


def _section(one: "Table", letter: str) -> _Section:
    known = legend(one)
    return _Section(
        escape(one.title),
        escape(one.about),
        tuple(escape(column.name) for column in one.columns),
        tuple(
            _Row(escape(row.name), tuple(_cells(one, known, row.name, letter))) for row in one.rows
        ),
        tuple(_entry(entry, letter) for entry in known.entries),
    )


def _cells(one: "Table", known: "Legend", row: str, letter: str) -> "Iterator[_Cell]":
    for column in one.columns:
        found = one.cells.get((row, column.name))
        if found is None:
            yield _Cell("none", "-")
            continue
        names = [f"{letter}{number}" for number in known.numbers[row, column.name]]
        links = " ".join(f'<a href="#{name}">{name}</a>' for name in names)
        yield _Cell(KINDS[found.answer], f"{MARKS[found.answer]} {links}".rstrip())


def _entry(entry: "Entry", letter: str) -> _Entry:
    proofs = tuple(tuple(_proof(entry, shown)) for shown in entry.shown)
    mark = "✗ " if entry.breaks else ""
    kind = "breaks" if entry.breaks else "if"
    return _Entry(f"{letter}{entry.number}", kind, mark + inline(entry.text), proofs)


def _proof(entry: "Entry", shown: "Shown") -> "Iterator[str]":
    said = inline(headline(entry, shown))
    if not shown.proof.exchanges:
        yield f"<div>{said}</div>"
        return
    yield f"<details><summary>{said}</summary>"
    yield '<div class="ladder"><div class="ends"><span>sender</span><span>receiver</span></div>'
    yield from _ladder(shown.proof)
    yield f'<div class="wrong">✗ {inline(shown.proof.why)}</div>'
    yield "</div></details>"


def _ladder(proof: "Proof") -> "Iterator[str]":
    where = ""
    for step in proof.exchanges:
        if step.connection != where:
            yield f'<div class="note">connection {escape(step.connection)}</div>'
        where = step.connection
        yield from _exchange(step)


def _exchange(step: "Exchange") -> "Iterator[str]":
    yield _arrow(step.message, "" if step.taken else "lost", right=step.by_sender)
    if step.fails:
        yield '<div class="note">handling it fails</div>'
    elif step.taken not in ("", *NO_MESSAGE, step.message):
        yield f'<div class="note">taken as {escape(step.taken)}</div>'
    if step.reply:
        yield _arrow(step.reply, "reply", right=not step.by_sender)


def _arrow(label: str, kind: str, *, right: bool) -> str:
    tips = ("", "✗" if kind == "lost" else "▶") if right else ("✗" if kind == "lost" else "◀", "")
    inside = (
        f'<span class="tip">{tips[0]}</span><span class="label">{escape(label)}</span>'
        f'<span class="tip">{tips[1]}</span>'
    )
    return f'<div class="{f"step {kind}".rstrip()}">{inside}</div>'
