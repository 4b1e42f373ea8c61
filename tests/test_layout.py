"""Where fields lie, and what a message holds."""

from pathlib import Path

import pytest

from wirechart import layout
from wirechart.model import Spec
from wirechart.reader import read
from wirechart.syntax import parse

HERE = Path(__file__).parent


def load(path: str) -> Spec:
    spec, _ = read(parse((HERE / path).read_text()))
    assert spec is not None
    return spec


FLAGSHIP = load("../spec/ch-migration.yaml")
NBD = load("specs/nbd-transmission.yaml")
LOGIN = load("specs/good/login.yaml")


def places(placed: tuple[layout.Placed, ...]) -> list[tuple[str, int, int]]:
    return [(item.field.name, item.offset, item.size) for item in placed]


def test_a_frame_has_its_fields_one_behind_the_other() -> None:
    assert places(layout.request(NBD)) == [
        ("magic", 0, 4),
        ("flags", 4, 2),
        ("type", 6, 2),
        ("cookie", 8, 8),
        ("offset", 16, 8),
        ("length", 24, 4),
    ]


def test_an_echo_is_as_wide_as_what_it_repeats() -> None:
    assert places(layout.reply(NBD)) == [("magic", 0, 4), ("error", 4, 4), ("cookie", 8, 8)]


@pytest.mark.parametrize(
    ("placed", "size"),
    [
        (layout.request(FLAGSHIP), 16),
        (layout.reply(FLAGSHIP), 16),
        (layout.request(NBD), 28),
        (layout.reply(NBD), 16),
        ((), 0),
    ],
)
def test_a_frame_is_as_large_as_its_fields(placed: tuple[layout.Placed, ...], size: int) -> None:
    assert layout.size(placed) == size


def test_the_parts_of_a_split_field_lie_inside_it_and_skipped_bytes_are_left_out() -> None:
    greet = LOGIN.messages[0]

    assert places(layout.header(LOGIN, greet)) == [("dialect", 1, 1)]


def test_a_part_lies_behind_the_parts_before_it() -> None:
    text = (HERE / "specs/good/login.yaml").read_text()
    spec, _ = read(
        parse(text.replace("dialect: u8, ignored: 2 bytes", "ignored: 2 bytes, dialect: u8"))
    )
    assert spec is not None

    assert places(layout.header(spec, spec.messages[0])) == [("dialect", 3, 1)]


def test_a_restated_field_lies_where_the_frame_has_it() -> None:
    assert places(layout.header(NBD, NBD.messages[0])) == [
        ("flags", 4, 2),
        ("offset", 16, 8),
        ("length", 24, 4),
    ]


@pytest.mark.parametrize(
    ("spec", "message", "attributes"),
    [
        (FLAGSHIP, "Start", (("version", "u16"),)),
        (FLAGSHIP, "Config", (("payload", "json"),)),
        (FLAGSHIP, "Memory", (("table", "table"),)),
        (FLAGSHIP, "Complete", ()),
        (FLAGSHIP, "MemoryFd", (("slot", "u32"), ("memory", "fd"))),
        (NBD, "Write", (("flags", "u16"), ("offset", "u64"), ("length", "u32"))),
        (LOGIN, "Login", (("payload", "bytes"),)),
    ],
)
def test_a_message_holds_its_header_its_payload_and_its_descriptors(
    spec: Spec, message: str, attributes: tuple[tuple[str, str], ...]
) -> None:
    described = next(item for item in spec.messages if item.name == message)

    assert layout.attributes(spec, described) == attributes


@pytest.mark.parametrize(
    ("spec", "message", "streamed"),
    [
        (FLAGSHIP, "Memory", True),
        (FLAGSHIP, "Config", False),
        (FLAGSHIP, "Complete", False),
        (NBD, "Write", True),
        (LOGIN, "Login", False),
    ],
)
def test_bytes_that_go_to_the_handler_as_they_come_are_streamed(
    spec: Spec, message: str, streamed: bool
) -> None:
    described = next(item for item in spec.messages if item.name == message)

    assert layout.is_streamed(described) is streamed


def test_a_message_may_name_its_own_size_field() -> None:
    fields = {m.name: layout.payload_size_field(NBD, m) for m in NBD.messages}

    assert {name for name, ref in fields.items() if ref is not None} == {"Write"}
