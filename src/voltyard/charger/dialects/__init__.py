"""The versions of OCPP a charger speaks. A dialect translates, and answers where versions truly
differ."""

from voltyard.charger.dialects.dialect import Dialect
from voltyard.charger.dialects.v16 import V16_DIALECT
from voltyard.charger.dialects.v201 import V201_DIALECT

_DIALECTS: dict[str, Dialect] = {"1.6": V16_DIALECT, "2.0.1": V201_DIALECT}


def dialect_of(version: str) -> Dialect:
    """The dialect of a version by its name."""
    return _DIALECTS[version]
