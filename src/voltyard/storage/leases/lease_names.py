"""Names of leases, and the keys of the locks that belong to them, as SQL has them."""

from typing import Final

LEASE: Final = "server"
"""The name of the lease of the one server."""

KEY: Final = "hashtextextended('voltyard ' || current_schema(), 0)"
"""The key of the server's lock: a schema's tables are one server's."""

NODES_KEY: Final = "hashtextextended('voltyard nodes ' || current_schema(), 1)"
"""The key of a lock that all nodes share, and a restore has for itself."""

_NODE: Final = "node:"

IS_NODE: Final = f"starts_with(leases.name, '{_NODE}')"
"""True of rows of `leases` that are nodes'."""

NODE_OF_LEASE: Final = f"substr(leases.name, {len(_NODE) + 1})"
"""The node's name in a row of `leases` that is one's."""

NOW: Final = "extract(epoch FROM clock_timestamp())"
"""The moment, by the database's clock."""


def lease_of(node: str) -> str:
    """The name of a node's lease; of the server's where the node is none."""
    return f"{_NODE}{node}" if node else LEASE


def key_of_node(lease: str) -> str:
    """The key of a node's lock; `lease`: SQL for its lease's name, which has no space."""
    return f"hashtextextended('voltyard ' || {lease} || ' ' || current_schema(), 1)"


def holders(key: str) -> str:
    """A condition on rows of pg_locks: locks of that key that are held."""
    return f"""
        pg_locks.locktype = 'advisory' AND pg_locks.granted
        AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (pg_locks.classid::bigint << 32) | pg_locks.objid::bigint = {key}
    """
