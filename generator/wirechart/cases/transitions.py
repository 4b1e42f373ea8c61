"""The white-box suite: every row of the table, from its state with sample data.

Knows the table and what must come of it; knows no package.
"""

from typing import TYPE_CHECKING

from wirechart.cases import data, reference
from wirechart.cases.flaws import fits, flaws, has_contents
from wirechart.cases.guards import search, variants
from wirechart.cases.machine import machine as machine_of
from wirechart.cases.machine import patience
from wirechart.cases.scripts import PACE, Case, Ended, Sent, Suite, Waited
from wirechart.cases.values import Literal
from wirechart.chart import receivable, running
from wirechart.decisions import rows
from wirechart.record import record
from wirechart.samples import BIGGEST_SENT, Request, lost, request, unknown, with_payload

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wirechart.cases.guards import Assignment
    from wirechart.cases.machine import Machine
    from wirechart.cases.reference import Place, Reaction
    from wirechart.cases.scripts import Step, Steps
    from wirechart.cases.values import Value
    from wirechart.chart import Chart
    from wirechart.decisions import Outcome, Row


@record
class Start:
    """A place to start from, and a request that arrives there."""

    place: "Place"
    request: Request


@record
class Into:
    """A way into a termination that lingers."""

    start: Start
    step: Sent
    reaction: "Reaction"


@record
class Ways:
    """For every state and message the starts that lead to its outcomes; what was not found."""

    starts: "Mapping[tuple[str, str], tuple[Start, ...]]"
    gaps: tuple[str, ...]

    def every(self) -> "tuple[Start, ...]":
        """All of them, in the order of the table."""
        return tuple(start for starts in self.starts.values() for start in starts)


def ways(chart: "Chart") -> Ways:
    """The starts of every row of a message."""
    made = machine_of(chart)
    starts: dict[tuple[str, str], tuple[Start, ...]] = {}
    gaps: list[str] = []
    for row in rows(chart):
        if row.event in chart.messages and row.outcomes:
            starts[row.state, row.event], missing = _starts(made, row)
            gaps += missing
    return Ways(starts, tuple(gaps))


def suite(chart: "Chart", found: Ways) -> Suite:
    """All cases, row by row, and the outcomes for which no values were found."""
    made = machine_of(chart)
    cases: list[Case] = []
    for (_, event), starts in found.starts.items():
        cases += _messages(made, event, starts)
    for state in running(chart):
        cases += _refused(made, state)
        cases += _interrupted(made, state)
    cases += _late(made)
    return Suite(tuple(cases), found.gaps)


def _starts(made: "Machine", row: "Row") -> tuple[tuple[Start, ...], tuple[str, ...]]:
    """Ways to each outcome of a row, and what was not found."""
    chart = made.chart

    def acceptable(index: int, given: "Assignment") -> bool:
        start = start_with(chart, row, given)
        outcome = row.outcomes[index]
        return _can_be_tried(made, start) and _decision(made, start) == outcome

    found, gaps = variants(search(chart, row), acceptable)
    return tuple(start_with(chart, row, given) for given in found), gaps


def _can_be_tried(made: "Machine", start: Start) -> bool:
    """Whether it can be sent as a whole as far as it is read, and its reply is no large one."""
    chart, place, request_ = made.chart, start.place, start.request
    outcomes = made.rows[place.state.name, request_.message].outcomes
    if not any(outcome.kind == "handled" for outcome in outcomes):
        return True
    if not fits(chart, chart.messages[request_.message], request_.announced):
        return False
    if not request_.complete and reference.reads(made, place, request_):
        return False
    if _decision(made, start).kind != "handled":
        return True
    return request_.complete and reference.reply_size(chart, request_) <= BIGGEST_SENT


def start_with(chart: "Chart", row: "Row", given: "Assignment") -> Start:
    """The state, context and request that an assignment describes."""
    held = {name: value for (scope, name), value in given.items() if scope == "state"}
    agreed = {name: value for (scope, name), value in given.items() if scope == "context"}
    fields = {name: value for (scope, name), value in given.items() if scope == "message"}
    message = chart.messages[row.event]
    asked = request(chart, message, _numbers(fields))
    match fields.get("payload"):
        case Literal(bytes(payload)):
            asked = with_payload(chart, message, asked, payload, "")
        case _:
            pass
    return Start(place_in(chart, row.state, held, agreed), asked)


def place_in(
    chart: "Chart", state: str, held: "Mapping[str, Value]", agreed: "Mapping[str, Value]"
) -> "Place":
    """A running state with sample data, some of it given."""
    return reference.Place(data.state(chart, state, held), data.context(chart, agreed))


def _numbers(fields: "Mapping[str, Value]") -> dict[str, int]:
    return {
        name: value.value
        for name, value in fields.items()
        if isinstance(value, Literal) and isinstance(value.value, int)
    }


def _messages(made: "Machine", event: str, starts: tuple[Start, ...]) -> "Iterable[Case]":
    for start in starts:
        yield _case(made, event, start)
    taken = next((s for s in starts if decided(made, s) == "handled"), None)
    if taken is None:
        return
    message = made.chart.messages[event]
    for flaw in flaws(made.chart, message, dict(taken.request.fields)):
        yield _case(made, "malformed", Start(taken.place, flaw))
    failed = _case(made, "handler_error", taken, failing=True)
    if failed.calls:
        yield failed
    yield from _broken_off(made, taken)


def decided(made: "Machine", start: Start) -> str:
    """The kind of outcome that a message leads to."""
    return _decision(made, start).kind


def _decision(made: "Machine", start: Start) -> "Outcome":
    return reference.decide(made, start.place, start.request.message, start.request)


def _case(made: "Machine", event: str, start: Start, *, failing: bool = False) -> Case:
    reaction = reference.receive(made, start.place, start.request, failing=failing)
    what = start.request.message or start.request.known or "unknown message"
    how = "its handler fails" if failing else start.request.flaw
    return Case(
        state=start.place.state.name,
        event=event,
        name=f"{start.place.state.name}: {what}{', ' if how else ''}{how}",
        context=start.place.context,
        before=start.place.state,
        steps=(sent(start.request, reaction),),
        after=reaction.place.state,
        calls=reaction.calls,
        failing=failing,
        deadline=deadline(made, reaction.place, PACE),
    )


def sent(request_: Request, reaction: "Reaction") -> Sent:
    """The step of a request that led to a reaction."""
    return Sent(request_, reaction.reply, closes=reaction.place.closing)


def deadline(made: "Machine", place: "Place", now: float) -> float | None:
    """When a machine wants to be told the time; it hears nothing until then."""
    if place.closing:
        return None
    if place.ended:
        return now + made.linger[place.state.name].seconds
    seconds = patience(made, place.state.name, inside=place.swallowing)
    return None if seconds is None else now + seconds


def _refused(made: "Machine", state: str) -> "Iterable[Case]":
    place = place_in(made.chart, state, {}, {})
    for wrong in unknown(made.chart):
        yield _case(made, "refused", Start(place, wrong))
    if made.rows[state, "lost"].outcomes:
        for wrong in lost(made.chart.spec):
            yield _case(made, "lost", Start(place, wrong))


def _interrupted(made: "Machine", state: str) -> "Iterable[Case]":
    """The stream ends, or is silent, between messages and inside a header."""
    chart = made.chart
    place = place_in(chart, state, {}, {})
    first = request(chart, receivable(chart)[0])
    yield from _stopped(made, place, "between messages", (), None)
    if (before := len(first.header) - 1) > 0:
        yield from _stopped(made, place, "inside a header", (Sent(first, b"", cut=before),), None)


def _broken_off(made: "Machine", start: Start) -> "Iterable[Case]":
    """The stream ends, or is silent, behind a header."""
    awaited = start.request.payload or start.request.contents
    if awaited and reference.reads(made, start.place, start.request):
        where = f"inside {start.request.message}"
        cut = Sent(start.request, b"", cut=len(start.request.header))
        yield from _stopped(made, start.place, where, (cut,), start.request)


def _stopped(
    made: "Machine", place: "Place", where: str, steps: "Steps", inside: Request | None
) -> "Iterable[Case]":
    ended = reference.end_of_stream(made, place, inside, within=bool(steps))
    ends = (*steps, Ended(ended.reply))
    yield _stop(made, place, f"end of stream {where}", ends, ended, inside)
    seconds = patience(made, place.state.name, inside=bool(steps))
    if seconds is not None and made.rows[place.state.name, "idle"].outcomes:
        silent = reference.silence(made, place, inside, within=bool(steps))
        waits = (*steps, Waited(seconds, silent.reply, closes=silent.place.closing))
        yield _stop(made, place, f"silence {where}", waits, silent, inside)


def _stop(
    made: "Machine",
    place: "Place",
    what: str,
    steps: "Steps",
    reaction: "Reaction",
    inside: Request | None,
) -> Case:
    last = steps[-1]
    now = (len(steps) - 1) * PACE + (last.seconds if isinstance(last, Waited) else PACE)
    return Case(
        state=place.state.name,
        event=_event(made, place, steps),
        name=f"{place.state.name}: {what}",
        context=place.context,
        before=place.state,
        steps=steps,
        after=reaction.place.state,
        calls=_begun(made, place, inside),
        deadline=deadline(made, reaction.place, now),
    )


def _event(made: "Machine", place: "Place", steps: "Steps") -> str:
    if not isinstance(steps[-1], Ended):
        return "idle"
    return "cut" if len(steps) > 1 and (place.state.name, "cut") in made.rows else "eof"


def _begun(made: "Machine", place: "Place", inside: Request | None) -> tuple[str, ...]:
    """A handler of a streamed payload has begun when the header, without a table, is complete."""
    if inside is None or not reference.streams(made, inside):
        return ()
    if has_contents(made.chart.messages[inside.message]):
        return ()
    return reference.receive(made, place, inside).calls


def _late(made: "Machine") -> "Iterable[Case]":
    """Terminations that linger: each late message, and the ends of the lingering."""
    chart = made.chart
    for name, linger in made.linger.items():
        start = _way_into(made, name)
        if start is None:
            continue
        reaction = reference.receive(made, start.place, start.request)
        into = Into(start, sent(start.request, reaction), reaction)
        late = [request(chart, message) for message in receivable(chart)]
        for item in (*late, *unknown(chart)[-1:]):
            yield _late_case(made, into, item)
        for step in (Ended(), Waited(linger.seconds, closes=True)):
            yield _late_end(into, step)


def _way_into(made: "Machine", name: str) -> Start | None:
    """A request that leads into a termination that lingers then."""
    for state in running(made.chart):
        place = place_in(made.chart, state, {}, {})
        sent = [*unknown(made.chart), *(request(made.chart, m) for m in receivable(made.chart))]
        for item in sent:
            after = reference.receive(made, place, item).place
            if after.lingering and after.state.name == name:
                return Start(place, item)
    return None


def _late_case(made: "Machine", into: Into, late: Request) -> Case:
    place = into.reaction.place
    reaction = reference.receive(made, place, late)
    # Whatever comes behind an answered message is dropped, an ignored one can be followed.
    until = deadline(made, place, PACE) if not reaction.place.closing else None
    what = late.message or "unknown message"
    return _late_one(into, late.message or "refused", what, sent(late, reaction), until)


def _late_end(into: Into, step: "Step") -> Case:
    what = "end of stream" if isinstance(step, Ended) else "silence"
    return _late_one(into, "linger", what, step, None)


def _late_one(into: Into, event: str, what: str, step: "Step", until: float | None) -> Case:
    state = into.reaction.place.state
    return Case(
        state=state.name,
        event=event,
        name=f"{state.name}: {what}",
        context=into.start.place.context,
        before=into.start.place.state,
        steps=(into.step, step),
        after=state,
        calls=into.reaction.calls,
        deadline=until,
    )
