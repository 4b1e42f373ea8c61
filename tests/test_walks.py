"""Every way that a search finds is a walk of both charts in python-statemachine.

Those are built from the tree of states, and know nothing of the tables that are searched.
"""

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

import doors
from random_specs import read
from test_spin import ROOMS, SECRET
from wirechart.chart import asks, build, connection, views
from wirechart.composition.connection import Graph, Step, explore
from wirechart.composition.system import Kind, kinds
from wirechart.targets import statemachine

if TYPE_CHECKING:
    from wirechart.model import Spec
    from wirechart.targets.statemachine import StateChart

ROOT = Path(__file__).parent.parent
FLAGSHIP = (ROOT / "spec/ch-migration.yaml").read_text()
# What lets every guard of the flagship hold, and what lets none.
GOOD = (SimpleNamespace(version=0, slot=7), SimpleNamespace(memory_fds={}))
BAD = (SimpleNamespace(version=9, slot=7), SimpleNamespace(memory_fds={7: 0}))
CONTEXT = SimpleNamespace()


def charts(spec: "Spec", kind: Kind) -> dict[str, "type[StateChart]"]:
    """The chart of each machine on a kind of connection, by the side it is on."""
    found: dict[str, type[StateChart]] = {}
    for view in views(spec):
        where = connection(view)
        if (where.name if where else "") == kind.name:
            side = "asker" if asks(view) else "answerer"
            found[side] = statemachine.chart_class(build(view))
    return found


def event(step: Step) -> str:
    """What the chart of who moves is sent; empty: nothing."""
    move = step.move
    if move.outcome is None:
        return ""
    asked = move.kind == "hears" and move.heard == "accepted"
    decided = move.kind == "takes" and move.outcome.kind in ("handled", "refused")
    if asked or decided:
        return statemachine.event(move.message)
    if move.kind == "answers late":
        return ""
    if move.kind == "sends":
        return statemachine.event(move.message) if move.outcome.kind == "handled" else ""
    return f"fault_{move.outcome.kind}"


def parted(graph: Graph, made: "dict[str, type[StateChart]]") -> list[str]:
    """The situations in which the charts are in other states than the search says."""
    wrong: list[str] = []
    for number, now in enumerate(graph.situations):
        machines = {side: chart() for side, chart in made.items()}
        for step in graph.way(number):
            waits = step.move.kind == "sends" and step.move.message in graph.pair.asker.answered
            name = "" if waits else event(step)
            if name and step.move.by in machines:
                decided = step.move.outcome
                seen = BAD if decided is not None and decided.kind == "refused" else GOOD
                statemachine.happened(machines[step.move.by], name, *seen, CONTEXT)
        states = {"asker": now.asker, "answerer": now.answerer}
        for side, machine in machines.items():
            (leaf,) = (state.id for state in machine.configuration if state.is_atomic)
            if now.asker and leaf != states[side]:
                wrong.append(f"{side} is in {leaf}, not in {states[side]}")
    return wrong


@pytest.mark.parametrize(
    "text",
    [doors.DOOR, doors.UNHANDLED, doors.UNCONSUMED, doors.STUCK, SECRET, ROOMS, FLAGSHIP],
    ids=["door", "unhandled", "unconsumed", "stuck", "secret", "rooms", "flagship"],
)
def test_every_way_is_a_walk_of_both_charts(text: str) -> None:
    spec = read(text)

    wrong = [
        problem
        for kind in kinds(spec)
        for problem in parted(explore(kind.pair), charts(spec, kind))
    ]

    assert wrong == []
