"""Messages that people type in snake_case reach the wire by their own names."""

import pytest

from voltyard.ocpp.versions import V16, V201
from voltyard.ocpp.wire_names import with_wire_names


def test_an_action_and_its_fields_get_their_wire_names() -> None:
    typed = {"charge_point_vendor": "ACME", "charge_point_model": "DC-50"}

    assert with_wire_names(V16, "boot_notification", typed) == (
        "BootNotification",
        {"chargePointVendor": "ACME", "chargePointModel": "DC-50"},
    )


def test_what_is_inside_gets_them_too() -> None:
    typed = {
        "connector_id": 1,
        "meter_value": [{"timestamp": "2026-01-01T00:00:00Z", "sampled_value": [{"value": "1"}]}],
    }

    assert with_wire_names(V16, "meter_values", typed) == (
        "MeterValues",
        {
            "connectorId": 1,
            "meterValue": [{"timestamp": "2026-01-01T00:00:00Z", "sampledValue": [{"value": "1"}]}],
        },
    )
    assert with_wire_names(
        V201, "boot_notification", {"charging_station": {"vendor_name": "A"}}
    ) == (
        "BootNotification",
        {"chargingStation": {"vendorName": "A"}},
    )


@pytest.mark.parametrize("action", ["BootNotification", "bootNotification", "boot_notification"])
def test_wire_names_are_understood_as_they_are(action: str) -> None:
    wire = {"chargePointVendor": "ACME"}

    assert with_wire_names(V16, action, wire) == ("BootNotification", wire)


def test_what_nobody_knows_stays_as_it_was_typed() -> None:
    assert with_wire_names(V16, "levitate", {"how_high": [1]}) == ("levitate", {"how_high": [1]})
    assert with_wire_names(V16, "heartbeat", {"made_up": 1}) == ("Heartbeat", {"made_up": 1})
    assert with_wire_names(V16, "meter_values", {"meter_value": "none"}) == (
        "MeterValues",
        {"meterValue": "none"},
    )
