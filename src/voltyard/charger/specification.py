"""What a simulated charger is made to be; it does not change while it runs, short of a new one."""

from typing import Literal

from msgspec import Struct

from voltyard.kernel.units import Amperes, Volts, Watts
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
    max_power_w: Watts = 22_000.0
    has_lock: bool = True
    """A socket that latches the plug. A tethered cable has none: UnlockConnector is
    NotSupported."""


class EvseSpec(Struct, frozen=True, kw_only=True):
    """One place to charge; its connectors share one power path."""

    connectors: tuple[ConnectorSpec, ...] = (ConnectorSpec(),)


class ChargerSpec(Struct, frozen=True, kw_only=True):
    """A charger to be."""

    identity: str
    version: Literal["1.6", "2.0.1"] = "1.6"
    csms_url: str = "ws://127.0.0.1:9000/ocpp"
    """The endpoint; "/" and the percent-encoded identity are appended for the link."""
    vendor: str = "Voltyard"
    model: str = "Yard One"
    serial_number: str = ""
    firmware_version: str = "1.0.0"
    evses: tuple[EvseSpec, ...] = (EvseSpec(),)
    settings: dict[str, str] = {}
    """By 1.6 key or 2.x Component.Variable; applied before the first boot."""
    password: str | None = None
    """Basic authentication."""
    meter_start_wh: float = 0.0
    vehicle: Vehicle = Vehicle()
    """What plugs in when nobody says otherwise."""
    seed: int = 0
