"""Bytes to text that both YAML loaders read alike. Knows characters; knows no YAML structure.

Refused here: what the loaders treat differently (tabs, line breaks other than LF and CRLF) and what
nobody sees when reviewing a file (control and direction characters).
"""

import re

from wirechart.diagnostics import Finding, Severity, Span

MAX_BYTES = 1 << 20  # of UTF-8; the flagship has 6 kB

# All but the printable ones; U+0085, U+2028 and U+2029 break lines in YAML 1.1 and not in 1.2; the
# direction marks and overrides show a reviewer another order than a parser sees.
_UNWELCOME = re.compile(
    "[^\n\t\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
    "|[\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)
# Spaces that are letters for YAML: where they indent a line, or part a key from its value.
_NO_SPACE = re.compile(
    "^ *(?:- *)*(?:[\\w-]+: *)?([\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000])", re.MULTILINE
)
_CONFLICT = re.compile(r"^<{7} .*$", re.MULTILINE)
_CONFLICT_END = re.compile(r"^>{7} .*$", re.MULTILINE)


def read(source: bytes | str) -> tuple[str, tuple[Finding, ...]]:
    """The text without byte order mark, its lines ended by LF alone; any finding makes it unfit.

    Bytes are UTF-8. The text is empty when the source is too large or cannot be decoded.
    """
    if _size(source) > MAX_BYTES:
        return "", (_too_large(),)
    decoded = _decoded(source)
    if isinstance(decoded, Finding):
        return "", (decoded,)
    text = decoded.removeprefix("\ufeff").replace("\r\n", "\n")
    return text, (*_unwelcome(text), *_tab(text), *_no_space(text), *_conflicts(text))


def _size(source: bytes | str) -> int:
    if isinstance(source, bytes) or len(source) > MAX_BYTES:
        return len(source)
    return len(source.encode("utf-8", "surrogatepass"))


def _decoded(source: bytes | str) -> str | Finding:
    if isinstance(source, str):
        return source
    if source.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _undecodable(Span(1, 1, 1, 2), "the file is UTF-16, not UTF-8")
    try:
        return source.decode()
    except UnicodeDecodeError as error:
        before = source[: error.start].decode().removeprefix("\ufeff")
        span = _place(before.replace("\r\n", "\n"), 1)
        return _undecodable(span, f"byte 0x{source[error.start]:02x} is not UTF-8")


def _place(before: str, width: int) -> Span:
    """Behind `before`, on one line."""
    line = before.count("\n") + 1
    column = len(before) - before.rfind("\n")
    return Span(line, column, line, column + width)


def _too_large() -> Finding:
    return Finding(
        "YAML004",
        Severity.ERROR,
        Span(1, 1, 1, 1),
        "the file is larger than 1 MiB",
        "a spec has some kilobytes: check that this is one",
    )


def _undecodable(span: Span, message: str) -> Finding:
    return Finding("YAML001", Severity.ERROR, span, message, "save the file as UTF-8")


def _unwelcome(text: str) -> tuple[Finding, ...]:
    found = _UNWELCOME.search(text)
    if found is None:
        return ()
    return (
        Finding(
            "YAML002",
            Severity.ERROR,
            _place(text[: found.start()], 1),
            f"character U+{ord(found[0]):04X} is not allowed",
            "remove it; inside double quotes it can be written as an escape",
        ),
    )


def _tab(text: str) -> tuple[Finding, ...]:
    at = text.find("\t")
    if at < 0:
        return ()
    return (
        Finding(
            "YAML003",
            Severity.ERROR,
            _place(text[:at], 1),
            "a tab",
            "replace every tab by spaces; inside double quotes it can be written as `\\t`",
        ),
    )


def _no_space(text: str) -> tuple[Finding, ...]:
    found = _NO_SPACE.search(text)
    if found is None:
        return ()
    return (
        Finding(
            "YAML002",
            Severity.ERROR,
            _place(text[: found.start(1)], 1),
            f"U+{ord(found[1]):04X} only looks like a space",
            "write a space",
        ),
    )


def _conflicts(text: str) -> tuple[Finding, ...]:
    """One for every conflict that git marked."""
    return tuple(_conflict(text, begin) for begin in _CONFLICT.finditer(text))


def _conflict(text: str, begin: "re.Match[str]") -> Finding:
    end = _CONFLICT_END.search(text, begin.end())
    related = ((_place(text[: end.start()], len(end[0])), "it ends here"),) if end else ()
    return Finding(
        "YAML015",
        Severity.ERROR,
        _place(text[: begin.start()], len(begin[0])),
        "a merge conflict that nobody resolved",
        "keep what shall count, and remove the marked lines",
        related=related,
    )
