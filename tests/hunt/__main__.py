"""Mutated specs, and random peers of their receivers: `python -m hunt [SECONDS [FIRST]]`.

A defect is shown with the number of its case; `python -m hunt case NUMBER` shows it again.
"""

import sys
import time
from random import randrange

from hunt.cases import case, told


def main(arguments: list[str]) -> int:
    """Hunt for some seconds, or until a case is told; 1: something was found."""
    if arguments[:1] == ["case"]:
        number = int(arguments[1])
        print("\n".join((case(number).change, *told(number))))
        return 0
    seconds = float(arguments[0]) if arguments else 60.0
    first = int(arguments[1]) if arguments[1:] else randrange(1 << 32)  # noqa: S311 -- no secret
    until = time.monotonic() + seconds
    number, found = first, 0
    while time.monotonic() < until:
        for each in told(number):
            found += 1
            print(each, flush=True)
        number += 1
    print(f"cases {first} to {number - 1}: {found or 'no'} defects")
    return int(bool(found))


sys.exit(main(sys.argv[1:]))
