"""The backend's dialects by OCPP version."""

from collections.abc import Mapping

from voltyard.csms.dialect import CsmsDialect
from voltyard.csms.v16.dialect import DIALECT_16
from voltyard.csms.v201.dialect import DIALECT_201
from voltyard.ocpp.versions import Version

DIALECTS: Mapping[Version, CsmsDialect] = {
    dialect.version: dialect for dialect in (DIALECT_16, DIALECT_201)
}

_LONGEST_ID_TAGS: Mapping[str, int] = {
    version.name: dialect.longest_id_tag for version, dialect in DIALECTS.items()
}


def longest_id_tag(version: str | None) -> int:
    """The characters of the longest tag that chargers of the version of that name can read; those
    of the most cautious version where it is not known."""
    longest = _LONGEST_ID_TAGS
    return min(longest.values()) if version is None else longest[version]
