"""What git's external diff drivers do, for specs. Knows git's arguments; compares nothing itself.

They are `path old-file old-hex old-mode new-file new-hex new-mode`, and where a file was renamed
also its new path and git's sentences about it. A file that is not there is /dev/null, an unmerged
path stands alone.
"""

import os
import sys
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wirechart import git, revisions
from wirechart.commands.findings import colored
from wirechart.difference import as_text
from wirechart.difference.comparison import compare
from wirechart.record import record
from wirechart.revisions import Pair
from wirechart.sources import MOST, JobError, Source, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

NOWHERE = os.devnull
COLORS = {"+": "32", "-": "31", "@": "36"}
NO_COLORS: dict[str, str] = {}


@record
class Side:
    """A file as git has it for one side."""

    label: str
    content: bytes | None  # None: the file is not there
    mode: str  # `100644`; `.`: the file is not there


def show(arguments: tuple[str, ...]) -> int:
    """Print one file's difference; 0.

    Raises:
        UsageError: these are not git's arguments.
    """
    if len(arguments) == 1:
        print(f"* Unmerged path {shown(arguments[0])}")
        return 0
    if len(arguments) not in (7, 9):
        raise click.UsageError("git calls this with 1, 7 or 9 arguments; see `--help`")
    try:
        _show(*arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # who left the pager wants to hear of no driver that died
        os.dup2(os.open(NOWHERE, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _show(
    path: str,
    old_file: str,
    _old_hex: str,
    old_mode: str,
    new_file: str,
    _new_hex: str,
    new_mode: str,
    *renamed: str,
) -> None:
    now, said = renamed or (path, "")
    old = Side(f"a/{shown(path)}", _content(old_file), old_mode)
    new = Side(shown(now), _content(new_file), new_mode)
    colors = _colored()
    for line in _header(old, new, said):
        print(_painted(line, "1" if colors else ""))
    if old.content != new.content:
        sys.stdout.write(_difference(old, new, colors))


def _header(old: Side, new: Side, said: str) -> "Iterator[str]":
    """What changed beside the content."""
    yield f"diff --wirechart {old.label} b/{new.label}"
    if old.content is None:
        yield f"new file mode {new.mode}"
    elif new.content is None:
        yield f"deleted file mode {old.mode}"
    elif old.mode != new.mode:
        yield from (f"old mode {old.mode}", f"new mode {new.mode}")
    yield from (line for line in said.splitlines() if not line.startswith("index "))


def _difference(old: Side, new: Side, colors: bool) -> str:
    try:
        compared = compare(Pair(_version(old), _version(new)))
    except JobError as error:
        return f"Not compared as specs: {error}\n{_as_text(old, new, colors)}"
    except Exception as error:  # noqa: BLE001 -- whatever it is, `git log -p` must go on
        reason = f"a mistake of wirechart: {type(error).__name__}: {error}"
        return f"Not compared as specs: {reason}\n{_as_text(old, new, colors)}"
    if not compared.lines:
        return f"{compared.protocol}: the text differs, the meaning does not\n"
    return as_text.render((compared,), colors)


def _version(side: Side) -> "revisions.Version | None":
    if side.content is None:
        return None
    return revisions.version(Source(side.label, Path(), side.label, side.content))


def _as_text(old: Side, new: Side, colors: bool) -> str:
    before, after = (_lines(side.content or b"") for side in (old, new))
    was, now = (NOWHERE if side.content is None else side.label for side in (old, new))
    found = COLORS if colors else NO_COLORS
    lines = unified_diff(before, after, was, now, lineterm="")
    return "".join(f"{_painted(line, found.get(line[:1], ''))}\n" for line in lines)


def _lines(content: bytes) -> list[str]:
    return content.decode("utf-8", "backslashreplace").splitlines()


def _painted(text: str, color: str) -> str:
    return f"\x1b[{color}m{text}\x1b[0m" if color else text


def _content(file: str) -> bytes | None:
    if file == NOWHERE:
        return None
    with Path(file).open("rb") as stream:
        return stream.read(MOST)


def _colored() -> bool:
    """As git would: on a terminal or in its pager, unless its settings speak against."""
    visible = colored(sys.stdout, "auto") or (
        os.environ.get("GIT_PAGER_IN_USE") == "true" and not os.environ.get("NO_COLOR")
    )
    return visible and git.colored(Path.cwd())
