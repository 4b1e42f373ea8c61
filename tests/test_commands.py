"""The command line as a whole, run as a program: calls, help, what it explains, and how it ends."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from guestbook import GUESTBOOK
from shell import COMMAND, ENVIRONMENT, Done, Shell

ROOT = Path(__file__).parent.parent


def test_mutate_without_a_spec_takes_all(shell: Shell) -> None:
    shell.put("spec/a.yaml", "wirechart: 1\n")
    shell.put("spec/b.yaml", "wirechart: 2\n")

    done = shell.run("mutate")

    assert (done.code, done.out.count("error[STR002] the spec has no `protocol`")) == (1, 2)


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
