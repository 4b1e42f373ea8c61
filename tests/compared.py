"""Specs of the repository's senders and receivers, and what they come to."""

from functools import cache
from pathlib import Path

from wirechart.build import check
from wirechart.compat.verdict import Verdict, replacement, verdict
from wirechart.model import Spec

OWN = "ch-migration"


def text(path: str) -> str:
    return Path(f"spec/{path}.yaml").read_text(encoding="utf-8")


def read(written: str) -> Spec:
    checked = check(written)
    assert checked.findings == ()
    assert checked.spec is not None
    return checked.spec


@cache
def spec(path: str) -> Spec:
    return read(text(path))


def sender(name: str) -> Spec:
    return spec(OWN if name == OWN else f"ch-senders/{name}")


def receiver(name: str) -> Spec:
    return spec(OWN if name == OWN else f"ch-receivers/{name}")


def met(one: str, other: str) -> Verdict:
    """A sender with a receiver, by name."""
    return verdict(sender(one), receiver(other))


def replaced(one: str, other: str) -> Verdict:
    """A receiver with another one in its place, by name."""
    return replacement(receiver(one), receiver(other))
