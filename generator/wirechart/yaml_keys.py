"""Keys and values by turns to entries, and what is wrong with keys. Knows no loader."""

import re

from wirechart import yaml_errors
from wirechart.diagnostics import Finding, Severity, Span
from wirechart.record import replace
from wirechart.syntax import Entry, Mapping, Node, Scalar, Sequence

_GLUED = re.compile(r"([A-Za-z_][\w-]*) *:(?=\S)")


def entries(nodes: list[Node]) -> tuple[tuple[Entry, ...], tuple[Finding, ...]]:
    """Of two entries with one key the first; and what is wrong."""
    found: dict[str, Entry] = {}
    wrong: list[Finding] = []
    for key, value in zip(nodes[::2], nodes[1::2], strict=True):
        if (parts := _apart(key, value)) is not None:
            key, value = parts  # noqa: PLW2901 -- what was meant, from here on
            wrong.append(_glued(*parts))
        if not isinstance(key, Scalar) or not (key.text or key.quoted):
            wrong.append(_key_without_name(key))
        elif is_merge(key):
            help_ = "write the keys out, or quote the key"
            wrong.append(_error("YAML010", key.span, "a merge key", help_))
        elif key.text in found:
            wrong.append(_twice(key, found[key.text].key))
        else:
            found[key.text] = Entry(key, value)
    return tuple(found.values()), tuple(wrong)


def is_merge(key: Node) -> bool:
    """Whether it is the key that would add another mapping's entries."""
    return isinstance(key, Scalar) and key.text == "<<" and not key.quoted


def _apart(key: Node, value: Node) -> tuple[Scalar, Scalar] | None:
    """What `{code:3}` was to be: for YAML it is one long key without a value."""
    if not isinstance(key, Scalar) or not isinstance(value, Scalar):
        return None
    glued = _GLUED.match(key.text)
    span = key.span
    if glued is None or key.quoted or value.text or value.quoted or span.line != span.end_line:
        return None
    name, rest = glued[1], key.text[glued.end() :]
    colon = span.column + glued.end()
    return (
        replace(key, text=name, span=replace(span, end_column=span.column + len(name))),
        replace(key, text=rest, span=replace(span, column=colon)),
    )


def _glued(key: Scalar, value: Scalar) -> Finding:
    span = Span(key.span.line, key.span.column, value.span.end_line, value.span.end_column)
    message = f"no space behind the `:` of {yaml_errors.shown(key.text)}"
    help_ = f"write {yaml_errors.shown(f'{key.text}: {value.text}')}"
    return _error("YAML008", span, message, help_)


def _key_without_name(key: Node) -> Finding:
    kind = {Scalar: "nothing", Mapping: "a mapping", Sequence: "a list"}[type(key)]
    message = f"{kind} where a key is expected"
    help_ = "write `key: value`; quote a text that begins with a bracket"
    return _error("YAML008", key.span, message, help_)


def _twice(key: Scalar, first: Scalar) -> Finding:
    return Finding(
        "YAML007",
        Severity.ERROR,
        key.span,
        f"the key {yaml_errors.shown(key.text)} stands here a second time",
        "rename one of the two, or merge their values",
        related=((first.span, "the first is here"),),
    )


def _error(code: str, span: Span, message: str, help_: str) -> Finding:
    return Finding(code, Severity.ERROR, span, message, help_)
