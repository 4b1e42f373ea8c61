"""The invariants of fuzzing, held without a fuzzer; and that they see what breaks them."""

import gc
import os
import tracemalloc
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, cast

import pytest
from fuzz import askers, corpus, edges, targets
from fuzz.invariants import Violation
from fuzz.mutations import mutations
from fuzz.receivers import MAIN, World
from fuzz.scripts import HEADER, Case, Piece
from fuzz.source import Source
from fuzz.verdicts import verify
from hypothesis import given, settings
from hypothesis import strategies as st

from ch_migration import Completed, Receiver, source
from ch_migration.runtime import Asker, Descriptor
from ch_migration.runtime.steps import close_all, owned_parts
from frames import COMPLETE, CONFIG, MEMORY_FD, OK, START, STATE
from wirechart.build import check

if TYPE_CHECKING:
    from ch_migration.runtime.asking import Pending

ROOT = Path(__file__).parent.parent
MANY = 5
FOUND = ROOT / ".fuzz"  # as `python -m fuzz` has it
SPECS = [path.read_bytes() for path in sorted(ROOT.glob("spec/*.yaml"))]

SLOT = bytes.fromhex("01000000")
MIGRATION = Case(0, 0, 0, 1, False, (Piece(START + CONFIG + STATE + COMPLETE),))
BEGUN = Case(0, 0, 0, 1, False, (Piece(START),))
CUT = Case(0, 0, 0, 1, False, (Piece(START + CONFIG),))
OPEN = Case(0, 3, 0, 1, False, ())
SHARED = Case(0, 1, 0, 1, False, (Piece(MEMORY_FD), Piece(SLOT[:3], descriptors=1)))


KEPT = {path.name: path.read_bytes() for path in sorted(corpus.FOLDER.iterdir())}
EVERY = [*KEPT.values(), *dict(edges.cases()).values()]


def violations(cases: Iterable[bytes]) -> Iterator[str]:
    """What is violated, and the file in which the case is kept: the first few, when many are."""
    for number, data in enumerate(cases):
        try:
            targets.verify(data)
        except Violation as violation:
            FOUND.mkdir(exist_ok=True)
            path = FOUND / f"violation-{number}"
            path.write_bytes(data)
            yield f"{violation}; play it again: python -m fuzz.replay {path}"


def test_the_corpus_is_what_the_recordings_give() -> None:
    assert corpus.cases() == KEPT


def test_every_invariant_holds_over_the_corpus_and_right_on_the_limits() -> None:
    assert list(islice(violations(EVERY), MANY)) == []


@pytest.mark.parametrize("seed", range(4))
def test_every_invariant_holds_over_mutations_of_the_corpus(seed: int) -> None:
    cases = mutations(EVERY, 2000, seed)

    assert list(islice(violations(cases), MANY)) == []


def test_a_case_that_violates_something_is_kept_and_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(_: bytes) -> None:
        raise Violation("2 replies to 1 requests")

    monkeypatch.setattr(targets, "verify", broken)
    monkeypatch.setitem(globals(), "FOUND", tmp_path)

    found = list(violations([b"case"]))

    assert (tmp_path / "violation-0").read_bytes() == b"case"
    again = f"python -m fuzz.replay {tmp_path / 'violation-0'}"
    assert found == [f"2 replies to 1 requests; play it again: {again}"]


def peak(begin: int, header: bytes) -> int:
    """The most memory that a header makes a receiver take in some state, in bytes."""
    world = World()
    tracemalloc.start()
    try:
        with MAIN.receiver(MAIN.handlers(world), state=MAIN.states[begin](world)) as receiver:
            receiver.feed(header)
            return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("begin", range(len(MAIN.states)))
def test_a_header_alone_takes_a_little_over_a_mebibyte_at_most(begin: int) -> None:
    headers = [HEADER.pack(code, 1 << bits) for code in range(10) for bits in range(64)]

    assert max(peak(begin, header) for header in headers) < 1_200_000


class AnswersTwice(Receiver):
    def _sent(self) -> bytes:
        return 2 * super()._sent()


class SaysNothing(Receiver):
    def _sent(self) -> bytes:
        return super()._sent()[:0]


class AnswersTheEnd(Receiver):
    def eof(self, *, now: float | None = None) -> bytes:
        ended = self.finished
        return super().eof(now=now) + (b"" if ended else OK)


class AnswersHalf(Receiver):
    def _sent(self) -> bytes:
        return super()._sent()[:-1]


class ForgetsDescriptors(Receiver):
    def _drop(self) -> None:
        self._descriptors = []
        super()._drop()


class OpensDescriptors(Receiver):
    opened: tuple[int, ...] = ()

    def close(self) -> None:
        super().close()
        OpensDescriptors.opened += (os.dup(0),)


class StartsThreads(Receiver):
    stop = Event()

    def close(self) -> None:
        super().close()
        Thread(target=self.stop.wait).start()


class ClosesTwice(Receiver):
    def close(self) -> None:
        super().close()
        close_all(owned_parts(self._machine.owned, self.state).values())


class CountsPieces(Receiver):
    def received(
        self,
        count: int,
        descriptors: Sequence[Descriptor] = (),
        *,
        now: float | None = None,
        truncated: bool = False,
    ) -> bytes:
        replies = super().received(count, descriptors, now=now, truncated=truncated)
        return replies.replace(b"\1", b"\2")


class TellsOneObserver(Receiver):
    def _sent(self) -> bytes:
        return super()._sent() * (2 if self._observe else 1)


class WantsMore(Receiver):
    def wants(self) -> memoryview | None:
        return super().wants() or memoryview(bytearray(1))


class WantsMuch(Receiver):
    def wants(self) -> memoryview | None:
        return None if self.finished else memoryview(bytearray(2 << 20))


class Raises(Receiver):
    def eof(self, *, now: float | None = None) -> bytes:
        raise LookupError(f"nobody declared it at {now}")


class WaitsForEver(Receiver):
    @property
    def deadline(self) -> float | None:
        return None


class SucceedsUnasked(Receiver):
    def eof(self, *, now: float | None = None) -> bytes:
        replies = super().eof(now=now)
        self.termination = Completed(paused=False)
        return replies


class LosesTheEnd(Receiver):
    def eof(self, *, now: float | None = None) -> bytes:
        replies = super().eof(now=now)
        self.termination = None
        return replies


@pytest.mark.usefixtures("cleared")
@pytest.mark.parametrize(
    ("receiver", "case", "violated"),
    [
        (AnswersTwice, MIGRATION, "8 replies to 4 requests"),
        (SaysNothing, MIGRATION, "0 replies to 4 requests"),
        (AnswersTheEnd, CUT, "3 replies to 2 requests"),
        (AnswersHalf, BEGUN, "half a reply is made"),
        (ForgetsDescriptors, SHARED, "1 of 1 descriptors are not closed"),
        (OpensDescriptors, MIGRATION, "3 descriptors are left"),
        (StartsThreads, MIGRATION, "a thread is left"),
        (ClosesTwice, OPEN, "memory was closed [2] times"),
        (CountsPieces, MIGRATION, "byte by byte it is"),
        (TellsOneObserver, MIGRATION, "observed it is"),
        (WantsMore, MIGRATION, "something is wanted after the end"),
        (WantsMuch, MIGRATION, "a view of 2097152 bytes is wanted"),
        (Raises, MIGRATION, "LookupError was raised: nobody declared it"),
        (WaitsForEver, CUT, "it waits for ever"),
        (SucceedsUnasked, CUT, "Completed(paused=False) after [1, 2]"),
        (LosesTheEnd, CUT, "the stream has ended, and the machine has not"),
    ],
)
def test_a_receiver_that_breaks_an_invariant_is_caught(
    receiver: type[Receiver], case: Case, violated: str
) -> None:
    with pytest.raises(Violation) as caught:
        verify(replace(MAIN, receiver=receiver), case)

    assert str(caught.value).startswith(violated)


@pytest.fixture
def cleared() -> Iterator[None]:
    """Gives up what a broken receiver leaves."""
    gc.collect()  # what other tests have left
    StartsThreads.stop = Event()
    yield
    StartsThreads.stop.set()
    for number in OpensDescriptors.opened:
        os.close(number)
    OpensDescriptors.opened = ()


class TakesRefusals(Asker[Any, Any]):
    def _refused(self, text: bytes = b"") -> None:
        del text
        self._accepted(cast("Pending", self._pending))


def test_an_asker_that_takes_a_refusal_for_an_answer_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        source, "asker", lambda: TakesRefusals(source.sender.MACHINE, source.Connected())
    )

    with pytest.raises(Violation) as caught:
        askers.verify(Source(bytes([0, askers.ASK, 32, askers.ANSWER, 2, 0, 0, 0])))

    assert str(caught.value) == "Start(version=0) was accepted by a reply 2"


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_a_spec_with_findings(data: bytes) -> None:
    assert check(data).findings


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(SPECS), st.integers(0, 1 << 32))
def test_a_spoilt_spec_is_checked(spec: bytes, seed: int) -> None:
    (spoilt,) = mutations([spec], 1, seed, longest=1 << 16)

    assert check(spoilt).text is not None
