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
    text = tree(count)
    return lambda: build(text, "spec/tree.yaml")


def tree(count: int) -> str:
    """A spec of `count` states: a balanced tree of decisions, ten states in a composite.

    So the way to a state grows with the logarithm; every third state answers Stay in its own way.
    """
    lines = [HEAD]
    for first in range(1, count + 1, 10):
        lines.append(f"        Group{first}:\n          initial: S{first}\n          states:\n")
        for number in range(first, min(count + 1, first + 10)):
            left, right = (
                f"S{child}" if child <= count else "Done" for child in (2 * number, 2 * number + 1)
            )
            stay = "{to: stay, reply: Odd}" if number % 3 == 0 else "stay"
            reactions = f"{{Left: {left}, Right: {right}, Stay: {stay}}}"
            lines.append(f"            S{number}: {{on: {reactions}}}\n")
    lines.append("    Done: {final: success}\n")
    lines.append("    Failed: {data: {cause: cause}, final: failure}\n")
    return "".join(lines)


HEAD = """\
wirechart: 1
protocol: tree
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
  replies: {Ok: 0, Error: 1, Odd: 2}
  accept: Ok
  refuse: Error
messages:
  Left: {code: 1, payload: none}
  Right: {code: 2, payload: none}
  Stay: {code: 3, payload: none}
machine:
  role: receiver
  initial: Open
  states:
    Open:
      initial: Group1
      otherwise: {reply: Error, to: Failed}
      on_eof: {to: Failed}
      on_idle: {after: limits.idle, to: Failed}
      states:
"""
