"""Every claim about speed: ratios, measured side by side in one run. Exits 1 when one is missed."""

import sys

from bench import comparing, contents, costs, downtime, product, sessions, startup, steps, transfer
from bench.measure import table


def main() -> int:
    """Print one table, and what contents cost beside time."""
    parts = (steps, transfer, contents, sessions, downtime, startup, comparing, product)
    ratios = [ratio for part in parts for ratio in part.ratios()]
    print(table(ratios))
    found = [*costs.costs(), *product.costs()]
    print(*found, sep="\n")
    return 0 if all(ratio.good for ratio in ratios) and all(cost.good for cost in found) else 1


sys.exit(main())
