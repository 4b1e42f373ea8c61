"""How the real programs are run, tried with shell scripts in their place: it proves no more."""

import os
import platform
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from live.programs import booting, listens, missing, restoring, running, started

ROOT = Path(__file__).parents[2]
SOON = 0.2  # seconds
RECORDED = (  # the commands of a recorded migration
    "-v --api-socket api.sock --seccomp false --event-monitor path=events.json "
    "--cpus boot=1,nested=off --console off --serial file=serial.txt "
    "--kernel tiny.elf --memory size=64M,shared=on\n"
)
ANSWERS = 'echo "$@" > asked'
WAITS = 'echo "$@" > begun; mv begun arguments; exec sleep 60'

Put = Callable[[str, str], None]


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Put:
    """Put a script of that name and text on PATH, before everything else."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")

    def write(name: str, text: str) -> None:
        script = programs / name
        script.write_text(f"#!/bin/sh\n{text}\n")
        script.chmod(0o755)

    return write


def test_a_vm_is_booted_as_the_recorded_ones_were(put: Put, tmp_path: Path) -> None:
    put("cloud-hypervisor", WAITS)
    put("ch-remote", f"test -e arguments && {ANSWERS}")

    with running(tmp_path / "vmm", *booting(Path("tiny.elf"))):
        pass

    assert (tmp_path / "vmm" / "arguments").read_text() == RECORDED
    assert (tmp_path / "vmm" / "asked").read_text() == "--api-socket api.sock ping\n"


def test_a_snapshot_is_restored_by_its_path(put: Put, tmp_path: Path) -> None:
    put("cloud-hypervisor", WAITS)
    put("ch-remote", "test -e arguments")

    with running(tmp_path / "vmm", *restoring(Path("/snapshots/one"))):
        pass

    assert (tmp_path / "vmm" / "arguments").read_text() == (
        "-v --api-socket api.sock --seccomp false --event-monitor path=events.json "
        "--restore source_url=file:///snapshots/one\n"
    )


def test_a_vm_is_resumed_when_it_is_paused(put: Put, tmp_path: Path) -> None:
    put("cloud-hypervisor", WAITS)
    put("ch-remote", f"""{ANSWERS}; echo '{{"state": "Paused"}}'""")

    with running(tmp_path / "vmm") as vmm:
        vmm.resume()

    assert (tmp_path / "vmm" / "asked").read_text() == "--api-socket api.sock resume\n"


def test_a_vmm_that_dies_is_not_waited_for(put: Put, tmp_path: Path) -> None:
    put("cloud-hypervisor", "echo no such option; exit 3")
    put("ch-remote", "exit 1")

    with pytest.raises(RuntimeError) as raised, running(tmp_path / "vmm"):
        pass

    assert str(raised.value) == (
        f"ended with 3 before its API answers\n{tmp_path}/vmm/log.txt:\nno such option\n"
    )


def test_a_vmm_that_does_not_answer_is_waited_for_until_patience_ends(
    put: Put, tmp_path: Path
) -> None:
    put("cloud-hypervisor", "exec sleep 60")
    put("ch-remote", "exit 1")

    with pytest.raises(TimeoutError) as raised, running(tmp_path / "vmm", patience=SOON):
        pass

    assert str(raised.value) == (f"not within 0.2 s: its API answers\n{tmp_path}/vmm/log.txt:\n")


def test_what_is_refused_says_why(put: Put, tmp_path: Path) -> None:
    put("cloud-hypervisor", "exec sleep 60")
    put("ch-remote", 'test "$3" = ping || { echo "no VM" >&2; exit 1; }')

    with running(tmp_path / "vmm") as vmm, pytest.raises(RuntimeError) as raised:
        vmm.tell("resume")

    assert str(raised.value) == f"('resume',): no VM\n\n{tmp_path}/vmm/log.txt:\n"


def test_a_program_that_runs_on_is_not_waited_for_longer_than_patience(tmp_path: Path) -> None:
    with (
        started(tmp_path, "log", "sleep", "60", patience=SOON) as program,
        pytest.raises(TimeoutError) as raised,
    ):
        program.ended()

    assert str(raised.value) == f"runs on after 0.2 s\n{tmp_path}/log.txt:\n"


def test_nothing_is_left_behind_by_a_test_that_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), started(tmp_path, "log", "sleep", "60") as program:
        raise ZeroDivisionError

    assert program.process.returncode == -9


def test_a_socket_that_listens_is_seen_without_connecting(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as unix, socket.socket() as tcp:
        unix.bind(str(tmp_path / "socket"))
        tcp.bind(("127.0.0.1", 0))
        urls = f"unix:{tmp_path}/socket", f"tcp:localhost:{tcp.getsockname()[1]}"
        before = tuple(map(listens, urls))
        unix.listen()
        tcp.listen()
        after = tuple(map(listens, urls))

    assert (before, after) == ((False, False), (True, True))


def test_everything_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")

    reason = missing("cloud-hypervisor-of-nobody", "sh")

    assert reason == "cloud-hypervisor-of-nobody is not on PATH; the guest is for x86-64"


@pytest.mark.parametrize("processes", ["0", "1"])
def test_what_did_not_run_is_reported_with_the_reason(processes: str, tmp_path: Path) -> None:
    done = subprocess.run(
        (sys.executable, "-m", "pytest", "-q", "-n", processes, "tests/live/test_guest.py"),
        cwd=ROOT,
        env={"PATH": str(tmp_path), "CI": "true"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED
    assert [line for line in done.stdout.splitlines() if "not run" in line] == [
        "tests/live/test_guest.py: not run: cc is not on PATH; qemu-system-x86_64 is not on PATH"
    ]
