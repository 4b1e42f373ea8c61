"""Binds the positioned nodes of a spec to a Spec, and reports every shape error in one run.

Knows the keys of the language. Knows no YAML, and judges nothing that takes two places to see.
"""

from typing import TYPE_CHECKING

from wirechart.diagnostics import Span
from wirechart.model import Spec
from wirechart.reader.bind_connections import connection, scenario
from wirechart.reader.bind_machine import machine
from wirechart.reader.bind_wire import data_field, limit, message, named_type, wire
from wirechart.reader.check import Checker
from wirechart.reader.codes import EXPLANATIONS
from wirechart.reader.language import SPEC, USES
from wirechart.reader.nodes import doc, keys, scalar, within
from wirechart.syntax import Scalar

if TYPE_CHECKING:
    from wirechart.diagnostics import Finding
    from wirechart.expressions import Expression
    from wirechart.syntax import Document, Node

__all__ = ["EXPLANATIONS", "read"]


def read(document: "Document") -> "tuple[Spec | None, tuple[Finding, ...]]":
    """The spec, and what is wrong with its shape, in the order of the text.

    None: so much is wrong that rules would speak of what is not there. The findings are the
    reader's own; the syntax has said why a document has no root.
    """
    if document.root is None:
        return None, ()
    checker = Checker(USES)
    start = Span(1, 1, 1, 2)
    root = checker.check(SPEC, document.root, Scalar("", False, start))
    findings = tuple(sorted(checker.findings, key=lambda finding: (finding.span, finding.code)))
    return (bind(root, checker) if root else None), findings


def bind(root: "Node", checker: Checker) -> Spec:
    """The spec of a checked tree."""

    def formula(written: Scalar) -> "Expression":
        return checker.formulas[written.text, written.span]

    written = keys(root)
    protocol = scalar(written["protocol"].value)
    return Spec(
        protocol=protocol.text,
        doc=doc(root),
        limits=tuple(limit(e) for e in within(written, "limits")),
        wire=wire(written["wire"]),
        context=tuple(data_field(e) for e in within(written, "context")),
        messages=tuple(message(e, formula) for e in within(written, "messages")),
        types=tuple(named_type(e) for e in within(written, "types")),
        connections=tuple(connection(e) for e in within(written, "connections")),
        machine=machine(written["machine"], formula),
        machines=tuple(machine(e, formula, e.key.text) for e in within(written, "machines")),
        scenarios=tuple(scenario(e) for e in within(written, "scenarios")),
        span=protocol.span,
    )
