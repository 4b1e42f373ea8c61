"""NAM: names that Python, or the generated code, has other plans for."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from wirechart.diagnostics import Severity, Span
from wirechart.model import BASIC_TYPES, Fields, Table
from wirechart.names import (
    BUILTINS,
    FIELD_NAMES,
    GENERATED_CLASSES,
    KEYWORDS,
    METHOD_NAMES,
    MODULES,
    handler,
    package,
    snake,
)
from wirechart.rules.facts import Facts
from wirechart.rules.registry import Problem, rule

if TYPE_CHECKING:
    from wirechart.model import Message

Named = tuple[str, str, Span]  # what it is, its name, where


def _classes(facts: Facts) -> Iterator[Named]:
    """What becomes a class: messages, and the states in which the machine can be."""
    for message in facts.spec.messages:
        yield "message", message.name, message.span
    for state in facts.states:
        if not state.states:
            yield "state", state.name, state.span


def _attributes(facts: Facts) -> Iterator[Named]:
    """What becomes an attribute: fields, descriptors, columns, data, context."""
    for message in facts.spec.messages:
        yield from (("field", *place) for place in _fields(message))
    for item in facts.spec.context:
        yield "entry of the context", item.name, item.span
    for state in facts.states:
        yield from (("data", item.name, item.span) for item in state.data)


def _fields(message: "Message") -> Iterator[tuple[str, Span]]:
    for item in message.header:
        yield from ((part.name, part.span) for part in item.parts if part.type is not None)
    match message.payload:
        case Fields(fields=fields, descriptors=descriptors):
            yield from ((field.name, field.span) for field in fields if field.type is not None)
            yield from ((ref.name, ref.span) for ref in descriptors)
        case Table(columns=columns):
            yield from ((column.name, column.span) for column in columns)
        case _:
            pass


@rule("NAM001", Severity.ERROR, "a keyword as a name")
def keyword_name(facts: Facts) -> Iterator[Problem]:
    """A name is a keyword of Python: `class`, `from`, `None` and so on.

    Names become identifiers as they are, with nothing added, so that code and spec use one word.
    Use another word: `origin` for `from`, `kind` for `class`.
    """
    replies = (("reply", reply.name, reply.span) for reply in facts.spec.wire.replies)
    methods = (
        (what, snake(name), span) for what, name, span in _classes(facts) if what == "message"
    )
    for what, name, span in chain(_classes(facts), replies, _attributes(facts)):
        if name in KEYWORDS:
            text = f"the {what} `{name}` has the name of a Python keyword"
            yield Problem(span, text, "use another word")
    for _, name, span in methods:
        if name in KEYWORDS:
            text = f"the handler of this message would be called `{name}`, a Python keyword"
            yield Problem(span, text, "use another word")


@rule("NAM002", Severity.ERROR, "a builtin's name")
def builtin_name(facts: Facts) -> Iterator[Problem]:
    """A name hides a builtin that the generated code needs: `int`, `bytes`, `ValueError`.

    A field called `bytes` makes the annotation of the next field mean that field. Use another
    word: `content` for `bytes`.
    """
    for what, name, span in _classes(facts):
        if name in BUILTINS:
            yield Problem(
                span, f"the {what} `{name}` has the name of a builtin", "use another word"
            )
    for message in facts.spec.messages:
        if handler(message.name, None) in METHOD_NAMES:
            text = f"the handler of `{message.name}` would hide what the generated code calls so"
            yield Problem(message.span, text, "use another word")
    for what, name, span in _attributes(facts):
        if name in FIELD_NAMES:
            text = f"the {what} `{name}` would hide what the generated code calls `{name}`"
            yield Problem(span, text, "use another word")


@rule("NAM003", Severity.ERROR, "a name that the generated code uses")
def generated_name(facts: Facts) -> Iterator[Problem]:
    """A message or a state is called like a class of every generated package.

    `Receiver`, `Handlers`, `Reply`, `Running`, `Termination` and their like are there already. Use
    a word of the protocol.
    """
    for what, name, span in _classes(facts):
        if name in GENERATED_CLASSES:
            text = f"the {what} `{name}` has the name of a class in every generated package"
            yield Problem(span, text, "use another word")


@rule("NAM004", Severity.ERROR, "a message and a state of one name")
def same_class(facts: Facts) -> Iterator[Problem]:
    """A message and a state have the same name, or names that differ in case only.

    Leaf states and messages become classes, and a handler's signature names both. By custom a state
    is called after what has happened (`Configured`), a message after what is asked (`Config`).
    """
    messages = {m.name.casefold(): m for m in reversed(facts.spec.messages)}
    for state in facts.states:
        message = messages.get(state.name.casefold())
        if message is not None:
            yield Problem(
                state.span,
                f"the state `{state.name}` and the message `{message.name}` have one name",
                "call the state after what has happened",
                related=((message.span, "the message"),),
            )


@rule("NAM005", Severity.ERROR, "names that are the same to Python or to a file system")
def clash(facts: Facts) -> Iterator[Problem]:
    """Two names of one kind differ only in case or in underscores.

    Handlers are methods in snake case, files may lie on a file system that ignores case: `MemoryFd`
    and `Memoryfd` would be one. Rename one of them.
    """
    groups: list[list[Named]] = [
        [named for named in _classes(facts) if named[0] == "message"],
        [("state", state.name, state.span) for state in facts.states],
        [("reply", reply.name, reply.span) for reply in facts.spec.wire.replies],
        [("limit", limit.name, limit.span) for limit in facts.spec.limits],
    ]
    groups += [[("field", *place) for place in _fields(m)] for m in facts.spec.messages]
    groups += [[("data", item.name, item.span) for item in state.data] for state in facts.states]
    for group in groups:
        yield from _clashing(group)


def _clashing(group: Iterable[Named]) -> Iterator[Problem]:
    seen: dict[str, Named] = {}
    for what, name, span in group:
        key = name.casefold().replace("_", "")
        if key in seen and seen[key][1] != name:
            yield Problem(
                span,
                f"`{seen[key][1]}` and `{name}` differ in case or underscores only",
                "rename one of them",
                related=((seen[key][2], f"`{seen[key][1]}`"),),
            )
        seen.setdefault(key, (what, name, span))


@rule("NAM006", Severity.ERROR, "two handlers of one name")
def handler_clash(facts: Facts) -> Iterator[Problem]:
    """A message's name is that of the handler for another message and one of its targets.

    Where `Config` leads to two states, its handlers are `config_to_ready` and `config_to_waiting`;
    a message called `ConfigToReady` has a handler of the same name. Rename the message.
    """
    targets: dict[str, set[str]] = {}
    for row in facts.table:
        for outcome in row.outcomes:
            final = facts.chart.nodes[outcome.target].state.final
            if outcome.kind == "handled" and final != "failure":
                targets.setdefault(row.event, set()).add(outcome.target)
    single = {handler(name, None): name for name, to in targets.items() if len(to) == 1}
    for name, to in targets.items():
        for target in sorted(to) if len(to) > 1 else ():
            other = single.get(handler(name, target))
            if other is not None:
                yield Problem(
                    facts.chart.messages[other].span,
                    f"the handler of `{other}` and that of `{name}` to `{target}` have one name, "
                    f"`{handler(name, target)}`",
                    f"rename `{other}`",
                )


@rule("NAM007", Severity.ERROR, "a protocol called like a module")
def module_name(facts: Facts) -> Iterator[Problem]:
    """The protocol's package would have the name of a module of Python, or of a tool used here.

    `import json` would then import the protocol. Say more: `json-feed`, `acme-http`.
    """
    name = package(facts.spec.protocol)
    if name in MODULES or name in KEYWORDS:
        text = f"the package `{name}` would hide Python's module of that name"
        yield Problem(facts.spec.span, text, f"say more: `{facts.spec.protocol}-link`")


@rule("NAM008", Severity.ERROR, "a type called like another")
def type_name(facts: Facts) -> Iterator[Problem]:
    """An entry of `types` has the name of a basic type.

    What would `u32` mean? Use another word.
    """
    for item in facts.spec.types:
        if item.name in BASIC_TYPES:
            text = f"`{item.name}` is a basic type: {BASIC_TYPES[item.name]}"
            yield Problem(item.span, text, "use another word")
