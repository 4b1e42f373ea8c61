"""The log of a session, as JSON lines. Knows events; knows no socket, no option."""

import errno
import json
import os
import sys
from collections.abc import Callable, Mapping
from io import RawIOBase
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .causes import Cause
from .events import (
    Event,
    MessageArrived,
    ReplyArrived,
    ReplyMade,
    RequestMade,
    StateEntered,
    Terminated,
)
from .pipes import Pipe


class Journal:
    """Each line is there when it is written; without a log no session is accepted.

    A line that cannot be written is no reason to leave the peer without its reply: the next handler
    fails instead of being called, so that the machine refuses the message as it does then.
    """

    def __init__(self, file: RawIOBase, place: str) -> None:
        """`file` is unbuffered; `place` names it."""
        self.error: OSError | None = None  # the first; its `filename` is the place
        self._file = file
        self._place = place

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            self.write({"event": "interrupted"})
        self._file.close()

    def write(self, line: Mapping[str, object]) -> None:
        """Write a line, unless one could not be written before."""
        if self.error is not None:
            return
        text = json.dumps(line, ensure_ascii=False).encode() + b"\n"
        try:
            written = self._file.write(text)
        except OSError as error:
            self.error = OSError(error.errno, error.strerror, self._place)
        else:
            if written != len(text):
                self.error = OSError(errno.ETIMEDOUT, "its reader has stopped", self._place)

    def observe(self, event: Event) -> None:
        """Write an event.

        Raises:
            OSError: it is a success that is not in the log: its reply must not be sent.
        """
        self.write(told(event))
        if isinstance(event, Terminated) and event.success:
            self.check()

    def check(self) -> None:
        """Raises OSError if a line could not be written."""
        if self.error is not None:
            raise self.error

    def heeded(self, handlers: object) -> object:
        """The handlers, which fail once a line could not be written."""
        return _Heeding(handlers, self)


class _Heeding:
    def __init__(self, handlers: object, journal: Journal) -> None:
        self._handlers = handlers
        self._journal = journal

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- a handler
        handler: Callable[..., Any] = getattr(self._handlers, name)

        def heeding(*arguments: object) -> Any:  # noqa: ANN401 -- what the handler gives
            self._journal.check()
            return handler(*arguments)

        return heeding


def opened(path: Path | None) -> Journal:
    """The log in a file, which loses its content; None: on standard output.

    Raises:
        OSError: it cannot be opened.
    """
    if path is not None:
        return Journal(path.open("wb", buffering=0), os.fspath(path))
    number = 1 if sys.stdout is None else sys.stdout.fileno()
    return Journal(Pipe(number), "stdout")


def told(event: Event) -> Mapping[str, object]:
    """An event as the JSON object that stands for it."""
    match event:
        case MessageArrived(state, message, code, size):
            about = {"state": state, "message": message or None, "code": code, "size": size}
            return {"event": "message", **about}
        case ReplyMade(message, reply, size):
            return {"event": "reply", "message": message or None, "reply": reply, "size": size}
        case RequestMade(state, message, code, size):
            about = {"state": state, "message": message, "code": code, "size": size}
            return {"event": "request", **about}
        case ReplyArrived(message, reply, size):
            return {"event": "answer", "message": message, "reply": reply, "size": size}
        case StateEntered(before, state, message):
            return {"event": "state", "before": before, "state": state, "message": message or None}
        case Terminated(state, success, cause):
            ending = {"state": state, "outcome": "success" if success else "failure"}
            return {"event": "termination", **ending, "cause": _cause(cause)}


def _cause(cause: Cause | None) -> Mapping[str, object] | None:
    if cause is None:
        return None
    return {
        "name": cause.name,
        "blame": cause.blame,
        "summary": cause.summary(),
        "state": cause.state,
        "message": cause.message or None,
        "expected": cause.expected,
        "element": cause.element,
        "events": cause.events,
    }
