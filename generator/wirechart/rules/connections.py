"""CON: kinds of connection, the machines on them, and scenarios."""

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING

from wirechart import layout
from wirechart.chart import connection, is_first, nearest, sender, views
from wirechart.diagnostics import Severity, did_you_mean
from wirechart.model import Bytes
from wirechart.rules.facts import Facts, listed
from wirechart.rules.places import every_state
from wirechart.rules.registry import Problem, rule
from wirechart.scenarios import Stuck

if TYPE_CHECKING:
    from wirechart.model import Connection, Spec


def _machines(spec: "Spec") -> "Iterator[tuple[Spec, str]]":
    """The views of a spec, each with the name of its machine as one says it."""
    for view in views(spec):
        yield view, f"`{view.machine.name}`" if view.machine.name else "the protocol's machine"


@rule("CON001", Severity.ERROR, "unknown connection")
def unknown_connection(facts: Facts) -> Iterator[Problem]:
    """A machine or a scenario names a kind of connection that `connections` does not list.

    Nobody would know who opens it, and who asks. Correct the name, or describe the connection:
    `connection: memry` where it is called `memory`.
    """
    known = [kind.name for kind in facts.spec.connections]
    refs = [facts.spec.machine.connection]
    refs += [step.connection for item in facts.spec.scenarios for step in item.steps]
    for ref in refs:
        if ref is not None and ref.name not in known:
            help_ = did_you_mean(ref.name, known) or "describe it in `connections`"
            yield Problem(ref.span, f"`{ref.name}` is not a connection", help_)


@rule("CON002", Severity.ERROR, "no first connection, or two")
def first_connection(facts: Facts) -> Iterator[Problem]:
    """Not exactly one kind of connection is without a preamble.

    The first connection of a session has none; every other one says by its preamble which it is.
    Give each but one a `preamble`.
    """
    plain = [kind for kind in facts.spec.connections if is_first(kind)]
    if facts.spec.connections and not plain:
        first = facts.spec.connections[0]
        help_ = "remove the preamble of the connection that is opened first"
        yield Problem(first.span, "every connection has a preamble", help_)
    for kind in plain[1:]:
        message = f"`{kind.name}` and `{plain[0].name}` are both without a preamble"
        yield Problem(kind.span, message, "give one of them a `preamble`")


@rule("CON003", Severity.ERROR, "preambles that cannot be told apart")
def equal_preambles(facts: Facts) -> Iterator[Problem]:
    """Two connections have the same preamble, or preambles of different sizes.

    Whoever accepts a connection reads the preamble to know what it is; so it has to have one size,
    and each kind its own value.
    """
    kinds = [kind for kind in facts.spec.connections if kind.preamble]
    for one, other in combinations(kinds, 2):
        sizes = [sum(field.size for field in kind.preamble) for kind in (one, other)]
        if sizes[0] != sizes[1]:
            message = f"the preambles of `{one.name}` and `{other.name}` differ in size"
            yield Problem(other.span, message, f"make both {sizes[0]} bytes long")
        elif _bytes_of(one) == _bytes_of(other):
            message = f"`{one.name}` and `{other.name}` have the same preamble"
            yield Problem(other.span, message, "give each its own value")


def _bytes_of(kind: "Connection") -> bytes:
    """In some byte order, the same for all."""
    fields = ((field.constant or 0).to_bytes(field.size, "big") for field in kind.preamble)
    return b"".join(fields)


@rule("CON010", Severity.ERROR, "a connection that cannot be told from others")
def nameless_further(facts: Facts) -> Iterator[Problem]:
    """A connection has `preamble: none`, and there are other kinds beside it and the first.

    It is told by coming after the first, and so would they be. Give it a preamble, or remove the
    others.
    """
    further = [kind for kind in facts.spec.connections if not is_first(kind)]
    for kind in further if len(further) > 1 else ():
        if kind.later:
            names = listed(other.name for other in further if other is not kind)
            text = f"`{kind.name}` has no preamble, and cannot be told from {names}"
            yield Problem(kind.span, text, "give it a preamble")


@rule("CON004", Severity.ERROR, "two machines for one end")
def rivals(facts: Facts) -> Iterator[Problem]:
    """Two machines have the same role on the same kind of connection.

    Each end of a connection has one machine. Give one of them another role or connection.
    """
    taken: dict[tuple[str, str], str] = {}
    for view, called in _machines(facts.spec) if not facts.spec.machine.name else ():
        kind = connection(view)
        end = (view.machine.role.name, kind.name if kind else "")
        if end in taken:
            message = f"{called} and {taken[end]} are both the end of `{end[0]}`"
            where = f" on `{end[1]}`" if end[1] else ""
            yield Problem(view.machine.span, f"{message}{where}", "name another `connection`")
        taken.setdefault(end, called)


@rule("CON005", Severity.ERROR, "an asking machine that decides")
def deciding_asker(facts: Facts) -> Iterator[Problem]:
    """A machine that sends the requests says how to answer them, or what only an answerer has.

    It sends what its program wants, where its states allow it, and takes what is answered: guards,
    replies, `put`, `linger`, and several alternatives mean nothing there, and its running states
    hold no data. Say what leads where: `Config: Configured`; `otherwise` is where another reply
    than the accepting one leads.
    """
    if not facts.asks:
        return
    for way in facts.ways:
        written = way.alternative
        parts = {"if": written.checks, "put": written.put, "reply": written.reply}
        said = [key for key, part in parts.items() if part]
        if way.index:
            said.append("a second alternative")
        if said or not written.replied:
            what = f"{listed(said or ['reply: none'])} of `{way.reaction.message.name}`"
            text = f"{what}: a machine that asks decides nothing"
            yield Problem(written.span, text, "write the target only")
    for state in every_state(facts.spec):
        if state.on_eof is not None and state.on_eof.inside is not None:
            text = "a stream that ends is never an answer: it does not matter where"
            help_ = "remove `inside_message`; `on_unanswered` is for requests that have left"
            yield Problem(state.on_eof.inside.span, text, help_)
        if state.linger is not None:
            text = "a machine that asks does not linger: nobody sends it anything late"
            yield Problem(state.linger.span, text, "remove `linger`")
        held = state.data if state.final is None else ()
        for item in held:
            text = f"`{state.name}` holds `{item.name}`: the program that asks holds its own data"
            yield Problem(item.span, text, "remove it")


@rule("CON006", Severity.ERROR, "a bare message that nobody takes")
def bare_stranger(facts: Facts) -> Iterator[Problem]:
    """`bare:` names a message that the other end of the connection does not take.

    A request that comes instead of the preamble is the first one of its connection. Name one that
    the connection's machine handles.
    """
    for kind in facts.spec.connections:
        for ref in kind.bare:
            message = facts.chart.messages.get(nearest(ref.name, facts.chart.messages) or "")
            asker = (kind.asker or kind.opener).name
            if message is None or ref.name not in facts.chart.messages:
                help_ = did_you_mean(ref.name, facts.chart.messages)
                yield Problem(ref.span, f"`{ref.name}` is not a message", help_)
            elif message.reserved or sender(facts.chart, message) != asker:
                text = f"`{ref.name}` is not sent by `{asker}`"
                yield Problem(ref.span, text, "name a message that its asking role sends")
            elif not _shows_code(facts.spec, kind):
                text = f"the first bytes of `{ref.name}` do not hold its code"
                yield Problem(ref.span, text, "remove it: such peers cannot be recognised")


def _shows_code(spec: "Spec", kind: "Connection") -> bool:
    """Whether so many first bytes as the preamble has are enough to tell a request by."""
    known = layout.request(spec)
    select = next((placed for placed in known if placed.field.name == spec.wire.select.name), None)
    size = sum(field.size for field in kind.preamble)
    return select is None or (not select.offset and select.end <= size)


@rule("CON007", Severity.ERROR, "a scenario that cannot happen")
def impossible_scenario(facts: Facts) -> Iterator[Problem]:
    """A machine does not allow a step of a scenario where it comes.

    A scenario is drawn, and run by the tests; so every machine on the step's connection has to
    take, or send, the message in the state it is in. Correct the order, or the machine.
    """
    for _, found in facts.walks:
        if isinstance(found, Stuck) and found.step is not None:
            yield Problem(
                found.step.message.span,
                f"`{found.step.message.name}` cannot come here: {found.why}",
                "correct the order, or the machine",
                found.path,
            )


@rule("CON008", Severity.WARNING, "a scenario without an end")
def open_scenario(facts: Facts) -> Iterator[Problem]:
    """A scenario stops while a machine of the first connection still waits.

    It shows no whole session, and no test can say how it ends. Add the steps that lead to an end;
    none is missing where the asker's leaving is a success (`on_eof`).
    """
    for scenario, found in facts.walks:
        if isinstance(found, Stuck) and found.step is None:
            message = f"the scenario `{scenario.name}` has no end: {found.why}"
            yield Problem(scenario.span, message, "add the messages that end it", found.path)


@rule("CON011", Severity.ERROR, "an answering machine without an answer")
def answering_doubt(facts: Facts) -> Iterator[Problem]:
    """A machine that answers says `on_unanswered`.

    Only who asks can be left without an answer: its request has left as a whole, then the stream
    ends, nothing comes, or what comes is no reply, and nobody can know what became of it. Remove
    it; what an answering machine does where the stream ends is `on_eof`.
    """
    for state in () if facts.asks else facts.states:
        if state.on_unanswered is not None:
            text = f"`{state.name}` says what happens without an answer, and answers itself"
            yield Problem(state.on_unanswered.span, text, "remove `on_unanswered`")


@rule("CON012", Severity.ERROR, "streamed bytes that nobody can send")
def streamed_question(facts: Facts) -> Iterator[Problem]:
    """A machine that sends the requests may send a message whose bytes are streamed.

    A generated sender is given whole messages, and such a message holds none of its bytes. Keep
    them, `bytes: stored`, or announce them in a table with `contents`, which are sent as they come.
    """
    for way in facts.ways if facts.asks and not facts.spec.model else ():
        ref = way.reaction.message
        message = facts.chart.messages.get(ref.name)
        if message is not None and isinstance(message.payload, Bytes) and message.payload.streamed:
            text = f"`{ref.name}` has a streamed payload, and no sender can send that"
            yield Problem(ref.span, text, "write `bytes: stored`, or a table with `contents`")


@rule("CON009", Severity.ERROR, "unknown role of a connection")
def unknown_opener(facts: Facts) -> Iterator[Problem]:
    """`from:` or `asks:` of a connection names neither of the two roles.

    Use one of the names in `wire.roles`. Who asks decides which machine answers.
    """
    wire = facts.spec.wire
    known = (wire.client.name, wire.server.name)
    for kind in facts.spec.connections:
        for ref in (kind.opener, kind.asker):
            if ref is not None and ref.name not in known:
                help_ = did_you_mean(ref.name, known) or f"use {listed(known)}"
                yield Problem(ref.span, f"`{ref.name}` is not one of the roles", help_)
