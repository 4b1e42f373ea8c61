"""The tool as a library: what the commands do, as values. Prints nothing, writes nothing."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wirechart import build, chart, decisions, sources
from wirechart.build import Build, Checked
from wirechart.sources import Source

if TYPE_CHECKING:
    from os import PathLike

    from wirechart.chart import Chart
    from wirechart.decisions import Row
    from wirechart.diagnostics import Finding
    from wirechart.difference.comparison import Comparison
    from wirechart.model import Spec
    from wirechart.simulation import Simulation


class SpecError(Exception):
    """A spec has errors, so there is no machine to ask about."""

    def __init__(self, path: str, findings: "tuple[Finding, ...]") -> None:
        first = findings[0]
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        super().__init__(
            f"{path}:{first.span.line}:{first.span.column}: {first.severity}[{first.code}] "
            f"{first.message}{more}"
        )
        self.path = path
        self.findings = findings


@dataclass(frozen=True, slots=True)
class Protocol:
    """One spec, as it was when it was loaded."""

    path: str  # as given
    label: str  # the path as generated files name it: `spec/link.yaml`
    content: bytes
    checked: Checked

    def check(self) -> "tuple[Finding, ...]":
        """Everything that is wrong with it, by position; empty when nothing is."""
        return self.checked.findings

    @property
    def spec(self) -> "Spec":
        """What the file says.

        Raises:
            SpecError: it has errors.
        """
        if self.checked.spec is None or build.failed(self.checked.findings):
            raise SpecError(self.path, self.checked.findings)
        return self.checked.spec

    @property
    def chart(self) -> "Chart":
        """The states in their tree.

        Raises:
            SpecError: the spec has errors.
        """
        return chart.build(self.spec)

    @property
    def table(self) -> "tuple[Row, ...]":
        """What happens in every running state on every message and fault.

        Raises:
            SpecError: the spec has errors.
        """
        return decisions.rows(self.chart)

    def build(self) -> Build:
        """The files that `wirechart build` writes; none when the spec has errors."""
        return build.build(self.content, self.label)

    def simulate(self) -> "Simulation":
        """A machine in its initial state, moved by lines of text: `take("Hello version=1")`.

        Raises:
            SpecError: the spec has errors.
        """
        from wirechart.simulation import Simulation  # noqa: PLC0415 -- python-statemachine is slow

        return Simulation(self.chart)


def load(path: "str | PathLike[str]") -> Protocol:
    """Read and check one spec; `-` is standard input. Errors in it are findings.

    Raises:
        SourceError: the file cannot be read.
    """
    source = sources.read(str(path))
    return Protocol(source.path, source.label, source.content, build.check(source.content))


def compare(old: Protocol, new: Protocol) -> "Comparison":
    """What is different in `new`: its `difference` as a value, its `lines` in words.

    Raises:
        SpecError: one of them has errors.
    """
    from wirechart.difference import comparison  # noqa: PLC0415 -- only who compares needs it
    from wirechart.revisions import Pair, Version  # noqa: PLC0415 -- the same

    versions = (
        Version(Source(one.path, Path(), one.label, one.content), one.checked.text, one.spec)
        for one in (old, new)
    )
    return comparison.compare(Pair(*versions))
