"""The cases of the hunt, by number: always the same mutant and the same peers."""

import difflib
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from breaking.pairing import CH, LINK, NBD
from hunt.mutations import mutant
from hunt.packages import Version, version
from hunt.verdicts import defects

GOOD = Path(__file__).parent.parent / "specs/good"
TEXTS = (LINK, LINK, NBD, *(path.read_text() for path in sorted(GOOD.glob("*.yaml"))), CH)


@dataclass(frozen=True)
class Case:
    """A spec, a mutant of it, and what random peers begin with."""

    old: Version
    new: Version
    random: Random

    def defects(self) -> Iterator[str]:
        """What is wrong, in words; a crash among it."""
        try:
            yield from defects(self.old, self.new, self.random)
        except Exception:  # noqa: BLE001 -- whatever it is, the hunt goes on
            yield traceback.format_exc()

    @property
    def change(self) -> str:
        """The lines that differ."""
        lines = difflib.unified_diff(
            self.old.text.splitlines(), self.new.text.splitlines(), n=0, lineterm=""
        )
        return "\n".join(line for line in lines if line[:2] not in ("--", "++", "@@"))


@cache
def original(text: str) -> Version:
    """A spec of the repository."""
    made = version(text)
    assert made is not None
    return made


def case(number: int) -> Case:
    """One of them; maybe its two specs change places."""
    random = Random(number)  # noqa: S311 -- the same each time
    text = random.choice(TEXTS)
    while (new := _mutant(text, random)) is None:
        pass
    old = original(text)
    return Case(new, old, random) if random.random() < 0.3 else Case(old, new, random)


def _mutant(text: str, random: Random) -> Version | None:
    changed = mutant(text, random)
    return None if changed == text else version(changed)


def told(number: int) -> Iterator[str]:
    """The defects of a case, with how to see it again."""
    for defect in case(number).defects():
        yield f"case {number}: {defect}"
