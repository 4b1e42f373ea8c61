"""`python -m ch_snapshot receive` and a hostile source: said in words, and nothing is left."""

import os
import socket
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from captures import memfd
from conversations import exactly
from frames import COMPLETE, ERROR, OK, START
from receivers import COMMAND, connected, receiving, sent, session
from sources import HIGH, LOW, SIZE, WHOLE, config, memory, request, state

BLOCK = 4096
SLOT_0 = struct.pack("<I", 0)
A_MILLION_KEYS = b"{" + b",".join(b'"%06d":0' % key for key in range(1_000_000)) + b"}"
DEEP = b'{"a":' * 100_000 + b"0" + b"}" * 100_000


@pytest.mark.parametrize(
    ("stream", "replies", "reason"),
    [
        pytest.param(
            request(2, A_MILLION_KEYS),
            OK + ERROR,
            "Config is malformed in Started: its length 11000001 is more than 4194304",
            id="Config with a million keys",
        ),
        pytest.param(
            request(2, DEEP),
            OK + ERROR,
            "Config is malformed in Started: the JSON text is nested deeper than 64",
            id="Config nested 100 000 deep",
        ),
        pytest.param(
            config(LOW) + request(3, DEEP),
            OK * 2 + ERROR,
            "State is malformed in Configured: the JSON text is nested deeper than 64",
            id="State nested 100 000 deep",
        ),
        pytest.param(
            config(LOW) + request(3, b'{"snapshots": "\xff"}'),
            OK * 2 + ERROR,
            "State is malformed in Configured: the JSON text is not UTF-8: invalid start byte",
            id="State is not UTF-8",
        ),
        pytest.param(
            config(LOW, HIGH) + memory((0, b"a" * BLOCK), (2 * SIZE, b"a")),
            OK * 2 + ERROR,
            "Memory was refused by its handler in Configured: "
            "memory arrives for 0x20000, where Config has none",
            id="a range outside every mapping",
        ),
        pytest.param(
            config(LOW, {**HIGH, "gpa": 1 << 32}) + memory((SIZE - 1, b"aa")),
            OK * 2 + ERROR,
            "Memory was refused by its handler in Configured: "
            "memory arrives for 0x10000, where Config has none",
            id="a range across two mappings with a gap between them",
        ),
        pytest.param(
            config(LOW),
            OK * 2,
            "the stream ended in Configured, between two messages",
            id="the end after Config",
        ),
        pytest.param(
            config(LOW) + state((0, SIZE)),
            OK * 2 + ERROR,
            "State was refused by its handler in Configured: "
            "no memory arrived, and the VM has 65536 bytes of it: "
            "no connection came on which one could ask for it either",
            id="no memory arrived",
        ),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_left(
    stream: bytes, replies: bytes, reason: str, tmp_path: Path
) -> None:
    ran = session(sent(START + stream), tmp_path / "snapshot")

    assert (ran.code, ran.replies, list(tmp_path.iterdir())) == (1, replies, [])
    assert ran.errors.splitlines()[0] == f"ch_snapshot: {reason}"


def test_a_worker_s_range_outside_every_mapping_is_refused_with_state(tmp_path: Path) -> None:
    with receiving(tmp_path / "snapshot") as (process, address):
        with connected(address) as main, connected(address) as worker:
            main.sendall(START + config(LOW) + memory((0, b"a" * BLOCK)))
            replies = exactly(main, 48)
            worker.sendall(b"\1\0" + memory((SIZE, b"a" * BLOCK)))
            refused = exactly(worker, 16)
            main.sendall(state((0, SIZE)))
            replies += exactly(main, 16)
        _, errors = process.communicate(timeout=30)

    assert (replies, refused, process.returncode) == (OK * 3 + ERROR, ERROR, 1)
    assert list(tmp_path.iterdir()) == []
    assert errors.decode().splitlines()[0] == (
        "ch_snapshot: the handler of State failed in Configured: IncompleteError: memory 2 failed: "
        "Memory was refused by its handler in Filling: "
        "memory arrives for 0x10000, where Config has none"
    )


def test_as_many_keys_as_config_may_have_are_kept(tmp_path: Path) -> None:
    keys = b",".join(b'"%06d":0' % key for key in range(380_000))
    vm_config = b'{"memory":{},' + keys + b"}"
    mappings = config(LOW).partition(b'"memory_manager_data"')[2]
    whole = request(2, b'{"vm_config":' + vm_config + b', "memory_manager_data"' + mappings)
    stream = START + whole + memory((0, b"a")) + state((0, SIZE)) + COMPLETE

    ran = session(sent(stream), tmp_path / "snapshot")

    assert (ran.code, ran.replies) == (0, OK * 5)
    assert (tmp_path / "snapshot/config.json").read_bytes() == vm_config


def test_a_range_across_two_mappings_is_stored_in_both(tmp_path: Path) -> None:
    crossing = memory((SIZE - BLOCK, b"a" * BLOCK + b"b" * BLOCK))
    stream = START + config(LOW, HIGH) + crossing + state() + COMPLETE

    ran = session(sent(stream), tmp_path / "snapshot")

    hole = bytes(SIZE - BLOCK)
    assert (ran.code, ran.replies) == (0, OK * 5)
    assert (tmp_path / "snapshot/memory-ranges").read_bytes() == (
        hole + b"a" * BLOCK + b"b" * BLOCK + hole
    )


Talk = Callable[[socket.socket], None]


def passing(data: bytes, count: int, before: bytes, after: bytes = b"") -> Talk:
    """Send some bytes, and behind them others with so many descriptors."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(before)
        number = memfd(SIZE)
        socket.send_fds(connection, [data], [number] * count)
        os.close(number)
        connection.sendall(after)

    return talk


MEMORY_FD = request(7, SLOT_0)


@pytest.mark.parametrize(
    ("talk", "replies", "reason"),
    [
        pytest.param(
            passing(SLOT_0, 2, START + MEMORY_FD[:16]),
            OK + ERROR,
            "MemoryFd is malformed in Started: more descriptors came with it than belong there (1)",
            id="two at once",
        ),
        pytest.param(
            sent(START + MEMORY_FD),
            OK + ERROR,
            "MemoryFd is malformed in Started: no descriptors came with it, not 1",
            id="none where one belongs",
        ),
        pytest.param(
            passing(START, 1, b""),
            ERROR,
            "Start is malformed in Established: descriptors came with it, but none belong there",
            id="with Start",
        ),
        pytest.param(
            passing(config(LOW), 1, START),
            OK + ERROR,
            "Config is malformed in Started: descriptors came with it, but none belong there",
            id="with Config",
        ),
        pytest.param(
            passing(b"a" * BLOCK, 1, START + config(LOW) + memory((0, b"a" * BLOCK))[:-BLOCK]),
            OK * 2 + ERROR,
            "Memory is malformed in Configured: descriptors came with it, but none belong there",
            id="with contents",
        ),
        pytest.param(
            passing(state((0, SIZE)), 1, START + config(LOW) + memory((0, b"a" * BLOCK))),
            OK * 3 + ERROR,
            "State is malformed in Configured: descriptors came with it, but none belong there",
            id="with State",
        ),
        pytest.param(
            passing(COMPLETE, 1, WHOLE[:-16]),
            OK * 4 + ERROR,
            "Complete is malformed in StateReceived: "
            "descriptors came with it, but none belong there",
            id="with Complete",
        ),
    ],
)
def test_another_number_of_descriptors_than_belong_to_a_request_is_refused(
    talk: Talk, replies: bytes, reason: str, tmp_path: Path
) -> None:
    listen = f"unix:{tmp_path / 'socket'}"

    ran = session(talk, tmp_path / "snapshot", listen=listen)

    assert (ran.code, ran.replies, list(tmp_path.iterdir())) == (1, replies, [])
    assert ran.errors.splitlines()[0] == f"ch_snapshot: {reason}"


def test_a_descriptor_that_is_truncated_later_is_refused(tmp_path: Path) -> None:
    """It is not sealed: its owner truncates it when it has been checked already."""
    number = memfd(SIZE)
    listen = f"unix:{tmp_path / 'socket'}"
    with (
        os.fdopen(number),
        receiving(tmp_path / "snapshot", listen=listen) as (process, address),
        connected(address) as connection,
    ):
        connection.sendall(START + MEMORY_FD[:16])
        socket.send_fds(connection, [SLOT_0], [number])
        connection.sendall(config(LOW))
        replies = exactly(connection, 48)
        os.ftruncate(number, BLOCK)
        connection.sendall(state((0, SIZE)))
        replies += exactly(connection, 16)
        connection.shutdown(socket.SHUT_WR)
        _, errors = process.communicate(timeout=30)

    assert (replies, process.returncode, list(tmp_path.iterdir())) == (OK * 3 + ERROR, 1, [])
    assert errors.splitlines()[0] == (
        b"ch_snapshot: State was refused by its handler in Configured: "
        b"the descriptor of zone `low` has 4096 bytes, not 65536"
    )


def test_a_disk_that_takes_no_memory_by_descriptor_refuses_config(tmp_path: Path) -> None:
    limited = ("sh", "-c", 'ulimit -f 16; exec "$0" "$@"', *COMMAND)
    talk = passing(SLOT_0, 1, START + MEMORY_FD[:16], config(LOW))
    listen = f"unix:{tmp_path / 'socket'}"

    ran = session(talk, tmp_path / "snapshot", listen=listen, command=limited)

    assert (ran.code, ran.replies, list(tmp_path.iterdir())) == (1, OK * 2 + ERROR, [])
    assert ran.errors.splitlines()[0] == (
        "ch_snapshot: the handler of Config failed in MemoryFdsReceived: "
        "OSError: [Errno 27] File too large"
    )


def test_a_target_that_came_meanwhile_refuses_complete(tmp_path: Path) -> None:
    folder = tmp_path / "snapshot"
    with receiving(folder) as (process, address), connected(address) as connection:
        connection.sendall(WHOLE[:-16])
        replies = exactly(connection, 64)
        folder.mkdir()
        connection.sendall(COMPLETE)
        replies += exactly(connection, 16)
        connection.shutdown(socket.SHUT_WR)
        _, errors = process.communicate(timeout=30)

    assert (replies, process.returncode) == (OK * 4 + ERROR, 1)
    assert (list(tmp_path.iterdir()), list(folder.iterdir())) == ([folder], [])
    assert errors.decode().splitlines()[0] == (
        "ch_snapshot: the handler of Complete failed in StateReceived: FileExistsError: "
        f"[Errno 17] exists already: '{folder}'"
    )
