"""Scenarios: sessions walked through every machine of a spec at once. Knows no output."""

from typing import TYPE_CHECKING

from wirechart.chart import build, connection, finals, initial, is_first, nearest, views
from wirechart.decisions import rows
from wirechart.record import record, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wirechart.chart import Chart
    from wirechart.decisions import Outcome
    from wirechart.model import Scenario, Spec, Step


@record
class Move:
    """What a step, or the end of the stream behind it, does to one machine."""

    machine: str  # empty: the protocol's own
    role: str
    before: str
    after: str
    ended: bool
    left: bool = False  # not by the step: behind it the asker leaves


@record
class Stage:
    """A step that all machines on its connection allow."""

    step: "Step"
    connection: str  # empty: the only one
    asker: str  # the role that sends the request
    answerer: str
    reply: str | None  # None: there is none
    moves: tuple[Move, ...]


@record
class Stuck:
    """Where a scenario does not go on."""

    step: "Step | None"  # None: all steps were taken, and a machine still waits
    why: str
    path: tuple[str, ...]  # the steps before, as evidence


class _Actor:
    """A machine on its way through a scenario."""

    def __init__(self, spec: "Spec") -> None:
        self.chart: Chart = build(spec)
        kind = connection(spec)
        self.name = spec.machine.name
        self.role = spec.machine.role.name
        self.connection = kind.name if kind else ""
        self.first = kind is None or is_first(kind)
        table = rows(self.chart)
        self.table = {(row.state, row.event): row.outcomes for row in table}
        self.begin()

    def begin(self) -> None:
        """Be where a session begins."""
        self.state = initial(self.chart)

    def take(self, message: str) -> "Outcome | None":
        """Go on by a message; None: it is not taken here."""
        outcomes = self.table.get((self.state, message), ())
        taken = next((outcome for outcome in outcomes if outcome.kind == "handled"), None)
        if taken is not None:
            self.state = taken.target
        return taken

    @property
    def ended(self) -> bool:
        return self.state in finals(self.chart)

    def leave(self) -> "Move | None":
        """Where it ends when the asker leaves between two messages; None: that is no success."""
        outcomes = self.table.get((self.state, "eof"), ())
        target = outcomes[0].target if outcomes else self.state
        if self.ended or self.chart.nodes[target].state.final != "success":
            return None
        before, self.state = self.state, target
        return Move(self.name, self.role, before, target, ended=True, left=True)


def walks(spec: "Spec") -> "tuple[tuple[Scenario, tuple[Stage, ...] | Stuck], ...]":
    """Each scenario with its stages, all its requests accepted; or why there are none."""
    if not spec.scenarios:
        return ()
    actors = [_Actor(view) for view in views(spec)]
    return tuple((scenario, _walked(spec, actors, scenario)) for scenario in spec.scenarios)


def _walked(spec: "Spec", actors: list[_Actor], scenario: "Scenario") -> tuple[Stage, ...] | Stuck:
    for actor in actors:
        actor.begin()
    names = {actor.connection for actor in actors}
    first = next(actor.connection for actor in actors if actor.first)
    done: list[Stage] = []
    for step in scenario.steps:
        where = step.connection.name if step.connection else first
        found = _stage(spec, actors, step, nearest(where, names) or where)
        if isinstance(found, str):
            return Stuck(step, found, _path(done))
        done.append(found)
    leaving = [move for actor in actors if actor.first and (move := actor.leave())]
    if leaving:
        done[-1] = replace(done[-1], moves=(*done[-1].moves, *leaving))
    waiting = [actor for actor in actors if actor.first and not actor.ended]
    if waiting:
        return Stuck(None, f"{_called(waiting[0])} waits in `{waiting[0].state}`", _path(done))
    return tuple(done)


def _stage(spec: "Spec", actors: list[_Actor], step: "Step", where: str) -> Stage | str:
    kinds = {kind.name: kind for kind in spec.connections}
    kind = kinds.get(where)
    asker = (kind.asker or kind.opener).name if kind else spec.wire.client.name
    roles = (spec.wire.client.name, spec.wire.server.name)
    moves: list[Move] = []
    reply = None
    for actor in actors:
        if actor.connection != where:
            continue
        before = actor.state
        taken = actor.take(step.message.name)
        if taken is None:
            verb = "does not send" if actor.role == asker else "does not take"
            return f"{_called(actor)} {verb} it in `{before}`"
        reply = taken.reply
        moves.append(Move(actor.name, actor.role, before, actor.state, actor.ended))
    if not moves:
        return f"no machine is on the connection `{where}`"
    answerer = next((role for role in roles if role != asker), asker)
    return Stage(step, where, asker, answerer, reply, tuple(moves))


def _called(actor: _Actor) -> str:
    return f"`{actor.name}`" if actor.name else f"`{actor.role}`"


def _path(done: "list[Stage]") -> tuple[str, ...]:
    if not done:
        return ()
    return (" ".join(f"{stage.step.message.name} →" for stage in done) + " ?",)


def drawn(spec: "Spec") -> "Mapping[str, tuple[Stage, ...]]":
    """Every scenario of a spec without errors, by name."""
    found = walks(spec)
    return {scenario.name: walk for scenario, walk in found if not isinstance(walk, Stuck)}
