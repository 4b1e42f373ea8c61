"""Every claim about speed: ratios, measured side by side in one run. Exits 1 when one is missed."""

import sys

from bench import startup, steps, transfer
from bench.measure import table


def main() -> int:
    """Print one table."""
    ratios = [*steps.ratios(), *transfer.ratios(), *startup.ratios()]
    print(table(ratios))
    return 0 if all(ratio.good for ratio in ratios) else 1


sys.exit(main())
