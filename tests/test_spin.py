"""SPIN answers what `wirechart verify` answers: on every spec there is, and on flawed ones.

The model is written from the tables, not from the graph that is searched: each would show the
other's mistakes.
"""

import re
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import doors
from guestbook import PLACE
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
        PLACE,
    )
)
FOLDERS = {str(path.parent.relative_to(ROOT)): path.parent for path in SPECS}
FLAGSHIP = (ROOT / "spec/ch-migration.yaml").read_text()
OLD = FLAGSHIP.replace("            on_unanswered: {to: InDoubt}", "")
ALL = doors.KEY + doors.ORDER
KEYS = """\
resources:
  key: {owners: {guest: [Outside, Waiting], porter: Inside}}
  spare: {owners: {guest: [Outside, Waiting], porter: Inside}, in_doubt: {guest: Lost}}
"""
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
# The porter of a guest whose host died waits for ever, between messages or inside one.
PATIENT = doors.door(
    ("to: Locked}\n    Ajar", "between_messages: never, to: Locked}\n    Ajar"),
    ("to: Locked}\n    Inside", "between_messages: limits.idle, to: Locked}\n    Inside"),
    ("after: limits.idle, between_messages: limits", "after: never, between_messages: limits"),
)
FLAWED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "nothing goes wrong": (doors.DOOR + ALL, ()),
    "everything goes wrong": (doors.DOOR + ALL, FAULTS),
    "unhandled": (doors.UNHANDLED + ALL, ("loss",)),
    "unconsumed": (doors.UNCONSUMED + ALL, ("refusal",)),
    "stuck": (doors.STUCK + doors.ORDER, ("leaving",)),
    "in doubt": (doors.DOOR + KEYS, ("silence",)),
    "parted": (PATIENT + KEYS + doors.ORDER, ("partition",)),
    "without replies": (SECRET + doors.ORDER, FAULTS),
    "rooms": (ROOMS + ROOM_ORDER, FAULTS),
}


def ours(text: str, faults: tuple[str, ...]) -> dict[str, bool]:
    return {
        f"{verdict.check}_{verdict.subject or 'session'}": bool(verdict.holds)
        for verdict in verify(read(text), Bounds(1, faults))
    }


def spins(text: str, faults: tuple[str, ...], only: str | None = None) -> dict[str, bool]:
    """The answer of SPIN to every claim of the model."""
    return checked(render(read(text), "spec/model.yaml", 1, faults, only))


@cache  # senders of several versions differ in their bytes only: the models of them are one
def checked(model: str) -> dict[str, bool]:
    quick = ("-O0", "-w", "-DSAFETY", "-DNOREDUCE", "-DNOFAIR", "-DNOBOUNDCHECK")
    with TemporaryDirectory() as folder:
        (Path(folder) / "model.pml").write_text(model)
        for words in (("spin", "-a", "model.pml"), ("cc", *quick, "-o", "pan", "pan.c")):
            done = subprocess.run(words, cwd=folder, check=True, capture_output=True, text=True)
            assert not re.search("warning|redefined", done.stdout + done.stderr, re.IGNORECASE)
        claims = re.findall(r"^ltl (\w+)", model, re.MULTILINE)
        return {claim: answer(Path(folder), claim) for claim in claims}


def answer(folder: Path, claim: str) -> bool:
    """Every claim is that something never happens, so no cycle needs to be looked for."""
    words = (str(folder / "pan"), "-w18", "-N", claim)
    done = subprocess.run(words, cwd=folder, check=True, capture_output=True, text=True)
    assert "error: max search depth" not in done.stdout
    return "errors: 0" in done.stdout


@pytest.mark.parametrize("folder", FOLDERS)
def test_they_agree_on_every_spec_of_the_repository(folder: str) -> None:
    specs = {path.name: path.read_text() for path in SPECS if FOLDERS[folder] == path.parent}

    found = {
        name: {
            claim: holds
            for kind in kinds(read(text))
            for claim, holds in spins(text, FAULTS, kind.name).items()
        }
        for name, text in specs.items()
    }

    assert found == {name: ours(text, FAULTS) for name, text in specs.items()}


@pytest.mark.parametrize("name", FLAWED)
def test_they_agree_on_what_is_wrong(name: str) -> None:
    text, faults = FLAWED[name]

    assert spins(text, faults) == ours(text, faults)


def test_they_agree_on_the_flagship_as_it_was() -> None:
    found = spins(OLD, FAULTS, "main")

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
