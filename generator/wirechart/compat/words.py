"""Conditions and proofs in words. Knows troubles; finds none."""

from typing import TYPE_CHECKING

from wirechart.record import record
from wirechart.targets.wording import condition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wirechart.compat.conversation import Talk
    from wirechart.compat.lanes import Lane
    from wirechart.compat.troubles import Trouble


@record
class Exchange:
    """A request and what came of it, as the asker and the answerer each call it."""

    connection: str  # empty: the first
    by_sender: bool  # who asks
    message: str
    taken: str  # the answerer's message, or one of NO_MESSAGE; empty: nobody took it
    reply: str  # empty: none
    fails: bool  # the answerer's handler fails, or it finds the message malformed


@record
class Proof:
    """The shortest way to something that goes wrong."""

    exchanges: tuple[Exchange, ...]
    why: str  # what then goes wrong


def proof(lane: "Lane", talk: "Talk", trouble: "Trouble") -> Proof:
    """A trouble as one tells it."""
    return Proof(tuple(_exchanges(lane, talk, trouble)), _why(talk, trouble))


def _exchanges(lane: "Lane", talk: "Talk", trouble: "Trouble") -> "Iterator[Exchange]":
    message, where = "", lane.name if lane.further else ""
    taken, reply, fails = "", "", False
    for step in trouble.way:
        move = step.move
        if move.kind == "sends":
            if message:
                yield Exchange(where, talk.sender_asks, message, taken, reply, fails)
            message, taken, reply, fails = move.message, "", "", False
        elif move.kind in ("takes", "answers late"):
            fails = bool(move.fault)
            taken = talk.readings[message].event if fails else move.event
            reply = move.reply if talk.readings[message].framed else ""
    yield Exchange(where, talk.sender_asks, message, taken, reply, fails)


def _why(talk: "Talk", trouble: "Trouble") -> str:
    asker, answerer = ("sender", "receiver") if talk.sender_asks else ("receiver", "sender")
    move, now = trouble.last.move, trouble.situations[-1]
    asked = f"`{trouble.message}`"
    meant = f"the {answerer} takes {asked} for `{trouble.event}`"
    match trouble.kind:
        case "refused" | "guarded":
            read = talk.readings[trouble.message]
            does = "refuses" if read.framed else "cannot read"
            said = f"the {answerer} {does} {asked} in `{now.answerer}`"
            said += f": {read.why}" if read.why else ""
            goes_on = move.outcome and move.outcome.target not in talk.pair.answerer.finals
            left = "and reads its payload as the next request" if goes_on else "its payload unread"
            return f"{said}, {left}" if trouble.unread else said
        case "unanswered":
            return f"{meant} and does not answer: the {asker} waits for ever"
        case "misheard" if now.asked:
            return f"{asked} is answered `{now.carried}`, and the {asker} hears no acceptance"
        case "misheard":
            end = f" and ends in `{now.answerer}`" if now.answerer_over else ""
            return f"{meant}{end}; its `{now.carried}` comes unasked"
        case "unheard":
            return f"the {answerer} has ended in `{now.answerer}`, and nobody takes {asked}"
        case "apart":
            ends = move.outcome.target if move.outcome else now.answerer
            return f"the {asker} ends in `{now.asker}`, and the {answerer} in `{ends}`"


def only_if(lane: "Lane", trouble: "Trouble") -> str:
    """What must hold of a message that is handled only sometimes."""
    guards = (condition(outcome.guards) for outcome in trouble.handled)
    wanted = " or ".join(dict.fromkeys(f"`{guard}`" for guard in guards))
    return f"`{trouble.message}` in `{trouble.answerer}` only with {wanted}{shown_in(lane)}"


def shown_in(lane: "Lane") -> str:
    """On which connection, where that is not the first."""
    return f" on `{lane.name}`" if lane.further else ""


def listed(names: "Iterable[str]") -> str:
    """`A`, `B` and `C`."""
    every = [f"`{name}`" for name in names]
    return " and ".join([", ".join(every[:-1]), every[-1]] if len(every) > 1 else every)
