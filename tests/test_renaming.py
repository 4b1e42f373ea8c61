"""What was called otherwise: the old spec in the words of the new one."""

from pathlib import Path

from wirechart.model import Spec
from wirechart.reader import read
from wirechart.renaming import Rename, renamed, renames
from wirechart.syntax import parse

OLD = """\
wirechart: 1
protocol: link
limits: {block: 64 KiB, idle: 10 s, few: 4}
wire:
  byte_order: little
  roles: {client: sender, server: receiver}
  request: {code: u16, flags: u16, length: u32}
  reply: {status: u16, echoed: {echo: flags}}
  select: code
  status: status
  payload_size: length
  replies: {Ok: 0, Error: 1, Busy: 2}
  accept: Ok
  refuse: Error
context: {version: u16}
messages:
  Hello: {code: 1, header: {flags: u16}, payload: {fields: {version: u16, slot: u16}}}
  Block:
    code: 2
    payload:
      table: {offset: u64, length: u32}
      max: limits.block
      check: offset + length <= 2^40
      contents: {of: length, at: offset, to: disk, max: limits.block}
  Read: {code: 4, payload: none, reply_payload: {bytes: message.length, max: limits.block}}
  End: {code: 3, payload: none}
types: {slots: {map: {u16: u16}, max: limits.few}}
connections:
  main: {from: sender}
  side: {from: sender, preamble: {role: {u16: 1}}, most: limits.few, bare: [Block]}
machine:
  role: receiver
  connection: main
  initial: Open
  states:
    Open:
      initial: Waiting
      otherwise: {reply: Error, to: Failed}
      on_eof: {to: Failed, inside_message: Failed}
      on_idle: {after: limits.idle, to: Failed}
      states:
        Waiting:
          on:
            Hello:
              to: Ready
              if: [message.version == context.version, message.flags & 2 == 0]
              else: {reply: Busy, to: Waiting}
              put: {held: {message.slot: message.version}}
        Ready:
          data: {held: slots, disk: memory, hello: Hello}
          on:
            Block: {to: Ready, if: size(state.held) < limits.few, set: {held: 1}, reply: Busy}
            End: Done
    Done: {final: success}
    Failed:
      data: {cause: cause}
      final: failure
      linger: {for: limits.idle, answer: {End: Busy}}
machines:
  sink:
    role: receiver
    connection: side
    initial: Filling
    states:
      Filling:
        data: {disk: memory}
        on: {Block: stay}
        otherwise: {reply: Error, to: Broken}
        on_eof: {to: Broken}
        on_idle: {after: limits.idle, to: Broken}
      Broken: {data: {cause: cause}, final: failure}
resources:
  turn: {owners: {receiver: [Ready, Done], sink: Filling}}
properties:
  ready: never Block taken on side after receiver.Ready
  ends: eventually receiver ended or sink ended
scenarios: {plain: [Hello, {side: Block}, End]}
"""
# Every name that has a long form changes.
NEW = """\
wirechart: 1
protocol: chain
was: link
limits: {piece: {value: 64 KiB, was: block}, idle: 10 s, some: {value: 4, was: [one, few]}}
wire:
  byte_order: little
  roles: {client: sender, server: receiver}
  request: {code: u16, bits: {type: u16, was: flags}, size_: {type: u32, was: length}}
  reply: {state: {type: u16, was: status}, echoed: {echo: bits}}
  select: code
  status: state
  payload_size: size_
  replies: {Ok: 0, Error: 1, Later: {value: 2, was: Busy}}
  accept: Ok
  refuse: Error
context: {revision: {type: u16, was: version}}
messages:
  Greet:
    code: 1
    header: {bits: u16}
    payload: {fields: {number: {type: u16, was: version}, slot: u16}}
    was: Hello
  Piece:
    code: 2
    payload:
      table: {at: {type: u64, was: offset}, count: {type: u32, was: length}}
      max: limits.piece
      check: at + count <= 2^40
      contents: {of: count, at: at, to: store, max: limits.piece}
    was: Block
  Read: {code: 4, payload: none, reply_payload: {bytes: message.size_, max: limits.piece}}
  End: {code: 3, payload: none}
types: {places: {map: {u16: u16}, max: limits.some, was: slots}}
connections:
  first: {from: sender, was: main}
  side: {from: sender, preamble: {role: {u16: 1}}, most: limits.some, bare: [Piece]}
machine:
  role: receiver
  connection: first
  initial: Running
  states:
    Running:
      was: Open
      initial: Waiting
      otherwise: {reply: Error, to: Failed}
      on_eof: {to: Failed, inside_message: Failed}
      on_idle: {after: limits.idle, to: Failed}
      states:
        Waiting:
          on:
            Greet:
              to: Prepared
              if: [message.number == context.revision, message.bits & 2 == 0]
              else: {reply: Later, to: Waiting}
              put: {taken: {message.slot: message.number}}
        Prepared:
          was: Ready
          data:
            taken: {type: places, was: held}
            store: {type: memory, was: disk}
            hello: Greet
          on:
            Piece:
              {to: Prepared, if: size(state.taken) < limits.some, set: {taken: 1}, reply: Later}
            End: Done
    Done: {final: success}
    Failed:
      data: {cause: cause}
      final: failure
      linger: {for: limits.idle, answer: {End: Later}}
machines:
  drain:
    was: sink
    role: receiver
    connection: side
    initial: Filling
    states:
      Filling:
        data: {store: {type: memory, was: disk}}
        on: {Piece: stay}
        otherwise: {reply: Error, to: Broken}
        on_eof: {to: Broken}
        on_idle: {after: limits.idle, to: Broken}
      Broken: {data: {cause: cause}, final: failure}
resources:
  token: {owners: {receiver: [Prepared, Done], drain: Filling}, was: turn}
properties:
  prepared: {holds: never Piece taken on side after receiver.Prepared, was: ready}
  ends: eventually receiver ended or drain ended
scenarios: {short: {steps: [Greet, {side: Piece}, End], was: plain}}
"""


def spec(text: str) -> Spec:
    found, findings = read(parse(text))
    assert findings == ()
    assert found is not None
    return found


def test_the_old_spec_in_the_new_names_is_the_new_one() -> None:
    assert renamed(spec(OLD), spec(NEW)) == spec(NEW)


def test_every_rename_is_said_with_its_place() -> None:
    assert renames(spec(OLD), spec(NEW)) == (
        Rename("protocol", (), "link", "chain"),
        Rename("limit", (), "block", "piece"),
        Rename("limit", (), "few", "some"),
        Rename("request field", (), "flags", "bits"),
        Rename("request field", (), "length", "size_"),
        Rename("reply field", (), "status", "state"),
        Rename("reply", (), "Busy", "Later"),
        Rename("context", (), "version", "revision"),
        Rename("message", (), "Hello", "Greet"),
        Rename("message", (), "Block", "Piece"),
        Rename("type", (), "slots", "places"),
        Rename("connection", (), "main", "first"),
        Rename("machine", (), "sink", "drain"),
        Rename("resource", (), "turn", "token"),
        Rename("property", (), "ready", "prepared"),
        Rename("scenario", (), "plain", "short"),
        Rename("state", ("",), "Open", "Running"),
        Rename("state", ("",), "Ready", "Prepared"),
        Rename("field", ("Greet",), "version", "number"),
        Rename("field", ("Piece",), "offset", "at"),
        Rename("field", ("Piece",), "length", "count"),
        Rename("data", ("", "Prepared"), "held", "taken"),
        Rename("data", ("", "Prepared"), "disk", "store"),
        Rename("data", ("drain", "Filling"), "disk", "store"),
    )


def test_what_has_its_new_name_already_is_not_renamed() -> None:
    new = spec(NEW)

    assert renamed(new, new) is new


def test_a_former_name_that_nothing_had_says_nothing() -> None:
    other = spec(OLD.replace("End: {code: 3,", "End: {was: Stop, code: 3,"))

    assert renamed(spec(OLD), other) is not other
    assert renames(spec(OLD), other) == ()


def test_a_spec_with_every_feature_is_as_it_was_where_nothing_is_renamed() -> None:
    every = spec((Path(__file__).parent / "data" / "every-feature.yaml").read_text())

    assert renamed(every, spec(OLD)) is every
