"""Options for device models in files."""

from functools import lru_cache
from pathlib import Path

import msgspec

from voltyard.cli.options.data_files import read_data


@lru_cache(maxsize=1)
def read_device_model(file: Path | None) -> str:
    """A file as a specification takes it; none is none. Invalid where it cannot be read."""
    if file is None:
        return ""
    return msgspec.json.encode(read_data(file), enc_hook=str).decode()
