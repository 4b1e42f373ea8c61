"""Draw in the marked blocks of other files. Reads them and their specs; files.py writes."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wirechart import blocks, build, markers
from wirechart.commands.findings import show
from wirechart.commands.writing import difference
from wirechart.diagnostics import Finding, Severity, did_you_mean
from wirechart.files import Change, rewrite
from wirechart.record import record
from wirechart.report import Report
from wirechart.sources import JobError, SourceError, read, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.blocks import Request
    from wirechart.commands.writing import How
    from wirechart.markers import Block, Word

BOM = b"\xef\xbb\xbf"
SIGN = b"wirechart:"


@record
class Host:
    """A file with blocks."""

    path: str  # as given
    content: bytes
    text: tuple[str, ...]  # its lines


@record
class Asked:
    """A block, and the place of the spec that it shows."""

    block: "Block"
    request: "Request"
    spec: str


@record
class Drawn:
    """A file as it shall be."""

    change: Change  # maybe of nothing
    blocks: int
    report: Report


def inject_into(paths: tuple[str, ...], how: "How") -> int:
    """Draw every block of these files; the exit code.

    Returns:
        0; 1 when a marker or a spec has errors (nothing is written), or with `check` or `diff`
        when a block would change.
    """
    if not paths:
        raise JobError("--inject needs files: wirechart render --inject README.md")
    hosts = [host for path in dict.fromkeys(paths) if (host := _host(path)) is not None]
    wanted = [(host, *_asked(host, how.force)) for host in hosts]
    specs = dict.fromkeys(each.spec for _, asked, _ in wanted for each in asked)
    checked = {spec: build.check(read(spec).content) for spec in specs}
    drawn = [_drawn(host, asked, checked, found) for host, asked, found in wanted]
    reports = (
        *(Report(shown(spec), made.text, made.findings) for spec, made in checked.items()),
        *(each.report for each in drawn),
    )
    if told := tuple(report for report in reports if report.findings):
        show(told)
    if any(build.failed(report.findings) for report in told):
        return 1
    changes = tuple(each.change for each in drawn if each.change.before != each.change.after)
    count = sum(each.blocks for each in drawn)
    return _settle(changes, how, _counted(count, len(hosts), len(set(paths))))


def _counted(count: int, hosts: int, files: int) -> str:
    if not count:
        return f"no block in {_many(files, 'file')}"
    verb = "are" if count > 1 else "is"
    return f"{_many(count, 'block')} in {_many(hosts, 'file')} {verb} up to date"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count > 1 else ''}"


def _host(path: str) -> Host | None:
    """A file; None: it has no marker."""
    try:
        content = Path(path).read_bytes()
        text = content.removeprefix(BOM).decode() if SIGN in content else ""
    except UnicodeDecodeError as error:
        raise JobError(f"{shown(path)} is not UTF-8; nothing was written") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SourceError(f"cannot read {shown(path)}: {reason}") from error
    return Host(path, content, markers.lines(text)) if text else None


def _asked(host: Host, force: bool) -> tuple[tuple[Asked, ...], tuple[Finding, ...]]:
    """The blocks of a file that can be drawn, and what is wrong with its markers."""
    found, findings = markers.find(host.text)
    asked: list[Asked] = []
    problems = list(findings)
    for block in found:
        request, more = blocks.read(block.begin)
        problems += more
        spec = _located(host.path, request.spec.text) if request else None
        if request and spec is None:
            problems.append(_no_spec(host.path, request.spec))
        if not force and not markers.drawn(block, host.text):
            problems.append(_foreign(block))
        if request and spec:
            asked.append(Asked(block, request, spec))
    return tuple(asked), tuple(problems)


def _drawn(
    host: Host,
    asked: tuple[Asked, ...],
    checked: "dict[str, build.Checked]",
    found: tuple[Finding, ...],
) -> Drawn:
    """A file with every block drawn that can be, and all that is wrong with it."""
    drawn: list[tuple[Block, tuple[str, ...]]] = []
    findings = list(found)
    for each in asked:
        spec = checked[each.spec].spec
        if spec is None or build.failed(checked[each.spec].findings):
            continue
        problems = blocks.problems(each.request, spec)
        findings += problems
        if not problems:
            drawn.append((each.block, blocks.draw(each.request, spec)))
    after = markers.fill(host.text, drawn).encode()
    after = BOM + after if host.content.startswith(BOM) else after
    change = Change(host.path, "changed", host.content, after)
    return Drawn(change, len(drawn), _report(host, findings))


def _above(path: str) -> "Iterator[Path]":
    """The folder of a file, and those above it, up to the repository's or the root."""
    folder = Path(os.path.abspath(path)).parent  # noqa: PTH100 -- a link's own place counts
    for each in (folder, *folder.parents):
        yield each
        if (each / ".git").exists():
            return


def _located(path: str, spec: str) -> str | None:
    """A spec as a marker names it; None: it is not there."""
    if Path(spec).is_absolute():
        return None
    folders = [next(_above(path))] if spec.startswith(".") else list(_above(path))
    found = (Path(os.path.normpath(folder / spec)) for folder in folders)
    place = next((place for place in found if place.is_file()), None)
    return os.path.relpath(place) if place else None


def _no_spec(path: str, spec: "Word") -> Finding:
    if Path(spec.text).is_absolute():
        help_ = "write it relative to the folder of this file, or to one above it"
        return _error("INJ004", spec, f"`{spec.text}` is a path of one machine", help_)
    known = {f"spec/{place.name}" for above in _above(path) for place in above.glob("spec/*.yaml")}
    help_ = did_you_mean(spec.text, known) or "a spec's usual place is `spec/NAME.yaml`"
    where = "beside this file" if spec.text.startswith(".") else "here, or in a folder above"
    return _error("INJ004", spec, f"no spec `{spec.text}` {where}", help_)


def _foreign(block: "Block") -> Finding:
    message = "the block holds another text than one that is drawn"
    help_ = "move it out of the block, or add a missing marker; --force replaces it"
    return _error("INJ005", block.begin, message, help_)


def _error(code: str, where: "Word | markers.Marker", message: str, help_: str) -> Finding:
    return Finding(code, Severity.ERROR, where.span, message, help_)


def _report(host: Host, findings: list[Finding]) -> Report:
    text = "".join(host.text).replace("\r\n", "\n")
    return Report(shown(host.path), text, tuple(sorted(findings, key=build.place)))


def _settle(changes: tuple[Change, ...], how: "How", summary: str) -> int:
    """Write, or with `check` or `diff` only say what would change; the exit code."""
    if how.check or how.diff:
        for change in changes:
            print(f"{change.kind} {shown(change.path)}")
            if how.diff:
                sys.stdout.write(difference(change))
        return int(bool(changes))
    rewrite(changes)
    for change in changes:
        print(f"updated {shown(change.path)}")
    print(summary)
    return 0
