"""The JSON Schema of a spec, printed from the shape the reader checks. Knows no key itself.

It describes what an editor's YAML parser sees: integers as integers, `60 s` as text. So it is a
little wider than the reader, which also tells `10` from `010`, and parses expressions.
"""

from typing import TYPE_CHECKING, Any

from wirechart.reader.language import SPEC, USES
from wirechart.reader.names import DURATION_PATTERN, SIZE_PATTERN
from wirechart.shape import (
    BIGGEST,
    Choice,
    Each,
    Formula,
    Integer,
    Items,
    Key,
    Literal,
    Quantity,
    Record,
    Sentence,
    Text,
    Truth,
    Use,
    Word,
)

if TYPE_CHECKING:
    from wirechart.shape import Leaf, Shape

Schema = dict[str, Any]  # a JSON value; nothing typed can be said of it

SCALAR = ["string", "number", "boolean"]  # what a plain text may look like to a YAML parser
NOT_BLANK = r"\S"


def spec_schema() -> Schema:
    """The schema of a spec, draft 7, as a JSON value."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "wirechart spec, version 1",
        "description": "One protocol: its frames, its messages, its limits, and the machine.",
        **schema(SPEC),
        "definitions": {name: schema(shape) for name, shape in USES.items()},
    }


def schema(shape: "Shape") -> Schema:
    """The schema of one shape."""
    match shape:
        case Use(name):
            return {"$ref": f"#/definitions/{name}"}
        case Record():
            return record(shape)
        case Each():
            return each(shape)
        case Items():
            return {"type": "array", "items": schema(shape.item), "minItems": shape.at_least}
        case Choice():
            parts = (*((shape.leaf,) if shape.leaf else ()), *shape.mappings)
            whole = (*parts, *((shape.items,) if shape.items else ()))
            alternatives = [schema(part) for part in whole]
            return alternatives[0] if len(alternatives) == 1 else {"anyOf": alternatives}
        case _:
            return leaf(shape)


def record(shape: Record) -> Schema:
    """A mapping with the language's keys."""
    made: Schema = {
        "type": "object",
        "properties": {key.name: described(key) for key in shape.keys},
        "additionalProperties": False,
    }
    required = [key.name for key in shape.keys if key.required]
    needs = {key.name: [key.needs] for key in shape.keys if key.needs}
    return (
        made
        | ({"required": required} if required else {})
        | ({"dependencies": needs} if needs else {})
        | ({"minProperties": shape.at_least} if shape.at_least else {})
    )


def described(key: Key) -> Schema:
    """A key's schema with its doc; draft 7 ignores what stands beside `$ref`."""
    made = schema(key.shape)
    return {"description": key.doc} | ({"allOf": [made]} if "$ref" in made else made)


def each(shape: Each) -> Schema:
    """A mapping with the author's keys."""
    made: Schema = {
        "type": "object",
        "propertyNames": key_name(shape.key),
        "additionalProperties": schema(shape.value),
    }
    return (
        made
        | ({"minProperties": shape.at_least} if shape.at_least else {})
        | ({"maxProperties": shape.at_most} if shape.at_most is not None else {})
    )


def key_name(key: Word | Formula) -> Schema:
    """Keys are text to every parser."""
    return leaf(key) if isinstance(key, Word) else {"pattern": NOT_BLANK}


def leaf(shape: "Leaf") -> Schema:
    """A scalar."""
    match shape:
        case Word():
            return word(shape)
        case Integer(least, most):
            return {"type": "integer", "minimum": least, "maximum": most}
        case Quantity():
            return {
                "anyOf": [
                    {"type": "integer", "minimum": 0, "maximum": BIGGEST},
                    {"type": "string", "pattern": f"^({SIZE_PATTERN}|{DURATION_PATTERN})$"},
                ]
            }
        case Truth():
            return {"const": True}
        case Literal():
            return {"type": SCALAR}
        case Text() | Formula() | Sentence():
            return {"type": SCALAR, "pattern": NOT_BLANK}


def word(shape: Word) -> Schema:
    """Some words, or a form."""
    words: list[Schema] = [{"enum": list(shape.words)}] if shape.words else []
    forms: list[Schema] = []
    if shape.form:
        pattern = f"^({shape.form.pattern})$"
        forms = [{"type": "string", "pattern": pattern, "maxLength": shape.form.longest}]
    return (words + forms)[0] if len(words + forms) == 1 else {"anyOf": words + forms}
