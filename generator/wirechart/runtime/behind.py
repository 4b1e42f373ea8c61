"""Work that is done on a thread of its own, while the caller goes on."""

from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Final, Self, TypeAlias

WAITING: Final = 2  # pieces of work that are begun, and may not be done
Work: TypeAlias = Callable[[], object]


class Behind:
    """One piece of work after the other, in their order; when this has ended, so has the thread.

    Worth it where both sides spend their time in calls that let other threads run.
    """

    __slots__ = ("_begun", "_done", "_given", "_is_first", "_thread")

    def __init__(self) -> None:
        self._is_first = True
        self._begun = 0  # pieces that are not known to be done
        self._thread: Thread | None = None
        self._given: SimpleQueue[Work | None] = SimpleQueue()  # None: there is no more
        self._done: SimpleQueue[BaseException | None] = SimpleQueue()  # what it raised

    def do(self, work: Work) -> None:
        """Have it done: the first one at once, as often no other comes; the others on the thread.

        Afterwards at most `WAITING` are not done.

        Raises:
            BaseException: what it or one before has raised; those after that one may not be done.
        """
        if self._is_first:
            self._is_first = False
            work()
            return
        self._until(WAITING - 1)
        if self._thread is None:
            self._thread = Thread(target=self._run, name="behind", daemon=True)
            self._thread.start()
        self._begun += 1
        self._given.put(work)

    def wait(self) -> None:
        """Until everything is done; raises the same."""
        self._until(0)

    def _until(self, most: int) -> None:
        while self._begun > most:
            self._begun -= 1
            if (error := self._done.get()) is not None:
                raise error

    def _run(self) -> None:
        while (work := self._given.get()) is not None:
            error = None
            try:
                work()
            except BaseException as raised:  # noqa: BLE001 -- raised where it was given
                error = raised
            self._done.put(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._given.put(None)
        if self._thread is not None:
            with suppress(RuntimeError):  # it could not be started
                self._thread.join()
