"""Two specs, the second one with something changed, and all that this breaks."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from random_specs import read
from wirechart.breaking.compare import compare
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
