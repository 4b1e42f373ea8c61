"""The words and signs of guards and properties, taken one by one; the error. Knows no grammar."""

import re

from wirechart.diagnostics import Span
from wirechart.record import record

MAX_TOKENS = 200  # so that walking a chain `a + a + …` stays far from the recursion limit
MAX_DEPTH = 32  # of parentheses and `not`
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
    at, end = 0, len(text.rstrip())
    while at < end:
        found = TOKEN.match(text, at)
        start = end - len(text[at:end].lstrip())
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
    tokens.append(Token("", "end", end, end + 1))
    return tokens


class Cursor:
    """The place of a parser in a text, and how deep it is inside parentheses and `not`."""

    def __init__(self, text: str, origin: Span) -> None:
        """`origin` is where the text stands in the spec."""
        self.origin = origin
        self.tokens = tokenise(text, origin)
        self.at = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        """The next one; at the end one of kind `end`."""
        return self.tokens[self.at]

    def take(self) -> Token:
        """The next one, and step over it."""
        token = self.token
        self.at += 1
        return token

    def error(self, token: Token, message: str, help_: str) -> ExpressionError:
        """An error at a token."""
        return ExpressionError(located(self.origin, token.start, token.end), message, help_)

    def deeper(self, help_: str) -> None:
        """One level more.

        Raises:
            ExpressionError: there are more than MAX_DEPTH.
        """
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error(self.token, f"nested deeper than {MAX_DEPTH}", help_)
