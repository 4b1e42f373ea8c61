"""Cases as data: what a peer does, and what must come of it. Knows no chart and no package.

The generated tests print them, and `wirechart mutate` runs what is printed.
"""

from typing import TYPE_CHECKING

from wirechart.record import record

if TYPE_CHECKING:
    from wirechart.cases.values import Built, Value
    from wirechart.samples import Request


PACE = 0.125  # seconds before every step


@record
class Sent:
    """At the usual pace a request arrives: all of it, or as many bytes as `cut` says."""

    request: "Request"
    reply: bytes
    cut: int | None = None
    closes: bool = False  # nothing is answered any more: the stream is to be closed


@record
class Counted:
    """As often as `count` says, at the usual pace: a request with a field that counts."""

    request: "Request"  # with `first` in its field
    reply: bytes  # to each
    offset: int  # of the field
    size: int
    count: int
    first: int = 1


@record
class Ended:
    """At the usual pace the stream ends."""

    reply: bytes = b""
    closes: bool = True


@record
class Waited:
    """Nothing comes for so many seconds."""

    seconds: float
    reply: bytes = b""
    closes: bool = False


Step = Sent | Counted | Ended | Waited
Steps = tuple[Step, ...]


@record
class Case:
    """A white-box case: from a state, some steps, to a state."""

    state: str  # with `event`, the row that it is about
    event: str
    name: str
    context: "tuple[tuple[str, Value], ...]"
    before: "Built"
    steps: Steps
    after: "Built"
    calls: tuple[str, ...] = ()
    failing: bool = False  # every handler raises
    deadline: float | None = None  # seconds after the beginning; None: none


@record
class Suite:
    """Cases, and what they do not show, in words."""

    cases: tuple[Case, ...]
    gaps: tuple[str, ...]


@record
class Spot:
    """A situation that a peer can tell from others: how to get there, how it shows."""

    name: str
    context: "tuple[tuple[str, Value], ...]"
    behind: str  # another spot; empty: the beginning
    path: Steps  # from there
    probes: tuple[Steps, ...]  # what tells it from all others


@record
class Move:
    """One more thing that happens in a spot, and the spot that follows."""

    spot: str
    name: str
    steps: Steps
    leads_to: str


@record
class WireSuite:
    """Every move from every spot, each followed by every probe of the spot it leads to."""

    spots: tuple[Spot, ...]
    moves: tuple[Move, ...]
    gaps: tuple[str, ...]
