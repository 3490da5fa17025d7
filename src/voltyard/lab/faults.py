"""Faults: what people call them, and the OCPP 1.6 error code each shows as."""

from typing import Final

from msgspec import Struct


class Fault(Struct, frozen=True, kw_only=True):
    """What a StatusNotification says of it."""

    error_code: str
    vendor_error_code: str | None = None


_CODES: Final = (
    "ConnectorLockFailure",
    "EVCommunicationError",
    "GroundFailure",
    "HighTemperature",
    "InternalError",
    "LocalListConflict",
    "OtherError",
    "OverCurrentFailure",
    "OverVoltage",
    "PowerMeterFailure",
    "PowerSwitchFailure",
    "ReaderFailure",
    "ResetFailure",
    "UnderVoltage",
    "WeakSignal",
)

_OTHER_NAMES: Final = {
    "overcurrent": "OverCurrentFailure",
    "groundfault": "GroundFailure",
    "earthfault": "GroundFailure",
    "overtemperature": "HighTemperature",
    "overheat": "HighTemperature",
    "overheating": "HighTemperature",
    "connectorlock": "ConnectorLockFailure",
    "lockfailure": "ConnectorLockFailure",
    "evcommunication": "EVCommunicationError",
    "evcommunicationfailure": "EVCommunicationError",
    "overvoltagefailure": "OverVoltage",
    "undervoltagefailure": "UnderVoltage",
    "powermeter": "PowerMeterFailure",
    "meterfailure": "PowerMeterFailure",
    "powerswitch": "PowerSwitchFailure",
    "contactorfailure": "PowerSwitchFailure",
    "reader": "ReaderFailure",
    "rfidreaderfailure": "ReaderFailure",
    "reset": "ResetFailure",
    "internal": "InternalError",
    "other": "OtherError",
}

_BY_SPELLING: Final = {code.lower(): code for code in _CODES} | _OTHER_NAMES


def fault_of(fault_type: str) -> Fault:
    """The fault of that name, however it is spelt. One that OCPP has no code for is an OtherError
    with its name as the vendor's own code, as 1.6 7.6 has it."""
    spelling = "".join(letter for letter in fault_type.lower() if letter.isalnum())
    code = _BY_SPELLING.get(spelling)
    if code is None:
        return Fault(error_code="OtherError", vendor_error_code=fault_type)
    return Fault(error_code=code)
