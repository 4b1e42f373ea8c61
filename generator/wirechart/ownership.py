"""Whose text an output file holds: the tool's, git's, or somebody's edits. Writes one small file,
and asks git.

What the tool wrote last is remembered by digest in a folder that git ignores. A file with such a
digest, or equal to the last commit's, can be written again: nothing is lost. Any other text may be
somebody's work. Without git and without that memory every text is.
"""

import hashlib
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FOLDER = ".wirechart-cache"
MEMORY = "outputs.json"
# Set inside git's own hooks, where they speak of another folder than ours.
HOOKS = frozenset(
    {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY"}
)


@dataclass(frozen=True, slots=True)
class Written:
    """An output file as the tool left it."""

    source: str  # the spec it comes from, as in its first line
    digests: tuple[str, ...]  # of its bytes; two while it is being replaced


Memory = dict[str, Written]  # by path relative to the root


def digest(content: bytes) -> str:
    """What tells one text from another."""
    return hashlib.sha256(content).hexdigest()


def recall(root: Path) -> Memory:
    """What the tool wrote; nothing when that is unknown or unreadable."""
    try:
        stored = json.loads((root / FOLDER / MEMORY).read_bytes())
        return {
            path: Written(entry["source"], tuple(entry["digests"]))
            for path, entry in stored["outputs"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def folder(root: Path) -> Path:
    """Where the memory is kept; git ignores it."""
    made = root / FOLDER
    made.mkdir(parents=True, exist_ok=True)
    ignore = made / ".gitignore"
    if not ignore.exists():
        ignore.write_text("# made by wirechart\n*\n")
    return made


def remember(root: Path, memory: "Mapping[str, Written]") -> None:
    """Keep it for the next build."""
    place = folder(root) / MEMORY
    outputs = {
        path: {"source": entry.source, "digests": list(entry.digests)}
        for path, entry in sorted(memory.items())
    }
    text = json.dumps({"version": 1, "outputs": outputs}, indent=1) + "\n"
    new = place.with_name(f"{MEMORY}.new")
    new.write_text(text)
    new.replace(place)


def edited(root: Path, found: "Mapping[str, bytes]", memory: Memory) -> tuple[str, ...]:
    """Those of the files found on disk that hold what neither the tool nor git can give back."""
    suspects = {
        path: content
        for path, content in found.items()
        if path not in memory or digest(content) not in memory[path].digests
    }
    if not suspects:
        return ()
    kept = committed(root, {path.partition("/")[0] for path in suspects})
    return tuple(
        path
        for path, content in suspects.items()
        if kept.get(path) not in {blob(content, name) for name in ("sha1", "sha256")}
    )


def begin_repository(folder: Path) -> bool:
    """Make a folder a git repository where it is in none; whether that was done."""
    if _git(folder, "rev-parse", "--git-dir") is not None:
        return False
    return _git(folder, "init", "--quiet") is not None


def _git(folder: Path, *words: str) -> bytes | None:
    """What git says; None: there is none, or it failed."""
    environment = {name: value for name, value in os.environ.items() if name not in HOOKS}
    command = ["git", "-C", str(folder), *words]
    try:
        done = subprocess.run(  # noqa: S603 -- git, with paths of our own
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout


def committed(root: Path, folders: "Iterable[str]") -> dict[str, str]:
    """Path relative to the root -> blob id, of the last commit; nothing without git."""
    listed = _git(root, "ls-tree", "-r", "-z", "HEAD", "--", *sorted(folders))
    lines = (line.partition("\t") for line in os.fsdecode(listed or b"").split("\0") if line)
    return {path: entry.split()[2] for entry, _, path in lines}


def blob(content: bytes, algorithm: str) -> str:
    """The id that git gives a file's bytes."""
    return hashlib.new(
        algorithm, b"blob %d\0" % len(content) + content, usedforsecurity=False
    ).hexdigest()
