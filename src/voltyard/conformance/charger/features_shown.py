"""Features that a charger shows over OCPP: by its configuration (1.6), by its full report (2.0.1).

The features are those that conformance cases need. Some of them no message shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from voltyard.conformance.cases.catalogue import chosen
from voltyard.conformance.subject import OPTIONAL_PROFILES, SEVERAL_EVSES

SECURITY: Final = "Security"
"""Group of the cases of OCPP 1.6's security extension."""

PROFILE_3: Final = "security profile 3"

BY_CONTROLLER: Final[Mapping[str, str]] = {
    "AdvancedUserInterface": "DisplayMessageCtrlr",
    "ISO15118": "ISO15118Ctrlr",
    "LocalAuthListManagement": "LocalAuthListCtrlr",
    "Reservation": "ReservationCtrlr",
    "SmartCharging": "SmartChargingCtrlr",
    "TariffAndCost": "TariffCostCtrlr",
    "authorization cache": "AuthCacheCtrlr",
    "monitors": "MonitoringCtrlr",
}
"""Features that a controller's Available tells of, or where it is left out, its Enabled."""

BY_VARIABLE: Final[Mapping[str, str]] = {
    "AdditionalRootCertificateCheck": "SecurityCtrlr.AdditionalRootCertificateCheck",
    "AlignedDataCtrlr.SendDuringIdle": "AlignedDataCtrlr.SendDuringIdle",
    "AuthCacheDisablePostAuthorize": "AuthCacheCtrlr.DisablePostAuthorize",
    "AuthCacheLifeTime": "AuthCacheCtrlr.LifeTime",
    "DisableRemoteAuthorization": "AuthCtrlr.DisableRemoteAuthorization",
    "LocalAuthListDisablePostAuthorize": "LocalAuthListCtrlr.DisablePostAuthorize",
    "MaxEnergyOnInvalidId": "TxCtrlr.MaxEnergyOnInvalidId",
    "basic authentication": "SecurityCtrlr.BasicAuthPassword",
    "master pass": "AuthCtrlr.MasterPassGroupId",
}
"""Features that a station has where it has the variable."""

BY_SETTABLE: Final[Mapping[str, str]] = {
    "ReservationCtrlr.Enabled can be set": "ReservationCtrlr.Enabled",
    "SmartChargingCtrlr.Enabled can be set": "SmartChargingCtrlr.Enabled",
}
"""Features that a station has where the variable is not read-only."""

_POINTS: Final = ("TxStartPoint", "TxStopPoint")
_ANY_EVSE: Final = "ReservationCtrlr.NonEvseSpecific"
_ALLOW_RESET: Final = "EVSE.AllowReset"
_RESETS: Final = {"reset of an EVSE": True, "reset of the whole station only": False}
"""Features by the value of AllowReset that shows them."""
_LOCK: Final = "ConnectorPlugRetentionLock"
_PROFILE: Final = "SecurityCtrlr.SecurityProfile"


@dataclass(frozen=True)
class ShownFeature:
    """A feature, and what the charger shows of it."""

    feature: str
    has: bool | None
    """None: nothing that it sends shows it."""
    shown_by: str = ""


def asked_features(version: str) -> list[str]:
    """Features that cases for a charger of that version need, beside the number of its EVSEs."""
    cases = chosen("charger", ids=(), groups=(), versions=(version,))
    return sorted({need for case in cases for need in case.needs} - {SEVERAL_EVSES})


def features_of_configuration(settings: Mapping[str, str]) -> list[ShownFeature]:
    """Features that a charger of OCPP 1.6 shows by its configuration keys."""
    key = "SupportedFeatureProfiles"
    claimed = {one.strip() for one in settings.get(key, "").split(",")} - {""}
    found = [
        ShownFeature(profile, profile in claimed if claimed else None, key)
        for profile in sorted(OPTIONAL_PROFILES)
    ]
    profile = settings.get("SecurityProfile")
    found.append(ShownFeature(SECURITY, profile is not None, "SecurityProfile"))
    for feature in asked_features("1.6"):
        if feature == PROFILE_3:
            found.append(ShownFeature(feature, _has_profile_3(profile, False), "SecurityProfile"))
        else:
            found.append(ShownFeature(feature, None))
    return found


def features_of_report(report: Iterable[Mapping[str, Any]]) -> list[ShownFeature]:
    """Features that a station of OCPP 2.0.1 shows by its full report."""
    model = _Model(report)
    return [ShownFeature(one, *model.shows(one)) for one in asked_features("2.0.1")]


def evses_of_report(report: Iterable[Mapping[str, Any]]) -> int | None:
    """The number of EVSEs in a full report; None where it has none."""
    ids = {one["component"].get("evse", {}).get("id", 0) for one in report}
    return len(ids - {0}) or None


def _has_profile_3(profile: str | None, without: bool | None) -> bool | None:
    """A charger that is in it has it; one in a lower profile may have it."""
    if profile is None:
        return without
    return True if profile == "3" else None


class _Model:
    """The device model that a full report shows."""

    def __init__(self, report: Iterable[Mapping[str, Any]]) -> None:
        self._found: dict[str, list[Mapping[str, Any]]] = {}
        for data in report:
            path = f"{data['component']['name']}.{data['variable']['name']}"
            self._found.setdefault(path, []).append(data)

    def shows(self, feature: str) -> tuple[bool | None, str]:
        """True, False or None, and by which variable."""
        point, _, value = feature.partition(" ")
        if feature in BY_CONTROLLER:
            return self._controller(BY_CONTROLLER[feature])
        if feature == "no ISO15118":
            has, path = self._controller(BY_CONTROLLER["ISO15118"])
            return not has, path
        if feature in BY_VARIABLE:
            return BY_VARIABLE[feature] in self._found, BY_VARIABLE[feature]
        if feature in BY_SETTABLE:
            return self._is_settable(BY_SETTABLE[feature]), BY_SETTABLE[feature]
        if point in _POINTS:
            return value in self._allowed(f"TxCtrlr.{point}"), f"TxCtrlr.{point}"
        if feature == "Reservation of an unspecified EVSE":
            return "true" in self._values(_ANY_EVSE), _ANY_EVSE
        if feature in _RESETS and _ALLOW_RESET in self._found:
            return ("true" in self._values(_ALLOW_RESET)) is _RESETS[feature], _ALLOW_RESET
        if feature == "connector lock":
            return any(path.startswith(f"{_LOCK}.") for path in self._found), _LOCK
        if feature == PROFILE_3:
            return _has_profile_3(next(iter(self._values(_PROFILE)), None), None), _PROFILE
        return None, ""

    def _controller(self, name: str) -> tuple[bool, str]:
        path = f"{name}.Available"
        if path in self._found:
            return "true" in self._values(path), path
        return f"{name}.Enabled" in self._found, f"{name}.Enabled"

    def _attributes(self, path: str) -> Iterator[Mapping[str, Any]]:
        for data in self._found.get(path, ()):
            for one in data["variableAttribute"]:
                if one.get("type", "Actual") == "Actual":
                    yield one

    def _values(self, path: str) -> list[str]:
        return [str(one["value"]).lower() for one in self._attributes(path) if "value" in one]

    def _is_settable(self, path: str) -> bool:
        return any(
            one.get("mutability", "ReadWrite") != "ReadOnly" for one in self._attributes(path)
        )

    def _allowed(self, path: str) -> set[str]:
        """Members of a list that the variable has, or can be set to."""
        told = [str(one.get("value", "")) for one in self._attributes(path)]
        if self._is_settable(path):
            for data in self._found[path]:
                told.append(data.get("variableCharacteristics", {}).get("valuesList", ""))
        return {member.strip() for one in told for member in one.split(",")} - {""}
