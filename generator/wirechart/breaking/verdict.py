"""What comes of a comparison: breaks, their witnesses, and the verdict. Judges nothing."""

from typing import TYPE_CHECKING, Literal

from wirechart.diagnostics import Severity
from wirechart.record import field, record

if TYPE_CHECKING:
    from wirechart.cases.scripts import Steps
    from wirechart.cases.values import Value
    from wirechart.chart import Chart
    from wirechart.diagnostics import Span

Direction = Literal["old-to-new", "new-to-old"]  # of a sender, to a receiver
DIRECTIONS: tuple[Direction, Direction] = ("old-to-new", "new-to-old")
WORDS: "dict[Direction, str]" = {
    "old-to-new": "old sender → new receiver",
    "new-to-old": "new sender → old receiver",
}


@record
class Problem:
    """What a rule found: a Break without the rule's code and level."""

    element: str  # where in the spec: `messages.Hello.code`
    message: str
    directions: tuple[Direction, ...] = ()  # that break; empty: not a matter of peers
    old: "Span | None" = None  # None: there is nothing of it in the old spec
    new: "Span | None" = None
    help: str = ""
    about: tuple[str, ...] = ()  # what witnesses show it: `message 3`, `reply Error`, `frames`


@record
class Exchange:
    """One step of a witness, in words."""

    event: str  # `Hello (version 1)`, `end of stream`
    is_message: bool
    old: str  # what the old receiver does: `Ok, Ready`
    new: str


@record
class Proof:
    """What tells the two receivers apart where a peer sees no difference: of the old one."""

    what: Literal["ends", "holds", "cause"]
    value: "str | bool | int"  # success, failure, running; what a field holds; the cause's name
    name: str = ""  # of the field


@record
class Witness:
    """The shortest sequence that shows a break."""

    direction: Direction
    sender: str  # the role that sends
    receiver: str  # the role whose two receivers differ
    exchanges: tuple[Exchange, ...]  # the last one differs
    chart: "Chart" = field(compare=False, repr=False)  # of the old receiver, for names
    steps: "Steps" = field(compare=False, repr=False)  # with what the old receiver answers
    context: "tuple[tuple[str, Value], ...]" = field(default=(), compare=False, repr=False)
    fails: tuple[int, ...] = ()  # the calls of handlers that raise, by number from 1
    proof: "Proof | None" = None  # None: replies and the end of the connection tell them apart


@record
class Break:
    """One cause, said once."""

    code: str
    level: Severity
    family: str
    problem: Problem
    witness: Witness | None = None  # None: the cause is seen in the specs alone
    foreign: bool = False  # only a sender that does not keep to its own spec sees it


Equality = Literal["proven", "different", "unknown"]


@record
class Verdict:
    """All that the comparison of two specs gives."""

    breaks: tuple[Break, ...]
    equality: Equality  # of what peers can see: proven is never said of what was only searched
    pairs: int  # of situations that were looked at
    unsearched: int = 0  # differences behind a break, which no search gets to


def worst(breaks: tuple[Break, ...]) -> Severity | None:
    """The worst level; None: nothing breaks."""
    order = list(Severity)
    return min((each.level for each in breaks), key=order.index, default=None)
