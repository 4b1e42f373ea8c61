"""A directory that appears whole or not at all, whatever lies where it is to be."""

import errno
import os
from collections.abc import Callable
from operator import methodcaller
from pathlib import Path

import pytest

from captures import descriptors_open
from ch_snapshot.directory import Partial

NAMES = ("one", "two")


def refusal(target: Path) -> tuple[int | None, str | None, str]:
    """Why a directory cannot be begun: number, words, and the path in question."""
    before = descriptors_open()
    with pytest.raises(OSError) as refused:  # noqa: PT011 -- the caller looks at it
        Partial(target, NAMES)
    assert descriptors_open() == before
    error = refused.value
    return error.errno, error.strerror, str(error.filename)


def stale(target: Path) -> Path:
    """What a killed writer leaves behind."""
    partial = target.parent / f".{target.name}.partial"
    partial.mkdir(0o700)
    (partial / "one").write_bytes(b"old")
    return partial


def test_it_is_beside_its_place_until_it_is_committed(tmp_path: Path) -> None:
    with Partial(tmp_path / "new", NAMES) as directory:
        directory.write("one", [b"1", b"2"])
        before = [path.name for path in tmp_path.iterdir()]
        directory.commit()
        after = [path.name for path in tmp_path.iterdir()]

    assert (before, after) == ([".new.partial"], ["new"])
    assert (tmp_path / "new" / "one").read_bytes() == b"12"


def test_what_was_not_committed_is_removed(tmp_path: Path) -> None:
    before = descriptors_open()
    with Partial(tmp_path / "new", NAMES) as directory:
        directory.write("one", [b"1"])

    assert (list(tmp_path.iterdir()), descriptors_open()) == ([], before)


def test_one_that_is_interrupted_before_the_rename_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt), Partial(tmp_path / "target", NAMES) as partial:
        partial.commit()

    assert (partial.committed, list(tmp_path.iterdir())) == (False, [])


def test_one_that_is_interrupted_after_the_rename_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = os.rename

    def interrupted(old: str, new: str, **places: int) -> None:
        rename(old, new, **places)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt), Partial(tmp_path / "target", NAMES) as partial:
        partial.commit()

    assert (partial.committed, list(tmp_path.iterdir())) == (True, [tmp_path / "target"])


def test_one_that_somebody_else_removed_cannot_be_committed(tmp_path: Path) -> None:
    with Partial(tmp_path / "new", NAMES) as directory:
        (tmp_path / ".new.partial").rmdir()
        with pytest.raises(FileNotFoundError):
            directory.commit()

    assert list(tmp_path.iterdir()) == []


def test_its_files_are_found_after_it_moved(tmp_path: Path) -> None:
    with Partial(tmp_path / "new", NAMES) as directory:
        path = directory.path("one")
        path.write_bytes(b"1")
        directory.commit()

        assert (path.read_bytes(), directory.path("one").read_bytes()) == (b"1", b"1")


def test_a_stale_one_is_taken_over(tmp_path: Path) -> None:
    stale(tmp_path / "new")

    with Partial(tmp_path / "new", NAMES) as directory:
        directory.write("two", [b"2"])
        directory.commit()

    assert [path.name for path in (tmp_path / "new").iterdir()] == ["two"]


def test_one_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    place = str(tmp_path / ".new.partial")
    with Partial(tmp_path / "new", NAMES) as directory:
        directory.write("one", [b"1"])

        assert refusal(tmp_path / "new") == (
            errno.EBUSY,
            "is being written by another process",
            place,
        )
        assert directory.path("one").read_bytes() == b"1"


def test_one_that_others_may_write_in_is_left_alone(tmp_path: Path) -> None:
    place = stale(tmp_path / "new")
    place.chmod(0o777)

    found = refusal(tmp_path / "new")

    assert found == (errno.EPERM, "is not from here: others may write in it", str(place))
    assert (place / "one").read_bytes() == b"old"


def test_one_with_other_files_is_left_alone(tmp_path: Path) -> None:
    place = stale(tmp_path / "new")
    (place / "three").touch()

    found = refusal(tmp_path / "new")

    assert found == (errno.ENOTEMPTY, "holds `three`, which is not from here", str(place))


def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir(0o700)
    (tmp_path / "other" / "one").write_bytes(b"precious")
    place = tmp_path / ".new.partial"
    place.symlink_to("other")

    found = refusal(tmp_path / "new")

    assert found == (errno.ENOTDIR, "is in the way: Not a directory", str(place))
    assert (tmp_path / "other" / "one").read_bytes() == b"precious"


def test_a_symbolic_link_in_a_stale_one_is_removed_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"precious")
    (stale(tmp_path / "new") / "two").symlink_to(tmp_path / "other")

    with Partial(tmp_path / "new", NAMES) as directory:
        directory.write("two", [b"2"])

    assert (tmp_path / "other").read_bytes() == b"precious"


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(Path.mkdir, id="a directory"),
        pytest.param(Path.touch, id="a file"),
        pytest.param(methodcaller("symlink_to", "/"), id="a link"),
        pytest.param(methodcaller("symlink_to", "nowhere"), id="a link to nowhere"),
    ],
)
def test_what_exists_stays(make: Callable[[Path], None], tmp_path: Path) -> None:
    target = tmp_path / "new"
    make(target)

    assert refusal(target) == (errno.EEXIST, "exists already", str(target))
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_what_came_meanwhile_stays(tmp_path: Path) -> None:
    with Partial(tmp_path / "new", NAMES) as directory:
        (tmp_path / "new").write_bytes(b"precious")
        with pytest.raises(FileExistsError):
            directory.commit()

    assert [path.name for path in tmp_path.iterdir()] == ["new"]
    assert (tmp_path / "new").read_bytes() == b"precious"


@pytest.mark.parametrize("name", ["", ".."])
def test_a_new_directory_has_a_name(name: str, tmp_path: Path) -> None:
    reason = "is not the name of a new directory"

    assert refusal(Path(name)) == (errno.EINVAL, reason, str(Path(name)))
    assert list(tmp_path.iterdir()) == []


def test_the_directory_above_has_to_exist(tmp_path: Path) -> None:
    place = tmp_path / "no"

    assert refusal(place / "new") == (errno.ENOENT, "No such file or directory", str(place))


def test_a_file_is_never_written_twice(tmp_path: Path) -> None:
    with Partial(tmp_path / "new", NAMES) as directory:
        os.close(directory.create("one").take())
        with pytest.raises(FileExistsError):
            directory.write("one", [b"1"])
