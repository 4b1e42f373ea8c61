"""Ratios of two things measured side by side in one run. Knows nothing of what it measures."""

import gc
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROUNDS = 9


@dataclass(frozen=True, slots=True)
class Ratio:
    """Ours over theirs, in the same unit; below 1 is faster when it is time."""

    name: str
    ours: float  # seconds, median
    theirs: float  # seconds, median
    limit: float
    at_least: bool = False  # the ratio of speeds must reach the limit, instead of staying below

    @property
    def value(self) -> float:
        """Time over time; where `at_least`, how many times faster ours is."""
        return self.theirs / self.ours if self.at_least else self.ours / self.theirs

    @property
    def good(self) -> bool:
        """Whether the limit is kept."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def seconds(run: "Callable[[], object]", loops: int) -> float:
    """For one run, the mean of `loops` without the garbage collector."""
    gc.collect()
    gc.disable()
    start = time.perf_counter()
    for _ in range(loops):
        run()
    elapsed = time.perf_counter() - start
    gc.enable()
    return elapsed / loops


def side_by_side(
    ours: "Callable[[], object]", theirs: "Callable[[], object]", loops: int, rounds: int = ROUNDS
) -> tuple[float, float]:
    """Medians in seconds; the two take turns, so that both see the same machine."""
    pairs = [(seconds(ours, loops), seconds(theirs, loops)) for _ in range(rounds)]
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)


def table(ratios: "Sequence[Ratio]") -> str:
    """One line a ratio: what, ours, theirs, ratio, limit."""
    lines = [f"{'what':<58} {'ours':>11} {'theirs':>11} {'ratio':>8}  limit"]
    for ratio in ratios:
        sign = "≥" if ratio.at_least else "≤"
        mark = "" if ratio.good else "  MISSED"
        lines.append(
            f"{ratio.name:<58} {_time(ratio.ours):>11} {_time(ratio.theirs):>11} "
            f"{ratio.value:>8.2f}  {sign} {ratio.limit:g}{mark}"
        )
    return "\n".join(lines)


def _time(value: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if value * scale >= 1:
            return f"{value * scale:.2f} {unit}"
    return f"{value * 1e9:.0f} ns"
