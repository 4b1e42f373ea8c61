"""Binds the positioned nodes of a spec to a Spec, and reports every shape error in one run.

Knows the keys of the language. Knows no YAML, and judges nothing that takes two places to see.
"""

from typing import TYPE_CHECKING

from wirechart.diagnostics import Span
from wirechart.model import Spec
from wirechart.reader.bind_connections import connection, scenario
from wirechart.reader.bind_machine import machine
from wirechart.reader.bind_sessions import properties, resource
from wirechart.reader.bind_wire import data_field, limit, message, named_type, wire
from wirechart.reader.check import Checker
from wirechart.reader.codes import EXPLANATIONS
from wirechart.reader.language import SPEC, USES
from wirechart.reader.nodes import doc, keys, scalar, was, within
from wirechart.reader.stand_ins import TURNS, unread
from wirechart.record import replace
from wirechart.syntax import Scalar

if TYPE_CHECKING:
    from wirechart.diagnostics import Finding
    from wirechart.expressions import Expression
    from wirechart.statements import Statement
    from wirechart.syntax import Document, Node

__all__ = ["EXPLANATIONS", "read"]


def read(document: "Document") -> "tuple[Spec | None, tuple[Finding, ...]]":
    """The spec, and what is wrong with its shape, in the order of the text.

    Something stands in for what could not be read, so that the rules run on the rest. None: there
    is no root, as the syntax has said, or a machine without a state. The findings are the
    reader's own.
    """
    if document.root is None:
        return None, ()
    checker, spec = _turn(document.root, document.unread, 0)
    findings = checker.said()
    if checker.stand_ins.guessed:
        others = tuple(_turn(document.root, document.unread, turn)[1] for turn in range(1, TURNS))
        spec = replace(spec, others=others)
    stateless = any(not held.states for held in (spec.machine, *spec.machines))
    return None if stateless else spec, findings


def _turn(root: "Node", unread_: "tuple[Span, ...]", turn: int) -> tuple[Checker, Spec]:
    checker = Checker(USES, turn, frozenset(unread_))
    return checker, bind(checker.check(SPEC, root, Scalar("", False, Span(1, 1, 1, 2))), checker)


def bind(root: "Node", checker: Checker) -> Spec:
    """The spec of a checked tree."""

    def formula(written: Scalar) -> "Expression":
        return checker.formulas.get((written.text, written.span)) or unread(written)

    def sentence(written: Scalar) -> "Statement | None":
        return checker.sentences.get((written.text, written.span))

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
        resources=tuple(resource(e) for e in within(written, "resources")),
        properties=properties(within(written, "properties"), sentence),
        scenarios=tuple(scenario(e) for e in within(written, "scenarios")),
        span=protocol.span,
        model="model" in written,
        was=was(root),
        unread=frozenset(checker.stand_ins.places),
        broken=frozenset(checker.stand_ins.broken),
    )
