"""A fork of Cloud Hypervisor sends command 8 as a sign of life: without a reply, in any state.

Upstream's 8 is CompletePaused, and comes after State only. So the dialect is taken when asked for.
"""

from dataclasses import replace
from typing import TypeVar

from ch_migration import Code, CompletePaused
from ch_migration.receiver import MACHINE
from ch_migration.runtime import Machine, Row, handled

from .store import Store

S = TypeVar("S")


def keep_alive_machine() -> Machine:
    """The generated machine, in which 8 is a sign of life."""
    code = Code.CompletePaused
    layout = replace(MACHINE.layouts[code], answered=False)
    table = {
        state: replace(rules, rows={**rules.rows, int(code): (_stays(state),)})
        for state, rules in MACHINE.table.items()
    }
    return replace(MACHINE, layouts={**MACHINE.layouts, code: layout}, table=table)


def _stays(state: type[object]) -> Row:
    return handled(Code.CompletePaused, "keep_alive", state, None, at="KeepAlive")


class PatientStore(Store):
    """Knows the sign of life."""

    def keep_alive(self, state: S, message: CompletePaused) -> S:
        """The source is still there."""
        del message
        return state
