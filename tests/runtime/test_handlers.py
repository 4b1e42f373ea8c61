"""Handlers: what they return and raise, and what is answered."""

from typing import Any

import pytest

from runtime import link
from runtime.link import (
    BYE,
    FAILED,
    HELLO,
    LENIENT,
    OK,
    Broken,
    Done,
    Open,
    Receiver,
    Reply,
)
from wirechart.runtime import (
    Core,
    HandlerFailed,
    Refusal,
    WrongResultError,
)


class Returning(link.Handlers):
    """Return what one wants from `note` and `bye`."""

    def __init__(self, result: object = None, error: BaseException | None = None) -> None:
        super().__init__()
        self._result = result
        self._error = error

    def note(self, state: Open, message: link.Note) -> Any:  # noqa: ANN401 -- on purpose wrong
        del state, message
        if self._error:
            raise self._error
        return self._result

    bye = note  # type: ignore[assignment]  # the same for another message


@pytest.mark.parametrize(
    "result", [None, 0, Done, Done(clean=True), Broken, (1, 2), Open, object(), [], Exception()]
)
def test_the_wrong_result_is_a_failed_handler(result: object) -> None:
    receiver = Receiver(Returning(result), LENIENT)

    assert receiver.feed(HELLO + link.NOTE) == OK + FAILED


def test_the_wrong_result_says_what_was_expected() -> None:
    receiver = Receiver(Returning(7))
    receiver.feed(HELLO + link.NOTE)

    assert str(receiver.cause.error) == "note has to return Open, not int"


class Subclass(Done):
    """Not Done itself."""


@pytest.mark.parametrize("result", [Done(clean=False), Done(clean=1), Subclass(clean=True)])  # type: ignore[arg-type]  # on purpose
def test_what_set_demands_is_checked(result: Done) -> None:
    receiver = Receiver(Returning(result), LENIENT)

    assert receiver.feed(HELLO + BYE) == OK + FAILED


@pytest.mark.parametrize(
    "error",
    [
        OSError(28, "No space left on device"),
        RecursionError(),
        MemoryError(),
        StopIteration(),
        GeneratorExit(),
        WrongResultError("odd"),
    ],
)
def test_whatever_a_handler_raises_is_the_cause(error: BaseException) -> None:
    receiver = Receiver(Returning(error=error))

    assert receiver.feed(HELLO + link.NOTE) == OK + FAILED
    assert receiver.termination == Broken(HandlerFailed(state="Open", message="Note", error=error))


def test_a_handler_may_choose_one_of_the_refusals() -> None:
    receiver = Receiver(Returning(error=Refusal(Reply.Broken, "no room")))

    assert receiver.feed(HELLO + link.NOTE) == OK + link.BROKEN
    assert receiver.cause.summary() == ("Note was refused by its handler in Open: no room")


@pytest.mark.parametrize("reply", [Reply.Ok, 77])
def test_a_refusal_with_no_refusing_reply_is_a_failed_handler(reply: int) -> None:
    receiver = Receiver(Returning(error=Refusal(reply, "no room")))

    assert receiver.feed(HELLO + link.NOTE) == OK + FAILED


def test_the_first_error_is_told() -> None:
    error = RuntimeError("cannot store")
    error.__cause__ = OSError(28, "No space left on device")
    receiver = Receiver(Returning(error=error))
    receiver.feed(HELLO + link.NOTE)

    assert receiver.cause.summary() == (
        "the handler of Note failed in Open: OSError: [Errno 28] No space left on device"
    )


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)])
def test_an_interrupt_passes_and_closes_the_receiver(error: BaseException) -> None:
    receiver = Receiver(Returning(error=error))
    receiver.feed(HELLO)

    with pytest.raises(type(error)):
        receiver.feed(link.NOTE)

    assert (receiver.wants(), receiver.termination) == (None, None)


class Silent:
    """Has no handlers at all."""


def test_a_missing_handler_is_a_failed_one() -> None:
    receiver: Core[Any, Any] = Receiver(Silent())

    assert receiver.feed(HELLO) == FAILED
