"""Situations of one connection and the moves between them, as records. Makes none of them.

A connection carries one request at a time, and its reply. As the runtime has it:

- The asker sends what its row has, and waits; without a reply to come it goes on at once.
- The answerer takes a request by any outcome of its row: whether a guard holds is left open.
- Who ends closes. The other one sees that once the line is empty, or behind a late answer.
- An asker may leave between two requests. That is as good as any other end where the answerer's
  `on_eof` leads to a success, and a fault elsewhere.

Faults, each of which can be left out:

- `refusal`: a message that could be taken is malformed, or its handler fails.
- `loss`: the connection breaks, and what is under way is lost, as a whole or behind a part of it.
- `partition`: a host dies, or the network is cut: on no connection anything arrives any more, and
  no end of stream. Only deadlines tell a side so, and those belong to the protocol.
- `silence`: a deadline passes, though the peer is alive.
- `leaving`: the asker gives up, between two requests or within one.
"""

from typing import TYPE_CHECKING, Literal, NamedTuple

from wirechart.composition.relation import Relation
from wirechart.composition.sides import Answerer, Asker
from wirechart.record import record

if TYPE_CHECKING:
    from wirechart.decisions import Outcome

FAULTS = ("refusal", "loss", "partition", "silence", "leaving")

Kind = Literal[
    "opens",
    "sends",
    "takes",  # a request; `outcome` says what becomes of it
    "answers late",  # the answerer has ended, and lingers
    "hears",  # the asker gets the reply; `heard` says what it makes of it
    "sees the end",
    "leaves",
    "waits in vain",  # a deadline passes
    "breaks",  # the connection, between two messages or with one under way
    "breaks inside",  # the connection, behind a part of a request
    "partitions",  # the network; nobody sees it
    "is closed",  # a further connection, since the machine on the first one has ended
]
Who = Literal["asker", "answerer", "line"]
IN_PART = "it did not leave as a whole"
# How a machine came to its end. "": it has not.
#   asker:    accepted, failed, doubt (what it asked may have been done), left
#   answerer: handled, refused, failed (a fault), closed (it never understood the connection)
Over = str
Broken = Literal["", "lost", "cut", "partition"]  # "cut": behind a part of a request


class Situation(NamedTuple):
    """Where both ends of a connection are, and what is between them. A tuple: quick to hash."""

    asker: str  # its state; "": the connection is not open yet
    asked: str  # the message whose reply it waits for; "": none
    asker_over: Over
    answerer: str
    answerer_over: Over
    lingers: bool  # the answerer has ended, and may still answer a late message
    line: Literal["", "request", "reply"]
    carried: str  # the message, or the reply, on the line
    broken: Broken

    @property
    def over(self) -> bool:
        """Both have ended."""
        return bool(self.asker_over and self.answerer_over)


UNOPENED = Situation("", "", "", "", "", False, "", "", "")


@record
class Pair:
    """Two machines and what they make of each other."""

    asker: Asker
    answerer: Answerer
    relation: Relation


@record
class Move:
    """Something that happens on a connection."""

    kind: Kind
    by: Who
    message: str = ""  # what is asked, by the asker's name for it
    reply: str = ""  # what is answered; empty: nothing
    event: str = ""  # what the answerer takes the message for
    heard: str = ""  # what the asker takes the reply for
    why: str = ""  # what it depends on beside guards
    outcome: "Outcome | None" = None  # what the one who moves makes of it; None: it stays
    fault: str = ""  # one of FAULTS; empty: it belongs to the protocol
    flaw: Literal["", "reception", "consumption"] = ""


Next = tuple[Move, Situation]


def opened(pair: Pair) -> Situation:
    """A connection whose first bytes have arrived."""
    over = "" if pair.relation.opens else "closed"
    return Situation(pair.asker.initial, "", "", pair.answerer.initial, over, False, "", "", "")
