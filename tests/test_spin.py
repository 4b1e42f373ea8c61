"""SPIN answers what `wirechart verify` answers: on every spec there is, and on flawed ones.

The model is written from the tables, not from the graph that is searched: each would show the
other's mistakes.
"""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

import doors
from random_specs import read
from wirechart.composition.moves import FAULTS
from wirechart.composition.system import kinds
from wirechart.composition.verify import Bounds, verify
from wirechart.targets.promela import render

ROOT = Path(__file__).parent.parent
SPECS = sorted(
    (
        *(ROOT / "spec").rglob("*.yaml"),
        *(ROOT / "tests/specs").rglob("*.yaml"),
        ROOT / "generator/wirechart/templates/init/spec.yaml",
    )
)
FLAGSHIP = (ROOT / "spec/ch-migration.yaml").read_text()
OLD = FLAGSHIP.replace("            on_unanswered: {to: InDoubt}", "")
ALL = doors.KEY + doors.ORDER
KEYLESS = doors.KEY.replace("Waiting, Lost", "Waiting")
SECRET = doors.door(
    ("Knock: {code: 1, payload: none}", "Knock: {code: 1, payload: none, reply: none}")
)
ROOMS = doors.door(
    (
        "machine:\n  role: porter\n",
        """\
connections:
  door: {from: guest}
  room: {from: guest, preamble: {kind: {u8: 1}}, most: limits.rooms}
machine:
  role: porter
""",
    ),
    ("limits: {idle: 10 s,", "limits: {idle: 10 s, rooms: 4,"),
    (
        "machines:\n",
        """\
machines:
  maid:
    role: porter
    connection: room
    initial: Idle
    states:
      Idle:
        on: {Enter: stay}
        otherwise: {reply: No, to: Fired}
        on_eof: {to: Done, inside_message: Fired}
        on_idle: {after: limits.idle, between_messages: never, to: Fired}
      Done: {final: success}
      Fired: {data: {cause: cause}, final: failure}
""",
    ),
)
ROOM_ORDER = """\
properties:
  after: never Enter taken on room after porter.Inside
  first: Knock sent precedes Enter sent on room
  cleaned: eventually maid ended
  not_both: always not (maid.Fired and porter.Inside)
"""
FLAWED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "nothing goes wrong": (doors.DOOR + ALL, ()),
    "everything goes wrong": (doors.DOOR + ALL, FAULTS),
    "unhandled": (doors.UNHANDLED + ALL, ("loss",)),
    "unconsumed": (doors.UNCONSUMED + ALL, ("refusal",)),
    "stuck": (doors.STUCK + doors.ORDER, ("leaving",)),
    "keyless": (doors.DOOR + KEYLESS, ("silence",)),
    "in doubt": (doors.DOOR + KEYLESS + "    in_doubt: {guest: Lost}\n", FAULTS),
    "without replies": (SECRET + doors.ORDER, FAULTS),
    "rooms": (ROOMS + ROOM_ORDER, FAULTS),
}


def ours(text: str, faults: tuple[str, ...]) -> dict[str, bool]:
    return {
        f"{verdict.check}_{verdict.subject or 'session'}": bool(verdict.holds)
        for verdict in verify(read(text), Bounds(1, faults))
    }


def spins(
    text: str, faults: tuple[str, ...], folder: Path, only: str | None = None
) -> dict[str, bool]:
    """The answer of SPIN to every claim of the model."""
    model = render(read(text), "spec/model.yaml", 1, faults, only)
    (folder / "model.pml").write_text(model)
    quick = ("-O0", "-w", "-DNOREDUCE", "-DNOFAIR", "-DNOBOUNDCHECK")
    for words in (("spin", "-a", "model.pml"), ("cc", *quick, "-o", "pan", "pan.c")):
        subprocess.run(words, cwd=folder, check=True, capture_output=True)
    return {
        claim: answer(folder, claim) for claim in re.findall(r"^ltl (\w+)", model, re.MULTILINE)
    }


def answer(folder: Path, claim: str) -> bool:
    words = (str(folder / "pan"), "-a", "-w18", "-N", claim)
    done = subprocess.run(words, cwd=folder, check=True, capture_output=True, text=True)
    assert "error: max search depth" not in done.stdout
    return "errors: 0" in done.stdout


@pytest.mark.parametrize("path", SPECS, ids=lambda path: str(path.relative_to(ROOT)))
def test_they_agree_on_every_spec_of_the_repository(path: Path, tmp_path: Path) -> None:
    text = path.read_text()
    known = ours(text, FAULTS)

    found = {
        claim: holds
        for kind in kinds(read(text))
        for claim, holds in spins(text, FAULTS, tmp_path, kind.name).items()
    }

    assert found == known


@pytest.mark.parametrize("name", FLAWED)
def test_they_agree_on_what_is_wrong(name: str, tmp_path: Path) -> None:
    text, faults = FLAWED[name]

    assert spins(text, faults, tmp_path) == ours(text, faults)


def test_they_agree_on_the_flagship_as_it_was(tmp_path: Path) -> None:
    found = spins(OLD, FAULTS, tmp_path, "main")

    assert found.items() <= ours(OLD, FAULTS).items()
    assert [claim for claim, holds in found.items() if not holds] == [
        "ending_main",
        "ownership_running_vm",
        "property_resumed_only_if_not",
    ]


def test_every_kind_of_verdict_is_among_the_flaws() -> None:
    violated = {
        claim.partition("_")[0]
        for text, faults in FLAWED.values()
        for claim, holds in ours(text, faults).items()
        if not holds
    }

    assert violated == {
        "deadlock",
        "reception",
        "consumption",
        "ending",
        "ownership",
        "property",
    }
