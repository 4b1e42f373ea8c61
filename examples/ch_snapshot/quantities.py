"""Sizes and times as they stand on a command line."""

import re
from argparse import ArgumentTypeError
from typing import Final

_LONGEST: Final = 1e9  # seconds; the operating system takes no number as high as a float may be
_UNITS: Final = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_SIZE: Final = re.compile(r"([0-9]{1,18}) ?(?:([KMGT])(?:iB)?)?")


def size(text: str) -> int:
    """Bytes, from `16G` or `512 MiB`.

    Raises:
        ArgumentTypeError: that is no size.
    """
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ArgumentTypeError(f"`{text}` is no size such as 16G or 512 MiB")
    return int(match[1]) * _UNITS[match[2] or ""]


def seconds(text: str) -> float:
    """Seconds that one can wait.

    Raises:
        ArgumentTypeError: nobody can.
    """
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < _LONGEST:
        raise ArgumentTypeError(f"`{text}` is no number of seconds that one can wait")
    return number
