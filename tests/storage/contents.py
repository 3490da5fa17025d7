"""All that a database holds, to see that a refused request has changed nothing."""

from typing import Final

from sqlalchemy import Connection, select

from voltyard.storage.schema.metadata import metadata

_BESIDE: Final = ("audit_log", "leases")
"""Tables that note a refused request, too, or are written whether there is one or not."""
_USES_OF_KEYS: Final = ("last_used_at", "last_used_from", "uses")
"""Columns that note a refused request."""


def all_rows(connection: Connection) -> dict[str, list[str]]:
    """Every row of every table, without what is written beside any request."""
    return {
        table.name: sorted(
            repr([row._mapping[column] for column in table.c if column.name not in _USES_OF_KEYS])
            for row in connection.execute(select(table))
        )
        for table in metadata.sorted_tables
        if table.name not in _BESIDE
    }
