"""What breaks where headers, preambles and sizes on the wire are others."""

import pytest

from breaking.pairing import LINK, NBD, broken, changed
from random_specs import read
from wirechart.breaking.compare import compare


def test_a_payload_whose_size_stands_in_another_field() -> None:
    assert broken(NBD, NBD.replace("size: length, max", "size: offset, max")) == (
        "BRW015 error messages.Write.size: `Write`: another field says its payload's size",
    )


def test_silence_inside_a_message_that_the_other_one_does_not_know() -> None:
    new = LINK.replace("Text: {code: 4,", "Text: {code: 14,").replace("idle: 10 s", "idle: 9 s")

    assert broken(LINK, new) == (
        "BRW005 error messages.Text.code: `Text`: code 14 instead of 4",
        (
            "BRB007 error machine.Open.on_idle: "
            "9 s of silence in `Waiting` ends the machine, and did not have to"
        ),
        (
            "BRB007 error machine.Open.on_idle: "
            "9 s of silence inside Hello in `Waiting` ends the machine, and did not have to"
        ),
        (
            "BRB007 error machines.filler.Filling.on_idle: "
            "9 s of silence inside Block in `Filling` ends the machine, and did not have to"
        ),
    )


def test_a_field_that_is_echoed_under_another_name() -> None:
    before = NBD.replace("cookie: u64", "handle: u64").replace("echo: cookie", "echo: handle")

    assert broken(before, NBD) == ()


def test_a_new_sender_may_begin_a_connection_without_its_preamble() -> None:
    before = LINK.replace(", bare: [Block]", "")

    (found,) = compare(read(before), read(LINK)).breaks

    assert (found.code, found.problem.directions, found.problem.message) == (
        "BRW024",
        ("new-to-old",),
        "the connection `lane`: it newly begins with Block alone",
    )


def test_the_name_of_the_first_connection_is_no_matter() -> None:
    found = compare(read(LINK), read(LINK.replace("  main: {from", "  first: {from")))

    assert (found.breaks, found.equality) == ((), "proven")


def test_a_payload_that_the_other_side_takes_for_the_next_header() -> None:
    new = NBD.replace(
        "payload: {bytes: streamed, size: length, max: limits.write}", "payload: none"
    )

    found = compare(read(NBD), read(new)).breaks
    (each,) = (each for each in found if each.code == "BRW008")

    assert each.witness is not None
    assert [(each.event, each.old, each.new) for each in each.witness.exchanges] == [
        (
            "the header of Write of 1 bytes",
            "no reply, waits in Transmission",
            "Ok, then in Transmission",
        ),
    ]


@pytest.mark.parametrize(
    ("before", "after", "exchanges"),
    [
        (
            "length: u32}\n  reply",
            "length: u64}\n  reply",
            [("Hello", "Ok, then in Ready", "no reply, waits in Waiting")],
        ),
        (
            "spare: 2 bytes, length: u32}",
            "spare: 4 bytes, length: u32}",
            [("Hello", "Ok, then in Ready", "Error, ends in Failed")],
        ),
    ],
    ids=["longer than all that comes", "with other bytes in it"],
)
def test_the_first_message_shows_that_frames_have_another_size(
    before: str, after: str, exchanges: list[tuple[str, str, str]]
) -> None:
    (found,) = compare(read(LINK), read(changed(LINK, ((before, after),)))).breaks

    assert (found.code, found.problem.directions) == ("BRW002", ("old-to-new", "new-to-old"))
    assert found.witness is not None
    assert [(each.event, each.old, each.new) for each in found.witness.exchanges] == exchanges
