"""A file that is measured and hashed as it comes."""

from hashlib import md5, sha256

from voltyard.kernel import limits
from voltyard.ports.transfers import Fetched, TransferFailed


class HashedFile:
    """A file that is measured and hashed as it comes. Written by one thread."""

    def __init__(self) -> None:
        self._sha256 = sha256()
        self._md5 = md5(usedforsecurity=False)
        self._size = 0
        self._beginning = b""

    def add(self, chunk: bytes) -> None:
        """The next bytes. TransferFailed where they are too many."""
        self._size += len(chunk)
        if self._size > limits.FIRMWARE_BYTES:
            raise TransferFailed(f"the file is longer than {limits.FIRMWARE_BYTES} bytes")
        self._sha256.update(chunk)
        self._md5.update(chunk)
        missing = limits.FIRMWARE_BEGINNING_BYTES - len(self._beginning)
        if missing > 0:
            self._beginning += chunk[:missing]

    def fetched(self) -> Fetched:
        """The file that has come."""
        return Fetched(self._size, self._sha256.digest(), self._md5.digest(), self._beginning)
