"""What a YAML loader complains about, in our words. Knows both loaders' phrases.

The two loaders share their causes, not their wording; what stands at the place is read from the
text instead of from the message.
"""

import re
from typing import TYPE_CHECKING, Literal

from wirechart.diagnostics import Finding, Severity, Span
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yaml import Mark, MarkedYAMLError

SHOWN = 40  # characters of the text that a message repeats

_QUOTE = "quote the text if it begins or holds one of YAML's signs"


@record
class _Cause:
    """A family of complaints; `{found}` in a message is what stands at the place."""

    phrase: str  # pattern in "context|problem"
    place: Literal["begin", "spot"]  # where the broken construct begins, or where it breaks
    message: str
    help: str
    code: str = "YAML006"
    beginning: str = ""  # what the construct is, said at its begin; "": not worth a word


# The first whose phrase occurs counts.
_CAUSES = (
    _Cause(
        r"quoted scalar\|found unexpected",
        "begin",
        "the quoted text is never closed",
        "add the closing quote; inside single quotes a single quote is written twice",
    ),
    _Cause(
        r"quoted scalar\|",
        "spot",
        "a backslash that begins no escape",
        "write `\\\\` for a backslash, or use single quotes",
    ),
    _Cause(
        r"block scalar\|",
        "spot",
        "{found} does not belong behind `|` or `>`",
        "begin the text on the next line; a comment needs a space before its `#`",
    ),
    _Cause(
        r"(alias|anchor)\|",
        "spot",
        "an alias or anchor without a proper name",
        "a text that begins with `&` or `*` needs quotes",
        code="YAML009",
    ),
    _Cause(
        r"directive|YAML document",
        "spot",
        "a directive",
        "remove it; a text that begins with `%` needs quotes",
        code="YAML011",
    ),
    _Cause(
        r" tag\||tag handle",
        "begin",
        "a tag",
        "remove it; a text that begins with `!` needs quotes",
        code="YAML011",
    ),
    _Cause(
        r"mapping values are not allowed",
        "spot",
        "a `:` that does not belong here",
        "quote the text if the colon is part of it; else check the indentation",
    ),
    _Cause(
        r"sequence entries are not allowed",
        "spot",
        "a list entry that does not belong here",
        "begin the list on a line of its own",
    ),
    _Cause(
        r"mapping keys are not allowed",
        "spot",
        "a `?` that does not belong here",
        "quote the text if the question mark is part of it",
    ),
    _Cause(
        r"simple key\|",
        "begin",
        "no `:` follows {found}",
        "write `key: value`, the key on one line and a space behind the colon",
    ),
    _Cause(
        r"block mapping\|",
        "spot",
        "{found} does not fit into the mapping above it",
        "indent it like the keys of its mapping, or quote the text it belongs to",
        beginning="the mapping begins here",
    ),
    _Cause(
        r"block collection\|",
        "spot",
        "{found} does not fit into the list above it",
        "begin every entry with `- `, all of them equally indented",
        beginning="the list begins here",
    ),
    _Cause(
        r"flow mapping\|",
        "spot",
        "expected `,` or `}}`, found {found}",
        "separate entries by commas; quote a text that holds `?`, `:`, `,` or brackets",
        beginning="the mapping begins here",
    ),
    _Cause(
        r"flow sequence\|",
        "spot",
        "expected `,` or `]`, found {found}",
        "separate entries by commas; quote a text that holds `?`, `:`, `,` or brackets",
        beginning="the list begins here",
    ),
    _Cause(r"node content", "spot", "expected a value, found {found}", f"write one, or {_QUOTE}"),
    _Cause(r"cannot start any token", "spot", "{found} cannot begin a value", _QUOTE),
    _Cause(
        r"document start",
        "spot",
        "{found} does not belong to what stands above",
        "a file holds one mapping: check the indentation of this line",
    ),
    _Cause(r"", "spot", "{found} does not belong here", _QUOTE),
)


def finding(
    error: "MarkedYAMLError", lines: "Sequence[str]", opened: "Span | None" = None
) -> Finding:
    """The loader's complaint as a finding; `lines` are those of the text it read.

    `opened` is the innermost bracket that was open then; None: there was none.
    """
    phrase = f"{error.context}|{error.problem}"
    cause = next(cause for cause in _CAUSES if re.search(cause.phrase, phrase))
    spot = _span(error.problem_mark, lines)
    if opened and cause.place == "spot" and spot == _end(lines):
        help_ = "add the closing bracket, or quote the text it belongs to"
        return Finding(cause.code, Severity.ERROR, opened, "the bracket is never closed", help_)
    begin = _span(error.context_mark, lines) if error.context_mark else spot
    span = begin if cause.place == "begin" else spot
    related = ((begin, cause.beginning),) if cause.beginning else ()
    message = cause.message.format(found=_found(span, lines))
    return Finding(cause.code, Severity.ERROR, span, message, cause.help, related=related)


def behind(quoted: Span | None, said: Finding, lines: "Sequence[str]") -> Finding:
    """The same, or, right behind the last text in quotes, that its quotes are not as meant."""
    spot = said.span
    if quoted is None or (spot.line, spot.column) != (quoted.end_line, quoted.end_column):
        return said
    sign = lines[quoted.line - 1][quoted.column - 1]
    inside = "`''`" if sign == "'" else '`\\"`'
    begin = Span(quoted.line, quoted.column, quoted.line, quoted.column + 1)
    return Finding(
        "YAML006",
        Severity.ERROR,
        begin,
        f"the text that begins here ends at line {spot.line}, column {spot.column - 1}",
        f"end it where it was to end; inside it the quote is written {inside}",
        related=((spot, "and this follows it"),),
    )


def shown(text: str) -> str:
    """The text on one line, shortened to SHOWN characters, in backticks or, holding one, quotes."""
    line = " ".join(text[: SHOWN + 1].split())
    short = line if len(text) <= SHOWN else f"{line[: SHOWN - 1]}…"
    return f"`{short}`" if short and "`" not in short else f'"{short}"'


def _span(mark: "Mark | None", lines: "Sequence[str]") -> Span:
    """The word at the mark; behind the last content of the text when nothing follows the mark."""
    line, column = (mark.line, mark.column) if mark else (0, 0)
    end = _end(lines)
    if (line + 1, column + 1) >= (end.line, end.column):
        return end
    word = re.match(r"[\w.-]*", lines[line][column:])
    width = len(word[0]) if word else 0
    return Span(line + 1, column + 1, line + 1, column + 1 + max(width, 1))


def _end(lines: "Sequence[str]") -> Span:
    last = max((number for number, line in enumerate(lines, 1) if line.strip()), default=1)
    column = len(lines[last - 1].rstrip()) + 1
    return Span(last, column, last, column)


def _found(span: Span, lines: "Sequence[str]") -> str:
    if span == _end(lines):
        return "the end of the file"
    text = lines[span.line - 1][span.column - 1 : span.end_column - 1]
    return shown(text) if text else "the end of the line"
