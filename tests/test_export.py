"""`wirechart export promela`: what the model of a small protocol says, and wrong calls."""

import re

import doors
from random_specs import read
from shell import Shell
from wirechart.composition.moves import FAULTS
from wirechart.targets.promela import render

ASKER = """\
proctype process_of_guest(byte i) {
end:
  do
  :: atomic {
    if
    /* Outside: send Knock */
    :: may_ask(guest_Outside) -> d_step {
       unconsumed_session = in_vain((c[i].answerer == porter_Locked)) || unconsumed_session;
       request(M_Knock);
       c[i].asked = M_Knock;
       what = SENT; about = M_Knock
    }
    /* Outside: Knock is accepted */
    :: replied(guest_Outside, M_Knock) && c[i].carried == R_Yes -> d_step {
       nothing_on_line;
       c[i].asker = guest_Waiting; c[i].asked = 0;
       what = HEARD; about = M_Knock
    }
"""
CLAIMS = """\
ltl property_knocked { [] !violated_knocked }
ltl property_polite { [] !violated_polite }
ltl property_never_locked { [] !violated_never_locked }
"""


def test_every_step_of_a_machine_is_an_option_of_its_process() -> None:
    model = render(read(doors.DOOR), "spec/door.yaml", 1, ())

    assert model.startswith(
        "/* Made by wirechart from spec/door.yaml; do not edit. */\n/* Faults: none. */\n"
    )
    assert model[model.index("proctype process_of_guest") :].startswith(ASKER)


def test_a_machine_called_by_one_letter_has_names_of_its_own() -> None:
    text = doors.DOOR.replace("guest", "r").replace("Outside", "No")

    model = render(read(text), "spec/door.yaml", 1, ())

    defined = re.findall(r"^#define (\w+) ", model, re.MULTILINE)
    assert sorted(set(defined)) == sorted(defined)


def test_every_verdict_is_a_claim() -> None:
    model = render(read(doors.DOOR + doors.ORDER), "spec/door.yaml", 1, ())

    assert CLAIMS in model


def test_a_model_is_printed(shell: Shell) -> None:
    shell.put("spec/door.yaml", doors.DOOR)

    done = shell.run("export", "promela", "spec/door.yaml", "--faults", "none")

    expected = render(read(doors.DOOR), "spec/door.yaml", 2, ())
    assert (done.code, done.out, done.err) == (0, expected, "")


def test_findings_do_not_stand_in_a_model(shell: Shell) -> None:
    text = doors.DOOR + "properties: {unheard: never Wave refused}\n"
    shell.put("door.yaml", text)

    done = shell.run("export", "promela", "door.yaml")

    assert (done.code, done.out) == (0, render(read(text), "door.yaml", 2, FAULTS))
    assert done.err.startswith("door.yaml:54:29: warning[PRP002] `Wave` has no reply")


def test_an_unknown_connection_is_told(shell: Shell) -> None:
    shell.put("door.yaml", doors.DOOR)

    done = shell.run("export", "promela", "door.yaml", "--only", "side")

    assert (done.code, done.out) == (2, "")
    assert done.err == "wirechart: the protocol has no connection `side`; it has one only\n"
