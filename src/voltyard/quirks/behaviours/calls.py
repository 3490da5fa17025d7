"""Quirks of calls, configuration and charging profiles: Q56 to Q63, Q90 to Q93."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from voltyard.quirks import payload_access
from voltyard.quirks.acts import Acts
from voltyard.quirks.context import QuirkContext
from voltyard.quirks.intercepted_message import InterceptedMessage

_MAXIMUM: Final = frozenset({"ChargePointMaxProfile", "ChargingStationMaxProfile"})
_STEPS_A: Final = (6.0, 8.0, 10.0, 13.0, 16.0)
_REJECTED: Final = {"status": "Rejected"}
_ACCEPTED: Final = {"status": "Accepted"}


# --- Q60, Q62, Q63 -----------------------------------------------------------------------------


def _resend(odd: QuirkContext, message: InterceptedMessage) -> None:
    if not odd.concerns(message.action) or not odd.strikes():
        return
    after_s, times = float(odd.saying["after_s"]), int(odd.saying["times"])
    if after_s == 0.0:
        message.after += [(message.action, message.encoded())] * times
        return
    for number in range(1, times + 1):
        odd.again(message, number * after_s, same_id=True)


def _never(odd: QuirkContext, message: InterceptedMessage) -> None:
    if not odd.saying["obeys"] and odd.concerns(message.action) and odd.strikes():
        odd.drop(message)


def _answer_lost(odd: QuirkContext, message: InterceptedMessage) -> None:
    if odd.saying["obeys"] and odd.concerns(message.action) and odd.strikes():
        odd.drop(message)


def _not_implemented(odd: QuirkContext, message: InterceptedMessage) -> None:
    if odd.concerns(message.action) and odd.strikes():
        odd.refuse(message, str(odd.saying["code"]), f"{message.action} is not implemented")


# --- Q90, Q91 ----------------------------------------------------------------------------------

_ANSWERS: Final = {
    "accepts-all": "Accepted",
    "rejects": "Rejected",
    "read-only": "Rejected",
    "reboot-required": "RebootRequired",
}


def _is_of_measurands(name: str) -> bool:
    lowered = name.lower()
    return "measurands" in lowered or lowered in (
        "metervaluessampleddata",
        "metervaluesaligneddata",
        "stoptxnsampleddata",
        "stoptxnaligneddata",
    )


def _measurands_set(odd: QuirkContext, message: InterceptedMessage) -> None:
    status = _ANSWERS[str(odd.saying["variant"])]
    if message.action == "ChangeConfiguration" and _is_of_measurands(message.payload["key"]):
        if odd.strikes():
            odd.reply(message, {"status": status})
    elif message.action == "SetVariables":
        asked = message.payload["setVariableData"]
        if all(_is_of_measurands(one["variable"]["name"]) for one in asked) and odd.strikes():
            results = [
                {
                    "attributeStatus": status,
                    "component": one["component"],
                    "variable": one["variable"],
                }
                for one in asked
            ]
            odd.reply(message, {"setVariableResult": results})


def _read_only(odd: QuirkContext, message: InterceptedMessage) -> None:
    if odd.saying["variant"] != "read-only":
        return
    for entry in message.payload.get("configurationKey", ()):
        if _is_of_measurands(entry["key"]):
            message.edit()
            entry["readonly"] = True


def _few_measurands(odd: QuirkContext, message: InterceptedMessage) -> None:
    if odd.saying["variant"] != "accepts-all":
        return
    values = payload_access.meter_values(message.payload)
    if values and odd.strikes():
        keep_energy(message)


def keep_energy(message: InterceptedMessage) -> None:
    """Of its samples leave the register only; what has none keeps its first."""
    message.edit()
    for value in payload_access.meter_values(message.payload):
        taken = value["sampledValue"]
        energy = [one for one in taken if payload_access.measurand(one) == payload_access.REGISTER]
        value["sampledValue"] = energy or taken[:1]


def _odd_configuration(odd: QuirkContext, message: InterceptedMessage) -> None:
    payload = message.payload
    keys, results = payload.get("configurationKey"), payload.get("getVariableResult")
    if (keys or results) and odd.strikes():
        if keys:
            _odd_keys(odd, message.edit(), keys)
        else:
            _odd_results(odd, message.edit()["getVariableResult"])


def _odd_keys(odd: QuirkContext, payload: dict[str, Any], keys: list[dict[str, Any]]) -> None:
    match odd.saying["variant"]:
        case "no-count":
            payload["configurationKey"] = [
                one for one in keys if one["key"] != "NumberOfConnectors"
            ]
        case "unknown-keys":
            payload["configurationKey"] = []
            unknown = payload.get("unknownKey", [])
            payload["unknownKey"] = [*unknown, *(one["key"] for one in keys)]
        case _:
            for one in keys:
                if "value" in one:
                    one["value"] = one["value"][: int(odd.saying["characters"])]


def _odd_results(odd: QuirkContext, results: list[dict[str, Any]]) -> None:
    for one in results:
        match odd.saying["variant"]:
            case "truncated":
                if "attributeValue" in one:
                    one["attributeValue"] = one["attributeValue"][: int(odd.saying["characters"])]
            case "no-count" if one["variable"]["name"] not in ("EVSECount", "AvailabilityState"):
                pass
            case _:
                one["attributeStatus"] = "UnknownVariable"
                one.pop("attributeValue", None)


# --- Q56, Q92, Q93 -----------------------------------------------------------------------------


def _profile(message: InterceptedMessage) -> dict[str, Any]:
    payload = message.payload
    profile = payload.get("csChargingProfiles", payload.get("chargingProfile"))
    return profile if isinstance(profile, dict) else {}


def _schedules(profile: dict[str, Any]) -> list[dict[str, Any]]:
    found = profile.get("chargingSchedule", [])
    return found if isinstance(found, list) else [found]


def limits_of(message: InterceptedMessage) -> list[tuple[str, dict[str, Any]]]:
    """The unit and the period of each limit of a SetChargingProfile."""
    return [
        (schedule.get("chargingRateUnit", "A"), period)
        for schedule in _schedules(_profile(message))
        for period in schedule.get("chargingSchedulePeriod", ())
    ]


def _no_relative(odd: QuirkContext, message: InterceptedMessage) -> None:
    profile = _profile(message)
    refused = (
        message.action == "SetChargingProfile"
        and profile.get("chargingProfilePurpose") in _MAXIMUM
        and profile.get("chargingProfileKind") == "Relative"
    )
    if refused and odd.strikes():
        odd.reply(message, _REJECTED)


def _units(message: InterceptedMessage) -> set[str]:
    return {schedule.get("chargingRateUnit", "A") for schedule in _schedules(_profile(message))}


_REFUSES: Final[dict[str, Callable[[QuirkContext, InterceptedMessage], bool]]] = {
    "rejects-all": lambda odd, message: True,
    "stack-level-zero": lambda odd, message: _profile(message).get("stackLevel") != 0,
    "no-maximum": lambda odd, message: _profile(message).get("chargingProfilePurpose") in _MAXIMUM,
    "rejects-zero": lambda odd, message: any(
        period.get("limit") == 0 for _, period in limits_of(message)
    ),
    "needs-watts": lambda odd, message: "A" in _units(message),
    "lost-with-availability": lambda odd, message: bool(odd.memo.get("changed")),
}


def _profile_trouble(odd: QuirkContext, message: InterceptedMessage) -> None:
    if message.action == "ChangeAvailability":
        odd.memo["changed"] = True
    if message.action != "SetChargingProfile":
        return
    variant = str(odd.saying["variant"])
    if variant == "ignored":
        if odd.strikes():
            odd.reply(message, _ACCEPTED)
    elif variant == "steps":
        if odd.strikes():
            message.edit()
            for unit, period in limits_of(message):
                if unit == "A":
                    period["limit"] = max(
                        (step for step in _STEPS_A if step <= period["limit"]), default=0.0
                    )
    elif _REFUSES[variant](odd, message) and odd.strikes():
        odd.reply(message, _REJECTED)


def _no_zero(odd: QuirkContext, message: InterceptedMessage) -> None:
    payload = message.payload
    if message.action != "TriggerMessage" or payload.get("requestedMessage") != (
        "StatusNotification"
    ):
        return
    at = payload.get("connectorId") if odd.is_16 else payload.get("evse", {}).get("id", 0)
    if at == 0 and odd.strikes():
        odd.reply(message, _REJECTED)


ACTS: Final[dict[str, Acts]] = {
    "no-relative-maximum": Acts(asked=_no_relative),
    "resends": Acts(call=_resend),
    "never-answers": Acts(asked=_never, answer=_answer_lost),
    "not-implemented": Acts(asked=_not_implemented),
    "measurand-promises": Acts(asked=_measurands_set, answer=_read_only, call=_few_measurands),
    "odd-configuration": Acts(answer=_odd_configuration),
    "profile-trouble": Acts(asked=_profile_trouble),
    "no-trigger-at-zero": Acts(asked=_no_zero),
}
