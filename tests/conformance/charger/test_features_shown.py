"""Features that a charger shows by its configuration, or by its full report."""

from typing import Any

import pytest

from voltyard.conformance.charger import features_shown
from voltyard.conformance.charger.features_shown import (
    ShownFeature,
    asked_features,
    evses_of_report,
    features_of_configuration,
    features_of_report,
)


def variable(
    path: str,
    value: str | None = None,
    *,
    mutability: str = "ReadWrite",
    values: str = "",
    evse: int = 0,
) -> dict[str, Any]:
    component, _, name = path.partition(".")
    attribute = {"mutability": mutability, **({} if value is None else {"value": value})}
    return {
        "component": {"name": component, **({"evse": {"id": evse}} if evse else {})},
        "variable": {"name": name},
        "variableAttribute": [attribute],
        "variableCharacteristics": {"dataType": "string", "valuesList": values},
    }


def shown(found: list[ShownFeature]) -> dict[str, bool | None]:
    return {one.feature: one.has for one in found}


def test_profiles_that_a_charger_does_not_name_it_lacks() -> None:
    named = {"SupportedFeatureProfiles": "Core, SmartCharging,RemoteTrigger"}
    found = shown(features_of_configuration(named))

    assert found == {
        "FirmwareManagement": False,
        "LocalAuthListManagement": False,
        "RemoteTrigger": True,
        "Reservation": False,
        "SmartCharging": True,
        "Security": False,
        "security profile 3": False,
        "fixed cable": None,
        "power reserve": None,
    }


def test_a_charger_that_names_no_profiles_shows_none() -> None:
    found = shown(features_of_configuration({}))

    assert (found["Reservation"], found["SmartCharging"]) == (None, None)


@pytest.mark.parametrize(("profile", "has"), [("0", None), ("2", None), ("3", True)])
def test_security_profile_3_is_shown_by_a_charger_that_is_in_it(
    profile: str, has: bool | None
) -> None:
    found = shown(features_of_configuration({"SecurityProfile": profile}))

    assert (found["Security"], found["security profile 3"]) == (True, has)


@pytest.mark.parametrize(
    ("report", "feature", "has"),
    [
        ([], "Reservation", False),
        ([variable("ReservationCtrlr.Available", "false")], "Reservation", False),
        ([variable("ReservationCtrlr.Available", "true")], "Reservation", True),
        ([variable("ReservationCtrlr.Enabled", "false")], "Reservation", True),
        ([variable("ISO15118Ctrlr.Available", "true")], "no ISO15118", False),
        ([], "no ISO15118", True),
        ([variable("TariffCostCtrlr.Available", "true")], "TariffAndCost", True),
        ([], "TariffAndCost", False),
        ([], "master pass", False),
        ([variable("AuthCtrlr.MasterPassGroupId")], "master pass", True),
        (
            [variable("SmartChargingCtrlr.Enabled", "true", mutability="ReadOnly")],
            "SmartChargingCtrlr.Enabled can be set",
            False,
        ),
        (
            [variable("SmartChargingCtrlr.Enabled", "true")],
            "SmartChargingCtrlr.Enabled can be set",
            True,
        ),
        ([variable("EVSE.AllowReset", "true", evse=1)], "reset of the whole station only", False),
        ([variable("EVSE.AllowReset", "false", evse=1)], "reset of the whole station only", True),
        ([], "reset of the whole station only", None),
        ([variable("EVSE.AllowReset", "true", evse=1)], "reset of an EVSE", True),
        ([variable("EVSE.AllowReset", "false", evse=1)], "reset of an EVSE", False),
        ([], "reset of an EVSE", None),
        ([variable("SecurityCtrlr.SecurityProfile", "3")], "security profile 3", True),
        ([variable("SecurityCtrlr.SecurityProfile", "1")], "security profile 3", None),
        (
            [variable("ReservationCtrlr.NonEvseSpecific", "False")],
            "Reservation of an unspecified EVSE",
            False,
        ),
        ([variable("ConnectorPlugRetentionLock.Active", "false")], "connector lock", True),
        ([], "GetLog", None),
    ],
)
def test_a_report_shows_a_feature(
    report: list[dict[str, Any]], feature: str, has: bool | None
) -> None:
    assert shown(features_of_report(report))[feature] is has


def test_points_that_cannot_be_set_are_those_that_are() -> None:
    path, values = "TxCtrlr.TxStartPoint", "Authorized,EVConnected,PowerPathClosed"
    free = shown(features_of_report([variable(path, "EVConnected", values=values)]))
    fixed = [variable(path, "EVConnected", values=values, mutability="ReadOnly")]
    bound = shown(features_of_report(fixed))

    assert (free["TxStartPoint Authorized"], free["TxStartPoint EVConnected"]) == (True, True)
    assert (bound["TxStartPoint Authorized"], bound["TxStartPoint EVConnected"]) == (False, True)
    assert not free["TxStartPoint EnergyTransfer"]


def test_evses_are_counted_by_their_ids() -> None:
    report = [variable("EVSE.Power", evse=one) for one in (1, 1, 2, 3)]

    assert evses_of_report([variable("ChargingStation.Available"), *report]) == 3
    assert evses_of_report([]) is None


def test_every_feature_that_is_looked_for_is_one_that_a_case_needs() -> None:
    looked_for = {
        *features_shown.BY_CONTROLLER,
        *features_shown.BY_VARIABLE,
        *features_shown.BY_SETTABLE,
    }

    assert looked_for <= {*asked_features("2.0.1")}
