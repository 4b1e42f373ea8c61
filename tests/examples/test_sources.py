"""A snapshot opened to be sent: its requests, its pages, its shared files; and what cannot be."""

import json
import os
from pathlib import Path

import pytest

from ch_migration.runtime import FileRange
from ch_snapshot.copying import extents
from ch_snapshot.layout import CannotStoreError, Slot
from ch_snapshot.sources import ROWS, Stored, opened
from snapshots import contents, state_text, written
from sources import HIGH, LOW, SIZE, VM_CONFIG

BLOCK = 4096
A, B = b"a" * BLOCK, b"b" * BLOCK
MIB = 1 << 20
ABOVE = {**HIGH, "gpa": 1 << 32}  # with a gap below it
HIGH_FIRST = state_text((LOW, ABOVE), ((1 << 32, SIZE), (0, SIZE)))


def rows(stored: Stored) -> list[list[tuple[int, int]]]:
    """The tables of all requests."""
    return [list(chunk.message.table) for chunk in stored.chunks()]


def test_what_is_no_hole_is_sent_in_the_order_of_the_file(tmp_path: Path) -> None:
    folder = written(tmp_path / "s", (BLOCK, A), (SIZE, B), state=HIGH_FIRST)

    with opened(folder) as stored:
        (chunk,) = stored.chunks()
        number = stored.file.fileno()

    assert list(chunk.message.table) == [((1 << 32) + BLOCK, BLOCK), (0, BLOCK)]
    assert chunk.pieces == (FileRange(number, BLOCK, BLOCK), FileRange(number, SIZE, BLOCK))


def test_memory_that_is_all_holes_is_one_empty_request(tmp_path: Path) -> None:
    with opened(written(tmp_path / "s")) as stored:
        assert rows(stored) == [[]]


def large(folder: Path, size: int, *pieces: tuple[int, bytes]) -> Path:
    """A snapshot of one mapping."""
    state = state_text(({**LOW, "size": size},), ((0, size),))
    return written(folder, *pieces, state=state, size=size)


def test_a_request_has_at_most_64_mib(tmp_path: Path) -> None:
    size = 64 * MIB + 2 * BLOCK
    with opened(large(tmp_path / "s", size, (0, bytes(size)))) as stored:
        tables = rows(stored)

    assert [sum(size for _, size in table) for table in tables] == [64 * MIB, 2 * BLOCK]
    assert tables[1] == [(64 * MIB, 2 * BLOCK)]


def test_a_request_has_a_bounded_number_of_ranges(tmp_path: Path) -> None:
    pieces = [(number * 2 * BLOCK, A) for number in range(ROWS + 1)]
    with opened(large(tmp_path / "s", 2 * BLOCK * (ROWS + 1), *pieces)) as stored:
        tables = rows(stored)

    assert [len(table) for table in tables] == [ROWS, 1]
    assert tables[1] == [(ROWS * 2 * BLOCK, BLOCK)]


def test_a_part_of_memory_is_read_by_address(tmp_path: Path) -> None:
    folder = written(tmp_path / "s", (SIZE - 2, b"low!high"))

    with opened(folder) as stored:
        assert stored.read(SIZE - 4, 12) == b"\0\0low!high\0\0"


def test_what_is_not_plugged_in_reads_as_zeros(tmp_path: Path) -> None:
    pluggable = {**HIGH, "virtio_mem": True}
    state = state_text((LOW, pluggable), ((0, SIZE), (SIZE + BLOCK, BLOCK)))
    folder = written(tmp_path / "s", (SIZE - 1, b"a" + B), state=state, size=SIZE + BLOCK)

    with opened(folder) as stored:
        found = stored.read(SIZE - 1, 2 * BLOCK + 2)

    assert found == b"a" + bytes(BLOCK) + B + b"\0"


@pytest.mark.parametrize(("gpa", "size"), [(2 * SIZE, 1), (2 * SIZE - 1, 2), (1 << 63, 1 << 63)])
def test_what_is_no_memory_is_not_read(gpa: int, size: int, tmp_path: Path) -> None:
    with opened(written(tmp_path / "s")) as stored, pytest.raises(CannotStoreError) as refused:
        stored.read(gpa, size)

    assert refused.value.text == (
        f"memory at {gpa:#x}-{gpa + size:#x} is asked for, where Config has none"
    )


def test_memory_that_was_cut_off_is_not_read_as_zeros(tmp_path: Path) -> None:
    folder = written(tmp_path / "s")
    with opened(folder) as stored:
        os.truncate(folder / "memory-ranges", SIZE)
        with pytest.raises(EOFError):
            stored.read(SIZE, BLOCK)


def test_a_shared_slot_begins_where_config_says_and_keeps_its_holes(tmp_path: Path) -> None:
    behind = {**HIGH, "file_offset": MIB}
    folder = written(tmp_path / "s", (SIZE + BLOCK, A), state=state_text((LOW, behind)))
    copied: list[int] = []
    with opened(folder) as stored:
        file = stored.shared(stored.slots[1], copied.append)
    with os.fdopen(file.take(), "rb") as shared:
        content = shared.read()
        data = list(extents(shared.fileno(), 0, MIB + SIZE))

    assert content == bytes(MIB + BLOCK) + A + bytes(SIZE - 2 * BLOCK)
    assert (data, copied) == ([(MIB + BLOCK, BLOCK)], [BLOCK])


def test_a_shared_slot_is_written_without_the_snapshot_and_cannot_be_cut_off(
    tmp_path: Path,
) -> None:
    folder = written(tmp_path / "s", (0, A))
    before = contents(folder)
    with opened(folder) as stored:
        file = stored.shared(stored.slots[0], lambda _: None)
    with os.fdopen(file.take(), "rb+") as shared:
        shared.write(B)
        shared.flush()
        with pytest.raises(PermissionError):
            shared.truncate(0)

    assert contents(folder) == before


def test_a_slot_that_would_be_a_file_too_long_is_not_shared(tmp_path: Path) -> None:
    state = state_text((LOW, {**HIGH, "file_offset": 2**64 - 1}))
    with (
        opened(written(tmp_path / "s", state=state)) as stored,
        pytest.raises(CannotStoreError, match="slot 1 lies too far behind in its file"),
    ):
        stored.shared(stored.slots[1], lambda _: None)


def test_what_nobody_could_read_is_sent_as_it_came(tmp_path: Path) -> None:
    """A state of v38: Config is kept whole, and memory lies in its order."""
    folder = tmp_path / "s"
    folder.mkdir()
    config = json.dumps({"memory_manager_data": {"guest_ram_mappings": [HIGH, LOW]}}).encode()
    (folder / "config.json").write_bytes(VM_CONFIG)
    (folder / "migration-config.json").write_bytes(config)
    (folder / "state.json").write_bytes(b'{"snapshot_data":[1,2]}')
    (folder / "memory-image").write_bytes(A + bytes(2 * SIZE - BLOCK))

    with opened(folder) as stored:
        assert (stored.config.raw, stored.state.raw) == (config, b'{"snapshot_data":[1,2]}')
        assert stored.slots == (
            Slot(SIZE, SIZE, 1, "high", False, 0),
            Slot(0, SIZE, 0, "low", False, 0),
        )
        assert stored.read(SIZE, BLOCK) == A


def refusal(folder: Path) -> str:
    """Why it cannot be sent."""
    with pytest.raises(ValueError, match="cannot be sent") as refused, opened(folder):
        pass
    return str(refused.value).removeprefix(f"{folder} cannot be sent: ")


@pytest.mark.parametrize("size", [0, 2 * SIZE - 1, 2 * SIZE + 1])
def test_memory_of_another_size_is_refused(size: int, tmp_path: Path) -> None:
    assert refusal(written(tmp_path / "s", size=size)) == (
        f"State lists {2 * SIZE} bytes of memory, and it has {size}"
    )


def test_a_zone_that_the_snapshot_does_not_hold_is_refused_by_name(tmp_path: Path) -> None:
    state = state_text(ranges=((SIZE, SIZE),))

    assert refusal(written(tmp_path / "s", state=state, size=SIZE)) == (
        "a snapshot cannot hold zone `low` (0x0-0x10000): "
        "it is shared and lies in a file, and State leaves it out"
    )


@pytest.mark.parametrize(
    ("config", "state", "reason"),
    [
        pytest.param(
            b"{",
            None,
            "config.json: the JSON text is wrong: "
            "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
            id="config",
        ),
        pytest.param(
            VM_CONFIG,
            b"",
            "state.json: the JSON text is wrong: Expecting value: line 1 column 1 (char 0)",
            id="state",
        ),
        pytest.param(
            b"{" + b" " * (4 * MIB) + b"}",
            None,
            "config.json is longer than 4194304 bytes",
            id="long config",
        ),
        pytest.param(
            b"{" + b" " * (4 * MIB - 2) + b"}",
            None,
            "Config would be longer than 4194304 bytes",
            id="long Config",
        ),
        pytest.param(VM_CONFIG, b"{}", "State's memory manager has no `snapshots`", id="no parts"),
        pytest.param(
            VM_CONFIG,
            state_text((LOW, LOW)),
            "memory at 0x0 is listed twice",
            id="mapped twice",
        ),
    ],
)
def test_a_directory_that_is_no_snapshot_is_refused(
    config: bytes, state: bytes | None, reason: str, tmp_path: Path
) -> None:
    assert refusal(written(tmp_path / "s", config=config, state=state)) == reason


def test_a_pipe_is_no_snapshot_and_is_not_waited_for(tmp_path: Path) -> None:
    folder = written(tmp_path / "s")
    (folder / "memory-ranges").unlink()
    os.mkfifo(folder / "memory-ranges")

    assert refusal(folder) == "the descriptor is not that of a file"


def test_a_file_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    folder = written(tmp_path / "s")
    (folder / "state.json").unlink()

    with pytest.raises(FileNotFoundError), opened(folder):
        pass
