"""Why a request was refused, as a short text behind the reply. Knows no bytes of frames.

Only for peers that skip or read what a reply that refuses brings: the spec does not promise it.
"""

from dataclasses import replace
from typing import Final

from .causes import Cause
from .machine import Machine

MOST: Final = 512  # bytes


def telling(machine: Machine) -> Machine:
    """The same machine, whose refusals say why.

    Raises:
        ValueError: its replies cannot have a payload.
    """
    if not machine.wire.sized:
        raise ValueError("replies of this protocol do not say how long they are")
    return replace(machine, wire=replace(machine.wire, reasons=MOST))


def said(cause: Cause, most: int) -> bytes:
    """One line of UTF-8, no longer than `most` bytes."""
    line = " ".join(cause.summary().split())
    return line.encode(errors="replace")[:most].decode(errors="ignore").encode()


def heard(text: bytes) -> str:
    """What a peer said, without anything that would move a terminal."""
    line = " ".join(text.decode(errors="replace").split())
    return "".join(letter for letter in line if letter.isprintable())
