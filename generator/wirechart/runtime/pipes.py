"""Writing to a pipe whose reader may have stopped reading. Knows no events and no sockets."""

import os
import select
import time
from io import RawIOBase
from typing import Final

PATIENCE: Final = 5.0  # seconds that a reader may let a peer wait, whose guest may stand still


class Pipe(RawIOBase):
    """A descriptor to write to, a file or a terminal too; left open when this is closed."""

    def __init__(self, descriptor: int, patience: float = PATIENCE) -> None:
        """`patience`: seconds that one `write` may take."""
        self.patience = patience
        self._descriptor = descriptor
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLOUT)

    def write(self, data: bytes) -> int:  # type: ignore[override]  # of buffers only bytes
        """How many bytes were written: less than all when the reader has stopped.

        Raises:
            OSError: nothing can be written there.
        """
        ends = time.monotonic() + self.patience
        left = memoryview(data)
        while left:
            if not self._poll.poll(max(0.0, ends - time.monotonic()) * 1000):
                break
            # A pipe that takes anything takes this much; more could wait for the reader.
            left = left[os.write(self._descriptor, left[: select.PIPE_BUF]) :]
        return len(data) - len(left)
