"""The flagship's machine in two well-known libraries: events only, no bytes, no payloads."""

from typing import TYPE_CHECKING

from transitions import Machine

if TYPE_CHECKING:
    from collections.abc import Callable

EVENTS = ("Start", "Config", "Memory", "Memory", "Memory", "State", "Complete")


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
