"""Specs of now and of then: from files, folders and git revisions, and which belong together.

A place is a file, a folder with specs or with a folder `spec`, `-`, `REVISION:PATH`, or a revision
alone, which means its specs as seen from here. A path that exists is never taken for a revision.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from wirechart import git, reader, sources, syntax
from wirechart.diagnostics import did_you_mean, nearest
from wirechart.record import record
from wirechart.sources import ENDING, SPECS, STDIN, JobError, Source, SourceError, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wirechart.diagnostics import Finding
    from wirechart.model import Spec

Sources = tuple[Source, ...]


class UnreadError(JobError):
    """A spec that says too little to be compared: its text has errors of shape."""

    def __init__(self, source: Source, findings: "tuple[Finding, ...]") -> None:
        first = findings[0]
        place = f"{source.path}:{first.span.line}:{first.span.column}"
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        help_ = f"; {first.help}" if first.help else ""
        super().__init__(f"{place}: error[{first.code}] {first.message}{help_}{more}")
        self.source = source
        self.findings = findings


@record
class Version:
    """One spec as it was at one time. The rules have not been asked."""

    source: Source
    text: str  # what positions mean
    spec: "Spec"


@record
class Pair:
    """One protocol at two times; None: it was not there. Never both."""

    old: Version | None
    new: Version | None


def text(place: str) -> Source:
    """The one spec at a place, which is no folder.

    Raises:
        SourceError: there is none, or more than one.
    """
    found = texts(place)
    if len(found) != 1:
        listed = ", ".join(source.path for source in found)
        raise SourceError(f"{shown(place)} holds several specs: {listed}; name one of them")
    return found[0]


def texts(place: str) -> Sources:
    """The specs at a place, by name: one of a file, all of a folder or a revision.

    Raises:
        SourceError: there is no such place, no such revision, or no spec there.
    """
    if place == STDIN or Path(place).is_file():
        return (sources.read(place),)
    if Path(place).is_dir():
        return tuple(sources.read(path) for path in sources.inside(place))
    revision, colon, path = place.partition(":")
    if colon:
        return _of_revision(revision, path, place)
    try:
        git.known(place, Path.cwd())
    except JobError as error:
        raise SourceError(f"no file {shown(place)}, and {error}") from error
    return _of_revision(place, f"./{SPECS}", place)


def against(reference: str, specs: tuple[str, ...]) -> tuple[Sources, Sources]:
    """The specs at a revision and now: those given, or all of `spec/`.

    A spec that is missing on one side was added or removed; one that lay elsewhere in its folder
    is found by its protocol.

    Raises:
        SourceError: there is no such revision, or a spec is on neither side.
    """
    here = Path.cwd()
    git.known(reference, here)
    if not specs:
        then = _at(reference, SPECS)
        now = tuple(sources.read(spec) for spec in _now())
        if not then and not now:
            sources.find(())
        return then, now
    old: dict[str, Source] = {}
    new: dict[str, Source] = {}
    for spec in specs:
        now = texts(spec) if spec == STDIN or Path(spec).exists() else ()
        then = _at(reference, spec) or _moved(reference, spec, now)
        if not now and not then:
            raise SourceError(f"no spec {shown(spec)}, neither here nor in {shown(reference)}")
        old |= {source.path: source for source in then}
        new |= {source.path: source for source in now}
    return tuple(old.values()), tuple(new.values())


def version(source: Source) -> Version:
    """A spec that can be compared: what its rules would say does not matter, its shape does.

    Raises:
        UnreadError: it has errors of shape.
    """
    document = syntax.parse(source.content)
    spec, shape = reader.read(document)
    found = document.findings + shape
    if spec is None or found:
        raise UnreadError(source, found)
    return Version(source, document.text, spec)


def pairs(old: "Iterable[Source]", new: "Iterable[Source]") -> tuple[Pair, ...]:
    """Versions of one protocol together, in the order of `new`, then what is gone.

    Where there is one on each side, they belong together whatever they are called.

    Raises:
        UnreadError: a spec cannot be compared.
    """
    before, after = ([version(source) for source in side] for side in (old, new))
    if len(before) == len(after) == 1:
        return (Pair(before[0], after[0]),)
    waiting = {one.spec.protocol: one for one in reversed(before)}
    paired = [Pair(waiting.pop(_former(one.spec, waiting), None), one) for one in after]
    gone = (Pair(one, None) for one in before if waiting.get(one.spec.protocol) is one)
    return (*paired, *gone)


def _former(spec: "Spec", known: "dict[str, Version]") -> str:
    names = (spec.protocol, *(ref.name for ref in spec.was))
    return next((name for name in names if name in known), "")


def _now() -> tuple[str, ...]:
    return tuple(sorted(str(path) for path in Path(SPECS).glob(f"*{ENDING}")))


def _of_revision(revision: str, path: str, place: str) -> Sources:
    found = _found(revision, path)
    if found is None:
        raise SourceError(_absent(revision, path))
    if not found:
        raise SourceError(f"no *{ENDING} in {shown(place)}")
    return found


def _found(revision: str, path: str) -> Sources | None:
    """The specs at a path of a revision; None: there is no such path."""
    here = Path.cwd()
    path = path.rstrip("/")
    identifier = git.find(revision, path, here)
    if identifier is None:
        return None
    root = git.repository(here)
    inside = _from_root(path, here, root)
    if not git.is_folder(identifier, here):
        return (_source(revision, inside, identifier, root),)
    specs = [entry for entry in git.entries(identifier, here) if entry.name.endswith(ENDING)]
    if not specs and Path(inside).name != SPECS:
        return _found(revision, f"{path}/{SPECS}" if path else SPECS)
    folder = f"{inside}/" if inside else ""
    return tuple(_source(revision, folder + each.name, each.identifier, root) for each in specs)


def _source(revision: str, inside: str, identifier: str, root: Path) -> Source:
    label = shown(f"{revision}:{inside}")
    return Source(label, root, label, git.content(identifier, root))


def _from_root(path: str, here: Path, root: Path) -> str:
    """A path of a revision from the repository's root, without `./` and `../`."""
    if path.partition("/")[0] not in (".", ".."):
        return path
    absolute = os.path.normpath(here.resolve() / path)
    return "" if absolute == str(root) else Path(absolute).relative_to(root).as_posix()


def _at(reference: str, spec: str) -> Sources:
    """What a path of the working tree was in a revision; nothing where it was not there."""
    if spec == STDIN:
        raise SourceError("standard input has no path, so it is in no revision; name a file")
    place = Path(os.path.abspath(spec))  # noqa: PTH100 -- a link's own place counts
    root = git.repository(Path.cwd())
    inside = place.parent.resolve() / place.name
    if not inside.is_relative_to(root):
        raise SourceError(f"{shown(spec)} is outside of the repository {shown(str(root))}")
    path = inside.relative_to(root).as_posix()
    return _found(reference, "" if path == "." else path) or ()


def _moved(reference: str, spec: str, now: Sources) -> Sources:
    """The spec of the same protocol, elsewhere in the same folder of a revision."""
    if len(now) != 1:
        return ()
    wanted = version(now[0]).spec
    names = {wanted.protocol, *(ref.name for ref in wanted.was)}
    around = _at(reference, str(Path(spec).parent))
    return tuple(source for source in around if _protocol(source) in names)[:1]


def _protocol(source: Source) -> str:
    spec, _ = reader.read(syntax.parse(source.content))
    return spec.protocol if spec else ""


def _absent(revision: str, path: str) -> str:
    """Why there is nothing at a path of a revision, and what may have been meant."""
    where = f"the revision `{shown(revision)}`" if revision else "what is staged"
    known = git.specs(revision, Path.cwd()) if revision else ()
    names = {Path(name).name: name for name in known}
    near = names.get(Path(path).name) or nearest(path, known)
    meant = f"did you mean `{near}`?" if near else did_you_mean(path, known)
    return f"no `{shown(path)}` in {where}" + (f"; {meant}" if meant else "")
