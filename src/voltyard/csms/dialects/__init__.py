"""The versions of OCPP as the backend speaks them: neutral words in, the version's messages out."""

from collections.abc import Mapping

from voltyard.csms.dialects.dialect import Dialect
from voltyard.csms.dialects.v16 import DIALECT_16
from voltyard.csms.dialects.v201 import DIALECT_201
from voltyard.ocpp.versions import Version

DIALECTS: Mapping[Version, Dialect] = {
    dialect.version: dialect for dialect in (DIALECT_16, DIALECT_201)
}
