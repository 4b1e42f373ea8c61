"""What one side makes of what the other sends. Knows neither machines nor bytes.

Within a spec that is a matter of names. Between two specs it is a matter of bytes, and `Relation`
is where whoever can compare bytes says what comes of it.
"""

from typing import TYPE_CHECKING, Literal

from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Callable

Heard = Literal["accepted", "refused", "malformed", "lost"]


@record
class Arrival:
    """One way in which the answerer may understand a request."""

    event: str  # a message of the answerer's spec; "refused" or "malformed": it is none
    why: str = ""  # on what that depends, or why it is no message; empty: nothing to say


@record
class Relation:
    """How two machines understand each other; pure functions of names."""

    # The asker's message -> every way in which it may arrive. Never empty.
    arrives: "Callable[[str], tuple[Arrival, ...]]"
    # The asker's message ("" when it waits for no reply) and the answerer's reply -> what the asker
    # takes it for: a row of its faults, or "accepted".
    returns: "Callable[[str, str], Heard]"
    opens: bool = True  # False: the answerer closes the connection at its first bytes


def same(accept: str) -> Relation:
    """Two machines of one spec, in which `accept` is the reply that accepts."""

    def arrives(message: str) -> tuple[Arrival, ...]:
        return (Arrival(message),)

    def returns(message: str, reply: str) -> Heard:
        if not message:
            return "lost"
        return "accepted" if reply == accept else "refused"

    return Relation(arrives, returns)
