"""Things that are made ahead come in order, and their thread has ended whatever happens."""

import threading
from collections.abc import Iterator
from itertools import count

import pytest

from wirechart.runtime.ahead import ahead


class BrokenError(Exception):
    """Raised by what makes things."""


def breaking() -> Iterator[int]:
    yield 1
    raise BrokenError


def names() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "ahead"]


def test_all_things_come_in_their_order() -> None:
    assert (list(ahead(iter(range(100)))), names()) == (list(range(100)), [])


def test_nothing_may_come() -> None:
    assert (list(ahead(iter(()))), names()) == ([], [])


def test_they_are_made_on_another_thread() -> None:
    makers = ahead(threading.current_thread().name for _ in range(2))

    assert list(makers) == ["ahead", "ahead"]


def test_what_is_raised_comes_in_its_place() -> None:
    things = ahead(breaking())
    first = next(things)

    with pytest.raises(BrokenError):
        next(things)

    assert (first, names()) == (1, [])


def test_who_stops_early_leaves_no_thread() -> None:
    things = ahead(count())
    first = [next(things), next(things)]
    running = names()
    things.close()

    assert (first, running, names()) == ([0, 1], ["ahead"], [])
