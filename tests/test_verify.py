"""`wirechart verify`: what is violated, the shortest way to it, and what is said of it."""

import json
import re
from pathlib import Path

import jsonschema_rs

import doors
from mermaid_edges import Edge, parse
from random_specs import read
from shell import Shell
from test_spin import ROOMS
from wirechart.composition.told import sentence
from wirechart.composition.verdicts import Verdict
from wirechart.composition.verify import Bounds, verify
from wirechart.report.verdicts_json import SCHEMA

ROOT = Path(__file__).parent.parent
FLAGSHIP = (ROOT / "spec/ch-migration.yaml").read_text()
NO_FAULTS = Bounds(faults=())


def verdicts(text: str, bounds: Bounds = NO_FAULTS) -> tuple[Verdict, ...]:
    return tuple(verify(read(text), bounds))


def violations(text: str, bounds: Bounds = NO_FAULTS) -> list[tuple[str, str, list[str]]]:
    """What is violated, as what, and the way there."""
    return [
        (
            verdict.check,
            verdict.witness.what,
            [sentence(part.graph, step) for part, step in verdict.witness.trace],
        )
        for verdict in verdicts(text, bounds)
        if verdict.witness is not None
    ]


KNOCKED = [
    "guest sends Knock",
    "porter takes Knock, answers Yes: Shut → Ajar",
    "guest hears Yes to Knock: Outside → Waiting",
]


def test_without_faults_the_door_has_no_flaw() -> None:
    assert violations(doors.DOOR) == []


def test_a_message_that_its_state_does_not_handle_is_found() -> None:
    assert violations(doors.UNHANDLED) == [
        (
            "reception",
            "porter does not handle Knock in Ajar",
            [
                *KNOCKED,
                "guest sends Knock",
                "porter refuses Knock, answers No: Ajar → Locked",
            ],
        )
    ]


def test_a_message_to_a_machine_that_has_ended_is_found() -> None:
    assert violations(doors.UNCONSUMED)[0] == (
        "consumption",
        "nobody takes Enter: porter has ended in Inside",
        [
            *KNOCKED,
            "guest sends Enter",
            "porter takes Enter, answers Yes: Ajar → Inside",
            "guest hears Yes to Enter",
            "guest sends Enter",
        ],
    )


def test_an_asker_and_an_answerer_that_wait_for_each_other_are_found() -> None:
    assert violations(doors.STUCK)[0] == (
        "deadlock",
        "guest waits in Waiting for the reply to Knock, and porter waits in Ajar for a message",
        [*KNOCKED, "guest sends Knock", "porter refuses Knock"],
    )


def test_an_end_that_the_other_side_takes_for_a_failure_is_found() -> None:
    assert violations(doors.DOOR, Bounds(faults=("loss",))) == [
        (
            "ending",
            "porter ended well in Inside, and guest in Lost does not know",
            [
                *KNOCKED,
                "guest sends Enter",
                "porter takes Enter, answers Yes: Ajar → Inside",
                "the connection breaks: the reply to Enter, Yes, is lost",
                "guest sees the end of the stream: Waiting → Lost",
            ],
        )
    ]


def test_two_owners_are_found() -> None:
    found = violations(doors.DOOR + doors.KEY, Bounds(faults=("silence",)))

    assert [(check, what, trace[-2:]) for check, what, trace in found if check == "ownership"] == [
        (
            "ownership",
            "key has two owners: guest in Lost and porter in Inside",
            [
                "guest waits in vain for the reply to Enter: Waiting → Lost",
                "porter takes Enter, answers Yes: Ajar → Inside",
            ],
        )
    ]


def test_while_a_request_that_passes_a_resource_is_under_way_nobody_need_own_it() -> None:
    assert violations(doors.DOOR + doors.KEY) == []


def test_no_owner_is_found() -> None:
    key = doors.KEY.replace("Waiting, Lost", "Waiting")
    found = violations(doors.DOOR + key, Bounds(faults=("loss",)))

    assert [trace for check, _, trace in found if check == "ownership"] == [
        ["the connection breaks", "guest sees the end of the stream: Outside → Lost"]
    ]


PARTED = "the network is partitioned, and nobody is told"
LONELY = Bounds(faults=("partition",))


def test_a_machine_without_a_deadline_waits_for_ever_for_a_host_that_died() -> None:
    idle = "on_idle: {after: limits.idle, to: Locked}"
    between = doors.door(
        (idle, "on_idle: {after: limits.idle, between_messages: never, to: Locked}")
    )
    inside = doors.door(
        (idle, "on_idle: {after: never, between_messages: limits.idle, to: Locked}")
    )
    asking = doors.door(
        ("on_idle: {after: limits.idle, to: Lost}", "on_idle: {after: never, to: Lost}")
    )

    assert [violations(text, LONELY)[0] for text in (between, inside, asking)] == [
        (
            "deadlock",
            "porter waits in Shut for a message: no deadline ends that",
            [PARTED],
        ),
        (
            "deadlock",
            "porter waits in Shut for the rest of Knock: no deadline ends that",
            [
                "guest sends Knock",
                f"{PARTED}: Knock does not arrive as a whole",
            ],
        ),
        (
            "deadlock",
            "guest waits in Outside for the reply to Knock: no deadline ends that",
            [
                "guest sends Knock",
                f"{PARTED}: Knock does not arrive as a whole",
            ],
        ),
    ]


def test_where_a_host_died_the_other_side_goes_by_its_deadlines() -> None:
    key = doors.KEY.replace("[Outside, Waiting, Lost]", "[Outside, Waiting]")

    found = violations(doors.DOOR + key, LONELY)

    assert [trace for check, _, trace in found if check == "ownership"] == [
        [
            "guest sends Knock",
            f"{PARTED}: Knock does not arrive as a whole",
            "guest waits in vain for the reply to Knock: Outside → Lost",
        ]
    ]


def test_a_further_connection_is_closed_when_its_side_of_the_first_has_ended() -> None:
    swept = "properties: {swept: eventually porter ended and not maid.Idle}\n"

    assert [check for check, _, _ in violations(ROOMS + swept, LONELY)] == ["ending"]


def test_what_will_never_arrive_leaves_a_resource_without_an_owner() -> None:
    idle = "on_idle: {after: limits.idle, to: Locked}"
    text = doors.door(
        ("Enter: {code: 2, payload: none}", "Enter: {code: 2, payload: none, reply: none}"),
        (idle, "on_idle: {after: limits.idle, between_messages: never, to: Locked}"),
    )

    found = violations(text + doors.KEY, LONELY)

    assert [(what, trace[3:]) for check, what, trace in found if check == "ownership"] == [
        (
            "key has no owner: guest has ended in Home, and porter is in Ajar",
            ["guest sends Enter: Waiting → Home", f"{PARTED}: Enter does not arrive as a whole"],
        )
    ]


def test_where_nobody_can_know_there_need_be_no_owner() -> None:
    key = doors.KEY.replace("Waiting, Lost", "Waiting") + "    in_doubt: {guest: Lost}\n"

    assert violations(doors.DOOR + key, Bounds()) == []


def properties(text: str, bounds: Bounds) -> dict[str, list[str] | None]:
    """The way to the violation of each property; None: it holds."""
    spec = "properties:\n" + text
    return {
        verdict.subject: [sentence(part.graph, step) for part, step in verdict.witness.trace]
        if verdict.witness
        else None
        for verdict in verdicts(doors.DOOR + spec, bounds)
        if verdict.check == "property"
    }


def test_properties_hold_or_have_a_shortest_way_to_their_violation() -> None:
    found = properties(
        """\
  knocked: Knock accepted precedes Enter sent
  never_entered: never Enter taken
  polite: never Knock sent after Enter sent
  once: never Enter sent after Knock sent
  closed: always not porter.Ajar
  at_home: eventually guest.Home and porter.Inside
  abroad: eventually porter.Locked
  at_once: Knock taken precedes porter.Ajar
""",
        NO_FAULTS,
    )

    entered = [*KNOCKED, "guest sends Enter"]
    home = [
        *entered,
        "porter takes Enter, answers Yes: Ajar → Inside",
        "guest hears Yes to Enter: Waiting → Home",
    ]
    assert found == {
        "knocked": None,
        "never_entered": home[:5],
        "polite": None,
        "once": entered,
        "closed": KNOCKED[:2],
        "at_home": None,
        "abroad": home,
        "at_once": None,
    }


def test_a_property_may_speak_of_refusals_and_of_who_left() -> None:
    found = properties(
        """\
  refused: never Knock refused
  gone: eventually guest ended
  both: always not (guest ended and porter ended)
""",
        Bounds(faults=("refusal", "leaving")),
    )

    assert found == {
        "refused": [
            "guest sends Knock",
            "porter fails to handle Knock, answers No: Shut → Locked",
            "guest hears No to Knock: Outside → Lost",
        ],
        "gone": None,
        "both": [
            "guest closes the connection in Outside",
            "porter sees the end of the stream: Shut → Locked",
        ],
    }


def test_a_way_shows_the_step_that_counts_where_another_leads_to_the_same() -> None:
    either = "on: {Enter: [{if: [{check: message.n == 1, else: {reply: No, to: stay}}], "
    text = doors.door(
        ("Enter: {code: 2, payload: none}", "Enter: {code: 2, payload: {fields: {n: u8}}}"),
        ("request: {code: u8}", "request: {code: u8, length: u32}"),
        ("  status: status\n", "  status: status\n  payload_size: length\n"),
        ("on: {Enter: Inside}", either + "to: stay, reply: No}]}"),
    )

    assert violations(text + "properties:\n  kept: never Enter taken\n") == [
        (
            "property",
            (
                "kept does not hold: "
                "guest waits in Waiting for the reply to Enter, and porter is in Ajar"
            ),
            [*KNOCKED, "guest sends Enter", "porter takes Enter, answers No"],
        )
    ]


IDLE = """\
properties:
  silent: never Wave sent
  waved: Wave sent precedes Wave taken
  told: never Wave taken after Knock sent
  apart: always not (guest.Home and porter.Locked)
  at_last: eventually guest ended
  knocked: eventually Knock sent
"""


def notes(text: str, bounds: Bounds = NO_FAULTS) -> dict[str, tuple[str, ...]]:
    """What is noted of each property."""
    found = [verdict for verdict in verdicts(text, bounds) if verdict.check == "property"]
    return {verdict.subject: verdict.notes for verdict in found}


def test_what_holds_only_since_nothing_of_it_happens_has_a_note() -> None:
    assert notes(doors.DOOR + IDLE) == {
        "silent": ("`Wave sent` never happens",),
        "waved": ("`Wave sent` never happens", "`Wave taken` never happens"),
        "told": ("`Wave taken` never happens",),
        "apart": ("`porter.Locked` is never reached",),
        "at_last": (),
        "knocked": (),
    }


def test_what_may_go_wrong_may_make_a_note_needless() -> None:
    assert notes(doors.DOOR + IDLE, Bounds())["apart"] == ()


def test_where_no_session_comes_to_rest_eventually_says_nothing() -> None:
    endless = doors.door(
        ("on: {Knock: Waiting}", "on: {Knock: stay}"),
        ("on: {Knock: Ajar, Wave: stay}", "on: {Knock: stay, Wave: stay}"),
    )

    assert notes(endless + IDLE)["at_last"] == ("`guest` never ends", "no session comes to rest")


def test_a_note_stands_behind_the_verdict(shell: Shell) -> None:
    shell.put("door.yaml", doors.DOOR + "properties: {silent: never Wave sent}\n")

    text = shell.run("verify", "door.yaml", "--faults", "none").out
    page = shell.run("verify", "door.yaml", "--faults", "none", "--format", "markdown").out

    noted = "holds in 7 states, 6 moves; note: `Wave sent` never happens"
    assert text.splitlines()[-2] == f"  silent  never Wave sent: {noted}"
    assert page.splitlines()[-1] == f"| `silent` | never Wave sent | ✓ {noted} |"


def test_a_question_is_answered_the_same_in_the_whole_product() -> None:
    text = (
        FLAGSHIP + "properties: {a: never worker.Failed, b: never Memory sent after State sent}\n"
    )

    def told(bounds: Bounds) -> list[tuple[str, bool | None, int]]:
        return [
            (verdict.subject, verdict.holds, len(verdict.witness.trace) if verdict.witness else 0)
            for verdict in verdicts(text, bounds)
        ]

    assert told(Bounds(1)) == told(Bounds(1, whole=True))


def test_what_is_not_wholly_seen_is_not_decided() -> None:
    found = verdicts(doors.DOOR + doors.ORDER, Bounds(most=3, faults=()))

    assert [(v.subject, v.holds, v.states) for v in found if v.check == "property"] == [
        ("knocked", None, 4),
        ("polite", None, 4),
        ("never_locked", None, 4),
        ("at_home", None, 4),
    ]


def test_the_command_tells_verdicts_and_ways(shell: Shell) -> None:
    shell.put("door.yaml", doors.UNHANDLED)

    done = shell.run("verify", "door.yaml", "--faults", "none")

    assert (done.code, done.err) == (1, "")
    assert (
        done.out
        == """\
door.yaml: faults none; at most 2 connections of each further kind
  no deadlock: holds in 10 states, 9 moves
  every message is handled where it arrives: VIOLATED
      porter does not handle Knock in Ajar
      1. guest sends Knock (Outside → Waiting), porter takes it (Shut → Ajar) and answers Yes
      2. guest sends Knock
      3. porter refuses Knock, answers No: Ajar → Locked
  every message is taken: holds in 10 states, 9 moves
  each side learns how it ended: holds in 10 states, 9 moves
3 hold, 1 violated
"""
    )


def test_a_way_is_told_once(shell: Shell) -> None:
    shell.put("door.yaml", doors.DOOR + doors.KEY)

    done = shell.run("verify", "door.yaml", "--faults", "loss")

    assert (
        done.out
        == """\
door.yaml: faults loss; at most 2 connections of each further kind
       no deadlock: holds in 25 states, 37 moves
       every message is handled where it arrives: holds in 25 states, 37 moves
       every message is taken: holds in 25 states, 37 moves
       each side learns how it ended: VIOLATED
      porter ended well in Inside, and guest in Lost does not know
      1. guest sends Knock (Outside → Waiting), porter takes it (Shut → Ajar) and answers Yes
      2. guest sends Enter
      3. porter takes Enter, answers Yes: Ajar → Inside
      4. the connection breaks: the reply to Enter, Yes, is lost
      5. guest sees the end of the stream: Waiting → Lost
  key  exactly one machine owns it: VIOLATED
      key has two owners: guest in Lost and porter in Inside
      the same way as for each side learns how it ended
3 hold, 2 violated
"""
    )


def test_what_is_refused_for_its_guard_is_told_so() -> None:
    text = doors.door(
        ("Knock: {code: 1, payload: none}", "Knock: {code: 1, payload: {fields: {n: u8}}}"),
        ("request: {code: u8}", "request: {code: u8, length: u32}"),
        ("  status: status\n", "  status: status\n  payload_size: length\n"),
        (
            "on: {Knock: Ajar, Wave: stay}",
            "on: {Knock: {to: Ajar, if: message.n == 1}, Wave: stay}",
        ),
    )

    assert violations(text + "properties: {open: never porter.Locked}\n") == [
        (
            "property",
            (
                "open does not hold: "
                "guest waits in Outside for the reply to Knock, and porter has ended in Locked"
            ),
            [
                "guest sends Knock",
                "porter refuses Knock, as a guard does not hold, answers No: Shut → Locked",
            ],
        )
    ]


def test_what_holds_is_exit_0_and_what_is_open_exit_2(shell: Shell) -> None:
    shell.put("door.yaml", doors.DOOR + doors.ORDER)

    assert shell.run("verify", "door.yaml", "--faults", "none").code == 0
    assert shell.run("verify", "door.yaml", "--faults", "none", "--max-states", "3").code == 2


def test_an_unknown_fault_is_told(shell: Shell) -> None:
    done = shell.run("verify", "--faults", "loss,silense")

    assert (done.code, done.out, done.err) == (
        2,
        "",
        "wirechart: no fault `silense`; did you mean `silence`?\n",
    )


def test_json_is_what_its_schema_says(shell: Shell) -> None:
    shell.put("door.yaml", doors.UNHANDLED + doors.ORDER)

    done = shell.run("verify", "door.yaml", "--faults", "none", "--format", "json")
    schema = json.loads(shell.run("schema", "verdicts").out)

    assert schema == SCHEMA
    found = json.loads(done.out)
    jsonschema_rs.validate(schema, found)
    reception = found["specs"][0]["verdicts"][1]
    assert (done.code, reception["verdict"], reception["what"]) == (
        1,
        "violated",
        "porter does not handle Knock in Ajar",
    )
    assert reception["trace"][-1] == {
        "connection": "",
        "by": "answerer",
        "machine": "porter",
        "does": "refuses Knock, answers No",
        "kind": "takes",
        "message": "Knock",
        "reply": "No",
        "fault": "",
        "asker": "Waiting",
        "answerer": "Locked",
        "element": "machine.Ajar.otherwise",
    }


def test_findings_do_not_stand_in_a_document(shell: Shell) -> None:
    shell.put("door.yaml", doors.door(("on: {Enter: Home}", "on: {Enter: Hom}")))

    done = shell.run("verify", "door.yaml", "--format", "json")

    assert (done.code, json.loads(done.out)) == (1, {"specs": []})
    assert done.err.startswith("door.yaml:48:21: error[REF001] `Hom` is not a state\n")


def test_markdown_has_a_sequence_diagram_of_each_violation(shell: Shell) -> None:
    shell.put("door.yaml", doors.UNHANDLED)

    done = shell.run("verify", "door.yaml", "--faults", "none", "--format", "markdown")

    assert (
        done.out
        == """\
## `door.yaml`

3 hold, 1 violated; faults: none.

| about | what should hold | verdict |
| --- | --- | --- |
| `the connection` | no deadlock | ✓ holds in 10 states, 9 moves |
| `the connection` | every message is handled where it arrives | ✗ VIOLATED |
| `the connection` | every message is taken | ✓ holds in 10 states, 9 moves |
| `the connection` | each side learns how it ended | ✓ holds in 10 states, 9 moves |

### porter does not handle Knock in Ajar

```mermaid
sequenceDiagram
  participant a_guest as guest
  participant b_porter as porter
  a_guest->>b_porter: Knock
  Note over b_porter: Shut #8594; Ajar
  b_porter-->>a_guest: Yes
  Note over a_guest: Outside #8594; Waiting
  a_guest->>b_porter: Knock
  Note over b_porter: refuses Knock, answers No#58; Ajar #8594; Locked
  b_porter-->>a_guest: No
```

1. guest sends Knock (Outside → Waiting), porter takes it (Shut → Ajar) and answers Yes
2. guest sends Knock
3. porter refuses Knock, answers No: Ajar → Locked
"""
    )


OLD = FLAGSHIP.replace(
    "            on_unanswered: {to: InDoubt}  # the destination may run the VM, or have aborted\n",
    "",
)


BOTH = "source has ended in Resumed, and destination has ended in Completed"


def test_the_real_mermaid_understands_every_diagram_of_a_violation(shell: Shell) -> None:
    drained = "properties: {dry: never Memory sent on main after worker.Drained, one: always not "
    shell.put("spec/x.yaml", f"{FLAGSHIP.split('properties:')[0]}{drained}worker.Failed}}\n")
    shell.put("spec/y.yaml", doors.UNHANDLED + doors.KEY + doors.ORDER)

    page = shell.run("verify", "--format", "markdown").out
    drawn = parse(re.findall(r"^```mermaid\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))

    assert [diagram.error for diagram in drawn] == [""] * 6
    assert drawn[0].edges == (
        Edge("a_source", "b_destination", "Start"),
        Edge("b_destination", "", "Established → Started"),
        Edge("b_destination", "a_source", "Ok"),
        Edge("a_source", "", "Connected → Started"),
        Edge("a_source", "b_destination", "Config"),
        Edge("b_destination", "", "Started → Configured"),
        Edge("b_destination", "a_source", "Ok"),
        Edge("a_source", "", "Started → Configured"),
        Edge("a_feeder1", "", "opens the connection"),
        Edge("a_feeder1", "", "closes the connection in Feeding"),
        Edge("b_worker1", "", "sees the end of the stream: Filling → Drained"),
        Edge("a_source", "b_destination", "Memory"),
    )


def test_the_flagship_holds_what_it_says() -> None:
    assert violations(FLAGSHIP, Bounds()) == []


def test_a_source_that_resumes_makes_two_vms_also_when_nobody_is_told_of_the_end() -> None:
    assert [(check, way[-3:]) for check, _, way in violations(OLD, LONELY)] == [
        (
            check,
            [
                "destination takes Complete, answers Ok: StateReceived → Completed",
                f"{PARTED}: the reply to Complete, Ok, does not arrive",
                "source waits in vain for the reply to Complete: StateSent → Resumed",
            ],
        )
        for check in ("ending", "ownership", "property")
    ]


def test_a_source_that_resumes_without_an_answer_makes_two_vms_of_one() -> None:
    assert OLD != FLAGSHIP
    way = [
        "source sends Start",
        "destination takes Start, answers Ok: Established → Started",
        "source hears Ok to Start: Connected → Started",
        "source sends Config",
        "destination takes Config, answers Ok: Started → Configured",
        "source hears Ok to Config: Started → Configured",
        "source sends State",
        "destination takes State, answers Ok: Configured → StateReceived",
        "source hears Ok to State: Configured → StateSent",
        "source sends Complete",
        "destination takes Complete, answers Ok: StateReceived → Completed",
        "the connection breaks: the reply to Complete, Ok, is lost",
        "source sees the end of the stream: StateSent → Resumed",
    ]

    assert violations(OLD, Bounds(faults=("loss",))) == [
        ("ending", "destination ended well in Completed, and source in Resumed does not know", way),
        (
            "ownership",
            "running_vm has two owners: source in Resumed and destination in Completed",
            way,
        ),
        (
            "property",
            f"resumed_only_if_not does not hold: {BOTH}",
            way,
        ),
    ]
