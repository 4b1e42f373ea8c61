"""`wirechart verify`: what it prints, as text, JSON and Markdown, and its exit codes."""

import json
import re

import jsonschema_rs

import doors
from mermaid_edges import Edge, parse
from shell import Shell
from violated import FLAGSHIP
from wirechart.report.verdicts_json import SCHEMA


def test_a_note_stands_behind_the_verdict(shell: Shell) -> None:
    shell.put("door.yaml", doors.DOOR + "properties: {silent: never Wave sent}\n")

    text = shell.run("verify", "door.yaml", "--faults", "none").out
    page = shell.run("verify", "door.yaml", "--faults", "none", "--format", "markdown").out

    noted = "holds in 7 states, 6 moves; note: `Wave sent` never happens"
    assert text.splitlines()[-2] == f"  silent  never Wave sent: {noted}"
    assert page.splitlines()[-1] == f"| `silent` | never Wave sent | ✓ {noted} |"


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
