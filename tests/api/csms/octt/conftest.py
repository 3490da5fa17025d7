"""What is said on the wire does not depend on the database: one of them will do."""

from pathlib import Path

import pytest


@pytest.fixture
def where(sqlite_directory: Path) -> Path:
    return sqlite_directory
