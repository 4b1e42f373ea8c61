"""What `ch_snapshot` stores, and when: its handlers, without sockets."""

import json
import os
from contextlib import closing
from pathlib import Path

from ch_migration import Completed, Descriptor
from ch_snapshot.progress import Summary
from frames import COMPLETE, COMPLETE_PAUSED, ERROR, OK, START
from sources import (
    BLOCK,
    HIGH,
    LOW,
    SIZE,
    VM_CONFIG,
    by_descriptor,
    config,
    file,
    memory,
    request,
    state,
    state_text,
)
from storing import ABOVE, A, B, sparse, storing


def test_a_snapshot_has_three_files(folder: Path) -> None:
    with storing(folder) as session:
        replies = session.receiver.feed(
            START + config() + memory((0, A), (SIZE, B)) + state() + COMPLETE
        )

    assert (replies, session.receiver.termination) == (OK * 5, Completed(paused=False))
    assert session.files == ["config.json", "memory-ranges", "state.json"]
    assert session.read("config.json") == VM_CONFIG
    assert session.read("state.json") == state_text()
    assert session.read() == sparse(2 * SIZE, (0, A), (SIZE, B))


def test_only_its_owner_can_read_a_snapshot(folder: Path) -> None:
    with storing(folder) as session:
        session.receiver.feed(START + config() + memory((0, A)) + state() + COMPLETE)

    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in folder.iterdir()}
    assert oct(folder.stat().st_mode & 0o777) == "0o700"
    assert modes == {"config.json": "0o600", "memory-ranges": "0o600", "state.json": "0o600"}


def test_a_paused_migration_is_stored_too(folder: Path) -> None:
    with storing(folder) as session:
        session.receiver.feed(START + config() + memory((0, A)) + state() + COMPLETE_PAUSED)

    assert session.receiver.termination == Completed(paused=True)
    assert session.read() == sparse(2 * SIZE, (0, A))


def test_the_snapshot_is_in_its_place_before_complete_is_answered(folder: Path) -> None:
    with storing(folder) as session:
        before = session.receiver.feed(START + config() + memory((0, A)) + state())
        there = folder.exists()
        after = session.receiver.feed(COMPLETE)

        assert (before, there, after, folder.exists()) == (OK * 4, False, OK, True)


def test_the_last_writer_wins(folder: Path) -> None:
    with storing(folder) as session:
        session.receiver.feed(
            START
            + config()
            + memory((0, A), (BLOCK, A), (0, B))
            + memory((BLOCK - 1, b"cc"))
            + state()
            + COMPLETE
        )

    expected = sparse(2 * SIZE, (0, B), (BLOCK, A), (BLOCK - 1, b"cc"))
    assert session.read() == expected


def test_a_range_may_reach_from_one_mapping_into_the_next(folder: Path) -> None:
    """In Config's order, and so in the file, the second mapping is the first."""
    with storing(folder) as session:
        replies = session.receiver.feed(
            START + config(HIGH, LOW) + memory((SIZE - BLOCK, A + B)) + state() + COMPLETE
        )

    assert replies == OK * 5
    assert session.read() == sparse(2 * SIZE, (SIZE - BLOCK, A + B))


def test_memory_is_put_into_the_order_of_state(folder: Path) -> None:
    with storing(folder) as session:
        session.receiver.feed(
            START
            + config(LOW, ABOVE)
            + memory((0, A), (1 << 32, B))
            + state((1 << 32, SIZE), (BLOCK, SIZE - BLOCK), (0, BLOCK))
            + COMPLETE
        )

    assert session.files == ["config.json", "memory-ranges", "state.json"]
    assert session.read() == sparse(2 * SIZE, (0, B), (2 * SIZE - BLOCK, A))


def test_holes_stay_holes_when_the_order_changes(folder: Path) -> None:
    large = {**LOW, "size": 1 << 30, "gpa": 1 << 32}
    with storing(folder) as session:
        session.receiver.feed(
            START
            + config(LOW, large)
            + memory((1 << 32, A))
            + state((1 << 32, 1 << 30), (0, SIZE))
            + COMPLETE
        )
        summary = session.store.summary()

    assert (summary.memory, summary.holes) == ((1 << 30) + SIZE, (1 << 30) + SIZE - BLOCK)


def test_only_the_plugged_blocks_of_a_pluggable_mapping_are_stored(folder: Path) -> None:
    pluggable = {**HIGH, "virtio_mem": True}
    with storing(folder) as session:
        session.receiver.feed(
            START
            + config(LOW, pluggable)
            + memory((0, A), (SIZE + BLOCK, B))
            + state((0, SIZE), (SIZE + BLOCK, BLOCK))
            + COMPLETE
        )

    assert session.read() == sparse(SIZE, (0, A)) + B


def test_a_vm_may_be_all_holes(folder: Path) -> None:
    with storing(folder) as session:
        session.receiver.feed(START + config() + memory() + state() + COMPLETE)

    assert session.read() == bytes(2 * SIZE)


def test_memory_by_descriptor_is_copied_from_its_offset(folder: Path) -> None:
    offset = {**HIGH, "file_offset": 8 * BLOCK}
    low, high = file((0, A)), file((0, A), (9 * BLOCK, B), size=2 * SIZE)
    with storing(folder) as session:
        replies = by_descriptor(session.receiver, [(1, high), (0, low)])
        replies += session.receiver.feed(config(LOW, offset) + state((SIZE, SIZE), (0, SIZE)))
        replies += session.receiver.feed(COMPLETE)

    assert replies == OK * 6
    assert session.read() == sparse(2 * SIZE, (BLOCK, B), (SIZE, A))


def test_content_of_a_descriptor_is_final_only_after_state(folder: Path) -> None:
    low = file((0, A), (BLOCK, A))
    with storing(folder) as session, closing(Descriptor(os.dup(low.fileno()))) as source:
        by_descriptor(session.receiver, [(0, low)])
        session.receiver.feed(config(LOW))
        os.pwrite(source.fileno(), B, 0)
        session.receiver.feed(state((0, SIZE)) + COMPLETE)

    assert session.read() == sparse(SIZE, (0, B), (BLOCK, A))


def test_most_of_a_descriptor_is_copied_while_the_guest_still_runs(folder: Path) -> None:
    with storing(folder) as session:
        by_descriptor(session.receiver, [(0, file((0, A)))])
        session.receiver.feed(config(LOW))
        early = (folder.parent / f".{folder.name}.partial" / "memory-ranges").read_bytes()

    assert early == sparse(SIZE, (0, A))


OLD_STATE = json.dumps({"snapshots": {"memory-manager": {"snapshot_data": {"state": [1]}}}})


def test_a_state_that_nobody_can_read_is_no_place_for_a_vm(folder: Path) -> None:
    with storing(folder) as session:
        session.receiver.feed(
            START + config() + memory((0, A)) + request(3, OLD_STATE.encode()) + COMPLETE
        )

    assert not folder.exists()
    assert session.reason == (
        "State was refused by its handler in Configured: State holds arrays of bytes, "
        "as v38 and older send it; it can only be kept beside its VM, as it came"
    )


def test_beside_its_vm_a_state_that_nobody_can_read_is_kept_as_it_came(folder: Path) -> None:
    with storing(folder, keep_source=True) as session:
        session.receiver.feed(
            START + config(HIGH, LOW) + memory((0, A)) + request(3, OLD_STATE.encode()) + COMPLETE
        )
        opaque = session.store.summary().opaque

    names = ["config.json", "memory-image", "migration-config.json", "state.json"]
    assert (session.files, opaque) == (names, True)
    assert session.read("state.json") == OLD_STATE.encode()
    assert session.read("migration-config.json") == config(HIGH, LOW)[16:]
    assert session.read("memory-image") == sparse(2 * SIZE, (SIZE, A))


def test_by_descriptor_too_a_state_that_nobody_can_read_is_kept(folder: Path) -> None:
    with storing(folder, keep_source=True) as session:
        by_descriptor(session.receiver, [(0, file((BLOCK, B)))])
        session.receiver.feed(config(LOW) + request(3, OLD_STATE.encode()) + COMPLETE)

    assert session.read("memory-image") == sparse(SIZE, (BLOCK, B))


def test_a_source_that_is_to_be_kept_is_refused_when_all_is_stored(folder: Path) -> None:
    with storing(folder, keep_source=True) as session:
        replies = session.receiver.feed(START + config() + memory((0, A)) + state() + COMPLETE)

    assert replies == OK * 4 + ERROR
    assert session.reason == (
        "Complete was refused by its handler in StateReceived: "
        "the snapshot is stored, and the source keeps its VM"
    )
    assert session.read() == sparse(2 * SIZE, (0, A))


def test_the_numbers_of_a_migration(folder: Path) -> None:
    """The clock counts its calls: State's header, its reply, Complete's reply."""
    with storing(folder) as session:
        session.receiver.feed(
            START + config() + memory((0, A), (SIZE, A)) + memory((0, B), (0, A)) + state()
        )
        session.receiver.feed(COMPLETE)
        summary = session.store.summary()

    assert summary == Summary(
        directory=str(folder),
        opaque=False,
        source_kept=False,
        memory=2 * SIZE,
        holes=2 * SIZE - 2 * BLOCK,
        bytes=4 * BLOCK,
        duplicates=2 * BLOCK,
        rounds=2,
        requests=2,
        connections=1,
        paused=2,
    )


def test_the_numbers_of_a_migration_by_descriptor(folder: Path) -> None:
    with storing(folder) as session:
        by_descriptor(session.receiver, [(0, file((BLOCK, A + B)))])
        session.receiver.feed(config(LOW) + state((0, SIZE)) + COMPLETE)
        summary = session.store.summary()

    assert (summary.bytes, summary.duplicates, summary.holes) == (2 * BLOCK, 0, SIZE - 2 * BLOCK)
    assert (summary.rounds, summary.connections) == (0, 1)
