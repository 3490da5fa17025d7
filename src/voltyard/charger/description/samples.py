"""Samples of a simulated charger: the part of its state that a list of many shows, in short."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from voltyard.charger.connection.connection import CsmsConnection
from voltyard.charger.connection.registration import Registration
from voltyard.charger.context import ChargerContext
from voltyard.charger.evse.connector import Connector
from voltyard.charger.evse.evse import Evse
from voltyard.kernel.time import Instant
from voltyard.physics.supply import PowerFlow


class ConnectorSample(Struct, frozen=True, array_like=True, gc=False):
    """One connector, rounded so that it does not change where no reader would see it."""

    evse_id: int
    connector_id: int
    status: str
    """Connector status, as StatusNotification tells it."""
    error_code: str
    power_w: int
    current_a: float
    """In each phase, to 0.1 A."""
    soc: float | None
    """To 0.1 %; None without a vehicle."""
    energy_wh: int
    """The register."""
    limit_w: int
    transaction_id: str | None
    """The id on the wire; None until the CSMS has given one."""
    charging_state: str | None
    """Of the transaction; None: there is none."""


class ChargerSample(Struct, frozen=True, array_like=True):
    """A charger at one moment."""

    connected: bool
    boot_status: str
    power_w: int
    connectors: tuple[ConnectorSample, ...]


class SampleSource(Protocol):
    """The parts of a charger that a sample is taken of."""

    context: ChargerContext
    evses: tuple[Evse, ...]
    connection: CsmsConnection
    registration: Registration


def sample_of(charger: SampleSource, now: Instant) -> ChargerSample:
    """The sample at that moment, with the energy that has flowed until then."""
    connectors: list[ConnectorSample] = []
    power_w = 0.0
    for evse in charger.evses:
        flow = None
        if evse.plug.connector is not None:
            flow = evse.go_on(now) if now > evse.settled_at else evse.flow()
            power_w += flow.power_w
        for connector in evse.connectors:
            word = charger.context.dialect.status_word(evse, connector)
            plugged = flow if evse.plug.connector is connector else None
            connectors.append(_connector(evse, connector, word, plugged))
    return ChargerSample(
        charger.connection.up, charger.registration.status, round(power_w), tuple(connectors)
    )


def _connector(
    evse: Evse, connector: Connector, status: str, flow: PowerFlow | None
) -> ConnectorSample:
    """`flow` is that of its cable, where one is in."""
    transaction = evse.transaction
    if transaction is not None and transaction.connector_id != connector.id:
        transaction = None
    return ConnectorSample(
        evse.id,
        connector.id,
        status,
        connector.error,
        0 if flow is None else round(flow.power_w),
        0.0 if flow is None else round(flow.current_a, 1),
        None if flow is None else round(evse.plug.soc_percent, 1),
        round(evse.meter.register_wh),
        round(evse.supply.limit_at(connector).power_w),
        None if transaction is None else transaction.wire_id,
        None if transaction is None else evse.charging_state,
    )
