"""What a shape is: words to say which nodes a spec may hold where. Knows no key of the language.

A shape is a value. The reader checks nodes against it, and the JSON Schema is printed from it, so
the two say the same. Only what both can see is a shape; what takes two places of a spec to see is
a rule.

Shapes are told apart by identity: without comparison they are made in half the time, at every
start of the command.
"""

from wirechart.record import record

BIGGEST = 2**64 - 1
LONGEST_NAME = 40  # characters


@record
class Form:
    """What a word must look like. `pattern` means the same to Python and to ECMA 262.

    It stands between `^` and `$`; Python's `$` also matches before a last newline, so ask
    `fullmatch`.
    """

    what: str  # `a state's name`
    pattern: str
    example: str
    rule: str  # the pattern in words
    longest: int = LONGEST_NAME


@record
class Word:
    """One of some words, or text of a form."""

    words: tuple[str, ...] = ()
    form: Form | None = None
    what: str = ""  # what the words are; the form's where empty

    @property
    def named(self) -> str:
        """What it is, with its article."""
        return self.what or (self.form.what if self.form else "a word")


class Text:
    """Any text that is not blank."""

    __slots__ = ()


class Formula:
    """Text in the guard language. That it parses is more than a shape can say."""

    __slots__ = ()


class Sentence:
    """Text in the language of properties. That it parses is more than a shape can say."""

    __slots__ = ()


class Literal:
    """A number, `true`, `false`, or text."""

    __slots__ = ()


class Truth:
    """The one thing that can be said is `true`."""

    __slots__ = ()


@record
class Integer:
    """A number in decimal or hexadecimal."""

    least: int = 0
    most: int = BIGGEST
    otherwise: str = ""  # how to mend one outside the range; empty: stay inside


class Quantity:
    """A size or a duration with its unit, or a bare count."""

    __slots__ = ()


Leaf = Word | Text | Formula | Sentence | Literal | Truth | Integer | Quantity


@record
class Use:
    """The shape of that name: one that contains itself, or stands in many places."""

    name: str


@record
class Key:
    """A key of a record."""

    name: str
    shape: "Shape"
    doc: str
    required: bool = False
    needs: str = ""  # a key that must stand beside it


@record
class Record:
    """A mapping with keys of the language. `tag` is the required key that tells it from others."""

    what: str
    keys: tuple[Key, ...]
    tag: str = ""
    at_least: int = 0  # keys


@record
class Each:
    """A mapping with keys of the author's: names of things of one shape."""

    what: str
    key: Word | Formula
    value: "Shape"
    at_least: int = 0
    at_most: int | None = None
    refers: bool = False  # the names are of things that are declared elsewhere


@record
class Items:
    """A sequence of things of one shape."""

    what: str
    item: "Shape"
    at_least: int = 1


@record
class Choice:
    """One of several kinds of node: at most one leaf, one sequence, and mappings told by tags.

    A record without a tag, or an `Each`, stands last and takes the mappings that no tag claims.
    """

    what: str
    leaf: Leaf | None = None
    mappings: tuple[Record | Each, ...] = ()
    items: Items | None = None


Shape = Leaf | Record | Each | Items | Choice | Use


def tagged(record: Record, keys: frozenset[str]) -> bool:
    """Whether a mapping with these keys claims to be this record."""
    return record.tag in keys if record.tag else True
