"""Parts: bytes that came in pieces of any size, handed on in pieces of a bounded one."""

from collections import deque


class Parts:
    """Bytes that wait to be handed on, in order."""

    __slots__ = ("_pieces", "_taken", "size")

    def __init__(self) -> None:
        self._pieces: deque[bytes] = deque()
        self._taken = 0
        """Bytes of the first piece that were cut off already."""
        self.size = 0

    def add(self, piece: bytes) -> None:
        """Add a piece behind the others."""
        if piece:
            self._pieces.append(piece)
            self.size += len(piece)

    def cut(self, most: int) -> bytes:
        """Take the first bytes out, so many at most."""
        if self.size <= most and not self._taken:
            whole = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
            self.clear()
            return whole
        room, found = most, []
        while room and self._pieces:
            piece = memoryview(self._pieces[0])[self._taken : self._taken + room]
            found.append(piece)
            room -= len(piece)
            self._taken += len(piece)
            if self._taken == len(self._pieces[0]):
                self._pieces.popleft()
                self._taken = 0
        self.size -= most - room
        return b"".join(found)

    def clear(self) -> None:
        """Forget all of them."""
        self._pieces.clear()
        self._taken = self.size = 0
