"""How long it takes to compare two versions of a large spec, and to find what it breaks."""

from functools import partial
from pathlib import Path

from bench.measure import Ratio, side_by_side
from bench.startup import tree

from wirechart.breaking.compare import compare as breaks
from wirechart.build import check
from wirechart.difference.comparison import compare
from wirechart.revisions import pairs
from wirechart.sources import Source

SIZE = 1_000  # states


def ratios() -> list[Ratio]:
    """All of them, in the order of the printed table."""
    return [*_differences(), *_breaks()]


def _breaks() -> list[Ratio]:
    """Nothing changed, which is proven; and a transition far from the beginning, which is found."""
    old = tree(SIZE)
    new = old.replace("S999: {on: {Left: Done, Right: Done,", "S999: {on: {Left: Done,")
    before, after = (check(text).spec for text in (old, new))
    if before is None or after is None or old == new:
        raise ValueError("the specs of the bench are wrong")
    both = partial(_check, old, new)
    equal = side_by_side(partial(breaks, before, before), both, 1, rounds=5)
    broken = side_by_side(partial(breaks, before, after), both, 1, rounds=5)
    return [
        Ratio("equality of two specs of 1000 states: check of both", *equal, 3.0),
        Ratio("breaking of two specs of 1000 states: check of both", *broken, 3.0),
    ]


def _check(*texts: str) -> None:
    for text in texts:
        check(text)


def _differences() -> list[Ratio]:
    """What every state inherits changed, so that a third of all cells differ."""
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
