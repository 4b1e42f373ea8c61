"""Where specs are, and what they belong to. Reads files; writes none, judges none."""

import os
import sys
from pathlib import Path

from wirechart.record import record

MOST = (1 << 20) + 1  # bytes: one more than a spec may have, so that too much is seen
STDIN = "-"
SPECS = "spec"  # the folder of a project with its specs
ENDING = ".yaml"


class JobError(Exception):
    """Why a job could not be done, in one line for its user."""


class SourceError(JobError):
    """A spec that cannot be read, or none to read."""


@record
class Source:
    """A spec as bytes, and its place."""

    path: str  # as given, printable; `<stdin>`
    root: Path  # of the project: its `generated/` and `diagrams/` are there
    label: str  # the path as output files name it: from the spec's own project, with `/`
    content: bytes  # at most MOST, which syntax refuses


def find(specs: "tuple[str, ...]") -> tuple[str, ...]:
    """The specs to work on: those given, each once, or else all of `spec/*.yaml`.

    A folder stands for the specs in it.

    Raises:
        SourceError: there is none at all, or none in a folder.
    """
    if specs:
        given = (inside(spec) if Path(spec).is_dir() else (spec,) for spec in specs)
        return tuple(dict.fromkeys(path for paths in given for path in paths))
    found = _in(SPECS)
    if not found:
        raise SourceError("no spec/*.yaml here; name a spec, or begin with `wirechart init DIR`")
    return found


def inside(folder: str) -> tuple[str, ...]:
    """The specs in a folder's folder `spec`, or else in itself, by name.

    Raises:
        SourceError: there is none.
    """
    inner = os.path.join(folder, SPECS)  # noqa: PTH118 -- `./spec` stays as it was written
    found = _in(inner) or _in(folder)
    if not found:
        raise SourceError(f"no *{ENDING} in {shown(folder)}, nor in a folder `{SPECS}` of it")
    return found


def _in(folder: str) -> tuple[str, ...]:
    found = (path for path in Path(folder).glob(f"[!.]*{ENDING}") if path.is_file())
    return tuple(sorted(map(str, found)))


def read(spec: str, root: Path | None = None) -> Source:
    """One spec; `-` is standard input."""
    if spec == STDIN:
        return Source("<stdin>", root or Path.cwd(), "<stdin>", sys.stdin.buffer.read(MOST))
    try:
        with Path(spec).open("rb") as stream:
            content = stream.read(MOST)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SourceError(f"cannot read {shown(spec)}: {reason}") from error
    base = project(spec)
    return Source(shown(spec), root or base, label(spec, base), content)


def project(spec: str) -> Path:
    """The folder that holds the spec's own folder `spec`; without one the current folder."""
    folder = Path(os.path.abspath(spec)).parent  # noqa: PTH100 -- a link's own place counts
    return folder.parent if folder.name == "spec" else Path.cwd()


def label(spec: str, root: Path) -> str:
    """Never a path of this machine alone: below the root, or just the file's name."""
    path, base = (Path(os.path.abspath(place)) for place in (spec, root))  # noqa: PTH100 -- as above
    inside = path.relative_to(base) if path.is_relative_to(base) else Path(path.name)
    return shown(inside.as_posix())


def shown(path: str) -> str:
    """A path that can be printed and encoded, whatever bytes its name has."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
