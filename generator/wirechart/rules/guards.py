"""DET: conditions that are none, and conditions that are settled before a message comes."""

from collections.abc import Iterator
from itertools import chain, takewhile
from typing import Literal

from wirechart.chart import ancestors, data
from wirechart.diagnostics import Severity
from wirechart.expressions import names
from wirechart.rules.facts import Facts, listed
from wirechart.rules.known import Note
from wirechart.rules.registry import Problem, rule
from wirechart.rules.scopes import Use


def uses(facts: Facts) -> Iterator[Use]:
    """Every expression of a spec, judged."""
    yield from chain.from_iterable(judged.uses for judged in facts.judged)
    yield from facts.described


def _notes(facts: Facts, kind: Literal["type", "constant"]) -> Iterator[Note]:
    for use in uses(facts):
        yield from dict.fromkeys(note for note in use.notes if note.kind == kind)


@rule("DET020", Severity.ERROR, "an expression of the wrong type")
def ill_typed(facts: Facts) -> Iterator[Problem]:
    """An expression compares what cannot be compared, or is no condition.

    `if: message.flags & 2` is a number: write `message.flags & 2 != 0`. `in` looks into a map or a
    list, `size` counts one; descriptors and messages cannot be compared at all.
    """
    for note in _notes(facts, "type"):
        yield Problem(note.span, note.message, note.help)


@rule("DET021", Severity.WARNING, "a condition that always holds")
def always_true(facts: Facts) -> Iterator[Problem]:
    """A comparison is true for every message that can come, given the conditions before it.

    A `u16` is never below 0 and never above 65535. What was meant to be checked is not. Correct
    the comparison, or remove it.
    """
    for note in _notes(facts, "constant"):
        if note.truth:
            yield Problem(note.span, note.message, "correct it, or remove it")


@rule("DET022", Severity.WARNING, "a condition that never holds")
def always_false(facts: Facts) -> Iterator[Problem]:
    """A comparison is false for every message that can come, given the conditions before it.

    A `u8` never equals 300, `flags & 2` never equals 1. The transition cannot happen. Correct the
    comparison, or remove the alternative.
    """
    for note in _notes(facts, "constant"):
        if not note.truth:
            yield Problem(note.span, note.message, "correct it, or remove the alternative")


@rule("DET023", Severity.ERROR, "state data that not every state here has")
def partly_unknown(facts: Facts) -> Iterator[Problem]:
    """A reaction is inherited by states that lack the data it asks for.

    In those states the guard has no answer. Write the reaction in the states that hold the data,
    or hold it in the state that has the reaction.
    """
    for judged in facts.judged:
        state = judged.way.state.name
        for use in judged.uses:
            for name in names(use.expression):
                if name.scope == "state" and use.scope.knows(name):
                    lacking = _lacking(facts, state, name.name, judged.way.reaction.message.name)
                    if lacking:
                        yield Problem(
                            name.span,
                            f"`state.{name.name}`: {listed(lacking)} "
                            f"{'inherit' if len(lacking) > 1 else 'inherits'} this reaction and "
                            f"{'hold' if len(lacking) > 1 else 'holds'} no `{name.name}`",
                            f"move the reaction to the states that hold `{name.name}`",
                        )


def _lacking(facts: Facts, state: str, name: str, message: str) -> list[str]:
    """The leaves that inherit a reaction and hold no such data."""
    return [
        leaf
        for leaf in facts.leaves[state]
        if not any(item.name == name for item in data(facts.chart, leaf))
        and not _overridden(facts, leaf, state, message)
    ]


def _overridden(facts: Facts, leaf: str, state: str, message: str) -> bool:
    """Whether the leaf, or a state around it inside `state`, has its own reaction."""
    inner = takewhile(lambda name: name != state, ancestors(facts.chart, leaf))
    return any(
        reaction.message.name == message
        for name in inner
        for reaction in facts.chart.nodes[name].state.reactions
    )
