"""DET: messages that nothing decides, and decisions that never count."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from wirechart.chart import ancestors, running, sender
from wirechart.diagnostics import Severity
from wirechart.record import record, replace
from wirechart.rules.facts import Facts, above, listed, road
from wirechart.rules.places import elses, fallbacks
from wirechart.rules.registry import Problem, rule

if TYPE_CHECKING:
    from wirechart.diagnostics import Span
    from wirechart.model import Alternative, Fallback, Reaction, State

MOST_RELATED = 8
SPLIT = ("on_refused", "on_malformed", "on_handler_error")


@record
class Lacking:
    """States that lack something: one, or all there are where none of a machine has it."""

    states: "tuple[State, ...]"
    leaf: str  # one in the first of them

    def __str__(self) -> str:
        """Who they are, with the verb: `Open` does not."""
        names = listed(state.name for state in self.states)
        return f"{names} do not" if self.related else f"{names} does not"

    @property
    def related(self) -> "tuple[tuple[Span, str], ...]":
        """All but the first."""
        return tuple((state.span, "nor does this") for state in self.states[1:MOST_RELATED])

    @property
    def where(self) -> str:
        """Where to write it, if not in the state itself."""
        return " in a state around them" if self.related else ""


def without(facts: Facts, writes: "Callable[[State], bool]") -> Iterator[Lacking]:
    """The largest states of which no running leaf has what `writes` looks for.

    A leaf has it when it, or a state around it, writes it.
    """
    leaves = running(facts.chart)
    lacking = {
        leaf
        for leaf in leaves
        if not any(writes(facts.chart.nodes[name].state) for name in ancestors(facts.chart, leaf))
    }
    found: dict[str, Lacking] = {}
    for leaf in leaves:
        if leaf not in lacking:
            continue
        chosen = leaf
        for name in ancestors(facts.chart, leaf):
            if lacking.issuperset(facts.leaves[name]):
                chosen = name
        if chosen not in found:
            reached = (inside for inside in facts.leaves[chosen] if inside in facts.roads)
            state = facts.chart.nodes[chosen].state
            found[chosen] = Lacking((state,), next(reached, leaf))
    if found and lacking.issuperset(leaves):
        states = tuple(state for each in found.values() for state in each.states)
        yield replace(next(iter(found.values())), states=states)
    else:
        yield from found.values()


@rule("DET001", Severity.ERROR, "a request that nothing decides")
def undecided(facts: Facts) -> Iterator[Problem]:
    """A state does not say what happens to messages that it does not handle, or that are broken.

    A peer can send any message at any time, with any bytes in it. Each must be answered, and the
    machine must be somewhere afterwards. Write `otherwise: {reply: Error, to: Failed}` on the
    state, or on one around it; or `on_refused`, `on_malformed` and `on_handler_error` each.
    """
    missing: dict[str, tuple[Lacking, list[str]]] = {}
    for key in SPLIT:
        for lacking in without(facts, partial(_writes, key)):
            missing.setdefault(str(lacking), (lacking, []))[1].append(key)
    for lacking, keys in missing.values():
        subject = "they have" if lacking.related else "it has"
        yield Problem(
            lacking.states[0].span,
            f"{lacking} decide {_undecided(facts, lacking, keys)}: {subject} no {listed(keys)}",
            f"write `otherwise: {{reply: {facts.spec.wire.refuse.name}, to: …}}`{lacking.where}"
            if len(keys) == len(SPLIT)
            else f"write `{keys[0]}: {{reply: …, to: …}}`{lacking.where}",
            road(facts, lacking.leaf),
            lacking.related,
        )


def _undecided(facts: Facts, lacking: Lacking, keys: list[str]) -> str:
    messages = _refused(facts, lacking.leaf)
    if "on_refused" not in keys or not messages or lacking.related:
        return "every request"
    return f"{listed(messages)}{',' if len(messages) > 1 else ''} and unknown codes"


def _writes(key: str, state: "State") -> bool:
    return state.otherwise is not None or getattr(state, key) is not None


def _refused(facts: Facts, leaf: str) -> list[str]:
    inherited = [facts.chart.nodes[name].state for name in ancestors(facts.chart, leaf)]
    handled = {reaction.message.name for state in inherited for reaction in state.reactions}
    return [f"{name}" for name in facts.receivable if name not in handled]


def _open_ended(alternative: "Alternative") -> bool:
    """Whether it decides every message that comes to it."""
    guarded = any(check.otherwise is None for check in alternative.checks)
    return not guarded and not alternative.put  # a full map passes the message on


@rule("DET002", Severity.ERROR, "an alternative that is never tried")
def shadowed(facts: Facts) -> Iterator[Problem]:
    """An alternative stands behind one that takes every message.

    Alternatives are tried in order. One without a condition, or whose every condition has an
    `else` that decides, leaves nothing to those behind it. Move it to the end, or give it a
    condition.
    """
    for node in facts.chart.nodes.values():
        for reaction in node.state.reactions:
            yield from _behind(reaction)


def _behind(reaction: "Reaction") -> Iterator[Problem]:
    for index, alternative in enumerate(reaction.alternatives[:-1]):
        if _open_ended(alternative):
            why = "every condition has an `else`" if alternative.checks else "it has no condition"
            yield Problem(
                reaction.alternatives[index + 1].span,
                f"this alternative for `{reaction.message.name}` is never tried: the one before "
                "it decides every message",
                "move the one before to the end, or give it a condition without `else`",
                related=((alternative.span, f"decides every message: {why}"),),
            )
            return


@rule("DET003", Severity.WARNING, "the same condition twice")
def repeated_guard(facts: Facts) -> Iterator[Problem]:
    """A condition stands twice in one reaction where the second time can change nothing.

    Twice in one alternative it adds nothing; in two alternatives the second is never chosen.
    Usually one of them was copied and should say something else.
    """
    for node in facts.chart.nodes.values():
        for reaction in node.state.reactions:
            yield from _repeated(reaction)


def _repeated(reaction: "Reaction") -> Iterator[Problem]:
    whole: dict[object, Alternative] = {}
    for alternative in reaction.alternatives:
        conditions = tuple(check.condition for check in alternative.checks)
        seen: set[object] = set()
        for check in alternative.checks:
            if check.condition in seen:
                yield Problem(
                    check.span, "this condition stands here twice", "remove it, or correct it"
                )
            seen.add(check.condition)
        if conditions in whole and conditions and not alternative.put:
            yield Problem(
                alternative.checks[0].span,
                f"an alternative for `{reaction.message.name}` before has the same condition",
                "correct one of the two, or remove this alternative",
                related=((whole[conditions].checks[0].span, "the same condition"),),
            )
        if not any(check.otherwise for check in alternative.checks) and not alternative.put:
            whole.setdefault(conditions, alternative)


@rule("DET004", Severity.NOTE, "a reaction that is inherited anyway")
def inherited_reaction(facts: Facts) -> Iterator[Problem]:
    """A state repeats, word for word, what a state around it does with a message.

    A later change of one of them will forget the other. Remove the inner one.
    """
    for name, node in facts.chart.nodes.items():
        for reaction in node.state.reactions:
            outer = _inherited(facts, name, reaction)
            if outer is not None and outer.alternatives == reaction.alternatives:
                yield Problem(
                    reaction.span,
                    f"`{name}` inherits exactly this reaction to `{reaction.message.name}`",
                    "remove it here",
                    related=((outer.span, "the one that is inherited"),),
                )


def _inherited(facts: Facts, name: str, reaction: "Reaction") -> "Reaction | None":
    for state in above(facts, name):
        for outer in state.reactions:
            if outer.message == reaction.message:
                return outer
    return None


@rule("DET005", Severity.WARNING, "`otherwise` beside all that it stands for")
def needless_otherwise(facts: Facts) -> Iterator[Problem]:
    """A state writes `otherwise`, and also `on_refused`, `on_malformed` and `on_handler_error`.

    The three go before it, so `otherwise` never counts, though a reader may believe it does.
    Remove it, or those of the three that say the same.
    """
    for state in facts.states:
        if state.otherwise is not None and all(getattr(state, key) for key in SPLIT):
            help_ = "remove `otherwise`, or those of the three that say the same"
            message = f"`otherwise` of `{state.name}` never counts: {listed(SPLIT)} go before it"
            yield Problem(state.otherwise.span, message, help_)


@rule("DET006", Severity.NOTE, "a fallback that is inherited anyway")
def inherited_fallback(facts: Facts) -> Iterator[Problem]:
    """A state repeats, word for word, the `otherwise` or the part of it of a state around it.

    A later change of one of them will forget the other. Remove the inner one.
    """
    for name, node in facts.chart.nodes.items():
        for key, part in fallbacks(node.state):
            outer = next((s for s in above(facts, name) if any(fallbacks(s))), None)
            same: Fallback | None = getattr(outer, key) if outer is not None else None
            if same is not None and same == part:
                yield Problem(
                    part.span,
                    f"`{name}` inherits exactly this `{key}`",
                    "remove it here",
                    related=((same.span, "the one that is inherited"),),
                )


@rule("DET007", Severity.WARNING, "a handled message is answered as if it were refused")
def accepted_with_refusal(facts: Facts) -> Iterator[Problem]:
    """A transition that a handler carries out is answered with the wire's `refuse`.

    The peer believes that nothing happened, and goes on as if. Answer with another reply; if the
    message is to be refused, let a condition fail or leave the reaction out.
    """
    refuse, accept = facts.spec.wire.refuse, facts.spec.wire.accept
    for way in facts.ways:
        reply = way.alternative.reply
        if (
            reply is not None
            and reply == refuse
            and refuse != accept
            and not _fails(facts, way.alternative)
        ):
            yield Problem(
                reply.span,
                f"`{way.reaction.message.name}` is handled here and answered with `{reply.name}`, "
                "the reply of refusals",
                f"answer `{accept.name}`, or give this case a reply of its own",
            )


def _fails(facts: Facts, alternative: "Alternative") -> bool:
    """Whether it ends the machine in a failure, where a refusal is a fitting last word."""
    target = alternative.target.name if alternative.target else ""
    node = facts.chart.nodes.get(target)
    return node is not None and node.state.final == "failure"


@rule("DET008", Severity.WARNING, "a refusal is answered as if it were accepted")
def refused_with_acceptance(facts: Facts) -> Iterator[Problem]:
    """A fallback, or an `else`, is answered with the wire's `accept`.

    The peer believes that its request was carried out, and may destroy what it still needs.
    Answer with a reply that says no.
    """
    refuse, accept = facts.spec.wire.refuse, facts.spec.wire.accept
    if refuse == accept:
        return
    replies = [part.reply for way in facts.ways for part in elses(way.alternative)]
    for state in facts.states:
        replies += [part.reply for _, part in fallbacks(state)]
    for reply in replies:
        if reply is not None and reply == accept:
            yield Problem(
                reply.span,
                f"a refusal is answered with `{reply.name}`, the reply of handled messages",
                f"answer `{refuse.name}`, or another reply that says no",
            )


@rule("DET009", Severity.ERROR, "a reaction to a message that never counts")
def impossible_reaction(facts: Facts) -> Iterator[Problem]:
    """A state reacts to a reserved message, or to one that the machine's own role sends.

    Such messages are refused in every state, whatever a reaction says; and a machine that asks
    sends only what its own role may send. Remove the reaction, or the message's `reserved` or
    `from`.
    """
    role = facts.spec.machine.role.name
    for state in facts.states:
        refs = [reaction.message for reaction in state.reactions]
        for ref in _never_received(facts, (ref.name for ref in refs)):
            message = facts.chart.messages[ref]
            why = (
                "is reserved"
                if message.reserved
                else f"is sent by `{sender(facts.chart, message)}`"
            )
            span = next(item.span for item in refs if item.name == ref)
            whose = "not " if facts.asks else ""
            where = f", which is {whose}the role `{role}` of this machine"
            help_ = "remove this reaction, or mend the message"
            event = "sent" if facts.asks else "received"
            text = f"`{ref}` is never {event}: it {why}{'' if message.reserved else where}"
            yield Problem(span, text, help_)


def _never_received(facts: Facts, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        message = facts.chart.messages.get(name)
        if message is None:
            continue
        own = sender(facts.chart, message) == facts.spec.machine.role.name
        if message.reserved or own != facts.asks:
            yield name
