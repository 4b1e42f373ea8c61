"""The README: its commands run as typed, its diagram is the spec's, its sentences about CI hold."""

import json
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from captures import recording
from gits import git
from receivers import receiving
from snapshots import contents

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
COMMANDS = [line.partition("#")[0].strip() for block in BLOCKS for line in block.splitlines()]
TARGETS = [command for command in COMMANDS if command.startswith("make")]
TOOL = [command for command in COMMANDS if command.startswith(".venv/bin/wirechart")]
RECEIVE = [c for c in COMMANDS if c.startswith(".venv/bin/python -m ch_migration receive")]
SNAPSHOT = [c for c in COMMANDS if c.startswith(".venv/bin/python -m ch_snapshot")]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What a clone has after `make`."""
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    for folder in ("spec", "generated", "diagrams"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for words in ("init -q", "add spec", "commit -qm spec"):
        git(tmp_path, *words.split())
    return tmp_path


def test_every_command_is_of_a_kind_that_is_run() -> None:
    assert sorted(TARGETS + TOOL + RECEIVE + SNAPSHOT) == sorted(COMMANDS)


def test_ci_runs_what_the_first_block_says() -> None:
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")

    assert TARGETS == ["make", "make test"]
    assert re.findall(r"^(make(?: test)?)(?: 2>&1.*)?$", script, re.MULTILINE) == [
        "make test",
        "make",
    ]


@pytest.mark.parametrize("command", TOOL)
def test_a_command_of_the_tool_works_as_typed(command: str, checkout: Path) -> None:
    done = subprocess.run(
        command.split(),
        check=False,
        cwd=checkout,
        input="quit\n",
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", RECEIVE)
def test_the_receiver_listens_as_typed(command: str, checkout: Path) -> None:
    words = [word.replace("unix:/tmp/", f"unix:{checkout}/") for word in command.split()]
    with subprocess.Popen(words, cwd=checkout, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        process.send_signal(signal.SIGTERM)

    assert said == f"listening unix:{checkout}/migration.sock\n"


def test_a_snapshot_is_received_shown_and_sent_as_typed(checkout: Path) -> None:
    receive, show, send = (
        [word.replace("unix:/tmp/", f"unix:{checkout}/") for word in command.split()]
        for command in SNAPSHOT
    )
    with subprocess.Popen(receive, cwd=checkout, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert json.loads(process.stdout.readline())["event"] == "listening"
        with socket.socket(socket.AF_UNIX) as source:
            source.connect(f"{checkout}/migration.sock")
            source.sendall(recording("tcp-precopy").client)
            source.shutdown(socket.SHUT_WR)
            process.communicate(timeout=60)
    shown = subprocess.run(
        show, check=True, cwd=checkout, capture_output=True, text=True, timeout=60
    )
    with receiving(checkout / "again", listen=f"unix:{checkout}/migration.sock") as (process, _):
        subprocess.run(send, check=True, cwd=checkout, capture_output=True, timeout=60)
        code = process.wait(60)

    assert shown.stdout.splitlines()[0].split() == ["vCPUs", "1"]
    assert code == 0
    assert contents(checkout / "again") == contents(checkout / "vm-snapshot")


def test_the_diagram_is_the_happy_view_of_the_spec() -> None:
    drawn = (ROOT / "diagrams/ch-migration-happy.mmd").read_text(encoding="utf-8")
    shown = re.findall(r"^```mermaid\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)

    assert shown == [drawn.partition("\n")[2]]


def test_one_screen_holds_it() -> None:
    assert len(README.splitlines()) <= 124
