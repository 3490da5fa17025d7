"""Port of file folders: files that chargers fetch by URL, and what they upload to one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class FolderUpload:
    """A file that was uploaded whole."""

    name: str
    """Empty: it was sent to the folder's own URL, as a form is."""
    size: int
    """Bytes."""


class FileFolder(Protocol):
    """A folder with a URL of its own, which only those know who are told it."""

    @property
    def url(self) -> str:
        """The URL of the folder, which ends in a slash. Any file below it may be uploaded."""

    @property
    def absent_url(self) -> str:
        """The URL of a folder that is not there: nothing can be uploaded."""

    @property
    def uploads(self) -> Sequence[FolderUpload]:
        """Files that were uploaded, in order. Their content is not kept."""

    def offer(
        self, name: str, *parts: bytes | Path, watch: Callable[[int], None] | None = None
    ) -> str:
        """Offer a file made of those parts, one after the other; its URL. `watch` is told how many
        fetch it, whenever that changes."""

    def withdraw(self, name: str) -> None:
        """Offer it no more. Nothing happens where it is not offered."""

    def close(self) -> None:
        """Take all of it away."""


class FileFolders(Protocol):
    """A server of folders."""

    def open_folder(self, host: str, note: Callable[[str], None]) -> FileFolder:
        """A new folder. `host` is the server's name in its URLs; `note` is told of each request, in
        words."""
