"""The tables, one module a subject. Instants are seconds since the epoch, as everywhere inside.

A new module is imported here, and `python tools/migration.py` writes what it adds.
"""

from voltyard.storage.schema import csms, files, leases, nodes, organizations, yard
from voltyard.storage.schema.metadata import be_alike, metadata

__all__ = ["csms", "files", "leases", "metadata", "nodes", "organizations", "yard"]

be_alike(metadata)
