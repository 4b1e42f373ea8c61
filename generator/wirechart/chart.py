"""The states of a spec in their tree: hierarchy, default entry, data. Decides no message.

A chart can be made from any Spec, also from one with unknown names: a reference to nothing is taken
for the nearest known name, so that one typing error does not look like ten. Where not even that
exists the chart is `incomplete`, and what is said about reachability would be a guess.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

from wirechart import diagnostics
from wirechart.model import List, Map, Ref
from wirechart.record import record, replace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from wirechart.model import Connection, DataField, DataType, Message, Spec, State


@record
class Node:
    """A state in its place."""

    state: "State"
    parent: str | None  # None: at the root
    path: str  # `machine.Receiving.Configured`


@record
class Chart:
    """The states of a spec by name, in document order, parents before their children."""

    spec: "Spec"
    nodes: "Mapping[str, Node]"
    messages: "Mapping[str, Message]"
    types: "Mapping[str, DataType]"  # `types` by name, without those that contain themselves
    incomplete: bool  # a target names nothing that is even near


def views(spec: "Spec") -> "tuple[Spec, ...]":
    """The spec as each of its machines sees it, the protocol's own machine first."""
    every = (spec, *(replace(spec, machine=machine) for machine in spec.machines))
    return tuple(_tightened(view) for view in every)


def _tightened(view: "Spec") -> "Spec":
    """With the limits of the connection that its machine is on."""
    kind = connection(view)
    if kind is None or not kind.limits:
        return view
    known = {limit.name: limit for limit in view.limits}
    smaller = {
        one.limit.name: known[one.value.name] for one in kind.limits if one.value.name in known
    }
    limits = (
        replace(limit, value=smaller[limit.name].value, text=smaller[limit.name].text)
        if limit.name in smaller
        else limit
        for limit in view.limits
    )
    return replace(view, limits=tuple(limits))


def build(spec: "Spec") -> Chart:
    """The chart of a spec's machine. Of two states with one name the first counts."""
    nodes: dict[str, Node] = {}
    named = spec.machine.name
    root = f"machines.{named}" if named else "machine"
    stack: list[tuple[State, str | None, str]] = [
        (state, None, root) for state in reversed(spec.machine.states)
    ]
    while stack:
        state, parent, above = stack.pop()
        path = f"{above}.{state.name}"
        if state.name in nodes:
            continue
        nodes[state.name] = Node(state, parent, path)
        stack += [(child, state.name, path) for child in reversed(state.states)]
    incomplete = any(nearest(ref.name, nodes) is None for ref in _references(spec, nodes))
    messages: dict[str, Message] = {}
    for message in spec.messages:
        messages.setdefault(message.name, message)
    return Chart(spec, nodes, messages, _finite_types(spec), incomplete)


def _references(spec: "Spec", nodes: "Mapping[str, Node]") -> "Iterable[Ref]":
    yield spec.machine.initial
    for node in nodes.values():
        yield from targets(node.state)


def targets(state: "State") -> "Iterable[Ref]":
    """Every state that a state names, as written, its children's not included."""
    if state.initial is not None:
        yield state.initial
    for reaction in state.reactions:
        for alternative in reaction.alternatives:
            elses = [check.otherwise for check in alternative.checks]
            for part in (alternative, *elses):
                if part is not None and part.target is not None:
                    yield part.target
    fallbacks = (state.otherwise, state.on_refused, state.on_malformed, state.on_handler_error)
    endings = (state.on_eof, state.on_lost, state.on_idle, state.on_unanswered)
    for fallback in (*fallbacks, *endings):
        if fallback is not None and fallback.target is not None:
            yield fallback.target
    if state.on_eof is not None and state.on_eof.inside is not None:
        yield state.on_eof.inside


def nearest(name: str, known: "Collection[str]") -> str | None:
    """The name itself when it is known, else the one it was most probably meant to be."""
    return name if name in known else _guess(name, tuple(known))


@lru_cache(maxsize=256)  # one misspelt target of an outer state is asked for in every leaf
def _guess(name: str, known: tuple[str, ...]) -> str | None:
    return diagnostics.nearest(name, known)


def ancestors(chart: Chart, name: str) -> tuple[str, ...]:
    """The state itself first, the root last."""
    chain = [name]
    while (parent := chart.nodes[chain[-1]].parent) is not None:
        chain.append(parent)
    return tuple(chain)


def is_leaf(chart: Chart, name: str) -> bool:
    """No states inside."""
    return not chart.nodes[name].state.states


def running(chart: Chart) -> tuple[str, ...]:
    """The leaf states in which the machine waits for a message, in document order."""
    return tuple(
        name
        for name, node in chart.nodes.items()
        if not node.state.states and node.state.final is None
    )


def finals(chart: Chart) -> tuple[str, ...]:
    """The final states, in document order."""
    return tuple(name for name, node in chart.nodes.items() if node.state.final is not None)


def entry(chart: Chart, name: str) -> str:
    """The leaf that entering a state enters: its initial state, theirs, and so on."""
    state = chart.nodes[name].state
    # A second state of a name is in no node: without the check one inside itself has no end.
    while inside := {c.name: c for c in state.states if chart.nodes[c.name].state is c}:
        named = nearest(state.initial.name, inside) if state.initial else None
        state = inside[named] if named else next(iter(inside.values()))
    return state.name


def initial(chart: Chart) -> str:
    """The leaf in which the machine begins."""
    named = nearest(chart.spec.machine.initial.name, chart.nodes)
    return entry(chart, named or next(iter(chart.nodes)))


def data(chart: Chart, name: str) -> "tuple[DataField, ...]":
    """What a state holds: its ancestors' data, outermost first, then its own."""
    held: dict[str, DataField] = {}
    for above in reversed(ancestors(chart, name)):
        held |= {item.name: item for item in chart.nodes[above].state.data}
    return tuple(held.values())


def _finite_types(spec: "Spec") -> "Mapping[str, DataType]":
    named = {item.name: item.type for item in spec.types}
    return {name: type_ for name, type_ in named.items() if not contains(named, type_, name)}


def contains(named: "Mapping[str, DataType]", type_: "DataType", name: str) -> bool:
    """Whether a type is, or has somewhere inside, the named type `name`."""
    waiting = [type_]
    seen: set[str] = set()
    while waiting:
        match waiting.pop():
            case Map(key=key, value=value):
                waiting += [key, value]
            case List(item=item):
                waiting.append(item)
            case Ref(inner) if inner == name:
                return True
            case Ref(inner) if inner in named and inner not in seen:
                seen.add(inner)
                waiting.append(named[inner])
            case _:
                pass
    return False


def expand(chart: Chart, type_: "DataType") -> "DataType":
    """A type with a name of `types` replaced by what it stands for; parts inside stay."""
    while isinstance(type_, Ref) and type_.name in chart.types:
        type_ = chart.types[type_.name]
    return type_


def sender(chart: Chart, message: "Message") -> str:
    """The role that sends a message."""
    return (message.sender or chart.spec.wire.client).name


def receivable(chart: Chart) -> "tuple[Message, ...]":
    """The requests that the machine decides on, by code.

    Those its peer may send; of a machine that asks, those that it may send itself.
    """
    role, asking = chart.spec.machine.role.name, asks(chart.spec)
    named = (message for message in chart.messages.values() if not message.reserved)
    mine = (message for message in named if (sender(chart, message) == role) == asking)
    return tuple(sorted(mine, key=lambda message: message.code))


def called(spec: "Spec") -> str:
    """What a machine is called among those of its protocol: the own one by its role."""
    return spec.machine.name or spec.machine.role.name


def connection(spec: "Spec") -> "Connection | None":
    """The kind of connection that the machine runs on; None: the only one, which has no name."""
    kinds = {kind.name: kind for kind in reversed(spec.connections)}
    if spec.machine.connection is None:
        return next((kind for kind in spec.connections if is_first(kind)), None)
    named = nearest(spec.machine.connection.name, kinds)
    return kinds[named] if named else None


def is_first(kind: "Connection") -> bool:
    """Whether a session begins with it."""
    return not kind.preamble and not kind.later


def asks(spec: "Spec") -> bool:
    """Whether the machine is the side that sends requests, and takes the replies to them."""
    kind = connection(spec)
    asker = spec.wire.client if kind is None else kind.asker or kind.opener
    return spec.machine.role.name == asker.name
