"""Specs of a git repository: as they are, as they were, and which belong together."""

import os
from pathlib import Path

import pytest

from gits import git
from guestbook import GUESTBOOK
from wirechart import revisions
from wirechart.sources import JobError

ROOT = Path(__file__).parent.parent
OTHER = GUESTBOOK.replace("protocol: guestbook", "protocol: other")
KNOWN = "; known: `main`"
THIRD = GUESTBOOK.replace("protocol: guestbook", "protocol: third")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two specs of which one changed since `main`; the current folder."""
    folder = tmp_path.resolve()
    git(folder, "init", "--quiet", "--initial-branch=main")
    (folder / "spec").mkdir()
    (folder / "spec" / "a.yaml").write_text(GUESTBOOK)
    (folder / "spec" / "b.yaml").write_text(OTHER)
    (folder / "notes.txt").write_text("no spec\n")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "one")
    (folder / "spec" / "a.yaml").write_text(GUESTBOOK + "\n")
    monkeypatch.chdir(folder)
    return folder


def refused(place: str) -> str:
    with pytest.raises(JobError) as caught:
        revisions.texts(place)
    return str(caught.value)


def test_a_file_of_a_revision_is_what_it_was(repository: Path) -> None:
    source = revisions.text("main:spec/a.yaml")

    assert (source.path, source.label) == ("main:spec/a.yaml", "main:spec/a.yaml")
    assert (source.content, source.root) == (GUESTBOOK.encode(), repository)


def test_a_file_that_exists_is_never_a_revision(repository: Path) -> None:
    (repository / "main").write_text(THIRD)
    (repository / "main:spec").mkdir()
    (repository / "main:spec" / "a.yaml").write_text(THIRD)

    found = (revisions.text("main").content, revisions.text("main:spec/a.yaml").content)

    assert found == (THIRD.encode(), THIRD.encode())


def test_a_folder_of_a_revision_is_its_specs_by_name(repository: Path) -> None:
    (repository / "spec" / "c.yaml").write_text(THIRD)

    assert [source.path for source in revisions.texts("main:spec/")] == [
        "main:spec/a.yaml",
        "main:spec/b.yaml",
    ]


@pytest.mark.parametrize("place", ["main", "HEAD:", "main:./spec", "HEAD:spec"])
@pytest.mark.usefixtures("repository")
def test_a_revision_is_its_specs_as_seen_from_here(place: str) -> None:
    revision = place.partition(":")[0]

    assert [source.path for source in revisions.texts(place)] == [
        f"{revision}:spec/a.yaml",
        f"{revision}:spec/b.yaml",
    ]


def test_below_the_root_paths_begin_with_a_dot(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "spec")

    found = [revisions.text(place).path for place in ("main:./a.yaml", "main:../spec/b.yaml")]

    assert found == ["main:spec/a.yaml", "main:spec/b.yaml"]


@pytest.mark.parametrize("place", [".", "spec", "spec/"])
@pytest.mark.usefixtures("repository")
def test_a_folder_is_its_specs_or_those_of_its_folder_spec(place: str) -> None:
    assert [source.content for source in revisions.texts(place)] == [
        GUESTBOOK.encode() + b"\n",
        OTHER.encode(),
    ]


def test_what_is_staged_is_a_revision_without_a_name(repository: Path) -> None:
    git(repository, "add", "spec/a.yaml")

    assert revisions.text(":spec/a.yaml").content == GUESTBOOK.encode() + b"\n"


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("mian:spec/a.yaml", "no revision `mian` in {root}: did you mean `main`?"),
        ("v9:spec/a.yaml", f"no revision `v9` in {{root}}{KNOWN}"),
        ("--help:spec", f"no revision `--help` in {{root}}{KNOWN}"),
        ("x.yaml", f"no file x.yaml, and no revision `x.yaml` in {{root}}{KNOWN}"),
        ("main:spec/aa.yaml", "no `spec/aa.yaml` in the revision `main`; did you mean {a}?"),
        ("main:a.yaml", "no `a.yaml` in the revision `main`; did you mean {a}?"),
        ("main:other", "no `other` in the revision `main`; known: {a}, `spec/b.yaml`"),
        (":spec/x.yaml", "no `spec/x.yaml` in what is staged"),
    ],
)
def test_what_is_not_there_is_said_with_what_may_be_meant(
    repository: Path, place: str, said: str
) -> None:
    assert refused(place) == said.format(root=repository, a="`spec/a.yaml`")


def test_a_branch_that_is_only_at_the_remote_is_suggested(repository: Path) -> None:
    git(repository, "update-ref", "refs/remotes/origin/next", "HEAD")

    assert refused("next:spec/") == (
        f"no revision `next` in {repository}: did you mean `origin/next`?"
    )


def test_a_repository_without_a_commit_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path.resolve()
    git(folder, "init", "--quiet", "--initial-branch=main")
    monkeypatch.chdir(folder)
    empty = ", which has no commit yet; commit first, or name two files"

    assert [refused(place) for place in ("main", "HEAD:spec/a.yaml")] == [
        f"no file main, and no revision `main` in {folder}{empty}",
        f"no revision `HEAD` in {folder}{empty}",
    ]


def test_a_shallow_clone_says_where_more_revisions_are(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(repository, "commit", "--quiet", "--all", "-m", "two")
    git(repository, "clone", "--quiet", "--depth=1", f"file://{repository}", "shallow")
    git(repository / "shallow", "remote", "set-head", "origin", "--delete")
    monkeypatch.chdir(repository / "shallow")

    assert refused("v1:spec") == (
        f"no revision `v1` in {repository}/shallow; known: `main`, `origin/main`; "
        "this clone is shallow and has few revisions: `git fetch` brings more"
    )


def test_outside_of_a_repository_there_are_no_revisions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    assert refused("main:spec/a.yaml") == (
        "not in a git repository, so there are no revisions; name two files, or go to a repository"
    )


def test_a_repository_without_a_working_tree_has_revisions_too(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(repository, "clone", "--quiet", "--bare", ".", "bare.git")
    monkeypatch.chdir(repository / "bare.git")

    assert revisions.text("main:spec/a.yaml").content == GUESTBOOK.encode()


def test_a_repository_that_git_does_not_trust_is_not_called_missing(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)

    assert refused("main:spec/a.yaml") == (
        f"git refuses: fatal: detected dubious ownership in repository at '{repository}'"
    )


def test_without_git_there_are_no_revisions(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(repository))

    assert refused("main:spec/a.yaml") == (
        "the command `git` is not installed, and revisions are read by it: apt-get install git"
    )


@pytest.mark.usefixtures("repository")
def test_several_specs_are_not_one() -> None:
    with pytest.raises(JobError) as caught:
        revisions.text("main:spec")

    assert str(caught.value) == (
        "main:spec holds several specs: main:spec/a.yaml, main:spec/b.yaml; name one of them"
    )


def labels(old: revisions.Sources, new: revisions.Sources) -> tuple[list[str], list[str]]:
    return [source.path for source in old], [source.path for source in new]


def test_against_a_revision_all_specs_are_compared(repository: Path) -> None:
    (repository / "spec" / "c.yaml").write_text(THIRD)
    (repository / "spec" / "b.yaml").unlink()

    assert labels(*revisions.against("main", ())) == (
        ["main:spec/a.yaml", "main:spec/b.yaml"],
        ["spec/a.yaml", "spec/c.yaml"],
    )


def test_against_a_revision_a_spec_is_what_it_was_at_its_path(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "spec")

    assert labels(*revisions.against("HEAD", ("a.yaml",))) == (["HEAD:spec/a.yaml"], ["a.yaml"])


def test_a_spec_that_was_moved_is_found_by_its_protocol(repository: Path) -> None:
    (repository / "spec" / "b.yaml").rename(repository / "spec" / "moved.yaml")

    assert labels(*revisions.against("main", ("spec/moved.yaml",))) == (
        ["main:spec/b.yaml"],
        ["spec/moved.yaml"],
    )


@pytest.mark.usefixtures("repository")
def test_a_spec_that_is_on_neither_side_is_none() -> None:
    with pytest.raises(JobError) as caught:
        revisions.against("main", ("spec/x.yaml",))

    assert str(caught.value) == "no spec spec/x.yaml, neither here nor in main"


def paired(old: revisions.Sources, new: revisions.Sources) -> list[tuple[str, str]]:
    return [
        (pair.old.source.path if pair.old else "", pair.new.source.path if pair.new else "")
        for pair in revisions.pairs(old, new)
    ]


def test_protocols_are_paired_by_name_and_by_what_they_were_called(repository: Path) -> None:
    (repository / "spec" / "b.yaml").write_text(THIRD.replace("doc:", "was: other\ndoc:", 1))
    (repository / "spec" / "new.yaml").write_text(THIRD.replace("third", "fourth"))
    (repository / "spec" / "a.yaml").unlink()

    assert paired(*revisions.against("main", ())) == [
        ("main:spec/b.yaml", "spec/b.yaml"),
        ("", "spec/new.yaml"),
        ("main:spec/a.yaml", ""),
    ]


@pytest.mark.usefixtures("repository")
def test_one_spec_on_each_side_belongs_together() -> None:
    pair = paired(revisions.texts("main:spec/a.yaml"), revisions.texts("spec/b.yaml"))

    assert pair == [("main:spec/a.yaml", "spec/b.yaml")]


def test_a_spec_of_no_shape_cannot_be_compared(repository: Path) -> None:
    (repository / "spec" / "a.yaml").write_text(GUESTBOOK.replace("byte_order", "byte_odor"))

    with pytest.raises(revisions.UnreadError) as caught:
        paired(*revisions.against("main", ("spec/a.yaml",)))

    assert str(caught.value) == (
        "spec/a.yaml:10:3: error[STR001] `byte_odor` is not a key of the wire; "
        "did you mean `byte_order`?"
    )
