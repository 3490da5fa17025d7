"""Files that are kept after they were fetched, and served over HTTP while they are published."""

import asyncio
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Final

from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable
from voltyard.network.transfers.file_server import FileServer, Folder
from voltyard.network.transfers.hashed_file import HashedFile
from voltyard.ports.transfers import Fetched, TransferFailed

_ALL_ADDRESSES: Final = ("0.0.0.0", "::")


class KeptFiles:
    """The files of one process, in a directory for temporary files that goes with it. Directory and
    server begin with the first file that needs them."""

    def __init__(self, host: str) -> None:
        """Published files are served at that address."""
        self._host = host
        self._directory: TemporaryDirectory[str] | None = None
        self._server: FileServer | None = None
        self._opening = asyncio.Lock()
        self._numbered = 0
        self._lock = threading.Lock()
        """Files by FTP come in threads of their own."""
        self._files = 0
        self._size = 0
        """Bytes of all of them, as far as they have come."""

    def begin(self) -> "NewFile":
        """A file that is about to come. TransferFailed where there are too many."""
        if self._files >= limits.KEPT_FILES:
            raise TransferFailed(f"{limits.KEPT_FILES} files are kept already")
        try:
            if self._directory is None:
                self._directory = TemporaryDirectory(prefix="voltyard-", ignore_cleanup_errors=True)
            self._numbered += 1
            file = NewFile(self, Path(self._directory.name) / str(self._numbered))
        except OSError as error:
            raise TransferFailed(f"no file can be kept: {error.strerror or error}") from error
        self._files += 1
        return file

    def grow(self, size: int) -> None:
        """Count bytes that have come. TransferFailed where there is no room for them."""
        with self._lock:
            if self._size + size > limits.KEPT_BYTES:
                raise TransferFailed(f"files of {limits.KEPT_BYTES} bytes are kept already")
            self._size += size

    def forget(self, size: int) -> None:
        """Count a file of that size no more."""
        with self._lock:
            self._size -= size
        self._files -= 1

    def name(self) -> str:
        """The host in the URLs of published files."""
        return socket.gethostname() if self._host in _ALL_ADDRESSES else self._host

    async def server(self) -> FileServer:
        """The server of published files. TransferFailed where it cannot listen."""
        async with self._opening:
            if self._server is None:
                server = FileServer()
                try:
                    await server.open(self._host)
                except Unavailable as error:
                    raise TransferFailed(f"nothing can be published: {error.message}") from error
                self._server = server
            return self._server

    async def close(self) -> None:
        """Stop serving, and delete all."""
        if self._server is not None:
            await self._server.close()
        if self._directory is not None:
            self._directory.cleanup()


class NewFile:
    """A file that is written, measured and hashed as it comes. Written by one thread."""

    def __init__(self, files: KeptFiles, path: Path) -> None:
        self._files = files
        self._path = path
        self._hashed = HashedFile()
        self._size = 0
        self._opened: BinaryIO = path.open("wb")
        self._is_discarded = False

    def add(self, chunk: bytes) -> None:
        """The next bytes. TransferFailed where there is no room for them."""
        if self._is_discarded:
            raise TransferFailed("it is kept no more")
        self._hashed.add(chunk)
        self._files.grow(len(chunk))
        self._size += len(chunk)
        try:
            self._opened.write(chunk)
        except OSError as error:
            raise TransferFailed(f"it cannot be kept: {error.strerror or error}") from error

    def finish(self) -> "StoredFile":
        """The file that has come whole."""
        try:
            self._opened.close()
        except OSError as error:
            raise TransferFailed(f"it cannot be kept: {error.strerror or error}") from error
        return StoredFile(self._files, self._path, self._hashed.fetched(), self.discard)

    def discard(self) -> None:
        """Forget it, whole or in part."""
        if self._is_discarded:
            return
        self._is_discarded = True
        self._files.forget(self._size)
        with suppress(OSError):  # a full disk refuses what is left to be written
            self._opened.close()
        with suppress(OSError):  # it goes with the directory
            self._path.unlink()


class StoredFile:
    """A file that is kept; ports.transfers.KeptFile."""

    def __init__(
        self, files: KeptFiles, path: Path, fetched: Fetched, discard: Callable[[], None]
    ) -> None:
        self.fetched = fetched
        self._files = files
        self._path = path
        self._discard: Callable[[], None] | None = discard
        self._folder: Folder | None = None
        self._name = ""

    async def publish(self, name: str, watch: Callable[[int], None]) -> tuple[str, ...]:
        server = await self._files.server()
        if self._discard is None:
            raise TransferFailed("it is kept no more")
        if self._folder is None:
            self._folder = server.open_folder(self._files.name(), _ignore, takes_uploads=False)
        self._name = name
        return (self._folder.offer(name, self._path, watch=watch),)

    def withdraw(self) -> None:
        if self._folder is not None:
            self._folder.withdraw(self._name)

    def drop(self) -> None:
        if self._folder is not None:
            self._folder.close()
            self._folder = None
        discard, self._discard = self._discard, None
        if discard is not None:
            discard()


def _ignore(words: str) -> None:
    """Requests are told by their number, and not in words."""
