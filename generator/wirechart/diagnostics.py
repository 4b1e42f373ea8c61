"""What the tool says about a spec. Knows positions and findings, neither YAML nor protocols."""

from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING

from wirechart.record import field, record

if TYPE_CHECKING:
    from collections.abc import Iterable


@record
class Span:
    """A place in a spec: lines and columns from 1, columns in characters, the end exclusive.

    `end_line`, `end_column` name the character behind the last one.
    """

    line: int
    column: int
    end_line: int
    end_column: int

    def __lt__(self, other: "Span") -> bool:
        """In the order of the text."""
        mine = (self.line, self.column, self.end_line, self.end_column)
        return mine < (other.line, other.column, other.end_line, other.end_column)


class Severity(StrEnum):
    """An error makes output impossible; a warning is a mistake in most specs; a note is advice."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@record
class Finding:
    """One cause, said once: where, what was found, what was expected, how to mend it."""

    code: str
    severity: Severity
    span: Span
    message: str
    help: str = ""  # one way to mend it, or a nearest known name; empty only where none exists
    evidence: tuple[str, ...] = ()  # a path of messages and states that shows it
    related: tuple[tuple[Span, str], ...] = field(default=())  # other places that take part


ALIKE = 0.65  # of difflib's ratio, beyond which a name was probably meant


def nearest(found: str, known: "Iterable[str]") -> str | None:
    """The known name that was probably meant; None: there is no telling.

    One slip in three characters at most: a wrong, missing or additional one, or two exchanged;
    capitals do not count. Otherwise what has most in common.
    """
    names = sorted(known)
    most = len(found) // 3
    slips = {name: distance(found.lower(), name.lower(), most) for name in names}
    best = min(slips.values(), default=most + 1)
    near = [name for name in names if slips[name] == best] if best <= most else names
    return next(
        iter(get_close_matches(found, near, n=1, cutoff=0 if best <= most else ALIKE)), None
    )


def distance(one: str, other: str, most: int) -> int:
    """How many slips lie between two texts; `most + 1` where it is more than `most`."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, mine in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, theirs in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (mine != theirs))
            if i > 1 and j > 1 and mine == other[j - 2] and theirs == one[i - 2]:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


def did_you_mean(found: str, known: "Iterable[str]") -> str:
    """The nearest known name as a sentence, or else the known names; empty when there are none."""
    names = sorted(known)
    meant = nearest(found, names)
    if meant is not None:
        return f"did you mean `{meant}`?"
    shown = ", ".join(f"`{name}`" for name in names[:8])
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return f"known: {shown}{more}" if names else ""
