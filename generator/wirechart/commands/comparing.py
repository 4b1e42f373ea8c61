"""What `wirechart breaking` does: reads both sides, compares them, writes tests."""

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from wirechart import build, revisions
from wirechart.breaking import compare, ignoring
from wirechart.breaking.rules import RULES
from wirechart.breaking.verdict import Verdict, worst
from wirechart.commands.findings import colored
from wirechart.diagnostics import Severity
from wirechart.files import emit as write
from wirechart.names import snake
from wirechart.record import record, replace
from wirechart.renaming import renamed
from wirechart.report import Report, breaking
from wirechart.report.breaking import Compared, Result, Text
from wirechart.sources import JobError
from wirechart.sources import shown as printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from wirechart.breaking.ignoring import Entry, Ignored
    from wirechart.breaking.verdict import Break, Direction
    from wirechart.revisions import Pair, Sources, Version

File = tuple[str, str]  # its path and text

SIGN = "# Written by `wirechart breaking --emit-test`."


@record
class Asked:
    """What is to be compared, and how."""

    specs: tuple[str, ...]
    against: str | None
    families: tuple[str, ...]
    directions: "tuple[Direction, ...]"
    ignore: str | None  # the file of entries; None: the usual one, where it is there


def compared(asked: Asked) -> Result:
    """Every protocol at two times.

    Raises:
        JobError: a side cannot be read, has errors, or nothing says what to compare.
    """
    pairs = revisions.pairs(*_sides(asked))
    for pair in pairs:
        for version in (pair.old, pair.new):
            _must_be_sound(version)
    file, entries = _entries(asked)
    found = tuple(_pair(pair, asked, entries) for pair in pairs)
    used = [item for one in found for item in one.ignored]
    return Result(found, _unused(file, entries, used))


def _sides(asked: Asked) -> "tuple[Sources, Sources]":
    if asked.against is not None:
        return revisions.against(asked.against, asked.specs)
    if len(asked.specs) != 2:
        raise JobError("name OLD and NEW, or a revision: `--against main`")
    old, new = (revisions.texts(place) for place in asked.specs)
    return old, new


def _must_be_sound(version: "Version | None") -> None:
    """Only what could be built has receivers to compare."""
    if version is not None:
        findings = build.check(version.source.content).findings
        wrong = [each for each in findings if each.severity == Severity.ERROR]
        if wrong:
            place = f"{version.source.path}:{wrong[0].span.line}:{wrong[0].span.column}"
            more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
            raise JobError(f"{place}: error[{wrong[0].code}] {wrong[0].message}{more}")


def _entries(asked: Asked) -> "tuple[File, tuple[Entry, ...]]":
    """The file of accepted breaks and what it says."""
    place = Path(asked.ignore or ignoring.FILE)
    if asked.ignore is None and not place.exists():
        return (str(place), ""), ()
    try:
        content = place.read_bytes()
    except OSError as error:
        raise JobError(f"cannot read {printable(str(place))}: {error.strerror}") from error
    found = ignoring.read(content, RULES)
    if isinstance(found, ignoring.Unfit):
        where = f"{printable(str(place))}:{found.span.line}:{found.span.column}"
        raise JobError(f"{where}: {found.message}")
    return (printable(str(place)), content.decode("utf-8", "replace")), found


def _unused(file: File, entries: "tuple[Entry, ...]", used: "list[Ignored]") -> Report | None:
    findings = tuple(ignoring.unused(entries, used))
    return Report(*file, findings) if findings else None


def _pair(pair: "Pair", asked: Asked, entries: "tuple[Entry, ...]") -> Compared:
    old, new = (_text(version) for version in (pair.old, pair.new))
    verdict = _verdict(old, new, asked)
    kept = tuple(each for each in verdict.breaks if each.family in asked.families)
    whole = Compared(old, new, replace(verdict, breaks=kept))
    left, ignored = ignoring.applied(whole.protocol, kept, entries)
    return Compared(old, new, replace(verdict, breaks=left), ignored)


def _text(version: "Version | None") -> Text | None:
    if version is None:
        return None
    return Text(version.source.path, version.text, version.spec)


def _verdict(old: Text | None, new: Text | None, asked: Asked) -> Verdict:
    if new is None and old is not None:
        return compare.gone(old.spec, asked.directions)
    if old is None or new is None:
        return Verdict((), "different", 0)
    named = renamed(old.spec, new.spec)
    return compare.compare(old.spec, new.spec, named, asked.directions)


def failed(result: Result, level: str) -> bool:
    """Whether something breaks at a level or above."""
    found = [each for one in result.compared for each in one.verdict.breaks]
    levels = list(Severity)
    reached = [worst(tuple(found)), Severity.WARNING if result.entries else None]
    least = levels.index(Severity(level))
    return any(each is not None and levels.index(each) <= least for each in reached)


def shown(result: Result, form: str, color: str) -> str:
    """The result in one of the formats."""
    if form in ("github", "sarif"):
        render: Callable[..., str] = import_module(f"wirechart.report.as_{form}").render
        return render(breaking.reports(result))
    render = import_module(f"wirechart.report.breaking_{form}").render
    return render(result, colored(sys.stdout, color)) if form == "text" else render(result)


def ignore_entries(result: Result) -> str:
    """Entries that would silence all that breaks now; with a head where there is no file yet."""
    made = "".join(ignoring.printed(one.protocol, one.verdict.breaks) for one in result.compared)
    place = Path(ignoring.FILE)
    there = place.exists() and place.read_bytes().strip()
    return made if there or not made else ignoring.HEAD + made


def emit(place: Path, result: Result) -> tuple[str, ...]:
    """Write the witnesses as tests, one file for each package; their paths."""
    from wirechart.targets import witnesses

    made: dict[str, str] = {}
    for one in result.compared:
        by_package: dict[str, list[Break]] = {}
        for each in one.verdict.breaks:
            if each.witness is not None:
                package = witnesses.package(each.witness.chart)
                by_package.setdefault(package, []).append(each)
        for package, breaks in by_package.items():
            old, new = (text.path if text else "?" for text in (one.old, one.new))
            made[package] = f"{SIGN}\n{witnesses.tests(old, new, breaks)}"
    files = {_path(place, package, made): text.encode() for package, text in made.items()}
    write(files, SIGN.encode())
    return tuple(files)


def _path(place: Path, package: str, made: dict[str, str]) -> str:
    if place.suffix == ".py":
        if len(made) > 1:
            named = " and ".join(made)
            raise JobError(f"{place} is one file, and there are tests of {named}: name a folder")
        return str(place)
    return str(place / f"test_breaking_{snake(package.replace('.', '_'))}.py")
