"""One protocol at two times, compared: everything that the outputs print. Prints nothing."""

from typing import TYPE_CHECKING

from wirechart.difference.cells import Table, tables
from wirechart.difference.changes import Difference, changes, outlines, whole
from wirechart.difference.lines import AREAS, Line, lines
from wirechart.difference.meaning import Usual, normal
from wirechart.difference.outline import Outline, outline
from wirechart.difference.subjects import Sides
from wirechart.record import record
from wirechart.renaming import rename, renames

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wirechart.model import Spec
    from wirechart.revisions import Pair, Version

NOTHING: Outline = {}
SIGNS = {"+": "added", "-": "removed", "~": "changed", "=": "renamed"}


@record
class Comparison:
    """What is different, found and said. Of `old` and `new` one at most is missing."""

    old: "Version | None"
    new: "Version | None"
    before: "Spec | None"  # the old spec in the new names
    difference: Difference
    tables: tuple[Table, ...]  # of every machine; empty where a side is missing
    lines: tuple[Line, ...]

    @property
    def protocol(self) -> str:
        """As it is called now, or was."""
        return version(self).spec.protocol


def version(compared: Comparison) -> "Version":
    """The newest there is."""
    found = compared.new or compared.old
    assert found is not None  # noqa: S101 -- a pair has one of them
    return found


def compare(pair: "Pair") -> Comparison:
    """Both sides of a pair."""
    if pair.old is not None and pair.new is not None:
        return _both(pair.old, pair.new)
    one = pair.new or pair.old
    assert one is not None  # noqa: S101 -- a pair has one of them
    changed = whole(one.spec, "+" if pair.new else "-")
    there = outline(normal(one.spec, Usual()))
    several = bool(one.spec.machines)
    sides = Sides(NOTHING, there, several) if pair.new else Sides(there, NOTHING, several)
    return Comparison(pair.old, pair.new, None, changed, (), lines(sides, changed, ()))


def _both(old: "Version", new: "Version") -> Comparison:
    named = renames(old.spec, new.spec)
    before = rename(old.spec, named)
    was, now = outlines(before, new.spec)
    changed = Difference(named, changes(was, now))
    both = tables(before, new.spec) if changed else ()
    sides = Sides(was, now, bool(new.spec.machines or before.machines))
    return Comparison(old, new, before, changed, both, lines(sides, changed, both))


def counted(found: "Iterable[Line]") -> str:
    """`3 added, 1 changed`; `no difference` for none."""
    signs = [line.sign for line in found]
    said = [f"{signs.count(sign)} {word}" for sign, word in SIGNS.items() if sign in signs]
    return ", ".join(said) or "no difference"


def summary(compared: Comparison) -> str:
    """One line: how many changes, where they count, and in how many cells."""
    found = compared.lines
    if compared.old is None or compared.new is None or not found:
        return counted(found)
    areas = [f"{area}" for area in AREAS if any(line.area == area for line in found)]
    changed = sum(len(table.changed) for table in compared.tables)
    every = sum(len(table.keys) for table in compared.tables)
    cells = f"{changed} of {every} cells of the tables differ" if changed else "same tables"
    return f"{counted(found)} ({', '.join(areas)}); {cells}"
