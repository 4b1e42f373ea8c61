"""RCH: states that nothing leads to, or that lead to nothing."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from wirechart.chart import ancestors, finals, initial, running
from wirechart.diagnostics import Severity
from wirechart.rules.facts import Edges, Facts, listed, meant, road
from wirechart.rules.registry import Problem, rule

if TYPE_CHECKING:
    from wirechart.model import State


def _from(start: Iterable[str], edges: Edges) -> set[str]:
    waiting = list(start)
    found = set(waiting)
    while waiting:
        new = edges[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def _sources(names: list[str], edges: Edges) -> list[str]:
    """The least of `names`, first ones first, from which all of them can be reached."""
    among = set(names)
    order: list[str] = []
    seen: set[str] = set()
    for root in names:
        stack = [(root, False)]
        while stack:
            name, done = stack.pop()
            if done:
                order.append(name)
            elif name not in seen:
                seen.add(name)
                stack.append((name, True))
                stack += [(after, False) for after in edges[name] & among - seen]
    roots: list[str] = []
    covered: set[str] = set()
    for name in reversed(order):
        if name not in covered:
            roots.append(name)
            covered.add(name)
            waiting = [name]
            while waiting:
                new = (edges[waiting.pop()] & among) - covered
                covered |= new
                waiting += new
    return sorted(roots, key=names.index)


def _unreachable(facts: Facts) -> list[str]:
    """Of the leaf states and finals that cannot be reached, those that explain the others."""
    if not facts.certain:
        return []
    edges = facts.edges
    reached = _from([initial(facts.chart)], edges)
    missing = [name for name in edges if not facts.chart.nodes[name].state.states]
    return _sources([name for name in missing if name not in reached], edges)


def _outermost(facts: Facts, leaf: str) -> "State":
    """The largest state of which no leaf is reached, with that leaf inside."""
    chosen = leaf
    for name in ancestors(facts.chart, leaf)[1:]:
        if any(inside in facts.roads for inside in facts.leaves[name]):
            break
        chosen = name
    return facts.chart.nodes[chosen].state


@rule("RCH001", Severity.WARNING, "unreachable state")
def unreachable_state(facts: Facts) -> Iterator[Problem]:
    """No message and no fault ever leads to this state.

    What it does never happens, and what was meant to lead there leads elsewhere: look for the
    transition that should name it. Add `to: NAME` to a reaction of a state that can be reached, or
    remove the state.
    """
    running_ = set(running(facts.chart))
    found = [name for name in _unreachable(facts) if name in running_]
    for state in dict.fromkeys(_outermost(facts, name) for name in found):
        before = _reached_before(facts, state)
        yield Problem(
            state.span,
            f"nothing leads to `{state.name}`",
            f"name it as the target of a message{f', say in `{before}`' if before else ''}, "
            "or remove it",
            road(facts, before) if before else (),
        )


def _reached_before(facts: Facts, state: "State") -> str | None:
    """The last leaf before a state in the document that can be reached."""
    found = None
    for name in facts.chart.nodes:
        if name == state.name:
            break
        if facts.leaves[name] == (name,) and name in facts.roads:
            found = name
    return found


@rule("RCH002", Severity.WARNING, "a state from which no success can be reached")
def trap(facts: Facts) -> Iterator[Problem]:
    """From this state on, whatever the peer sends, the machine can only fail.

    A peer that gets there has lost without being told. Lead one of its messages to a success, or
    to a state that has a way there; if the state means failure, end the machine instead.
    """
    good = _hopeful(facts)
    if not facts.certain or initial(facts.chart) not in good:
        return
    # Whoever asks has been told by the reply that refused it.
    edges = facts.handled if facts.asks else facts.edges
    reached = _from([initial(facts.chart)], edges)
    lost = [name for name in running(facts.chart) if name in reached and name not in good]
    for name in _sources(lost, facts.handled):
        yield Problem(
            facts.chart.nodes[name].state.span,
            f"from `{name}` no message leads to a success",
            "add a message that leads to a success, or end the machine before",
            road(facts, name),
        )


@rule("RCH003", Severity.WARNING, "no success can be reached")
def hopeless(facts: Facts) -> Iterator[Problem]:
    """From its beginning on, the machine has no way to end in a success.

    Every session would be reported as a failure. Lead a message to a `final: success` state. A
    machine that asks needs none: it may just stop asking.
    """
    start = initial(facts.chart)
    good = _hopeful(facts)
    cut = good.intersection(_unreachable(facts)).difference(finals(facts.chart))
    if not facts.certain or start in good or facts.asks or cut:
        return  # with a state that nothing leads to, that is the cause
    handled = [name for name in facts.roads if name in set(running(facts.chart))]
    successes = [n for n in finals(facts.chart) if facts.chart.nodes[n].state.final == "success"]
    yield Problem(
        facts.spec.machine.initial.span,
        f"no messages lead from `{start}` to a success",
        f"let a message lead to {listed(successes)}" if successes else "add a `final: success`",
        road(facts, handled[-1]) if len(handled) > 1 else (),
    )


def _hopeful(facts: Facts) -> set[str]:
    """The states from which handled messages lead to a success."""
    edges = facts.handled
    back: dict[str, set[str]] = {name: set() for name in edges}
    for name, targets in edges.items():
        for target in targets:
            back[target].add(name)
    nodes = facts.chart.nodes
    return _from((n for n in finals(facts.chart) if nodes[n].state.final == "success"), back)


@rule("RCH004", Severity.WARNING, "an ending that is never reached")
def unreachable_final(facts: Facts) -> Iterator[Problem]:
    """Nothing leads to this final state.

    An outcome that cannot happen is either a forgotten transition or a promise that is not kept.
    Name it as a target, or remove it.
    """
    for name in _unreachable(facts):
        if facts.chart.nodes[name].parent is not None:
            continue  # it stands in the wrong place, which is said
        state = facts.chart.nodes[name].state
        hopeless_anyway = state.final == "success" and _no_other_success(facts, name)
        if state.final is not None and not hopeless_anyway:
            help_ = f"write `to: {name}` where the machine ends so, or remove it"
            yield Problem(state.span, f"nothing leads to `{name}`", help_)


def _no_other_success(facts: Facts, name: str) -> bool:
    """Then the machine as a whole has no success, which is said once."""
    nodes = facts.chart.nodes
    others = [n for n in finals(facts.chart) if nodes[n].state.final == "success" and n != name]
    return initial(facts.chart) not in _hopeful(facts) and not others


@rule("RCH005", Severity.ERROR, "a composite state without `initial`")
def missing_initial(facts: Facts) -> Iterator[Problem]:
    """A state has states inside and does not say which of them is entered.

    A transition to it would lead nowhere in particular. Write `initial: NAME`.
    """
    for state in facts.states:
        if state.states and state.initial is None:
            help_ = f"write `initial: {state.states[0].name}`"
            inside = listed(child.name for child in state.states)
            yield Problem(
                state.span,
                f"`{state.name}` does not say which of {inside} is entered",
                help_,
            )


@rule("RCH006", Severity.ERROR, "`initial` without states inside")
def needless_initial(facts: Facts) -> Iterator[Problem]:
    """A state names an `initial` state and has no states inside.

    Remove `initial`, or move the states that belong inside below its `states`.
    """
    for state in facts.states:
        if state.initial is not None and not state.states:
            help_ = "remove `initial`, or add `states`"
            message = f"`{state.name}` has no states inside, so there is nothing to enter"
            yield Problem(state.initial.span, message, help_)


@rule("RCH007", Severity.NOTE, "a composite state with one state inside")
def lonely_child(facts: Facts) -> Iterator[Problem]:
    """A composite state has exactly one state inside.

    It groups nothing: two names for one state. Write its reactions into the state inside, unless
    more states are to come.
    """
    for state in facts.states:
        if len(state.states) == 1:
            only = state.states[0].name
            help_ = f"make `{state.name}` and `{only}` one state"
            yield Problem(state.span, f"`{state.name}` has only `{only}` inside", help_)


@rule("RCH008", Severity.ERROR, "a final state inside another")
def nested_final(facts: Facts) -> Iterator[Problem]:
    """`final:` stands on a state that is inside another one.

    A machine that ended is in no other state: it inherits no reactions and waits for nothing. Move
    the state to `machine.states`.
    """
    for node in facts.chart.nodes.values():
        if node.state.final is not None and node.parent is not None:
            help_ = f"move `{node.state.name}` directly below `machine.states`"
            message = f"the final state `{node.state.name}` is inside `{node.parent}`"
            yield Problem(node.state.span, message, help_)


@rule("RCH009", Severity.ERROR, "a final state that goes on")
def busy_final(facts: Facts) -> Iterator[Problem]:
    """A final state has reactions, fallbacks, endings, or states inside.

    In it the machine has ended: nothing of that ever happens. For late messages of a peer use
    `linger`; else remove them, or `final`.
    """
    for state in facts.states:
        parts = {
            "on": state.reactions,
            "otherwise": state.otherwise,
            "on_refused": state.on_refused,
            "on_malformed": state.on_malformed,
            "on_handler_error": state.on_handler_error,
            "on_eof": state.on_eof,
            "on_lost": state.on_lost,
            "on_idle": state.on_idle,
            "on_unanswered": state.on_unanswered,
            "states": state.states,
        }
        written = [key for key, part in parts.items() if part]
        if state.final is not None and written:
            help_ = "remove them, or remove `final`"
            yield Problem(state.span, f"`{state.name}` is final and has {listed(written)}", help_)


@rule("RCH010", Severity.ERROR, "the machine begins in its end")
def final_initial(facts: Facts) -> Iterator[Problem]:
    """`machine.initial` is a final state.

    No message would ever be received. Begin in a state that waits for one.
    """
    begin = meant(facts, facts.spec.machine.initial)
    if begin is not None and begin.final is not None:
        first = next(iter(running(facts.chart)), None)
        help_ = f"begin in a state that waits for messages, such as `{first}`"
        yield Problem(
            facts.spec.machine.initial.span,
            f"`{begin.name}` is final, and the machine begins there",
            help_ if first else "add a state that waits for messages",
        )
