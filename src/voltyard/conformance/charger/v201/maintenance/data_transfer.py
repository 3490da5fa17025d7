"""Cases of OCPP 2.0.1 for a charging station: vendors' messages and vendors' data (block P)."""

from __future__ import annotations

from typing import Any, Final

from voltyard.conformance.cases.case import Cases
from voltyard.conformance.charger.v201.energy.charging_profiles import (
    SMART_CHARGING,
    expect_schedule,
    install,
    profile,
)
from voltyard.conformance.charger.v201.management_system import ManagementSystem, variable_at

CASES = Cases("charger", "2.0.1", "DataTransfer")

_CUSTOM: Final = {"customData": {"vendorId": "org.voltyard.tester", "note": {"number": 1}}}
"""Data of a vendor whom no station knows."""


def _with_custom_data(value: Any) -> Any:
    """The same with custom data in every object."""
    if isinstance(value, list):
        return [_with_custom_data(one) for one in value]
    if isinstance(value, dict):
        return {**{name: _with_custom_data(one) for name, one in value.items()}, **_CUSTOM}
    return value


@CASES.case("TC_P_01_CS", "Message of an unknown vendor", requirements=["P01.FR.05"])
async def unknown_vendor(csms: ManagementSystem) -> None:
    """A message of a vendor whom the station does not know is answered, and says so: the link and
    its other messages do not suffer."""
    await csms.booted()
    answer = await csms.asks(
        "DataTransfer",
        vendorId="org.voltyard.tester",
        messageId="VY-UNKNOWN",
        data={"note": [1, 2, 3]},
    )
    answer.expect(status="UnknownVendorId")


@CASES.case("TC_P_03_CS", "Custom data in requests", requirements=["OCPP 2.0.1 Part 4 section 4.1"])
async def custom_data(csms: ManagementSystem) -> None:
    """Custom data that means nothing to a station changes nothing, at any place of a request.

    Vendors extend OCPP so, and their CSMSs talk to stations of others.
    """
    path = "OCPPCommCtrlr.OfflineThreshold"
    await csms.booted()
    value = await csms.get_variable(path)
    request = _with_custom_data({"getVariableData": [variable_at(path)]})
    answer = await csms.asks("GetVariables", **request)
    answer.expect(
        {
            "getVariableResult.0.attributeStatus": "Accepted",
            "getVariableResult.0.attributeValue": value,
        }
    )
    off = _with_custom_data({"operationalStatus": "Inoperative", "evse": {"id": 1}})
    (await csms.asks("ChangeAvailability", **off)).expect(status="Accepted")
    await csms.hears_status("Unavailable")


@CASES.case(
    "TC_P_04_CS",
    "Custom data in a charging profile",
    requirements=["OCPP 2.0.1 Part 4 section 4.1", "K01.FR.07"],
    needs=[SMART_CHARGING],
)
async def custom_data_in_a_profile(csms: ManagementSystem) -> None:
    """A charging profile with custom data in all its parts limits as it does without."""
    await csms.booted()
    await install(csms, _with_custom_data(profile(limit_a=8.0)))
    await expect_schedule(csms, (0, 8.0))
