"""Parts that commands to a charger have in common: their class and their fields."""

from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias

from msgspec import Struct

from voltyard.csms.commands.declaration import CommandOperation, WireField
from voltyard.csms.commands.results import StatusResult
from voltyard.kernel.time import Instant

LARGEST_INT: Final = 2**31 - 1


class BackendCommand(Struct, frozen=True, kw_only=True, tag_field="command"):
    """A command to a charger. Its tag is its name in the history."""

    operation: ClassVar[CommandOperation | None] = None
    """None: it has routes of its own, or only the backend itself sends it."""
    first_version: ClassVar[Literal["1.6", "2.0.1"]] = "1.6"
    """The first version of OCPP that has a message for it."""
    result: ClassVar[type[Struct]] = StatusResult


Natural: TypeAlias = Annotated[int, WireField(ge=0, le=LARGEST_INT)]
Word: TypeAlias = Annotated[str, WireField(min_length=1, max_length=255)]
Moment: TypeAlias = Annotated[Instant, WireField(kind="moment")]
Pem: TypeAlias = Annotated[str, WireField(min_length=1, max_length=5500)]

ConnectorId: TypeAlias = Annotated[Natural, WireField("connectorId")]
AnyConnectorId: TypeAlias = Annotated[Natural | None, WireField("connectorId")]
EvseId: TypeAlias = Annotated[
    Natural | None, WireField("evseId", description="OCPP 2.x: which EVSE.")
]
IdTag: TypeAlias = Annotated[Word, WireField("idTag")]
"""The charger's version bounds it: 20 characters in 1.6, 36 in 2.x."""
ParentIdTag: TypeAlias = Annotated[Word | None, WireField("parentIdTag")]
IdTagType: TypeAlias = Annotated[
    Word,
    WireField(
        "idTagType",
        is_optional=True,
        description="OCPP 2.x: of the idToken; by default that of the id tag, else Central.",
    ),
]
ChargingProfile: TypeAlias = Annotated[
    dict[str, Any], WireField("chargingProfile", schema="ChargingProfile")
]
"""In the charger's version's own words."""
TransactionId: TypeAlias = Annotated[str, WireField("transactionId", min_length=1, max_length=36)]
RequestId: TypeAlias = Annotated[Natural | None, WireField("requestId")]
RetryInterval: TypeAlias = Annotated[Natural | None, WireField("retryInterval")]

DownloadLocation: TypeAlias = Annotated[str, WireField(kind="download_url")]
UploadLocation: TypeAlias = Annotated[
    str,
    WireField(
        kind="upload_url",
        is_optional=True,
        description="Where absent: this server, if it keeps files (VOLTYARD_FILES).",
    ),
]
