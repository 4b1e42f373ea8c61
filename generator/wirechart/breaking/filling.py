"""Maps that are full sooner in one spec than in the other: filled entry by entry.

The search does not fill maps: too many situations lie on the way. What fills them is one message,
again and again, with another key each time.
"""

from typing import TYPE_CHECKING

from wirechart.breaking.inputs import both_of
from wirechart.breaking.search import Divergence, Spot
from wirechart.cases.filled import where
from wirechart.cases.scripts import Counted
from wirechart.cases.values import Built, Entries, Literal, plain
from wirechart.chart import data, expand
from wirechart.expressions import Name
from wirechart.model import Map
from wirechart.record import record, replace
from wirechart.samples import request

if TYPE_CHECKING:
    from wirechart.breaking.inputs import Both
    from wirechart.breaking.pairing import Side
    from wirechart.breaking.search import Search, Taken
    from wirechart.breaking.structure import Edge, Node
    from wirechart.cases.reference import Place

LARGEST = 1 << 16  # entries that are put into a map for a witness


def filled(search: "Search", node: "Node", edge: "Edge") -> Divergence | None:
    """What the first entry too many leads to; None: the difference is not about that."""
    put = next((put for outcome in (edge.old, edge.new) for put in outcome.put), None)
    if put is None or not isinstance(edge.event, int) or not isinstance(put.key, Name):
        return None
    sizes = [
        most(side, state, put.name.name) for side, state in zip(_sides(search), node, strict=True)
    ]
    mine, theirs = sizes if search.direction == "old-to-new" else sizes[::-1]
    if mine is None or theirs is None or not theirs < mine or theirs > LARGEST:
        return None
    named = _Filling(edge.event, put.name.name, put.key.name, theirs)
    if not _has_keys(search, named):
        return None
    firsts = _firsts(search, named)
    ways = (_way(search, s, node, named, each) for s in search.spots.values() for each in firsts)
    return next((way for way in ways if way is not None), None)


def _has_keys(search: "Search", it: "_Filling") -> bool:
    """Whether the key has so many values, and one more."""
    _, size = where(search.mine.chart, search.mine.by_code[it.code].name, it.key)
    return it.count + 1 < 1 << 8 * size


def _firsts(search: "Search", it: "_Filling") -> "tuple[Both, ...]":
    """The messages that may fill it, each with other values beside the key."""
    found: dict[frozenset[tuple[str, int]], Both] = {}
    for both in search.inputs:
        if _puts(search, both, it.code) and both.mine.request is not None:
            beside = (field for field in both.mine.request.fields if field[0] != it.key)
            found.setdefault(frozenset(beside), both)
    return tuple(found.values())


def _sides(search: "Search") -> "tuple[Side, Side]":
    return search.pair.old, search.pair.new


def most(side: "Side", state: str, name: str) -> int | None:
    """How many entries a map of a state may have; None: it is none."""
    held = {item.name: expand(side.chart, item.type) for item in data(side.chart, state)}
    type_ = held.get(name)
    return side.machine.limits[type_.max.name] if isinstance(type_, Map) else None


@record
class _Filling:
    """What fills a map."""

    code: int  # of the message
    name: str  # of the map
    key: str  # the message's field with the key
    count: int  # entries until the first side says no


def _way(
    search: "Search", spot: Spot, node: "Node", it: _Filling, first: "Both"
) -> Divergence | None:
    if not all(_fits(place, it) for place in (spot.old, spot.new)):
        return None
    held = max(len(_keys(place, it)) for place in (spot.old, spot.new))
    numbers = dict.fromkeys((1, held + 1))
    tried = (_from(search, spot, node, it, first, number) for number in numbers)
    return next((way for way in tried if way is not None), None)


def _from(
    search: "Search", spot: Spot, node: "Node", it: _Filling, first: "Both", number: int
) -> Divergence | None:
    """Keys from a number on: where there are some already, equal ones may be refused."""
    here = spot.old.state.name, spot.new.state.name
    message = search.mine.by_code[it.code].name
    offset, size = where(search.mine.chart, message, it.key)
    begun = search.take(spot, here, _with(search, first, it.key, number))
    if begun is None or search.parted(begun):
        return None
    after = begun.old.place, begun.new.place
    if tuple(place.state.name for place in after) != node:
        return None
    if number >= it.count or not _grows(search, begun, node, first, it, number + 1):
        return None
    asked = begun.both.mine.request
    assert asked is not None, message  # noqa: S101 -- inputs of messages have one
    count = it.count - number + 1
    counted = Counted(asked, begun.old.reply, offset, size, count, number)
    old, new = (_full(place, it.name, it.count) for place in after)
    last = search.take(Spot(old, new, None), node, _with(search, first, it.key, it.count + 1))
    if last is None or not search.parted(last):
        return None
    way = (*spot.way, replace(begun, counted=counted), last)
    return Divergence(search.direction, way, spot.old.context, foreign=False)


def _grows(
    search: "Search", begun: "Taken", node: "Node", first: "Both", it: _Filling, number: int
) -> bool:
    """Whether a second entry comes to lie beside the first: the handler may go by another way."""
    both = _with(search, first, it.key, number)
    second = search.take(Spot(begun.old.place, begun.new.place, None), node, both)
    if second is None or search.parted(second):
        return second is not None
    places = (second.old.place, second.new.place)
    return all(number in _keys(place, it) for place in places)


def _puts(search: "Search", both: "Both", code: int) -> bool:
    asked = both.mine.request
    named = asked is not None and both.mine.is_message and not both.failing and not both.foreign
    return named and asked.message == search.mine.by_code[code].name  # type: ignore[union-attr]  # as asked


def _with(search: "Search", both: "Both", key: str, number: int) -> "Both":
    """The same input with another key."""
    asked = both.mine.request
    chart = search.mine.chart
    message = chart.messages[asked.message if asked else ""]
    fields = dict(asked.fields if asked else ())
    changed = request(chart, message, fields | {key: number})
    item = replace(both.mine, request=changed, name=f"{message.name} ({key} {number})")
    return both_of(search.mine, search.theirs, item)


def _fits(place: "Place", it: _Filling) -> bool:
    """Whether what the map holds already has keys that are put into it anyway."""
    return _keys(place, it) <= set(range(1, it.count + 1))


def _keys(place: "Place", it: _Filling) -> "set[object]":
    held = dict(place.state.fields).get(it.name, Entries())
    assert isinstance(held, Entries), it.name  # noqa: S101 -- only maps are put into
    return {plain(key) for key, _ in held.items}


def _full(place: "Place", name: str, count: int) -> "Place":
    fields = dict(place.state.fields)
    held = fields[name]
    assert isinstance(held, Entries), name  # noqa: S101 -- only maps are put into
    value = held.items[0][1]
    entries = Entries(tuple((Literal(number), value) for number in range(1, count + 1)))
    return replace(place, state=Built(place.state.name, tuple((fields | {name: entries}).items())))
