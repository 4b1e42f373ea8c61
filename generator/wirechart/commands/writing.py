"""Build specs and bring the files up to date, or say how far they are."""

import difflib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wirechart.build import PACKAGES, Build, build, failed
from wirechart.commands.families import families
from wirechart.commands.findings import show
from wirechart.files import FOLDERS, Change, Output, drift, write
from wirechart.report import Report
from wirechart.sources import STDIN, JobError, Source, find, read

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGES = "diagrams"
DONE = {"missing": "created", "changed": "updated", "stale": "deleted"}


@dataclass(frozen=True, slots=True)
class How:
    """What is to be done with the files."""

    folders: tuple[str, ...] = FOLDERS  # top-level ones; nothing else is made or looked at
    check: bool = False  # write nothing, say what would change
    diff: bool = False  # the same, and show how
    force: bool = False  # overwrite and delete edits made by hand


def bring_up_to_date(specs: tuple[str, ...], root: Path | None, how: How) -> int:
    """Build specs, none meaning all, and write their files.

    Returns:
        0; 1 when a spec has errors (nothing is written), or with `check` or `diff` when something
        would change.
    """
    built = build_all(specs, root, how.folders)
    compared = () if specs else comparisons(root, how.folders)
    if built is None or compared is None:
        return 1
    return settle((*outputs(built, how.folders), *compared), how)


def comparisons(root: Path | None, folders: tuple[str, ...]) -> tuple[Output, ...] | None:
    """The pages of senders and receivers; None: one of them has errors, and that is printed."""
    if PAGES not in folders or not families():
        return ()
    from wirechart.commands.peers import pages

    return pages(root or Path.cwd(), PAGES)


def build_all(
    specs: tuple[str, ...], root: Path | None, folders: tuple[str, ...]
) -> tuple[tuple[Source, Build], ...] | None:
    """Every spec with its files; what was found is printed. None: something is an error."""
    sources = tuple(_file(spec, root) for spec in find(specs))
    built = tuple((source, build(source.content, source.label, folders)) for source in sources)
    reports = tuple(
        Report(source.path, made.text, made.diagnostics)
        for source, made in built
        if made.diagnostics
    )
    if reports:
        show(reports)
    if any(failed(report.findings) for report in reports):
        return None
    _need_something(built, folders)
    return built


def _need_something(built: tuple[tuple[Source, Build], ...], folders: tuple[str, ...]) -> None:
    """A model has no package; whoever asks for nothing else is told."""
    models = [source.path for source, made in built if not made.files]
    if models and folders == (PACKAGES,):
        raise JobError(f"{models[0]} is a model: no package is made of it; `render` draws it")


def _file(spec: str, root: Path | None) -> Source:
    if spec == STDIN:
        raise JobError("this needs a spec with a name; standard input has none")
    return read(spec, root)


def settle(wanted: tuple[Output, ...], how: How) -> int:
    """Write, or with `check` or `diff` only say what would change; the exit code."""
    if how.check or how.diff:
        changes = [(output.root, change) for output in wanted for change in drift(output)]
        for root, change in changes:
            print(f"{change.kind} {_shown(root, change.path)}")
            if how.diff:
                sys.stdout.write(difference(change))
        return int(bool(changes))
    for output in wanted:
        for change in write(output, how.force):
            print(f"{DONE[change.kind]} {_shown(output.root, change.path)}")
        print(f"{len(output.files)} files of {', '.join(sorted(output.sources))} are up to date")
    return 0


def outputs(
    built: "Iterable[tuple[Source, Build]]", folders: tuple[str, ...]
) -> tuple[Output, ...]:
    """One per project, in order."""
    roots: dict[Path, dict[str, tuple[str, bytes]]] = {}
    labels: dict[Path, set[str]] = {}
    for source, made in built:
        files = roots.setdefault(source.root, {})
        labels.setdefault(source.root, set()).add(source.label)
        for path, text in made.files.items():
            if path in files:
                raise JobError(f"{files[path][0]} and {source.label} would both write {path}")
            files[path] = source.label, text.encode()
    return tuple(
        Output(root, files, frozenset(labels[root]), folders) for root, files in roots.items()
    )


def difference(change: Change) -> str:
    """What would change in a file, as a unified diff."""
    before, after = (
        (content or b"").decode("utf-8", "backslashreplace").splitlines(keepends=True)
        for content in (change.before, change.after)
    )
    names = f"on disk: {change.path}", f"built: {change.path}"
    lines = difflib.unified_diff(before, after, *names)
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ no newline at the end\n" for line in lines
    )


def _shown(root: Path, path: str) -> str:
    return path if root.resolve() == Path.cwd().resolve() else str(root / path)
