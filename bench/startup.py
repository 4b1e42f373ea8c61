"""(d) and (e): how soon `check` answers, and how `build` grows with a spec."""

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measure import Ratio, side_by_side

from wirechart.build import build

if TYPE_CHECKING:
    from collections.abc import Callable

WIRECHART = Path(sys.executable).with_name("wirechart")
SIZES = (10, 100, 1_000)


def ratios() -> list[Ratio]:
    """All of them, in the order of the printed table."""
    check = _command(str(WIRECHART), "check", "spec/ch-migration.yaml")
    nothing = _command(sys.executable, "-c", "pass")
    found = [
        Ratio(
            "wirechart check of the flagship: python -c pass", *side_by_side(check, nothing, 3), 10
        )
    ]
    for small, large in pairwise(SIZES):
        times = side_by_side(_build(large), _build(small), 1, rounds=3)
        found.append(Ratio(f"build of {large} states: of {small}", *times, 15))
    return found


def _command(*arguments: str) -> "Callable[[], object]":
    """Run it with the interpreter's cache of compiled modules, as every installed program does."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return lambda: subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, env=environment)


def _build(count: int) -> "Callable[[], object]":
    text = chain(count)
    return lambda: build(text, "spec/chain.yaml")


def chain(count: int) -> str:
    """A spec in which `count` states follow one another, a composite around each ten of them."""
    lines = [HEAD]
    for first in range(0, count, 10):
        group = range(first, min(count, first + 10))
        lines.append(f"        Group{first}:\n          initial: S{first}\n          states:\n")
        for number in group:
            after = f"S{number + 1}" if number + 1 < count else "Done"
            lines.append(f"            S{number}: {{on: {{Next: {after}, Stay: stay}}}}\n")
    lines.append("    Done: {final: success}\n")
    lines.append("    Failed: {data: {cause: cause}, final: failure}\n")
    return "".join(lines)


HEAD = """\
wirechart: 1
protocol: chain
doc: As many states as one likes.
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
  Next: {code: 1, payload: none}
  Stay: {code: 2, payload: none}
machine:
  role: receiver
  initial: Open
  states:
    Open:
      initial: Group0
      otherwise: {reply: Error, to: Failed}
      on_eof: {to: Failed}
      on_idle: {after: limits.idle, to: Failed}
      states:
"""
