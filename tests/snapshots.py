"""Stored migrations to be sent: a small one by hand, the recorded ones by the command that stores.

The small VM has two mappings of 64 KiB, as in `sources`, unless told otherwise.
"""

import hashlib
import json
import os
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from captures import recording, send
from ch_snapshot.copying import extents
from receivers import COMMAND, PATIENCE, receiving
from sources import HIGH, LOW, SIZE, VM_CONFIG

CPUID = [{"function": 1, "eax": 10}]


def state_text(
    mappings: tuple[dict[str, Any], ...] = (LOW, HIGH),
    ranges: tuple[tuple[int, int], ...] = ((0, SIZE), (SIZE, SIZE)),
    cpuid: object = CPUID,
) -> bytes:
    """State with these mappings, and ranges of address and size."""
    data = [{"gpa": gpa, "length": size} for gpa, size in ranges]
    manager = {"memory_ranges": {"data": data}, "guest_ram_mappings": mappings, "boot_ram": 7}
    own = {"clock": 1} if cpuid is None else {"clock": 1, "common_cpuid": cpuid}
    parts = {"memory-manager": _snapshot(manager)}
    return json.dumps({"snapshots": parts, **_snapshot(own, parts=False)}).encode()


def _snapshot(state: object, *, parts: bool = True) -> dict[str, Any]:
    found = {"snapshot_data": {"state": json.dumps(state)}}
    return {"snapshots": {}, **found} if parts else found


def written(
    folder: Path,
    *pieces: tuple[int, bytes],
    state: bytes | None = None,
    size: int = 2 * SIZE,
    config: bytes = VM_CONFIG,
) -> Path:
    """A snapshot directory whose memory has these pieces, each with its offset in the file."""
    folder.mkdir()
    (folder / "config.json").write_bytes(config)
    (folder / "state.json").write_bytes(state_text() if state is None else state)
    with (folder / "memory-ranges").open("wb") as file:
        file.truncate(size)
        for offset, content in pieces:
            os.pwrite(file.fileno(), content, offset)
    return folder


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command has ended."""

    code: int
    events: tuple[dict[str, Any], ...]
    errors: list[str]


def stored(name: str, folder: Path) -> Path:
    """A recorded migration, stored."""
    with (
        receiving(folder, listen=f"unix:{folder}.socket") as (process, address),
        socket.socket(socket.AF_UNIX) as source,
    ):
        source.connect(address.removeprefix("unix:"))
        send(recording(name))(source)
        source.shutdown(socket.SHUT_WR)
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, errors
    return folder


def sending(folder: Path, address: str, *options: str | Path) -> Ran:
    """Send a snapshot with the command."""
    ran = subprocess.run(
        (*COMMAND, "send", folder, "--to", address, *options),
        capture_output=True,
        check=False,
        text=True,
        timeout=PATIENCE,
    )
    events = tuple(json.loads(line) for line in ran.stdout.splitlines())
    return Ran(ran.returncode, events, ran.stderr.splitlines())


def contents(folder: Path) -> dict[str, tuple[object, ...]]:
    """What is in a snapshot: digests, and what of its memory is no hole."""
    return {path.name: _contents(path) for path in folder.iterdir()}


def _contents(path: Path) -> tuple[object, ...]:
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        parts = list(extents(file.fileno(), 0, size))
        whole = hashlib.sha256()
        for offset, count in parts:
            whole.update(os.pread(file.fileno(), count, offset))
    return size, parts, whole.hexdigest()
