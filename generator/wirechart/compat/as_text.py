"""The matrix for a terminal. Knows words and numbers; decides nothing."""

from typing import TYPE_CHECKING

from wirechart.compat.legend import columns, counted, legend, steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.compat.legend import Entry, Legend
    from wirechart.compat.matrix import Matrix, Table

WORDS = {"accepts": "accepts", "accepts if": "if", "breaks": "breaks"}


def render(found: "Matrix") -> str:
    """Both tables, each with what its numbers mean."""
    return "\n".join("\n".join([*_table(table), ""]) for table in found.tables)


def _table(table: "Table") -> "Iterator[str]":
    known = legend(table)
    head = ("", *(column.name for column in table.columns))
    rows = [head, *((row.name, *_cells(table, known, row.name)) for row in table.rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    yield from (f"{table.title}: {table.about}", "")
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
    yield ""
    for entry in known.entries:
        yield from _entry(entry)


def _cells(table: "Table", known: "Legend", row: str) -> "Iterator[str]":
    for column in table.columns:
        found = table.cells.get((row, column.name))
        if found is None:
            yield "-"
        else:
            numbers = counted(known.numbers[row, column.name])
            yield f"{WORDS[found.answer]} {numbers}".rstrip()


def _entry(entry: "Entry") -> "Iterator[str]":
    yield f"{entry.number:>3}  {'breaks: ' if entry.breaks else ''}{entry.text}"
    for shown in entry.shown:
        said = [steps(shown.proof), "" if entry.breaks else shown.proof.why]
        where = f" [{columns(shown.cells)}]" if len(entry.shown) > 1 else ""
        line = ": ".join(part for part in said if part)
        if line:
            yield f"       {line}{where}"
