"""Checks one scalar against the shape of a leaf. Knows forms and spellings, no key.

Every function gives the scalar, mended where a word is evidently misspelt, or what is wrong.
"""

import re
from functools import cache
from typing import TYPE_CHECKING

from wirechart.diagnostics import Finding, Severity, did_you_mean, nearest
from wirechart.reader import names, scalars
from wirechart.shape import (
    BIGGEST,
    Formula,
    Integer,
    Literal,
    Quantity,
    Sentence,
    Text,
    Truth,
    Word,
)
from wirechart.syntax import Scalar

if TYPE_CHECKING:
    from wirechart.shape import Form, Leaf

Checked = Scalar | Finding
COUNT = Integer()
NO_REPLY = "none"
MOST_SHOWN = 60  # characters of a scalar in a message


def shown(text: str) -> str:
    """The text for a message, in backticks, shortened."""
    return f"`{text}`" if len(text) <= MOST_SHOWN else f"`{text[:MOST_SHOWN]}…`"


def error(code: str, node: Scalar, message: str, help_: str) -> Finding:
    """What is wrong with a scalar."""
    return Finding(code, Severity.ERROR, node.span, message, help_)


def nothing(node: Scalar, owner: Scalar, help_: str) -> Finding:
    """There is no text where some is needed."""
    span = node.span if node.text or node.quoted else owner.span
    return Finding("STR013", Severity.ERROR, span, f"{shown(owner.text)} is empty", help_)


def leaf(shape: "Leaf", node: Scalar, owner: Scalar) -> Checked:
    """The scalar as a leaf of that shape."""
    if scalars.is_null(node) or (isinstance(shape, Text) and not node.text.strip()):
        return nothing(node, owner, f"write {sample(shape)}")
    match shape:
        case Word():
            return word(shape, node, owner)
        case Integer():
            return integer(shape, node)
        case Quantity():
            return quantity(node)
        case Truth():
            return truth(node)
        case Text() | Literal() | Formula() | Sentence():
            return node


def sample(shape: "Leaf") -> str:
    """An example of a leaf, quoted."""
    match shape:
        case Word():
            return f"{shape.named}, such as `{example(shape)}`"
        case Integer():
            return f"a number, such as `{shape.least}`"
        case Quantity():
            return "a maximum, such as `16 MiB`, `60 s` or `1024`"
        case Truth():
            return "`true`"
        case Formula():
            return "an expression, such as `message.length <= limits.block`"
        case Sentence():
            return "a property, such as `never Block sent after End accepted`"
        case Text() | Literal():
            return "some text"


def example(shape: Word) -> str:
    """One text that a word may be."""
    return shape.form.example if shape.form else shape.words[0]


@cache
def pattern(form: "Form") -> "re.Pattern[str]":
    """Its pattern, compiled."""
    return re.compile(form.pattern)


def word(shape: Word, node: Scalar, owner: Scalar) -> Checked:
    """One of the words, or text of the form."""
    if node.text in shape.words:
        return node
    if scalars.is_boolean(node):
        return error(
            "STR018",
            node,
            f"YAML reads `{node.text}` as a boolean, not as {shape.named}",
            f"quote it: `'{node.text}'`",
        )
    form = shape.form
    if form is None:
        return bad_choice(shape, node, owner)
    if pattern(form).fullmatch(node.text) is None:
        return misformed(shape, form, node)
    if len(node.text) > form.longest:
        return error(
            "STR009",
            node,
            f"{len(node.text)} characters are too many for {form.what}",
            f"shorten it to {form.longest} or fewer",
        )
    return node


def bad_choice(shape: Word, node: Scalar, owner: Scalar) -> Finding:
    """None of the words."""
    return error(
        "STR010",
        node,
        f"{shown(node.text)} is not {shape.named} for {shown(owner.text)}",
        did_you_mean(node.text, shape.words),
    )


def misformed(shape: Word, form: "Form", node: Scalar) -> Finding:
    """Not of the form."""
    if form is names.NAMED_LIMIT:
        return not_a_limit(node)
    if shape is names.FIELD_TYPE:
        found = re.fullmatch("([1-9][0-9]{0,4}) *[Bb]([Yy][Tt][Ee][Ss]?)?", node.text)
        near = did_you_mean(node.text, (*shape.words, "4 bytes"))
        help_ = f"write `{found[1]} bytes`" if found else near
        return error("STR014", node, f"{shown(node.text)} is not a field's type", help_)
    help_ = f"{form.what} is {form.rule}, such as `{suggested(form, node.text)}`"
    if node.text == NO_REPLY and form is names.REPLY.form:
        help_ = (
            f"name a reply; what gets none says so itself: `otherwise: {{reply: {NO_REPLY}, …}}`"
        )
    return error("STR008", node, f"{shown(node.text)} is not {form.what}", help_)


def suggested(form: "Form", text: str) -> str:
    """The text in the form's case where that is all it lacks; else the form's example."""
    parts = re.findall("[A-Za-z0-9]+", _bare(text))
    shouted = len(parts) > 1 and all(part.upper() == part for part in parts)
    words = [part.lower() for part in parts] if shouted else parts
    camel = "".join(part[:1].upper() + part[1:] for part in words)
    snake = re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", "_".join(parts)).lower()
    for candidate in (camel, snake, snake.replace("_", "-")):
        if len(candidate) <= form.longest and pattern(form).fullmatch(candidate):
            return candidate
    return form.example


def _bare(text: str) -> str:
    """The text without accents; nothing of `none`, which is no name that lacks a capital."""
    if text == NO_REPLY:
        return ""
    if text.isascii():
        return text
    from unicodedata import combining, normalize  # noqa: PLC0415 -- few specs need it

    return "".join(each for each in normalize("NFKD", text) if not combining(each))


def meant(shape: "Leaf", node: Scalar) -> str | None:
    """What a scalar that is no such leaf was probably meant to be; None: no telling."""
    match shape:
        case Word(form=None) | Word(words=("u8", *_)):
            return nearest(node.text, shape.words)
        case Word(form=names.NAMED_LIMIT):
            known = re.fullmatch(names.LOWER, node.text)
            return f"limits.{node.text}" if known else None
        case Word(form=form) if form is not None:
            mended = suggested(form, node.text)
            return None if mended == form.example else mended
        case Integer():
            value = scalars.number(Scalar(node.text, False, node.span))
            fits = value is not None and shape.least <= value <= shape.most
            return str(value) if fits and isinstance(value, int) else None
        case Quantity():
            return scalars.mended_quantity(node.text) or None
        case _:
            return None


def not_a_limit(node: Scalar) -> Finding:
    """A literal, or a name without `limits.`, where a named limit is needed."""
    if scalars.number(node) is not None or scalars.ALMOST_QUANTITY.fullmatch(node.text):
        return error(
            "STR011",
            node,
            f"{shown(node.text)} is a literal; every maximum has a name",
            "give it a name under `limits:`, and write `limits.NAME` here",
        )
    known = re.fullmatch(names.LOWER, node.text)
    return error(
        "STR012",
        node,
        f"{shown(node.text)} is not a named limit",
        f"write `limits.{node.text}`" if known else "write `limits.NAME`, such as `limits.idle`",
    )


def integer(shape: Integer, node: Scalar) -> Checked:
    """A number in the range, in the one spelling."""
    value = scalars.number(node)
    if value is None:
        return not_an_integer(node)
    if not shape.least <= value <= shape.most:
        return out_of_range(shape, node)
    if value != int(value):
        return not_an_integer(node)
    return node if scalars.is_integer(node) else misspelt_number(node, int(value))


def not_an_integer(node: Scalar) -> Finding:
    """Text where a number is needed."""
    quoted = Scalar(node.text, False, node.span)
    is_number = node.quoted and scalars.is_integer(quoted)
    help_ = "remove the quotes" if is_number else "write digits, such as `12`, or `0x1f`"
    return error("STR004", node, f"{shown(node.text)} is not an integer", help_)


def out_of_range(shape: Integer, node: Scalar) -> Finding:
    """Too small or too large."""
    most = "2^64-1" if shape.most == BIGGEST else str(shape.most)
    bounds = f"only {most}" if shape.least == shape.most else f"{shape.least} … {most}"
    return error(
        "STR005",
        node,
        f"{shown(node.text)} is out of range: {bounds}",
        shape.otherwise or "write a number inside the range",
    )


def misspelt_number(node: Scalar, value: int) -> Finding:
    """A number that YAML parsers read differently, or that people do."""
    octal = node.text.startswith("0") and node.text.isdigit()
    why = "is text here, and 8-based elsewhere" if octal else "is not how a number is written here"
    return error("STR006", node, f"{shown(node.text)} {why}", f"write `{value}`")


def quantity(node: Scalar) -> Checked:
    """A size, a duration, or a count."""
    if scalars.number(node) is not None:
        return integer(COUNT, node)
    if scalars.QUANTITY.fullmatch(node.text):
        return node
    meant = scalars.mended_quantity(node.text)
    unquoted = Scalar(node.text, False, node.span)
    if node.quoted and scalars.is_integer(unquoted):
        meant = node.text
    return error(
        "STR007",
        node,
        f"{shown(node.text)} is not a size, a duration or a count",
        f"write `{meant}`" if meant else "write `16 MiB`, `512 bytes`, `60 s`, `250 ms` or `1024`",
    )


def truth(node: Scalar) -> Checked:
    """`true`."""
    if node.text == "true" and not node.quoted:
        return node
    if node.text in ("True", "TRUE") and not node.quoted:
        return error("STR006", node, f"{shown(node.text)} is text here", "write `true`")
    return error(
        "STR017", node, f"{shown(node.text)} is not `true`", "write `true`, or leave the key out"
    )
