"""Files of data that options name: JSON, or YAML."""

from pathlib import Path
from typing import Any

import msgspec

from voltyard.kernel.errors import Invalid


def read_data(file: Path) -> Any:
    """The content of a file. Invalid where it cannot be read."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Invalid(f"cannot read {file}: {error.strerror}") from error
    try:
        return msgspec.json.decode(content)
    except msgspec.DecodeError as error:
        if file.suffix == ".json":
            raise Invalid(f"{file} is no JSON: {error}") from error
    import yaml

    try:
        return yaml.safe_load(content)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        told = " ".join(str(error).split())
        raise Invalid(f"{file} is neither JSON nor YAML: {told}") from error
