"""The promise of `wirechart check`: what it lets pass becomes a package whose tests are green."""

from pathlib import Path

import pytest

from packages import made, red

HERE = Path(__file__).parent
SPECS = (HERE / "specs/nbd-transmission.yaml", *sorted((HERE / "specs/good").glob("*.yaml")))

LINK = """
wirechart: 1
protocol: link
limits: {block: 64 KiB, idle: 10 s, few: 4}
wire:
  byte_order: little
  roles: {client: sender, server: receiver}
  request: {magic: {u8: 0x4c}, code: u8, spare: 2 bytes, length: u32}
  reply: {status: u8}
  select: code
  status: status
  payload_size: length
  replies: {Ok: 0, Error: 1, Old: 2}
  accept: Ok
  refuse: Error
messages:
  Hello: {code: 1, payload: {fields: {version: u16}}}
  Block: {code: 2, payload: {bytes: stored, max: limits.block}}
  End: {code: 3, payload: none}
machine:
  role: receiver
  initial: Open
  states:
    Open:
      initial: Waiting
      otherwise: {reply: Error, to: Failed}
      on_eof: {to: Failed}
      on_lost: {to: Failed}
      on_idle: {after: limits.idle, to: Failed}
      states:
        Waiting: {on: {Hello: Ready}}
        Ready: {on: {Block: stay, End: Done}}
    Done: {final: success}
    Failed: {data: {cause: cause}, final: failure}
"""
TIMES = "limits: {block: 64 KiB, idle: 10 s, few: 4}"
HELLO = "  Hello: {code: 1, payload: {fields: {version: u16}}}"
BLOCK = "  Block: {code: 2, payload: {bytes: stored, max: limits.block}}"
END = "  End: {code: 3, payload: none}"
WAITING = "        Waiting: {on: {Hello: Ready}}"
READY = "        Ready: {on: {Block: stay, End: Done}}"
FAILED = "    Failed: {data: {cause: cause}, final: failure}"
LINGERS = "linger: {for: limits.late, answer: {End: Ok}}"

# What a spec says otherwise than LINK: a text, and what stands there instead.
Changes = dict[str, str]

UNUSUAL: dict[str, Changes] = {
    "payloads hardly larger than nothing": {
        TIMES: "limits: {block: 1 byte, idle: 10 s, text: 2 bytes, row: 5 bytes}",
        BLOCK: (
            f"{BLOCK}\n  Text: {{code: 4, payload: {{json: object, max: limits.text}}}}\n"
            "  Rows: {code: 5, payload: {table: {at: u32, many: u8}, max: limits.row, "
            "check: at + many <= 9, contents: {of: many, at: at, to: disk, max: limits.block}}}"
        ),
        READY: (
            "        Ready:\n          data: {disk: memory}\n"
            "          on: {Block: stay, Text: stay, Rows: stay, End: Done}"
        ),
    },
    "a table of which no row is found": {
        BLOCK: (
            "  Block: {code: 2, payload: {table: {one: u16, other: u16}, max: limits.block, "
            "check: one == other * 1000 + 77}}"
        ),
    },
    "a header that says what is settled already": {
        HELLO: (
            "  Hello: {code: 1, header: {magic: u8, code: u8, length: u32}, "
            "payload: {fields: {version: u16}}}"
        ),
    },
    "fields of a payload that are called as those of the frame": {
        HELLO: "  Hello: {code: 1, payload: {fields: {length: u16, code: u16, spare: u32}}}",
        WAITING: "        Waiting: {on: {Hello: {to: Ready, if: message.spare > 2^16}}}",
    },
    "a size that guards ask for": {
        BLOCK: "  Block: {code: 2, header: {length: u32}, "
        "payload: {bytes: stored, max: limits.block}}",
        READY: (
            "        Ready: {on: {Block: {to: stay, if: message.length > 9000, else: Old}, "
            "End: Done}}"
        ),
    },
    "alternatives that write other things into one state": {
        WAITING: (
            "        Waiting:\n          on:\n            Hello:\n"
            "              - {to: Ready, if: message.version == 2, set: {old: false}}\n"
            "              - {to: Ready, if: message.version == 1, set: {old: true}}"
        ),
        READY: "        Ready: {data: {old: bool}, on: {Block: stay, End: Done}}",
    },
    "alternatives that only the context tells apart": {
        "messages:": "context: {old: bool}\nmessages:",
        WAITING: (
            "        Waiting:\n          on:\n            Hello:\n"
            "              - {to: Ready, if: context.old, set: {old: true}}\n"
            "              - {to: Ready, set: {old: false}}"
        ),
        READY: "        Ready: {data: {old: bool}, on: {Block: stay, End: Done}}",
    },
    "numbers in lists, and contexts that differ in them": {
        "messages:": "context: {known: {list: u16, max: limits.few}}\nmessages:",
        WAITING: (
            "        Waiting: {on: {Hello: {to: Ready, "
            "if: [message.version in context.known, size(context.known) < 3]}}}"
        ),
    },
    "a message without a reply where nobody takes it": {
        END: "  End: {code: 3, payload: {fields: {why: u8}}, reply: none}",
        "otherwise: {reply: Error, to: Failed}": (
            "otherwise: {reply: Error, to: Failed}\n      on_malformed: {reply: Old, to: stay}"
        ),
    },
    "a peer that may leave between two messages": {
        "on_eof: {to: Failed}": "on_eof: {to: Done, inside_message: Failed}",
    },
    "every code but one is a message's, and failures linger": {
        TIMES: "limits: {block: 64 KiB, idle: 10 s, late: 1 s}",
        END: "  End: {code: 255, payload: none}",
        FAILED: f"    Failed: {{data: {{cause: cause}}, final: failure, {LINGERS}}}",
    },
    "a reply too large for its handler, and failures linger": {
        TIMES: "limits: {block: 2 bytes, idle: 10 s, late: 1 s}",
        BLOCK: (
            "  Block: {code: 2, payload: {bytes: stored, max: limits.block}, "
            "reply_payload: {bytes: 3, max: limits.block}}"
        ),
        FAILED: f"    Failed: {{data: {{cause: cause}}, final: failure, {LINGERS}}}",
    },
    "messages with many bytes that ask for a failure": {
        BLOCK: (
            "  Block: {code: 2, payload: {bytes: streamed, max: limits.block}}\n"
            "  Rows: {code: 5, payload: {table: {at: u32, many: u32}, max: limits.block, "
            "check: at + many <= 2^32, contents: {of: many, at: at, to: disk, max: limits.block}}}"
        ),
        READY: (
            "        Ready:\n          data: {disk: memory}\n          on:\n"
            "            Block: {to: Failed, cause: unwanted}\n"
            "            Rows: {to: Failed, cause: unwanted}\n            End: Done"
        ),
    },
    "data of one name and two types, made by handlers": {
        READY: (
            "        Ready: {data: {held: u8}, on: {Block: Full, End: Done}}\n"
            "        Full: {data: {held: text}, on: {End: Done}}"
        ),
    },
    "a header of one byte, a reply of one byte": {
        "  request: {magic: {u8: 0x4c}, code: u8, spare: 2 bytes, length: u32}": (
            "  request: {code: u8}"
        ),
        "  payload_size: length\n": "",
        HELLO: "  Hello: {code: 1, payload: none}",
        BLOCK: "  Block: {code: 2, payload: none}",
        "limits: {block: 64 KiB, idle: 10 s, few: 4}": "limits: {idle: 10 s}",
        "on_eof: {to: Failed}": "on_eof: {to: Done, inside_message: Failed}",
    },
}

SOURCE = """
machines:
  source:
    role: sender
    initial: Asking
    states:
      Asking:
        initial: Greeting
        otherwise: {to: GaveUp}
        on_eof: {to: GaveUp}
        on_lost: {to: GaveUp}
        on_idle: {after: limits.idle, to: GaveUp}
        states:
          Greeting: {on: {Hello: Sending}}
          Sending: {on: {Block: stay, End: {to: GaveUp, cause: weary}}}
      GaveUp: {data: {cause: cause}, final: failure}
"""


def changed(changes: Changes) -> str:
    """LINK with other texts in it."""
    text = LINK
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_good_spec_becomes_a_package_whose_tests_are_green(path: Path) -> None:
    assert red(*made(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("changes", UNUSUAL.values(), ids=UNUSUAL)
def test_an_unusual_spec_becomes_a_package_whose_tests_are_green(changes: Changes) -> None:
    assert red(*made(changed(changes))) == []


def test_a_sender_is_green_whose_requests_alone_say_how_long_replies_are() -> None:
    answered = f"{BLOCK[:-1]}, reply_payload: {{bytes: 3, max: limits.block}}}}"
    hello = "  Hello: {code: 1, payload: {fields: {hint: u16}}}"
    frame = {"spare: 2 bytes,": "hint: u8,"}

    assert red(*made(changed({BLOCK: answered, HELLO: hello, **frame}) + SOURCE)) == []


def test_a_package_that_cannot_be_imported_is_red() -> None:
    name, files = made(LINK)
    states = files["generated/link/states.py"].replace("class Ready:", "class Steady:")

    wrong = red(name, {**files, "generated/link/states.py": states})

    assert wrong[0] == "link.__init__: name 'Ready' is not defined"


def test_a_table_that_answers_something_else_is_red() -> None:
    name, files = made(LINK)
    table = files["generated/link/table.py"]
    accepts = 'handled(Code.End,   "end",   Done,  Reply.Ok)'
    assert accepts in table
    other = table.replace(accepts, accepts.replace("Reply.Ok", "Reply.Old"))

    wrong = red(name, {**files, "generated/link/table.py": other})

    assert "link.tests.test_transitions: test_what_a_row_leads_to[Ready: End]" in wrong
