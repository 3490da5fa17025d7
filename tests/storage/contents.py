"""All that a database holds, to see that a refused request has changed nothing."""

from typing import Final

from sqlalchemy import Connection, select

from voltyard.storage.schema.metadata import metadata

_AUDIT_LOG: Final = "audit_log"
_USES_OF_KEYS: Final = ("last_used_at", "last_used_from", "uses")
"""A table and columns that note a refused request, too."""


def all_rows(connection: Connection) -> dict[str, list[str]]:
    """Every row of every table, without what notes the request itself."""
    return {
        table.name: sorted(
            repr([row._mapping[column] for column in table.c if column.name not in _USES_OF_KEYS])
            for row in connection.execute(select(table))
        )
        for table in metadata.sorted_tables
        if table.name != _AUDIT_LOG
    }
