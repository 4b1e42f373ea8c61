"""Values as Python writes them, laid out as `ruff format` leaves them. Knows no protocol."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wirechart.targets.statements import INDENT, LINE

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Group:
    """Something in brackets: a call, a tuple, a dict. On one line if it fits, else one per line."""

    opening: str  # `Case(`, `(`, `{`
    items: "tuple[tuple[str, Node], ...]"  # each with what stands before it: `name=`, `"key": `
    closing: str

    @property
    def flat(self) -> str:
        """On one line."""
        inner = ", ".join(before + flat(item) for before, item in self.items)
        lonely = "," if self.opening in ("(", "lambda: (") and len(self.items) == 1 else ""
        return f"{self.opening}{inner}{lonely}{self.closing}"


Node = str | Group


def flat(node: Node) -> str:
    """On one line."""
    return node if isinstance(node, str) else node.flat


def lines(depth: int, before: str, node: Node, after: str = "") -> "Iterable[str]":
    """The node behind some text, and text behind it."""
    indent = INDENT * depth
    whole = f"{indent}{before}{flat(node)}{after}"
    if isinstance(node, str) or len(whole) <= LINE or not node.items:
        yield whole
        return
    yield f"{indent}{before}{node.opening}"
    for inner, item in node.items:
        yield from lines(depth + 1, inner, item, ",")
    yield f"{indent}{node.closing}{after}"


def call(name: str, /, *positional: Node, **named: Node) -> Group:
    """A call."""
    items = (*(("", item) for item in positional), *((f"{k}=", v) for k, v in named.items()))
    return Group(f"{name}(", tuple(items), ")")


def several(items: "Iterable[Node]") -> Group:
    """A tuple."""
    return Group("(", tuple(("", item) for item in items), ")")


def mapping(items: "Iterable[tuple[str, Node]]") -> Group:
    """A dict; keys are Python already."""
    return Group("{", tuple((f"{key}: ", value) for key, value in items), "}")


def text(value: str) -> str:
    """A text literal."""
    return _quoted(value, "".join(_character(character) for character in value))


def _character(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if character == "\n":
        return "\\n"
    return character if character.isprintable() else f"\\u{ord(character):04x}"


def octets(value: bytes) -> str:
    """A bytes literal."""
    inner = "".join(
        "\\\\" if byte == 0x5C else chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}"
        for byte in value
    )
    return "b" + _quoted(inner, inner)


def _quoted(value: str, escaped: str) -> str:
    """In the quotes that need fewer escapes, double ones at best."""
    if value.count('"') > value.count("'"):
        return "'" + escaped.replace("'", "\\'") + "'"
    return '"' + escaped.replace('"', '\\"') + '"'


def assigned(name: str, value: bytes) -> "Iterable[str]":
    """A constant of bytes; in pieces where it is too long for a line."""
    whole = f"{name} = {octets(value)}"
    if len(whole) <= LINE:
        yield whole
        return
    yield f"{name} = ("
    if len(octets(value)) + len(INDENT) <= LINE:
        yield f"{INDENT}{octets(value)}"
        yield ")"
        return
    for start in range(0, len(value), 16):
        yield f"{INDENT}{octets(value[start : start + 16])}"
    yield ")"


def number(value: float) -> str:
    """A number as short as it can be: 60.0, 0.125."""
    return repr(value)
