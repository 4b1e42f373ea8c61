"""Two machines of two specs, put together by bytes. Knows nothing of connections.

What the answerer knows beforehand of a message, such as a version that is always 0, decides the
guards that ask for nothing else.
"""

from typing import TYPE_CHECKING

from wirechart import chart as charts
from wirechart.compat.reading import Reading, heard, reading
from wirechart.composition import sides
from wirechart.composition.moves import Pair
from wirechart.composition.relation import Arrival, Relation
from wirechart.expressions import evaluate
from wirechart.record import record, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wirechart.chart import Chart
    from wirechart.composition.relation import Heard
    from wirechart.decisions import Outcome
    from wirechart.expressions import Expression, Name
    from wirechart.model import Message, Spec


@record
class Talk:
    """What an asker of one spec and an answerer of another can say to each other."""

    pair: Pair
    readings: "Mapping[str, Reading]"  # the asker's message -> what it is taken for
    payloads: frozenset[str]  # the asker's messages that have one
    hopeful: frozenset[str]  # the asker's states from which it can succeed on its own
    sender_asks: bool  # and not the receiver, as on a connection for page faults


class _UnknownError(Exception):
    """A guard depends on what nobody knows beforehand."""


def between(asking: "Spec", answering: "Spec") -> Talk:
    """The conversation of two machines, each the protocol's own one of its view.

    Where the first one answers, too, somebody speaks who asks whatever it takes, where it takes it.
    """
    asker_chart, answerer_chart = charts.build(asking), charts.build(answering)
    asker = (sides.asker if charts.asks(asking) else follower)(asker_chart)
    answerer = sides.answerer(answerer_chart)
    sent = {name for allowed in asker.sends.values() for name in allowed}
    readings = {
        message.name: reading(asking, message, answering)
        for message in asking.messages
        if message.name in sent
    }
    rows = dict(answerer.rows)
    for found in readings.values():
        for state, event in answerer.rows:
            if event == found.event and found.values:
                outcomes = answerer.rows[state, event]
                rows[state, event] = tuple(_decided(answerer_chart, outcomes, dict(found.values)))
    pair = Pair(asker, replace(answerer, rows=rows), _relation(asker_chart, readings, answering))
    payloads = frozenset(m.name for m in asking.messages if m.payload is not None)
    sender_asks = answering.machine.role == answering.wire.server
    return Talk(pair, readings, payloads, _hopeful(asker), sender_asks)


def _relation(asker: "Chart", readings: "Mapping[str, Reading]", answering: "Spec") -> Relation:
    messages = {message.name: message for message in answering.messages}
    told: dict[tuple[str, str], Heard] = {}

    def arrives(message: str) -> tuple[Arrival, ...]:
        return (Arrival(readings[message].event, readings[message].why),)

    def returns(message: str, reply: str) -> "Heard":
        if not message:
            return "lost"
        if (message, reply) not in told:
            asked = asker.messages[message]
            read: Message = messages.get(readings[message].event, asked)
            told[message, reply] = heard(asker.spec, asked, answering, read, reply)
        return told[message, reply]

    return Relation(arrives, returns)


def _decided(
    chart: "Chart", outcomes: "tuple[Outcome, ...]", values: "Mapping[str, int]"
) -> "Iterator[Outcome]":
    """Outcomes without guards that are known to hold; none whose guards are known not to."""
    limits = {limit.name: limit.value for limit in chart.spec.limits}

    def value_of(name: "Name") -> object:
        known = {"message": values, "limits": limits}.get(name.scope, {})
        if name.name not in known:
            raise _UnknownError
        return known[name.name]

    def judged(guard: "Expression") -> bool | None:
        try:
            return bool(evaluate(guard, value_of))
        except _UnknownError:
            return None

    for outcome in outcomes:
        verdicts = {guard: judged(guard) for guard in outcome.guards}
        if False in verdicts.values():
            continue
        left = tuple(guard for guard in outcome.guards if verdicts[guard] is None)
        yield replace(outcome, guards=left)
        if not left:
            return


def follower(chart: "Chart") -> sides.Asker:
    """Somebody who asks exactly what an answering machine takes, and gives up at another reply."""
    anybody, own = sides.any_asker(chart), sides.answerer(chart)
    sends: dict[str, dict[str, Outcome]] = {}
    for (state, event), outcomes in own.rows.items():
        taken = next((out for out in outcomes if out.kind == "handled"), None)
        if taken is not None:
            sends.setdefault(state, {})[event] = taken
    gone = {kind: outcome for (_, kind), outcome in anybody.faults.items()}
    ends = gone["eof"]
    faults = {
        (state, kind): replace(outcome, target=ends.target)
        for state in (*sends, own.initial)
        for kind, outcome in gone.items()
    }
    finals = {**own.finals, **anybody.finals}
    return replace(
        anybody, initial=own.initial, sends=sends, faults=faults, finals=finals, anybody=False
    )


def _hopeful(asker: sides.Asker) -> frozenset[str]:
    """The states from which an asker can come to a success, if all goes as it asks."""
    return hopeful({s: {m: o.target for m, o in a.items()} for s, a in asker.sends.items()}, asker)


def hopeful(ways: "Mapping[str, Mapping[str, str]]", asker: sides.Asker) -> frozenset[str]:
    """The same by these ways alone: state -> message -> state."""
    good = {name for name, kind in asker.finals.items() if kind == "success"}
    while more := {s for s, to in ways.items() if s not in good and good & set(to.values())}:
        good |= more
    return frozenset(good)
