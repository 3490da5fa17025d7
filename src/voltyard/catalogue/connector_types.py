"""Connector types: their spellings, current and phases."""

from typing import Final, Literal

from msgspec import Struct

from voltyard.kernel.errors import Invalid


class ConnectorType(Struct, frozen=True):
    """A type of plug."""

    name: str
    current: Literal["AC", "DC"]
    phases: int


_TYPES: Final = (
    ConnectorType("Type1", "AC", 1),
    ConnectorType("Type2", "AC", 3),
    ConnectorType("GBT_AC", "AC", 3),
    ConnectorType("Schuko", "AC", 1),
    ConnectorType("NACS", "DC", 1),
    ConnectorType("CCS1", "DC", 3),
    ConnectorType("CCS2", "DC", 3),
    ConnectorType("CHAdeMO", "DC", 3),
    ConnectorType("GBT_DC", "DC", 3),
)

_SPELLINGS: Final = {
    "type1": "Type1",
    "j1772": "Type1",
    "saej1772": "Type1",
    "iec62196t1": "Type1",
    "ctype1": "Type1",
    "stype1": "Type1",
    "type2": "Type2",
    "mennekes": "Type2",
    "iec62196t2": "Type2",
    "ctype2": "Type2",
    "stype2": "Type2",
    "gbtac": "GBT_AC",
    "schuko": "Schuko",
    "domesticf": "Schuko",
    "nacs": "NACS",
    "tesla": "NACS",
    "ccs1": "CCS1",
    "iec62196t1combo": "CCS1",
    "cccs1": "CCS1",
    "ccs": "CCS2",
    "ccs2": "CCS2",
    "combo2": "CCS2",
    "iec62196t2combo": "CCS2",
    "cccs2": "CCS2",
    "chademo": "CHAdeMO",
    "cg105": "CHAdeMO",
    "gbtdc": "GBT_DC",
}
"""Letters and digits of what people, OCPP 2.x and OCPI write, in lower case."""

_BY_NAME: Final = {kind.name: kind for kind in _TYPES}


def connector_type(text: str) -> ConnectorType:
    """The connector type of a text. Invalid where it names no known connector."""
    spelling = "".join(letter for letter in text.lower() if letter.isalnum())
    name = _SPELLINGS.get(spelling)
    if name is None:
        raise Invalid(
            f"{text!r} is not a known connector type",
            hint=f"one of {', '.join(_BY_NAME)}",
            param="connector_type",
        )
    return _BY_NAME[name]
