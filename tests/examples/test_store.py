"""The handlers of `ch_snapshot`, without sockets: what they store, and what they refuse."""

import json
import os
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from captures import descriptors_open
from ch_migration import Aborted, Completed, Descriptor, Receiver
from ch_snapshot.directory import Partial
from ch_snapshot.progress import Progress, Summary
from ch_snapshot.store import FILES, Store
from sources import (
    BLOCK,
    COMPLETE,
    COMPLETE_PAUSED,
    ERROR,
    HIGH,
    LOW,
    OK,
    SIZE,
    START,
    VM_CONFIG,
    by_descriptor,
    config,
    file,
    memory,
    request,
    state,
    state_text,
)

A, B = b"a" * BLOCK, b"b" * BLOCK
ABOVE = {**HIGH, "gpa": 1 << 32}  # with a gap below it


@dataclass(frozen=True, slots=True)
class Session:
    """A receiver that stores, and where."""

    receiver: Receiver
    store: Store
    folder: Path

    @property
    def reason(self) -> str:
        """Why it ended in a failure, in one line; empty when it did not."""
        ending = self.receiver.termination
        return ending.cause.summary() if isinstance(ending, Aborted) else ""

    @property
    def files(self) -> list[str]:
        """What is in the snapshot; fails when there is none."""
        return sorted(path.name for path in self.folder.iterdir())

    def read(self, name: str = "memory-ranges") -> bytes:
        return (self.folder / name).read_bytes()


@contextmanager
def storing(
    folder: Path, *, max_memory: int = 1 << 40, keep_source: bool = False
) -> Generator[Session]:
    progress = Progress(clock=iter(range(100)).__next__)
    with Partial(folder, FILES) as directory:
        store = Store(directory, progress, max_memory=max_memory, keep_source=keep_source)
        with closing(store), Receiver(store, observe=progress.observe) as receiver:
            yield Session(receiver, store, folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a snapshot may come to be; nothing else is beside it."""
    return tmp_path / "snapshot"


def sparse(size: int, *pieces: tuple[int, bytes]) -> bytes:
    """Zeros, and pieces at their place."""
    whole = bytearray(size)
    for offset, content in pieces:
        whole[offset : offset + len(content)] = content
    return bytes(whole)


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


def test_a_pluggable_mapping_with_content_that_state_leaves_out_is_refused(folder: Path) -> None:
    pluggable = {**HIGH, "virtio_mem": True}
    with storing(folder) as session:
        session.receiver.feed(
            START + config(LOW, pluggable) + memory((SIZE, B)) + state((0, SIZE)) + COMPLETE
        )

    assert session.reason == (
        "State was refused by its handler in Configured: "
        "a snapshot cannot hold zone `high` (0x10000-0x20000): "
        "it is shared and lies in a file, and State leaves it out"
    )


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


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        pytest.param(
            request(2, b'{"cpus": {}, "memory": {}}'),
            "Config was refused by its handler in Started: Config is a bare VM configuration, "
            "as v17 and older send it: it does not say where memory lies",
            id="Config of v17",
        ),
        pytest.param(
            request(2, b'{"vm_config": {}, "common_cpuid": []}'),
            "Config was refused by its handler in Started: Config has no `memory_manager_data`",
            id="Config of v18",
        ),
        pytest.param(
            config({**LOW, "size": (1 << 40) + 1}),
            "Config was refused by its handler in Started: the VM has 1099511627777 bytes of "
            "memory, more than the 1099511627776 that are allowed",
            id="more than is allowed",
        ),
        pytest.param(
            config() + state(),
            "State was refused by its handler in Configured: "
            "no memory arrived, and the VM has 131072 bytes of it: "
            "no connection came on which one could ask for it either",
            id="no memory arrived",
        ),
        pytest.param(
            config() + memory((2 * SIZE, b"x")),
            "Memory was refused by its handler in Configured: "
            "memory arrives for 0x20000, where Config has none",
            id="behind all mappings",
        ),
        pytest.param(
            config(LOW, ABOVE) + memory((SIZE - 1, b"xx")),
            "Memory was refused by its handler in Configured: "
            "memory arrives for 0x10000, where Config has none",
            id="into a gap",
        ),
        pytest.param(
            config(LOW) + memory((2**64 - 1, b"x")),
            "Memory was refused by its handler in Configured: "
            "memory arrives for 0xffffffffffffffff, where Config has none",
            id="at the last address",
        ),
        pytest.param(
            config() + memory((0, A)) + state((0, SIZE)),
            "State was refused by its handler in Configured: "
            "a snapshot cannot hold zone `high` (0x10000-0x20000): "
            "it is shared and lies in a file, and State leaves it out",
            id="a zone in a file",
        ),
        pytest.param(
            config() + memory((0, A)) + request(3, b"{}"),
            "State was refused by its handler in Configured: "
            "State's memory manager has no `snapshots`",
            id="State without a memory manager",
        ),
    ],
)
def test_what_cannot_be_stored_is_refused_in_words(
    stream: bytes, reason: str, folder: Path
) -> None:
    before = descriptors_open()
    with storing(folder) as session:
        replies = session.receiver.feed(START + stream)

    assert (session.reason, replies[-16:]) == (reason, ERROR)
    assert (list(folder.parent.iterdir()), descriptors_open()) == ([], before)


@pytest.mark.parametrize(
    ("slots", "reason"),
    [
        pytest.param(
            [(0, SIZE)],
            "Config was refused by its handler in MemoryFdsReceived: "
            "slot 1 of Config came by no descriptor",
            id="missing",
        ),
        pytest.param(
            [(0, SIZE), (1, SIZE), (7, SIZE)],
            "Config was refused by its handler in MemoryFdsReceived: "
            "slot 7 came, which Config does not have",
            id="unknown",
        ),
        pytest.param(
            [(0, SIZE), (0, SIZE)],
            "MemoryFd is refused in MemoryFdsReceived: "
            "message.slot not in state.memory_fds and size(state.memory_fds) < limits.slots "
            "does not hold",
            id="twice",
        ),
        pytest.param(
            [(0, SIZE), (1, SIZE - 1)],
            "Config was refused by its handler in MemoryFdsReceived: "
            "the descriptor of slot 1 has 65535 bytes, not 65536",
            id="too small",
        ),
    ],
)
def test_slots_that_are_not_those_of_config_are_refused(
    slots: list[tuple[int, int]], reason: str, folder: Path
) -> None:
    before = descriptors_open()
    with storing(folder) as session:
        by_descriptor(session.receiver, [(slot, file(size=size)) for slot, size in slots])
        session.receiver.feed(config())

    assert session.reason == reason
    assert (list(folder.parent.iterdir()), descriptors_open()) == ([], before)


def test_a_descriptor_of_no_file_is_refused(folder: Path) -> None:
    ours, theirs = os.pipe()
    with storing(folder) as session, os.fdopen(theirs, "wb"):
        by_descriptor(session.receiver, [(0, Descriptor(ours))])

    assert session.reason == (
        "MemoryFd was refused by its handler in Started: the descriptor is not that of a file"
    )


def test_a_descriptor_that_cannot_be_read_is_refused(folder: Path, tmp_path: Path) -> None:
    for_writing = os.open(tmp_path / "slot", os.O_WRONLY | os.O_CREAT)
    with storing(folder) as session:
        by_descriptor(session.receiver, [(0, Descriptor(for_writing))])

    assert session.reason == (
        "MemoryFd was refused by its handler in Started: the descriptor is not for reading"
    )


def test_a_descriptor_that_is_truncated_later_is_refused(folder: Path) -> None:
    low = file((0, A))
    with storing(folder) as session, os.fdopen(os.dup(low.fileno()), "wb") as source:
        by_descriptor(session.receiver, [(0, low)])
        session.receiver.feed(config(LOW))
        os.truncate(source.fileno(), BLOCK)
        session.receiver.feed(state((0, SIZE)))

    assert session.reason == (
        "State was refused by its handler in Configured: "
        "the descriptor of zone `low` has 4096 bytes, not 65536"
    )


def test_memory_that_comes_both_ways_is_refused(folder: Path) -> None:
    with storing(folder) as session:
        by_descriptor(session.receiver, [(0, file())])
        session.receiver.feed(config(LOW) + memory((BLOCK, A)))

    assert session.reason == (
        "Memory was refused by its handler in Configured: "
        "memory for 0x1000 comes in a message, and by descriptor"
    )


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
