"""Sample requests and replies, against bytes written by hand."""

from pathlib import Path

import pytest

from random_specs import read
from wirechart import chart as charts
from wirechart import samples
from wirechart.cases.flaws import flaws

ROOT = Path(__file__).parent.parent
FLAGSHIP = charts.build(read((ROOT / "spec/ch-migration.yaml").read_text()))
NBD = charts.build(read((ROOT / "tests/specs/nbd-transmission.yaml").read_text()))


def test_a_header_is_little_endian_and_opaque_bytes_are_zero() -> None:
    request = samples.request(FLAGSHIP, FLAGSHIP.messages["Start"], {"version": 0x0102})

    assert request.data == b"\x01\x00\x02\x01\x00\x00\x00\x00" + bytes(8)


def test_a_header_is_big_endian_with_its_magic_and_the_payloads_size() -> None:
    request = samples.request(NBD, NBD.messages["Write"], {"flags": 0, "offset": 9})

    assert request.data == (
        b"\x25\x60\x95\x13\x00\x00\x00\x01\x01\x02\x03\x04\x05\x06\x07\x08"
        b"\x00\x00\x00\x00\x00\x00\x00\x09\x00\x00\x00\x04\xa0\xa1\xa2\xa3"
    )


def test_contents_follow_the_table_outside_its_size() -> None:
    request = samples.request(FLAGSHIP, FLAGSHIP.messages["Memory"])

    assert request.header == b"\x04" + bytes(7) + b"\x20" + bytes(7)
    assert request.payload == bytes(8) + b"\x04" + bytes(7) + (b"\x04" + bytes(7)) * 2
    assert request.contents == b"\xa0\xa1\xa2\xa3\xa4\xa5\xa6\xa7"


def test_descriptors_come_with_the_payload() -> None:
    request = samples.request(FLAGSHIP, FLAGSHIP.messages["MemoryFd"], {"slot": 3})

    assert (request.payload, request.descriptors) == (b"\x03\x00\x00\x00", 1)


def test_a_large_payload_is_announced_and_not_sent() -> None:
    request = samples.request(NBD, NBD.messages["Write"], {"length": 1 << 20})

    assert (request.payload, request.announced, request.complete) == (b"", 1 << 20, False)


def test_a_field_of_the_payload_may_be_called_as_the_one_that_says_its_size() -> None:
    message = FLAGSHIP.messages["PageFault"]

    good = samples.request(FLAGSHIP, message, {"gpa": 5, "length": 1 << 40})
    broken = samples.announcing(FLAGSHIP.spec, message, good, 15)

    assert good.header == b"\x09" + bytes(7) + b"\x10" + bytes(7)
    assert good.payload == b"\x05" + bytes(7) + bytes(5) + b"\x01" + bytes(2)
    assert (broken.header[8], broken.fields) == (15, (("gpa", 5), ("length", 1 << 40)))


def test_what_a_message_does_not_say_of_its_frame_may_be_given() -> None:
    message = NBD.messages["Flush"]

    request = samples.request(NBD, message, {"flags": 7}, {"flags": 9, "cookie": 0})

    assert request.header[4:16] == b"\x00\x09\x00\x03" + bytes(8)


def test_a_reply_repeats_what_it_echoes() -> None:
    header = samples.request(NBD, NBD.messages["Flush"]).header

    assert samples.reply(NBD.spec, "EIO", header, b"ab") == (
        b"\x67\x44\x66\x98\x00\x00\x00\x05\x01\x02\x03\x04\x05\x06\x07\x08ab"
    )


def test_a_reply_says_the_size_of_its_payload() -> None:
    assert samples.reply(FLAGSHIP.spec, "Ok", bytes(16), b"abc") == (
        b"\x01" + bytes(7) + b"\x03" + bytes(7) + b"abc"
    )


def test_codes_that_are_no_requests() -> None:
    codes = [(item.known, item.header[:2]) for item in samples.unknown(FLAGSHIP)]

    assert codes == [
        ("Invalid", b"\x00\x00"),
        ("PageFault", b"\x09\x00"),
        ("", b"\x0a\x00"),
        ("", b"\xff\xff"),
    ]


def test_a_wrong_constant() -> None:
    assert [item.header[:4] for item in samples.lost(NBD.spec)] == [b"\xda\x60\x95\x13"]


@pytest.mark.parametrize(
    ("message", "wrong"),
    [
        (
            "Start",
            ["a descriptor with the header", "a payload", "size 18446744073709551615"],
        ),
        (
            "Config",
            [
                "1 descriptors instead of 0",
                "a descriptor with the header",
                "no JSON text",
                "a JSON text that ends too early",
                "a JSON text with NaN",
                "a JSON text that is not UTF-8",
                "a JSON text that is no object",
                "size 4194305",
                "size 18446744073709551615",
            ],
        ),
        (
            "Memory",
            [
                "1 descriptors instead of 0",
                "a descriptor with the header",
                "half a row",
                "a row for which the check fails",
                "contents of a byte too many",
                "size 268435472",
                "size 18446744073709551615",
            ],
        ),
        (
            "MemoryFd",
            [
                "0 descriptors instead of 1",
                "2 descriptors instead of 1",
                "a descriptor with the header",
                "0 bytes instead of 4",
                "3 bytes instead of 4",
                "5 bytes instead of 4",
                "size 18446744073709551615",
            ],
        ),
    ],
)
def test_every_way_to_be_malformed(message: str, wrong: list[str]) -> None:
    assert [item.flaw for item in flaws(FLAGSHIP, FLAGSHIP.messages[message])] == wrong


def test_a_table_whose_every_row_has_too_much_content_is_empty() -> None:
    text = (ROOT / "spec/ch-migration.yaml").read_text(encoding="utf-8")
    large = charts.build(read(text.replace("gpa + length <= 2^64", "length > 2^60")))

    request = samples.request(large, large.messages["Memory"])

    assert (request.announced, request.payload, request.contents) == (0, b"", b"")
