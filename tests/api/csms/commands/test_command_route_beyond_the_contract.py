"""The commands beyond the ten of the published contract, over REST, to chargers of both versions:
what is on the wire, and what REST makes of the answer. contract/csms.yaml, more_commands."""

import asyncio
from typing import Any

import pytest

from tests.api.bench import BOOT, BOX, TOKEN, Lab

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
UNTIL = "2026-02-10T15:00:00Z"
HASHES = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "5c1d",
    "issuerKeyHash": "9a70",
    "serialNumber": "4f2e",
}
PERIODS = [{"startPeriod": 0, "limit": 16.0}]
SCHEDULE = {"chargingRateUnit": "A", "chargingSchedulePeriod": PERIODS}
PROFILE_16 = {
    "chargingProfileId": 1,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Relative",
    "chargingSchedule": SCHEDULE,
}
PROFILE_201 = {
    "id": 1,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Relative",
    "chargingSchedule": [{"id": 1, **SCHEDULE}],
}
SIGNED = {
    "location": "https://files.example/f.bin",
    "retrieveDate": UNTIL,
    "signingCertificate": PEM,
    "signature": "MEUC",
    "requestId": 5,
}
FIRMWARE = {
    "location": "https://files.example/f.bin",
    "retrieveDateTime": UNTIL,
    "signingCertificate": PEM,
    "signature": "MEUC",
}


def limited(connector: int, limit: float, unit: str) -> dict[str, Any]:
    """The profile of a limit, in 1.6's words."""
    schedule = {
        "chargingRateUnit": unit,
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
    }
    if connector == 0:
        schedule["startSchedule"] = "2026-02-09T14:00:00Z"
    return {
        "chargingProfileId": 90_000 + connector,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile" if connector else "ChargePointMaxProfile",
        "chargingProfileKind": "Relative" if connector else "Absolute",
        "chargingSchedule": schedule,
    }


def limited_201(evse: int, limit: float, unit: str) -> dict[str, Any]:
    """The same in 2.0.1's."""
    profile = limited(evse, limit, unit)
    id = profile.pop("chargingProfileId")
    if evse == 0:
        profile["chargingProfilePurpose"] = "ChargingStationMaxProfile"
    return {**profile, "id": id, "chargingSchedule": [{"id": id, **profile["chargingSchedule"]}]}


CASES: list[Any] = [
    # method, path, body, then for each version: action, payload, answer; what REST answers
    (
        "POST reservations",
        {"connectorId": 1, "idTag": "TAG", "expiryDate": UNTIL, "reservationId": 7},
        (
            "ReserveNow",
            {"connectorId": 1, "expiryDate": UNTIL, "idTag": "TAG", "reservationId": 7},
            {"status": "Occupied"},
        ),
        (
            "ReserveNow",
            {
                "id": 7,
                "evseId": 1,
                "expiryDateTime": UNTIL,
                "idToken": {"idToken": "TAG", "type": "Central"},
            },
            {"status": "Occupied"},
        ),
        {
            "message": "Reservation: occupied, says charger",
            "reservationId": 7,
            "status": "occupied",
        },
    ),
    (
        "POST reservations",
        {
            "connectorId": 0,
            "idTag": "TAG",
            "expiryDate": UNTIL,
            "reservationId": 7,
            "parentIdTag": "FLEET",
        },
        (
            "ReserveNow",
            {
                "connectorId": 0,
                "expiryDate": UNTIL,
                "idTag": "TAG",
                "parentIdTag": "FLEET",
                "reservationId": 7,
            },
            {"status": "Accepted"},
        ),
        (
            "ReserveNow",
            {
                "id": 7,
                "expiryDateTime": UNTIL,
                "idToken": {"idToken": "TAG", "type": "Central"},
                "groupIdToken": {"idToken": "FLEET", "type": "Central"},
            },
            {"status": "Accepted"},
        ),
        {"message": "Reservation accepted by charger", "reservationId": 7, "status": "accepted"},
    ),
    (
        "DELETE reservations/7",
        None,
        ("CancelReservation", {"reservationId": 7}, {"status": "Rejected"}),
        ("CancelReservation", {"reservationId": 7}, {"status": "Rejected"}),
        {"message": "Cancellation rejected by charger", "reservationId": 7, "status": "rejected"},
    ),
    (
        "DELETE charging-profiles?id=3",
        None,
        ("ClearChargingProfile", {"id": 3}, {"status": "Unknown"}),
        ("ClearChargingProfile", {"chargingProfileId": 3}, {"status": "Unknown"}),
        {"message": "Charger has no charging profile that fits", "status": "unknown"},
    ),
    (
        "DELETE charging-profiles?connectorId=0&purpose=ChargePointMaxProfile&stackLevel=2",
        None,
        (
            "ClearChargingProfile",
            {
                "connectorId": 0,
                "chargingProfilePurpose": "ChargePointMaxProfile",
                "stackLevel": 2,
            },
            {"status": "Accepted"},
        ),
        (
            "ClearChargingProfile",
            {
                "chargingProfileCriteria": {
                    "evseId": 0,
                    "chargingProfilePurpose": "ChargingStationMaxProfile",
                    "stackLevel": 2,
                }
            },
            {"status": "Accepted"},
        ),
        {"message": "Removal accepted by charger", "status": "accepted"},
    ),
    (
        "POST charging-profiles/composite",
        {"connectorId": 1, "duration": 60, "chargingRateUnit": "A"},
        (
            "GetCompositeSchedule",
            {"connectorId": 1, "duration": 60, "chargingRateUnit": "A"},
            {
                "status": "Accepted",
                "connectorId": 1,
                "scheduleStart": UNTIL,
                "chargingSchedule": {"duration": 60, **SCHEDULE},
            },
        ),
        (
            "GetCompositeSchedule",
            {"evseId": 1, "duration": 60, "chargingRateUnit": "A"},
            {
                "status": "Accepted",
                "schedule": {"evseId": 1, "duration": 60, "scheduleStart": UNTIL, **SCHEDULE},
            },
        ),
        {
            "status": "accepted",
            "connectorId": 1,
            "scheduleStart": "2026-02-10T15:00:00.000Z",
            "chargingSchedule": {"duration": 60, **SCHEDULE},
        },
    ),
    (
        "POST charging-profiles/composite",
        {"connectorId": 1, "duration": 60},
        ("GetCompositeSchedule", {"connectorId": 1, "duration": 60}, {"status": "Rejected"}),
        ("GetCompositeSchedule", {"evseId": 1, "duration": 60}, {"status": "Rejected"}),
        {
            "status": "rejected",
            "connectorId": None,
            "scheduleStart": None,
            "chargingSchedule": None,
        },
    ),
    (
        "PUT charging-limit",
        {"connectorId": 0, "limit": "11000W"},
        (
            "SetChargingProfile",
            {"connectorId": 0, "csChargingProfiles": limited(0, 11000.0, "W")},
            {"status": "Accepted"},
        ),
        (
            "SetChargingProfile",
            {"evseId": 0, "chargingProfile": limited_201(0, 11000.0, "W")},
            {"status": "Accepted"},
        ),
        {
            "message": "Limit accepted by charger",
            "connectorId": 0,
            "limit": "11000W",
            "status": "accepted",
        },
    ),
    (
        "PUT charging-limit",
        {"connectorId": 2, "limit": "6.5A"},
        (
            "SetChargingProfile",
            {"connectorId": 2, "csChargingProfiles": limited(2, 6.5, "A")},
            {"status": "Rejected"},
        ),
        (
            "SetChargingProfile",
            {"evseId": 2, "chargingProfile": limited_201(2, 6.5, "A")},
            {"status": "Rejected"},
        ),
        {
            "message": "Limit rejected by charger",
            "connectorId": 2,
            "limit": "6.5A",
            "status": "rejected",
        },
    ),
    (
        "DELETE charging-limit?connectorId=2",
        None,
        ("ClearChargingProfile", {"id": 90_002}, {"status": "Accepted"}),
        ("ClearChargingProfile", {"chargingProfileId": 90_002}, {"status": "Accepted"}),
        {
            "message": "Removal accepted by charger",
            "connectorId": 2,
            "limit": None,
            "status": "accepted",
        },
    ),
    (
        "POST log",
        {
            "logType": "SecurityLog",
            "location": "ftp://files.example/up/",
            "requestId": 9,
            "oldestTimestamp": UNTIL,
            "retries": 2,
            "retryInterval": 30,
        },
        (
            "GetLog",
            {
                "logType": "SecurityLog",
                "requestId": 9,
                "log": {
                    "remoteLocation": "ftp://files.example/up/",
                    "oldestTimestamp": UNTIL,
                },
                "retries": 2,
                "retryInterval": 30,
            },
            {"status": "Accepted", "filename": "log.txt"},
        ),
        (
            "GetLog",
            {
                "logType": "SecurityLog",
                "requestId": 9,
                "log": {
                    "remoteLocation": "ftp://files.example/up/",
                    "oldestTimestamp": UNTIL,
                },
                "retries": 2,
                "retryInterval": 30,
            },
            {"status": "Accepted", "filename": "log.txt"},
        ),
        {
            "message": "Log upload accepted by charger",
            "requestId": 9,
            "filename": "log.txt",
            "status": "accepted",
        },
    ),
    (
        "POST firmware/signed-update",
        SIGNED,
        (
            "SignedUpdateFirmware",
            {"requestId": 5, "firmware": FIRMWARE},
            {"status": "InvalidCertificate"},
        ),
        (
            "UpdateFirmware",
            {"requestId": 5, "firmware": FIRMWARE},
            {"status": "InvalidCertificate"},
        ),
        {
            "message": "Firmware update: invalid certificate, says charger",
            "requestId": 5,
            "status": "invalidCertificate",
        },
    ),
    (
        "POST certificates",
        {"certificateType": "CentralSystemRootCertificate", "certificate": PEM},
        (
            "InstallCertificate",
            {"certificateType": "CentralSystemRootCertificate", "certificate": PEM},
            {"status": "Failed"},
        ),
        (
            "InstallCertificate",
            {"certificateType": "CSMSRootCertificate", "certificate": PEM},
            {"status": "Failed"},
        ),
        {"message": "Certificate: failed, says charger", "status": "failed"},
    ),
    (
        "GET certificates?certificateType=CSMSRootCertificate",
        None,
        (
            "GetInstalledCertificateIds",
            {"certificateType": "CentralSystemRootCertificate"},
            {"status": "Accepted", "certificateHashData": [HASHES]},
        ),
        (
            "GetInstalledCertificateIds",
            {"certificateType": ["CSMSRootCertificate"]},
            {
                "status": "Accepted",
                "certificateHashDataChain": [
                    {"certificateType": "CSMSRootCertificate", "certificateHashData": HASHES}
                ],
            },
        ),
        {"certificateHashData": ..., "status": "accepted"},
    ),
    (
        "DELETE certificates",
        {"certificateHashData": {**HASHES, "certificateType": "CSMSRootCertificate"}},
        ("DeleteCertificate", {"certificateHashData": HASHES}, {"status": "NotFound"}),
        ("DeleteCertificate", {"certificateHashData": HASHES}, {"status": "NotFound"}),
        {"message": "Deletion: not found, says charger", "status": "notFound"},
    ),
]


async def send(lab: Lab, line: str, body: Any, key: str = TOKEN) -> Any:
    method, path = line.split(" ", 1)
    url = f"/api/v1/chargers/{BOX}/{path}"
    return await lab.client.request(method, url, json=body, headers={"X-API-Key": key})


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{case[0]} {n}") for n, case in enumerate(CASES)]
)
async def test_a_command_and_its_answer(lab: Lab, case: Any, version: str) -> None:
    line, body, one, two, answer = case
    action, payload, reply = one if version == "1.6" else two
    charger = await lab.connect(version, {action: reply})

    response = await send(lab, line, body)

    assert response.status_code == 200, response.text
    assert charger.asked == [(action, payload)]
    shown = response.json()
    assert shown.pop("chargeBoxId") == BOX
    assert shown.keys() == answer.keys()
    assert {k: v for k, v in shown.items() if answer[k] is not ...} == {
        k: v for k, v in answer.items() if v is not ...
    }


async def test_what_2_0_1_lists_can_be_deleted_as_it_is_listed(lab: Lab) -> None:
    chain = {
        "certificateType": "V2GCertificateChain",
        "certificateHashData": HASHES,
        "childCertificateHashData": [HASHES],
    }
    charger = await lab.connect(
        "2.0.1",
        {
            "GetInstalledCertificateIds": {
                "status": "Accepted",
                "certificateHashDataChain": [chain],
            },
            "DeleteCertificate": {"status": "Accepted"},
        },
    )

    [listed] = (await send(lab, "GET certificates", None)).json()["certificateHashData"]
    deleted = await send(lab, "DELETE certificates", {"certificateHashData": listed})

    assert listed["certificateType"] == "V2GCertificateChain"
    assert deleted.json()["status"] == "accepted"
    assert charger.asked[-1] == ("DeleteCertificate", {"certificateHashData": HASHES})


@pytest.mark.parametrize(("version", "profile"), [("1.6", PROFILE_16), ("2.0.1", PROFILE_201)])
async def test_a_profile_is_in_the_chargers_own_words(lab: Lab, version: str, profile: Any) -> None:
    charger = await lab.connect(version, {"SetChargingProfile": {"status": "Accepted"}})

    other = PROFILE_201 if version == "1.6" else PROFILE_16
    refused = await send(
        lab, "POST charging-profiles", {"connectorId": 1, "chargingProfile": other}
    )
    accepted = await send(
        lab, "POST charging-profiles", {"connectorId": 1, "chargingProfile": profile}
    )

    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert accepted.json()["status"] == "accepted"
    [(_, sent)] = charger.asked
    assert profile in sent.values()


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
@pytest.mark.parametrize(
    ("line", "body", "field", "action"),
    [
        (
            "POST reservations",
            {"connectorId": 1, "idTag": "T", "expiryDate": UNTIL},
            "reservationId",
            "ReserveNow",
        ),
        (
            "POST log",
            {"logType": "DiagnosticsLog", "location": "ftp://a.b/"},
            "requestId",
            "GetLog",
        ),
    ],
)
async def test_ids_are_made_where_none_are_given(
    lab: Lab, version: str, line: str, body: Any, field: str, action: str
) -> None:
    charger = await lab.connect(version, {action: {"status": "Accepted"}})

    answer = (await send(lab, line, body)).json()

    [(_, payload)] = charger.asked
    assert answer[field] > 0
    assert answer[field] in payload.values()


@pytest.mark.parametrize(
    ("version", "line"),
    [("2.0.1", "DELETE charging-profiles"), ("1.6", "GET certificates")],
)
async def test_what_the_version_cannot_ask_is_400(lab: Lab, version: str, line: str) -> None:
    charger = await lab.connect(version, {})

    response = await send(lab, line, None)

    assert (response.status_code, response.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert charger.asked == []


async def test_1_6_clears_all_profiles_where_nothing_is_given(lab: Lab) -> None:
    charger = await lab.connect("1.6", {"ClearChargingProfile": {"status": "Accepted"}})

    await send(lab, "DELETE charging-profiles", None)

    assert charger.asked == [("ClearChargingProfile", {})]


LINES: list[tuple[str, Any]] = [
    *(case[:2] for case in CASES),
    ("POST reset", {"type": "Soft"}),
    ("POST unlock", {"connectorId": 1}),
    ("POST cache/clear", None),
    ("POST trigger", {"requestedMessage": "Heartbeat"}),
    ("POST trigger", {"requestedMessage": "LogStatusNotification", "extended": True}),
    ("POST availability", {"connectorId": 1, "type": "Operative"}),
    ("POST configuration/get", {"key": ["HeartbeatInterval"]}),
    ("POST configuration/change", {"key": "HeartbeatInterval", "value": "600"}),
    ("POST firmware/update", {"location": "ftp://a.b/f", "retrieveDate": UNTIL}),
    ("POST diagnostics", {"location": "ftp://a.b/"}),
    ("POST data-transfer", {"vendorId": "V"}),
    ("POST call", {"action": "ClearCache"}),
    ("POST remote-start", {"connectorId": 1, "idTag": "T"}),
    ("POST password", {"password": "0123456789abcdef"}),
    ("PUT local-list", {"listVersion": 3}),
    ("GET local-list/version", None),
]
"""Every command of the contract."""


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
@pytest.mark.parametrize(
    ("line", "body"), [pytest.param(*one, id=f"{one[0]} {n}") for n, one in enumerate(LINES)]
)
async def test_each_fails_as_all_commands_do(lab: Lab, line: str, body: Any, version: str) -> None:
    await lab.register()
    absent = await send(lab, line, body)
    await lab.patch("/settings", {"commandTimeout": 5})
    charger = await lab.connect(version, {})
    silent = asyncio.create_task(send(lab, line, body))
    await charger.until(lambda: charger.asked)
    lab.now += 5
    lab.tick()
    late = await silent
    charger.script = {charger.asked[0][0]: ["NotSupported", "", {}]}
    refused = await send(lab, line, body)
    await lab.patch(f"/chargers/{BOX}", {"bootPolicy": "reject"})
    await lab.call(charger, "BootNotification", BOOT[version])
    charger.asked.clear()
    rejected = await send(lab, line, body)

    answers = (absent, late, refused, rejected)
    assert [(r.status_code, r.json()["error"]["code"]) for r in answers] == [
        (503, "SERVICE_UNAVAILABLE"),
        (504, "CHARGER_TIMEOUT"),
        (502, "CHARGER_ERROR"),
        (409, "CONFLICT"),
    ]
    assert charger.asked == []


@pytest.mark.parametrize(
    ("line", "body", "field"),
    [
        ("POST reservations", {"idTag": "T", "expiryDate": UNTIL}, "connectorId"),
        ("POST reservations", {"connectorId": 1, "idTag": "T", "expiryDate": "soon"}, "expiryDate"),
        ("DELETE reservations/x", None, "reservationId"),
        ("POST charging-profiles", {"connectorId": 1, "chargingProfile": []}, "chargingProfile"),
        ("DELETE charging-profiles?id=-1", None, "id"),
        ("DELETE charging-profiles?purpose=Other", None, "purpose"),
        ("POST charging-profiles/composite", {"connectorId": 1}, "duration"),
        (
            "POST charging-profiles/composite",
            {"connectorId": 1, "duration": 1, "chargingRateUnit": "kW"},
            "chargingRateUnit",
        ),
        *(
            ("PUT charging-limit", {"connectorId": 1, "limit": limit}, "limit")
            for limit in (16, "16", "-1A", "16.55A", "16 V", "A", "16A ", "9999999999W")
        ),
        ("DELETE charging-limit?connectorId=x", None, "connectorId"),
        ("POST log", {"logType": "Diary", "location": "ftp://a.b/"}, "logType"),
        ("POST log", {"logType": "SecurityLog", "location": "file:///etc"}, "location"),
        ("POST firmware/signed-update", {**SIGNED, "signature": ""}, "signature"),
        ("POST certificates", {"certificateType": "Root", "certificate": PEM}, "certificateType"),
        (
            "POST certificates",
            {"certificateType": "CSMSRootCertificate", "certificate": "x" * 5501},
            "certificate",
        ),
        ("GET certificates?certificateType=Root", None, "certificateType"),
        ("DELETE certificates", {}, "certificateHashData"),
    ],
)
async def test_a_body_of_the_wrong_shape_names_the_field_and_reaches_nobody(
    lab: Lab, line: str, body: Any, field: str
) -> None:
    charger = await lab.connect("1.6", {})

    response = await send(lab, line, body)

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (400, "VALIDATION_ERROR")
    assert [detail["field"].split(".")[0] for detail in error["details"]] == [field]
    assert charger.asked == []
