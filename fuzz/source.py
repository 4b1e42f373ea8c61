"""The bytes of a case, read as numbers and pieces. Whatever they are, they can be read."""


class Source:
    """Reads from the front; behind the end there are zeros and empty pieces."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def number(self, size: int) -> int:
        """An unsigned integer of `size` bytes, little-endian."""
        return int.from_bytes(self.piece(size), "little")

    def piece(self, size: int) -> bytes:
        """The next `size` bytes; fewer at the end."""
        taken = self._data[self._at : self._at + size]
        self._at += len(taken)
        return taken

    def rest(self) -> bytes:
        """All that is left."""
        return self.piece(len(self._data))
