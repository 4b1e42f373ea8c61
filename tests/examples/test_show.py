"""`python -m ch_snapshot show`: what is in a snapshot, and whether that is one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sources import SIZE, state_text

CONFIG = {
    "cpus": {"boot_vcpus": 3, "max_vcpus": 4},
    "memory": {"size": 0, "zones": [{"id": "low", "size": SIZE}, {"id": "high", "size": SIZE}]},
    "payload": {"kernel": "vmlinux"},
    "disks": [{"id": "_disk0", "path": "root.img"}, {"path": "data.img"}],
    "net": None,
    "rng": {"src": "/dev/urandom"},
    "console": {"mode": "Off"},
    "serial": {"mode": "Tty"},
    "watchdog": False,
}
DIGEST = "fa43239bcee7b97ca62f007cc68487560a39e19f74f3dde7486db3f98df8e471"  # of 131072 zeros


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    """A snapshot of 128 KiB of holes."""
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    (tmp_path / "state.json").write_bytes(state_text())
    with (tmp_path / "memory-ranges").open("wb") as memory:
        memory.truncate(2 * SIZE)
    return tmp_path


def show(*arguments: str | Path) -> tuple[int, str, str]:
    """Exit code, output and errors of the command."""
    command = [sys.executable, "-m", "ch_snapshot", "show", *arguments]
    ran = subprocess.run(command, capture_output=True, check=False, text=True, timeout=30)
    return ran.returncode, ran.stdout, ran.stderr


def test_a_snapshot_is_shown_as_json(snapshot: Path) -> None:
    code, output, errors = show("--json", snapshot)
    shown = json.loads(output)
    files = [(file["name"], file["size"]) for file in shown.pop("files")]

    assert (code, errors) == (0, "")
    assert shown == {
        "vcpus": 3,
        "memory": 2 * SIZE,
        "zones": [{"id": "low", "size": SIZE}, {"id": "high", "size": SIZE}],
        "devices": ["disks: _disk0", "disks", "rng", "serial"],
        "sha256": DIGEST,
        "whole": True,
    }
    assert files == [
        ("config.json", len(json.dumps(CONFIG))),
        ("memory-ranges", 2 * SIZE),
        ("state.json", len(state_text())),
    ]


def test_a_snapshot_is_shown_to_people(snapshot: Path) -> None:
    code, output, errors = show(snapshot)
    lines = [line.split() for line in output.splitlines()]

    assert (code, errors) == (0, "")
    assert lines[:8] == [
        ["vCPUs", "3"],
        ["memory", "131.1", "kB"],
        ["zone", "low,", "65.5", "kB"],
        ["zone", "high,", "65.5", "kB"],
        ["device", "disks:", "_disk0"],
        ["device", "disks"],
        ["device", "rng"],
        ["device", "serial"],
    ]
    assert lines[9] == [
        "file",
        "memory-ranges,",
        "131072",
        "bytes,",
        "0",
        "bytes",
        "on",
        "the",
        "disk",
    ]
    assert lines[11] == ["SHA-256", DIGEST]


def test_memory_that_is_not_what_state_says_is_an_error(snapshot: Path) -> None:
    with (snapshot / "memory-ranges").open("r+b") as memory:
        memory.truncate(SIZE)

    code, _, errors = show("--json", snapshot)

    assert (code, errors) == (
        1,
        f"ch_snapshot: {snapshot}: memory is missing, or there is too much\n",
    )


def test_an_opaque_snapshot_is_shown_by_its_image(snapshot: Path) -> None:
    (snapshot / "memory-ranges").rename(snapshot / "memory-image")
    (snapshot / "state.json").write_bytes(b"{}")

    code, output, errors = show("--json", snapshot)

    assert (code, errors, json.loads(output)["sha256"]) == (0, "", DIGEST)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("config.json", "", "JSONDecodeError('Expecting value: line 1 column 1 (char 0)')"),
        ("config.json", "{}", "KeyError('cpus')"),
        ("config.json", "[]", "TypeError('list indices must be integers or slices, not str')"),
        ("state.json", "[]", "State's memory manager cannot be cut: it is not an object"),
        ("state.json", "1 2", "the JSON text is wrong: Extra data: line 1 column 3 (char 2)"),
        ("state.json", "{}", "State's memory manager has no `snapshots`"),
    ],
)
def test_what_is_no_snapshot_cannot_be_shown(
    name: str, content: str, reason: str, snapshot: Path
) -> None:
    (snapshot / name).write_text(content)

    assert show(snapshot) == (2, "", f"ch_snapshot: {snapshot} is no snapshot: {reason}\n")


def test_a_directory_without_memory_cannot_be_shown(tmp_path: Path) -> None:
    place = tmp_path / "memory-ranges"

    assert show(tmp_path) == (2, "", f"ch_snapshot: {place}: No such file or directory\n")
