"""The operator of a CSMS under test: has it send requests, and know chargers and tags.

Operations are named by the OCPP action that comes of them (`Reset`, `RequestStartTransaction`),
with the fields of its request. Beside these: `RegisterCharger` (identity, version, password, and
securityProfile where a case begins with one),
`DeleteCharger` (identity), `SetIdTag` (idTag, status: Accepted, Blocked or Expired, parentIdTag,
expiryDate), `SetRegistration` (identity, status: how the charger's boot is answered, Accepted,
Pending or Rejected), `ReadVariables` (names such as `TxCtrlr.TxStartPoint`, read in as many
requests as the station needs), `ClearMonitors` (ids, likewise), `SetTariff` (idTag, currency,
energyPrice: what a kWh costs, a decimal number in text).
"""

from collections.abc import Mapping
from typing import Any, Final, Protocol


class Operator(Protocol):
    """Driver of a CSMS under test. Its methods raise `DriverFailed` where they could not."""

    is_by_hand: bool
    """True where a person does what is asked for."""

    def can(self, operation: str) -> bool:
        """True where it can ask for that."""

    def conveys(self, operation: str, field: str) -> bool:
        """True where that field of the operation's request reaches the CSMS."""

    async def ask(self, operation: str, identity: str, fields: Mapping[str, Any]) -> None:
        """Have it done. It may return before the charger has answered, or after."""

    async def close(self) -> None:
        """Let go of connections."""


class NoOperator:
    """Asks for nothing: only cases that a charger plays alone apply."""

    is_by_hand = False

    def can(self, operation: str) -> bool:
        return False

    def conveys(self, operation: str, field: str) -> bool:
        return False

    async def ask(self, operation: str, identity: str, fields: Mapping[str, Any]) -> None:
        raise NotImplementedError(operation)

    async def close(self) -> None:
        """There is nothing to let go of."""


REGISTER: Final = "RegisterCharger"
DELETE: Final = "DeleteCharger"
SET_ID_TAG: Final = "SetIdTag"
SET_REGISTRATION: Final = "SetRegistration"
READ_VARIABLES: Final = "ReadVariables"
CLEAR_MONITORS: Final = "ClearMonitors"
SET_TARIFF: Final = "SetTariff"
