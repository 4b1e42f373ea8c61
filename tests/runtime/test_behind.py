"""Work that is done behind is done in order, and its thread has ended whatever happens."""

import threading
from collections.abc import Callable
from functools import partial
from threading import Event

import pytest

from wirechart.runtime.behind import Behind

PATIENCE = 10.0  # seconds


class BrokenError(Exception):
    """Raised by work."""


def breaks() -> None:
    raise BrokenError


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "behind"]


def test_everything_is_done_in_its_order() -> None:
    done: list[int] = []
    with Behind() as behind:
        for number in range(100):
            behind.do(partial(done.append, number))
        behind.wait()

    assert (done, threads()) == (list(range(100)), [])


def test_what_was_given_is_done_before_the_end() -> None:
    done: list[int] = []
    with Behind() as behind:
        for number in range(3):
            behind.do(partial(done.append, number))

    assert (done, threads()) == ([0, 1, 2], [])


def test_only_the_first_is_done_by_the_caller() -> None:
    workers: list[str] = []

    def work() -> None:
        workers.append(threading.current_thread().name)

    with Behind() as behind:
        for _ in range(3):
            behind.do(work)

    assert workers == [threading.current_thread().name, "behind", "behind"]


def test_two_pieces_may_wait_while_the_caller_goes_on() -> None:
    goes, began, third = Event(), Event(), Event()
    with Behind() as behind:
        behind.do(threads)
        behind.do(partial(goes.wait, PATIENCE))
        behind.do(began.set)
        waiting = began.is_set()
        goes.set()
        behind.do(third.set)  # it waits for one of them
        behind.wait()

    assert (waiting, began.is_set(), third.is_set()) == (False, True, True)


def test_where_no_thread_can_be_started_only_that_is_raised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    behind = Behind()
    behind.do(threads)

    with pytest.raises(RuntimeError, match="can't start new thread"), behind:
        behind.do(threads)


def does_more(behind: Behind) -> None:
    behind.do(threads)


@pytest.mark.parametrize("goes_on", [Behind.wait, does_more])
def test_what_is_raised_comes_with_what_is_asked_for_next(
    goes_on: Callable[[Behind], None],
) -> None:
    with Behind() as behind:
        for work in (threads, breaks, threads):
            behind.do(work)
        with pytest.raises(BrokenError):
            goes_on(behind)

    assert threads() == []


def test_the_caller_hears_at_once_of_the_first() -> None:
    with Behind() as behind, pytest.raises(BrokenError):
        behind.do(breaks)
