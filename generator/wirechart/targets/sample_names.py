"""Names for the bytes that generated tests send and expect. Knows no states and no files."""

import keyword
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wirechart.names import snake
from wirechart.targets.literals import assigned, octets

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wirechart.chart import Chart
    from wirechart.samples import Request

SHORT = 8  # bytes that stand in a case as they are
OBJECTS = {
    "CLOSED_DESCRIPTOR": "runtime.Descriptor(-1)",
    "KEPT_MEMORY": "testing.Kept()",
    "IDLE_RESOURCE": "testing.Idle()",
    "OPEN_DESCRIPTOR": "questions.opened()",
}


@dataclass(slots=True)
class Names:
    """Constants by what they hold, in the order in which they were asked for."""

    taken: set[str]
    by_value: dict[tuple[str, bytes], str] = field(default_factory=dict["tuple[str, bytes]", "str"])
    notes: dict[str, str] = field(default_factory=dict[str, str])
    objects: dict[str, str] = field(default_factory=dict[str, str])

    def header(self, request: "Request") -> str:
        """The constant of a request's header."""
        what = snake(request.message or f"unknown_{request.known}".rstrip("_")).upper()
        name = f"{what}_FLAWED" if request.message and request.flaw else what
        return self._named("header", request.header, name, _note(request))

    def payload(self, request: "Request") -> str:
        """Payload and contents: as they are when short, else a constant."""
        whole = request.payload + request.contents
        if len(whole) <= SHORT:
            return octets(whole)
        name = f"{snake(request.message).upper()}_PAYLOAD"
        return self._named("payload", whole, name, request.flaw)

    def reply(self, chart: "Chart", reply: bytes) -> str:
        """Replies: nothing as it is, else a constant."""
        return self._named("reply", reply, f"REPLY_{_reply(chart, reply)}", "") if reply else 'b""'

    def odd_reply(self, name: str, reply: bytes) -> str:
        """The constant of a reply that is none."""
        return self._named("reply", reply, name, "")

    def text(self, value: bytes) -> str:
        """Bytes inside a value: the payload's constant where there is one."""
        known = self.by_value.get(("payload", value))
        return known or octets(value)

    def object(self, name: str) -> str:
        """Something that tests share."""
        self.objects[name] = OBJECTS[name]
        return name

    def _named(self, kind: str, value: bytes, wanted: str, note: str) -> str:
        key = (kind, value)
        if key not in self.by_value:
            name = _free(wanted, self.taken)
            self.taken.add(name)
            self.by_value[key] = name
            self.notes[name] = note
        return self.by_value[key]

    def lines(self) -> "Iterable[str]":
        """The constants as Python, each behind its note."""
        for name, written in self.objects.items():
            yield f"{name} = {written}"
        for (_, value), name in self.by_value.items():
            if self.notes[name]:
                yield f"# {self.notes[name]}"
            yield from assigned(name, value)


def names(chart: "Chart") -> Names:
    """An empty collection; the protocol's own names are taken."""
    return Names(set(chart.nodes) | set(chart.messages) | set(OBJECTS))


def _free(wanted: str, taken: set[str]) -> str:
    """The name, or with the first number that is free."""
    name, number = wanted, 1
    while name in taken or keyword.iskeyword(name):
        number += 1
        name = f"{wanted}_{number}"
    return name


def _note(request: "Request") -> str:
    """What is special about a request, on one line."""
    fields = ", ".join(f"{name} {value}" for name, value in request.fields if name != "code")
    what = request.flaw or fields
    return re.sub(r"\s+", " ", what)[:90]


def _reply(chart: "Chart", reply: bytes) -> str:
    """The reply's name, from its bytes."""
    from wirechart.layout import reply as frame  # noqa: PLC0415 -- the frame, not a reply

    spec = chart.spec
    placed = next(p for p in frame(spec) if p.field.name == spec.wire.status.name)
    value = int.from_bytes(reply[placed.offset : placed.end], spec.wire.byte_order)
    return next(snake(code.name).upper() for code in spec.wire.replies if code.value == value)
