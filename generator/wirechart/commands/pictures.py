"""Diagrams of one view or all, and pictures of them. Knows `dot`; knows no diagram."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wirechart.commands.writing import How, build_all, comparisons, outputs, settle
from wirechart.sources import JobError

if TYPE_CHECKING:
    from wirechart.files import Output

INSTALL = "Graphviz's `dot` is not installed: apt-get install graphviz (brew install graphviz)"


def render(
    specs: tuple[str, ...], root: Path | None, view: str | None, formats: tuple[str, ...], how: How
) -> int:
    """Write diagrams, and pictures in these formats; the exit code."""
    built = build_all(specs, root, how.folders)
    if built is None:
        return 1
    wanted = outputs(built, how.folders)
    if view is not None:
        wanted = tuple(_of_view(output, view) for output in wanted)
    drawn = tuple(_pictures(output, formats) for output in wanted) if formats else ()
    compared = () if specs or view else comparisons(root, how.folders)
    return 1 if compared is None else settle((*wanted, *drawn, *compared), how)


def _of_view(output: "Output", view: str) -> "Output":
    """Only the diagrams of a view; those of the others are not looked at."""
    files = {
        path: made for path, made in output.files.items() if Path(path).stem.endswith(f"-{view}")
    }
    return replace(output, files=files, folders=())


def _pictures(output: "Output", formats: tuple[str, ...]) -> "Output":
    """One picture per DOT file and format, beside it. No build takes them for stale."""
    files = {
        str(Path(path).with_suffix(f".{form}")): (f"pictures of {source}", _drawn(dot, form))
        for path, (source, dot) in output.files.items()
        if path.endswith(".dot")
        for form in formats
    }
    labels = frozenset(f"pictures of {source}" for source in output.sources)
    return replace(output, files=files, sources=labels, folders=())


def _drawn(dot: bytes, form: str) -> bytes:
    import graphviz  # type: ignore[import-untyped]  # it ships without types

    try:
        drawn: bytes = graphviz.pipe("dot", form, dot)
    except graphviz.ExecutableNotFound as error:
        raise JobError(INSTALL) from error
    except graphviz.CalledProcessError as error:
        raise JobError(f"`dot` failed with exit code {error.returncode}") from error
    return drawn
