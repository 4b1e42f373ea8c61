"""Breaks for people: where, what, whom, and the shortest sequence that shows it."""

from typing import TYPE_CHECKING

from wirechart.breaking.verdict import WORDS
from wirechart.record import replace
from wirechart.report import as_text
from wirechart.report.breaking import counts, report, sentence
from wirechart.report.excerpt import clean, columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.breaking.verdict import Break, Witness
    from wirechart.report.breaking import Compared, Result

MOST = 20  # breaks of one family that are shown of a protocol


def render(result: "Result", colored: bool = False) -> str:
    """Every protocol, its breaks and its verdict; then one line that counts all."""
    blocks = [block for one in result.compared for block in _blocks(one, colored)]
    if result.entries is not None:
        blocks.append(as_text.render((result.entries,), colored).rpartition("\n\n")[0])
    return "\n\n".join([*blocks, _summary(result)]) + "\n"


def _blocks(one: "Compared", colored: bool) -> "Iterator[str]":
    shown: dict[str, int] = {}
    for each in one.verdict.breaks:
        shown[each.family] = shown.get(each.family, 0) + 1
        if shown[each.family] <= MOST:
            alone = report(one, replace(each, witness=None))
            yield "\n".join((as_text.block(alone, colored), *_lines(each)))
    for family, count in shown.items():
        if count > MOST:
            yield f"{count - MOST} more breaks of {family}; --format json has all"
    for ignored in one.ignored:
        entry = ignored.entry
        yield f"ignored: {entry.code} at {entry.element}: {clean(entry.reason)}"
    yield f"{one.protocol}: {sentence(one)}"


def _lines(each: "Break") -> "Iterator[str]":
    yield f"  = element: {each.problem.element}"
    if each.witness is not None:
        yield from _sequence(each.witness)


def _sequence(witness: "Witness") -> "Iterator[str]":
    """The sender at the left, what each receiver does at the right."""
    yield f"  = shortest sequence, {WORDS[witness.direction]}:"
    rows = [(clean(e.event), clean(e.old), clean(e.new)) for e in witness.exchanges]
    head = witness.sender, f"old {witness.receiver}", f"new {witness.receiver}"
    widths = [max(columns(row[at]) for row in (head, *rows)) for at in (0, 1)]
    yield f"      {_pad(head[0], widths[0])}       {_pad(head[1], widths[1])}   {head[2]}"
    for number, (event, old, new) in enumerate(rows, 1):
        differs = "   <-- differs" if number == len(rows) else ""
        arrow = "-->" if witness.exchanges[number - 1].is_message else "   "
        yield f"      {_pad(event, widths[0])}  {arrow}  {_pad(old, widths[1])}   {new}{differs}"


def _pad(text: str, width: int) -> str:
    return text + " " * (width - columns(text))


def _summary(result: "Result") -> str:
    said = [
        f"{count} {level}{'s' if count > 1 else ''}"
        for level, count in counts(result).items()
        if count
    ]
    return f"{', '.join(said)} in {_protocols(result)}" if said else "nothing breaks"


def _protocols(result: "Result") -> str:
    found = [one for one in result.compared if one.verdict.breaks]
    return found[0].protocol if len(found) == 1 else f"{len(found)} protocols"
