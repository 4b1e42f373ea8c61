"""Marked blocks in files that people write. Knows lines, comments and fences; knows no spec.

    marker = comment "wirechart: begin" word*  |  comment "wirechart: end"

A marker stands alone on its line, in the comments of any language or in `<!-- … -->`. What a file
shows as an example, in a fence of its own, is no marker.
"""

import re
from typing import TYPE_CHECKING

from wirechart.diagnostics import Finding, Severity, Span, nearest
from wirechart.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BEGIN, END = "begin", "end"
SIGNS = r"[ \t/*!#:;%>-]*"  # what comments are made of, and what indents them
MARKER = re.compile(
    rf"(?P<prefix>{SIGNS}?)(?P<opening><!--[ \t]*)?wirechart:[ \t]+(?P<word>[a-z]+)(?![\w.,])"
    r"(?P<rest>.*?)(?:[ \t]*(?P<closing>-->))?(?P<suffix>[ \t]*\*/)?[ \t]*"
)
WORD = re.compile(r'(?:"[^"]*"|\S)+')
FENCE = re.compile(rf"(?P<prefix>{SIGNS}?)(?P<mark>`{{3,}}|~{{3,}})(?P<info>[^`]*)")
LINE = re.compile(r"[^\n]*\n|[^\n]+")
ALONE = (
    "a marker stands alone on its line, behind nothing but what each line of the comment begins "
    "with"
)


@record
class Word:
    """A part of a marker, and where it stands."""

    text: str
    span: Span


@record
class Marker:
    """One line that begins or ends a block."""

    word: str  # BEGIN or END
    prefix: str  # before it: repeated on each line of the block
    suffix: str  # behind it, where each line is a comment of its own: ` */`
    span: Span  # from `wirechart:` on, without the comment's signs
    asked: tuple[Word, ...]  # behind the word


@record
class Block:
    """What lies between two markers, by the numbers of lines, from 0."""

    begin: Marker
    first: int
    end: int  # behind the last one


def lines(text: str) -> tuple[str, ...]:
    """Lines with their ends, LF or CRLF."""
    return tuple(LINE.findall(text))


def find(text: "Iterable[str]") -> tuple[tuple[Block, ...], tuple[Finding, ...]]:
    """The blocks in lines of a text, and what is wrong with its markers, both by position."""
    blocks: list[Block] = []
    findings: list[Finding] = []
    opened: tuple[int, Marker] | None = None
    for number, marker, problem in _markers(text):
        if problem is not None:
            findings.append(problem)
        if marker.word == BEGIN:
            if opened is not None:
                findings.append(_nested(opened[1], marker))
            opened = number, marker
        elif opened is None:
            findings.append(_error("INJ002", marker.span, "no block begins before this", ALONE))
        else:
            blocks.append(Block(opened[1], opened[0] + 1, number))
            opened = None
    if opened is not None:
        findings.append(
            _error("INJ001", opened[1].span, "the block does not end", "add `wirechart: end`")
        )
    return tuple(blocks), tuple(findings)


def _markers(text: "Iterable[str]") -> "Iterator[tuple[int, Marker, Finding | None]]":
    """Every marker with its line, and what is wrong with it alone."""
    fence: tuple[str, str] | None = None
    inside = False
    for number, line in enumerate(text):
        bare = line.rstrip("\r\n")
        fence = None if inside else _fence(fence, bare)
        found = None if fence else MARKER.fullmatch(bare)
        if found is None:
            continue
        word = _meant(found)
        if word is None:
            continue
        marker = Marker(word, found["prefix"], found["suffix"] or "", *_said(number, found))
        inside = word == BEGIN
        yield number, marker, _problem(marker, found)


def _meant(found: re.Match[str]) -> str | None:
    """The word of a marker; a misspelt one counts only where nothing else can be meant."""
    word = found["word"]
    if word in (BEGIN, END) or not found["opening"]:
        return word if word in (BEGIN, END) else None
    return nearest(word, (BEGIN, END)) or BEGIN


def _said(number: int, found: re.Match[str]) -> tuple[Span, tuple[Word, ...]]:
    start = found.end("opening") if found["opening"] else found.end("prefix")
    asked = tuple(
        Word(word[0].replace('"', ""), _span(number, word.start(), word.end()))
        for word in WORD.finditer(found.string, found.start("rest"), found.end("rest"))
    )
    return _span(number, start, found.end("rest")), asked


def _span(number: int, start: int, end: int) -> Span:
    return Span(number + 1, start + 1, number + 1, end + 1)


def _problem(marker: Marker, found: re.Match[str]) -> Finding | None:
    if found["word"] != marker.word:
        span = _span(marker.span.line - 1, found.start("word"), found.end("word"))
        message = f"`{found['word']}` is not what a marker says"
        return _error("INJ003", span, message, f"did you mean `{marker.word}`?")
    if marker.word == END:
        return None
    if found["opening"] and not found["closing"]:
        return _error("INJ003", marker.span, "the comment goes on behind this line", "add `-->`")
    opens, closes = "/*" in marker.prefix, bool(marker.suffix)
    if opens != closes:
        message = f"a comment {'begins' if opens else 'ends'} on the line of the marker"
        return _error("INJ003", marker.span, message, ALONE)
    if marker.prefix.strip() == "-":
        help_ = "indent the marker like the item's text, on a line of its own"
        return _error("INJ003", marker.span, "a list begins on the line of the marker", help_)
    return None


def _nested(outer: Marker, inner: Marker) -> Finding:
    return _error(
        "INJ001",
        inner.span,
        "a block begins inside another one",
        "add `wirechart: end` before it",
        ((outer.span, "which begins here"),),
    )


def _error(
    code: str, span: Span, message: str, help_: str, related: tuple[tuple[Span, str], ...] = ()
) -> Finding:
    return Finding(code, Severity.ERROR, span, message, help_, (), related)


def _fence(fence: tuple[str, str] | None, line: str) -> tuple[str, str] | None:
    """The fence of a code example that a line is in: the comment's signs, and its mark."""
    found = FENCE.fullmatch(line)
    if fence is None:
        return (found["prefix"].strip(), found["mark"]) if found else None
    signs, mark = fence
    if not line.lstrip().startswith(signs):
        return _fence(None, line)
    closes = found is not None and found["mark"].startswith(mark) and not found["info"].strip()
    return None if closes else fence


def drawn(block: Block, text: "tuple[str, ...]") -> bool:
    """Whether a block holds nothing, or what was drawn: one fence, or one table and a line."""
    begins = block.begin.prefix.rstrip()
    inside = [_inner(line, begins) for line in text[block.first : block.end]]
    while inside and not inside[-1]:
        inside.pop()
    while inside and not inside[0]:
        inside.pop(0)
    if not inside:
        return True
    if inside[0].startswith("|"):
        rest = [line for line in inside if not line.startswith("|")]
        return len([line for line in rest if line]) <= 1
    fences = [number for number, line in enumerate(inside) if line.startswith("```")]
    return fences == [0, len(inside) - 1]


def _inner(line: str, begins: str) -> str:
    """A line without the comment around it, also where that was another one before."""
    bare = line.strip()
    bare = bare.removeprefix(begins.strip()) if begins.strip() else bare
    return re.sub(f"^{SIGNS}", "", bare)


def fill(text: "tuple[str, ...]", filled: "Iterable[tuple[Block, tuple[str, ...]]]") -> str:
    """A text with new lines in its blocks; all else, and each line end, as it was."""
    made: list[str] = []
    kept = 0
    for block, inside in filled:
        made += text[kept : block.first]
        end = "\r\n" if text[block.first - 1].endswith("\r\n") else "\n"
        begin = block.begin
        made += (f"{begin.prefix}{line}{begin.suffix}".rstrip() + end for line in inside)
        kept = block.end
    return "".join((*made, *text[kept:]))
