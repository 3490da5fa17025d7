"""Ready drivers: mappings of known CSMSs' own APIs, which are part of the program."""

from importlib.resources import files
from typing import Final

import msgspec
import yaml

from voltyard.conformance.mapped_requests import HttpMapping
from voltyard.kernel.errors import NotFound

READY: Final = ("voltyard", "steve", "citrineos")


def ready_mapping(name: str) -> HttpMapping:
    """The mapping of that name. NotFound where there is none."""
    if name not in READY:
        raise NotFound(f"no driver is called {name!r}", hint=f"there are {', '.join(READY)}")
    text = files(__package__).joinpath("ready", f"{name}.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), HttpMapping)
