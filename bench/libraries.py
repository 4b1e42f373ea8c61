"""The flagship's machine in two well-known libraries: events only, no bytes, no payloads."""

from typing import TYPE_CHECKING

from transitions import Machine

from ch_migration import messages
from ch_migration.chart import ChMigrationChart

if TYPE_CHECKING:
    from collections.abc import Callable

EVENTS = ("Start", "Config", "State", "Complete")
STATEMACHINE_EVENTS = ("message_start", "message_config", "message_state", "message_complete")


class Model:
    """What `transitions` adds its triggers to."""

    trigger: "Callable[[str], bool]"


def with_transitions() -> "Callable[[], None]":
    """One session: a new machine is not counted, so it is reset instead."""
    model = Model()
    machine = Machine(
        model,
        states=[
            "Established",
            "Started",
            "MemoryFdsReceived",
            "Configured",
            "StateReceived",
            "Completed",
            "Aborted",
        ],
        initial="Established",
        transitions=[
            ["Start", "Established", "Started"],
            ["MemoryFd", ["Started", "MemoryFdsReceived"], "MemoryFdsReceived"],
            ["Config", ["Started", "MemoryFdsReceived"], "Configured"],
            ["Memory", "Configured", "Configured"],
            ["State", "Configured", "StateReceived"],
            ["Complete", "StateReceived", "Completed"],
        ],
    )

    def session() -> None:
        machine.set_state("Established")
        for event in EVENTS:
            model.trigger(event)

    return session


def with_statemachine(sessions: int) -> "Callable[[], None]":
    """One session of the chart that wirechart emits for python-statemachine; made beforehand."""
    charts = iter([ChMigrationChart() for _ in range(sessions)])
    start = messages.Start(0)

    def session() -> None:
        chart = next(charts)
        for event in STATEMACHINE_EVENTS:
            # The library types its keyword arguments by halves.
            chart.send(event, message=start, data=None, context=None)  # pyright: ignore[reportUnknownMemberType]  # as said

    return session
