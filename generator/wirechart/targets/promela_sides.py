"""What machines and their connection do, as guarded steps of a Promela model.

A step is one option of its process: a condition, and what becomes of the connection then.
"""

from typing import TYPE_CHECKING

from wirechart.targets import promela_partition as partition
from wirechart.targets.promela_names import alternatives
from wirechart.targets.promela_steps import (
    CLEAR,
    answers,
    fault,
    goes,
    of_connection,
    option,
    well_left,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.targets.promela_names import Names, Parted

ASKS = "!c[i].asker_over"
ANSWERS = "!c[i].answerer_over"


def asker(names: "Names", parted: "Parted", faults: tuple[str, ...]) -> "Iterator[str]":
    """The process of who asks."""
    side = parted.kind.pair.asker
    options: list[str] = []
    if parted.kind.further:
        options += _opens(names, parted)
    for state in dict.fromkeys((*side.sends, *(state for state, _ in side.faults))):
        options += _sends(parted, state)
        options += _hears(names, parted, state)
        options += _leaves(parted, state, faults)
        options += _faults_of_asker(parted, state, faults)
        options += partition.asker(names, parted, state, faults) if "partition" in faults else ()
    return of_connection(parted, parted.asker, options)


def _opens(names: "Names", parted: "Parted") -> "Iterator[str]":
    pair, first = parted.kind.pair, names.first.numbers[0]
    runs = f"!c[{first}].asker_over && !c[{first}].answerer_over && c[{first}].broken != PARTED"
    free = "true" if names.first.kind.further else runs
    yield from option(
        "open the connection",
        f"!c[i].asker && {free}",
        f"c[i].asker = {parted.asks(pair.asker.initial)}",
        f"c[i].answerer = {parted.answers(pair.answerer.initial)}",
    )


def _sends(parted: "Parted", state: str) -> "Iterator[str]":
    side = parted.kind.pair.asker
    for message, outcome in side.sends.get(state, {}).items():
        answered = message in side.answered
        vain = "" if side.anybody else f"unconsumed_{parted.name} = {_in_vain(parted, message)}"
        keep = f" || unconsumed_{parted.name}" if vain else ""
        yield from option(
            f"{state}: send {message}",
            f"may_ask({parted.asks(state)})",
            f"{vain}{keep}",
            f"request(M_{message})",
            f"c[i].asked = M_{message}" if answered else goes(parted, outcome.target, "ACCEPTED"),
            event=("SENT", message),
        )


def _in_vain(parted: "Parted", message: str) -> str:
    """Whether the answerer has ended by the protocol, and does not answer it any more."""
    late = [
        f"c[i].answerer == {parted.answers(state)}"
        for (state, event), outcome in parted.kind.pair.answerer.late.items()
        if event == message and outcome.kind == "lingering"
    ]
    return f"in_vain({alternatives(late)})"


def _hears(names: "Names", parted: "Parted", state: str) -> "Iterator[str]":
    side = parted.kind.pair.asker
    accept = f"R_{names.spec.wire.accept.name}"
    for message, outcome in side.sends.get(state, {}).items():
        when = f"replied({parted.asks(state)}, M_{message}) && c[i].carried"
        refused = side.faults[state, "refused"]
        yield from option(
            f"{state}: {message} is accepted",
            f"{when} == {accept}",
            CLEAR,
            goes(parted, outcome.target, "ACCEPTED"),
            event=("HEARD", message),
        )
        yield from option(
            f"{state}: {message} is refused",
            f"{when} != {accept}",
            CLEAR,
            goes(parted, refused.target, "FAILED"),
            event=("DENIED", message),
        )


def _leaves(parted: "Parted", state: str, faults: tuple[str, ...]) -> "Iterator[str]":
    well = "" if "leaving" in faults else f" && {well_left(parted, 'i')}"
    yield from option(
        f"{state}: close the connection",
        f"may_ask({parted.asks(state)}){well}",
        "c[i].asker_over = LEFT",
    )


def _faults_of_asker(parted: "Parted", state: str, faults: tuple[str, ...]) -> "Iterator[str]":
    side = parted.kind.pair.asker
    here = f"c[i].asker == {parted.asks(state)} && {ASKS}"
    gone = "c[i].line != REPLY && c[i].broken != PARTED && (c[i].broken || c[i].answerer_over)"
    for asked, doubt in (("!c[i].asked", False), ("c[i].asked", True)):
        to = goes(parted, *fault(side, state, "eof", doubt=doubt))
        said = f"{state}: the stream ends{' before the reply' if doubt else ''}"
        yield from option(said, f"{here} && {asked} && {gone}", CLEAR, to)
    sending = f"{here} && c[i].asked && !c[i].broken && c[i].line == REQUEST"
    cut = f"{CLEAR}; c[i].broken = CUT"
    if "silence" in faults:
        to = goes(parted, *fault(side, state, "idle", doubt=True))
        when = f"{here} && c[i].asked && !c[i].broken"
        yield from option(f"{state}: no reply comes in time", when, to)
        to = goes(parted, *fault(side, state, "idle", doubt=False))
        yield from option(f"{state}: a request cannot leave in time", sending, cut, to)
    if "leaving" in faults:
        to = goes(parted, *fault(side, state, "handler_error", doubt=False))
        yield from option(f"{state}: a request cannot be finished", sending, cut, to)
    if "loss" in faults and (state, "unanswered") in side.faults:
        to = goes(parted, *fault(side, state, "eof", doubt=False))
        yield from option(f"{state}: it breaks before all has left", sending, cut, to)


def answerer(names: "Names", parted: "Parted", faults: tuple[str, ...]) -> "Iterator[str]":
    """The process of who answers."""
    pair = parted.kind.pair
    messages = dict.fromkeys(name for sent in pair.asker.sends.values() for name in sent)
    options: list[str] = []
    for state in dict.fromkeys(state for state, _ in pair.answerer.rows):
        for message in messages:
            options += _takes(parted, state, message)
            options += _fails(parted, state, message) if "refusal" in faults else ()
        options += _end(parted, state)
        options += partition.answerer(names, parted, state) if "partition" in faults else ()
        options += _idle(parted, state, messages) if "silence" in faults else ()
    for (state, message), outcome in pair.answerer.late.items():
        if outcome.kind == "lingering" and message in messages:
            options += option(
                f"{state}: answer {message} late",
                f"c[i].answerer == {parted.answers(state)} && c[i].answerer_over && c[i].lingers"
                f" && c[i].line == REQUEST && c[i].carried == M_{message}",
                f"c[i].lingers = false; reply(R_{outcome.reply})",
            )
    return of_connection(parted, parted.answerer, options)


def _request(parted: "Parted", state: str, message: str) -> str:
    return f"requested({parted.answers(state)}, M_{message})"


def _takes(parted: "Parted", state: str, message: str) -> "Iterator[str]":
    pair = parted.kind.pair
    outcomes = pair.answerer.rows.get((state, message), ())
    flawed = not pair.asker.anybody and all(outcome.kind != "handled" for outcome in outcomes)
    for outcome in outcomes:
        handled = outcome.kind == "handled"
        yield from option(
            f"{state}: {'take' if handled else 'refuse'} {message}",
            _request(parted, state, message),
            f"unhandled_{parted.name} = true" if flawed else "",
            answers(parted, outcome, "HANDLED" if handled else "REFUSED", outcome.reply),
            event=("TAKEN", message) if handled else ("", ""),
        )


def _fails(parted: "Parted", state: str, message: str) -> "Iterator[str]":
    side = parted.kind.pair.answerer
    handled = [o for o in side.rows.get((state, message), ()) if o.kind == "handled"]
    calls = any(side.finals.get(outcome.target) != "failure" for outcome in handled)
    kinds = ["malformed"] * bool(handled and message in side.payloads) + ["handler_error"] * calls
    for kind in kinds:
        for outcome in side.rows.get((state, kind), ()):
            reply = outcome.reply if message in side.answered else None
            said = f"{state}: {message}, {kind.replace('_', ' ')}"
            to = answers(parted, outcome, "FAILED", reply)
            yield from option(said, _request(parted, state, message), to)


def _end(parted: "Parted", state: str) -> "Iterator[str]":
    side = parted.kind.pair.answerer
    here = (
        f"c[i].answerer == {parted.answers(state)} && {ANSWERS} && c[i].line != REQUEST"
        " && (c[i].asker_over || c[i].broken) && c[i].broken != PARTED"
    )
    cut = side.rows.get((state, "cut"), ())
    for outcome in side.rows.get((state, "eof"), ()):
        when = f"{here} && c[i].broken != CUT" if cut else here
        to = answers(parted, outcome, "FAILED", None)
        yield from option(f"{state}: the stream ends", when, to)
    for outcome in cut:
        to = answers(parted, outcome, "FAILED", None)
        when = f"{here} && c[i].broken == CUT"
        yield from option(f"{state}: the stream ends inside a message", when, to)


def _idle(parted: "Parted", state: str, messages: "dict[str, None]") -> "Iterator[str]":
    side = parted.kind.pair.answerer
    between, inside = side.waits.get(state, (False, False))
    here = (
        f"c[i].answerer == {parted.answers(state)} && {ANSWERS}"
        " && !c[i].broken && !c[i].asker_over && c[i].asker"
    )
    malformed = side.rows.get((state, "malformed"), ())
    for outcome in side.rows.get((state, "idle"), ()):
        if between:
            to = answers(parted, outcome, "FAILED", None)
            yield from option(f"{state}: silence", f"{here} && c[i].line == EMPTY", to)
        for message in messages if inside else ():
            reply = malformed[0].reply if malformed and message in side.answered else None
            to = answers(parted, outcome, "FAILED", reply)
            when = f"{here} && c[i].line == REQUEST && c[i].carried == M_{message}"
            yield from option(f"{state}: silence inside {message}", when, to)


def line(names: "Names", parted: "Parted", faults: tuple[str, ...]) -> "Iterator[str]":
    """The process of the connection itself: it breaks."""
    del names
    options: list[str] = []
    if "loss" in faults:
        both = "c[i].asker && !c[i].asker_over && !c[i].answerer_over"
        when = f"!c[i].broken && (c[i].line != EMPTY || ({both}))"
        options += option("break", when, f"{CLEAR}; c[i].broken = LOST")
        options += option(
            "break inside a request",
            "!c[i].broken && c[i].line == REQUEST",
            f"{CLEAR}; c[i].broken = CUT",
        )
    return of_connection(parted, f"line_of_{parted.name}", options)
