"""The two ends of a connection as tables. Knows rows; knows nothing of what the other end does.

Where a spec describes one end only, the other is anybody: it sends and answers whatever there is.
"""

from typing import TYPE_CHECKING

from wirechart.chart import called, finals, initial, receivable
from wirechart.decisions import FAULTS, Outcome, ending, linger_rows, rows
from wirechart.model import Idle
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wirechart.chart import Chart
    from wirechart.decisions import Kind
    from wirechart.model import FinalKind

ANYBODY, GONE = "Anybody", "Gone"  # the states of who is not described


@record
class Asker:
    """A machine that asks."""

    name: str  # of the machine, or the role of the protocol's own one
    role: str
    initial: str
    sends: "Mapping[str, Mapping[str, Outcome]]"  # state -> message -> where its acceptance leads
    faults: "Mapping[tuple[str, str], Outcome]"  # state and one of ASKING_FAULTS; undecided: none
    finals: "Mapping[str, FinalKind]"
    answered: frozenset[str]  # the messages it waits for a reply to
    waits: frozenset[str]  # states with a deadline for replies
    anybody: bool = False  # it stands in for a machine that nobody described


@record
class Answerer:
    """A machine that answers."""

    name: str
    role: str
    initial: str
    rows: "Mapping[tuple[str, str], tuple[Outcome, ...]]"  # state and event, as in the table
    late: "Mapping[tuple[str, str], Outcome]"  # the same of failures that linger
    unless: "Mapping[str, frozenset[str]]"  # lingering failure -> the causes without it
    finals: "Mapping[str, FinalKind]"
    waits: "Mapping[str, tuple[bool, bool]]"  # state -> is there a deadline between, and inside
    payloads: frozenset[str]  # messages that have one, which may be malformed
    answered: frozenset[str]
    anybody: bool = False

    def lingers(self, outcome: Outcome) -> bool:
        """Whether a failure goes on answering late messages."""
        return outcome.target in self.unless and outcome.cause not in self.unless[outcome.target]


def asker(chart: "Chart") -> Asker:
    """A machine that asks, as a table."""
    sends: dict[str, dict[str, Outcome]] = {}
    faults: dict[tuple[str, str], Outcome] = {}
    for row in rows(chart):
        if row.event not in FAULTS:
            sends.setdefault(row.state, {})[row.event] = row.outcomes[0]
        elif row.outcomes:
            faults[row.state, row.event] = row.outcomes[0]
    return Asker(
        name=called(chart.spec),
        role=chart.spec.machine.role.name,
        initial=initial(chart),
        sends=sends,
        faults=faults,
        finals=_finals(chart),
        answered=_answered(chart),
        waits=frozenset(state for state in sends if _deadlines(chart, state)[1]),
    )


def answerer(chart: "Chart") -> Answerer:
    """A machine that answers, as a table."""
    table = rows(chart)
    return Answerer(
        name=called(chart.spec),
        role=chart.spec.machine.role.name,
        initial=initial(chart),
        rows={(row.state, row.event): row.outcomes for row in table if row.outcomes},
        late={(row.state, row.event): row.outcomes[0] for row in linger_rows(chart)},
        unless=_unless(chart),
        finals=_finals(chart),
        waits={row.state: _deadlines(chart, row.state) for row in table},
        payloads=frozenset(m.name for m in receivable(chart) if m.payload is not None),
        answered=_answered(chart),
    )


def _finals(chart: "Chart") -> "Mapping[str, FinalKind]":
    found: dict[str, FinalKind] = {}
    for name in finals(chart):
        kind = chart.nodes[name].state.final
        if kind is not None:
            found[name] = kind
    return found


def _answered(chart: "Chart") -> frozenset[str]:
    return frozenset(message.name for message in chart.messages.values() if message.replied)


def _unless(chart: "Chart") -> "Mapping[str, frozenset[str]]":
    lingers = {name: chart.nodes[name].state.linger for name in finals(chart)}
    return {
        name: frozenset(cause.name for cause in linger.unless)
        for name, linger in lingers.items()
        if linger is not None
    }


def _deadlines(chart: "Chart", state: str) -> tuple[bool, bool]:
    found = ending(chart, state, "idle")
    if found is None or not isinstance(found[1], Idle):
        return False, False
    return found[1].between_messages is not None, found[1].after is not None


def any_asker(chart: "Chart") -> Asker:
    """Somebody who sends the machine of a chart whatever it may be sent, in any order."""
    wire = chart.spec.wire
    role = next(role.name for role in (wire.client, wire.server) if role.name != _role(chart))
    sent = [message.name for message in receivable(chart)]
    ends: tuple[Kind, ...] = ("handler_error", "eof", "idle", "lost")
    stays: tuple[Kind, ...] = ("refused", "malformed")
    faults = [_plain(chart, kind, GONE, None) for kind in ends]
    faults += [_plain(chart, kind, ANYBODY, None) for kind in stays]
    return Asker(
        name=role,
        role=role,
        initial=ANYBODY,
        sends={ANYBODY: {name: _plain(chart, "handled", ANYBODY, None) for name in sent}},
        faults={(ANYBODY, outcome.kind): outcome for outcome in faults},
        finals={GONE: "failure"},
        answered=_answered(chart),
        waits=frozenset({ANYBODY}),
        anybody=True,
    )


def any_answerer(chart: "Chart") -> Answerer:
    """Somebody who accepts or refuses whatever the machine of a chart asks."""
    wire = chart.spec.wire
    role = next(role.name for role in (wire.client, wire.server) if role.name != _role(chart))
    answered = _answered(chart)
    ends: tuple[Kind, ...] = ("eof", "idle")
    table: dict[tuple[str, str], tuple[Outcome, ...]] = {
        (ANYBODY, kind): (_plain(chart, kind, GONE, None),) for kind in ends
    }
    for message in receivable(chart):
        accept, refuse = (wire.accept.name, wire.refuse.name) if message.replied else (None, None)
        table[ANYBODY, message.name] = (
            _plain(chart, "handled", ANYBODY, accept),
            _plain(chart, "refused", ANYBODY, refuse),
        )
    return Answerer(
        name=role,
        role=role,
        initial=ANYBODY,
        rows=table,
        late={},
        unless={},
        finals={GONE: "failure"},
        waits={ANYBODY: (True, True)},
        payloads=frozenset(),
        answered=answered,
        anybody=True,
    )


def _role(chart: "Chart") -> str:
    return chart.spec.machine.role.name


def _plain(chart: "Chart", kind: "Kind", target: str, reply: str | None) -> Outcome:
    return Outcome(
        kind=kind,
        guards=(),
        target=target,
        reply=reply,
        cause=None,
        set=(),
        put=(),
        owner=target,
        element="",
        doc="",
        span=chart.spec.span,
    )
