"""Specs for the tests of diagrams, and their charts."""

from pathlib import Path

from wirechart import chart
from wirechart.chart import Chart
from wirechart.reader import read
from wirechart.syntax import parse

ROOT = Path(__file__).parent.parent
FLAGSHIP = ROOT / "spec" / "ch-migration.yaml"
NBD = ROOT / "tests" / "specs" / "nbd-transmission.yaml"
EVERYTHING = ROOT / "tests" / "data" / "every-feature.yaml"

LINK = """\
wirechart: 1
protocol: link
doc: A sender says hello, sends blocks, and ends.
limits: {block: 64 KiB, idle: 10 s}
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
  Hello: {code: 1, payload: {fields: {version: u16}}}
  Block: {code: 2, payload: {bytes: stored, max: limits.block}}
  End: {code: 3, payload: none}
machine:
  role: receiver
  initial: Open
  states:
    Open:
      initial: Waiting
      on_refused: {reply: Error, to: stay}
      otherwise: {reply: Error, to: Failed}
      on_eof: {to: Failed}
      on_idle: {after: limits.idle, to: Failed}
      states:
        Waiting: {on: {Hello: {to: Ready, if: message.version == 1}}}
        Ready: {on: {Block: stay, End: Done}}
    Done: {final: success}
    Failed: {data: {cause: cause}, final: failure}
"""


def charted(source: Path | str) -> Chart:
    """The chart of a spec: a file, or its text."""
    text = source if isinstance(source, str) else source.read_text()
    spec, findings = read(parse(text))
    assert spec is not None, findings
    return chart.build(spec)
