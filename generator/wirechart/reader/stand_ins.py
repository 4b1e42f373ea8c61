"""What stands in for a node that cannot be bound, so that the rules run on the rest.

A stand-in is the least node of its shape. Its names are empty: they name nothing, and nothing is
near to them. Its numbers are below zero, each another: they are in no range, and equal to none.
Where a word had to be guessed there are as many turns as guesses; what a rule finds in every turn
does not depend on them.
"""

from typing import TYPE_CHECKING

from wirechart.expressions import UNREAD, Name
from wirechart.reader import leaves
from wirechart.reader.names import (
    CONNECTION,
    DATA_TYPE,
    DESCRIPTOR,
    FIELD_TYPE,
    NAMED_LIMIT,
    ROLE,
    STATE,
)
from wirechart.reader.scalars import is_null
from wirechart.reader.wire_shape import CODE, NONE
from wirechart.record import replace
from wirechart.shape import (
    Choice,
    Each,
    Formula,
    Integer,
    Items,
    Literal,
    Quantity,
    Record,
    Sentence,
    Text,
    Truth,
    Use,
    Word,
)
from wirechart.syntax import Entry, Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from wirechart.diagnostics import Span
    from wirechart.expressions import Expression
    from wirechart.shape import Leaf, Shape
    from wirechart.syntax import Node


TURNS = 4
STATEFUL = ("state", "machine", "other_machine")  # shapes with states in them
FIELD_TYPES = ("u32", "u8", "u16", "u64")
QUANTITIES = ("1 KiB", "1 s", "1", "1 KiB")


class StandIns:
    """Makes stand-ins, and remembers what they stand for."""

    def __init__(self, uses: "dict[str, Shape]", turn: int) -> None:
        self.uses = uses
        self.turn = turn
        self.section = ""  # the key of the spec in which the reader is
        self.places: list[Span] = []
        # Sections in which more than a text is missing, and `states`, `layout`, `conditions`.
        self.broken: set[str] = set()
        self.guessed = False

    def make(self, shape: "Shape", node: "Node", span: "Span") -> "Node":
        """A node of the shape instead of one; `span` is where the error is reported."""
        self.places += [span, node.span]
        made = self._node(shape, node.span)
        whole = not isinstance(made, Scalar) or isinstance(shape, Choice)
        self.broken |= {self.section, *self._states(shape)} if whole else self._lost(shape)
        return made

    def leaf(self, shape: "Leaf", node: Scalar, span: "Span") -> Scalar:
        """The scalar as it was probably meant, or else the least one of the shape."""
        self.places += [span, node.span]
        meant = leaves.meant(shape, node)
        if meant is not None:
            return replace(node, text=meant)
        self.broken |= self._lost(shape)
        return node if is_name(shape) and not is_null(node) else self._leaf(shape, node.span)

    def key(self, shape: "Word", node: Scalar) -> Scalar:
        """A name that is none, as it was probably meant; else what refers to it may be lost."""
        self.places.append(node.span)
        meant = leaves.meant(shape, node)
        if meant is None:
            self.broken |= {self.section, *(("states",) if shape is STATE else ())}
        return replace(node, text=meant or node.text)

    def drop(self, key: Scalar) -> None:
        """Nothing stands in for what a key holds."""
        self.places.append(key.span)
        self.broken.add(self.section)

    def _node(self, shape: "Shape", span: "Span") -> "Node":
        match shape:
            case Use(name):
                return self._node(self.uses[name], span)
            case Choice(leaf=leaf) if leaf is not None:
                return self._leaf(leaf, span)
            case Choice(mappings=mappings):
                return self._node(mappings[-1], span)
            case Record():
                needed = [key for key in shape.keys if key.required]
                entries = (
                    Entry(_text(key.name, span), self._node(key.shape, span)) for key in needed
                )
                return Mapping(tuple(entries), span)
            case Each(at_most=1):  # the types of a map: it is taken apart
                entry = Entry(_text("", span), self._node(shape.value, span))
                return Mapping((entry,), span)
            case Each():
                return Mapping((), span)
            case Items():
                return Sequence((), span)
            case _:
                return self._leaf(shape, span)

    def _leaf(self, shape: "Leaf", span: "Span") -> Scalar:
        match shape:
            case Word() if shape is FIELD_TYPE:
                return self._guess(FIELD_TYPES, span)
            case Word(words=words, form=None):
                return self._guess(words, span)
            case Quantity():
                return self._guess(QUANTITIES, span)
            case Integer() if shape is not CODE:
                return Scalar("0", False, span)
            case Integer():
                return Scalar(str(-len(self.places)), False, span)
            case Truth():
                return Scalar("true", False, span)
            case Word() | Formula() | Sentence() | Literal() | Text():
                return _text("", span)

    def _states(self, shape: "Shape") -> tuple[str, ...]:
        """Whether there may have been states in it."""
        inside = isinstance(shape, Each) and isinstance(shape.value, Use) and shape.value.name
        around = any(shape is self.uses[name] for name in STATEFUL)
        return ("states",) if inside in STATEFUL or around else ()

    def _lost(self, shape: "Shape") -> set[str]:
        """What cannot be known without the leaf."""
        match shape:
            case Formula():
                return {"conditions"}
            case Integer() if shape is not CODE:
                return {"layout"}  # a constant
            case Word() if shape is FIELD_TYPE:
                return {"layout"}
            case Word() if shape is DATA_TYPE:
                return {"types"}
            case Word() if shape in (ROLE, CONNECTION, DESCRIPTOR, NONE):
                return {self.section}
            case _:
                return set()

    def _guess(self, words: tuple[str, ...], span: "Span") -> Scalar:
        self.guessed = True
        return _text(words[self.turn % len(words)], span)


def is_name(shape: "Leaf") -> bool:
    """Whether any text can be bound to it."""
    return isinstance(shape, Word) and shape.form not in (None, NAMED_LIMIT, FIELD_TYPE.form)


def unread(scalar: Scalar) -> "Expression":
    """Stands in for an expression: nothing is known of it."""
    return Name(UNREAD, "", scalar.span)


def _text(text: str, span: "Span") -> Scalar:
    return Scalar(text, True, span)
