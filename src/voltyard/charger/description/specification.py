"""The specification that a simulated charger is made from; fixed while it runs."""

import sys
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import force_setattr

from voltyard.kernel.masked_text import masked_repr
from voltyard.kernel.time import Seconds
from voltyard.kernel.tls import SYSTEM_TRUST, Tls
from voltyard.kernel.units import Amperes, Volts, Watts
from voltyard.physics.meter import IDEAL, MeterSpec
from voltyard.physics.vehicle import Vehicle


class ConnectorSpec(Struct, frozen=True, kw_only=True):
    """One socket or cable."""

    type: str = "Type2"
    """Type1, Type2, CCS1, CCS2, CHAdeMO, Schuko, Tesla, ..."""
    current: Literal["AC", "DC"] = "AC"
    phases: int = 3
    voltage_v: Volts = 230.0
    """Line to neutral for AC."""
    max_current_a: Amperes = 32.0
    """In each phase; of a DC station at its outlet."""
    max_power_w: Watts = 22_000.0
    steps_a: tuple[Amperes, ...] = ()
    """The only currents an AC EVSE can offer, e.g. 6, 8, 10, 13, 16; none: any."""
    ramp_s: Seconds = 0.0
    """Time that power takes to rise to what it is to be; 0: every change is at once."""
    precharge_s: Seconds = 0.0
    """Time that cable check and pre-charge take before that (DC)."""
    has_lock: bool = True
    """A socket that latches the plug. A tethered cable has none: UnlockConnector is
    NotSupported."""


class EvseSpec(Struct, frozen=True, kw_only=True):
    """One place to charge; its connectors share one power path."""

    connectors: tuple[ConnectorSpec, ...] = (ConnectorSpec(),)


CertificateUse: TypeAlias = Literal[
    "CSMSRootCertificate",
    "ManufacturerRootCertificate",
    "V2GRootCertificate",
    "MORootCertificate",
    "V2GCertificateChain",
]
"""Uses of certificates, named as in OCPP 2.x. The last is the station's own for ISO 15118; its own
for the CSMS is in its `tls`."""


class FactoryCertificate(Struct, frozen=True, kw_only=True):
    """A certificate that is installed when the charger leaves its factory."""

    use: CertificateUse
    pem: str
    """Several roots may be in one text; of a chain the charger's own is the first."""

    def __post_init__(self) -> None:
        # A fleet has the same roots, and ten thousand copies of their texts would be megabytes.
        force_setattr(self, "pem", sys.intern(self.pem))


DataType: TypeAlias = Literal[
    "string",
    "decimal",
    "integer",
    "dateTime",
    "boolean",
    "OptionList",
    "SequenceList",
    "MemberList",
]
"""Data types, named as in OCPP 2.x."""


class VendorSetting(Struct, frozen=True, kw_only=True):
    """A setting of the vendor's: a configuration key of OCPP 1.6, and a variable of 2.x."""

    name: str
    """`Component.Variable`; a name without a component is of the component Vendor."""
    instance: str | None = None
    """Of the variable."""
    key: str | None = None
    """Of 1.6; None: the name, and its instance in brackets."""
    value: str = ""
    type: DataType = "string"
    access: Literal["ReadWrite", "ReadOnly", "WriteOnly"] = "ReadWrite"
    minimum: int | float | None = None
    """Of a number."""
    maximum: int | float | None = None
    """Of a number; of anything else its characters."""
    values: tuple[str, ...] = ()
    """Of an OptionList, SequenceList or MemberList."""
    unit: str = ""
    needs_reboot: bool = False
    """A change is answered with RebootRequired."""


class ChargerSpec(Struct, frozen=True, kw_only=True):
    """The specification of one charger."""

    identity: str
    version: Literal["1.6", "2.0.1"] = "1.6"
    csms_url: str = "ws://127.0.0.1:9000/ocpp"
    """The endpoint; "/" and the percent-encoded identity are appended for the link."""
    vendor: str = "Voltyard"
    model: str = "Yard One"
    serial_number: str = ""
    charge_box_serial_number: str = ""
    """1.6 alone has it, and the two of the meter."""
    iccid: str = ""
    """Of its modem's SIM card."""
    imsi: str = ""
    meter_type: str = ""
    meter_serial_number: str = ""
    firmware_version: str = "1.0.0"
    evses: tuple[EvseSpec, ...] = (EvseSpec(),)
    resumption_timeout_s: Seconds = 0.0
    """Length of a power loss after which a transaction still goes on; 0: it ends with PowerLoss."""
    resets_evses: bool = True
    """Single EVSEs can be reset (2.x EVSE.AllowReset)."""
    local_controller: bool = False
    """A local controller, which publishes firmware for the stations behind it (2.0.1 L03)."""
    readers: tuple[tuple[int, ...], ...] = ()
    """The EVSEs, by their ids, that share a card reader; each other one has its own."""
    settings: dict[str, str] = {}
    """By 1.6 key or 2.x Component.Variable; applied before the first boot."""
    vendor_settings: tuple[VendorSetting, ...] = ()
    """Vendor settings that say more of themselves than a name and a value."""
    device_model: str = ""
    """JSON, as charger.variables.device_model reads it; empty: what the charger has of itself."""
    password: str | None = None
    """Basic authentication, from security profile 1 on."""
    tls: Tls = SYSTEM_TRUST
    """Of a wss:// endpoint, be it one that a higher security profile leads to: whom to trust, and
    the charger's own certificate."""
    certificates: tuple[FactoryCertificate, ...] = ()
    """Installed beside the CSMS roots of `tls.ca`."""
    security_profile: int | None = None
    """0 to 3 (1.6 security white paper; 2.0.1 Part 2 A); None: what it comes to."""
    security_events: bool | None = None
    """True where the CSMS is told of security events; None: in 2.x, and in 1.6 where a security
    profile of 1 or more is asked for by its number."""
    validation: Literal["strict", "lenient"] = "lenient"
    """Treatment of what the CSMS sends that strays from its schema: refused, or read as it was
    meant (ocpp.lenient) and recorded."""
    meter_start_wh: float = 0.0
    meter: MeterSpec = IDEAL
    """Of each EVSE."""
    vehicle: Vehicle = Vehicle()
    """The vehicle that plugs in by default."""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.device_model:  # a fleet has the same, and it may be half a megabyte
            force_setattr(self, "device_model", sys.intern(self.device_model))

    @property
    def profile(self) -> int:
        """The security profile it runs: as said, else what endpoint, password and certificate come
        to."""
        if self.security_profile is not None:
            return self.security_profile
        endpoint = urlsplit(self.csms_url)
        if endpoint.scheme != "wss":
            return 0 if self.password is None and endpoint.password is None else 1
        if self.tls.client_certificate is not None:
            return 3
        return 0 if self.password is None and endpoint.password is None else 2

    @property
    def tells_security_events(self) -> bool:
        """True where SecurityEventNotification is sent: plain 1.6 has no such message."""
        if self.security_events is not None:
            return self.security_events
        return self.version != "1.6" or (self.security_profile or 0) >= 1

    def __repr__(self) -> str:
        return masked_repr(
            self, "password", "settings", "vendor_settings", "device_model", "certificates"
        )
