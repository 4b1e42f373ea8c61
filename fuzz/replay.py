"""Play single cases again and say what they violate: `python -m fuzz.replay FILE...`."""

import sys
from pathlib import Path

from fuzz.invariants import Violation
from fuzz.targets import shown, verify


def main(files: list[str]) -> int:
    """1 when one of the cases violates something."""
    failed = False
    for file in files:
        data = Path(file).read_bytes()
        print(f"{file}: {shown(data)}")
        try:
            verify(data)
        except Violation as violation:
            failed = True
            print(f"  violated: {violation}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
