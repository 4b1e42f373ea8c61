"""What `ch_snapshot` refuses to store, in words: its handlers, without sockets."""

import os
from pathlib import Path

import pytest

from captures import descriptors_open
from ch_migration import Descriptor
from frames import COMPLETE, ERROR, START
from sources import BLOCK, HIGH, LOW, SIZE, by_descriptor, config, file, memory, request, state
from storing import ABOVE, A, B, storing


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
