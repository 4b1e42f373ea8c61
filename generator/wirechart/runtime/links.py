"""An asker on a socket: what is asked is sent with all that belongs to it, and its reply taken.

Time stands still while the program supplies contents: only waiting for the peer counts.
"""

import select
from collections.abc import Iterator
from typing import Any, TypeVar

from .asking import Asked, AskingFailed, Contents, Request
from .causes import NotAllowedError
from .parts import NOTHING
from .steps import Failed, attempt
from .targets import FileRange
from .transfers import COPIED, Transfer

S = TypeVar("S")
T = TypeVar("T")


class Link(Transfer[S, T]):
    """One connection and its asker; a generated subclass declares where each message leads."""

    def exchange(
        self,
        state: object,
        message: object,
        *,
        contents: Contents | None = None,
        into: memoryview | None = None,
    ) -> Any:  # noqa: ANN401 -- the generated method says what
        """Ask in this state, and wait for the reply: the next state.

        For a message whose reply has a payload a pair: the state, and the payload, which is at the
        beginning of `into` if that is given.

        Raises:
            NotAllowedError: nothing was sent, nothing has changed.
            AskingFailed: the machine has ended in a failure.
        """
        request = self._request(state, message, contents)
        try:
            self._receive()  # what nobody asked for, or the end
            if self.asker.termination is None:
                self._carry(self.asker.ask(message, into=into, now=self._now), contents)
        except NotAllowedError:
            raise
        except BaseException:
            self.close()
            raise
        return self._result(request)

    def _request(self, state: object, message: object, contents: Contents | None) -> Request:
        """What is known of the message, once it may be asked like this."""
        request = self.asker.allowed(message)[0]
        wrong = ""
        if state != self.asker.state:
            wrong = f"it is in {type(self.asker.state).__name__}"
        elif request.descriptors and not self._is_unix:
            wrong = "descriptors pass through unix sockets only"
        elif (contents is None) is not (request.contents is None):
            wrong = "it needs contents" if contents is None else "it has no contents"
        if wrong:
            raise NotAllowedError(type(state).__name__, request.name, wrong)
        return request

    def _result(self, request: Request) -> Any:  # noqa: ANN401 -- as of `exchange`
        asker = self.asker
        if asker.cause is not None:
            self.close()
            raise AskingFailed(asker.termination, asker.cause, in_doubt=asker.in_doubt)
        following = asker.state if asker.termination is None else asker.termination
        if request.replies_up_to is None:
            return following
        payload, asker.payload = asker.payload, NOTHING  # a mapping in use could not be closed
        return following, payload

    def _carry(self, asked: Asked, contents: Contents | None) -> None:
        """Send all of it, or as much as the peer takes, until its reply has come."""
        data = memoryview(asked.data)
        if asked.descriptors:
            # The peer reads a header without room for descriptors.
            header, payload = data[: asked.header], data[asked.header :]
            sent = self._put(header) and self._pass(payload, asked.descriptors)
        else:
            sent = self._put(data)
        if sent and contents is not None:
            self._supply(iter(contents), asked.contents)
        while self.asker.waiting:
            if not self._receive():
                self._await(select.POLLIN)

    def _supply(
        self, pieces: Iterator[bytes | bytearray | memoryview | FileRange], size: int
    ) -> None:
        """Send contents, exactly as many as were announced."""
        if not self._scratch:
            self._scratch = memoryview(bytearray(COPIED))
        left, self._gathered = size, 0
        while self.asker.termination is None:
            piece = attempt(next, pieces, None)
            if piece is None:
                break
            if isinstance(piece, Failed):
                return self.asker.failed(piece.error)
            part = piece if isinstance(piece, FileRange) else memoryview(piece).cast("B")
            left -= part.size if isinstance(part, FileRange) else part.nbytes
            if left < 0:
                return self.asker.failed(ValueError(f"more than {size} bytes were supplied"))
            put = self._put_file(part) if isinstance(part, FileRange) else self._put_buffer(part)
            if not put:
                return None
        if left:
            return self.asker.failed(ValueError(f"{left} of {size} bytes were not supplied"))
        self._flush()
        return None
