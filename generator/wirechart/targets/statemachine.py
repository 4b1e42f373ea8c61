"""The spec's chart as a class of python-statemachine, unflattened.

Made from the tree of states as it is written, never from the table of decisions: the two are made
independently of each other, so that a test which compares them finds the mistakes of both.
"""

from dataclasses import dataclass, field
from itertools import chain, count
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from wirechart.chart import ancestors, asks, data, expand, initial, receivable, running
from wirechart.expressions import Binary, Name, Size
from wirechart.model import Map
from wirechart.names import package, snake
from wirechart.targets.guard_functions import Function, constant, function, limits, negated
from wirechart.targets.home import home
from wirechart.targets.printing import printed
from wirechart.targets.statements import INDENT, LINE, Items, call

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    import statemachine

    from wirechart.chart import Chart
    from wirechart.expressions import Expression
    from wirechart.model import Alternative, Else, Limit, Reaction, Ref, State

    StateChart: TypeAlias = statemachine.StateChart[Any]

FAULTS = ("refused", "malformed", "handler_error", "eof", "cut", "idle", "lost", "unanswered")
REFUSE = 'on="fault_refused"'  # the message is refused, within the same step
TYPES = {"message": "messages.{}", "data": "states.{}", "context": "handlers.Context"}


@dataclass(frozen=True, slots=True)
class Guard:
    """A function for the template; `signature` is its first statement, laid out."""

    signature: tuple[str, ...]
    function: Function


@dataclass(slots=True)
class Writer:
    """A chart, and what its transitions have used so far."""

    chart: "Chart"
    guards: list[Guard] = field(default_factory=list[Guard])
    names: set[str] = field(default_factory=set[str])
    limits: set[str] = field(default_factory=set[str])


def files(chart: "Chart", source: str) -> dict[str, str]:
    """`chart.py` of the generated package; `source` is the spec's path for its first line."""
    return {f"{home(chart.spec).folder}/chart.py": text(chart, source)}


def text(chart: "Chart", source: str) -> str:
    """The module."""
    spec = chart.spec
    writer = Writer(chart)
    blocks = [tuple(_transitions(writer, node.state)) for node in chart.nodes.values()]
    return printed(
        "package/chart.py",
        spec,
        source,
        name=class_name(chart),
        limits=[_limit(limit) for limit in spec.limits if limit.name in writer.limits],
        guards=writer.guards,
        modules=_modules(writer),
        composites=any(node.state.states for node in chart.nodes.values()),
        start=_start(chart),
        states=tuple(_tree(chart, spec.machine.states, 1, initial(chart))),
        events=tuple(_events(chart)),
        blocks=[block for block in blocks if block],
    )


def chart_class(chart: "Chart") -> "type[StateChart]":
    """The class in the generated text. It starts its life anew with every instance."""
    module: dict[str, object] = {"__name__": package(chart.spec.protocol)}
    exec(text(chart, ""), module)  # noqa: S102 -- our own output, just as it stands in the file
    return cast("type[StateChart]", module[class_name(chart)])


def happened(
    machine: "StateChart", name: str, message: object, data: object, context: object
) -> bool:
    """Send an event with what guards look at; False: no state says what happens then."""
    from statemachine.exceptions import TransitionNotAllowed  # noqa: PLC0415 -- slow

    try:
        machine.send(  # pyright: ignore[reportUnknownMemberType]  # `*args` has no type there
            name, message=message, data=data, context=context
        )
    except TransitionNotAllowed:
        return False
    return True


def class_name(chart: "Chart") -> str:
    """`ch-migration` -> `ChMigrationChart`."""
    return "".join(word.capitalize() for word in chart.spec.protocol.split("-")) + "Chart"


def event(message: str) -> str:
    """The event that a message is: a name of its own is one that the library may have taken."""
    return f"message_{snake(message)}"


def _limit(limit: "Limit") -> str:
    comment = "" if limit.text == str(limit.value) else f"  # {limit.text}"
    return f"{constant(limit.name)} = {limit.value}{comment}"


def _modules(writer: Writer) -> list[str]:
    """The modules of the package that the guards' types come from."""
    text = " ".join(line for guard in writer.guards for line in guard.signature)
    return [name for name in ("handlers", "messages", "states") if f"{name}." in text]


def _start(chart: "Chart") -> str | None:
    """The state to begin in, where it lies in another; None: the initial one at the root."""
    name = chart.spec.machine.initial.name
    return name if chart.nodes[name].parent is not None else None


def _tree(chart: "Chart", states: "tuple[State, ...]", depth: int, first: str) -> "Iterable[str]":
    """The statements that define states. `first` is the one that is entered, or lies in it."""
    entered = ancestors(chart, first)
    for number, state in enumerate(states):
        beside_class = bool(state.states or states[number - 1].states)
        yield from [""] if number and beside_class else []
        flags = ["initial=True"] if state.name in entered else []
        flags += ["final=True"] if state.final else []
        if state.states:
            bases = ("statemachine.State.Compound", *flags)
            yield from call(depth, f"class {state.name}", bases, ":")
            inner = state.initial.name if state.initial else state.states[0].name
            yield from _tree(chart, state.states, depth + 1, inner)
        else:
            yield from call(depth, f"{state.name} = statemachine.State", flags)


def _events(chart: "Chart") -> "Iterable[str]":
    for message in receivable(chart):
        name = event(message.name)
        arguments = (f'"{name}"', f'name="{message.name}"')
        yield from call(1, f"{name} = statemachine.Event", arguments)
    for fault in _faults_of(chart):
        within = ("internal=True",) if fault == "refused" else ()
        arguments = (f'"fault_{fault}"', f'name="{fault}"', *within)
        yield from call(1, f"fault_{fault} = statemachine.Event", arguments)


def _transitions(writer: Writer, state: "State") -> "Iterable[str]":
    """All that a state itself does, in the order in which it is tried."""
    if state.final is not None:
        return
    open_events: list[str] = []
    reactions = (*state.reactions, *_restated(writer.chart, state))
    for reaction in reactions:
        decided = yield from _reaction(writer, state, reaction)
        if not decided:
            open_events.append(event(reaction.message.name))
    if writer.chart.nodes[state.name].parent is None and not asks(writer.chart.spec):
        taken = {reaction.message.name for reaction in reactions}
        others = (m.name for m in receivable(writer.chart) if m.name not in taken)
        open_events += [event(name) for name in others]
    if open_events:
        yield from _transition(writer, state, None, open_events, REFUSE)
    known = _faults_of(writer.chart)
    for target, mine in _faults(state):
        named = [f"fault_{fault}" for fault in mine if fault in known]
        if named:
            yield from _transition(writer, state, target, named)


def _faults_of(chart: "Chart") -> tuple[str, ...]:
    """The faults that a chart tells apart."""
    states = [node.state for node in chart.nodes.values()]
    told = {
        "cut": any(state.on_eof and state.on_eof.inside for state in states),
        "unanswered": any(state.on_unanswered for state in states),
    }
    return tuple(fault for fault in FAULTS if told.get(fault, True))


def _faults(state: "State") -> "Iterable[tuple[Ref | None, list[str]]]":
    """Where a state itself sends faults, those of `otherwise` together."""
    fallbacks = {
        "refused": state.on_refused,
        "malformed": state.on_malformed,
        "handler_error": state.on_handler_error,
    }
    for fault, fallback in fallbacks.items():
        if fallback is not None:
            yield fallback.target, [fault]
    rest = [fault for fault, fallback in fallbacks.items() if fallback is None]
    if state.otherwise is not None and rest:
        yield state.otherwise.target, rest
    endings = {
        "eof": state.on_eof,
        "idle": state.on_idle,
        "lost": state.on_lost,
        "unanswered": state.on_unanswered,
    }
    for fault, ending in endings.items():
        if ending is not None:
            yield ending.target, [fault]
    if state.on_eof is not None:
        yield state.on_eof.inside or state.on_eof.target, ["cut"]


def _restated(chart: "Chart", state: "State") -> "Iterable[Reaction]":
    """Inherited reactions that put something into data that this state brings.

    Only here can it be full, so the reaction is declared again.
    """
    own = {item.name for item in state.data}
    known = {reaction.message.name for reaction in state.reactions}
    for above in ancestors(chart, state.name)[1:] if own else ():
        for reaction in chart.nodes[above].state.reactions:
            puts = {put.name.name for a in reaction.alternatives for put in a.put}
            if reaction.message.name not in known and puts & own:
                yield reaction
            known.add(reaction.message.name)


def _reaction(writer: Writer, state: "State", reaction: "Reaction") -> "Generator[str, None, bool]":
    """A reaction's transitions, as seen from a state; returns whether one always happens."""
    message = reaction.message.name
    for alternative in reaction.alternatives:
        passed: list[Expression] = []
        for check in alternative.checks:
            if check.otherwise is not None:
                failed = (*passed, negated(check.condition))
                yield from _else(writer, state, message, failed, check.otherwise)
            passed.append(check.condition)
        room = tuple(_room(writer.chart, state, alternative))
        passed += room
        guard = [_guard(writer, state, message, tuple(passed))] if passed else []
        yield from _transition(writer, state, alternative.target, [event(message)], *guard)
        if all(check.otherwise for check in alternative.checks) and not room:
            return True
    return False


def _else(
    writer: Writer,
    state: "State",
    message: str,
    conditions: "tuple[Expression, ...]",
    chosen: "Else",
) -> "Iterable[str]":
    """The usual way of what is refused, unless the `else` names another."""
    guard = _guard(writer, state, message, conditions)
    usual = [] if chosen.stay or chosen.target else [REFUSE]
    yield from _transition(writer, state, chosen.target, [event(message)], guard, *usual)


def _room(chart: "Chart", state: "State", alternative: "Alternative") -> "Iterable[Expression]":
    """A map that is put into must not be full."""
    held = {item.name: expand(chart, item.type) for item in data(chart, state.name)}
    for put in alternative.put:
        type_ = held.get(put.name.name)
        if isinstance(type_, Map):
            entries = Size(Name("state", put.name.name, put.span), put.span)
            yield Binary("<", entries, Name("limits", type_.max.name, put.span), put.span)


def _transition(
    writer: Writer, state: "State", target: "Ref | None", events: list[str], *more: str
) -> "Iterable[str]":
    place = _place(writer.chart, state.name)
    to = "STAY" if target is None else _place(writer.chart, target.name)
    listed = f"event={events[0]}" if len(events) == 1 else Items("event", tuple(events))
    head = f"composite({place})" if state.states else place
    if state.states and len(f"{INDENT}{head}.to(") > LINE:
        yield from (f"{INDENT}composite(", f"{INDENT * 2}{place},")
        head = ")"
    yield from call(1, f"{head}.to", (to, listed, *more))


def _place(chart: "Chart", name: str) -> str:
    """`Receiving.Started`."""
    return ".".join(reversed(ancestors(chart, name)))


def _guard(
    writer: Writer, state: "State", message: str, conditions: "tuple[Expression, ...]"
) -> str:
    """Add a function to the module: the argument that names it."""
    base = f"when_{snake(state.name)}_{snake(message)}"
    tried = chain((base,), (f"{base}_{number}" for number in count(2)))
    name = next(name for name in tried if name not in writer.names)
    writer.names.add(name)
    writer.limits |= limits(conditions)
    made = function(name, conditions)
    types = TYPES | {
        "message": TYPES["message"].format(message),
        "data": " | ".join(f"states.{leaf}" for leaf in _held(writer.chart, state, message)),
    }
    parameters = [f'{parameter}: "{types[parameter]}"' for parameter in made.parameters]
    writer.guards.append(Guard(call(0, f"def {name}", parameters, " -> bool:"), made))
    return f"cond={name}"


def _held(chart: "Chart", state: "State", message: str) -> tuple[str, ...]:
    """The leaves whose data a guard may meet: those that take the message from this state.

    Where all of them say something else, those inside it.
    """
    if not state.states:
        return (state.name,)
    every = running(chart)
    inside = tuple(leaf for leaf in every if state.name in ancestors(chart, leaf))
    met = tuple(leaf for leaf in inside if _taker(chart, leaf, message) == state.name) or inside
    return met if len(met) < len(every) else ("Running",)


def _taker(chart: "Chart", leaf: str, message: str) -> str | None:
    """The innermost state around a leaf that reacts to a message; None: none does."""
    for name in ancestors(chart, leaf):
        reactions = chart.nodes[name].state.reactions
        if any(reaction.message.name == message for reaction in reactions):
            return name
    return None
