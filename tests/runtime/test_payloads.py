"""Long payloads: kept in files, checked as they come, seen as sequences."""

import os
import struct
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime import link
from runtime.link import BROKEN, HELLO, OK, Code, Receiver, request, rows
from wirechart.runtime import Descriptor, Image, Json, Mapped, Payload, Receiving, Table
from wirechart.runtime.memory import HIGHEST, WINDOW
from wirechart.runtime.spool import CHUNK, SPILL, Spool

ROWS = [(n, n * n) for n in range(40_000)]
MANY = SPILL // 8 + 1000  # rows that do not stay in memory


def spooled(data: bytes) -> Spool:
    spool = Spool()
    for at in range(0, len(data), CHUNK):
        spool.append(memoryview(data)[at : at + CHUNK])
    return spool


def test_a_table_is_a_sequence_of_its_rows() -> None:
    table = Table[tuple[int, int]].of("<QQ", ROWS)

    assert (len(table), table[0], table[-1]) == (40_000, (0, 0), (39_999, 39_999**2))
    assert list(table) == ROWS
    assert (7, 49) in table
    assert table.index((7, 49)) == 7


@given(st.slices(40))
def test_a_slice_of_a_table_is_that_of_its_rows(part: slice) -> None:
    table = Table[tuple[int, int]].of(">HI", ROWS[:40])

    assert list(table[part]) == ROWS[:40][part]
    assert list(table[part][1:]) == ROWS[:40][part][1:]


def test_tables_compare_by_their_rows() -> None:
    small = Table[tuple[int, int]].of("<QQ", ROWS[:3])

    assert small == Table.of(">II", ROWS[:3])
    assert small != Table.of("<QQ", ROWS[:4])
    assert small != ROWS[:3]
    assert repr(small) == "Table((0, 0), (1, 1), (2, 4))"


def test_a_table_beyond_its_rows_has_none() -> None:
    with pytest.raises(IndexError):
        Table.of("<QQ", ROWS[:3])[3]


def test_a_spool_in_a_file_is_like_one_in_memory() -> None:
    data = bytes(range(256)) * 3000

    spool = spooled(data)

    assert (spool.size, spool.read(250, 12)) == (768_000, data[250:262])
    assert b"".join(spool.chunks()) == data
    assert spool == Spool(data)
    assert hash(spool) == hash(Spool(data))
    assert spool != Spool(data[:-1] + b"x")


class Keeping(link.Handlers):
    """Keep the tables too."""

    def blocks(
        self, state: link.Open, message: link.Blocks, payload: Payload
    ) -> Receiving[link.Open]:
        self.seen.append(message.table)
        yield from payload.scatter(state.disk)
        return state


@pytest.mark.parametrize("step", [1000, 100_000, 1 << 30])
def test_a_table_that_does_not_stay_in_memory_arrives_whole(step: int) -> None:
    handlers = Keeping()
    receiver = Receiver(handlers)
    pairs = [(n, 0) for n in range(MANY)]
    sent = HELLO + request(Code.Blocks, rows(*pairs))

    replies = b"".join(receiver.feed(sent[at : at + step]) for at in range(0, len(sent), step))

    assert replies == OK * 2
    assert handlers.seen == [Table.of("<II", pairs)]


def test_a_long_table_is_refused_at_its_first_wrong_row() -> None:
    receiver = Receiver()
    data = rows(*[(0, 1)] * 40_000, (2**32 - 1, 2)) + bytes(8 * MANY)
    sent = HELLO + request(Code.Blocks, data)

    assert receiver.feed(sent[: CHUNK * 2 + 100]) == OK + BROKEN
    assert receiver.cause.reason == "offset + size <= 2^32 does not hold in row 40000"


def test_a_text_that_does_not_stay_in_memory_arrives_whole() -> None:
    handlers = link.Handlers()
    text = b'{"a": "' + b"\xc3\xa9" * SPILL + b'"}'

    assert Receiver(handlers).feed(HELLO + request(Code.Text, text)) == OK * 2
    assert handlers.seen == [link.Text(Json.of(text))]


def test_a_long_text_is_refused_before_all_of_it_came() -> None:
    text = b'{"a": [1, ?' + bytes(SPILL)
    sent = HELLO + request(Code.Text, text)

    assert Receiver().feed(sent[: CHUNK + 100]) == OK + BROKEN


def test_no_room_for_a_long_payload_is_a_failed_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nonexistent")
    text = b'{"a": "' + b"a" * 2 * SPILL + b'"}'
    receiver = Receiver()

    assert receiver.feed(HELLO + request(Code.Text, text)) == OK + link.FAILED
    assert isinstance(receiver.cause.error, FileNotFoundError)


def fill(path: Path, *writes: tuple[int, bytes]) -> Path:
    """Let these contents come to an image."""
    made = Image(path)
    receiver = Receiver(link.Handlers(made))
    table = rows(*((address, len(data)) for address, data in writes))
    replies = receiver.feed(
        HELLO + request(Code.Blocks, table) + b"".join(data for _, data in writes) + link.BYE
    )
    assert replies == OK * 3
    return path


def test_contents_lie_at_their_address_and_the_last_writer_wins(tmp_path: Path) -> None:
    stored = fill(tmp_path / "i", (2, b"abcd"), (0, b"zz"), (3, b"XY"), (5, b""), (3, b"Q"))

    assert stored.read_bytes() == b"zzaQYd"


def test_contents_larger_than_a_window_lie_together(tmp_path: Path) -> None:
    data = bytes(range(251)) * (WINDOW // 100)

    assert fill(tmp_path / "i", (1, data)).read_bytes() == b"\0" + data


def test_an_image_is_sparse_and_for_its_owner_only(tmp_path: Path) -> None:
    found = fill(tmp_path / "i", (1 << 31, b"x")).stat()

    assert (found.st_size, found.st_mode & 0o777) == ((1 << 31) + 1, 0o600)
    assert found.st_blocks * 512 < 1 << 20


def test_an_image_has_an_end(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is higher than"):
        next(Image(tmp_path / "i").receive([(HIGHEST, 1)]))


def test_an_empty_place_may_lie_anywhere(tmp_path: Path) -> None:
    assert list(Image(tmp_path / "i").receive([(HIGHEST + 1, 0)])) == []


def test_an_image_is_a_regular_file() -> None:
    with pytest.raises(OSError, match="is not a regular file"):
        Image(os.devnull)


def test_a_file_that_cannot_be_written_is_a_failed_handler(tmp_path: Path) -> None:
    path = tmp_path / "i"
    path.touch()
    receiver = Receiver(link.Handlers(Image(Descriptor(os.open(path, os.O_RDONLY)))))

    assert receiver.feed(HELLO + link.BLOCKS) == OK + link.FAILED


class Based(link.Handlers):
    """Put contents behind a base, and a raw payload where it begins."""

    def blocks(
        self, state: link.Open, message: link.Blocks, payload: Payload
    ) -> Receiving[link.Open]:
        del message
        yield from payload.scatter(state.disk, base=100)
        return state

    def raw(self, state: link.Open, message: link.Raw, payload: Payload) -> Receiving[link.Open]:
        del message
        yield from payload.scatter(state.disk)
        return state


def test_a_base_is_added_to_every_address() -> None:
    content = bytearray(108)

    Receiver(Based(Mapped(content))).feed(HELLO + link.BLOCKS)

    assert content == bytes(100) + b"abcFGHI\0"


def test_a_payload_without_places_lies_together() -> None:
    content = bytearray(10)

    Receiver(Based(Mapped(content))).feed(HELLO + link.RAW)

    assert content == b"raw bytes\0"


def test_columns_may_be_of_any_width() -> None:
    assert list(Table[tuple[int, int]](struct.Struct(">BI"), Spool(b"\1\0\0\0\2\3\0\0\0\4"))) == [
        (1, 2),
        (3, 4),
    ]
