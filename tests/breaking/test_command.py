"""`wirechart breaking` as a program: places, formats, accepted breaks, tests, exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest

from gits import git
from guestbook import GUESTBOOK
from shell import Done, Shell
from wirechart.report.breaking_json import SCHEMA

ROOT = Path(__file__).parent.parent.parent
FEWER = GUESTBOOK.replace("{Write: stay, Leave: Left}", "{Leave: Left}")
SPEC = "spec/guestbook.yaml"
TOLD = """\
spec/guestbook.yaml:45:9: error[BRB001] `Write` is refused in `Opened`, where it was accepted \
(old sender → new receiver)
   |
45 |         Opened: {on: {Leave: Left}}
   |         ^^^^^^
  = element: machine.Visiting.Opened.on.Write
  = shortest sequence, old sender → new receiver:
      visitor                old book             new book
      Open (version 1)  -->  Ok, then in Opened   Ok, then in Opened
      Write             -->  Ok, then in Opened   Error, ends in Failed   <-- differs

spec/guestbook.yaml:26:3: warning[BRS003] the handler `write` is called no more
   |
26 |   Write:
   |   ^^^^^
  = element: machine.handlers.write

guestbook: versions do not meet everywhere (2 pairs of situations searched)

1 error, 1 warning in guestbook
"""
MARKDOWN = """\
## `guestbook`: versions do not meet everywhere (2 pairs of situations searched)

| level | code | what | where | who meets whom |
| --- | --- | --- | --- | --- |
| ✗ error | BRB001 | `Write` is refused in `Opened`, where it was accepted | \
`machine.Visiting.Opened.on.Write` | old sender → new receiver |

<details><summary>BRB001 at <code>machine.Visiting.Opened.on.Write</code>: \
the shortest sequence</summary>

```mermaid
sequenceDiagram
  participant s as visitor
  participant o as old book
  participant n as new book
  s->>o: Open (version 1#41;
  s->>n: Open (version 1#41;
  o-->>s: Ok, then in Opened
  n-->>s: Ok, then in Opened
  s->>o: Write
  s->>n: Write
  o-->>s: Ok, then in Opened
  n--xs: Error, ends in Failed
```

</details>
"""
ENTRIES = """\
# Breaks that were accepted, each with its reason. `wirechart breaking` does not tell them.
ignore:
  - protocol: guestbook
    code: BRB001
    element: machine.Visiting.Opened.on.Write
    direction: old-to-new
    reason: ""  # why nobody is hurt
  - protocol: guestbook
    code: BRS003
    element: machine.handlers.write
    reason: ""  # why nobody is hurt
"""
WITNESS = '''\
# Written by `wirechart breaking --emit-test`.
"""Sequences that show breaks: green on the old receiver, red on the new one.

Old: HEAD:spec/guestbook.yaml
New: spec/guestbook.yaml
"""

from guestbook.receiver import Receiver
from guestbook.runtime import testing
from guestbook.tests.samples import handlers


def test_brb001_machine_visiting_opened_on_write() -> None:
    """`Write` is refused in `Opened`, where it was accepted: old sender → new receiver."""
    steps: testing.Steps = (
        # Open (version 1)
        testing.Sent(b"\\x00\\x01\\x00\\x00\\x00\\x02", b"\\x00\\x01", reply=b"\\x00\\x00"),
        # Write
        testing.Sent(b"\\x00\\x02\\x00\\x00\\x00\\x04", b"\\xa0\\xa1\\xa2\\xa3", \
reply=b"\\x00\\x00"),
    )
    receiver = Receiver(handlers())

    assert testing.play(receiver, steps) == testing.expected(steps)
'''
EQUAL = (
    "guestbook: refactored, nothing changed: every sequence of messages gets the same replies "
    "(2 pairs of situations searched)\n\nnothing breaks\n"
)
SAME = EQUAL.replace("refactored, nothing", "nothing")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A repository with a spec that changed since its last commit: it takes less."""
    shell = Shell(tmp_path.resolve())
    shell.put(SPEC, GUESTBOOK)
    git(shell.folder, "init", "--quiet", "--initial-branch=main")
    git(shell.folder, "add", ".")
    git(shell.folder, "commit", "--quiet", "-m", "one")
    shell.put(SPEC, FEWER)
    return shell


def test_what_breaks_is_shown_by_its_shortest_sequence(shell: Shell) -> None:
    assert shell.run("breaking", "--against", "HEAD") == Done(1, TOLD, "")


def test_two_places_are_compared_without_a_revision(shell: Shell) -> None:
    found = shell.run("breaking", f"HEAD:{SPEC}", SPEC)

    assert found == Done(1, TOLD, "")


def test_what_did_not_change_is_not_called_refactored(shell: Shell) -> None:
    shell.put(SPEC, GUESTBOOK)

    assert shell.run("breaking", "--against", "HEAD") == Done(0, SAME, "")


def test_what_is_the_same_is_proven_equal(shell: Shell) -> None:
    shell.put(SPEC, GUESTBOOK.replace("Opened", "Ready"))

    found = shell.run("breaking", "--against", "HEAD", "--family", "behaviour")

    assert found == Done(0, EQUAL, "")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), 1),
        (("--direction", "new-to-old"), 0),
        (("--family", "source"), 0),
        (("--family", "source", "--level", "warning"), 1),
        (("--family", "wire", "--level", "note"), 0),
    ],
)
def test_level_family_and_direction_decide_the_exit_code(
    shell: Shell, words: tuple[str, ...], code: int
) -> None:
    assert shell.run("breaking", "--against", "HEAD", *words).code == code


def test_json_is_as_its_schema_says(shell: Shell) -> None:
    done = shell.run("breaking", "--against", "HEAD", "--format", "json")
    found = json.loads(done.out)
    (protocol,) = found["protocols"]
    first = protocol.pop("breaks")[0]

    jsonschema_rs.validate(SCHEMA, json.loads(done.out))
    assert json.loads(shell.run("schema", "breaking").out) == SCHEMA
    assert (found["summary"], found["unused"]) == ({"error": 1, "warning": 1, "note": 0}, [])
    assert protocol == {
        "protocol": "guestbook",
        "old": f"HEAD:{SPEC}",
        "new": SPEC,
        "equality": "different",
        "pairs": 2,
        "unsearched": 0,
        "ignored": [],
    }
    assert first == {
        "code": "BRB001",
        "level": "error",
        "family": "behaviour",
        "directions": ["old-to-new"],
        "foreign": False,
        "element": "machine.Visiting.Opened.on.Write",
        "message": "`Write` is refused in `Opened`, where it was accepted",
        "old": {"line": 45, "column": 30, "end_line": 45, "end_column": 34},
        "new": {"line": 45, "column": 9, "end_line": 45, "end_column": 15},
        "witness": {
            "direction": "old-to-new",
            "sender": "visitor",
            "receiver": "book",
            "exchanges": [
                {
                    "event": "Open (version 1)",
                    "message": True,
                    "old": "Ok, then in Opened",
                    "new": "Ok, then in Opened",
                },
                {
                    "event": "Write",
                    "message": True,
                    "old": "Ok, then in Opened",
                    "new": "Error, ends in Failed",
                },
            ],
        },
    }


def test_markdown_is_a_comment_with_diagrams(shell: Shell) -> None:
    words = ("--family", "behaviour", "--format", "markdown")

    assert shell.run("breaking", "--against", "HEAD", *words) == Done(1, MARKDOWN, "")


def test_annotations_stand_where_the_break_is(shell: Shell) -> None:
    words = ("--family", "behaviour", "--format", "github")

    assert shell.run("breaking", "--against", "HEAD", *words).out == (
        "::error file=spec/guestbook.yaml,line=45,endLine=45,col=9,endColumn=14,title=BRB001::"
        "`Write` is refused in `Opened`, where it was accepted (old sender → new receiver)"
        "%0Apath: Open (version 1): Ok, then in Opened"
        "%0Apath: Write: Ok, then in Opened, now Error, ends in Failed\n"
    )


def test_sarif_has_the_rules_and_the_places(shell: Shell) -> None:
    log = json.loads(shell.run("breaking", "--against", "HEAD", "--format", "sarif").out)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]

    assert [
        (each["ruleId"], rules[each["ruleIndex"]]["id"], each["level"]) for each in run["results"]
    ] == [("BRS003", "BRS003", "warning"), ("BRB001", "BRB001", "error")]


def test_a_protocol_that_is_gone_and_one_that_is_new(shell: Shell) -> None:
    (shell.folder / SPEC).unlink()
    shell.put("spec/other.yaml", GUESTBOOK.replace("protocol: guestbook", "protocol: other"))
    shell.put("spec/third.yaml", GUESTBOOK.replace("protocol: guestbook", "protocol: third"))

    found = shell.run("breaking", "--against", "HEAD")

    assert found == Done(
        1,
        """\
other: new: there is nobody to break

third: new: there is nobody to break

HEAD:spec/guestbook.yaml:2:11: error[BRW026] the protocol `guestbook` is gone \
(old sender → new receiver; new sender → old receiver)
  |
2 | protocol: guestbook
  |           ^^^^^^^^^
  = element: protocol

guestbook: gone: whoever speaks it finds nobody

1 error in guestbook
""",
        "",
    )


def test_entries_to_ignore_are_printed_and_need_a_reason(shell: Shell) -> None:
    printed = shell.run("breaking", "--against", "HEAD", "--print-ignore")
    shell.put("breaking.yaml", printed.out)

    assert printed == Done(0, ENTRIES, "")
    assert shell.run("breaking", "--against", "HEAD") == Done(
        2, "", "wirechart: breaking.yaml:3:5: an entry needs a reason\n"
    )


def test_what_was_accepted_breaks_no_more(shell: Shell) -> None:
    shell.put("breaking.yaml", ENTRIES.replace('""  # why nobody is hurt', "Nobody writes."))

    assert shell.run("breaking", "--against", "HEAD", "--level", "warning") == Done(
        0,
        """\
ignored: BRB001 at machine.Visiting.Opened.on.Write: Nobody writes.

ignored: BRS003 at machine.handlers.write: Nobody writes.

guestbook: what breaks was accepted (2 pairs of situations searched)

nothing breaks
""",
        "",
    )


def test_an_entry_that_ignores_nothing_is_reported(shell: Shell) -> None:
    shell.put(SPEC, GUESTBOOK)
    shell.put("accepted.yaml", ENTRIES.replace('""  # why nobody is hurt', "Nobody writes."))
    words = ("breaking", "--against", "HEAD", "--ignore", "accepted.yaml")

    assert (shell.run(*words).code, shell.run(*words, "--level", "warning").code) == (0, 1)
    assert shell.run(*words).out == (
        f"""\
{SAME.removesuffix("nothing breaks" + chr(10))}\
accepted.yaml:5:14: warning[BRI001] there is no BRB001 at `machine.Visiting.Opened.on.Write` \
of guestbook to ignore
  |
5 |     element: machine.Visiting.Opened.on.Write
  |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = help: remove the entry

accepted.yaml:10:14: warning[BRI001] there is no BRS003 at `machine.handlers.write` \
of guestbook to ignore
   |
10 |     element: machine.handlers.write
   |              ^^^^^^^^^^^^^^^^^^^^^^
   = help: remove the entry

nothing breaks
"""
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("breaking",), "wirechart: name OLD and NEW, or a revision: `--against main`\n"),
        (
            ("breaking", "--against", "HEAD", "--ignore", "no.yaml"),
            "wirechart: cannot read no.yaml: No such file or directory\n",
        ),
        (
            ("breaking", "--against", "HEAD", "--ignore", SPEC),
            "wirechart: spec/guestbook.yaml:1:1: expected `ignore:` with a list of entries\n",
        ),
    ],
)
def test_what_cannot_be_done_is_one_line(
    shell: Shell, words: tuple[str, ...], message: str
) -> None:
    assert shell.run(*words) == Done(2, "", message)


def test_a_spec_with_errors_has_no_receiver_to_compare(shell: Shell) -> None:
    shell.put(SPEC, GUESTBOOK.replace("Leave: Left", "Leave: Lefd"))

    assert shell.run("breaking", "--against", "HEAD") == Done(
        2, "", "wirechart: spec/guestbook.yaml:45:43: error[REF001] `Lefd` is not a state\n"
    )


def test_a_file_of_somebody_is_not_overwritten(shell: Shell) -> None:
    shell.put("tests/test_breaking_guestbook.py", "mine = 1\n")

    assert shell.run("breaking", "--against", "HEAD", "--emit-test", "tests") == Done(
        2,
        "",
        "wirechart: tests/test_breaking_guestbook.py was not written by wirechart; "
        "nothing was written\n",
    )


def test_the_witness_is_red_on_the_new_receiver_and_green_on_the_old(shell: Shell) -> None:
    written = shell.run("breaking", "--against", "HEAD", "--emit-test", "tests/test_old.py")
    new = exit_code_of(shell, FEWER)
    old = exit_code_of(shell, GUESTBOOK)

    assert written == Done(1, TOLD, "wrote tests/test_old.py\n")
    assert (shell.folder / "tests/test_old.py").read_text(encoding="utf-8") == WITNESS
    assert (new, old) == (1, 0)


def exit_code_of(shell: Shell, spec: str) -> int:
    """Build a spec, and run the witness in the project; pytest's exit code."""
    shell.put(SPEC, spec)
    assert shell.run("generate").code == 0
    program = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_old.py")
    environment = os.environ | {"PYTHONPATH": "generated", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        program, cwd=shell.folder, env=environment, capture_output=True, check=False
    )
    return done.returncode
