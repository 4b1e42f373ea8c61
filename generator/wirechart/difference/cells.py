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

    keys: tuple[Key, ...]  # of every cell, in the order of the new table, what is gone behind
    changed: tuple[Key, ...]  # of the cells in which something else happens


def tables(old: "Spec", new: "Spec") -> tuple[Table, ...]:
    """The tables of every machine, the protocol's own first, in the order of the new spec."""
    before = {view.machine.name: view for view in chart.views(old)}
    after = {view.machine.name: view for view in chart.views(new)}
    return tuple(_both(name, before.get(name), after.get(name)) for name in {**after, **before})


def _both(name: str, old: "Spec | None", new: "Spec | None") -> Table:
    before = _rows(old)
    if old is not None and new is not None and _same(old, new):
        return Table(name, before, before, tuple(before), ())
    after = _rows(new)
    keys = tuple(dict.fromkeys((*after, *before)))
    changed = tuple(key for key in keys if _seen(before, key) != _seen(after, key))
    return Table(name, before, after, keys, changed)


def _same(old: "Spec", new: "Spec") -> bool:
    """Whether the tables must be the same: nothing they are made of is another."""
    parts = ("machine", "messages", "wire", "types", "connections")
    return all(old.__dict__[part] == new.__dict__[part] for part in parts)


def _rows(view: "Spec | None") -> "Mapping[Key, Row]":
    return {(row.state, row.event): row for row in _table(view)} if view else {}


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
