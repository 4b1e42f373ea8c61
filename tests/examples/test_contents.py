"""Bytes of memory are copied without their holes, and what vanishes meanwhile is an error."""

import os
from contextlib import closing
from pathlib import Path

import pytest

from ch_migration import Descriptor
from ch_snapshot.contents import Slots, gather
from ch_snapshot.copying import extents
from ch_snapshot.layout import CannotStoreError, Range, Slot
from sources import file

MIB = 1 << 20
BLOCK = 4096
PIECE = b"a" * BLOCK


def slots_of(source: Descriptor, size: int) -> Slots:
    """One mapping at address 0."""
    return Slots(file(size=0), [Slot(0, size, 0, "mem0", False, 0)], {0: source})


def target(folder: Path) -> Descriptor:
    return Descriptor(os.open(folder / "target", os.O_RDWR | os.O_CREAT))


@pytest.fixture
def source() -> Descriptor:
    """4 MiB, of which two blocks are no holes."""
    return file((MIB, PIECE), (3 * MIB, PIECE), size=4 * MIB)


def test_what_is_no_hole_is_found(source: Descriptor) -> None:
    number = source.fileno()

    assert list(extents(number, 0, 4 * MIB)) == [(MIB, BLOCK), (3 * MIB, BLOCK)]
    assert list(extents(number, MIB + 1, 2 * MIB)) == [(MIB + 1, BLOCK - 1)]
    assert list(extents(number, 0, MIB + 1)) == [(MIB, 1)]
    assert list(extents(number, 2 * MIB, 3 * MIB)) == []
    assert list(extents(number, 8 * MIB, 9 * MIB)) == []


def test_holes_are_not_copied(source: Descriptor, tmp_path: Path) -> None:
    with closing(slots_of(source, 4 * MIB)) as contents, closing(target(tmp_path)) as copy:
        ranges = [Range(2 * MIB, 2 * MIB), Range(0, 2 * MIB)]
        copied = list(gather(contents, ranges, copy))
        found = list(extents(copy.fileno(), 0, 4 * MIB))

    assert (copied, found) == ([BLOCK, BLOCK], [(MIB, BLOCK), (3 * MIB, BLOCK)])
    assert (tmp_path / "target").stat().st_size == 4 * MIB


def test_what_is_truncated_before_a_hole_is_an_error(source: Descriptor, tmp_path: Path) -> None:
    with (
        closing(Descriptor(os.dup(source.fileno()))) as theirs,
        closing(slots_of(source, 4 * MIB)) as contents,
        closing(target(tmp_path)) as copy,
    ):
        copying = gather(contents, [Range(0, 4 * MIB)], copy)
        next(copying)
        os.truncate(theirs.fileno(), 2 * MIB)
        with pytest.raises(CannotStoreError) as refused:
            list(copying)

    assert refused.value.text == "the descriptor of zone `mem0` has 2097152 bytes, not 4194304"


def test_what_is_truncated_while_it_is_copied_is_an_error(tmp_path: Path) -> None:
    """Between two file systems at most 1 MiB is copied at once."""
    full = file((0, b"a" * 4 * MIB), size=4 * MIB)
    with (
        closing(Descriptor(os.dup(full.fileno()))) as theirs,
        closing(slots_of(full, 4 * MIB)) as contents,
        closing(target(tmp_path)) as copy,
    ):
        copying = gather(contents, [Range(0, 4 * MIB)], copy)
        next(copying)
        os.truncate(theirs.fileno(), MIB)
        with pytest.raises(CannotStoreError) as refused:
            list(copying)

    assert refused.value.text == "a descriptor was truncated while it was copied"
