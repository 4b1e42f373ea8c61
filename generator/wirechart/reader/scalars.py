"""What YAML 1.2 makes of one scalar, and what the language takes it for. Knows no key.

An editor sees what its YAML parser made of a scalar: `010` is 10 there, `1e3` a number, `True` a
boolean. The language takes only one spelling of each, so whatever means two things is refused.
"""

import re
from typing import TYPE_CHECKING

from wirechart.reader.names import (
    DURATION_PATTERN,
    DURATION_UNITS,
    INTEGER_TEXT,
    SIZE_PATTERN,
    SIZE_UNITS,
    integer,
)
from wirechart.record import record

if TYPE_CHECKING:
    from wirechart.model import LimitKind
    from wirechart.syntax import Scalar

NULL = frozenset(("", "~", "null", "Null", "NULL"))
BOOLEAN = frozenset(("true", "True", "TRUE", "false", "False", "FALSE"))
DECIMAL = re.compile(r"[-+]?[0-9]+")
BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
QUANTITY = re.compile(f"{SIZE_PATTERN}|{DURATION_PATTERN}")
ALMOST_QUANTITY = re.compile(r"([0-9]+) *([A-Za-z]+)")

# Beyond this many digits a number is out of every range; int() refuses a few thousand.
MOST_DIGITS = 100


def is_null(scalar: "Scalar") -> bool:
    """Whether there is nothing: no text, `~`, or `null`."""
    return not scalar.quoted and scalar.text in NULL


def is_boolean(scalar: "Scalar") -> bool:
    """Whether some YAML parser reads it as a boolean."""
    return not scalar.quoted and scalar.text in BOOLEAN


def is_integer(scalar: "Scalar") -> bool:
    """Whether it is an integer of the language: `0`, `123`, `0x1f`."""
    return not scalar.quoted and INTEGER_TEXT.fullmatch(scalar.text) is not None


def number(scalar: "Scalar") -> int | float | None:
    """The number that YAML's core schema reads; None: it is text. Too long ones are infinite."""
    text = scalar.text
    if scalar.quoted:
        return None
    if len(text) > MOST_DIGITS:
        return float("inf") if FLOAT.fullmatch(text) or BASED.fullmatch(text) else None
    if DECIMAL.fullmatch(text):
        return int(text)
    if BASED.fullmatch(text):
        return int(text, 0)
    return float(text) if FLOAT.fullmatch(text) else None


def literal(scalar: "Scalar") -> bool | int | str:
    """The value of a literal: every other spelling of a number or boolean is text."""
    if not scalar.quoted and scalar.text in ("true", "false"):
        return scalar.text == "true"
    if is_integer(scalar) and len(scalar.text) <= MOST_DIGITS:
        return integer(scalar.text)
    return scalar.text


@record
class Amount:
    """A maximum, in bytes, entries, or milliseconds."""

    kind: "LimitKind"
    value: int


def amount(text: str) -> Amount:
    """The maximum that a count, or text that QUANTITY matches, stands for."""
    digits, _, unit = text.partition(" ")
    if not unit:
        return Amount("count", integer(digits))
    if unit in SIZE_UNITS:
        return Amount("size", int(digits) * SIZE_UNITS[unit])
    return Amount("duration", int(digits) * DURATION_UNITS[unit])


UNIT_OF = {
    "b": "bytes",
    "byte": "bytes",
    "bytes": "bytes",
    "k": "KiB",
    "kb": "KiB",
    "kib": "KiB",
    "m": "MiB",
    "mb": "MiB",
    "mib": "MiB",
    "g": "GiB",
    "gb": "GiB",
    "gib": "GiB",
    "t": "TiB",
    "tb": "TiB",
    "tib": "TiB",
    "ms": "ms",
    "msec": "ms",
    "s": "s",
    "sec": "s",
    "secs": "s",
    "second": "s",
    "seconds": "s",
    "min": "min",
    "mins": "min",
    "minute": "min",
    "minutes": "min",
    "h": "h",
    "hour": "h",
    "hours": "h",
}


def mended_quantity(text: str) -> str:
    """What the author may have meant by it; empty when there is no telling."""
    found = ALMOST_QUANTITY.fullmatch(text.strip())
    unit = UNIT_OF.get(found[2].lower()) if found else None
    meant = f"{found[1].lstrip('0') or '0'} {unit}" if found and unit else ""
    return meant if QUANTITY.fullmatch(meant) else ""
