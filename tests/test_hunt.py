"""`breaking` held against what generated receivers do, on mutated specs; and that this would show.

`make hunt` looks at many more: here it is a few, in CI always the same ones.
"""

import os
import random
from collections.abc import Callable
from pathlib import Path
from random import randrange

import pytest

from hunt import verdicts
from hunt.cases import told
from hunt.mutations import mutant
from hunt.packages import version
from hunt.verdicts import defects
from wirechart.breaking.compare import compare
from wirechart.breaking.verdict import Verdict
from wirechart.model import Spec

PING = (Path(__file__).parent / "specs/good/smallest.yaml").read_text(encoding="utf-8")
FIRST = 0 if os.environ.get("CI") else randrange(1 << 32)  # noqa: S311 -- no secret
MANY = 6
Claim = Callable[[Spec, Spec, Spec], Verdict]

OLD_SENDER = """\
    Ping
    its own: 00, is in Waiting
    met: 01, ends in failure, in Failed, closes"""
NEW_SENDER = """\
    Ping
    its own: 01, ends in failure, in Failed, closes
    met: 00, is in Waiting"""


def test_breaking_is_right_about_mutants_of_specs() -> None:
    assert [defect for number in range(FIRST, FIRST + MANY) for defect in told(number)] == []


def found(monkeypatch: pytest.MonkeyPatch, said: Claim) -> list[str]:
    """The defects of what somebody says of a spec that takes Ping, and one that does not."""
    old, new = version(PING), version(PING.replace("Ping: stay, ", ""))
    assert old is not None
    assert new is not None
    monkeypatch.setattr(verdicts, "compare", said)
    return list(defects(old, new, random.Random(0)))  # noqa: S311 -- the same each time


def equal(_old: Spec, _new: Spec, _named: Spec) -> Verdict:
    return Verdict((), "proven", 1)


def silent(_old: Spec, _new: Spec, _named: Spec) -> Verdict:
    return Verdict((), "different", 1)


def the_reverse(old: Spec, new: Spec, _named: Spec) -> Verdict:
    return compare(new, old)


def only_once(old: Spec, new: Spec, named: Spec) -> Verdict:
    return compare(old, new) if "Ping" in repr(old.machine) else silent(old, new, named)


def test_the_truth_is_no_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(monkeypatch, compare) == []


def test_equality_that_is_none_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(monkeypatch, equal) == [
        f"proven equal, and they differ: old sender → new receiver\n{OLD_SENDER}",
        f"proven equal, and they differ: new sender → old receiver\n{NEW_SENDER}",
    ]


def test_a_break_that_is_not_told_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(monkeypatch, silent) == [
        f"nothing breaks, and this does: old sender → new receiver\n{OLD_SENDER}",
    ]


def test_a_witness_of_something_else_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(monkeypatch, the_reverse) == [
        "the witness of BRB001 machine.Waiting.on.Ping is red on the old receiver",
        "the witness of BRB001 machine.Waiting.on.Ping is green on the new receiver",
        f"nothing breaks, and this does: old sender → new receiver\n{OLD_SENDER}",
    ]


def test_a_verdict_that_hangs_on_the_order_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(monkeypatch, only_once) == [
        "the order of the specs is a matter: different (True, False), different (False, False)",
    ]


@pytest.mark.parametrize(
    ("number", "before", "after"),
    [
        (2, "wirechart: 1\n", "wirechart: 0\n"),
        (7, "  Bye: {code: 2,", "  Bye: {code: 1,"),
        (9, "  reply: {status: u8}", "  reply: {}"),
    ],
)
def test_a_mutant_is_the_text_with_something_written_otherwise(
    number: int, before: str, after: str
) -> None:
    made = mutant(PING, random.Random(number))  # noqa: S311 -- the same each time

    assert made == PING.replace(before, after)
