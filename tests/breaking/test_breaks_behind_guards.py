"""What breaks behind a guard that is another one, and what is left in doubt."""

import pytest

from breaking.pairing import LINK, NBD, ROOT, broken
from random_specs import read
from wirechart.breaking.compare import compare


def test_what_breaks_behind_a_stricter_guard_is_a_break_of_its_own() -> None:
    new = (
        LINK.replace("message.version <= 2", "message.version == 2")
        .replace("            Text: stay\n", "")
        .replace("            Ask: stay\n", "")
    )

    breaks = broken(LINK, new)

    assert [each for each in breaks if each.startswith("BRB")] == [
        (
            "BRB002 error machine.Open.Waiting.on.Hello: "
            "`Hello (mode 1, flags 2, version 1)` is refused in `Waiting`: its guard is stricter"
        ),
        (
            "BRB001 error machine.Open.Ready.on.Ask: "
            "`Ask` is refused in `Ready`, where it was accepted"
        ),
        (
            "BRB001 error machine.Open.Ready.on.Text: "
            "`Text (13 bytes)` is refused in `Ready`, where it was accepted"
        ),
    ]


# Whether `else` is ever taken hangs on a sum, which the search does not invert.
SUMMED = """\
wirechart: 1
protocol: link
limits: {idle: 10 s}
wire:
  byte_order: little
  roles: {client: sender, server: receiver}
  request: {code: u16, length: u32}
  reply: {status: u16}
  select: code
  status: status
  payload_size: length
  replies: {Ok: 0, Error: 1}
  accept: Ok
  refuse: Error
messages:
  Put: {code: 1, payload: {fields: {at: u16, of: u16}}}
machine:
  role: receiver
  initial: Open
  states:
    Open:
      on: {Put: [{to: Ready, if: [message.at + message.at < 8, CHECK]}, {to: Done}]}
      otherwise: {reply: none, to: stay}
      on_eof: {to: Failed}
      on_idle: {after: limits.idle, to: Failed}
      on_lost: {to: Failed}
    Ready:
      on: {Put: Done}
      otherwise: {reply: none, to: stay}
      on_eof: {to: Failed}
      on_idle: {after: limits.idle, to: Failed}
      on_lost: {to: Failed}
    Done: {final: success}
    Failed: {data: {cause: cause}, final: failure}
""".replace("CHECK", "{check: message.at < 4, else: Error}")


def test_a_doubt_about_what_breaks_anyway_is_not_said_whichever_spec_is_older() -> None:
    on = next(line for line in SUMMED.split("\n") if "Put: [" in line)
    less = SUMMED.replace(f"{on}\n", "")

    there, back = (
        [line.partition(":")[0] for line in broken(*texts) if line.startswith("BRB")]
        for texts in ((SUMMED, less), (less, SUMMED))
    )

    assert there == ["BRB001 error machine.Open.on.Put"]
    assert back == there


def test_a_guard_that_keeps_the_size_of_a_reply_from_being_negative() -> None:
    disk = (ROOT / "tests/specs/good/disk.yaml").read_text(encoding="utf-8")
    new = disk.replace("message.first <= message.last,", "message.first < message.last,")

    assert broken(disk, new) == (
        (
            "BRB002 error machine.Linked.Opened.on.Read: "
            "`Read (first 1, last 1)` is refused in `Opened`: its guard is stricter"
        ),
    )


def test_a_reply_that_no_handler_can_return_is_refused() -> None:
    disk = (ROOT / "tests/specs/good/disk.yaml").read_text(encoding="utf-8")
    new = disk.replace("{check: message.first <= message.last, else: Unaligned}", "true")

    assert broken(disk, new) == (
        (
            "BRB005 error machine.Linked.otherwise: "
            "`Read (first 1, last 0)` in `Opened` is refused with Unaligned instead of Refused"
        ),
    )


@pytest.mark.parametrize("size", [1, 7])
def test_a_guard_on_the_size_of_a_payload(size: int) -> None:
    def login(least: int) -> str:
        taken = f"{{to: stay, if: size(message.payload) > {least}}}"
        return LINK.replace("            Block: stay", f"            Block: {taken}")

    assert broken(login(0), login(size)) == (
        (
            "BRB002 error machine.Open.Ready.on.Block: "
            f"`Block ({min(size, 4)} bytes)` is refused in `Ready`: its guard is stricter"
        ),
    )


def test_a_doubt_points_at_what_is_written_otherwise() -> None:
    bytes_ = LINK.replace("{slot: u16}}}\n  Text", "{slot: u8}}}\n  Text")
    old, new = (bytes_.replace("few: 4", f"few: {most}") for most in (300, 299))

    (doubt,) = compare(read(old), read(new)).breaks

    lines = [place.line for place in (doubt.problem.old, doubt.problem.new) if place]
    assert [old.split("\n")[line - 1].strip()[:4] for line in lines] == ["Put:", "Put:"]


def test_a_check_whose_rows_have_large_numbers() -> None:
    disk = (ROOT / "tests/specs/good/disk.yaml").read_text(encoding="utf-8")
    before = disk.replace("start + extent <= 2^63", "start + extent > 2^63")

    (found,) = compare(read(before), read(disk)).breaks

    assert (found.code, found.problem.element) == ("BRW013", "messages.Ranges.payload.check")
    assert found.witness is not None
    assert [(each.event, each.old, each.new) for each in found.witness.exchanges] == [
        ("Open (flags 0, slot 1)", "Done, then in Opened", "Done, then in Opened"),
        ("Ranges (34 bytes)", "Done, then in Opened", "Refused, ends in Lost"),
    ]


def test_a_guard_whose_difference_only_long_replies_show_is_left_in_doubt() -> None:
    assert broken(NBD, NBD.replace("read: 32 MiB", "read: 31 MiB")) == (
        (
            "BRW018 error messages.Read.reply_payload.max: `Read`: "
            "at most 32505856 bytes follow its reply instead of 33554432"
        ),
        (
            "BRB020 warning machine.Transmission.on.Read: `machine.Transmission.on.Read` is "
            "written otherwise; `Read` may be answered with more than 4096 bytes, "
            "and no witness has so many"
        ),
    )
