"""Free room on the database's disk."""

import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk of a directory, with the mark below which it has too little room."""

    directory: Path
    low_bytes: int
    """0: it is never low."""

    def free_bytes(self) -> int:
        """The bytes that this process may still write there. OSError where the directory is
        gone."""
        return shutil.disk_usage(self.directory).free
