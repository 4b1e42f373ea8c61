"""What breaks where a map has another room, or is filled otherwise."""

from breaking.pairing import LINK, ROOT, broken
from random_specs import read
from wirechart.breaking.compare import compare


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
