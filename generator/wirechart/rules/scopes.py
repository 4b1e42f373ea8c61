"""Which names an expression may use, and what they can be. Judges nothing."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from wirechart import layout
from wirechart.chart import data, expand
from wirechart.expressions import UNREAD
from wirechart.model import INTEGER_SIZES, List, Map, Ref, Table
from wirechart.record import record
from wirechart.rules.judge import condition, judge
from wirechart.rules.known import Integer, Knowledge, Note, Thing, Truth, Value
from wirechart.rules.places import Way

if TYPE_CHECKING:
    from wirechart.chart import Chart
    from wirechart.expressions import Expression, Name
    from wirechart.model import DataType, Message

WORDS = {
    "bytes": "bytes",
    "text": "a text",
    "fd": "a descriptor",
    "memory": "a memory",
    "resource": "a resource",
    "cause": "a cause",
    "json": "a JSON text",
    "table": "a table",
}


@record
class Scope:
    """The names in reach, by what stands before their dot."""

    values: Mapping[str, Mapping[str, Value | None]]  # None: known, but of no known type
    owners: Mapping[str, str]  # whose they are, in words
    open: frozenset[str]  # what is of unknown extent: not to be judged

    def __call__(self, name: "Name") -> Value | None:
        """What a name can be; None: nobody knows."""
        return self.values.get(name.scope, {}).get(name.name)

    def knows(self, name: "Name") -> bool:
        """Whether something has that name."""
        if name.scope == UNREAD:
            return True
        return name.scope in self.open or name.name in self.values.get(name.scope, {})


@record
class Use:
    """An expression where it stands, and what judging it said."""

    kind: str  # check, key, value (of a put), size (of a reply's payload), row (of a table)
    expression: "Expression"
    scope: Scope
    value: Value | None
    notes: tuple[Note, ...]


@record
class Judged:
    """An alternative with its checks and puts judged; `known` is what holds behind the checks."""

    way: Way
    uses: tuple[Use, ...]
    known: Knowledge


def integer(type_name: str) -> Integer:
    """The range of `u8` … `u64`."""
    return Integer(0, 256 ** INTEGER_SIZES[type_name] - 1)


def value_of(chart: "Chart", type_: "DataType") -> Value | None:
    """What data of a type can be; None for an unknown type."""
    type_ = expand(chart, type_)
    match type_:
        case Map(key=key):
            return Thing("a map", counted=True, items=value_of(chart, key))
        case List(item=item):
            return Thing("a list", counted=True, items=value_of(chart, item))
        case Ref(name):
            return _basic(chart, name)


def _basic(chart: "Chart", name: str) -> Value | None:
    if name in INTEGER_SIZES:
        return integer(name)
    if name == "bool":
        return Truth()
    if name in WORDS:
        return Thing(WORDS[name], counted=name in ("bytes", "text"))
    return Thing(f"a message `{name}`") if name in chart.messages else None


class Scopes:
    """The scopes of a chart's places; what is asked twice is made once."""

    def __init__(self, chart: "Chart", leaves: Mapping[str, tuple[str, ...]]) -> None:
        """`leaves` are the running leaves in each state."""
        self.chart = chart
        self.leaves = leaves
        self.context = {item.name: value_of(chart, item.type) for item in chart.spec.context}
        self.limits: dict[str, Value | None] = {
            limit.name: Thing("a duration")
            if limit.kind == "duration"
            else Integer(limit.value, limit.value)
            for limit in chart.spec.limits
        }
        self.messages = {
            name: attributes(chart, message) for name, message in chart.messages.items()
        }
        self.states: dict[str, Mapping[str, Value | None]] = {}

    def of_state(self, state: str) -> Mapping[str, Value | None]:
        """What at least one leaf in it holds."""
        if state not in self.states:
            self.states[state] = {
                item.name: value_of(self.chart, item.type)
                for leaf in dict.fromkeys((*self.leaves.get(state, ()), state))
                for item in data(self.chart, leaf)
            }
        return self.states[state]

    def reaction(self, state: str, message: str) -> Scope:
        """Of what a state does with a message."""
        values = {
            "message": self.messages.get(message, {}),
            "state": self.of_state(state),
            "context": self.context,
            "limits": self.limits,
        }
        owners = {"message": f"`{message}`", "state": f"`{state}`", "context": "the context"}
        unknown = {"limits"} if message in self.messages else {"limits", "message"}
        return Scope(values, owners, frozenset(unknown))

    def reply_size(self, message: "Message") -> Scope:
        """Of the size of a reply's payload."""
        values = {"message": self.messages[message.name], "limits": self.limits}
        owners = {
            "message": f"`{message.name}`",
            "state": "the size of a reply",
            "context": "the size of a reply",
        }
        return Scope(values, owners, frozenset({"limits"}))

    def rows(self, table: Table) -> Scope:
        """Of a table's check."""
        columns = {column.name: integer(column.type or "u8") for column in table.columns}
        owners: dict[str, str] = {}
        for scope in ("message", "state", "context"):
            owners[scope] = "the check of a table"
        return Scope({"": columns, "limits": self.limits}, owners, frozenset({"limits", ""}))


def attributes(chart: "Chart", message: "Message") -> Mapping[str, Value | None]:
    """What a guard can ask of a message."""
    found: dict[str, Value | None] = {}
    for name, type_ in layout.attributes(chart.spec, message):
        found[name] = (
            integer(type_)
            if type_ in INTEGER_SIZES
            else Thing(WORDS[type_], counted=type_ == "bytes")
        )
    return found


def judged(scopes: Scopes, written: Iterable[Way]) -> Iterator[Judged]:
    """Alternatives with what can be said about their expressions."""
    for way in written:
        scope = scopes.reaction(way.state.name, way.reaction.message.name)
        known = Knowledge(scope)
        uses: list[Use] = []
        for check in way.alternative.checks:
            condition(check.condition, known)
            uses.append(_use("check", check.condition, scope, None, known))
        for put in way.alternative.put:
            for kind, expression in (("key", put.key), ("value", put.value)):
                value = judge(expression, known)
                uses.append(_use(kind, expression, scope, value, known))
        yield Judged(way, tuple(uses), known)


def described(scopes: Scopes) -> Iterator[Use]:
    """The expressions in the description of messages."""
    for message in scopes.chart.messages.values():
        size = message.reply_payload.size if message.reply_payload else None
        if size is not None:
            scope = scopes.reply_size(message)
            known = Knowledge(scope)
            yield _use("size", size, scope, judge(size, known), known)
        if isinstance(message.payload, Table) and message.payload.check is not None:
            scope = scopes.rows(message.payload)
            known = Knowledge(scope)
            condition(message.payload.check, known)
            yield _use("row", message.payload.check, scope, None, known)


def _use(
    kind: str, expression: "Expression", scope: Scope, value: Value | None, known: Knowledge
) -> Use:
    notes = tuple(known.notes)
    known.notes.clear()
    return Use(kind, expression, scope, value, notes)
