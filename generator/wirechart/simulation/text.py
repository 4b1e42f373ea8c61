"""What a simulation says beside its steps: the state, and what would happen. Decides nothing."""

from typing import TYPE_CHECKING

from wirechart import layout
from wirechart.chart import asks, receivable
from wirechart.decisions import faults
from wirechart.simulation.values import given
from wirechart.targets.wording import condition

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wirechart.chart import Chart
    from wirechart.decisions import Outcome
    from wirechart.model import Message

    Table = Mapping[tuple[str, str], tuple[Outcome, ...]]

HELP = (
    "MESSAGE field=value …    a message of the peer; fields that are not given are 0",
    "malformed MESSAGE        the same with a wrong payload",
    "fail MESSAGE field=…     the same, and its handler fails",
    "unknown                  a request with an unknown code",
    "eof · idle · lost        the stream ends · the peer is silent · framing is lost",
    "cut                      the stream ends inside a message, where that is another matter",
    "context name=value       what was negotiated before the machine began",
    "state · undo · quit      where it is · one step back · leave",
    "help · help MESSAGE      this · what the message has, and where it is handled",
)
# What to type for what happens to a message.
TYPED = {"refused": "unknown", "malformed": "malformed MESSAGE", "handler_error": "fail MESSAGE"}
EVENT, WAY = 34, 30  # characters of the columns


def situation(
    chart: "Chart", table: "Table", state: str, held: "Mapping[str, object]"
) -> "Iterator[str]":
    """A running state, what it holds, and one line for everything that may happen in it."""
    yield state
    for name, value in held.items():
        yield f"  holds {name}: {value}"
    refused: list[str] = []
    usual = _way(*table[state, "refused"][:1])
    for message in receivable(chart):
        outcomes = table.get((state, message.name), ())
        named = [o for o in outcomes if o.guards or o.kind == "handled"]
        shown = typed(chart, message)
        for outcome in named:
            guard = condition(outcome.guards)
            yield _line(shown, _way(outcome), f"if {guard}" if guard else "")
        if not named:
            refused.append(message.name)
    if refused and not asks(chart.spec):
        yield _line("any other message", usual, ", ".join(refused))
    for fault in faults(chart):
        for outcome in table.get((state, fault), ()):
            yield _line(TYPED.get(fault, fault), _way(outcome), "")


def typed(chart: "Chart", message: "Message") -> str:
    """A message with the fields that can be typed in."""
    fields = [name for name, type_ in layout.attributes(chart.spec, message) if given(type_)]
    return " ".join((message.name, *(f"{name}=…" for name in fields)))


def about(chart: "Chart", table: "Table", message: "Message") -> "Iterator[str]":
    """What a message has, and where it is handled."""
    yield typed(chart, message)
    if message.doc:
        yield f"  {message.doc}"
    for name, type_ in layout.attributes(chart.spec, message):
        yield f"  {name}: {type_}{'' if given(type_) else ', no part of a simulation'}"
    for (state, event), outcomes in table.items():
        for outcome in outcomes if event == message.name else ():
            if outcome.kind == "handled":
                guard = condition(outcome.guards)
                yield _line(f"in {state}", _way(outcome), f"if {guard}" if guard else "")


def ending(
    chart: "Chart", state: str, held: "Mapping[str, object]", closed: bool
) -> "Iterator[str]":
    """A final state: how it ended, and what it still answers."""
    final = chart.nodes[state].state
    parts = ", ".join(f"{name}: {value}" for name, value in held.items())
    yield f"ended in {state}, a {final.final}{f' ({parts})' if parts else ''}"
    if final.linger is not None and not closed:
        answers = ", ".join(
            f"{message.name} → {reply.name}" for message, reply in final.linger.answer
        )
        yield f"lingers and answers: {answers}"


def _way(outcome: "Outcome | None" = None) -> str:
    return "undecided" if outcome is None else f"→ {outcome.target}  {outcome.reply or ''}".rstrip()


def _line(event: str, way: str, note: str) -> str:
    return f"  {event:<{EVENT}} {way:<{WAY}} {note}".rstrip()
