"""Files are made equal by writing no more than what differs, whatever happens to the source."""

import os
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ch_migration import Descriptor
from ch_snapshot.copying import Part, extents, update
from ch_snapshot.layout import CannotStoreError
from sources import file

KIB = 1 << 10
MIB = 1 << 20
BLOCK = 32 * KIB  # that is written at once
A = b"a" * 4096
# More than is compared at once, less than a thread is given.
SIZE = 256 * KIB + 3 * 4096
PAGES = SIZE // 4096

Pages = dict[int, bytes]
pages = st.dictionaries(st.integers(0, PAGES - 1), st.sampled_from([A, b"b" * 4096, bytes(4096)]))


def made(content: Pages) -> Descriptor:
    """A file with pages at these numbers, and holes between."""
    return file(*((number * 4096, page) for number, page in content.items()), size=SIZE)


def read(one: Descriptor) -> bytes:
    return os.pread(one.fileno(), os.fstat(one.fileno()).st_size, 0)


@given(pages, pages)
def test_afterwards_the_files_are_equal_and_nothing_is_left_to_write(
    new: Pages, old: Pages
) -> None:
    with closing(made(new)) as source, closing(made(old)) as target:
        part = Part(source, 0, target, 0, SIZE)
        list(update([part]))
        again = sum(update([part]))

        assert (read(target), again) == (read(source), 0)


def test_only_the_block_that_has_changed_is_written() -> None:
    with (
        closing(file((0, A * 64), size=MIB)) as source,
        closing(file((0, A * 64), size=MIB)) as target,
    ):
        os.pwrite(source.fileno(), b"b", 2 * BLOCK + 5)
        written = sum(update([Part(source, 0, target, 0, MIB)]))

        assert (written, read(target)) == (BLOCK, read(source))


def test_what_has_become_a_hole_is_zeros() -> None:
    with (
        closing(file((MIB, A), size=2 * MIB)) as source,
        closing(file((0, A), (MIB, A), size=2 * MIB)) as target,
    ):
        list(update([Part(source, 0, target, 0, 2 * MIB)]))

        assert read(target) == read(source)


def test_parts_lie_at_different_places() -> None:
    with closing(file((4096, A), size=MIB)) as source, closing(file(size=MIB)) as target:
        list(update([Part(source, 4096, target, 8192, 4096)]))

        assert list(extents(target.fileno(), 0, MIB)) == [(8192, 4096)]


def test_much_is_written_by_several_threads() -> None:
    size = 40 * MIB
    with (
        closing(file((0, A * (size // 4096)), size=size)) as source,
        closing(file(size=size)) as target,
    ):
        written = list(update([Part(source, 0, target, 0, size)]))

        assert (written, read(target)) == ([16 * MIB, 16 * MIB, 8 * MIB], read(source))


def test_a_source_that_was_truncated_where_the_target_has_content_is_an_error() -> None:
    with (
        closing(file((0, A), size=MIB)) as source,
        closing(file((0, A), (MIB - 4096, A), size=MIB)) as target,
    ):
        os.truncate(source.fileno(), 4096)
        with pytest.raises(CannotStoreError) as refused:
            list(update([Part(source, 0, target, 0, MIB)]))

    assert refused.value.text == "a descriptor was truncated while it was copied"


def test_a_target_that_cannot_be_written_is_an_error() -> None:
    with (
        closing(file((0, A), size=MIB)) as source,
        closing(file(size=MIB)) as writable,
        closing(Descriptor(os.open(f"/proc/self/fd/{writable.fileno()}", os.O_RDONLY))) as target,
        pytest.raises(OSError, match="Bad file descriptor"),
    ):
        list(update([Part(source, 0, target, 0, MIB)]))
