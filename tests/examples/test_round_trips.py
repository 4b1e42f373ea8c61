"""A snapshot is sent and stored, in every way, while its connections are cut, stall or come late.

Every trip verifies that one side owns the VM, and one only: `round_trips.verify_ownership`.
"""

import random
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from ssl import SSLContext
from tempfile import TemporaryDirectory

import pytest

from ch_migration.connections import LANES
from ch_migration.runtime.connect import connect
from ch_migration.runtime.tls import client_context
from ch_snapshot import receive, sources
from ch_snapshot.send import MAYBE_TAKEN, NOT_TAKEN, TAKEN
from conversations import exactly
from frames import ERROR, OK, START
from proxies import PATIENCE, Fault, Kind
from round_trips import SOON, Storing, Transport, Trip, Trips, Way, named
from runtime import certificates
from snapshots import written
from sources import BLOCK, LOW, SIZE, config, memory, state

OFFSETS = 200  # at which connections are cut, for each transport
CUTS: tuple[Kind, ...] = ("close", "reset", "shutdown")
DONE = TAKEN, True
LOST = NOT_TAKEN, False
UNDONE = MAYBE_TAKEN, False
UNHEARD = MAYBE_TAKEN, True
TRANSPORTS: tuple[Transport, ...] = "unix", "tcp", "tls"
WAYS = [
    Way(transport="unix", memory="shared"),
    *(Way(transport=transport) for transport in TRANSPORTS),
    *(Way(transport=transport, connections=4) for transport in TRANSPORTS),
    *(Way(transport=transport, memory="fetched") for transport in TRANSPORTS),
]
SEVERAL = [way for way in WAYS if way.connections > 1]
INTRUDERS = {
    "silence": None,
    "rubbish": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "half a preamble": b"\x01",
    "a connection without memory": b"\x01\x00",
    "a second main connection": START,
}


@pytest.fixture(scope="module")
def trips() -> Iterator[Trips]:
    """Of a snapshot of 128 KiB, every other block a hole, that takes 8 Memory requests.

    In a file system in memory: a disk, which is waited for, would take most of the time.
    """
    with TemporaryDirectory(dir="/dev/shm") as place:
        yield from _trips(Path(place))


def _trips(place: Path) -> Iterator[Trips]:
    tls = certificates.write(place / "tls", certificates.authority())
    content = random.Random(0)  # noqa: S311 -- the same each time
    pieces = [(at, content.randbytes(BLOCK)) for at in range(0, 2 * SIZE, 2 * BLOCK)]
    snapshot = written(place / "stored", *pieces)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "ROWS", 2)
        patch.setattr(receive, "ARRIVING", 0.5)
        yield Trips(snapshot, tls, client_context(tls), place)


def each_message(trip: Trip) -> Iterator[Fault]:
    """Cuts between all messages, and inside each reply."""
    for turn in trip.turns:
        asked, answered = turn.before
        yield Fault(passes=asked)
        yield Fault(passes=asked, waits=True)
        yield Fault(passes=answered, answers=True, waits=True)
        yield Fault(passes=answered + turn.size // 2, answers=True)
        yield Fault(passes=answered + turn.size, answers=True)


def halves(trip: Trip, kind: Kind) -> list[Fault]:
    """Inside State's reply, inside Complete, and inside its reply."""
    before, last = trip.replies[-2:]
    asked, answered = last.before
    return [
        Fault(kind=kind, passes=before.before[1] + before.size // 2, answers=True),
        Fault(kind=kind, passes=(before.before[0] + asked) // 2),
        Fault(kind=kind, passes=answered + last.size // 2, answers=True),
    ]


def at_random(trip: Trip, seed: str, count: int) -> Iterator[Fault]:
    """Cuts anywhere in what the source says, on any connection."""
    chosen = random.Random(seed)  # noqa: S311 -- the same each time
    for _ in range(count):
        connection = chosen.randrange(len(trip.counts))
        passes = chosen.randrange(1 + trip.counts[connection][0])
        yield Fault(kind=chosen.choice(CUTS), passes=passes, connection=connection)


@pytest.mark.parametrize("paused", [False, True], ids=["running", "paused"])
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_snapshot_is_stored_before_the_source_hears_of_it(
    way: Way, paused: bool, trips: Trips
) -> None:
    trip = trips.take(replace(way, paused=paused))

    assert trip.outcome == DONE
    assert [turn.stored for turn in trip.replies] == [False] * (len(trip.replies) - 1) + [True]


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_cut_at_any_message_leaves_one_owner(way: Way, trips: Trips) -> None:
    cuts = each_message(trips.clean(way))

    assert {trips.take(way, cut).outcome for cut in cuts} >= {LOST, UNHEARD}


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_cut_anywhere_leaves_one_owner(way: Way, trips: Trips) -> None:
    ways = sum(other.transport == way.transport for other in WAYS)
    cuts = at_random(trips.clean(way), str(way), OFFSETS // ways + 1)

    assert LOST in {trips.take(way, cut).outcome for cut in cuts}


@pytest.mark.parametrize("kind", CUTS)
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_cut_inside_complete_or_its_reply_leaves_a_doubt(
    way: Way, kind: Kind, trips: Trips
) -> None:
    cuts = halves(trips.clean(way), kind)

    assert [trips.take(way, cut).outcome for cut in cuts] == [LOST, UNDONE, UNHEARD]


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_stall_inside_complete_or_its_reply_leaves_a_doubt(way: Way, trips: Trips) -> None:
    stalls = halves(trips.clean(way), "stall")
    outcomes = [trips.take(way, stall, patience=SOON).outcome for stall in stalls]

    assert outcomes == [LOST, UNDONE, UNHEARD]


@pytest.mark.parametrize("way", SEVERAL, ids=str)
def test_a_stall_on_a_further_connection_leaves_the_vm_where_it_is(way: Way, trips: Trips) -> None:
    """At least the one that is there first has memory to bring."""
    stalls = [Fault(kind="stall", passes=1, connection=number) for number in range(1, 5)]

    assert LOST in {trips.take(way, stall, patience=SOON).outcome for stall in stalls}


@pytest.mark.parametrize("way", SEVERAL, ids=str)
@pytest.mark.parametrize("late", range(1, 5))
def test_memory_may_arrive_in_any_order(late: int, way: Way, trips: Trips) -> None:
    """TLS has its handshake first; otherwise the connection itself is late."""
    others = sum(asked for asked, _ in trips.clean(way).counts[1:]) // 2
    passes = 1 if way.transport == "tls" else 0
    hold = Fault(kind="hold", passes=passes, connection=late, others=others)

    assert trips.take(way, hold).outcome == DONE


@pytest.mark.parametrize("says", INTRUDERS.values(), ids=INTRUDERS)
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_one_more_connection_changes_nothing(way: Way, says: bytes | None, trips: Trips) -> None:
    clean = trips.clean(way)
    moment = clean.turns.index(clean.replies[-3]) + 1

    def intrude(turn: int, address: str) -> socket.socket | None:
        return intruder(address, says, trips.tls(way)) if turn == moment else None

    assert trips.take(way, intruder=intrude).outcome == DONE


def intruder(address: str, says: bytes | None, tls: SSLContext | None) -> socket.socket:
    """Connect, and say that; silence and rubbish are not secured."""
    if says is not None and tls is not None and not says.startswith(b"GET"):
        return connect(named(address), tls=tls, seconds=PATIENCE, preamble=says)
    return connect(address, seconds=PATIENCE, preamble=says or b"")


def test_a_worker_that_stalls_inside_contents_keeps_the_guest_waiting_only_shortly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Less than any other silence may last; without its contents nothing is stored."""
    monkeypatch.setattr(receive, "SETTLING", 0.2)
    storing = Storing(tmp_path, receive.Options(address="tcp:127.0.0.1:0"))
    stalled = memory((0, bytes(BLOCK)), (BLOCK, bytes(BLOCK)))
    with (
        connect(storing.address, seconds=PATIENCE) as main,
        connect(storing.address, seconds=PATIENCE, preamble=LANES[1].preamble or b"") as worker,
    ):
        main.settimeout(4.0)  # seconds; less than the usual patience
        worker.settimeout(4.0)
        main.sendall(START + config(LOW))
        replies = exactly(main, 32)
        worker.sendall(memory((0, bytes(BLOCK))) + stalled[:-1])
        taken = exactly(worker, 16)
        begun = [storing.begun.get(timeout=PATIENCE).lane for _ in range(2)]
        main.sendall(state((0, SIZE)))
        refused = exactly(main, 16)

    assert (replies, taken, begun, refused) == (OK * 2, OK, ["memory"] * 2, ERROR)
    ended = storing.ended()
    assert (ended.completed, ended.files, ended.left) == (False, None, [])
