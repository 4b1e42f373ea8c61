"""What `wirechart diff` says of a change, and what it takes for none."""

from pathlib import Path

import pytest

from drawing import LINK
from wirechart import model, revisions
from wirechart.difference import as_text
from wirechart.difference.comparison import Comparison, compare
from wirechart.revisions import Pair, Version
from wirechart.sources import Source

LINGERING = """\
    Failed:
      {data: {cause: cause}, final: failure, linger: {for: limits.idle, answer: {End: Ok}}}"""
HEAD = "link: old.yaml → new.yaml: "


def version(text: str, name: str) -> Version:
    return revisions.version(Source(name, Path(), name, text.encode()))


def compared(old: str, new: str) -> Comparison:
    return compare(Pair(version(old, "old.yaml"), version(new, "new.yaml")))


def told(before: str, after: str, text: str = LINK) -> str:
    """What is said where a part of a spec becomes another, without the first line's beginning."""
    assert before in text
    return as_text.render((compared(text, text.replace(before, after, 1)),)).removeprefix(HEAD)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "Hello: {code: 1,",
            "Hello: {code: 7,",
            """\
1 changed (bytes); same tables
bytes
  ~ message Hello: code 1 → 7
      old.yaml:17:3 → new.yaml:17:3
""",
        ),
        (
            "payload: {fields: {version: u16}}",
            "payload: {fields: {flags: u8, version: u32}}",
            """\
1 added, 1 changed (bytes); same tables
bytes
  + field flags of Hello: u8
      new.yaml:17:39
  ~ field version of Hello: u16 → u32
      old.yaml:17:39 → new.yaml:17:50
""",
        ),
        (
            "request: {code: u16, length: u32}",
            "request: {length: u32, code: u16}",
            """\
1 changed (bytes); same tables
bytes
  ~ frame of a request: order code, length → length, code
      old.yaml:5:1 → new.yaml:5:1
""",
        ),
        (
            "payload: {bytes: stored, max: limits.block}",
            "payload: none",
            """\
1 removed (bytes); same tables
bytes
  - payload of Block: stored bytes, at most limits.block
      old.yaml:18:20
""",
        ),
        (
            "byte_order: little",
            "byte_order: big",
            """\
1 changed (bytes); same tables
bytes
  ~ wire: byte order little → big
      old.yaml:5:1 → new.yaml:5:1
""",
        ),
        (
            "on_eof: {to: Failed}",
            "on_eof: {to: Done}",
            """\
1 changed (behaviour); 2 of 18 cells of the tables differ
behaviour
  ~ Open on_eof: to Failed → Done
      in Waiting, Ready
      old.yaml:28:7 → new.yaml:28:7
""",
        ),
        (
            "if: message.version == 1",
            "if: message.version >= 1, reply: Error",
            """\
1 changed (behaviour); 1 of 18 cells of the tables differ
behaviour
  ~ Waiting on Hello: if message.version == 1 → message.version >= 1; reply Ok → Error
      old.yaml:31:24 → new.yaml:31:24
""",
        ),
        (
            "End: Done}",
            "End: [{to: Done, if: context.last}, {to: Waiting}]}",
            """\
1 changed (behaviour); 1 of 18 cells of the tables differ
behaviour
  ~ Ready on End: to Done → to Done, if context.last | to Waiting
      old.yaml:32:35 → new.yaml:32:35
""",
        ),
        (
            "      on_refused: {reply: Error, to: stay}\n",
            "",
            """\
1 changed (behaviour); 6 of 18 cells of the tables differ
behaviour
  ~ Open on_refused: to stay → Failed
      in Waiting, Ready
      old.yaml:26:7 → new.yaml:26:7
""",
        ),
        (
            "      states:\n        Waiting:",
            "      on: {End: Done}\n      states:\n        Waiting:",
            """\
1 added (behaviour); 1 of 18 cells of the tables differ
behaviour
  + Open on End: to Done
      in Waiting
      new.yaml:30:12
""",
        ),
        (
            "      states:\n        Waiting: {on:",
            "      states:\n        Waiting: {doc: Nothing yet., on:",
            """\
1 changed (docs); same tables
docs
  ~ state Waiting: doc none → Nothing yet.
      old.yaml:31:9 → new.yaml:31:9
""",
        ),
        (
            "    Failed: {data: {cause: cause}, final: failure}",
            LINGERING,
            """\
1 added (behaviour); 4 of 22 cells of the tables differ
behaviour
  + Failed linger: for limits.idle, answers End with Ok
      new.yaml:35:46
""",
        ),
        (
            "idle: 10 s",
            "idle: 20 s",
            """\
1 changed (limits); same tables
limits
  ~ limit idle: 10 s → 20 s
      old.yaml:4:25 → new.yaml:4:25
""",
        ),
        (
            "replies: {Ok: 0, Error: 1}\n  accept: Ok",
            "replies: {Ok: 0, Error: 1, Fine: 2}\n  accept: Fine",
            """\
1 added, 1 changed (bytes, behaviour); 3 of 18 cells of the tables differ
bytes
  + reply Fine: 2
      new.yaml:13:30
behaviour
  ~ wire: accept Ok → Fine
      old.yaml:5:1 → new.yaml:5:1
""",
        ),
        (
            "Ready: {on: {Block: stay, End: Done}}\n    Done",
            "Ready: {on: {Block: stay}}\n    Done",
            """\
1 removed (behaviour); 1 of 18 cells of the tables differ
behaviour
  - Ready on End: to Done
      old.yaml:32:35
""",
        ),
        (
            "protocol: link",
            "protocol: link\nscenarios: {plain: [Hello, End]}",
            """\
1 added (sessions); same tables
sessions
  + scenario plain: Hello, End
      new.yaml:3:13
""",
        ),
    ],
)
def test_a_change_is_said_once_with_both_places(before: str, after: str, said: str) -> None:
    assert told(before, after) == said


def test_a_state_that_moved_in_the_tree_is_one_change_and_what_it_inherits_is_counted() -> None:
    moved = LINK.replace("        Ready: {on: {Block: stay, End: Done}}\n", "", 1).replace(
        "    Done: {final", "    Ready: {on: {Block: stay, End: Done}}\n    Done: {final", 1
    )

    assert as_text.render((compared(LINK, moved),)) == (
        f"""{HEAD}1 changed (behaviour); 6 of 18 cells of the tables differ
behaviour
  ~ state Ready: in Open → none
      old.yaml:32:9 → new.yaml:32:5
"""
    )


def test_a_renamed_state_is_renamed_and_nothing_that_names_it_changed() -> None:
    renamed = LINK.replace("Ready: {on", "Prepared: {was: Ready, on").replace(
        "to: Ready", "to: Prepared"
    )

    assert as_text.render((compared(LINK, renamed),)) == (
        f"""{HEAD}1 renamed (names); same tables
names
  = state Prepared: was Ready
      old.yaml:32:9 → new.yaml:32:9
"""
    )


def test_without_was_a_renamed_state_is_a_new_one_and_one_that_is_gone() -> None:
    renamed = LINK.replace("Ready", "Prepared")

    assert as_text.render((compared(LINK, renamed),)) == (
        f"""{HEAD}1 added, 1 removed, 1 changed (behaviour); 17 of 27 cells of the tables differ
behaviour
  ~ Waiting on Hello: to Ready → Prepared
      old.yaml:31:24 → new.yaml:31:24
  + state Prepared: in Open, on Block, End
      new.yaml:32:9
  - state Ready: in Open, on Block, End
      old.yaml:32:9
"""
    )


def test_a_reaction_that_only_moved_to_the_state_around_changes_nothing_for_anyone() -> None:
    both = LINK.replace("Waiting: {on: {", "Waiting: {on: {Block: stay, ")
    outer = (
        LINK.replace(", End: Done}}", "}}")
        .replace("Block: stay", "End: Done")
        .replace("      states:\n        W", "      on: {Block: stay}\n      states:\n        W")
    )

    assert as_text.render((compared(both, outer),)) == (
        f"""{HEAD}1 added, 2 removed (behaviour); same tables
behaviour
  + Open on Block: stay
      no state does anything else for it
      new.yaml:30:12
  - Waiting on Block: stay
      no state does anything else for it
      old.yaml:31:24
  - Ready on Block: stay
      no state does anything else for it
      old.yaml:32:22
"""
    )


def test_a_protocol_that_is_new_or_gone_is_one_line() -> None:
    old, new = version(LINK, "a.yaml"), version(LINK.replace("link", "other"), "b.yaml")

    assert as_text.render((compare(Pair(None, new)), compare(Pair(old, None)))) == (
        """\
other: b.yaml: 1 added
bytes
  + protocol other
      b.yaml:2:11

link: a.yaml: 1 removed
bytes
  - protocol link
      a.yaml:2:11
"""
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("idle: 10 s}", "idle: 10000 ms}"),
        ("block: 64 KiB, idle: 10 s", "idle: {value: 10 s}, block: 65536 bytes"),
        ("replies: {Ok: 0, Error: 1}", "replies:\n    Error: 0x1  # no\n    Ok: {value: 0}"),
        ("Hello: {code: 1,", "Hello: {from: sender, code: 0x1,"),
        ("{Block: stay, End: Done}", "{End: {to: Done, reply: Ok}, Block: {to: stay}}"),
        ("on_refused: {reply: Error, to: stay}", "on_refused: {to: stay, cause: refused}"),
        ("on_eof: {to: Failed}", "on_eof: {to: Failed, inside_message: Failed, cause: eof}"),
        ("if: message.version == 1", "if: [ message.version == 0x1 ]"),
        (
            "otherwise: {reply: Error, to: Failed}",
            "on_malformed: {to: Failed}\n      on_handler_error: {to: Failed}",
        ),
        ("{after: limits.idle,", "{after: limits.idle, between_messages: limits.idle,"),
    ],
)  # fmt: skip
def test_another_way_to_write_it_is_no_difference(before: str, after: str) -> None:
    assert told(before, after) == "no difference\n"


def test_every_field_of_what_a_state_says_is_said_in_a_difference() -> None:
    """Whoever adds a field says it in `difference/values.py`, and adds it here."""
    said = {
        model.Alternative: "cause checks doc put replied reply set span target",
        model.Fallback: "cause doc drained replied reply span target",
        model.Ending: "cause doc inside span target",
        model.Idle: "after between_messages cause doc span target",
        model.Linger: "answer duration span unless",
        model.Else: "cause reply span stay target",
        model.Bytes: "max span streamed",
        model.Json: "dialects max shape span",
        model.Fields: "descriptors fields span",
        model.Table: "check columns contents max span",
        model.ReplyPayload: "max size span",
    }

    assert {kind: " ".join(sorted(kind.__annotations__)) for kind in said} == said


def test_two_conditions_or_one_with_and_are_no_difference() -> None:
    joined = LINK.replace("if: message.version == 1", "if: 0 < message.version and limits.idle > 1")

    listed = "if: [0 < message.version, limits.idle > 1]"
    assert told("if: 0 < message.version and limits.idle > 1", listed, joined) == "no difference\n"


def test_what_says_its_reply_itself_does_not_change_with_the_usual_one() -> None:
    said = LINK.replace("End: Done", "End: {to: Done, reply: Ok}")
    said = said.replace("replies: {Ok: 0, Error: 1}", "replies: {Ok: 0, Error: 1, Fine: 2}")

    assert told("accept: Ok", "accept: Fine", said) == (
        """\
1 changed (behaviour); 2 of 18 cells of the tables differ
behaviour
  ~ wire: accept Ok → Fine
      old.yaml:5:1 → new.yaml:5:1
"""
    )


def test_otherwise_that_changes_in_all_three_parts_is_one_change() -> None:
    whole = LINK.replace("      on_refused: {reply: Error, to: stay}\n", "")

    assert told("otherwise: {reply: Error,", "otherwise: {reply: none,", whole) == (
        """\
1 changed (behaviour); 10 of 18 cells of the tables differ
behaviour
  ~ Open otherwise: reply Error → none
      in Waiting, Ready
      old.yaml:26:7 → new.yaml:26:7
"""
    )
