"""The tables of two specs side by side: where a state does something else with an event.

Knows what can be seen from outside; not what was written for it.
"""

from typing import TYPE_CHECKING

from wirechart import chart, decisions
from wirechart.difference.outline import FALLBACKS, machine_path
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wirechart.decisions import Outcome, Row
    from wirechart.difference.outline import Path
    from wirechart.model import Spec

Key = tuple[str, str]  # a leaf state, and an event


@record
class Table:
    """One machine's rows of both sides, by state and event; empty where it was not there."""

    machine: str  # "": the protocol's own
    old: "Mapping[Key, Row]"
    new: "Mapping[Key, Row]"

    @property
    def keys(self) -> tuple[Key, ...]:
        """Every cell, in the order of the new table, what is gone behind."""
        return tuple(dict.fromkeys((*self.new, *self.old)))

    @property
    def changed(self) -> tuple[Key, ...]:
        """The cells in which something else happens."""
        return tuple(key for key in self.keys if _seen(self.old, key) != _seen(self.new, key))


def tables(old: "Spec", new: "Spec") -> tuple[Table, ...]:
    """The tables of every machine, the protocol's own first, in the order of the new spec."""
    before, after = _rows(old), _rows(new)
    names = dict.fromkeys((*after, *before))
    return tuple(Table(name, before.get(name, {}), after.get(name, {})) for name in names)


def _rows(spec: "Spec") -> "dict[str, Mapping[Key, Row]]":
    return {
        view.machine.name: {(row.state, row.event): row for row in _table(view)}
        for view in chart.views(spec)
    }


def _table(view: "Spec") -> "tuple[Row, ...]":
    built = chart.build(view)
    return (*decisions.rows(built), *decisions.linger_rows(built))


def _seen(rows: "Mapping[Key, Row]", key: Key) -> tuple[object, ...] | None:
    row = rows.get(key)  # without outcomes: the spec need not decide it
    outcomes = row.outcomes if row else ()
    return tuple(_visible(outcome) for outcome in outcomes) or None


def _visible(outcome: "Outcome") -> tuple[object, ...]:
    """All of it but where it was written, and why."""
    return (
        outcome.kind,
        outcome.guards,
        outcome.target,
        outcome.reply,
        outcome.cause,
        outcome.set,
        outcome.put,
    )


def reasons(table: Table) -> "dict[Path, tuple[Key, ...]]":
    """What was written -> the changed cells in which it counts, on either side."""
    found: dict[Path, dict[Key, None]] = {}
    for key in table.changed:
        for side in (table.old, table.new):
            for outcome in side[key].outcomes if key in side else ():
                for path in written(table.machine, key[1], outcome):
                    found.setdefault(path, {})[key] = None
    return {path: tuple(keys) for path, keys in found.items()}


def written(machine: str, event: str, outcome: "Outcome") -> "Iterator[Path]":
    """The paths of the elements that an outcome may come from."""
    state = (*machine_path(machine), "states", outcome.owner)
    last = outcome.element.rpartition(".")[2]
    if outcome.kind in ("lingering", "ignored"):
        yield (*state, "linger")
    elif f".{outcome.owner}.on." in outcome.element:
        yield (*state, "on", last)
    elif last == "inside_message":
        yield (*state, "on_eof")
    elif last == "otherwise":
        kind = f"on_{outcome.kind}"
        yield (*state, kind if kind in FALLBACKS else f"on_{event}")
    else:
        yield (*state, last)


def states(keys: "Iterable[Key]") -> tuple[str, ...]:
    """The states of some cells, each once."""
    return tuple(dict.fromkeys(state for state, _ in keys))
