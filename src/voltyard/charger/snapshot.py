"""What a charger's memory keeps over a power cut or a restart of its process."""

from msgspec import Struct


class Snapshot(Struct, frozen=True, kw_only=True):
    """Filled in by the charger; plain data that survives JSON."""

    identity: str
