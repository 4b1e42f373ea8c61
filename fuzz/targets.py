"""What a case is about: its first byte says it, the rest is for whom it names."""

from typing import Final

from fuzz import askers, payloads, receivers, scripts, verdicts
from fuzz.edges import RECEIVER
from fuzz.smaller import smaller
from fuzz.source import Source

_NAMES: Final = ("a receiver", "an asker", "a JSON text", "a table")


def verify(data: bytes) -> None:
    """Play a case and judge what comes of it.

    Raises:
        Violation: an invariant does not hold.
    """
    source = Source(data)
    target = source.number(1) % 4
    with smaller():
        _VERIFIED[target](source)


def shown(data: bytes) -> str:
    """A case in words, as far as it is a script of a peer; else its bytes."""
    source = Source(data)
    target = source.number(1) % 4
    if target != RECEIVER:
        return f"{_NAMES[target]}: {source.rest()!r:.2000}"
    case = scripts.read(source)
    role = receivers.ROLES[case.receiver % len(receivers.ROLES)]
    trick = f"trick {case.trick} at call {case.call}" if case.trick else "right handlers"
    lines = (f"{step!r:.2000}" for step in case.steps)
    return "\n  ".join((f"{role.name}, state {case.begin % len(role.states)}, {trick}", *lines))


def _verify_receiver(source: Source) -> None:
    case = scripts.read(source)
    verdicts.verify(receivers.ROLES[case.receiver % len(receivers.ROLES)], case)


_VERIFIED: Final = (
    _verify_receiver,
    askers.verify,
    payloads.verify_text,
    payloads.verify_table,
)
