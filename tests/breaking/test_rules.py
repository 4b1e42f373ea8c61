"""Every rule about breaks on a pair of specs: a small one, and the same with one thing changed."""

from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from random_specs import read
from wirechart.breaking import search
from wirechart.breaking.compare import compare, gone
from wirechart.breaking.rules import RULES
from wirechart.diagnostics import Severity
from wirechart.renaming import renamed

ROOT = Path(__file__).parent.parent.parent
LINK = """\
wirechart: 1
protocol: link
limits: {block: 64 KiB, table: 1 KiB, contents: 1 MiB, idle: 10 s, linger: 2 s, few: 4, lanes: 4}
wire:
  byte_order: little
  roles: {client: sender, server: receiver}
  request: {code: u16, spare: 2 bytes, length: u32}
  reply: {status: u16, size: u16}
  select: code
  status: status
  payload_size: length
  reply_size: size
  replies: {Ok: 0, Error: 1, Busy: 2}
  accept: Ok
  refuse: Error
context:
  window: u16
messages:
  Hello: {code: 1, header: {spare: {mode: u8, flags: u8}}, payload: {fields: {version: u16}}}
  Block: {code: 2, payload: {bytes: stored, max: limits.block}}
  Put: {code: 3, payload: {fields: {slot: u16}}}
  Text: {code: 4, payload: {json: any, max: limits.block}}
  Rows:
    code: 5
    payload:
      table: {at: u32, length: u32}
      max: limits.table
      check: at <= 1024
  Ask: {code: 6, payload: none, reply_payload: {bytes: any, max: limits.table}}
  End: {code: 7, payload: none}
  Cancel: {code: 8, payload: none}
  Share: {code: 9, payload: {fields: {slot: u16}, descriptors: [file]}}
connections:
  main: {from: sender}
  lane: {from: sender, preamble: {role: {u16: 1}}, most: limits.lanes, bare: [Block]}
machine:
  role: receiver
  initial: Open
  states:
    Open:
      initial: Waiting
      otherwise: {reply: Error, to: Failed}
      on_eof: {to: Failed}
      on_idle: {after: limits.idle, to: Failed}
      states:
        Waiting:
          on:
            Hello: {to: Ready, if: message.version <= 2}
        Ready:
          data: {slots: {map: {u16: u16}, max: limits.few}}
          on:
            Block: stay
            Put: {to: stay, put: {slots: {message.slot: message.slot}}}
            Text: stay
            Rows: stay
            Ask: stay
            Share: stay
            End: {to: Done, set: {clean: true}}
    Done: {data: {clean: bool}, final: success}
    Failed:
      data: {cause: cause}
      final: failure
      linger: {for: limits.linger, answer: {Cancel: Ok}}
machines:
  filler:
    role: receiver
    connection: lane
    initial: Filling
    states:
      Filling:
        on: {Block: stay}
        otherwise: {reply: Error, to: Lost}
        on_eof: {to: Filled, inside_message: Lost}
        on_idle: {after: limits.idle, between_messages: never, to: Lost}
      Filled: {final: success}
      Lost: {data: {cause: cause}, final: failure}
"""
CH = (ROOT / "spec/ch-migration.yaml").read_text(encoding="utf-8")
NBD = (ROOT / "tests/specs/nbd-transmission.yaml").read_text(encoding="utf-8")

HERE = Path(__file__).parent
PAIRS = sorted((HERE / "pairs").glob("*.yaml"))
# Their tests are below, and in test_ignoring.py.
ELSEWHERE = {"BRB011", "BRB012", "BRB013", "BRW015", "BRW026", "BRB021", "BRS012", "BRI001"}


@dataclass(frozen=True)
class Example:
    """What changes in LINK, and everything that this breaks."""

    changes: tuple[tuple[str, str], ...]
    breaks: tuple[str, ...]


def example(path: Path) -> Example:
    """A pair of specs: what is written in the old one, and in the new one."""
    read_ = yaml.safe_load(path.read_text(encoding="utf-8"))
    changes = tuple((each["old"], each["new"]) for each in read_["changes"])
    return Example(changes, tuple(read_["breaks"]))


def changed(text: str, changes: tuple[tuple[str, str], ...]) -> str:
    """A text with something written otherwise."""
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return text


def broken(before: str, after: str) -> tuple[str, ...]:
    """All that a change breaks: code, level, element and message."""
    old, new = read(before), read(after)
    found = compare(old, new, renamed(old, new))
    return tuple(
        f"{b.code} {b.level} {b.problem.element}: {b.problem.message}" for b in found.breaks
    )


@pytest.mark.parametrize("path", PAIRS, ids=lambda path: path.stem)
def test_a_change_breaks_exactly_what_is_listed(path: Path) -> None:
    pair = example(path)

    assert broken(LINK, changed(LINK, pair.changes)) == pair.breaks


@pytest.mark.parametrize("path", PAIRS, ids=lambda path: path.stem)
def test_a_pair_shows_the_rule_it_is_named_after(path: Path) -> None:
    assert path.stem in {line.partition(" ")[0] for line in example(path).breaks}


def test_every_rule_has_a_pair() -> None:
    assert sorted({path.stem for path in PAIRS} | ELSEWHERE) == sorted(RULES)


def test_a_payload_whose_size_stands_in_another_field() -> None:
    assert broken(NBD, NBD.replace("size: length, max", "size: offset, max")) == (
        "BRW015 error messages.Write.size: `Write`: another field says its payload's size",
    )


def test_a_protocol_that_is_gone() -> None:
    (found,) = gone(read(LINK), ("old-to-new", "new-to-old")).breaks

    assert (found.code, found.problem.element, found.problem.message) == (
        "BRW026",
        "protocol",
        "the protocol `link` is gone",
    )


def test_a_search_that_is_too_large_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST", 2)
    monkeypatch.setattr(search, "MORE", 0)
    new = LINK.replace(
        "End: {to: Done, set: {clean: true}}", "End: {to: Done, set: {clean: false}}"
    )

    assert broken(LINK, new)[-1] == (
        "BRB021 warning machine: the search of `machine` ended after 2 inputs"
    )


@pytest.mark.parametrize("code", RULES)
def test_an_explanation_says_what_breaks_and_what_to_do(code: str) -> None:
    explanation = RULES[code].explanation

    assert explanation.endswith((".", "`."))
    assert len(RULES[code].title) < 60
    assert RULES[code].level in (Severity.ERROR, Severity.WARNING)


def test_what_a_sender_may_not_ask_any_more() -> None:
    last = "              CompletePaused: {to: Completed, set: {paused: true}}\n"
    before, end = CH.rpartition(last)[::2]

    assert broken(CH, before + end) == (
        (
            "BRS012 error machines.source.send.StateSent.CompletePaused: "
            "`CompletePaused` may not be sent in `StateSent` any more"
        ),
    )


def test_a_rename_that_the_spec_tells_breaks_no_peer() -> None:
    was = "Later:\n          was: [Ready]\n          data:"
    new = LINK.replace("Ready:\n          data:", was).replace("to: Ready", "to: Later")
    old = read(LINK)

    found = compare(old, read(new), renamed(old, read(new)))

    assert {each.family for each in found.breaks} == {"source"}
    assert found.equality == "proven"


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


def test_a_reply_that_no_handler_can_return_is_refused() -> None:
    disk = (ROOT / "tests/specs/good/disk.yaml").read_text(encoding="utf-8")
    new = disk.replace("{check: message.first <= message.last, else: Unaligned}", "true")

    assert broken(disk, new) == (
        (
            "BRB005 error machine.Linked.otherwise: "
            "`Read (first 1, last 0)` in `Opened` is refused with Unaligned instead of Refused"
        ),
    )


def test_a_field_that_is_echoed_under_another_name() -> None:
    before = NBD.replace("cookie: u64", "handle: u64").replace("echo: cookie", "echo: handle")

    assert broken(before, NBD) == ()


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


def test_a_map_with_more_room_than_its_keys_have_values() -> None:
    bytes_ = LINK.replace("{slot: u16}}}\n  Text", "{slot: u8}}}\n  Text").replace(
        "few: 4", "few: 300"
    )

    assert broken(bytes_, bytes_.replace("few: 300", "few: 299")) == (
        (
            "BRB020 warning machine.Open.Ready.on.Put: `machine.Open.Ready.on.Put` is written "
            "otherwise; no values were found that show a difference, and none can be excluded"
        ),
    )


def test_a_map_that_its_handler_begins_is_full_sooner() -> None:
    put = "Put: {to: stay, put:"
    new_key = LINK.replace(put, "Put: {to: stay, if: message.slot not in state.slots, put:")

    assert broken(new_key, new_key.replace("few: 4", "few: 3")) == (
        (
            "BRB010 error machine.Open.Ready.on.Put: "
            "`Put (slot 4)` is refused in `Ready`: after 3 entries its map is full"
        ),
    )


def test_a_doubt_points_at_what_is_written_otherwise() -> None:
    bytes_ = LINK.replace("{slot: u16}}}\n  Text", "{slot: u8}}}\n  Text")
    old, new = (bytes_.replace("few: 4", f"few: {most}") for most in (300, 299))

    (doubt,) = compare(read(old), read(new)).breaks

    lines = [place.line for place in (doubt.problem.old, doubt.problem.new) if place]
    assert [old.split("\n")[line - 1].strip()[:4] for line in lines] == ["Put:", "Put:"]


def test_a_map_that_guards_ask_for_and_that_only_the_handler_fills_now() -> None:
    disk = (ROOT / "tests/specs/good/disk.yaml").read_text(encoding="utf-8")
    new = disk.replace(
        "flags & 1 == 0, put: {files: {message.slot: message.file}}}", "flags & 1 == 0}"
    )

    found = compare(read(disk), read(new))

    assert found.equality == "unknown"
    assert [(each.code, each.problem.element) for each in found.breaks] == [
        ("BRB020", "machine.Linked.Closed.on.Open"),
    ]


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


def test_a_map_that_is_filled_by_messages_with_other_values_than_the_usual_ones() -> None:
    disk = (ROOT / "tests/specs/good/disk.yaml").read_text(encoding="utf-8")

    (found,) = compare(read(disk), read(disk.replace("files: 32", "files: 16"))).breaks

    assert (found.code, found.problem.element, found.problem.message) == (
        "BRB010",
        "machine.Linked.Opened.on.Open",
        "`Open (slot 17)` is refused in `Opened`: after 16 entries its map is full",
    )
    assert found.witness is not None
    assert [(each.event, each.old, each.new) for each in found.witness.exchanges] == [
        ("16 times Open (slot 1)", "Done, then in Opened", "Done, then in Opened"),
        ("Open (slot 17)", "Done, then in Opened", "Refused, ends in Lost"),
    ]


def test_a_map_that_only_handlers_fill_is_left_in_doubt_and_says_so() -> None:
    disk = (ROOT / "tests/specs/good/disk.yaml").read_text(encoding="utf-8")
    filled = disk.replace(", put: {files: {message.slot: message.file}}}", "}")
    filled = filled.replace("              put: {files: {message.slot: message.file}}\n", "")
    asked = filled.replace("message.slot not in state.files", "size(state.files) < limits.files")

    assert broken(asked, asked.replace("files: 32", "files: 16")) == (
        (
            "BRB020 warning machine.Linked.Opened.on.Open: `machine.Linked.Opened.on.Open` is "
            "written otherwise; what `files` holds is for handlers to say, so no messages show it"
        ),
    )


def test_a_map_that_is_too_large_to_be_filled_is_left_in_doubt_and_says_so() -> None:
    wide = LINK.replace("slots: {map: {u16: u16}", "slots: {map: {u32: u16}")
    wide = wide.replace(
        "Put: {code: 3, payload: {fields: {slot: u16}}}",
        "Put: {code: 3, payload: {fields: {slot: u32}}}",
    )
    wide = wide.replace(
        "put: {slots: {message.slot: message.slot}}", "put: {slots: {message.slot: 1}}"
    )

    assert broken(wide.replace("few: 4", "few: 90000"), wide.replace("few: 4", "few: 80000")) == (
        (
            "BRB020 warning machine.Open.Ready.on.Put: `machine.Open.Ready.on.Put` is written "
            "otherwise; `slots` has room for more than 65536 entries, and no witness fills so many"
        ),
    )


def test_a_map_that_can_never_be_full_is_no_difference() -> None:
    small = LINK.replace("slots: {map: {u16: u16}", "slots: {map: {u8: u16}")
    small = small.replace(
        "Put: {code: 3, payload: {fields: {slot: u16}}}",
        "Put: {code: 3, payload: {fields: {slot: u8}}}",
    )

    found = compare(
        read(small.replace("few: 4", "few: 300")), read(small.replace("few: 4", "few: 299"))
    )

    assert (found.breaks, found.equality) == ((), "proven")


@pytest.mark.parametrize(
    ("before", "after", "said", "help_"),
    [
        (
            LINK,
            changed(LINK, (("slots: {map", "places: {map"), ("put: {slots:", "put: {places:"))),
            (
                "`machine.Open.Ready.on.Put` is written otherwise; "
                "`slots` is gone and `places` is new, of the same type"
            ),
            "if they are the same, write `was: slots` at `places`",
        ),
        (
            LINK.replace("message.version <= 2", "message.version <= context.window"),
            LINK.replace("message.version <= 2", "message.version <= context.credit").replace(
                "  window: u16", "  credit: u16"
            ),
            (
                "`machine.Open.Waiting.on.Hello` is written otherwise; "
                "`window` is gone and `credit` is new, of the same type"
            ),
            "if they are the same, write `was: window` at `credit`",
        ),
    ],
    ids=["data", "context"],
)
def test_what_may_have_another_name_now_is_asked_for(
    before: str, after: str, said: str, help_: str
) -> None:
    found = [each for each in compare(read(before), read(after)).breaks if each.code == "BRB020"]

    assert [(each.problem.message, each.problem.help) for each in found] == [(said, help_)]


def test_data_that_says_what_it_was_is_the_same() -> None:
    new = changed(LINK, (("put: {slots:", "put: {places:"),)).replace(
        "slots: {map: {u16: u16}, max: limits.few}",
        "places: {map: {u16: u16}, max: limits.few, was: slots}",
    )
    old = read(LINK)

    found = compare(old, read(new), renamed(old, read(new)))

    assert found.equality == "proven"


UNANSWERED = (
    "            on_unanswered: {to: InDoubt}  # the destination may run the VM, or have aborted\n"
)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            UNANSWERED,
            "",
            (
                "BRB012 warning machines.source.Sending.StateSent.on_unanswered: "
                "a request without an answer in `StateSent` leads to `Resumed` instead of `InDoubt`"
            ),
        ),
        (
            "        otherwise: {to: Resumed}\n        on_eof",
            "        otherwise: {to: InDoubt}\n        on_eof",
            (
                "BRB012 warning machines.source.Sending.otherwise: "
                "a refusal in `Connected` leads to `InDoubt` instead of `Resumed`"
            ),
        ),
        (
            f"set: {{paused: true}}}}\n{UNANSWERED}",
            f"set: {{paused: false}}}}\n{UNANSWERED}",
            (
                "BRB012 warning machines.source.Sending.StateSent.on.CompletePaused: "
                "`CompletePaused` in `StateSent` sets other values"
            ),
        ),
        (
            "        on_idle: {after: limits.idle, to: Resumed}",
            "        on_idle: {after: limits.linger, to: Resumed}",
            (
                "BRB011 error machines.source.Sending.on_idle: "
                "in `Connected` the sender waits 2 s instead of 60 s"
            ),
        ),
        (
            "            on: {Start: Started}",
            "            on: {Start: {to: Started, reply: Error}}",
            (
                "BRB013 error machines.source.Sending.Connected.on.Start: "
                "`Start` in `Connected` awaits Error instead of Ok"
            ),
        ),
    ],
    ids=["unanswered", "refusal", "set", "patience", "reply"],
)
def test_a_machine_that_asks_does_otherwise(before: str, after: str, expected: str) -> None:
    assert broken(CH, changed(CH, ((before, after),))) == (expected,)


def test_a_sender_that_gives_up_sooner_leaves_receivers_of_the_other_version() -> None:
    patience = "        on_idle: {after: limits.idle, to: Resumed}"
    hasty = CH.replace(patience, patience.replace("idle, to", "linger, to"))
    verdicts = [compare(read(CH), read(hasty)), compare(read(hasty), read(CH))]

    assert [[each.problem.directions for each in one.breaks] for one in verdicts] == [
        [("new-to-old",)],
        [("old-to-new",)],
    ]


def test_endings_of_a_sender_that_have_other_names_are_the_same() -> None:
    found = compare(read(CH), read(CH.replace("Resumed", "GoesOn")))

    assert [each for each in found.breaks if each.family != "source"] == []
    assert found.equality == "proven"


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


def test_another_reply_and_another_ending_of_one_transition_are_both_said() -> None:
    new = LINK.replace("Ask: stay", "Ask: {to: Done, reply: Busy, set: {clean: true}}")

    assert broken(LINK, new) == (
        (
            "BRB003 error machine.Open.Ready.on.Ask: `Ask` in `Ready` is answered Busy instead of "
            "Ok, and the machine ends in success; it went on"
        ),
        ("BRS005 error machine.handlers.ask: the handler `ask` returns `Done` instead of `Ready`"),
    )
