"""The command line, run as a program: what it prints, and how it exits."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GUESTBOOK = (ROOT / "generator/wirechart/templates/init/spec.yaml").read_text()
WRONG = GUESTBOOK.replace("to: Opened,", "to: Opend,").replace("byte_order: big", "byte_order: bog")
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "PYTHONPATH": str(ROOT / "generator"),
    "COLUMNS": "80",
}
NOTHING: Mapping[str, str] = {}
COMMAND = (sys.executable, "-m", "wirechart")


@dataclass(frozen=True, slots=True)
class Done:
    """How a program ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Shell:
    """A folder in which commands are run."""

    folder: Path

    def run(
        self, *words: str | bytes, stdin: bytes = b"", environment: Mapping[str, str] = NOTHING
    ) -> Done:
        """`wirechart` with these arguments, and more environment."""
        done = subprocess.run(
            (*COMMAND, *words),
            cwd=self.folder,
            env={**ENVIRONMENT, **environment},
            input=stdin,
            capture_output=True,
            check=False,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def put(self, path: str, content: str) -> None:
        """A file."""
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


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


def test_mutate_without_a_spec_takes_all(shell: Shell) -> None:
    shell.put("spec/a.yaml", "wirechart: 1\n")
    shell.put("spec/b.yaml", "wirechart: 2\n")

    done = shell.run("mutate")

    assert (done.code, done.out.count("error[STR002] the spec has no `protocol`")) == (1, 2)


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


def test_a_folder_is_no_spec(shell: Shell) -> None:
    assert shell.run("check", ".") == Done(2, "", "wirechart: cannot read .: Is a directory\n")


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


@pytest.mark.parametrize("code", ["REF001", "ref001"])
def test_a_code_is_explained_in_any_case(shell: Shell, code: str) -> None:
    done = shell.run("explain", code)

    assert (done.code, done.out.splitlines()[0]) == (
        0,
        "error[REF001] unknown state (references)",
    )


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("REF0001", "did you mean `REF001`?"),
        ("hello", "`wirechart rules` lists all codes"),
    ],
)
def test_an_unknown_code_is_not_explained(shell: Shell, code: str, hint: str) -> None:
    assert shell.run("explain", code) == Done(2, "", f"wirechart: no code `{code}`: {hint}\n")


def test_the_rules_are_a_table_of_codes(shell: Shell) -> None:
    lines = shell.run("rules").out.splitlines()

    assert lines[:2] == [
        "code     severity  family                     what is wrong",
        "YAML001  error     YAML                       The file is not UTF-8",
    ]


def test_the_rules_for_programs_are_those_of_the_table(shell: Shell) -> None:
    known = json.loads(shell.run("rules", "--format", "json").out)

    table = [line.split()[0] for line in shell.run("rules").out.splitlines()[1:] if line]
    assert [code["code"] for code in known] == table
    assert set(known[0]) == {"code", "severity", "family", "title", "explanation"}


@pytest.mark.parametrize("which", ["spec", "output", "diff"])
def test_the_schemas_of_the_repository_are_those_that_are_printed(shell: Shell, which: str) -> None:
    assert shell.run("schema", which).out == (ROOT / f"spec/schema/{which}.json").read_text()


def test_a_build_writes_and_says_what(shell: Shell) -> None:
    shell.put("spec/guestbook.yaml", GUESTBOOK)

    first, second = shell.run("render"), shell.run("render")

    assert first == Done(
        0,
        """\
created diagrams/guestbook-errors.dot
created diagrams/guestbook-errors.mmd
created diagrams/guestbook-full.dot
created diagrams/guestbook-full.mmd
created diagrams/guestbook-happy.dot
created diagrams/guestbook-happy.mmd
created diagrams/guestbook.md
7 files of spec/guestbook.yaml are up to date
""",
        "",
    )
    assert second == Done(0, "7 files of spec/guestbook.yaml are up to date\n", "")


def test_render_and_generate_are_the_two_halves_of_build(shell: Shell, tmp_path: Path) -> None:
    for folder in ("whole", "halves"):
        shell.put(f"{folder}/spec/guestbook.yaml", GUESTBOOK)
    whole, halves = Shell(tmp_path / "whole"), Shell(tmp_path / "halves")

    whole.run("build")
    halves.run("render")
    halves.run("generate")

    assert halves.run("build", "--check") == Done(0, "", "")
    assert sorted(p.name for p in (tmp_path / "halves").rglob("*.*")) == sorted(
        p.name for p in (tmp_path / "whole").rglob("*.*")
    )


def test_one_view_leaves_the_others_alone(shell: Shell) -> None:
    shell.put("spec/guestbook.yaml", GUESTBOOK)
    shell.run("render")
    (shell.folder / "diagrams/guestbook-happy.mmd").unlink()
    (shell.folder / "diagrams/guestbook-full.mmd").unlink()

    done = shell.run("render", "--view", "happy")

    assert done.out == (
        "created diagrams/guestbook-happy.mmd\n2 files of spec/guestbook.yaml are up to date\n"
    )
    assert not (shell.folder / "diagrams/guestbook-full.mmd").exists()


def test_pictures_are_drawn_by_dot_and_outlive_a_build(shell: Shell, dot: str) -> None:
    shell.put("spec/guestbook.yaml", GUESTBOOK)

    done = shell.run("render", "--view", "happy", "--svg", "--png")
    shell.run("build")

    assert done.code == 0, dot
    assert (shell.folder / "diagrams/guestbook-happy.svg").read_bytes()[:5] == b"<?xml"
    assert (shell.folder / "diagrams/guestbook-happy.png").read_bytes()[:4] == b"\x89PNG"


def test_without_dot_it_is_said_what_installs_it(shell: Shell) -> None:
    shell.put("spec/guestbook.yaml", GUESTBOOK)

    assert shell.run("render", "--svg", environment={"PATH": "/nowhere"}) == Done(
        2,
        "",
        "wirechart: Graphviz's `dot` is not installed: apt-get install graphviz "
        "(brew install graphviz)\n",
    )
    assert not (shell.folder / "diagrams").exists()


def test_a_spec_with_errors_builds_nothing(shell: Shell) -> None:
    shell.put("spec/a.yaml", GUESTBOOK.replace("guestbook", "other"))
    shell.put("spec/guestbook.yaml", WRONG)

    done = shell.run("build")

    assert (done.code, done.out.splitlines()[-1]) == (1, "2 errors in spec/guestbook.yaml")
    assert not (shell.folder / "generated").exists()


def test_drift_is_listed_and_fails(shell: Shell) -> None:
    shell.put("spec/guestbook.yaml", GUESTBOOK)
    shell.run("build")
    mermaid = shell.folder / "diagrams/guestbook-happy.mmd"
    old = shell.folder / "diagrams/old.mmd"
    old.write_text(mermaid.read_text())
    mermaid.write_text(mermaid.read_text() + "edited\n")
    (shell.folder / "diagrams/guestbook.md").unlink()

    done = shell.run("build", "--check")

    assert done == Done(
        1,
        "changed diagrams/guestbook-happy.mmd\n"
        "missing diagrams/guestbook.md\n"
        "stale diagrams/old.mmd\n",
        "",
    )
    assert old.exists()


def test_a_diff_shows_how_files_would_change(shell: Shell) -> None:
    shell.put("spec/guestbook.yaml", GUESTBOOK)
    shell.run("build")
    place = shell.folder / "diagrams/guestbook-happy.mmd"
    first, second, *rest = place.read_text().splitlines()
    place.write_text("\n".join([first, "mine", second, *rest]))

    done = shell.run("build", "--diff")

    assert (done.code, done.out.splitlines()[:6]) == (
        1,
        [
            "changed diagrams/guestbook-happy.mmd",
            "--- on disk: diagrams/guestbook-happy.mmd",
            "+++ built: diagrams/guestbook-happy.mmd",
            "@@ -1,5 +1,4 @@",
            f" {first}",
            "-mine",
        ],
    )


def test_edits_by_hand_stop_a_build_until_it_is_forced(shell: Shell) -> None:
    shell.put("spec/guestbook.yaml", GUESTBOOK)
    shell.run("build")
    shell.put("diagrams/guestbook.md", "mine\n")

    refused, forced = shell.run("build"), shell.run("build", "--force")

    assert refused == Done(
        2,
        "",
        "wirechart: diagrams/guestbook.md holds edits that wirechart did not make, so nothing was "
        "written: --diff shows them, --force overwrites them\n",
    )
    assert (forced.code, forced.out.splitlines()[0]) == (0, "updated diagrams/guestbook.md")


def test_output_goes_to_the_spec_s_project_from_any_folder(shell: Shell) -> None:
    shell.put("project/spec/guestbook.yaml", GUESTBOOK)

    shell.run("render", "project/spec/guestbook.yaml")

    first = (shell.folder / "project/diagrams/guestbook.md").read_text().partition("\n")[0]
    assert "from spec/guestbook.yaml. Do not edit" in first


def test_output_can_go_to_another_folder(shell: Shell) -> None:
    shell.put("spec/guestbook.yaml", GUESTBOOK)
    (shell.folder / "out").mkdir()

    done = shell.run("render", "--root", "out", "--view", "happy")

    assert done.out.splitlines()[0] == "created out/diagrams/guestbook-happy.dot"
    first = (shell.folder / "out/diagrams/guestbook-happy.dot").read_text().partition("\n")[0]
    assert "from spec/guestbook.yaml. Do not edit" in first


def test_two_specs_cannot_make_one_file(shell: Shell) -> None:
    shell.put("spec/a.yaml", GUESTBOOK)
    shell.put("spec/b.yaml", GUESTBOOK)

    done = shell.run("render")

    assert done == Done(
        2,
        "",
        "wirechart: spec/a.yaml and spec/b.yaml would both write diagrams/guestbook-errors.dot\n",
    )


def test_standard_input_cannot_be_built(shell: Shell) -> None:
    assert shell.run("build", "-", stdin=GUESTBOOK.encode()) == Done(
        2, "", "wirechart: this needs a spec with a name; standard input has none\n"
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("chek",), "wirechart: no command `chek`: did you mean `check`?"),
        (("--nope",), "wirechart: No such option '--nope'"),
        (("check", "--format", "xml"), "wirechart check: Invalid value for '--format': 'xml'"),
        (("explain",), "wirechart explain: Missing argument 'CODE'"),
        (
            ("schema", "x"),
            "wirechart schema: Invalid value for '{spec|output|breaking|diff|verdicts|compat}'",
        ),
        (("build", "--root", "x"), "wirechart build: Invalid value for '--root': Directory 'x'"),
    ],
)
def test_a_wrong_call_is_one_line(shell: Shell, words: tuple[str, ...], message: str) -> None:
    done = shell.run(*words)

    assert (done.code, done.out, done.err.startswith(message)) == (2, "", True)
    assert done.err.count("\n") == 1


def test_without_a_command_there_is_help(shell: Shell) -> None:
    done = shell.run()

    assert (done.code, done.out, done.err.splitlines()[0]) == (
        2,
        "",
        "Usage: wirechart [OPTIONS] COMMAND [ARGS]...",
    )


def test_the_help_lists_every_command_and_examples(shell: Shell) -> None:
    done = shell.run("--help")

    assert done.code == 0
    assert "wirechart build --check            in CI" in done.out


@pytest.mark.parametrize("words", [("check", "a.yaml"), ("rules",)])
def test_a_closed_pipe_is_quiet(shell: Shell, words: tuple[str, ...]) -> None:
    shell.put("a.yaml", GUESTBOOK)
    reading, writing = os.pipe()
    os.close(reading)

    with os.fdopen(writing, "wb") as closed:
        done = subprocess.run(
            (*COMMAND, *words),
            cwd=shell.folder,
            env=ENVIRONMENT,
            stdout=closed,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert (done.returncode, done.stderr) == (141, b"")


def test_a_full_disk_is_told(shell: Shell) -> None:
    shell.put("a.yaml", GUESTBOOK)

    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            (*COMMAND, "check", "a.yaml"),
            cwd=shell.folder,
            env=ENVIRONMENT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert (done.returncode, done.stderr) == (2, "wirechart: [Errno 28] No space left on device\n")


def test_an_interrupt_is_quiet(shell: Shell) -> None:
    os.mkfifo(shell.folder / "a.yaml")
    process = subprocess.Popen(
        (*COMMAND, "check", "a.yaml"),
        cwd=shell.folder,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )

    with (shell.folder / "a.yaml").open("w"):  # opens when the program has begun to read
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()

    assert (process.returncode, out, err) == (130, b"", b"")


def test_findings_come_within_a_second_for_junk_of_a_mebibyte(shell: Shell) -> None:
    before = time.process_time()
    done = shell.run("check", "-", stdin=b"{[" * (1 << 19))

    assert (done.code, done.out.partition(" ")[0]) == (1, "<stdin>:1:65:")
    assert time.process_time() - before < 1


FLAGSHIP = str(ROOT / "spec/ch-migration.yaml")


def test_a_further_machine_of_a_protocol_is_walked_through(shell: Shell) -> None:
    shell.put("walk", "Start\nConfig\neof\n")

    assert shell.run("simulate", FLAGSHIP, "--machine", "source", "--script", "walk") == Done(
        0,
        "Start            Connected → Started                          Ok\n"
        "Config           Started → Configured                         Ok\n"
        "eof              Configured → Resumed                         no reply\n"
        "ended in Resumed, a failure (cause: eof)\n",
        "",
    )


def test_a_machine_that_is_not_there_cannot_be_walked_through(shell: Shell) -> None:
    assert shell.run("simulate", FLAGSHIP, "--machine", "sorce") == Done(
        2,
        "",
        "wirechart: the protocol has no further machine `sorce`; did you mean `source`?\n",
    )
