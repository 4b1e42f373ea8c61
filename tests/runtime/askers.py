"""Askers at their places, and how the tests ask."""

from collections.abc import Callable
from typing import Any

import pytest

from runtime.asking_link import (
    asker,
)
from runtime.link import OK, Bye, Hello, Note
from wirechart.runtime import (
    Asked,
    Asker,
)

AnyAsker = Asker[Any, Any]


def sent(asker: AnyAsker, message: object, **more: Any) -> Asked:  # noqa: ANN401 -- of ask
    """Ask, and send all of it."""
    asked = asker.ask(message, **more)
    asker.sent(len(asked.data) + asked.contents)
    return asked


def ready(**more: Any) -> AnyAsker:  # noqa: ANN401 -- of Asker
    """One that was greeted."""
    made = asker(**more)
    sent(made, Hello(1))
    made.feed(OK)
    return made


def fresh(**more: Any) -> AnyAsker:  # noqa: ANN401 -- of Asker
    """One at its beginning."""
    return asker(**more)


# Every state with each kind of message in it: what the machine does about faults is the same.
PLACES = pytest.mark.parametrize(
    ("begin", "message", "state"),
    [(fresh, Hello(1), "Fresh"), (ready, Note(b"note"), "Ready"), (ready, Bye(), "Ready")],
    ids=["Hello in Fresh", "Note in Ready", "Bye in Ready"],
)
Begin = Callable[..., AnyAsker]


def name(message: object) -> str:
    return type(message).__name__
