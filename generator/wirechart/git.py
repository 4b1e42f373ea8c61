"""Revisions and the files in them, through the command `git`. Knows no spec; writes nothing."""

import os
import subprocess
from pathlib import Path

from wirechart.diagnostics import did_you_mean, nearest
from wirechart.record import record
from wirechart.sources import MOST, JobError, SourceError, shown

PATIENCE = 60  # seconds: a partial clone may have to fetch what is asked for
MISSING = "the command `git` is not installed, and revisions are read by it: apt-get install git"
OUTSIDE = (
    "not in a git repository, so there are no revisions; name two files, or go to a repository"
)
EMPTY = ", which has no commit yet; commit first, or name two files"
SHALLOW = "this clone is shallow and has few revisions: `git fetch` brings more"


@record
class Entry:
    """A file of a folder in a revision."""

    name: str
    identifier: str  # of its content


def repository(folder: Path) -> Path:
    """The root of the working tree that holds a folder, or the repository that has no such tree.

    Raises:
        JobError: there is none, it must not be used, or there is no git.
    """
    for asked in ("--show-toplevel", "--absolute-git-dir"):
        done = _git("rev-parse", asked, folder=folder)
        if done.returncode == 0:
            return Path(os.fsdecode(done.stdout.removesuffix(b"\n")))
    # In a container the repository often belongs to somebody else, and git says how to trust it.
    reason = _said(done.stderr)
    raise JobError(OUTSIDE if "not a git repository" in reason else f"git refuses: {reason}")


def find(revision: str, path: str, folder: Path) -> str | None:
    """The identifier of a file or folder in a revision; None: it is not in it.

    `path` is from the repository's root, or from `folder` where it begins with `./` or `../`; an
    empty revision is what is staged.

    Raises:
        JobError: there is no such revision, no repository, or no git.
    """
    found = _object(f"{revision}:{path}", folder)
    if found is None and revision:
        known(revision, folder)
    return found


def known(revision: str, folder: Path) -> None:
    """Nothing, where there is such a revision.

    Raises:
        JobError: there is none, no repository, or no git.
    """
    if _object(f"{revision}^{{tree}}", folder) is None:
        root = repository(folder)
        raise JobError(
            f"no revision `{shown(revision)}` in {shown(str(root))}{_meant(revision, root)}"
        )


def is_folder(identifier: str, folder: Path) -> bool:
    """Whether it is a folder's identifier."""
    return _git("cat-file", "-t", identifier, folder=folder).stdout == b"tree\n"


def entries(identifier: str, folder: Path) -> tuple[Entry, ...]:
    """The files of a folder by name, those of its folders left out."""
    lines = _git("ls-tree", "--full-tree", "-z", identifier, folder=folder).stdout.split(b"\0")
    split = (os.fsdecode(line).partition("\t") for line in lines if line)
    kinds = ((about.split(), name) for about, _, name in split)
    return tuple(Entry(name, identity) for (_, kind, identity), name in kinds if kind == "blob")


def content(identifier: str, folder: Path) -> bytes:
    """The bytes of a file, at most MOST.

    Raises:
        JobError: they cannot be had.
    """
    done = _git("cat-file", "blob", identifier, folder=folder)
    if done.returncode:
        raise SourceError(f"git cannot read {identifier}: {_said(done.stderr)}")
    return done.stdout[:MOST]


def specs(revision: str, folder: Path) -> tuple[str, ...]:
    """Every `*.yaml` of a revision, from the root: what may have been meant by a path."""
    listed = _git("ls-tree", "-r", "-z", "--full-tree", "--name-only", revision, folder=folder)
    names = (os.fsdecode(line) for line in listed.stdout.split(b"\0"))
    return tuple(name for name in names if name.endswith(".yaml"))


def colored(folder: Path) -> bool:
    """Whether git's settings allow colors in differences that people read."""
    done = _git("config", "--get-colorbool", "color.diff", "true", folder=folder)
    return done.stdout != b"false\n"


def _object(expression: str, folder: Path) -> str | None:
    done = _git("rev-parse", "--verify", "--quiet", "--end-of-options", expression, folder=folder)
    if done.returncode == 0:
        return done.stdout.decode("ascii").strip()
    repository(folder)
    return None


def _meant(revision: str, root: Path) -> str:
    """The nearest branch or tag; in CI a branch is often there as `origin/NAME`, or not at all."""
    if not _git("rev-list", "--all", "--max-count=1", folder=root).stdout:
        return EMPTY
    listed = _git("for-each-ref", "--format=%(refname:short)", folder=root).stdout
    names = os.fsdecode(listed).split()
    remote = (name for name in names if name.endswith(f"/{revision}"))
    near = next(remote, None) or nearest(revision, names)
    if near is not None:
        return f": did you mean `{near}`?"
    said = [did_you_mean(revision, names)] if names else []
    shallow = _git("rev-parse", "--is-shallow-repository", folder=root).stdout == b"true\n"
    return "".join(f"; {each}" for each in (*said, *([SHALLOW] if shallow else [])))


def _git(*words: str, folder: Path) -> "subprocess.CompletedProcess[bytes]":
    environment = os.environ | {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        return subprocess.run(  # noqa: S603 -- git, without a shell; names follow --end-of-options
            ("git", *words),  # noqa: S607 -- the git that the user has
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=PATIENCE,
        )
    except FileNotFoundError as error:
        raise JobError(MISSING) from error
    except subprocess.TimeoutExpired as error:
        raise JobError(f"git did not answer within {PATIENCE} s: git {words[0]}") from error
    except (OSError, ValueError) as error:
        raise JobError(f"git cannot be run: {error}") from error


def _said(error: bytes) -> str:
    return error.decode("utf-8", "backslashreplace").strip().partition("\n")[0]
