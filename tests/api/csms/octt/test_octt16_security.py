"""OCTT 1.6, central system: the security extension (OCA white paper, edition 3)."""

from typing import Any

import pytest

from tests.api.bench import BOX, Lab
from tests.api.csms.octt.bench import booted, ok
from voltyard.testing.certificates import RootAuthority

ACCEPTED = {"status": "Accepted"}
URL = "https://files.test/firmware.bin"
HASH = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "a" * 64,
    "issuerKeyHash": "b" * 64,
    "serialNumber": "1234",
}


@pytest.fixture(scope="module")
def root() -> str:
    """A root certificate in PEM."""
    return RootAuthority("Octt root").ca


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("ManufacturerRootCertificate", id="TC_075_1_CSMS"),
        pytest.param("CentralSystemRootCertificate", id="TC_075_2_CSMS"),
    ],
)
async def test_TC_075_CSMS_install_a_root_certificate(lab: Lab, root: str, kind: str) -> None:
    script = {
        "InstallCertificate": ACCEPTED,
        "GetInstalledCertificateIds": {"status": "Accepted", "certificateHashData": [HASH]},
    }
    async with booted(lab, **script) as station:
        body = {"certificateType": kind, "certificate": root}
        answer = await station.ask("certificates", body)
        installed = ok(await lab.get(f"/chargers/{BOX}/certificates", certificateType=kind))

    assert station.asked("InstallCertificate") == [body]
    assert answer["status"].lower() == "accepted"
    assert station.asked("GetInstalledCertificateIds") == [{"certificateType": kind}]
    assert installed["certificateHashData"] == [HASH]


async def test_TC_076_CSMS_delete_a_certificate(lab: Lab) -> None:
    async with booted(lab, DeleteCertificate=ACCEPTED) as station:
        response = await lab.delete(
            f"/chargers/{BOX}/certificates", body={"certificateHashData": HASH}
        )

    assert ok(response)["status"].lower() == "accepted"
    assert station.asked("DeleteCertificate") == [{"certificateHashData": HASH}]


@pytest.mark.parametrize(
    "event",
    [
        pytest.param("InvalidChargePointCertificate", id="TC_077_CSMS"),
        pytest.param("InvalidCentralSystemCertificate", id="TC_078_CSMS"),
    ],
)
async def test_TC_077_CSMS_and_TC_078_CSMS_an_invalid_certificate_is_told(
    lab: Lab, event: str
) -> None:
    async with booted(lab) as station:
        answer = await station.call(
            "SecurityEventNotification", type=event, timestamp=station.now()
        )

    assert answer == {}


async def test_TC_079_CSMS_get_the_security_log(lab: Lab) -> None:
    async with booted(lab, GetLog={"status": "Accepted", "filename": "security.log"}) as station:
        body = {"logType": "SecurityLog", "location": "https://files.test/up/"}
        answer = await station.ask("log", body)
        for status in ("Uploading", "Uploaded"):
            said = {"status": status, "requestId": answer["requestId"]}
            assert await station.call("LogStatusNotification", **said) == {}
        command = await station.last_command()

    [asked] = station.asked("GetLog")
    assert (asked["logType"], asked["requestId"]) == ("SecurityLog", answer["requestId"])
    assert asked["log"]["remoteLocation"] == "https://files.test/up/"
    assert (answer["status"].lower(), answer["filename"]) == ("accepted", "security.log")
    assert "Uploaded" in str(command["outcome"])


SIGNED_UPDATE: list[Any] = [
    pytest.param(
        [
            "Downloading",
            "Downloaded",
            "SignatureVerified",
            "Installing",
            "InstallRebooting",
            "Installed",
        ],
        "Installed",
        id="TC_080_CSMS",
    ),
    pytest.param(
        ["Downloading", "Downloaded", "InvalidSignature"], "InvalidSignature", id="TC_081_CSMS"
    ),
]


@pytest.mark.parametrize(("statuses", "outcome"), SIGNED_UPDATE)
async def test_TC_080_CSMS_and_TC_081_CSMS_signed_firmware(
    lab: Lab, root: str, statuses: list[str], outcome: str
) -> None:
    async with booted(lab, SignedUpdateFirmware=ACCEPTED) as station:
        body = {
            "location": URL,
            "retrieveDate": "2026-02-10T14:00:00Z",
            "signingCertificate": root,
            "signature": "c2lnbmF0dXJl",
        }
        answer = await station.ask("firmware/signed-update", body)
        for status in statuses:
            said = {"status": status, "requestId": answer["requestId"]}
            assert await station.call("SignedFirmwareStatusNotification", **said) == {}
        if outcome == "InvalidSignature":
            said = {"type": "InvalidFirmwareSignature", "timestamp": station.now()}
            assert await station.call("SecurityEventNotification", **said) == {}
        command = await station.last_command()

    [asked] = station.asked("SignedUpdateFirmware")
    assert asked["requestId"] == answer["requestId"]
    assert asked["firmware"] == {
        **{name: value for name, value in body.items() if name != "retrieveDate"},
        "retrieveDateTime": body["retrieveDate"],
    }
    assert outcome in str(command["outcome"])


async def test_TC_083_CSMS_a_higher_security_profile(lab: Lab) -> None:
    lab.password = "correct horse battery"
    await lab.register(password=lab.password, securityProfile=1)
    async with booted(lab, ChangeConfiguration=ACCEPTED) as station:
        body = {"key": "SecurityProfile", "value": "2"}
        answer = await station.ask("configuration/change", body)
        await station.lab.patch(f"/chargers/{BOX}", {"securityProfile": 2})
        back = await station.reconnect(after_boot=True)
        shown = await back.shown()

    assert station.asked("ChangeConfiguration") == [body]
    assert answer["status"] == "Accepted"
    assert shown["isOnline"]
