"""`wirechart check`, run as a program: which specs, what is printed, and how it exits."""

import json
import os
import resource

import pytest

from guestbook import GUESTBOOK, WRONG
from shell import Done, Shell


def test_a_good_spec_is_fine(shell: Shell) -> None:
    shell.put("spec/guestbook.yaml", GUESTBOOK)

    assert shell.run("check") == Done(0, "nothing found in spec/guestbook.yaml\n", "")


def test_every_finding_is_printed_in_one_run(shell: Shell) -> None:
    shell.put("spec/guestbook.yaml", WRONG)

    assert shell.run("check", "spec/guestbook.yaml") == Done(
        1,
        """\
spec/guestbook.yaml:10:15: error[STR010] `bog` is not a byte order for `byte_order`
   |
10 |   byte_order: bog
   |               ^^^ did you mean `big`?

spec/guestbook.yaml:44:34: error[REF001] `Opend` is not a state
   |
44 |         Closed: {on: {Open: {to: Opend, if: message.version == 1}}}
   |                                  ^^^^^ did you mean `Opened`?

2 errors in spec/guestbook.yaml
""",
        "",
    )


def test_with_options_the_same_is_printed(shell: Shell) -> None:
    shell.put("spec/guestbook.yaml", WRONG)

    assert shell.run("check", "--format", "text", "--color", "auto") == shell.run("check")


def test_warnings_fail_only_when_strict(shell: Shell) -> None:
    shell.put("a.yaml", GUESTBOOK.replace("  idle:", "  unused: 1 KiB\n  idle:"))

    lax, strict = shell.run("check", "a.yaml"), shell.run("check", "--strict", "a.yaml")

    assert (lax.code, strict.code) == (0, 1)
    assert lax.out == strict.out
    assert lax.out.endswith("1 warning in a.yaml\n")


def test_a_warning_can_be_allowed_where_it_is_found(shell: Shell) -> None:
    allowed = "  unused: 1 KiB  # wirechart: allow REF020 -- next version\n  idle:"
    shell.put("a.yaml", GUESTBOOK.replace("  idle:", allowed))

    assert shell.run("check", "a.yaml") == Done(0, "nothing found in a.yaml\n", "")


def test_an_unused_allowance_is_found(shell: Shell) -> None:
    shell.put("a.yaml", f"# wirechart: allow REF020 -- was needed\n{GUESTBOOK}")

    assert shell.run("check", "a.yaml").out == (
        "a.yaml:1:1: warning[SUP003] there is no REF020 on line 2 to allow\n"
        "  |\n"
        "1 | # wirechart: allow REF020 -- was needed\n"
        "  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "  = help: remove the comment, or move it to the line of the finding\n"
        "\n"
        "1 warning in a.yaml\n"
    )


def test_two_specs_of_one_protocol_are_an_error_of_the_second(shell: Shell) -> None:
    shell.put("spec/a.yaml", GUESTBOOK)
    shell.put("spec/b.yaml", GUESTBOOK)

    assert shell.run("check") == Done(
        1,
        """\
spec/b.yaml:2:11: error[PRJ001] `guestbook` is the protocol of spec/a.yaml, too
  |
2 | protocol: guestbook
  |           ^^^^^^^^^
  = help: rename one of the two: both would be generated into one folder

1 error in 2 specs
""",
        "",
    )


def test_specs_of_one_protocol_in_two_projects_are_fine(shell: Shell) -> None:
    shell.put("one/spec/a.yaml", GUESTBOOK)
    shell.put("two/spec/a.yaml", GUESTBOOK)

    assert shell.run("check", "one/spec/a.yaml", "two/spec/a.yaml").code == 0


def test_all_specs_of_the_folder_are_checked_in_order(shell: Shell) -> None:
    shell.put("spec/b.yaml", GUESTBOOK)
    shell.put("spec/a.yaml", GUESTBOOK)

    done = shell.run("check", "--format", "json")

    assert json.loads(done.out)["specs"] == ["spec/a.yaml", "spec/b.yaml"]


def test_without_any_spec_there_is_nothing_to_do(shell: Shell) -> None:
    assert shell.run("check") == Done(
        2,
        "",
        "wirechart: no spec/*.yaml here; name a spec, or begin with `wirechart init DIR`\n",
    )


def test_standard_input_is_a_spec(shell: Shell) -> None:
    assert shell.run("check", "-", stdin=GUESTBOOK.encode()) == Done(
        0, "nothing found in <stdin>\n", ""
    )


def test_a_missing_spec_does_not_hide_what_is_wrong_with_another(shell: Shell) -> None:
    shell.put("a.yaml", "wirechart: 2\n")

    done = shell.run("check", "missing.yaml", "a.yaml")

    assert (done.code, done.out.splitlines()[-1][-9:], done.err) == (
        2,
        "in a.yaml",
        "wirechart: cannot read missing.yaml: No such file or directory\n",
    )


@pytest.mark.parametrize("folder", [".", "spec", "spec/", "sp ec"])
def test_a_folder_is_the_specs_in_it(shell: Shell, folder: str) -> None:
    shell.put("spec/a.yaml", GUESTBOOK)
    shell.put("sp ec/a.yaml", GUESTBOOK)
    shell.put("sp ec/.hidden.yaml", "hooks: []\n")
    shell.put("compose.yaml", "services: {}\n")

    done = shell.run("check", folder)

    place = "sp ec/a.yaml" if folder == "sp ec" else "spec/a.yaml"
    assert done == Done(0, f"nothing found in {place}\n", "")


def test_a_folder_without_specs_is_none(shell: Shell) -> None:
    shell.put("docs/link.yml", GUESTBOOK)

    assert shell.run("check", "docs") == Done(
        2, "", "wirechart: no *.yaml in docs, nor in a folder `spec` of it\n"
    )


def test_binary_junk_is_one_finding(shell: Shell) -> None:
    done = shell.run("check", "/dev/stdin", stdin=b"\x7fELF\x00\x00")

    assert (done.code, done.out.partition("\n")[0]) == (
        1,
        "/dev/stdin:1:1: error[YAML002] character U+007F is not allowed",
    )


def test_an_endless_file_is_too_large(shell: Shell) -> None:
    done = shell.run("check", "/dev/zero")

    assert done.code == 1
    assert done.out == (
        "/dev/zero:1:1: error[YAML004] the file is larger than 1 MiB\n"
        "  = help: a spec has some kilobytes: check that this is one\n"
        "\n"
        "1 error in /dev/zero\n"
    )


def test_a_path_that_is_not_utf_8_is_printed(shell: Shell) -> None:
    (shell.folder / os.fsdecode(b"\xff\n.yaml")).write_text(GUESTBOOK)

    assert shell.run("check", b"\xff\n.yaml").out == "nothing found in \\xff\\n.yaml\n"


def test_a_terminal_without_utf_8_gets_escapes(shell: Shell) -> None:
    shell.put("é.yaml", GUESTBOOK)

    done = shell.run("check", "é.yaml", environment={"PYTHONIOENCODING": "ascii"})

    assert done == Done(0, "nothing found in \\xe9.yaml\n", "")


def test_github_and_sarif_can_be_asked_for(shell: Shell) -> None:
    shell.put("a.yaml", WRONG)

    github = shell.run("check", "a.yaml", "--format", "github")
    sarif = shell.run("check", "a.yaml", "--format", "sarif")

    assert github.code == 1
    assert github.out.splitlines()[0] == (
        "::error file=a.yaml,line=10,endLine=10,col=15,endColumn=17,title=STR010::"
        "`bog` is not a byte order for `byte_order`%0Ahelp: did you mean `big`?"
    )
    results = json.loads(sarif.out)["runs"][0]["results"]
    assert [result["ruleId"] for result in results] == ["STR010", "REF001"]


@pytest.mark.parametrize(
    ("more", "words", "colored"),
    [
        ({}, ("--color", "always"), True),
        ({"NO_COLOR": "1"}, ("--color", "always"), True),
        ({}, ("--color", "never"), False),
        ({}, ("--color", "auto"), False),
    ],
)
def test_color_is_for_terminals_and_for_who_asks(
    shell: Shell, more: dict[str, str], words: tuple[str, ...], colored: bool
) -> None:
    shell.put("a.yaml", WRONG)

    assert ("\x1b[" in shell.run("check", "a.yaml", *words, environment=more).out) is colored


def seconds_of_programs() -> float:
    """The processor time of all that ended here."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_findings_come_within_a_second_for_junk_of_a_mebibyte(shell: Shell) -> None:
    before = seconds_of_programs()
    done = shell.run("check", "-", stdin=b"{[" * (1 << 19))

    assert (done.code, done.out.partition(" ")[0]) == (1, "<stdin>:1:65:")
    assert seconds_of_programs() - before < 1
