"""Values that are typed in, and values that stand for others. Knows no states."""

from typing import TYPE_CHECKING

from wirechart.diagnostics import did_you_mean
from wirechart.model import INTEGER_SIZES

if TYPE_CHECKING:
    from collections.abc import Mapping

KEPT = {"json": "a JSON text", "table": "a table"}
NOT = "it is no part of a simulation; `malformed MESSAGE` is one with a wrong payload"
SAMPLES = {"bool": False, "text": "", "bytes": b"", "json": "{}", "table": ()}


class Misunderstood(Exception):  # noqa: N818 -- nothing is wrong with the program
    """A line that is no command: the word, what to write instead, and in a script the line."""

    def __init__(self, word: str, help_: str, line: int | None = None) -> None:
        place = "" if line is None else f"line {line}: "
        super().__init__(f"{place}`{word}`: {help_}")
        self.word = word
        self.help = help_
        self.line = line


def read(words: list[str], types: "Mapping[str, str]") -> dict[str, object]:
    """Values by name from `slot=3` and the like; `types` are basic types by name.

    Raises:
        Misunderstood: a word is no such thing, or a value is not of its type.
    """
    values: dict[str, object] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if name in types and not given(types[name]):
            raise Misunderstood(word, f"`{name}` is {KEPT.get(types[name], 'a descriptor')}: {NOT}")
        if not equals or name not in types:
            likely = (known for known, type_ in types.items() if given(type_))
            help_ = did_you_mean(name, likely) or "there is nothing to give"
            raise Misunderstood(word, f"write NAME=VALUE; {help_}")
        values[name] = _literal(name, text, types[name])
    return values


def given(type_: str) -> bool:
    """Whether a value of the type can be typed in."""
    return type_ in INTEGER_SIZES or type_ in ("bool", "text", "bytes")


def sample(type_: str) -> object:
    """A value of a basic type; for what only a receiver can have, a word that stands for it."""
    return 0 if type_ in INTEGER_SIZES else SAMPLES.get(type_, f"({type_})")


def _literal(name: str, text: str, type_: str) -> object:
    if type_ == "bool" and text in ("true", "false"):
        return text == "true"
    if type_ not in INTEGER_SIZES:
        return text
    try:
        number = int(text, 0)
    except ValueError:
        raise Misunderstood(text, f"`{name}` is a number") from None
    if not 0 <= number < 2 ** (8 * INTEGER_SIZES[type_]):
        raise Misunderstood(text, f"does not fit `{name}`, which is {type_}")
    return number
