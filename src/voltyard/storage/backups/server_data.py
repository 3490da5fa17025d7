"""A server's data: its directory and its database."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import URL

from voltyard.kernel.errors import Invalid
from voltyard.organizations.first_key import TOKEN_FILE
from voltyard.storage.csms.files import DIRECTORY
from voltyard.storage.data_directory import workflows_file
from voltyard.storage.database.database import file_of, url_of

KEYS: Final = (TOKEN_FILE, "control-token")  # the second in backups made before there was a bus
"""Files of the data directory, where there are any, that open the server."""

BESIDE: Final = ("-wal", "-shm", "-journal")
"""Suffixes of files that SQLite may have beside a file, and that belong to it alone."""


@dataclass(frozen=True, slots=True)
class ServerData:
    """A server's data directory and database."""

    data: Path
    url: URL

    @classmethod
    def of(cls, data: Path, database_url: str | None) -> "ServerData":
        """The data that a server's settings name; nothing is made. Invalid where it cannot be."""
        place = cls(data, url_of(database_url or data))
        if place.is_sqlite and file_of(place.url) is None:
            raise Invalid("a database in memory cannot be backed up, nor restored to")
        return place

    @property
    def is_sqlite(self) -> bool:
        """Else it is PostgreSQL."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def database(self) -> Path:
        """The SQLite file."""
        file = file_of(self.url)
        assert file is not None
        return file.absolute()

    @property
    def workflows(self) -> Path:
        """The SQLite file of workflows' notes."""
        return workflows_file(self.database)

    @property
    def files(self) -> Path:
        """The directory of uploads and firmware."""
        return self.data / DIRECTORY

    @property
    def name(self) -> str:
        """Of the database, for people, without a password."""
        return str(self.database) if self.is_sqlite else f"{self.url.database or ''} (PostgreSQL)"
