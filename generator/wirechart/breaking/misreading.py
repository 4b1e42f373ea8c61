"""Frames of different sizes: what a receiver makes of the first message of the other version.

It takes so many bytes for a header as its own has. What it makes of the rest shows no more than
that, so a witness is one message long.
"""

from typing import TYPE_CHECKING

from wirechart import layout
from wirechart.breaking import inputs
from wirechart.breaking.inputs import Both
from wirechart.breaking.reading import left_over, read
from wirechart.breaking.search import WELL, Divergence, Taken, visible
from wirechart.cases import reference
from wirechart.cases.explore import Input
from wirechart.chart import receivable
from wirechart.record import replace
from wirechart.samples import request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.breaking.pairing import Pair, Side
    from wirechart.breaking.verdict import Direction
    from wirechart.cases.reference import Place, Reaction
    from wirechart.samples import Request


def misread(pair: "Pair", direction: "Direction") -> Divergence | None:
    """The first message that its own version takes, and that the other one answers otherwise."""
    mine, theirs = pair.old, pair.new
    if direction == "new-to-old":
        mine, theirs = theirs, mine
    found = (_taken(pair, mine, theirs, item) for item in _sent(mine, theirs))
    differing = (taken for taken in found if taken is not None and _parted(pair, taken))
    first = next(differing, None)
    if first is None:
        return None
    return Divergence(
        direction, (first,), reference.begin(pair.old.chart, {}).context, foreign=False
    )


def _sent(mine: "Side", theirs: "Side") -> "Iterator[Request]":
    """One of each message, as far as the receiver's next header would not be full of it."""
    size = _header(theirs)
    for message in receivable(mine.chart):
        item = request(mine.chart, message)
        if not item.descriptors and not read(mine.chart, item).flaw:
            cut = _cut(theirs, item)
            if cut is None or left_over(theirs.chart, read(theirs.chart, cut)) < size:
                yield item


def _header(side: "Side") -> int:
    return layout.size(layout.request(side.spec))


def _cut(side: "Side", item: "Request") -> "Request | None":
    """The same bytes with a header of that side's size; None: they are too few for one."""
    size, data = _header(side), item.data
    if len(data) < size:
        return None
    return replace(item, header=data[:size], payload=data[size:], contents=b"")


def _taken(pair: "Pair", mine: "Side", theirs: "Side", item: "Request") -> Taken | None:
    """What both make of it; None: not even the receiver of the sender's own version takes it."""
    begin = reference.begin(mine.chart, {})
    own = inputs.react(mine, begin, Input(item.message, item))
    if own.outcome is None or own.outcome.kind not in WELL:
        return None
    cut = _cut(theirs, item)
    other = item if cut is None else read(theirs.chart, cut)
    met = (
        _waiting(theirs) if cut is None else inputs.react(theirs, _begin(theirs), Input("", other))
    )
    both = Both(Input(item.message, item), Input(item.message, other), frozenset())
    here, there = begin.state.name, _begin(theirs).state.name
    if mine is pair.old:
        return Taken(both, (here, there), own, met, None)
    return Taken(both, (there, here), met, own, None)


def _begin(side: "Side") -> "Place":
    return reference.begin(side.chart, {})


def _waiting(side: "Side") -> "Reaction":
    return reference.Reaction(b"", replace(_begin(side), swallowing=True))


def _parted(pair: "Pair", taken: Taken) -> bool:
    return visible(pair.old, taken.old) != visible(pair.new, taken.new)
