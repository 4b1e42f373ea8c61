"""Where specs are, and what they belong to. Reads files; writes none, judges none."""

import os
import sys
from pathlib import Path

from wirechart.record import record

MOST = (1 << 20) + 1  # bytes: one more than a spec may have, so that too much is seen
STDIN = "-"


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
    """The specs to work on: those given, each once, or else all of `spec/*.yaml`."""
    if specs:
        return tuple(dict.fromkeys(specs))
    found = tuple(sorted(str(path) for path in Path("spec").glob("*.yaml")))
    if not found:
        raise SourceError("no spec/*.yaml here; name a spec, or begin with `wirechart init DIR`")
    return found


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
