"""YAML text to positioned nodes. Knows YAML; knows nothing about protocols.

A subset: texts, mappings and lists. Texts stay texts (`on`, `no`, `1.10`, `010`, `~`): the reader
decides about numbers and booleans. Everything else YAML can say is a finding.
"""

from typing import TYPE_CHECKING, Literal

from wirechart import yaml_comments, yaml_text
from wirechart.record import record
from wirechart.yaml_comments import Suppression

if TYPE_CHECKING:
    from wirechart.diagnostics import Finding, Span

__all__ = ["Document", "Entry", "Mapping", "Node", "Scalar", "Sequence", "Suppression", "parse"]

# Up to here the slow loader has the last word on what is wrong, so that both say the same; it takes
# a fraction of a second then. In larger texts the place and words for broken YAML may differ.
MAX_SECOND_READING = 1 << 16  # characters
MAX_SECOND_VALUES = 10_000  # read before the finding


@record
class Scalar:
    """A text."""

    text: str
    quoted: bool  # in quotes or as a block (`|`, `>`): never a number or a boolean
    span: (
        "Span"  # quotes included; of a plain one just its characters; empty right behind the colon
    )


@record
class Entry:
    """A key and its value."""

    key: Scalar
    value: "Node"


@record
class Mapping:
    """Entries in document order. Of two with one key only the first is here."""

    entries: tuple[Entry, ...]
    span: "Span"  # brackets included; without brackets from the first key to the last value's end


@record
class Sequence:
    """A list, in document order."""

    items: tuple["Node", ...]
    span: "Span"  # brackets included; without brackets from the first `-` to the last item's end


Node = Scalar | Mapping | Sequence


@record
class Document:
    """A file as far as it could be understood."""

    root: Node | None  # None: the findings leave nothing to go on with
    findings: "tuple[Finding, ...]"  # by position
    suppressions: tuple[Suppression, ...]  # by position
    text: str  # what all positions mean: no byte order mark, LF line ends; "" when undecodable
    unread: "tuple[Span, ...]" = ()  # of nodes that stand for an alias or lack what it would add


def parse(source: bytes | str, loader: Literal["c", "python"] | None = None) -> Document:
    """The document that a source (bytes: UTF-8) spells; never raises, whatever the source is.

    Args:
        loader: which of PyYAML's two; None: the fast one where PyYAML has it.
    """
    text, unfit = yaml_text.read(source)
    if unfit:
        return Document(None, unfit, (), text)
    from wirechart import yaml_nodes  # noqa: PLC0415  # PyYAML takes 40 ms: only who parses pays

    lines = text.split("\n")
    fast = loader != "python" and yaml_nodes.HAS_FAST_LOADER
    built = yaml_nodes.read(text, lines, fast=fast)
    small = len(text) <= MAX_SECOND_READING and built.values <= MAX_SECOND_VALUES
    if fast and small and not built.trusted:
        built = yaml_nodes.read(text, lines, fast=False)
    suppressions: tuple[Suppression, ...] = ()
    findings = built.findings
    if built.root is not None and yaml_comments.marked(text):
        suppressions, unfit = yaml_comments.read(lines, built.scalars)
        findings += unfit
    ordered = tuple(sorted(findings, key=lambda finding: finding.span))
    return Document(built.root, ordered, suppressions, text, built.unread)
