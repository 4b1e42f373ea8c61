"""Breaks of programs that are written against the generated package. Knows names and types only.

What a type checker would say of the program, once it is given the new package.
"""

from typing import TYPE_CHECKING

from wirechart.breaking.registry import rule
from wirechart.breaking.verdict import Problem
from wirechart.chart import views
from wirechart.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wirechart.breaking.facts import Facts, Packages
    from wirechart.breaking.source_api import Fields, Method

ERROR, WARNING = Severity.ERROR, Severity.WARNING


@rule("BRS001", ERROR, "a package has another name")
def renamed_package(facts: "Facts") -> "Iterator[Problem]":
    """The package is imported by another name, because the protocol or a machine has one.

    Every import of the program has to be changed.
    """
    before, after = facts.specs.before, facts.new
    if before.protocol != after.protocol:
        message = f"the protocol is `{after.protocol}` instead of `{before.protocol}`"
        yield Problem("protocol", message, (), before.span, after.span)
    kept = {view.machine.name for view in views(after)}
    for view in views(before):
        name = view.machine.name
        if name not in kept:
            yield Problem(f"machines.{name}", f"the machine `{name}` is gone", (), None, None)


@rule("BRS002", ERROR, "a handler more")
def added_handler(facts: "Facts") -> "Iterator[Problem]":
    """`Handlers` asks for a method that the program does not have.

    Until it is written, nothing compiles, and the message is refused when it arrives. A program
    that inherits from `Defaults` has it.
    """
    for it in facts.packages:
        for name, method in it.new.handlers.items():
            if name not in it.old.handlers and not _former(it, method):
                yield it.problem(
                    f"handlers.{name}", f"a handler `{name}` is needed", method.message
                )


def _former(it: "Packages", method: "Method") -> str | None:
    """What a handler was called before, when only its name is another one."""
    gone = {n: m for n, m in it.old.handlers.items() if n not in it.new.handlers}
    alike = [n for n, m in gone.items() if (m.message, m.target) == (method.message, method.target)]
    return alike[0] if len(alike) == 1 else None


@rule("BRS003", WARNING, "a handler is called no more")
def removed_handler(facts: "Facts") -> "Iterator[Problem]":
    """The program has a method that nobody calls any more.

    It still compiles; what the method did is no longer done.
    """
    for it in facts.packages:
        added = (m for name, m in it.new.handlers.items() if name not in it.old.handlers)
        renamed = {_former(it, method) for method in added}
        for name, method in it.old.handlers.items():
            if name not in it.new.handlers and name not in renamed:
                message = f"the handler `{name}` is called no more"
                yield it.problem(f"handlers.{name}", message, method.message)


@rule("BRS004", ERROR, "a handler has another name")
def renamed_handler(facts: "Facts") -> "Iterator[Problem]":
    """The same transition calls a method of another name.

    That happens when a message gets a second target, or loses one: the method's name then says
    where it leads.
    """
    for it in facts.packages:
        for name, method in it.new.handlers.items():
            before = None if name in it.old.handlers else _former(it, method)
            if before is not None:
                message = f"the handler `{before}` is called `{name}`"
                yield it.problem(f"handlers.{name}", message, method.message)


@rule("BRS005", ERROR, "a handler has another signature")
def signature(facts: "Facts") -> "Iterator[Problem]":
    """A handler is called in further states, has to return another one, or takes other arguments.

    Its annotations no longer fit `Handlers`. What it does in the further states nobody has decided.
    """
    for it in facts.packages:
        for name, method in it.new.handlers.items():
            before = it.old.handlers.get(name)
            if before is not None:
                for what in _changed(before, method):
                    message = f"the handler `{name}` {what}"
                    yield it.problem(f"handlers.{name}", message, method.message)


def _changed(before: "Method", after: "Method") -> "Iterator[str]":
    further = sorted(after.sources - before.sources)
    if further:
        yield f"is called in {', '.join(f'`{name}`' for name in further)}, too"
    if before.target != after.target:
        yield f"returns `{after.target}` instead of `{before.target}`"
    if before.streamed != after.streamed:
        yield "takes its payload as it comes" if after.streamed else "takes no payload any more"
    if before.replies != after.replies:
        yield "returns bytes, too" if after.replies else "returns no bytes any more"
    if before.message != after.message:
        yield f"takes `{after.message}` instead of `{before.message}`"


@rule("BRS006", ERROR, "a class is gone")
def removed_class(facts: "Facts") -> "Iterator[Problem]":
    """A message or a state has no class of that name any more: it was removed, or renamed.

    Whoever imports it, or matches on it, has to change.
    """
    for it in facts.packages:
        for kind, old, new in _classes(it):
            for name in old:
                if name not in new:
                    yield it.problem(name, f"the {kind} `{name}` has no class any more", name)


def _classes(it: "Packages") -> "Iterator[tuple[str, Mapping[str, Fields], Mapping[str, Fields]]]":
    own = {name: held for name, held in it.old.messages.items() if name not in it.shared}
    yield "message", own, it.new.messages
    yield "state", {**it.old.running, **it.old.ends}, {**it.new.running, **it.new.ends}


@rule("BRS007", ERROR, "a class has other fields")
def fields(facts: "Facts") -> "Iterator[Problem]":
    """A message or a state holds more, less, or something of another type.

    A program that makes one lacks an argument, or has one too many; one that reads it finds
    another type, or nothing.
    """
    for it in facts.packages:
        for kind, old, new in _classes(it):
            for name, before in old.items():
                after = new.get(name, before)
                for what in _differences(before, after):
                    yield it.problem(name, f"the {kind} `{name}` {what}", name)


def _differences(before: "Fields", after: "Fields") -> "Iterator[str]":
    old, new = dict(before), dict(after)
    for name, type_ in new.items():
        if name not in old:
            yield f"needs `{name}`"
        elif old[name] != type_:
            yield f"holds `{name}` as {type_} instead of {old[name]}"
    yield from (f"holds no `{name}` any more" for name in old if name not in new)
    kept = [name for name in old if name in new]
    if kept != [name for name in new if name in old]:
        yield "holds its fields in another order"


@rule("BRS008", ERROR, "a state ends the machine, or does not end it any more")
def kind_of_state(facts: "Facts") -> "Iterator[Problem]":
    """A class moves from `Running` to `Termination`, or back.

    A `match` that was complete is not any more, and annotations do not fit.
    """
    for it in facts.packages:
        for one, other, what in (
            (it.old.running, it.new.ends, "ends the machine now"),
            (it.old.ends, it.new.running, "does not end the machine any more"),
        ):
            for name in one:
                if name in other:
                    yield it.problem(name, f"the state `{name}` {what}", name)


@rule("BRS009", ERROR, "a state more to match")
def added_state(facts: "Facts") -> "Iterator[Problem]":
    """`Running` or `Termination` has a further member.

    A `match` over it that has to be complete is not any more: `assert_never` does not compile.
    """
    for it in facts.packages:
        for one, other in ((it.old.running, it.new.running), (it.old.ends, it.new.ends)):
            known = {**it.old.running, **it.old.ends}
            for name in other:
                if name not in one and name not in known:
                    yield it.problem(name, f"the state `{name}` is new in its union", name)


@rule("BRS010", ERROR, "another context, or other arguments of Defaults")
def context(facts: "Facts") -> "Iterator[Problem]":
    """What the program agrees on before the machine begins, or supplies to `Defaults`, is other.

    The constructor lacks an argument, or has one too many.
    """
    for it in facts.packages:
        for what in _differences(it.old.context, it.new.context):
            if not it.new.element.startswith("machines"):
                yield Problem("context", f"`Context` {what}")
        old, new = dict(it.old.defaults), dict(it.new.defaults)
        for name, type_ in old.items():
            if new.get(name) != type_:
                message = f"`Defaults` takes no `{name}` of {type_} any more"
                yield it.problem(f"defaults.{name}", message, "")


@rule("BRS011", ERROR, "a reply has no name any more")
def reply(facts: "Facts") -> "Iterator[Problem]":
    """`Reply` lacks a member that programs may name.

    It was removed, or renamed. What is never sent can stay, with a doc that says so.
    """
    before, after = facts.specs.before.wire, facts.new.wire
    kept = {code.name for code in after.replies}
    for code in before.replies:
        if code.name not in kept:
            message = f"`Reply.{code.name}` is gone"
            yield Problem(f"wire.replies.{code.name}", message, (), before.span, after.span)


@rule("BRS012", ERROR, "a sender may not ask that any more")
def send(facts: "Facts") -> "Iterator[Problem]":
    """`send` of a machine that asks no longer takes a message in a state, or leads elsewhere.

    The overload that the program uses is gone, or returns another state.
    """
    for it in facts.packages:
        after = {(state, message): target for state, message, target in it.new.asked}
        for state, message, target in sorted(it.old.asked):
            now = after.get((state, message))
            if now is None:
                what = f"`{message}` may not be sent in `{state}` any more"
                yield it.problem(f"send.{state}.{message}", what, state)
            elif now != target:
                what = f"`{message}` sent in `{state}` leads to `{now}` instead of `{target}`"
                yield it.problem(f"send.{state}.{message}", what, state)
