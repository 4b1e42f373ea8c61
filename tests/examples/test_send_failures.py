"""Peers that refuse, die or say nothing, at every step: what is said of who has the VM."""

import errno
import os
import signal
import subprocess
import threading
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from captures import Ram, descriptors_open
from ch_migration import (
    Aborted,
    Code,
    Completed,
    Configured,
    State,
    StateReceived,
    pager,
)
from ch_migration.messages import LIMIT_PAGE, PageFault
from ch_migration.runtime import AskingFailed, Event, RequestMade
from ch_migration.runtime.memory import Places
from ch_migration.runtime.tls import client_context, server_context
from ch_snapshot.further import LostPagesError
from ch_snapshot.progress import Progress
from ch_snapshot.route import Route
from ch_snapshot.send import MAYBE_TAKEN, NOT_TAKEN, TAKEN, Migration
from ch_snapshot.sources import opened
from frames import ERROR, OK
from peers import Fetching, Scripted, Session
from receivers import COMMAND, PATIENCE, receiving
from runtime import certificates
from snapshots import contents, sending, written
from sources import SIZE

STEPS = ["Start", "Config", "Memory", "State", "Complete"]
SHARED = ["Start", "MemoryFd", "MemoryFd", "Config", "State", "Complete"]
VERDICTS = dict.fromkeys(range(4), NOT_TAKEN) | {4: MAYBE_TAKEN}
SOON = 0.1  # seconds after which a peer is silent


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A snapshot that nobody changes, and whoever sends it leaves neither file nor thread open."""
    folder = written(tmp_path / "small", (0, b"a" * SIZE))
    before = contents(folder), descriptors_open().keys(), threading.enumerate()
    yield folder
    assert (contents(folder), descriptors_open().keys(), threading.enumerate()) == before


def failing(folder: Path, route: Route) -> tuple[BaseException, str]:
    """Send it to a peer that does not take it: what happened, and who has the VM."""
    with opened(folder) as snapshot:
        migration = Migration(snapshot, route, Progress(), lambda _: None)
        with pytest.raises((AskingFailed, LostPagesError, OSError)) as raised:
            migration.run()
        return raised.value, migration.verdict


def summary(error: BaseException) -> str:
    """What happened, in one line."""
    return str(error).splitlines()[0]


@pytest.mark.parametrize("step", range(5))
def test_a_peer_that_refuses_has_not_taken_the_vm(step: int, small: Path) -> None:
    with Scripted(small.parent, *[OK] * step, ERROR) as peer:
        error, verdict = failing(small, Route(address=peer.address))

    assert summary(error).startswith(f"the peer answered {STEPS[step]} with Error in ")
    assert (peer.asked, verdict) == (STEPS[: step + 1], NOT_TAKEN)


@pytest.mark.parametrize(("step", "verdict"), VERDICTS.items())
def test_a_peer_that_dies_has_taken_the_vm_at_most_when_it_was_told_to(
    step: int, verdict: str, small: Path
) -> None:
    with Scripted(small.parent, *[OK] * step) as peer:
        error, said = failing(small, Route(address=peer.address))

    assert "the stream ended" in summary(error)
    assert (peer.asked, said) == (STEPS[: step + 1], verdict)


@pytest.mark.parametrize(("step", "verdict"), VERDICTS.items())
def test_a_peer_that_says_nothing_is_not_waited_for_for_ever(
    step: int, verdict: str, small: Path
) -> None:
    with Scripted(small.parent, *[OK] * step, leaves=False) as peer:
        error, said = failing(small, Route(address=peer.address, patience=SOON))

    assert "0.1 s" in summary(error)
    assert (peer.asked, said) == (STEPS[: step + 1], verdict)


@pytest.mark.parametrize("step", range(6))
def test_a_peer_that_refuses_shared_memory_has_not_taken_the_vm(step: int, small: Path) -> None:
    with Scripted(small.parent, *[OK] * step, ERROR) as peer:
        _, verdict = failing(small, Route(address=peer.address, memory="shared"))

    assert (peer.asked, verdict) == (SHARED[: step + 1], NOT_TAKEN)


def test_a_snapshot_that_is_cut_off_meanwhile_is_not_sent_as_zeros(tmp_path: Path) -> None:
    folder = written(tmp_path / "cut", (0, b"a" * SIZE))

    def cut(event: Event) -> None:
        if event == RequestMade("Configured", "Memory", Code.Memory, 16):
            os.truncate(folder / "memory-ranges", SIZE - 1)

    with Scripted(tmp_path, OK, OK) as peer, opened(folder) as snapshot:
        migration = Migration(snapshot, Route(address=peer.address), Progress(), cut)
        with pytest.raises(AskingFailed) as raised:
            migration.run()

    assert summary(raised.value).endswith("EOFError: a file ended 1 bytes early")
    assert migration.verdict == NOT_TAKEN


class Full(Ram):
    """There is no room for what a further connection brings."""

    def receive(self, places: Places) -> Generator[memoryview, None, None]:
        yield from ()
        raise OSError(errno.ENOSPC, f"no room for {len(list(places))} pieces")


@pytest.mark.parametrize("connections", [2, 4])
def test_a_feeder_that_is_refused_ends_all(connections: int, small: Path) -> None:
    with Session(2 * SIZE, ram=Full) as session:
        error, verdict = failing(small, Route(address=session.address, connections=connections))

    assert summary(error) == "the peer answered Memory with Error in Feeding"
    assert (verdict, type(session.termination)) == (NOT_TAKEN, Aborted)


def test_a_feeder_whose_peer_says_nothing_is_not_waited_for_for_ever(small: Path) -> None:
    with Scripted(small.parent, OK, OK) as peer:
        route = Route(address=peer.address, connections=2, patience=SOON)
        error, verdict = failing(small, route)

    assert summary(error).startswith("the peer was silent for 0.1 s in Feeding")
    assert verdict == NOT_TAKEN


def test_a_peer_that_takes_no_further_connection_has_not_taken_the_vm(small: Path) -> None:
    with Scripted(small.parent, OK, OK, alone=True) as peer:
        error, verdict = failing(small, Route(address=peer.address, connections=2))

    assert (type(error), verdict) == (ConnectionRefusedError, NOT_TAKEN)


class Greedy(Fetching):
    """Asks for what is no memory, or for too much of it."""

    asks = PageFault(2 * SIZE, 1)

    def state(self, state: Configured, message: State) -> StateReceived:
        link = pager.Sender(self.crew.link("faults", PATIENCE))
        link.send(pager.Fetching(), self.asks)
        return super().state(state, message)


class TooMuch(Greedy):
    asks = PageFault(0, LIMIT_PAGE + 1)


class Nothing(Greedy):
    asks = PageFault(0, 0)


class Endless(Greedy):
    asks = PageFault(1, (1 << 64) - 1)


@pytest.mark.parametrize("handlers", [Greedy, TooMuch, Nothing, Endless])
def test_a_peer_that_asks_for_what_is_no_memory_is_refused(
    handlers: type[Greedy], small: Path
) -> None:
    with Session(2 * SIZE, handlers) as session:
        error, verdict = failing(small, Route(address=session.address, memory="fetched"))

    assert summary(error) == "the peer answered State with Error in Configured"
    assert (verdict, type(session.termination)) == (NOT_TAKEN, Aborted)


class Shameless(Greedy):
    """Goes on without what it did not get."""

    def state(self, state: Configured, message: State) -> StateReceived:
        with suppress(AskingFailed):
            super().state(state, message)
        return super(Fetching, self).state(state, message)


def test_a_vm_that_lacks_memory_is_not_completed(small: Path) -> None:
    with Session(2 * SIZE, Shameless) as session:
        error, verdict = failing(small, Route(address=session.address, memory="fetched"))

    assert summary(error).startswith("PageFault was refused by its handler in Serving: memory at ")
    assert (verdict, type(session.termination)) == (NOT_TAKEN, Aborted)


class Slow(Fetching):
    """Answers State later than a silent peer is waited for, and asks meanwhile."""

    def state(self, state: Configured, message: State) -> StateReceived:
        self.pager = pager.Sender(self.crew.link("faults", PATIENCE))
        for _ in range(12):
            self.fetch(0, self.page)
            threading.Event().wait(0.1)
        return super(Fetching, self).state(state, message)


def test_a_peer_that_asks_for_memory_is_not_silent(small: Path) -> None:
    with Session(2 * SIZE, Slow) as session, opened(small) as snapshot:
        route = Route(address=session.address, memory="fetched", patience=0.5)
        Migration(snapshot, route, Progress(), lambda _: None).run()

    assert session.termination == Completed(paused=False)


def test_a_peer_that_took_the_vm_and_does_not_ask_for_its_memory_is_told_of(small: Path) -> None:
    with Scripted(small.parent, *[OK] * 4) as peer:
        route = Route(address=peer.address, memory="fetched", patience=SOON)
        error, verdict = failing(small, route)

    assert str(error) == "for 0.1 s the peer neither asked for memory nor closed"
    assert (peer.asked, verdict) == (["Start", "Config", "State", "Complete"], TAKEN)


def test_a_peer_that_took_the_vm_and_dies_while_it_asks_is_told_of(small: Path) -> None:
    with Scripted(small.parent, *[OK] * 4, asks=OK[:8]) as peer:
        error, verdict = failing(small, Route(address=peer.address, memory="fetched"))

    assert summary(error) == "the stream ended in Serving, after 8 of 16 bytes of a header"
    assert verdict == TAKEN


def test_a_peer_that_closes_the_faults_has_all_that_it_needs(small: Path) -> None:
    with Scripted(small.parent, *[OK] * 4, asks=b"") as peer, opened(small) as snapshot:
        route = Route(address=peer.address, memory="fetched")
        sent = Migration(snapshot, route, Progress(), lambda _: None).run()

    assert (sent.bytes, sent.connections) == (0, 2)


@pytest.mark.parametrize("step", range(4))
def test_a_peer_that_fetches_and_refuses_has_not_taken_the_vm(step: int, small: Path) -> None:
    with Scripted(small.parent, *[OK] * step, ERROR) as peer:
        _, verdict = failing(small, Route(address=peer.address, memory="fetched"))

    assert verdict == NOT_TAKEN


def test_a_peer_that_does_not_trust_us_has_not_taken_the_vm(small: Path, tmp_path: Path) -> None:
    ours, other = certificates.authority(), certificates.authority()
    trusted = certificates.write(tmp_path / "trusted", ours)
    strange = certificates.write(tmp_path / "strange", ours, other)
    with Session(2 * SIZE, tls=server_context(trusted)) as session:
        address = session.address.replace("127.0.0.1", certificates.HOST)
        error, verdict = failing(small, Route(address=address, tls=client_context(strange)))
        with opened(small) as snapshot:
            route = Route(address=address, tls=client_context(trusted))
            Migration(snapshot, route, Progress(), lambda _: None).run()

    assert (type(error), verdict) == (AskingFailed, NOT_TAKEN)
    assert session.termination == Completed(paused=False)


def test_the_command_says_what_happened_and_who_has_the_vm(small: Path) -> None:
    with Scripted(small.parent, *[OK] * 4, ERROR) as peer:
        ran = sending(small, peer.address)

    assert (ran.code, ran.events[-1]["event"]) == (1, "termination")
    assert ran.errors[0] == "ch_snapshot: the peer answered Complete with Error in StateSent"
    assert ran.errors[-1] == "the peer has not taken the VM"


def test_the_command_says_when_nobody_knows_who_has_the_vm(small: Path) -> None:
    with Scripted(small.parent, *[OK] * 4) as peer:
        ran = sending(small, peer.address, "--paused")

    assert (ran.code, peer.asked[-1]) == (1, "CompletePaused")
    assert ran.errors[-1] == (
        "the peer may have taken the VM: see whether it runs there before it is sent once more"
    )


def test_the_command_waits_no_longer_for_a_silent_peer_than_it_was_told(small: Path) -> None:
    with Scripted(small.parent, OK, leaves=False) as peer:
        ran = sending(small, peer.address, "--deadline", "0.2")

    assert (ran.code, ran.errors[-1]) == (1, NOT_TAKEN)
    assert ran.errors[0].startswith("ch_snapshot: the peer was silent for 0.2 s in Started")


def test_a_receiver_that_was_asked_to_says_why_it_refuses(small: Path, tmp_path: Path) -> None:
    folder, address = tmp_path / "taken", f"unix:{tmp_path}/socket"
    with receiving(folder, "--reasons", "--max-memory", "64K", listen=address) as (process, _):
        ran = sending(small, address)
        code = process.wait(PATIENCE)

    assert (ran.code, code, folder.exists()) == (1, 1, False)
    assert ran.errors[0] == (
        "ch_snapshot: the peer answered Config with Error in Started: "
        "Config was refused by its handler in Started: "
        "the VM has 131072 bytes of memory, more than the 65536 that are allowed"
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(("step", "verdict"), [(2, NOT_TAKEN), (4, MAYBE_TAKEN)])
def test_a_signal_says_who_has_the_vm(
    number: signal.Signals, step: int, verdict: str, small: Path
) -> None:
    with (
        Scripted(small.parent, *[OK] * step, leaves=False) as peer,
        subprocess.Popen(
            [*COMMAND, "send", small, "--to", peer.address],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert peer.waits.wait(PATIENCE)
        process.send_signal(number)
        _, errors = process.communicate(timeout=PATIENCE)

    assert (process.returncode, errors.splitlines()[0]) == (128 + number, verdict)


NOWHERE = "unix:/nowhere/at/all"


@pytest.mark.parametrize(
    ("address", "options", "reason"),
    [
        (NOWHERE, (), "unix:/nowhere/at/all: No such file or directory"),
        (NOWHERE, ("--local",), "unix:/nowhere/at/all: No such file or directory"),
        ("udp:host:1", (), "`udp:host:1` is not `unix:PATH` or `tcp:HOST:PORT`"),
        (
            "tcp:localhost:1",
            ("--local",),
            "--local needs a unix socket: memory is shared by descriptors",
        ),
        (NOWHERE, ("--tls-dir", "/"), "--tls-dir needs a TCP address: a certificate is for a name"),
        (
            "tcp:localhost:1",
            ("--tls-dir", "/nowhere"),
            "/nowhere/ca-cert.pem: No such file or directory",
        ),
        (NOWHERE, ("--local", "--connections=2"), "--connections are for memory that is sent"),
    ],
)
def test_what_cannot_begin_ends_with_2(
    address: str, options: tuple[str, ...], reason: str, small: Path
) -> None:
    ran = sending(small, address, *options)

    assert (ran.code, ran.events, ran.errors) == (2, (), [f"ch_snapshot: {reason}"])


@pytest.mark.parametrize("count", ["0", "129", "x"])
def test_a_number_of_connections_is_bounded(count: str, small: Path) -> None:
    ran = sending(small, NOWHERE, f"--connections={count}")

    assert (ran.code, len(ran.events)) == (2, 0)


def test_what_is_no_snapshot_cannot_be_sent(tmp_path: Path) -> None:
    ran = sending(tmp_path, NOWHERE)

    assert (ran.code, ran.errors) == (
        2,
        [f"ch_snapshot: {tmp_path / 'memory-ranges'}: No such file or directory"],
    )
