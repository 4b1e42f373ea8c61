"""Two specs are related by their bytes: what one writes is what the other reads, or it is told."""

import pytest

from compared import read
from wirechart import layout
from wirechart.build import check
from wirechart.compat import octets
from wirechart.compat.legend import steps
from wirechart.compat.verdict import Verdict, verdict
from wirechart.diagnostics import Span
from wirechart.model import Field, Spec

WIRE = """
wirechart: 1
protocol: PROTOCOL
limits: {block: 64 KiB, table: 4 KiB, contents: 1 GiB, page: 4 KiB, idle: 10 s}
wire:
  byte_order: little
  roles: {client: writer, server: reader}
  request: {magic: {u16: 0x4c4b}, code: u16, flags: 4 bytes, cookie: u32, length: u32}
  reply: {status: u16, cookie: {echo: cookie}, size: u32}
  select: code
  status: status
  payload_size: length
  reply_size: size
  replies: {Ok: 0, Error: 1}
  accept: Ok
  refuse: Error
messages:
  Hello: {code: 1, header: {flags: {version: u16, rest: 2 bytes}}, payload: {fields: {id: u32}}}
  Block: {code: 2, payload: {bytes: stored, max: limits.block}}
  Text: {code: 3, payload: {json: object, max: limits.block}}
  Rows:
    code: 4
    payload:
      table: {at: u64, span: u32}
      max: limits.table
      check: at + span <= 2^64
      contents: {of: span, at: at, to: disk, max: limits.contents}
  Fetch: {code: 5, payload: none, reply_payload: {bytes: any, max: limits.page}}
  Ping: {code: 6, payload: none, reply: none}
  End: {code: 9, payload: none}
"""
WRITER = (
    WIRE.replace("PROTOCOL", "writing")
    + """
machine:
  role: writer
  initial: Writing
  states:
    Writing:
      initial: Greeting
      otherwise: {to: Failed}
      on_eof: {to: Failed}
      on_lost: {to: Failed}
      on_idle: {after: limits.idle, to: Failed}
      states:
        Greeting: {on: {Hello: Ready}}
        Ready: {on: {Block: stay, Text: stay, Rows: stay, Fetch: stay, Ping: stay, End: Done}}
    Done: {final: success}
    Failed: {data: {cause: cause}, final: failure}
"""
)
READER = (
    WIRE.replace("PROTOCOL", "reading")
    + """
machine:
  role: reader
  initial: Reading
  states:
    Reading:
      initial: Waiting
      otherwise: {reply: Error, to: Failed}
      on_eof: {to: Failed}
      on_lost: {to: Failed}
      on_idle: {after: limits.idle, to: Failed}
      states:
        Waiting: {on: {Hello: Open}}
        Open:
          data: {disk: memory}
          on: {Block: stay, Text: stay, Rows: stay, Fetch: stay, Ping: stay, End: Done}
    Done: {final: success}
    Failed: {data: {cause: cause}, final: failure}
"""
)


def changed(text: str, *changes: tuple[str, str]) -> str:
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


def told(found: Verdict) -> list[str]:
    """The answer, then each condition with its proof in one line."""
    proofs = [("", found.proof)] if found.proof else [(c.text, c.proof) for c in found.conditions]
    lines = [f"{text} | {steps(proof)} | {proof.why}" if proof else text for text, proof in proofs]
    return [found.answer, *lines]


def test_equal_wires_are_understood() -> None:
    assert told(verdict(read(WRITER), read(READER))) == ["accepts"]


HELLO_REFUSED = "breaks", " | Hello Error | the receiver refuses `Hello` in `Waiting`: "
HELLO_LOST = "breaks", " | Hello | the receiver refuses `Hello` in `Waiting`: "
HELLO_UNREAD = "breaks", " | Hello | the receiver cannot read `Hello` in `Waiting`: "
ROWS = "never sends `Rows` | Hello Ok, Rows Error | the receiver refuses `Rows` in `Open`: "
BLOCK = "never sends `Block` | Hello Ok, Block Error | the receiver refuses `Block` in `Open`: "
PING = "never sends `Ping` | Hello Ok, Ping Ok | the receiver takes `Ping` for `Ping`; its `Ok` "
END = " | Hello Ok, End | the receiver takes `End` for `End` and does not answer: "
CASES: dict[str, tuple[tuple[str, str], list[str]]] = {
    "another magic": (
        ("{u16: 0x4c4b}", "{u16: 0x4c4c}"),
        [HELLO_LOST[0], f"{HELLO_LOST[1]}`magic` is not 0x4c4c"],
    ),
    "another byte order": (
        ("byte_order: little", "byte_order: big"),
        [HELLO_LOST[0], f"{HELLO_LOST[1]}`magic` is not 0x4c4b"],
    ),
    "a header that never comes to its end": (
        ("flags: 4 bytes", "flags: 4 bytes, more: 12 bytes"),
        [HELLO_UNREAD[0], f"{HELLO_UNREAD[1]}its header has 16 bytes, and 28 are read"],
    ),
    "a longer header": (
        ("flags: 4 bytes", "flags: 4 bytes, more: u16"),
        [HELLO_UNREAD[0], f"{HELLO_UNREAD[1]}its header has 16 bytes, and 18 are read"],
    ),
    "another code": (
        ("Hello: {code: 1", "Hello: {code: 11"),
        [HELLO_REFUSED[0], f"{HELLO_REFUSED[1]}1 is none of its codes"],
    ),
    "wider fields": (
        ("{id: u32}", "{id: u64}"),
        [HELLO_REFUSED[0], f"{HELLO_REFUSED[1]}4 bytes are written, and 8 expected"],
    ),
    "fields at other places": (
        ("{id: u32}", "{low: u16, high: u16}"),
        [
            HELLO_REFUSED[0],
            f"{HELLO_REFUSED[1]}`low` is read from bytes that are no such number",
        ],
    ),
    "no payload": (
        ("payload: {fields: {id: u32}}", "payload: none"),
        [HELLO_REFUSED[0], f"{HELLO_REFUSED[1]}4 bytes are of payload, and none is expected"],
    ),
    "a size at another place": (
        ("cookie: u32, length: u32", "length: u32, cookie: u32"),
        [
            HELLO_REFUSED[0],
            f"{HELLO_REFUSED[1]}the size of its payload is read from other bytes",
        ],
    ),
    "other replies": (
        ("{Ok: 0, Error: 1}", "{Ok: 7, Error: 1}"),
        [
            "breaks",
            " | Hello Ok | `Hello` is answered `Ok`, and the sender hears no acceptance",
        ],
    ),
    "a reply of another size": (
        ("cookie: {echo: cookie}, size: u32", "cookie: {echo: cookie}, size: u64"),
        [
            "breaks",
            " | Hello Ok | `Hello` is answered `Ok`, and the sender hears no acceptance",
        ],
    ),
    "less payload": (
        ("block: 64 KiB", "block: 4 KiB"),
        ["accepts if", "`Block` at most 4 KiB of payload; `Text` at most 4 KiB of payload"],
    ),
    "a smaller table with less contents": (
        ("table: 4 KiB, contents: 1 GiB", "table: 2 KiB, contents: 1 MiB"),
        ["accepts if", "`Rows` at most 2 KiB of table; `Rows` at most 1 MiB of contents"],
    ),
    "another check": (
        ("at + span <= 2^64", "at + span <= 2^40"),
        ["accepts if", "`Rows` only with rows for which `at + span <= 2^40`"],
    ),
    "other columns": (
        ("{at: u64, span: u32}", "{at: u32, span: u64}"),
        [
            "accepts if",
            f"{ROWS}the rows of its table are not those that are expected",
        ],
    ),
    "a dialect": (
        ("{json: object, max", "{json: object, dialect: plain, max"),
        ["accepts if", "`Text` written as `plain`"],
    ),
    "bytes for JSON": (
        ("{json: object, max", "{bytes: stored, max"),
        ["accepts"],
    ),
    "JSON for bytes": (
        ("{bytes: stored, max", "{json: any, max"),
        [
            "accepts if",
            f"{BLOCK}bytes are written, and JSON is expected",
        ],
    ),
    "a reply that is too long": (
        ("page: 4 KiB", "page: 8 KiB"),
        ["accepts if", "`Fetch` at most 4 KiB in its reply"],
    ),
    "a reply nobody waits for": (
        ("Ping: {code: 6, payload: none, reply: none}", "Ping: {code: 6, payload: none}"),
        [
            "accepts if",
            f"{PING}comes unasked",
        ],
    ),
    "no reply where one is waited for": (
        ("End: {code: 9, payload: none}", "End: {code: 9, payload: none, reply: none}"),
        [
            "breaks",
            f"{END}the sender waits for ever",
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_a_receiver_makes_of_other_bytes(name: str) -> None:
    change, expected = CASES[name]

    assert told(verdict(read(WRITER), read(changed(READER, change)))) == expected


MODEL = ("protocol: writing", "protocol: writing\nmodel: true")


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (1, ["accepts"]),
        (2, ["breaks", " | Hello Error | the receiver refuses `Hello` in `Waiting`"]),
    ],
)
def test_a_constant_decides_a_guard(version: int, expected: list[str]) -> None:
    writer = changed(WRITER, MODEL, ("version: u16", f"version: {{u16: {version}}}"))
    guard = ("Waiting: {on: {Hello: Open}}", "Waiting: {on: {Hello: {to: Open, if: GUARD}}}")
    reader = changed(READER, guard, ("GUARD", "message.version == 1"))

    assert told(verdict(read(writer), read(reader))) == expected


def test_a_guard_that_nothing_decides_is_a_condition() -> None:
    guard = ("Waiting: {on: {Hello: Open}}", "Waiting: {on: {Hello: {to: Open, if: GUARD}}}")
    reader = changed(READER, guard, ("GUARD", "message.id == 7"))

    assert told(verdict(read(WRITER), read(reader))) == [
        "accepts if",
        (
            "`Hello` in `Waiting` only with `message.id == 7` | Hello Error | the receiver refuses "
            "`Hello` in `Waiting`"
        ),
    ]


def test_a_way_that_comes_to_nothing_is_not_taken() -> None:
    branch = "{Block: Side, End: Done}}\n        Side: {on: {Text: Done}}"
    every = "{Block: stay, Text: stay, Rows: stay, Fetch: stay, Ping: stay, End: Done}"
    writer = changed(WRITER, (every + "}", branch))
    reader = changed(READER, (every, every.replace("Text: stay, ", "")))

    found = verdict(loose(writer), loose(reader))

    assert told(found) == [
        "accepts if",
        (
            "never sends `Block` | Hello Ok, Block Ok, Text Error | the receiver refuses `Text` in "
            "`Open`"
        ),
    ]


def loose(written: str) -> Spec:
    """A spec that may have warnings: some of its messages are sent by nobody."""
    spec = check(written).spec
    assert spec is not None
    return spec


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("little", "4b 4c 01 00 id0 id1 00 00 00 00 00 00 04 00 00 00"),
        ("big", "4c 4b 00 01 id1 id0 00 00 00 00 00 00 00 00 00 04"),
    ],
)
def test_a_header_as_far_as_it_is_known(order: str, expected: str) -> None:
    spec = read(changed(WRITER, ("byte_order: little", f"byte_order: {order}")))

    header = octets.request(spec, spec.messages[0])

    shown = (f"{o:02x}" if isinstance(o, int) else f"id{o.rank}" for o in header)
    assert " ".join(shown) == expected


def test_a_number_is_read_in_the_order_in_which_it_was_written() -> None:
    placed = layout.Placed(Field("id", "u32", 4, "", Span(1, 1, 1, 2)), 0, 4)
    data = octets.free("id", 4, "big")

    assert octets.read(data, placed, "big") == "id"
    assert octets.read(data, placed, "little") is None
    assert octets.read(octets.known(258, 4, "big"), placed, "little") == 0x02010000


def test_a_refused_payload_that_is_not_drained_is_taken_for_the_next_request() -> None:
    unread = "\n      on_refused: {reply: Error, to: stay, payload: unread}"
    otherwise = "otherwise: {reply: Error, to: Failed}"
    model = ("protocol: reading", "protocol: reading\nmodel: true")
    reader = changed(READER, model, (otherwise, otherwise + unread), ("Text: stay, ", ""))

    assert told(verdict(read(WRITER), loose(reader))) == [
        "accepts if",
        (
            "never sends `Text` | Hello Ok, Text Error | the receiver refuses `Text` in `Open`, "
            "and reads its payload as the next request"
        ),
    ]
