"""(a) and (b): the decision, a step and a session against hand-written code and two libraries."""

import gzip
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from bench import handwritten, libraries
from bench.measure import ROUNDS, Ratio, side_by_side

from ch_migration import messages, runtime, states
from ch_migration.handlers import Defaults
from ch_migration.receiver import MACHINE, Receiver, step

if TYPE_CHECKING:
    from collections.abc import Callable

CAPTURE = Path("tests/data/captures/tcp-precopy/0.client.bin.gz")


def ratios() -> list[Ratio]:
    """All of them, in the order of the printed table."""
    decision = side_by_side(_decisions(), _hand_decisions(), 20_000)
    one_step = side_by_side(_steps(), _hand_steps(), 1_000, rounds=61)
    stream = session()
    whole = side_by_side(
        lambda: _receive(stream), lambda: handwritten.session(stream), 10, rounds=61
    )
    machine = side_by_side(_steps(), libraries.with_statemachine(20 * ROUNDS), 20)
    transitions = side_by_side(_steps(), libraries.with_transitions(), 500)
    return [
        Ratio("decision: hand-written match/case", *decision, 0.5),
        Ratio("step with handler, check, reply: hand-written", *one_step, 1.0),
        Ratio("whole recorded session from bytes: hand-written", *whole, 1.25),
        Ratio("session of steps: times faster than python-statemachine", *machine, 50, True),
        Ratio("session of steps: times faster than transitions", *transitions, 5, True),
    ]


def session() -> bytes:
    """A real migration, all of it: ten rounds of memory, 10.7 MB."""
    return gzip.decompress(CAPTURE.read_bytes())


def _receive(stream: bytes) -> bytes:
    return Receiver(Defaults()).feed(stream)


def _decisions() -> "Callable[[], object]":
    plan = MACHINE.table
    state, code = states.Configured(_config(), runtime.Nowhere()), int(messages.Code.State)
    return lambda: plan[type(state)].rows[code]


def _hand_decisions() -> "Callable[[], object]":
    state = handwritten.Configured(handwritten.Config(b"{}"), handwritten.Nothing())
    message = handwritten.State(b"{}")
    return lambda: handwritten.decide(state, message)


def _config() -> messages.Config:
    return messages.Config(runtime.Json.of(b"{}"))


class _NoMemory(handwritten.Nothing):
    """The same nothing for both, as the runtime's protocol wants it."""

    __slots__ = ()

    def receive(self, places: object) -> NoReturn:
        """Never asked for: no step here has contents."""
        raise AssertionError(places)


def _steps() -> "Callable[[], object]":
    handlers = Defaults(memory=_NoMemory)
    arrived: list[messages.Message] = [
        messages.Start(0),
        _config(),
        messages.State(runtime.Json.of(b"{}")),
        messages.Complete(),
    ]

    def run() -> object:
        state: states.Running | states.Termination = states.Established()
        for message in arrived:
            state, _, _ = step(handlers, state, message)  # type: ignore[arg-type]  # running till the last
        return state

    return run


def _hand_steps() -> "Callable[[], object]":
    handlers = handwritten.Handlers()
    arrived: list[handwritten.Message] = [
        handwritten.Start(0),
        handwritten.Config(b"{}"),
        handwritten.State(b"{}"),
        handwritten.Complete(),
    ]

    def run() -> object:
        state: object = handwritten.Established()
        for message in arrived:
            state, _ = handwritten.step(handlers, state, message)  # type: ignore[arg-type]  # the same
        return state

    return run
