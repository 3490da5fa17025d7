"""SQLite's time function that DBOS asks for, where SQLite is too old to have it.

From Python 3.12 on DBOS writes its times as unixepoch('subsec'), also into the defaults of its
columns. SQLite knows that modifier since 3.42, which long-lived systems are older than: there the
function answers NULL, or is missing, and the first note that is written fails.
"""

import sqlite3
import time
from typing import Any, Final

_KNOWN_SINCE: Final = (3, 42)
_NOW: Final = ("subsec", "subsecond")


def provide_unixepoch(
    connection: Any, version: tuple[int, ...] = sqlite3.sqlite_version_info
) -> None:
    """Give an SQLite connection `unixepoch('subsec')`, unless its SQLite has it.

    The notes of a Python 3.12 may be read by a 3.11 later, so it depends on SQLite alone.
    """
    if version >= _KNOWN_SINCE:
        return
    connection.create_function("unixepoch", 1, _unixepoch)
    # Some systems build SQLite so that a column's default may call built-in functions only.
    connection.execute("PRAGMA trusted_schema = ON")


def _unixepoch(modifier: str) -> float:
    if modifier not in _NOW:
        raise ValueError(f"unixepoch({modifier!r}) is not known here")
    return round(time.time(), 3)
