"""Names and numbers of a Promela model. Knows which connections there are; writes no behaviour."""

from typing import TYPE_CHECKING

from wirechart.chart import build, called, views
from wirechart.composition.system import kinds
from wirechart.composition.verify import concerned, owns
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.composition.sides import Answerer, Asker
    from wirechart.composition.system import Kind
    from wirechart.model import Spec


@record
class Parted:
    """One kind of connection in the model, and the numbers of its connections."""

    kind: "Kind"
    name: str  # in identifiers
    number: int
    numbers: range
    asker: str  # its process, and the beginning of the names of its states
    answerer: str

    def asks(self, state: str) -> str:
        """The constant of a state of the asker."""
        return f"{self.asker}_{state}"

    def answers(self, state: str) -> str:
        """The constant of a state of the answerer."""
        return f"{self.answerer}_{state}"


class Names:
    """Everything that has a name in the model of a spec."""

    def __init__(self, spec: "Spec", connections: int, only: str | None = None) -> None:
        """`connections` bounds how many there are of each further kind; `only` names one kind."""
        self.spec = spec
        every = kinds(spec)
        chosen = [kind for kind in every if only in (None, kind.name)]
        others = [kind for kind in every if only not in (None, kind.name)]
        self.resources = tuple(
            item for item in spec.resources if not any(owns(item, kind) for kind in others)
        )
        self.properties = tuple(
            item for item in spec.properties if not any(concerned(item.holds, k) for k in others)
        )
        self.charts = {called(view): build(view) for view in views(spec)}
        self.kinds: list[Parted] = []
        self.count = 0
        taken: dict[str, int] = {}
        for number, kind in enumerate(chosen, 1):
            most = min(connections, kind.most) if kind.further else 1
            name = kind.name or "session"
            pair = kind.pair
            for side in (pair.asker, pair.answerer):
                taken[side.name] = taken.get(side.name, 0) + 1
            self.kinds.append(
                Parted(
                    kind,
                    name,
                    number,
                    range(self.count, self.count + most),
                    _process(pair.asker, name, taken),
                    _process(pair.answerer, name, taken),
                )
            )
            self.count += most

    @property
    def first(self) -> Parted:
        """The kind of the connection that is open from the beginning."""
        return self.kinds[0]

    def definitions(self) -> "Iterator[str]":
        """The numbers of messages, replies, states and kinds."""
        yield from _numbered("messages", [f"M_{message.name}" for message in self.spec.messages])
        yield from _numbered("replies", [f"R_{reply.name}" for reply in self.spec.wire.replies])
        for parted in self.kinds:
            pair = parted.kind.pair
            asks = dict.fromkeys((*_asking(pair.asker), *pair.asker.finals))
            answers = dict.fromkeys((*_answering(pair.answerer), *pair.answerer.finals))
            yield from _numbered(f"states of {pair.asker.name}", map(parted.asks, asks))
            yield from _numbered(f"states of {pair.answerer.name}", map(parted.answers, answers))
        yield from _numbered("kinds of connection", [f"k_{kind.name}" for kind in self.kinds])


def _process(side: "Asker | Answerer", kind: str, taken: dict[str, int]) -> str:
    if side.anybody:
        return f"any_{side.name}_on_{kind}"
    return side.name if taken[side.name] == 1 else f"{side.name}_on_{kind}"


def _asking(side: "Asker") -> "Iterator[str]":
    yield side.initial
    yield from side.sends
    yield from (state for state, _ in side.faults)


def _answering(side: "Answerer") -> "Iterator[str]":
    yield side.initial
    yield from (state for state, _ in side.rows)


def _numbered(what: str, names: "Iterator[str] | list[str] | map[str]") -> "Iterator[str]":
    yield f"/* The {what}. */"
    yield from (f"#define {name} {number}" for number, name in enumerate(names, 1))
    yield ""


def alternatives(conditions: "list[str]") -> str:
    """One of them holds; never, where there is none."""
    return f"({' || '.join(conditions)})" if conditions else "false"
