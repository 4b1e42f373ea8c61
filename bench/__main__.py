"""Every claim about speed: ratios, measured side by side in one run. Exits 1 when one is missed."""

import sys

from bench import contents, costs, startup, steps, transfer
from bench.measure import table


def main() -> int:
    """Print one table, and what contents cost beside time."""
    ratios = [*steps.ratios(), *transfer.ratios(), *contents.ratios(), *startup.ratios()]
    print(table(ratios))
    found = costs.costs()
    print(*found, sep="\n")
    return 0 if all(ratio.good for ratio in ratios) and all(cost.good for cost in found) else 1


sys.exit(main())
