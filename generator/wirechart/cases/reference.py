"""What a receiver must do, from the table of decisions alone. Shares no code with the runtime.

One request at a time, whole or broken off: its reply, where the machine is then, and whether the
stream is to be closed. It decides on sample values; it moves no bytes and runs no handler.
"""

from typing import TYPE_CHECKING

from wirechart import samples
from wirechart.cases import data
from wirechart.cases.causes import cause_of
from wirechart.cases.flaws import announced_contents, fits
from wirechart.cases.guards import holds
from wirechart.cases.machine import Machine, is_failure, method, patience
from wirechart.cases.values import Built, Entries, Literal, Value, plain
from wirechart.chart import initial
from wirechart.dataflow import flows, told
from wirechart.expressions import Name, evaluate
from wirechart.layout import is_streamed
from wirechart.model import Bytes
from wirechart.record import record, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wirechart.chart import Chart
    from wirechart.decisions import Outcome
    from wirechart.expressions import Expression
    from wirechart.samples import Request


@record
class Place:
    """Where a machine is."""

    state: Built  # a running state, or the termination
    context: "tuple[tuple[str, Value], ...]"
    ended: bool = False
    lingering: bool = False
    swallowing: bool = False  # what comes next is still part of the last request
    plenty: bool = False  # and so much of it is left that no test sends all of it
    closing: bool = False  # nothing is answered any more: the stream is to be closed


PLENTY = 1 << 20  # bytes that are left of a request


@record
class Reaction:
    """What one thing led to."""

    reply: bytes
    place: Place
    outcome: "Outcome | None" = None  # None: nothing was decided
    calls: tuple[str, ...] = ()  # handlers


def begin(chart: "Chart", context: "Mapping[str, Value]") -> Place:
    """A machine in its first state."""
    return Place(data.state(chart, initial(chart)), data.context(chart, context))


def receive(made: Machine, place: Place, request: "Request", *, failing: bool = False) -> Reaction:
    """A whole request, or as much of it as is sent; with `failing` its handler raises."""
    if place.closing or place.swallowing:
        return Reaction(b"", place)
    event = request.message or "refused"
    if place.ended:
        return _late(made, place, request, event)
    lost = made.rows[place.state.name, "lost"]
    if request.lost and lost.outcomes:
        return _faulty(made, place, lost.outcomes[0], request)
    outcomes = made.rows[place.state.name, event].outcomes
    asked_late = request.descriptors > 0 and not _is_kept(made, request)
    if request.flaw and not asked_late and any(o.kind == "handled" for o in outcomes):
        return _malformed(made, place, request)
    outcome = decide(made, place, event, request)
    if outcome.kind != "handled":
        return _faulty(made, place, outcome, request)
    if request.flaw and not is_failure(made.chart, outcome.target):
        begun = (method(made, request.message, outcome.target),)
        return replace(_malformed(made, place, request), calls=begun)
    return _handled(made, place, outcome, request, failing=failing)


def decide(made: Machine, place: Place, event: str, request: "Request | None") -> "Outcome":
    """The outcome of an event, its guards asked."""
    given = _assignment(place, request)
    outcomes = made.rows[place.state.name, event].outcomes
    return next(o for o in outcomes if all(holds(guard, given, made.limits) for guard in o.guards))


def _assignment(place: Place, request: "Request | None") -> "dict[tuple[str, str], Value]":
    given: dict[tuple[str, str], Value] = {
        ("state", name): value for name, value in place.state.fields
    }
    given |= {("context", name): value for name, value in place.context}
    if request is not None:
        given["message", "payload"] = Literal(request.payload)
        given |= {("message", name): Literal(value) for name, value in request.fields}
    return given


def _late(made: Machine, place: Place, request: "Request", event: str) -> Reaction:
    row = made.rows.get((place.state.name, event))
    outcome = row.outcomes[0] if row else None
    answered = outcome is not None and outcome.kind == "lingering"
    code = outcome.reply if outcome and answered else None
    reply = samples.reply(made.chart.spec, code, request.header)
    after = replace(place, lingering=not answered, closing=answered)
    return Reaction(reply, _behind(made, after, request), outcome)


def _handled(
    made: Machine, place: Place, outcome: "Outcome", request: "Request", *, failing: bool
) -> Reaction:
    if is_failure(made.chart, outcome.target):
        return _answered(made, outcome, enter(made, place, outcome, request), request)
    calls = (method(made, request.message, outcome.target),)
    way = _way(made, place, outcome, request)
    after = enter(made, place, replace(outcome, set=way.set, put=way.put), request)
    impossible = outcome.reply is not None and not _can_be_sent_back(made, request)
    if failing or impossible or not _is_set(outcome, after):
        error = made.rows[place.state.name, "handler_error"].outcomes[0]
        return replace(_faulty(made, place, error, request), calls=calls)
    return replace(_answered(made, outcome, after, request), calls=calls)


def _answered(made: Machine, outcome: "Outcome", after: Place, request: "Request") -> Reaction:
    payload = reply_payload(made.chart, request) if outcome.reply else b""
    reply = samples.reply(made.chart.spec, outcome.reply, request.header, payload)
    return Reaction(reply, _behind(made, after, request), outcome)


def _is_set(outcome: "Outcome", after: Place) -> bool:
    """Whether the target's data is what the outcome demands."""
    held = dict(after.state.fields)
    return all(held[item.name.name] == Literal(item.value) for item in outcome.set)


def _way(made: Machine, place: Place, outcome: "Outcome", request: "Request") -> "Outcome":
    """What the handler goes by, which has to tell alternatives with one target apart by itself."""
    given = _assignment(place, request)
    outcomes = made.rows[place.state.name, request.message].outcomes
    alike = [o for o in outcomes if o.kind == "handled" and o.target == outcome.target]
    told_of = (o for o in alike if all(holds(guard, given, made.limits) for guard in told(o)))
    return next(told_of, alike[-1] if alike else outcome)


def reply_payload(chart: "Chart", request: "Request") -> bytes:
    """What the recording handlers return: zeros, as many as the spec wants."""
    return bytes(reply_size(chart, request))


def _can_be_sent_back(made: Machine, request: "Request") -> bool:
    """Whether any handler can return what a request asks for: guards need not keep it in bounds."""
    wanted = made.chart.messages[request.message].reply_payload
    most = made.limits[wanted.max.name] if wanted else 0
    return 0 <= reply_size(made.chart, request) <= most


def reply_size(chart: "Chart", request: "Request") -> int:
    """How many bytes that is; below zero or beyond all limits where guards refuse the request."""
    wanted = chart.messages[request.message].reply_payload
    if wanted is None or wanted.size is None:
        return 0
    return samples.reply_size(chart.spec, wanted.size, request)


def seen(place: Place, request: "Request | None") -> "dict[tuple[str, str], object]":
    """What guards see there, by scope and name."""
    return {key: plain(value) for key, value in _assignment(place, request).items()}


def asked(
    chart: "Chart", place: Place, request: "Request | None", expression: "Expression"
) -> object:
    """The value of an expression; descriptors and whole messages stand for themselves."""
    given = _assignment(place, request)
    limits = {limit.name: limit.value for limit in chart.spec.limits}
    held = dict(data.message(chart, request).fields) if request else {}

    def value_of(name: Name) -> object:
        if name.scope == "limits":
            return limits[name.name]
        value = held[name.name] if name.scope == "message" else given[name.scope, name.name]
        return value.value if isinstance(value, Literal) else value

    return evaluate(expression, value_of)


def enter(
    made: Machine,
    place: Place,
    outcome: "Outcome",
    request: "Request | None",
    cause: Value | None = None,
) -> Place:
    """The target with its data."""
    chart = made.chart
    message = request.message if request and not request.flaw else None
    held = dict(place.state.fields)
    fields: list[tuple[str, Value]] = []
    for flow in flows(chart, place.state.name, message, outcome):
        name = flow.field.name
        match flow.origin:
            case "set":
                written = next(item for item in outcome.set if item.name.name == name)
                value: Value = Literal(written.value)
            case "put":
                value = _put(made, place, outcome, request, name)
            case "carried":
                value = held[name]
            case "message" if request:
                value = data.message(chart, request)
            case "cause":
                value = cause or cause_of(place.state.name, outcome, request)
            case _:
                value = data.usual(chart, flow.field.type)
        fields.append((name, value))
    return _entered(made, place, outcome, Built(outcome.target, tuple(fields)))


def _put(
    made: Machine, place: Place, outcome: "Outcome", request: "Request | None", name: str
) -> Entries:
    put = next(item for item in outcome.put if item.name.name == name)
    before = dict(place.state.fields).get(name, Entries())
    assert isinstance(before, Entries), name  # noqa: S101 -- only maps are put into
    key, value = (
        as_value(asked(made.chart, place, request, part)) for part in (put.key, put.value)
    )
    return Entries((*(item for item in before.items if item[0] != key), (key, value)))


def as_value(found: object) -> Value:
    """A plain value or a Value as a Value."""
    return Literal(found) if isinstance(found, int | str | bytes) else found  # type: ignore[return-value]  # `asked` gives nothing else


def _entered(made: Machine, place: Place, outcome: "Outcome", state: Built) -> Place:
    final = made.chart.nodes[outcome.target].state.final is not None
    linger = made.linger.get(outcome.target)
    stays = linger is not None and outcome.cause not in linger.unless
    return Place(
        state, place.context, ended=final, lingering=final and stays, closing=final and not stays
    )


def _faulty(made: Machine, place: Place, outcome: "Outcome", request: "Request") -> Reaction:
    """Refused, malformed, failed, or lost; lost also when what is left cannot be skipped."""
    silent = bool(request.message) and not made.chart.messages[request.message].replied
    reply = samples.reply(made.chart.spec, None if silent else outcome.reply, request.header)
    after = _left(made, place, outcome, request)
    too_long = _unread(made, place, request) > made.skippable[request.message]
    if not after.ended and (too_long or request.endless):
        lost = made.rows[place.state.name, "lost"].outcomes
        outcome = (lost or made.rows[place.state.name, "eof"].outcomes)[0]
        after = _left(made, place, replace(outcome, kind="lost"), request)
    return Reaction(reply, after, outcome)


def _unread(made: Machine, place: Place, request: "Request") -> int:
    """How many bytes of a request are still to come when it is answered."""
    if not request.message or request.early_descriptors:
        return request.announced
    message = made.chart.messages[request.message]
    outcomes = made.rows[place.state.name, request.message].outcomes
    awaited = any(outcome.kind == "handled" for outcome in outcomes)
    if awaited and _is_kept(made, request) and fits(made.chart, message, request.announced):
        return len(request.contents)
    return request.announced


def _left(made: Machine, place: Place, outcome: "Outcome", request: "Request") -> Place:
    after = enter(made, place, outcome, replace(request, flaw=request.flaw or "refused"))
    return _behind(made, after, replace(request, lost=request.lost or outcome.kind == "lost"))


def _behind(made: Machine, place: Place, request: "Request") -> Place:
    """The place, when what was sent of a request has come."""
    endless = request.endless or request.lost
    rest = request.announced - len(request.payload)
    if not endless and rest == 0:
        rest = announced_contents(made.chart, request) - len(request.contents)
    return replace(place, swallowing=endless or rest > 0, plenty=endless or rest > PLENTY)


def _malformed(made: Machine, place: Place, request: "Request") -> Reaction:
    return _faulty(made, place, made.rows[place.state.name, "malformed"].outcomes[0], request)


def reads(made: Machine, place: Place, request: "Request") -> bool:
    """Whether it waits for the payload of a request, whose header says nothing wrong."""
    outcomes = made.rows[place.state.name, request.message].outcomes
    if not any(outcome.kind == "handled" for outcome in outcomes):
        return False
    if _is_kept(made, request):
        return True
    outcome = decide(made, place, request.message, request)
    return outcome.kind == "handled" and not is_failure(made.chart, outcome.target)


def _is_kept(made: Machine, request: "Request") -> bool:
    """Whether its payload belongs to the message: where it does not, the header alone decides."""
    payload = made.chart.messages[request.message].payload if request.message else None
    return not (isinstance(payload, Bytes) and payload.streamed)


def end_of_stream(
    made: Machine, place: Place, inside: "Request | None" = None, *, within: bool = False
) -> Reaction:
    """The stream ends: between messages, `within` a header or skipped bytes, or in a request."""
    cut = (within or inside is not None) and (place.state.name, "cut") in made.rows
    reaction = _interrupted(made, place, "cut" if cut else "eof", inside)
    return replace(reaction, place=replace(reaction.place, lingering=False, closing=True))


def silence(
    made: Machine, place: Place, inside: "Request | None" = None, *, within: bool = False
) -> Reaction:
    """No byte came until the deadline; between messages, `within` a header, or inside a request."""
    reaction = _interrupted(made, place, "idle", inside, within=within)
    if inside is None:
        return reaction
    cut = replace(inside, payload=b"", contents=b"")
    return replace(reaction, place=_behind(made, reaction.place, cut))


def _interrupted(
    made: Machine, place: Place, event: str, inside: "Request | None", *, within: bool = False
) -> Reaction:
    if place.ended:
        return Reaction(b"", replace(place, lingering=False, closing=True))
    outcome = made.rows[place.state.name, event].outcomes[0]
    reply = b""
    if inside is not None and inside.message and made.chart.messages[inside.message].replied:
        refusal = made.rows[place.state.name, "malformed"].outcomes[0].reply
        reply = samples.reply(made.chart.spec, refusal, inside.header)
    seconds = patience(made, place.state.name, inside=within or inside is not None) or 0.0
    cause = cause_of(place.state.name, outcome, inside, seconds)
    about = replace(inside, flaw=event) if inside else None
    return Reaction(reply, enter(made, place, outcome, about, cause), outcome)


def streams(made: Machine, request: "Request") -> bool:
    """Whether bytes of it go to its handler as they come."""
    return bool(request.message) and is_streamed(made.chart.messages[request.message])
