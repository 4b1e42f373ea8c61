"""From a spec's text to findings and files. Pure: touches no disk, no terminal, no clock."""

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

from wirechart import chart, reader, rules, syntax
from wirechart.diagnostics import Severity
from wirechart.record import record
from wirechart.rules import suppressions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from wirechart.chart import Chart
    from wirechart.diagnostics import Finding, Span
    from wirechart.model import Spec

# The top-level folder of an output, and its module of `wirechart.targets`, which has
# `files(chart, source) -> {path: text}`.
TARGETS = (
    ("diagrams", "mermaid"),
    ("diagrams", "graphviz"),
    ("diagrams", "sequence"),
    ("diagrams", "page"),
    ("generated", "receiver"),
    ("generated", "connections"),
    ("generated", "sender"),
    ("generated", "statemachine"),
    ("generated", "tests"),
    ("generated", "sender_tests"),
)

FOLDERS = tuple(dict.fromkeys(folder for folder, _ in TARGETS))
PACKAGES = "generated"

NOTHING: "Mapping[str, str]" = MappingProxyType({})


@record
class Checked:
    """A spec's text, understood and judged."""

    text: str  # what the findings' positions mean; empty when undecodable
    spec: "Spec | None"  # None: the findings say why there is none
    findings: "tuple[Finding, ...]"  # by position, then by code


@record
class Build:
    """What comes out of a spec."""

    files: "Mapping[str, str]"  # path relative to the project's root, by path; empty on errors
    diagnostics: "tuple[Finding, ...]"  # by position, then by code
    text: str = ""  # what the diagnostics' positions mean; empty when undecodable


def check(source: bytes | str) -> Checked:
    """Everything there is to say about a spec; never raises, whatever the source is."""
    document = syntax.parse(source)
    spec, shape = reader.read(document)
    found = document.findings + shape
    if spec is not None:
        found += rules.check(spec)
    if spec is not None and document.suppressions:
        from wirechart import codes  # noqa: PLC0415 -- most specs need them not

        known = {code.code for code in codes.of_one_spec()}
        found = suppressions.apply(found, document.suppressions, known)
    return Checked(document.text, spec, tuple(sorted(found, key=place)))


def build(source: bytes | str, path: str, folders: "Iterable[str]" = ()) -> Build:
    """Check a spec and make its files.

    Args:
        path: the spec's path as the files' first line names it: `spec/link.yaml`.
        folders: only what lies in these top-level folders; empty: everything.
    """
    checked = check(source)
    if checked.spec is None or failed(checked.findings):
        return Build(NOTHING, checked.findings, checked.text)
    made = outputs(checked.spec, path, folders)
    return Build(made, checked.findings, checked.text)


def outputs(spec: "Spec", path: str, folders: "Iterable[str]" = ()) -> "Mapping[str, str]":
    """The files of a spec without errors, those of each of its machines; of a model no package."""
    made: dict[str, str] = {}
    kept = tuple(folders) or FOLDERS
    if spec.model:
        kept = tuple(folder for folder in kept if folder != PACKAGES)
    charts = [chart.build(view) for view in chart.views(spec)]
    for folder, target in TARGETS:
        if folder in kept:
            files: Callable[[Chart, str], dict[str, str]]
            files = import_module(f"wirechart.targets.{target}").files
            for built in charts:
                made |= files(built, path)
    return MappingProxyType(dict(sorted(made.items())))


def failed(findings: "Iterable[Finding]", strict: bool = False) -> bool:
    """Whether there is an error among them; with `strict` a warning is as bad."""
    bad = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return any(finding.severity in bad for finding in findings)


def place(finding: "Finding") -> "tuple[Span, str]":
    """By what findings are ordered."""
    return finding.span, finding.code
