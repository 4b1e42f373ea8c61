"""The changed cells of a table as texts: states by events. Knows no output format."""

from typing import TYPE_CHECKING

from wirechart.decisions import FAULTS
from wirechart.difference.values import literal
from wirechart.record import record
from wirechart.targets.wording import FAULT_WORDS, condition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.decisions import Outcome, Row
    from wirechart.difference.cells import Key, Table

STREAM = ("eof", "cut", "idle", "lost", "unanswered")  # nothing is answered


@record
class Cell:
    """What a state no longer does with an event, and what it does now; outcomes in order."""

    old: tuple[str, ...]
    new: tuple[str, ...]


SAME = Cell((), ())  # nothing changed here


@record
class Matrix:
    """Those states and events of one machine between which anything changed."""

    machine: str  # "": the protocol's own
    events: tuple[str, ...]  # in words
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]  # a state, and its cells by event

    @property
    def changed(self) -> int:
        """How many cells."""
        return sum(cell is not SAME for _, cells in self.rows for cell in cells)


def matrices(tables: "tuple[Table, ...]") -> tuple[Matrix, ...]:
    """One for every machine in which a cell changed."""
    return tuple(_matrix(table) for table in tables if table.changed)


def _matrix(table: "Table") -> Matrix:
    changed = set(table.changed)
    touched = {state for state, _ in changed}
    seen = {event for _, event in changed}
    states = dict.fromkeys(state for state, _ in table.keys if state in touched)
    messages = dict.fromkeys(e for _, e in table.keys if e in seen and e not in FAULTS)
    events = (*messages, *(fault for fault in FAULTS if fault in seen))
    return Matrix(
        machine=table.machine,
        events=tuple(FAULT_WORDS.get(event, event) for event in events),
        rows=tuple(
            (
                state,
                tuple(
                    _cell(table, (state, event)) if (state, event) in changed else SAME
                    for event in events
                ),
            )
            for state in states
        ),
    )


def _cell(table: "Table", key: "Key") -> Cell:
    """What both sides have is left out; where nothing is left, it happens in another order."""
    old, new = (tuple(_outcomes(side.get(key))) for side in (table.old, table.new))
    gone = tuple(text for text in old if text not in new)
    added = tuple(text for text in new if text not in old)
    return Cell(gone, added) if gone or added else Cell(old, new)


def _outcomes(row: "Row | None") -> "Iterator[str]":
    return (_outcome(row, outcome) for outcome in row.outcomes) if row else iter(())


def _outcome(row: "Row", outcome: "Outcome") -> str:
    if outcome.kind == "ignored":
        return "ignored"
    where = "stay" if outcome.target == row.state else f"→ {outcome.target}"
    reply = "" if outcome.kind in STREAM else f" / {outcome.reply or 'no reply'}"
    cause = f" ({outcome.cause})" if outcome.cause not in (None, outcome.kind) else ""
    more = [f"{item.name.name} = {literal(item.value)}" for item in outcome.set]
    guard = f" if {condition(outcome.guards)}" if outcome.guards else ""
    return f"{where}{reply}{cause}{''.join(f', {one}' for one in more)}{guard}"
