"""A directory that appears whole or not at all. Knows files, not what they hold.

Until it is committed it is `.NAME.partial` beside its place, locked by its writer. One that a
killed writer left behind is not locked any more: the next one for the same place takes it over.
Files are reached by the directory's descriptor, and no symbolic link is followed.
"""

import errno
import fcntl
import os
import stat
from collections.abc import Collection, Iterable
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Final, Self

from ch_migration import Descriptor

_OPEN: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_CREATE: Final = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Partial:
    """A directory in the making; a context manager that removes it unless it was committed."""

    def __init__(self, target: Path, names: Collection[str]) -> None:
        """Begin it, empty; `names` are those of all files that it may ever hold.

        Raises:
            OSError: it cannot be made; the target exists; or another process is writing it.
        """
        self.target = target
        self.committed = False
        self._names = names
        self._name = f".{target.name}.partial"
        with ExitStack() as undo:
            self._parent = Descriptor(os.open(target.parent, os.O_DIRECTORY | os.O_CLOEXEC))
            undo.callback(self._parent.close)
            self._expect_nothing()
            with suppress(FileExistsError):
                os.mkdir(self._name, 0o700, dir_fd=self._parent.fileno())
            self._folder = Descriptor(self._opened())
            undo.callback(self._folder.close)
            self._own()
            self._remove_files()
            for left in self.path(".").iterdir():
                raise self._error(errno.ENOTEMPTY, f"holds `{left.name}`, which is not from here")
            undo.pop_all()

    def path(self, name: str) -> Path:
        """Where a file of it is found by this process, wherever the directory is moved to."""
        return Path(f"/proc/self/fd/{self._folder.fileno()}/{name}")

    def create(self, name: str) -> Descriptor:
        """A new file, for reading and writing, for its owner only."""
        return Descriptor(os.open(name, _CREATE, 0o600, dir_fd=self._folder.fileno()))

    def open(self, name: str) -> Descriptor:
        """A file of it, for reading."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
        return Descriptor(os.open(name, flags, dir_fd=self._folder.fileno()))

    def write(self, name: str, pieces: Iterable[bytes]) -> None:
        """A new file with this content, on the disk."""
        file = self.create(name)
        with os.fdopen(file.take(), "wb") as stream:
            stream.writelines(pieces)
            stream.flush()
            os.fsync(stream.fileno())

    def rename(self, old: str, new: str) -> None:
        """Give a file another name."""
        number = self._folder.fileno()
        os.rename(old, new, src_dir_fd=number, dst_dir_fd=number)

    def remove(self, name: str) -> None:
        """Remove a file."""
        os.unlink(name, dir_fd=self._folder.fileno())

    def commit(self) -> None:
        """Put it in its place, on the disk. Its files have to be there already.

        Raises:
            OSError: it could not; then nothing is in its place.
        """
        os.fsync(self._folder.fileno())
        self._expect_nothing()
        try:
            # Whatever interrupts us from here on, what is in its place is not removed any more.
            self.committed = True
            self._move(self._name, self.target.name)
            try:
                os.fsync(self._parent.fileno())
            except OSError:
                self._move(self.target.name, self._name)
                raise
        except OSError:
            self.committed = False
            raise
        except BaseException:
            self.committed = self._is_in_place()
            raise

    def close(self) -> None:
        """Remove it, unless it was committed."""
        with closing(self._parent), closing(self._folder):
            if not self.committed:
                self._remove_files()
                with suppress(FileNotFoundError):  # somebody was faster
                    os.rmdir(self._name, dir_fd=self._parent.fileno())

    def _is_in_place(self) -> bool:
        try:
            there = os.lstat(self.target.name, dir_fd=self._parent.fileno())
        except FileNotFoundError:
            return False
        return os.path.samestat(os.fstat(self._folder.fileno()), there)

    def _move(self, old: str, new: str) -> None:
        parent = self._parent.fileno()
        os.rename(old, new, src_dir_fd=parent, dst_dir_fd=parent)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _expect_nothing(self) -> None:
        if self.target.name in ("", ".."):
            raise OSError(errno.EINVAL, "is not the name of a new directory", str(self.target))
        with suppress(FileNotFoundError):
            os.lstat(self.target.name, dir_fd=self._parent.fileno())
            raise FileExistsError(errno.EEXIST, "exists already", str(self.target))

    def _opened(self) -> int:
        try:
            return os.open(self._name, _OPEN, dir_fd=self._parent.fileno())
        except OSError as error:
            raise self._error(error.errno, f"is in the way: {error.strerror}") from None

    def _own(self) -> None:
        """Lock it, and see that it is the one, and that nobody else may write in it."""
        number = self._folder.fileno()
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            here = os.lstat(self._name, dir_fd=self._parent.fileno())
        except (BlockingIOError, FileNotFoundError):
            raise self._error(errno.EBUSY, "is being written by another process") from None
        found = os.fstat(number)
        if not os.path.samestat(found, here):
            raise self._error(errno.EBUSY, "is being written by another process")
        if found.st_uid != os.geteuid() or found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise self._error(errno.EPERM, "is not from here: others may write in it")

    def _remove_files(self) -> None:
        for name in self._names:
            with suppress(FileNotFoundError):
                self.remove(name)

    def _error(self, number: int | None, text: str) -> OSError:
        return OSError(number, text, str(self.target.parent / self._name))
