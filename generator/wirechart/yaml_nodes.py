"""A loader's events to nodes, on a stack of its own: depth costs no recursion.

Knows what YAML has beside texts, mappings and lists, and refuses it. Not `compose`: the C loader's
crashes the process at depth 10^5, while its events are harmless at any depth.
"""

import re
from typing import TYPE_CHECKING

import yaml

from wirechart import yaml_errors, yaml_keys
from wirechart.diagnostics import Finding, Severity, Span
from wirechart.record import record, replace
from wirechart.syntax import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from wirechart.syntax import Node

HAS_FAST_LOADER = yaml.__with_libyaml__
_COLON = re.compile(" *:")

MAX_DEPTH = 64  # collections inside each other
MAX_VALUES = 100_000  # scalars, mappings and lists
_TOO_DEEP = "maximum nesting depth"  # libyaml's complaint, maybe made before its first event
MAX_FINDINGS = 100  # the rest says nothing new
MAX_RELATED = 8  # aliases named beside their anchor


@record
class Built:
    """What one loader made of a text."""

    root: "Node | None"  # None: the findings leave nothing to go on with
    findings: tuple[Finding, ...]
    scalars: tuple[Span, ...]  # in order, without empty ones and without headers of block scalars
    values: int  # how many were read
    trusted: bool  # the other loader would say the same
    unread: tuple[Span, ...]  # of aliases, and of mappings with a merge key


def read(text: str, lines: list[str], *, fast: bool) -> Built:
    """The nodes of a text, of which `lines` are the lines."""
    builder = _Builder(lines)
    root = None
    try:
        # A last line without an end would move the loaders' marks behind it apart.
        whole = text if text.endswith("\n") else f"{text}\n"
        for event in yaml.parse(whole, yaml.CSafeLoader if fast else yaml.SafeLoader):
            builder.take(event)
        root = builder.finished()
    except _RefusedError as refused:
        builder.findings.append(refused.finding)
    except yaml.MarkedYAMLError as error:
        if fast and _TOO_DEEP in (error.problem or ""):
            return read(text, lines, fast=False)  # which is quick to say where it becomes too deep
        said = yaml_errors.finding(error, lines, builder.bracket())
        builder.findings.append(yaml_errors.behind(builder.quoted, said, lines))
    findings = (*builder.findings, *builder.shared.values())
    return Built(
        root=root,
        findings=findings,
        scalars=tuple(builder.scalars),
        values=builder.values,
        trusted=not (findings or builder.doubtful),
        unread=tuple(builder.unread),
    )


class _RefusedError(Exception):
    """Something after which the rest of the text means nothing certain."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


class _Open:
    """A collection whose end has not come yet."""

    __slots__ = ("flow", "keyed", "nodes", "span")

    def __init__(self, span: Span, keyed: bool, flow: bool, nodes: list["Node"]) -> None:
        self.span = span  # of its beginning: `{`, `[`, `-`, or nothing before the first key
        self.keyed = keyed
        self.flow = flow
        self.nodes = nodes  # of a mapping: keys and values by turns


class _Builder:
    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.open: list[_Open] = []
        self.root: Node | None = None
        self.findings: list[Finding] = []
        self.scalars: list[Span] = []  # without the headers of block scalars
        self.unread: list[Span] = []
        self.shared: dict[str, Finding] = {}  # by anchor
        self.values = 0
        self.quoted: Span | None = None  # the last text in quotes
        self.doubtful = False  # about something of this kind the loaders disagree

    def take(self, event: yaml.Event) -> None:
        match event:
            case yaml.ScalarEvent():
                span = _span(event)
                self._plain(event, span)
                self._add(self._scalar(event, span))
            case yaml.CollectionStartEvent():
                span = _span(event)
                self._plain(event, span)
                keyed = isinstance(event, yaml.MappingStartEvent)
                self._nest(_Open(span, keyed, bool(event.flow_style), []))
            case yaml.CollectionEndEvent():
                self._close(_span(event))
            case yaml.AliasEvent(anchor=anchor):
                self._alias(_span(event), str(anchor))
            case yaml.DocumentStartEvent():
                self._begin(event)
            case _:
                pass

    def _alias(self, span: Span, anchor: str) -> None:
        """Something stands where the alias is: what it means is never looked up."""
        if not self._merging():
            self._shares(anchor, span, f"an alias, {yaml_errors.shown(f'*{anchor}')}", "*")
        self.unread.append(span)
        self._add(Scalar("", False, span))

    def _shares(self, anchor: str, span: Span, message: str, sign: str) -> None:
        """One finding for an anchor and its aliases."""
        if anchor in self.shared:
            first = self.shared[anchor]
            more = (*first.related, (span, f"and `{sign}{anchor}`"))
            self.shared[anchor] = replace(first, related=more[:MAX_RELATED])
        elif len(self.shared) < MAX_FINDINGS:
            verb = "write the value out" if sign == "*" else "remove it"
            help_ = f"{verb}; a text that begins with `{sign}` needs quotes"
            self.shared[anchor] = _error("YAML009", span, message, help_)

    def _merging(self) -> bool:
        """Whether what comes is the value of a merge key."""
        around = self.open[-1] if self.open else None
        if around is None or not around.keyed or len(around.nodes) % 2 == 0:
            return False
        return yaml_keys.is_merge(around.nodes[-1])

    def _nest(self, collection: _Open) -> None:
        self.open.append(collection)
        if len(self.open) > MAX_DEPTH:
            help_ = "check for brackets that are never closed"
            message = f"nested deeper than {MAX_DEPTH} levels"
            raise _refused("YAML005", _first(collection.span), message, help_)

    def _begin(self, event: yaml.DocumentStartEvent) -> None:
        if self.root is not None:
            help_ = "move what follows to a file of its own"
            raise _refused("YAML012", _span(event), "a second document", help_)
        if self.lines[_span(event).line - 1].startswith("%"):
            raise _refused("YAML011", _first(_span(event)), "a directive", "remove the line")

    def finished(self) -> "Node":
        """The root, when all events have been taken."""
        root = self.root
        if root is None or (isinstance(root, Scalar) and not root.text and not root.quoted):
            help_ = "`wirechart init` writes a small spec to start from"
            raise _refused("YAML013", Span(1, 1, 1, 1), "there is nothing in the file", help_)
        return root

    def bracket(self) -> Span | None:
        """The innermost open bracket; None: there is none."""
        return _first(self.open[-1].span) if self._in_flow() else None

    def _plain(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, span: Span) -> None:
        """Without anchor and tag, and not one too many."""
        self.values += 1
        if self.values > MAX_VALUES:
            help_ = "split the spec, or check that this is one"
            raise _refused("YAML004", span, f"more than {MAX_VALUES} values", help_)
        if event.anchor is not None:
            message = f"an anchor, {yaml_errors.shown(f'&{event.anchor}')}"
            self._shares(event.anchor, _first(span), message, "&")
        if event.tag is not None:
            help_ = "remove it; a text that begins with `!` needs quotes"
            self._say(_error("YAML011", _first(span), "a tag", help_))

    def _scalar(self, event: yaml.ScalarEvent, span: Span) -> Scalar:
        quoted = event.style in ("'", '"', "|", ">")
        if event.style in ("|", ">"):
            span = self._tight(span)
            header = self.lines[span.line - 1][span.column :].lstrip("+-0123456789")
            self.doubtful |= header.startswith("#")
            self.scalars.append(Span(span.line + 1, 1, span.end_line, span.end_column))
        elif not quoted and not event.value:
            span = self._nothing(span)
        else:
            self.doubtful |= not quoted and "?" in event.value and self._in_flow()
            self.scalars.append(span)
            self.quoted = span if quoted else self.quoted
        return Scalar(event.value, quoted, span)

    def _in_flow(self) -> bool:
        return bool(self.open) and self.open[-1].flow

    def _tight(self, span: Span) -> Span:
        """A block scalar's span without the blank lines that follow it."""
        last = span.end_line - 1 if span.end_column == 1 else span.end_line
        while last > span.line and not self.lines[last - 1].strip():
            last -= 1
        return Span(span.line, span.column, last, len(self.lines[last - 1].rstrip()) + 1)

    def _nothing(self, span: Span) -> Span:
        """Right behind the colon, or the key that lacks one; the loaders disagree about it."""
        around = self.open[-1] if self.open else None
        if around is None or not around.keyed or len(around.nodes) % 2 == 0:
            return span
        key = around.nodes[-1].span
        colon = _COLON.match(self.lines[key.end_line - 1], key.end_column - 1)
        column = colon.end() + 1 if colon else key.end_column
        return Span(key.end_line, column, key.end_line, column)

    def _add(self, node: "Node") -> None:
        if self.open:
            self.open[-1].nodes.append(node)
        else:
            self.root = node

    def _close(self, end: Span) -> None:
        closed = self.open.pop()
        last = end if closed.flow or not closed.nodes else closed.nodes[-1].span
        span = Span(closed.span.line, closed.span.column, last.end_line, last.end_column)
        if closed.keyed:
            if any(yaml_keys.is_merge(key) for key in closed.nodes[::2]):
                self.unread.append(span)
            entries, wrong = yaml_keys.entries(closed.nodes)
            for finding in wrong:
                self._say(finding)
            self._add(Mapping(entries, span))
        else:
            self._add(Sequence(tuple(closed.nodes), span))

    def _say(self, finding: Finding) -> None:
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(finding)


def _span(event: yaml.Event) -> Span:
    start, end = event.start_mark, event.end_mark
    if start is None or end is None:
        raise TypeError(event)  # only an emitter's events have no marks
    return Span(start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def _first(span: Span) -> Span:
    return Span(span.line, span.column, span.line, span.column + 1)


def _refused(code: str, span: Span, message: str, help_: str) -> _RefusedError:
    return _RefusedError(_error(code, span, message, help_))


def _error(code: str, span: Span, message: str, help_: str) -> Finding:
    return Finding(code, Severity.ERROR, span, message, help_)
