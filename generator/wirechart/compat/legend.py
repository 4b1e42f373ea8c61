"""Verdicts by number, so that a table stays small. Knows no output format."""

from typing import TYPE_CHECKING

from wirechart.compat.reading import NO_MESSAGE
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wirechart.compat.matrix import Table
    from wirechart.compat.verdict import Verdict
    from wirechart.compat.words import Proof

Cell = tuple[str, str]  # the names of its row and column


@record
class Shown:
    """A proof, and the cells where it is one."""

    proof: "Proof"
    cells: tuple[Cell, ...]


@record
class Entry:
    """A condition, or what breaks, with every proof of it."""

    number: int
    breaks: bool
    text: str
    shown: tuple[Shown, ...]


@record
class Legend:
    """All entries of a table, in the order in which its cells name them."""

    entries: tuple[Entry, ...]
    numbers: "Mapping[Cell, tuple[int, ...]]"


def legend(table: "Table") -> Legend:
    """Number what the cells of a table have to say."""
    known: dict[tuple[bool, str], int] = {}
    numbers: dict[Cell, tuple[int, ...]] = {}
    proofs: dict[int, dict[Proof, list[Cell]]] = {}
    for cell, verdict in _cells(table):
        found: list[int] = []
        for breaks, text, proof in _said(verdict):
            number = known.setdefault((breaks, text), len(known) + 1)
            found.append(number)
            places = proofs.setdefault(number, {})
            if proof is not None:
                places.setdefault(proof, []).append(cell)
        numbers[cell] = tuple(sorted(found))
    entries = tuple(
        Entry(number, breaks, text, tuple(Shown(p, tuple(c)) for p, c in proofs[number].items()))
        for (breaks, text), number in known.items()
    )
    return Legend(entries, numbers)


def _cells(table: "Table") -> "Iterator[tuple[Cell, Verdict]]":
    for row in table.rows:
        for column in table.columns:
            found = table.cells.get((row.name, column.name))
            if found is not None:
                yield (row.name, column.name), found


def _said(verdict: "Verdict") -> "Iterator[tuple[bool, str, Proof | None]]":
    if verdict.proof is not None:
        yield True, verdict.proof.why, verdict.proof
    for condition in verdict.conditions:
        yield False, condition.text, condition.proof


def steps(proof: "Proof") -> str:
    """The exchanges in one line: `Start Ok, KeepAlive (taken as CompletePaused) Error`."""
    return ", ".join(
        f"{step.message}{_note(step.message, step.taken, step.fails)}"
        f"{' ' + step.reply if step.reply else ''}"
        for step in proof.exchanges
    )


def _note(message: str, taken: str, fails: bool) -> str:
    """What is not as one would think."""
    if fails:
        return " (fails)"
    return f" (taken as {taken})" if taken not in ("", *NO_MESSAGE, message) else ""


def columns(cells: "Iterable[Cell]") -> str:
    """The columns of some cells, in words."""
    return ", ".join(dict.fromkeys(column for _, column in cells))


def counted(numbers: "Iterable[int]") -> str:
    """`1-3, 5`: ascending numbers, three and more in a row as a range."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = (
        [f"{run[0]}-{run[-1]}"] if len(run) > 2 else [str(number) for number in run] for run in runs
    )
    return ",".join(part for some in parts for part in some)
