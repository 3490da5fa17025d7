"""Readings of an EVSE, as rows of the 2.0.1 device model: temperature, voltage, register."""

from __future__ import annotations

from collections.abc import Iterator

from voltyard.charger.evse.evse import Evse
from voltyard.charger.sensors.sensors import temperature_c, voltage_v
from voltyard.charger.v201.model_rows.variable_row import VariableRow
from voltyard.kernel.time import Instant


def sensor_rows(evse: Evse, now: Instant) -> Iterator[VariableRow]:
    """The temperature inside, the voltage of the feed, and the energy that the meter shows."""
    yield VariableRow(
        component="TemperatureSensor",
        variable="Temperature",
        value=f"{temperature_c(evse, now):.1f}",
        data_type="decimal",
        evse_id=evse.id,
        unit="Celsius",
        minimum=-50.0,
        maximum=150.0,
    )
    yield VariableRow(
        component="ElectricalFeed",
        variable="ACVoltage",
        value=f"{voltage_v(evse, now):.1f}",
        data_type="decimal",
        evse_id=evse.id,
        unit="V",
        minimum=0.0,
        maximum=1000.0,
    )
    yield VariableRow(
        component="FiscalMetering",
        variable="EnergyImportRegister",
        value=f"{evse.meter.reading_wh:.1f}",
        data_type="decimal",
        evse_id=evse.id,
        unit="Wh",
    )
