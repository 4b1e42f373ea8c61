"""How connections of two specs meet: first bytes, transports, numbers, and who asks."""

import pytest

from compared import read
from test_compat_wire import changed, told
from wirechart.compat.verdict import verdict

WIRE = """
wirechart: 1
protocol: PROTOCOL
model: true
limits: {block: 64 KiB, lanes: 4, idle: 10 s}
wire:
  byte_order: little
  roles: {client: writer, server: reader}
  request: {code: u16, length: u32}
  reply: {status: u16}
  select: code
  status: status
  payload_size: length
  replies: {Ok: 0, Error: 1}
  accept: Ok
  refuse: Error
messages:
  Hello: {code: 1, payload: none}
  End: {code: 2, payload: none}
  Block: {code: 3, payload: {bytes: stored, max: limits.block}}
"""
LANE = "side: {from: writer, preamble: {role: {u16: 9}}, most: limits.lanes}"
WRITER = (
    WIRE.replace("PROTOCOL", "writing")
    + f"""
connections:
  main: {{from: writer, over: [unix, tcp]}}
  {LANE}
machine:
  role: writer
  initial: Writing
  states:
    Writing:
      initial: Greeting
      otherwise: {{to: Failed}}
      on_eof: {{to: Failed}}
      on_idle: {{after: limits.idle, to: Failed}}
      states:
        Greeting: {{on: {{Hello: Ready}}}}
        Ready: {{on: {{End: Done}}}}
    Done: {{final: success}}
    Failed: {{data: {{cause: cause}}, final: failure}}
machines:
  filler:
    role: writer
    connection: side
    initial: Filling
    states:
      Filling:
        on: {{Block: stay}}
        otherwise: {{to: Broken}}
        on_eof: {{to: Broken}}
        on_idle: {{after: limits.idle, to: Broken}}
      Broken: {{data: {{cause: cause}}, final: failure}}
"""
)
READER = (
    WIRE.replace("PROTOCOL", "reading")
    + f"""
connections:
  main: {{from: writer}}
  {LANE}
machine:
  role: reader
  initial: Reading
  states:
    Reading:
      initial: Waiting
      otherwise: {{reply: Error, to: Failed}}
      on_eof: {{to: Failed}}
      on_idle: {{after: limits.idle, to: Failed}}
      states:
        Waiting: {{on: {{Hello: Open}}}}
        Open: {{on: {{End: Done}}}}
    Done: {{final: success}}
    Failed: {{data: {{cause: cause}}, final: failure}}
machines:
  sink:
    role: reader
    connection: side
    initial: Sinking
    states:
      Sinking:
        on: {{Block: stay}}
        otherwise: {{reply: Error, to: Broken}}
        on_eof: {{to: Sunk, inside_message: Broken}}
        on_idle: {{after: limits.idle, between_messages: never, to: Broken}}
      Sunk: {{final: success}}
      Broken: {{data: {{cause: cause}}, final: failure}}
"""
)
BLOCK = "  Block: {code: 3, payload: {bytes: stored, max: limits.block}}\n"


def alone(written: str) -> str:
    """A spec without its further connection, and without what only that needs."""
    first = written[: written.index("machines:")]
    unused = (f"  {LANE}\n", ""), (", lanes: 4", ""), ("block: 64 KiB, ", ""), (BLOCK, "")
    return changed(first, *unused)


NONE = "opens no `side` |  | "


def test_equal_connections_are_understood() -> None:
    assert told(verdict(read(WRITER), read(READER))) == ["accepts"]


def test_nobody_takes_a_connection_that_is_not_described() -> None:
    assert told(verdict(read(WRITER), read(alone(READER)))) == [
        "accepts if",
        f"{NONE}nobody takes a further connection",
    ]


def test_a_receiver_that_takes_more_waits_for_nothing() -> None:
    assert told(verdict(read(alone(WRITER)), read(READER))) == ["accepts"]


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        (
            "preamble: none",
            "preamble: {role: {u16: 9}}",
            f"{NONE}its first bytes `03 00` are no preamble that is known",
        ),
        (
            "preamble: none",
            "preamble: {role: {u16: 3}}",
            f"{NONE}its first bytes `03 00` are read as the preamble of `side`",
        ),
        (
            "preamble: none",
            "preamble: {role: {u16: 9}}, bare: [Block]",
            "the receiver takes `side` without a preamble (`bare`), or none is opened",
        ),
        (
            "preamble: {role: {u16: 9}}",
            "preamble: {role: {u16: 8}}",
            f"{NONE}its first bytes `09 00` are no preamble that is known",
        ),
        (
            "preamble: {role: {u16: 2}}",
            "preamble: none",
            f"{NONE}its first bytes `02 00 03 00 .. .. .. ..` are read as the begin of `End`",
        ),
        (
            "preamble: {role: {u16: 9}}",
            "preamble: none",
            f"{NONE}its first bytes `09 00 03 00 .. .. .. ..` are read as the begin of a request",
        ),
        (
            "preamble: {role: {u16: 9}}",
            "over: [tls], preamble: {role: {u16: 9}}",
            "only over tls on `side`",
        ),
        (
            "over: [unix], preamble: {role: {u16: 9}}",
            "over: [tls], preamble: {role: {u16: 9}}",
            f"{NONE}they share no transport",
        ),
    ],
)
def test_what_the_first_bytes_are_taken_for(mine: str, theirs: str, expected: str) -> None:
    usual = "preamble: {role: {u16: 9}}"
    writer, reader = changed(WRITER, (usual, mine)), changed(READER, (usual, theirs))

    assert told(verdict(read(writer), read(reader))) == ["accepts if", expected]


def test_order_alone_tells_a_connection_where_both_sides_go_by_it() -> None:
    change = ("preamble: {role: {u16: 9}}", "preamble: none")

    assert told(verdict(read(changed(WRITER, change)), read(changed(READER, change)))) == [
        "accepts"
    ]


def test_fewer_may_be_opened_than_one_would() -> None:
    reader = changed(READER, ("lanes: 4", "lanes: 2"))

    assert told(verdict(read(WRITER), read(reader))) == ["accepts if", "opens at most 2 `side`"]


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        ("4 KiB", ["accepts if", "`Block` at most 4 KiB of payload on `side`"]),
        ("16 KiB", ["accepts"]),
        ("64 KiB", ["accepts"]),
    ],
)
def test_a_connection_may_have_smaller_limits(piece: str, expected: list[str]) -> None:
    limits = (
        ("lanes: 4", "lanes: 4, piece: PIECE"),
        (LANE, f"{LANE[:-1]}, limits: {{block: limits.piece}}}}"),
    )
    writer, reader = (changed(text, *limits) for text in (WRITER, READER))

    found = verdict(read(writer.replace("PIECE", "16 KiB")), read(reader.replace("PIECE", piece)))

    assert told(found) == expected


def test_without_a_common_transport_there_is_no_session() -> None:
    reader = changed(READER, ("main: {from: writer}", "main: {from: writer, over: [tls]}"))

    assert told(verdict(read(WRITER), read(reader))) == ["breaks", " |  | they share no transport"]


def test_of_several_transports_those_that_both_have_are_left() -> None:
    reader = changed(READER, ("main: {from: writer}", "main: {from: writer, over: [tcp, tls]}"))

    assert told(verdict(read(WRITER), read(reader))) == ["accepts if", "only over tcp"]


def test_every_request_that_may_come_first_must_be_one_that_is_taken_bare() -> None:
    usual, alone = "preamble: {role: {u16: 9}}", "preamble: none"
    writer = changed(WRITER, (usual, alone), ("{Block: stay}", "{Block: stay, Hello: stay}"))
    reader = changed(READER, (usual, f"{usual}, bare: [Block]"))

    assert told(verdict(read(writer), read(reader))) == [
        "accepts if",
        f"{NONE}its first bytes `01 00` are no preamble that is known",
    ]
