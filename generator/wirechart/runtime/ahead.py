"""Things that are made on a thread of their own, while the ones before are used."""

from collections.abc import Generator, Iterator
from queue import SimpleQueue
from threading import Thread
from typing import Final, TypeVar

T = TypeVar("T")
_AHEAD: Final = 2  # things that are made before they are asked for


class _Raised:
    """Comes in place of a thing."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException) -> None:
        self.error = error


def ahead(things: Iterator[T]) -> Generator[T, None, None]:
    """The same things in the same order. The thread has ended when this has.

    Worth it where the caller spends its time in calls that let other threads run.
    """
    wanted: SimpleQueue[bool] = SimpleQueue()
    made: SimpleQueue[T | _Raised | None] = SimpleQueue()  # None: there are no more
    thread = Thread(target=_make, args=(things, wanted, made), name="ahead", daemon=True)
    thread.start()
    try:
        for _ in range(_AHEAD):
            wanted.put(True)
        while (found := made.get()) is not None:
            if isinstance(found, _Raised):
                raise found.error
            yield found
            wanted.put(True)
    finally:
        wanted.put(False)
        thread.join()


def _make(
    things: Iterator[T], wanted: "SimpleQueue[bool]", made: "SimpleQueue[T | _Raised | None]"
) -> None:
    while wanted.get():
        try:
            made.put(next(things, None))
        except BaseException as error:  # noqa: BLE001 -- raised where the thing is asked for
            made.put(_Raised(error))
