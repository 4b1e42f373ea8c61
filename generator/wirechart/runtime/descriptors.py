"""File descriptors that belong to exactly one owner. Knows the operating system, no protocol."""

import os


class Descriptor:
    """An open file descriptor that this object owns: closed once, at the latest when it is dropped.

    Compares by identity. `take` hands the ownership to the caller.
    """

    __slots__ = ("_number",)

    def __init__(self, number: int) -> None:
        self._number = number

    def fileno(self) -> int:
        """The number, still owned by this object.

        Raises:
            ValueError: it was closed or taken.
        """
        if self._number < 0:
            raise ValueError("the descriptor was closed or taken")
        return self._number

    def take(self) -> int:
        """The number; from now on the caller has to close it.

        Raises:
            ValueError: it was closed or taken.
        """
        number = self.fileno()
        self._number = -1
        return number

    @property
    def closed(self) -> bool:
        """Whether it was closed or taken."""
        return self._number < 0

    def close(self) -> None:
        """Close it, unless it was closed or taken before."""
        number, self._number = self._number, -1
        if number >= 0:
            os.close(number)

    def __del__(self) -> None:
        if self._number >= 0:
            self.close()

    def __repr__(self) -> str:
        return f"Descriptor({'closed' if self.closed else self._number})"
