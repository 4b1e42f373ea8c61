"""What takes all specs of a project to see. Knows no file."""

from typing import TYPE_CHECKING

from wirechart.diagnostics import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from wirechart.model import Spec

EXPLANATIONS = {
    "PRJ001": """Two specs of one protocol.

What is generated lies in a folder of the protocol's name, so that two specs of one name would
write the same files. Rename one of the protocols.""",
}


def shared(specs: "Iterable[tuple[Path, str, Spec]]") -> "Iterator[tuple[str, Finding]]":
    """The paths of specs whose protocol an earlier spec of the same root has, each with a finding.

    Args:
        specs: the project's root, the spec's path, and the spec.
    """
    seen: dict[tuple[Path, str], str] = {}
    for root, path, spec in specs:
        first = seen.setdefault((root, spec.protocol), path)
        if first != path:
            message = f"`{spec.protocol}` is the protocol of {first}, too"
            help_ = "rename one of the two: both would be generated into one folder"
            yield path, Finding("PRJ001", Severity.ERROR, spec.span, message, help_)
