"""What must hold, and how it is said when it does not. Knows no protocol."""

import gc
import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

_OPEN: Final = "/proc/self/fd"


class Violation(Exception):  # noqa: N818 -- a finding of the fuzzer, not an error of the program
    """An invariant does not hold; the text says which one, and what was found instead."""


def hold(condition: object, text: str) -> None:
    """Nothing, when the condition holds.

    Raises:
        Violation: it does not.
    """
    if not condition:
        raise Violation(text)


@contextmanager
def nothing_left() -> Generator[None, None, None]:
    """Whatever is done inside leaves neither a descriptor nor a thread.

    Raises:
        Violation: it does.
    """
    before, threads = _open(), threading.active_count()
    yield
    if _open() > before:
        gc.collect()  # an error that is kept holds the frames it passed through, in a cycle
    now = _open()  # fewer: what was left before has been collected
    hold(now <= before, f"{now - before} descriptors are left")
    hold(threading.active_count() == threads, "a thread is left")


def _open() -> int:
    """How many descriptors this process has: counting them is cheap, naming them is not."""
    return len(os.listdir(_OPEN))  # noqa: PTH208 -- no object for each of them
