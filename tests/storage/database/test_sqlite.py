"""The SQLite that a Python comes with may be too old."""

import pytest

from voltyard.kernel.errors import Unavailable
from voltyard.storage.database import sqlite


def test_an_sqlite_that_is_too_old_is_named_with_what_to_do() -> None:
    with pytest.raises(Unavailable) as refused:
        sqlite.require((3, 34, 1))

    assert "SQLite 3.34.1" in str(refused.value)
    assert "3.35.0" in str(refused.value)
    assert "VOLTYARD_DATABASE_URL" in str(refused.value)


@pytest.mark.parametrize("version", [(3, 35, 0), (3, 40, 1), (4, 0, 0)])
def test_one_that_is_new_enough_is_no_error(version: tuple[int, int, int]) -> None:
    sqlite.require(version)
