"""What a peer of one side can do, as the receivers of both specs read it. Knows no states.

The bytes are those of the sender's spec. Values are chosen so that the guards of both specs go
every way that a bounded search finds.
"""

from typing import TYPE_CHECKING

from wirechart import layout
from wirechart.breaking.reading import awaited, left_over, read
from wirechart.breaking.structure import Event
from wirechart.cases import reference
from wirechart.cases.explore import Input
from wirechart.cases.explore import react as usual_react
from wirechart.cases.flaws import flaws, limit, longest
from wirechart.cases.guards import compared
from wirechart.cases.wire import name_among
from wirechart.chart import receivable
from wirechart.model import Json, Table
from wirechart.record import record, replace
from wirechart.samples import announcing, lost, request, row, unknown, with_payload

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wirechart.breaking.pairing import Side
    from wirechart.cases.reference import Place, Reaction
    from wirechart.cases.transitions import Start
    from wirechart.model import Message
    from wirechart.samples import Request

if TYPE_CHECKING:
    Starts = Mapping[int, tuple[Start, ...]]  # by the code of their message

SOONEST = 0.001  # seconds


@record
class Both:
    """One thing that a peer does: how its own spec's receiver reads it, and how the other one."""

    mine: Input
    theirs: Input
    events: "frozenset[Event]"  # whose decisions it may need
    failing: bool = False  # the handler raises
    foreign: bool = False  # no sender of that spec says so
    codes: frozenset[int] = frozenset()  # of the message, as both read it
    left: int = 0  # bytes of it that one of them takes for the beginning of what comes next

    @property
    def name(self) -> str:
        """In words."""
        return f"{self.mine.name}, whose handler fails" if self.failing else self.mine.name


def react(side: "Side", place: "Place", item: Input, *, failing: bool = False) -> "Reaction":
    """What one side makes of an input."""
    asked = item.request
    if not item.is_message or asked is None:
        return usual_react(side.machine, place, item)
    waits = not place.ended and not place.swallowing and awaited(side.chart, asked)
    if waits and reference.reads(side.machine, place, asked):
        return reference.Reaction(b"", replace(place, swallowing=True))
    return reference.receive(side.machine, place, asked, failing=failing)


def alphabet(
    mine: "Side", theirs: "Side", alike: frozenset[int], chosen: "tuple[Starts, Starts]"
) -> tuple[Both, ...]:
    """All that a peer can do that keeps to `mine`, then what is wrong; messages first.

    `chosen` are requests with values that guards look at: of the sender's spec, and of the other.
    """
    whole = list(_whole(mine, theirs, chosen))
    found = [*_sent(mine, theirs, whole, alike), *_failing(mine, theirs, whole)]
    found += _ends(mine, theirs, whole)
    known = {item.data for item in whole}
    others = [
        item for item in _whole(theirs, mine, (chosen[1], chosen[0])) if item.data not in known
    ]
    wrong = [*_malformed(mine), *_unknown(mine, theirs), *lost(mine.spec)]
    wrong += [read(mine.chart, item) for item in others]
    found += (
        replace(both_of(mine, theirs, Input(_called(item), item)), foreign=True) for item in wrong
    )
    header = layout.size(layout.request(mine.spec))
    return tuple(both for both in found if both.left < header)


def _called(item: "Request") -> str:
    """A request that is wrong, or has values that its sender never says."""
    fields = ", ".join(f"{name} {value}" for name, value in item.fields)
    named = f"{item.message}, {item.flaw}" if item.flaw else f"{item.message} ({fields})"
    return named if item.message else item.known or item.flaw


def both_of(mine: "Side", theirs: "Side", item: Input, alike: frozenset[int] = frozenset()) -> Both:
    """An input of the sender, as the other receiver reads it, too."""
    asked = item.request
    if asked is None:
        return Both(item, item, _events(item))
    other = read(theirs.chart, asked)
    named = (_code_of(mine, asked), _code_of(theirs, other))
    codes = frozenset(code for code in named if code is not None)
    simple = codes <= alike and not asked.flaw and not other.flaw
    faults = frozenset[Event]() if simple else frozenset[Event]({"refused", "malformed", "lost"})
    events = faults | codes | _events(item)
    left = max(left_over(mine.chart, asked), left_over(theirs.chart, other))
    left = 0 if item.then else left
    return Both(item, replace(item, request=other), events, codes=codes, left=left)


def _code_of(side: "Side", item: "Request") -> int | None:
    return side.chart.messages[item.message].code if item.message else None


def _events(item: Input) -> "frozenset[Event]":
    if item.then == "eof":
        return frozenset({"eof", "cut", "malformed"})
    return frozenset({"idle", "malformed"}) if item.then else frozenset()


def _whole(mine: "Side", theirs: "Side", chosen: "tuple[Starts, Starts]") -> "Iterator[Request]":
    """Requests of the sender's spec that it finds nothing wrong with, by code."""
    found: dict[bytes, Request] = {}
    for message in receivable(mine.chart):
        good = read(mine.chart, request(mine.chart, message))
        found.setdefault(good.data, good)
        for item in _chosen(mine, theirs, message, chosen):
            found.setdefault(item.data, item)
    for item in found.values():
        if not item.flaw:
            yield item


def _chosen(
    mine: "Side", theirs: "Side", message: "Message", chosen: "tuple[Starts, Starts]"
) -> "Iterator[Request]":
    """With the values that guards of both specs look at, and at the edges of its maxima."""
    yield from (start.request for start in chosen[0].get(message.code, ()))
    their = theirs.by_code.get(message.code)
    if their is not None:
        for start in chosen[1].get(message.code, ()):
            yield read(mine.chart, start.request)
        yield from _edges(mine, theirs, message, their)


def _edges(
    mine: "Side", theirs: "Side", message: "Message", other: "Message"
) -> "Iterator[Request]":
    """What is just within the sender's limits, and beyond the receiver's."""
    good = request(mine.chart, message)
    most = longest(mine.chart, message)
    if hasattr(message.payload, "max") and most > longest(theirs.chart, other):
        yield replace(announcing(mine.spec, message, good, most), flaw="")
    if isinstance(message.payload, Json) and message.payload.shape == "any":
        yield with_payload(mine.chart, message, good, b"[]", "")
    if isinstance(message.payload, Table) and isinstance(other.payload, Table):
        for payload in _rows(mine, theirs, message.payload, other.payload):
            made = read(mine.chart, with_payload(mine.chart, message, good, payload, ""))
            if not made.flaw:
                yield made


def _rows(mine: "Side", theirs: "Side", table: Table, other: Table) -> "Iterator[bytes]":
    """Rows at the edges of both checks, and contents beyond a maximum; a payload of each."""
    numbers = {0, 1}
    for side, each in ((mine, table), (theirs, other)):
        if each.check is not None:
            numbers |= set(compared(each.check, side.machine.limits))
        if each.contents is not None:
            numbers.add(limit(side.chart, each.contents.max))
    tried = sorted({n + step for n in numbers for step in (-1, 0, 1)})
    for column in table.columns:
        biggest = (1 << 8 * column.size) - 1
        for value in (*(n for n in tried if 0 <= n <= biggest), biggest):
            yield row(mine.spec, table, 0, {column.name: value})
    for one in table.columns:
        for two in table.columns:
            total = {one.name: max(numbers) // 2, two.name: max(numbers) - max(numbers) // 2}
            if one is not two and all(
                n < 1 << 8 * c.size for c, n in zip((one, two), total.values(), strict=True)
            ):
                yield row(mine.spec, table, 0, total)


def _sent(
    mine: "Side", theirs: "Side", whole: "list[Request]", alike: frozenset[int]
) -> "Iterator[Both]":
    for item in whole:
        only_header = awaited(mine.chart, item) and not item.payload
        name = f"the header of {item.message}" if only_header else name_among(whole, item)
        named = f"{name} of {item.announced} bytes" if only_header else name
        yield both_of(mine, theirs, Input(named, item), alike if item.complete else frozenset())


def _failing(mine: "Side", theirs: "Side", whole: "list[Request]") -> "Iterator[Both]":
    for item in whole:
        if not awaited(mine.chart, item):
            made = both_of(mine, theirs, Input(name_among(whole, item), item))
            yield replace(made, failing=True, events=frozenset({"handler_error"}))


def _malformed(side: "Side") -> "Iterator[Request]":
    """Of each message one that is wrong in itself, and one that is too long."""
    for message in receivable(side.chart):
        wrong = [flaw for flaw in flaws(side.chart, message) if not flaw.early_descriptors]
        yield from [flaw for flaw in wrong if not flaw.too_long][-1:]
        yield from [flaw for flaw in wrong if flaw.too_long][-1:]


def _unknown(mine: "Side", theirs: "Side") -> "Iterator[Request]":
    """Codes that the sender's spec does not know, those of the other one among them."""
    yield from unknown(mine.chart)
    good = request(mine.chart, receivable(mine.chart)[0])
    for code in sorted(theirs.by_code.keys() - mine.by_code.keys()):
        placed = layout.request(mine.spec)
        select = next(p for p in placed if p.field.name == mine.spec.wire.select.name)
        header = bytearray(good.header)
        if code < 1 << 8 * select.size:
            header[select.offset : select.end] = code.to_bytes(
                select.size, mine.spec.wire.byte_order
            )
            yield read(mine.chart, replace(good, header=bytes(header), payload=b"", contents=b""))


def _ends(mine: "Side", theirs: "Side", whole: "list[Request]") -> "Iterator[Both]":
    """The stream ends or is silent: between messages, and inside the first of each kind."""
    yield both_of(mine, theirs, Input("end of stream", then="eof"))
    for seconds in _waits(mine, theirs):
        name = f"{seconds:g} s of silence"
        yield both_of(mine, theirs, Input(name, then="silence", seconds=seconds))
    first: dict[str, Request] = {}
    for item in whole:
        # Who finds it wrong by its header does not wait for the rest.
        other = read(theirs.chart, item)
        if item.payload and item.complete and other.payload and not other.flaw:
            first.setdefault(item.message, item)
    for item in first.values():
        cut = len(item.header)
        ending = Input(f"end of stream inside {item.message}", item, cut, "eof")
        yield both_of(mine, theirs, ending)
        for seconds in _waits(mine, theirs):
            name = f"{seconds:g} s of silence inside {item.message}"
            yield both_of(mine, theirs, Input(name, item, cut, "silence", seconds))


def _waits(mine: "Side", theirs: "Side") -> tuple[float, ...]:
    """How long machines wait: at the shorter one of two times one goes on, and one does not."""
    found: set[float | None] = set()
    for made in (mine.machine, theirs.machine):
        found |= {each.between for each in made.idle.values()}
        found |= {each.inside for each in made.idle.values()}
        found |= {each.seconds for each in made.linger.values()}
    return tuple(sorted(max(seconds, SOONEST) for seconds in found if seconds is not None))
