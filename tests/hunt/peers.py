"""What a random peer does that keeps to one spec, mostly. Knows bytes; knows no verdict."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from hunt.packages import Answerer
from wirechart import layout, record, samples
from wirechart.breaking.reading import awaited, read
from wirechart.cases.flaws import flaws, longest
from wirechart.cases.values import Literal, Value
from wirechart.chart import receivable
from wirechart.layout import attributes
from wirechart.model import INTEGER_SIZES, Bytes, Json, Message, Ref, Table
from wirechart.samples import Request

TEXTS = (b"{}", b"[]", b"1", b'"x"', b'{"a": [1, {"b": null}]}', b"", b"{", b"NaN", b"\xff")
MOST = 1 << 17  # bytes of a payload that are really sent
GOOD, WRONG, THEIRS, RAW = "a message", "a broken one", "one of the other spec", "bytes"
KINDS = (GOOD,) * 20 + (WRONG, WRONG, THEIRS, THEIRS, RAW, "eof", "silence", "cut")


@dataclass(frozen=True)
class Doing:
    """One thing that a peer does."""

    name: str
    header: bytes = b""
    payload: bytes = b""
    early: int = 0  # descriptors with the header
    descriptors: int = 0  # with the payload
    then: str = ""  # "eof", "silence", or nothing
    seconds: float = 0.0
    failing: bool = False  # the handler raises
    message: str = ""  # of its own spec, which finds nothing wrong with it; empty: it does

    def __str__(self) -> str:
        return f"{self.name}, whose handler fails" if self.failing else self.name


class Peer:
    """Keeps to `own`, and has heard of what `other` looks at."""

    def __init__(
        self, own: Answerer, other: Answerer, numbers: tuple[int, ...], random: Random
    ) -> None:
        self.own, self.other, self.numbers, self.random = own, other, numbers, random
        self.next = 0  # a key that was not there yet

    def agreed(self) -> dict[str, Value]:
        """What of the context both know, some of it chosen."""
        known = {(item.name, item.type) for item in self.other.chart.spec.context}
        found: dict[str, Value] = {}
        for item in self.own.chart.spec.context:
            named = item.type.name if isinstance(item.type, Ref) else ""
            if (item.name, item.type) not in known:
                continue
            if named in INTEGER_SIZES and self.random.random() < 0.6:
                found[item.name] = Literal(self._number(INTEGER_SIZES[named]))
            elif named == "bool":
                found[item.name] = Literal(self.random.random() < 0.5)
        return found

    def doing(self, state: str) -> Iterator[Doing]:
        """The next thing, where a receiver of its own spec is in that state."""
        kind = self.random.choice(KINDS)
        if kind == "eof":
            yield Doing("end of stream", then="eof")
        elif kind == "silence":
            yield self._silence()
        elif kind == RAW:
            yield self._raw()
        else:
            yield from self._request(kind, self._asked(kind, state))

    def _request(self, kind: str, asked: Request) -> Iterator[Doing]:
        sound = not asked.flaw and bool(asked.message)
        failing = sound and self.random.random() < 0.05
        rest = b""
        if sound and awaited(self.own.chart, asked) and asked.announced <= MOST:
            rest = samples.pattern(asked.announced - len(asked.payload))
        payload = asked.payload + rest + asked.contents
        whole = Doing(
            _called(asked),
            asked.header,
            payload,
            asked.early_descriptors,
            asked.descriptors,
            failing=failing,
            message=asked.message if sound else "",
        )
        if kind != "cut" and len(asked.payload + rest) >= asked.announced:
            yield whole
            return
        at = self.random.choice((0, self.random.randrange(len(payload) + 1)))
        header = asked.header
        if self.random.random() < 0.3:
            header, at = header[: self.random.randrange(len(header))], 0
        cut = replace(whole, name=f"{whole.name}, cut off", header=header, payload=payload[:at])
        yield replace(cut, descriptors=asked.descriptors if at else 0, failing=False, message="")
        yield self.random.choice((Doing("end of stream", then="eof"), self._silence()))

    def _asked(self, kind: str, state: str) -> Request:
        if kind == WRONG:
            return self._wrong(self._chosen(self.own, state))
        if kind == THEIRS:
            asked = self._good(self.other, self._chosen(self.other, state))
            same = layout.size(layout.request(self.own.chart.spec)) == len(asked.header)
            return read(self.own.chart, asked) if same else record.replace(asked, message="")
        return self._good(self.own, self._chosen(self.own, state))

    def _chosen(self, side: Answerer, state: str) -> Message:
        """Mostly one that is taken there."""
        every = receivable(side.chart)
        rows = side.machine.rows
        taken = [
            each
            for each in every
            if (row := rows.get((state, each.name)))
            and any(outcome.kind in ("handled", "lingering") for outcome in row.outcomes)
        ]
        return self.random.choice(taken if taken and self.random.random() < 0.9 else every)

    def _good(self, side: Answerer, message: Message) -> Request:
        values = {
            name: self._number(INTEGER_SIZES[type_])
            for name, type_ in attributes(side.chart.spec, message)
            if type_ in INTEGER_SIZES and self.random.random() < 0.9
        }
        size = layout.payload_size_field(side.chart.spec, message)
        if size is not None:
            values.pop(size.name, None)
        asked = samples.request(side.chart, message, values)
        payload = None if size is None else self._payload(side, message)
        if payload is not None:
            asked = samples.with_payload(side.chart, message, asked, payload, "")
        return read(side.chart, asked)

    def _payload(self, side: Answerer, message: Message) -> bytes | None:
        """Another one than the usual; None: there is none, or it is the usual one."""
        if self.random.random() < 0.3:
            return None
        most = min(longest(side.chart, message), 1 << 12)
        match message.payload:
            case Bytes():
                return samples.pattern(min(most, self._number(2)))
            case Json():
                return self.random.choice(TEXTS)
            case Table() as table:
                rows = (self._row(side, table) for _ in range(self.random.randrange(4)))
                return b"".join(rows)
            case _:
                return None

    def _row(self, side: Answerer, table: Table) -> bytes:
        others = {
            column.name: self._number(column.size)
            for column in table.columns
            if self.random.random() < 0.4
        }
        return samples.row(side.chart.spec, table, self.random.randrange(3), others)

    def _wrong(self, message: Message) -> Request:
        chart = self.own.chart
        flawed = (*flaws(chart, message), *samples.unknown(chart), *samples.lost(chart.spec))
        return self.random.choice(flawed)

    def _silence(self) -> Doing:
        waits: set[float] = {0.5}
        for each in (self.own.machine, self.other.machine):
            for idle in each.idle.values():
                waits |= {idle.inside or 1.0, idle.between or 1.0}
            waits |= {linger.seconds for linger in each.linger.values()}
        seconds = self.random.choice(sorted(waits)) * self.random.choice((0.5, 1, 1, 2))
        return Doing(f"{seconds:g} s of silence", then="silence", seconds=seconds)

    def _raw(self) -> Doing:
        """Any header with a code that somebody knows, and some bytes."""
        spec = self.own.chart.spec
        header = bytearray(self.random.randbytes(layout.size(layout.request(spec))))
        code = self.random.choice([*self.own.chart.messages.values()]).code
        for placed in layout.request(spec):
            value = placed.field.constant
            if placed.field.name == spec.wire.select.name:
                value = code
            elif spec.wire.payload_size and placed.field.name == spec.wire.payload_size.name:
                value = self._number(1)
            if value is not None:
                header[placed.offset : placed.end] = samples.integer(spec, value, placed.size)
        return Doing("bytes", bytes(header), self.random.randbytes(self.random.randrange(9)))

    def _number(self, size: int) -> int:
        biggest = (1 << 8 * size) - 1
        self.next += 1
        near = self.random.choice(self.numbers) + self.random.choice((-1, 0, 0, 1))
        chosen = self.random.choice((near, near, self.random.randrange(5), self.next, biggest))
        return min(max(chosen, 0), biggest)


def _called(asked: Request) -> str:
    """`Hello (version 1, 2 bytes)`."""
    about = [f"{name} {value}" for name, value in asked.fields] + [asked.flaw]
    about += [f"{asked.announced} bytes"] if asked.announced else []
    shown = ", ".join(each for each in about if each)
    return (asked.message or asked.known or "a request") + (f" ({shown})" if shown else "")


def numbers(*answerers: Answerer) -> tuple[int, ...]:
    """Those that specs write, limits among them."""
    found = {0, 1}
    for each in answerers:
        spec = each.chart.spec
        found |= {limit.value for limit in spec.limits}
        shown = repr([row.outcomes for row in each.machine.table])
        shown += repr([message.payload for message in spec.messages])
        found |= {int(number) for number in re.findall(r"\d+", shown)}
    return tuple(sorted(found))
