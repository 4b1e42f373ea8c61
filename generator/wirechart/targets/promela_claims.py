"""The claims of a Promela model: what `wirechart verify` asks, by the same names."""

from typing import TYPE_CHECKING

from wirechart.composition.verdicts import judged
from wirechart.composition.verify import concerned
from wirechart.composition.watches import inside, owned
from wirechart.statements import Ended, Happens, InState, Joined, Negation
from wirechart.targets import promela_partition as partition
from wirechart.targets.promela_names import alternatives
from wirechart.targets.promela_steps import end_of, well_left

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.composition.watches import States
    from wirechart.model import Property, Resource
    from wirechart.statements import Condition
    from wirechart.targets.promela_names import Names, Parted

EVENTS = {"sent": "SENT", "taken": "TAKEN", "accepted": "HEARD", "refused": "DENIED"}


def observing(names: "Names") -> "Iterator[str]":
    """What is remembered of every step for the properties."""
    for item in names.properties:
        yield f"bool seen_{item.name}, violated_{item.name};"
    yield "/* Remember what counts for the properties; called at the end of every step. */"
    yield "inline observe(kind) {"
    for item in names.properties:
        yield from (f"  {line};" for line in _remember(names, item))
    yield "  what = NOTHING; about = 0"
    yield "}"
    yield ""


def _remember(names: "Names", item: "Property") -> "Iterator[str]":
    statement = item.holds
    first = _condition(names, statement.first)
    second = _condition(names, statement.second) if statement.second else "false"
    seen, violated = f"seen_{item.name}", f"violated_{item.name}"
    match statement.kind:
        case "always":
            yield f"{violated} = {violated} || !({first})"
        case "never":
            yield f"{violated} = {violated} || {first}"
        case "after":
            yield f"{violated} = {violated} || ({seen} && {first})"
            yield f"{seen} = {seen} || {second}"
        case "precedes":
            yield f"{seen} = {seen} || {first}"
            yield f"{violated} = {violated} || (!{seen} && {second})"
        case "eventually":
            yield f"{seen} = {seen} || {first}"


def _condition(names: "Names", condition: "Condition") -> str:
    match condition:
        case Negation(operand):
            return f"!({_condition(names, operand)})"
        case Joined(operator, left, right):
            sign = {"and": "&&", "or": "||"}[operator]
            return f"({_condition(names, left)} {sign} {_condition(names, right)})"
        case Happens(message, what, where):
            kinds = [kind for kind in names.kinds if where is None or kind.kind.name == where.name]
            there = alternatives([f"kind == k_{kind.name}" for kind in kinds])
            return f"(what == {EVENTS[what]} && about == M_{message.name} && {there})"
        case InState(machine, state):
            places = inside(names.charts, machine.name, state.name)
            return alternatives([one for part in names.kinds for one in _in(part, places)])
        case Ended(machine):
            return alternatives([one for part in names.kinds for one in _over(part, machine.name)])


def _in(parted: "Parted", places: "States") -> "Iterator[str]":
    for number in parted.numbers:
        yield from _at(parted, number, places)


def _at(parted: "Parted", number: int, places: "States") -> "Iterator[str]":
    pair = parted.kind.pair
    for machine, state in sorted(places):
        if machine == pair.asker.name and not pair.asker.anybody:
            yield f"c[{number}].asker == {parted.asks(state)}"
        if machine == pair.answerer.name and not pair.answerer.anybody:
            yield f"c[{number}].answerer == {parted.answers(state)}"


def _over(parted: "Parted", machine: str) -> "Iterator[str]":
    pair = parted.kind.pair
    for number in parted.numbers:
        if machine == pair.asker.name:
            yield f"c[{number}].asker_over"
        if machine == pair.answerer.name:
            yield f"c[{number}].answerer_over"


def claims(names: "Names") -> "Iterator[str]":
    """One for each verdict."""
    doubtful = frozenset(
        place for item in names.spec.resources for place in owned(names.charts, item.in_doubt)
    )
    for parted in names.kinds:
        stuck = alternatives(
            [one for number in parted.numbers for one in _stuck(names, parted, number)]
        )
        yield f"ltl deadlock_{parted.name} {{ [] !{stuck} }}"
        if judged(parted.kind.pair):
            yield f"ltl reception_{parted.name} {{ [] !unhandled_{parted.name} }}"
            yield f"ltl consumption_{parted.name} {{ [] !unconsumed_{parted.name} }}"
            unheard = alternatives([_unheard(parted, n, doubtful) for n in parted.numbers])
            yield f"ltl ending_{parted.name} {{ [] !{unheard} }}"
    for resource in names.resources:
        yield from _ownership(names, resource)
    for item in names.properties:
        if item.holds.kind == "eventually":
            rest = " && ".join(_rest(names, item))
            yield f"ltl property_{item.name} {{ [] !({rest} && !seen_{item.name}) }}"
        else:
            yield f"ltl property_{item.name} {{ [] !violated_{item.name} }}"


def _stuck(names: "Names", parted: "Parted", number: int) -> tuple[str, str]:
    """Whether nothing but a fault can happen, although a machine runs; and the same parted."""
    return _quiet(parted, number), partition.stuck(names, parted, number)[0]


def _quiet(parted: "Parted", number: int) -> str:
    """Whether nothing but a fault can happen on a connection that carries something."""
    side, i = parted.kind.pair.asker, f"c[{number}]"
    states = dict.fromkeys(state for state, _ in side.faults)
    silent = [f"{i}.asker == {parted.asks(s)}" for s in states if not side.sends.get(s)]
    idle = f"({alternatives(silent)} && !{well_left(parted, str(number))})"
    return (
        f"({i}.asker && !{i}.asker_over && !{i}.answerer_over && !{i}.broken"
        f" && {i}.line == EMPTY && ({i}.asked || {idle}))"
    )


def _unheard(parted: "Parted", number: int, doubtful: "States") -> str:
    """Whether one side ended well, and the other neither knows nor knows that it cannot."""
    pair, i = parted.kind.pair, f"c[{number}]"
    well = [
        f"{i}.asker == {parted.asks(state)}"
        for state, kind in pair.asker.finals.items()
        if kind == "success"
    ]
    also = [
        f"{i}.answerer == {parted.answers(state)}"
        for state, kind in pair.answerer.finals.items()
        if kind == "success"
    ]
    open_ = [f"{i}.asker == {parted.asks(s)}" for m, s in sorted(doubtful) if m == pair.asker.name]
    open_ += [
        f"{i}.answerer == {parted.answers(s)}"
        for m, s in sorted(doubtful)
        if m == pair.answerer.name
    ]
    good, done = alternatives(well), alternatives(also)
    return (
        f"({i}.asker_over && {i}.answerer_over && !{alternatives(open_)} && "
        f"(({i}.asker_over == ACCEPTED && {good} && !{done}) || "
        f"({i}.answerer_over == HANDLED && {done} && {i}.asker_over == FAILED)))"
    )


def _ownership(names: "Names", resource: "Resource") -> "Iterator[str]":
    owners, doubtful = (owned(names.charts, part) for part in (resource.owners, resource.in_doubt))
    counted: list[str] = []
    excused: list[str] = []
    for parted in names.kinds:
        for number in parted.numbers:
            passing = _passing(parted, number, owners)
            counted += _owning(parted, number, owners, passing)
            excused += [passing, *_in(parted, doubtful)]
    count = " + ".join(counted) or "0"
    yield f"#define owners_of_{resource.name} ({count})"
    yield f"#define excused_{resource.name} {alternatives(excused)}"
    yield (
        f"ltl ownership_{resource.name} {{ [] (!begun || owners_of_{resource.name} == 1 || "
        f"(owners_of_{resource.name} == 0 && excused_{resource.name})) }}"
    )


def _owning(parted: "Parted", number: int, owners: "States", passing: str) -> "Iterator[str]":
    pair, i = parted.kind.pair, f"c[{number}]"
    for machine, state in sorted(owners):
        if machine == pair.answerer.name and not pair.answerer.anybody:
            yield f"({i}.answerer == {parted.answers(state)})"
        if machine == pair.asker.name and not pair.asker.anybody:
            yield f"({i}.asker == {parted.asks(state)} && !({i}.asked && {passing}))"


def _passing(parted: "Parted", number: int, owners: "States") -> str:
    """Whether a request is under way, or unanswered, that gives the resource or takes it away."""
    side, i = parted.kind.pair.asker, f"c[{number}]"
    found: list[str] = []
    for state, messages in side.sends.items():
        for message, outcome in messages.items():
            if ((side.name, state) in owners) == ((side.name, outcome.target) in owners):
                continue
            if message in side.answered:
                found.append(f"({i}.asker == {parted.asks(state)} && {i}.asked == M_{message})")
            else:
                found.append(f"({i}.line == REQUEST && {i}.carried == M_{message})")
    return alternatives(list(dict.fromkeys(found)))


def _rest(names: "Names", item: "Property") -> "Iterator[str]":
    """Whether nothing more happens without a fault on the connections that it is about."""
    first = names.first.numbers[0]
    runs = f"(!c[{first}].asker_over && !c[{first}].answerer_over && c[{first}].broken != PARTED)"
    for parted in names.kinds:
        if not concerned(item.holds, parted.kind):
            continue
        for number in parted.numbers:
            i = f"c[{number}]"
            over = end_of(str(number))
            unopened = f"(!{i}.asker && !{runs})"
            parts = partition.stuck(names, parted, number)[1]
            yield f"({over} || {_quiet(parted, number)} || {parts} || {unopened})"
