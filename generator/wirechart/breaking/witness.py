"""Divergences as witnesses: what is sent, what each receiver does. Prints nothing."""

from typing import TYPE_CHECKING

from wirechart.breaking.verdict import Exchange, Proof, Witness
from wirechart.cases import explore
from wirechart.cases.scripts import Sent
from wirechart.record import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.breaking.pairing import Pair, Side
    from wirechart.breaking.search import Divergence, Taken
    from wirechart.cases.reference import Reaction
    from wirechart.cases.scripts import Steps


def witness(pair: "Pair", found: "Divergence") -> Witness:
    """The witness that a divergence is."""
    spec = pair.new.spec
    roles = spec.wire.client.name, spec.wire.server.name
    receiver = spec.machine.role.name
    last = found.last
    return Witness(
        found.direction,
        next((role for role in roles if role != receiver), receiver),
        receiver,
        tuple(_exchange(pair, taken) for taken in found.way),
        pair.old.chart,
        tuple(step for taken in found.way for step in _steps(found, taken)),
        found.context,
        tuple(_fails(found.way)),
        None if _told(last) else _proof(pair, last),
    )


def _fails(way: "tuple[Taken, ...]") -> "Iterator[int]":
    """The numbers of the calls in which a handler raises."""
    calls = 0
    for taken in way:
        calls += len(taken.old.calls) * (taken.counted.count if taken.counted else 1)
        if taken.both.failing:
            yield calls


def _exchange(pair: "Pair", taken: "Taken") -> Exchange:
    item = taken.both.mine
    is_message = item.request is not None
    return Exchange(
        taken.name, is_message, _shown(pair.old, taken.old), _shown(pair.new, taken.new)
    )


def _shown(side: "Side", reaction: "Reaction") -> str:
    """`Ok, in Ready`; `no reply, ends in Failed`."""
    place, outcome = reaction.place, reaction.outcome
    reply = side.reply(reaction.reply) or "no reply"
    final = side.chart.nodes[place.state.name].state.final
    if outcome is None and not place.closing:
        return f"{reply}, waits in {place.state.name}"
    if outcome is None:
        return f"{reply}, closes"
    return f"{reply}, {'ends' if final else 'then'} in {place.state.name}"


def _steps(found: "Divergence", taken: "Taken") -> "Steps":
    """With the bytes that the sender's spec writes, and what the old receiver answers."""
    item = taken.both.mine
    if taken.counted is not None:
        return (taken.counted,)
    made = explore.steps(item, taken.old)
    if item.is_message or found.direction == "old-to-new":
        return made
    sent = (replace(step, request=item.request) for step in made if isinstance(step, Sent))
    return (*sent, *(step for step in made if not isinstance(step, Sent)))


def _told(last: "Taken") -> bool:
    """Whether replies and the end of the connection tell the two apart."""
    one, other = last.old, last.new
    return (one.reply, one.place.closing) != (other.reply, other.place.closing)


def certain(pair: "Pair", found: "Divergence") -> bool:
    """Whether it shows whatever handlers return: what one spec leaves to them may be the same."""
    last = found.last
    if _told(last) or _end(pair.old, last.old) != _end(pair.new, last.new):
        return True
    old, new = (dict(_set(reaction)) for reaction in (last.old, last.new))
    causes = (
        reaction.outcome.cause if reaction.outcome else None for reaction in (last.old, last.new)
    )
    return any(old[name] != new[name] for name in old.keys() & new.keys()) or len({*causes}) > 1


def _proof(pair: "Pair", last: "Taken") -> Proof:
    """What the program that owns the old receiver sees, and would not see of the new one."""
    ends = _end(pair.old, last.old)
    if ends != _end(pair.new, last.new):
        return Proof("ends", ends)
    old, new = (dict(reaction.place.state.fields) for reaction in (last.old, last.new))
    for name, value in _set(last.old):
        if name in dict(_set(last.new)) and new[name] != old[name]:
            return Proof("holds", value, name)
    return Proof("cause", (last.old.outcome.cause if last.old.outcome else None) or "")


def _set(reaction: "Reaction") -> "tuple[tuple[str, str | bool | int], ...]":
    written = reaction.outcome.set if reaction.outcome else ()
    return tuple((item.name.name, item.value) for item in written)


def _end(side: "Side", reaction: "Reaction") -> str:
    return side.chart.nodes[reaction.place.state.name].state.final or "running"
