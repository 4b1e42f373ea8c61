"""How long it takes to compare two versions of a large spec."""

from pathlib import Path

from bench.measure import Ratio, side_by_side
from bench.startup import tree

from wirechart.build import check
from wirechart.difference.comparison import compare
from wirechart.revisions import pairs
from wirechart.sources import Source

SIZE = 1_000  # states


def ratios() -> list[Ratio]:
    """One: what every state inherits changed, so that a third of all cells differ."""
    old = tree(SIZE)
    new = old.replace("otherwise: {reply: Error,", "otherwise: {reply: Odd,")
    sides = [(_source("old.yaml", old),), (_source("new.yaml", new),)]
    times = side_by_side(
        lambda: [compare(pair) for pair in pairs(*sides)],
        lambda: [check(source.content) for side in sides for source in side],
        1,
        rounds=5,
    )
    return [Ratio("diff of two specs of 1000 states: check of both", *times, 1.0)]


def _source(name: str, text: str) -> Source:
    return Source(name, Path(), name, text.encode())
