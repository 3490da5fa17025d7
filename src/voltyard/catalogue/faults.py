"""Types of charger fault: their OCPP 1.6 and 2.x codes, and their effect on a session.

OCPP 1.6 tells them in StatusNotification: an error code with the status Faulted is a fault, one
with any other status a warning (sections 4.9 and 7.6). 2.x has the status, and a NotifyEvent with a
component and a variable of its appendix of standardised ones, the name as techCode (G05, N07).
"""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from msgspec import Struct

SessionEffect: TypeAlias = Literal["stops", "suspends", "warns"]
"""stops: the connector is Faulted, its transaction ends. suspends: no energy while it lasts, the
transaction goes on. warns: nothing changes but what is told."""

DisabledPart: TypeAlias = Literal["lock", "reader", "reset", "download", "flash", "image"]

StopReason: TypeAlias = Literal[
    "EmergencyStop", "GroundFault", "OvercurrentFault", "PowerQuality", "Other"
]
"""Of 2.x ReasonEnumType; of these 1.6 has the first and the last."""


class FaultType(Struct, frozen=True, kw_only=True):
    """One type of hardware fault."""

    name: str
    """Also 2.x's techCode."""
    error_code: str
    """1.6 ChargePointErrorCode."""
    component: str
    variable: str = "Problem"
    tier: Literal["station", "evse", "connector"] = "evse"
    """The part of the charger that the component belongs to."""
    effect: SessionEffect = "stops"
    stop_reason: StopReason = "Other"
    disables: DisabledPart | None = None
    """Parts of the charger that do not work meanwhile."""
    other_names: tuple[str, ...] = ()
    description: str

    @property
    def stop_reason_16(self) -> Literal["EmergencyStop", "Other"]:
        """1.6's reason (section 7.36)."""
        return "EmergencyStop" if self.stop_reason == "EmergencyStop" else "Other"

    @property
    def vendor_error_code(self) -> str | None:
        """The vendorErrorCode of 1.6, beside an OtherError that has a name."""
        named = self.error_code == "OtherError" and self.name != "OtherError"
        return self.name if named else None


_TABLE: Final = (
    FaultType(
        name="ConnectorLockFailure",
        error_code="ConnectorLockFailure",
        component="ConnectorPlugRetentionLock",
        tier="connector",
        disables="lock",
        other_names=("lock failure", "lock", "connector lock", "cable lock"),
        description="The latch cannot be locked or unlocked; an UnlockConnector fails.",
    ),
    FaultType(
        name="EVCommunicationError",
        error_code="EVCommunicationError",
        component="CPPWMController",
        effect="suspends",
        other_names=("EV communication", "EV communication failure", "communication error"),
        description="The vehicle is not understood: no energy until it is. It takes a vehicle that "
        "is plugged in, and ends when that leaves.",
    ),
    FaultType(
        name="GroundFailure",
        error_code="GroundFailure",
        component="RCD",
        variable="Tripped",
        stop_reason="GroundFault",
        other_names=("ground fault", "ground", "earth fault", "earth failure"),
        description="The residual current device has tripped.",
    ),
    FaultType(
        name="HighTemperature",
        error_code="HighTemperature",
        component="TemperatureSensor",
        other_names=("over temperature", "temperature", "overheat", "overheating"),
        description="It is too hot inside.",
    ),
    FaultType(
        name="InternalError",
        error_code="InternalError",
        component="Controller",
        tier="station",
        other_names=("internal", "internal failure"),
        description="An internal part of hardware or software has failed.",
    ),
    FaultType(
        name="LocalListConflict",
        error_code="LocalListConflict",
        component="Controller",
        tier="station",
        effect="warns",
        description="What the CSMS says of a card contradicts the local authorization list.",
    ),
    FaultType(
        name="OtherError",
        error_code="OtherError",
        component="Connector",
        tier="connector",
        other_names=("other",),
        description="Something else; vendor_error_code says what.",
    ),
    FaultType(
        name="OverCurrentFailure",
        error_code="OverCurrentFailure",
        component="OverCurrentProtection",
        variable="Operated",
        stop_reason="OvercurrentFault",
        other_names=("over current", "over current fault"),
        description="The overcurrent protection has tripped.",
    ),
    FaultType(
        name="OverVoltage",
        error_code="OverVoltage",
        component="ElectricalFeed",
        stop_reason="PowerQuality",
        other_names=("over voltage failure",),
        description="The voltage has risen above what is acceptable.",
    ),
    FaultType(
        name="UnderVoltage",
        error_code="UnderVoltage",
        component="ElectricalFeed",
        stop_reason="PowerQuality",
        other_names=("under voltage failure",),
        description="The voltage has dropped below what is acceptable.",
    ),
    FaultType(
        name="PowerMeterFailure",
        error_code="PowerMeterFailure",
        component="FiscalMetering",
        other_names=("power meter", "meter", "meter failure"),
        description="The meter cannot be read: what is not measured is not delivered.",
    ),
    FaultType(
        name="PowerSwitchFailure",
        error_code="PowerSwitchFailure",
        component="PowerContactor",
        other_names=("power switch", "contactor", "contactor failure"),
        description="The contactor does not obey.",
    ),
    FaultType(
        name="ReaderFailure",
        error_code="ReaderFailure",
        component="TokenReader",
        effect="warns",
        disables="reader",
        other_names=("reader", "card reader", "RFID reader", "RFID reader failure"),
        description="No card can be read there; a remote start still works.",
    ),
    FaultType(
        name="ResetFailure",
        error_code="ResetFailure",
        component="Controller",
        tier="station",
        effect="warns",
        disables="reset",
        other_names=("reset",),
        description="The charger cannot be reset: a Reset is Rejected.",
    ),
    FaultType(
        name="WeakSignal",
        error_code="WeakSignal",
        component="DataLink",
        tier="station",
        effect="warns",
        description="The modem reports a weak signal.",
    ),
    FaultType(
        name="CableBreakaway",
        error_code="OtherError",
        component="CableBreakawaySensor",
        variable="Tripped",
        tier="connector",
        other_names=("cable torn off",),
        description="The cable was torn off.",
    ),
    FaultType(
        name="CaseOpened",
        error_code="OtherError",
        component="CaseAccessSensor",
        variable="Tripped",
        tier="station",
        effect="warns",
        other_names=("tamper", "door open"),
        description="Somebody has opened the case.",
    ),
    FaultType(
        name="ConverterFailure",
        error_code="OtherError",
        component="AcDcConverter",
        other_names=("rectifier failure", "power module failure"),
        description="A power module has failed.",
    ),
    FaultType(
        name="CoolingFailure",
        error_code="HighTemperature",
        component="LiquidCoolingSystem",
        other_names=("pump failure",),
        description="The cable's cooling has failed, and it gets too hot.",
    ),
    FaultType(
        name="DisplayFailure",
        error_code="OtherError",
        component="Display",
        tier="station",
        effect="warns",
        other_names=("display",),
        description="The display shows nothing.",
    ),
    FaultType(
        name="DownloadStall",
        error_code="OtherError",
        component="DataLink",
        tier="station",
        effect="warns",
        disables="download",
        other_names=("download pause", "download paused", "stalled download"),
        description="No firmware can be fetched: a download pauses (DownloadPaused) until this is "
        "mended.",
    ),
    FaultType(
        name="EmergencyStop",
        error_code="OtherError",
        component="EmergencyStopSensor",
        variable="Tripped",
        tier="station",
        stop_reason="EmergencyStop",
        other_names=("emergency button", "red button"),
        description="The emergency button is pressed in, and stays so until it is released.",
    ),
    FaultType(
        name="FirmwareCorruption",
        error_code="OtherError",
        component="Controller",
        tier="station",
        effect="warns",
        disables="image",
        other_names=("firmware verification failure", "corrupt firmware", "bad image"),
        description="What is installed does not verify afterwards: InstallVerificationFailed "
        "(plain 1.6 update: InstallationFailed).",
    ),
    FaultType(
        name="FlashFailure",
        error_code="OtherError",
        component="Controller",
        tier="station",
        effect="warns",
        disables="flash",
        other_names=("flash", "memory failure", "installation failure"),
        description="Firmware cannot be written: InstallationFailed.",
    ),
    FaultType(
        name="Flooding",
        error_code="OtherError",
        component="FloodSensor",
        variable="Tripped",
        tier="station",
        other_names=("flood", "water ingress"),
        description="There is water inside.",
    ),
    FaultType(
        name="InsulationFailure",
        error_code="GroundFailure",
        component="GroundIsolationProtection",
        stop_reason="GroundFault",
        other_names=("insulation fault", "isolation failure", "isolation fault"),
        description="The insulation of the DC side is too low.",
    ),
    FaultType(
        name="ISO15118Failure",
        error_code="EVCommunicationError",
        component="ISO15118Ctrlr",
        effect="suspends",
        other_names=("PLC failure", "high level communication"),
        description="As EVCommunicationError, where the digital communication fails.",
    ),
    FaultType(
        name="WeldedContactor",
        error_code="PowerSwitchFailure",
        component="PowerContactor",
        variable="Tripped",
        other_names=("contactor welded", "contactor stuck"),
        description="The contactor does not open any more.",
    ),
)

FAULTS: Final[Mapping[str, FaultType]] = {fault.name: fault for fault in _TABLE}
"""Every fault by its name: OCPP 1.6's error codes, then causes that it has no code of its own
for."""

COMPONENTS: Final = tuple(
    dict.fromkeys((fault.component, fault.variable, fault.tier) for fault in _TABLE)
)
"""Components that can have a problem in 2.x."""


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


def _spellings() -> dict[str, FaultType]:
    found: dict[str, FaultType] = {}
    for fault in _TABLE:
        component = f"{fault.component}.{fault.variable}"
        for name in (fault.name, *fault.other_names, component):
            found.setdefault(_letters(name), fault)
    return found


_BY_SPELLING: Final = _spellings()


def fault_named(text: str) -> FaultType | None:
    """The fault of that name, in any spelling: case, spaces and signs do not matter. A 2.x
    `Component.Variable` names the first that is told so. None where there is no such fault."""
    return _BY_SPELLING.get(_letters(text))
