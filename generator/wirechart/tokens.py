"""The words and signs of the guard language, and its error. Knows no grammar."""

import re

from wirechart.diagnostics import Span
from wirechart.record import record

MAX_TOKENS = 200  # so that walking a chain `a + a + …` stays far from the recursion limit
WORDS = {"or", "and", "not", "in", "true", "false", "size"}
SCOPES = ("message", "state", "context", "limits")
# What other languages write, and what it is here.
MEANT = {"&&": "and", "||": "or", "=": "==", "!": "not"}


class ExpressionError(Exception):
    """Text that is not an expression, and the place in it."""

    def __init__(self, span: Span, message: str, help_: str) -> None:
        """`help_` says one way to mend it."""
        super().__init__(message)
        self.span = span
        self.message = message
        self.help = help_


TOKEN = re.compile(
    r"\s*(?:(?P<number>0x[0-9A-Fa-f]+|[0-9]+)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)"
    r"|(?P<sign>==|!=|<=|>=|[-+*&^<>().]))"
)


@record
class Token:
    """A word, a number or a sign; `start` and `end` count characters of the text."""

    text: str
    kind: str  # number, name, sign, end
    start: int
    end: int


def located(origin: Span, start: int, end: int) -> Span:
    """Where characters of a text stand that begins at `origin`: at all of it if on many lines."""
    if origin.line != origin.end_line:
        return origin
    return Span(origin.line, origin.column + start, origin.line, origin.column + end)


def tokenise(text: str, origin: Span) -> list[Token]:
    """The tokens, at most MAX_TOKENS, and one of kind `end` behind the last.

    Raises:
        ExpressionError: a character that begins no token, or too many tokens.
    """
    tokens: list[Token] = []
    at = 0
    while text[at:].strip():
        found = TOKEN.match(text, at)
        start = at + len(text[at:]) - len(text[at:].lstrip())
        foreign = text[start : start + 2] if text[start : start + 2] in MEANT else text[start]
        if foreign in MEANT and (found is None or foreign == "&&"):
            raise ExpressionError(
                located(origin, start, start + len(foreign)),
                f"`{foreign}` does not belong in an expression",
                f"write `{MEANT[foreign]}`",
            )
        if found is None or found.lastgroup is None:
            raise ExpressionError(
                located(origin, start, start + 1),
                f"`{text[start]}` does not belong in an expression",
                "use names (`message.slot`), numbers, comparisons, `and`, `or`, `not`, `in`, `&`",
            )
        if len(tokens) == MAX_TOKENS:
            raise ExpressionError(
                located(origin, found.start(found.lastgroup), found.end()),
                f"more than {MAX_TOKENS} words and signs",
                "split it into several checks",
            )
        group = found.lastgroup
        tokens.append(Token(found[group], group, found.start(group), found.end(group)))
        at = found.end()
    tokens.append(Token("", "end", len(text.rstrip()), len(text.rstrip()) + 1))
    return tokens
