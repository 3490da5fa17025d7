"""Cases of OCPP 1.6 for a CSMS: the security extension (OCA white paper, edition 3)."""

from __future__ import annotations

import ssl
import time
from dataclasses import replace
from typing import Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.csms.v16.station import ACCEPTED, Station
from voltyard.conformance.wire.authority import ConformanceAuthority
from voltyard.conformance.wire.certificates import (
    certificate_flaw,
    certificate_request,
    self_signed_root,
)
from voltyard.conformance.wire.message import PRESENT, fitting
from voltyard.conformance.wire.tls_versions import takes_tls

CASES = Cases("csms", "1.6", "Security")

_PAPER: Final = "1.6 security white paper"
_HASH: Final = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "a" * 64,
    "issuerKeyHash": "b" * 64,
    "serialNumber": "1234",
}


@CASES.case(
    "TC_073_CSMS",
    "A new password for basic authentication",
    requirements=[f"{_PAPER} 2.4"],
    asks=["ChangeConfiguration"],
)
async def new_password(station: Station) -> None:
    """The operator sets the charge point's password: the key AuthorizationKey, 16 to 40 octets."""
    await station.ready()
    await _change_password(station, "sixteen-letters-x")
    if station.subject.password is not None:
        await _change_password(station, station.subject.password)


async def _change_password(station: Station, password: str) -> None:
    """The operator sets the password: in hexadecimal digits as the standard has it, and as it is
    where that makes more than the 40 that the key may have."""
    value = password.encode().hex()
    fields = {"key": "AuthorizationKey", "value": value if len(value) <= 40 else password}
    request = await station.asked(
        "ChangeConfiguration", fields, answer=ACCEPTED, expected={"key": "AuthorizationKey"}
    )
    request.expect(value=fitting("16 characters or more", lambda value: len(value) >= 16))


@CASES.case(
    "TC_074_CSMS",
    "A certificate for the charge point",
    requirements=[f"{_PAPER} A02", f"{_PAPER} A03", f"{_PAPER} A00.FR.511"],
    needs=["certificate signing", "password"],
)
async def sign_certificate(station: Station) -> None:
    """A request with an RSA key is accepted, and its certificate is sent: of that key and name,
    with those that lead to its root."""
    await station.ready()
    request, key = certificate_request(station.identity)
    (await station.call("SignCertificate", csr=request)).expect(status="Accepted")
    station.record.step("The CSMS sends the certificate")
    sent = await station.link.receive("CertificateSigned")
    flaw = certificate_flaw(sent["certificateChain"], key, station.identity)
    if flaw:
        raise sent.broken("the certificate of the key and the name in the request", flaw)
    await station.call("Heartbeat")


@CASES.each(
    Row(
        "TC_075_1_CSMS",
        "Install a manufacturer's root certificate",
        use="ManufacturerRootCertificate",
    ),
    Row(
        "TC_075_2_CSMS",
        "Install a central system's root certificate",
        use="CentralSystemRootCertificate",
    ),
    requirements=[f"{_PAPER} M05", f"{_PAPER} M03"],
    asks=["InstallCertificate", "GetInstalledCertificateIds"],
)
async def install_certificate(station: Station, use: str) -> None:
    """The operator installs a root certificate, and asks which are there."""
    await station.ready()
    fields = {"certificateType": use, "certificate": self_signed_root("Root of the tester")}
    await station.asked("InstallCertificate", fields, answer=ACCEPTED)
    await station.asked(
        "GetInstalledCertificateIds",
        {"certificateType": use},
        answer={"status": "Accepted", "certificateHashData": [_HASH]},
    )


@CASES.case(
    "TC_076_CSMS",
    "Delete an installed certificate",
    requirements=[f"{_PAPER} M04"],
    asks=["DeleteCertificate"],
)
async def delete_certificate(station: Station) -> None:
    """The operator deletes the certificate that hashes name."""
    await station.ready()
    await station.asked("DeleteCertificate", {"certificateHashData": _HASH}, answer=ACCEPTED)


@CASES.each(
    Row("TC_077_CSMS", "Invalid charge point certificate", type="InvalidChargePointCertificate"),
    Row("TC_078_CSMS", "Invalid CSMS certificate", type="InvalidCentralSystemCertificate"),
    requirements=[f"{_PAPER} A04"],
)
async def security_event(station: Station, type: str) -> None:
    """The charge point tells of a certificate that it does not trust, and is answered."""
    await station.ready()
    await station.tell("SecurityEventNotification", type=type, timestamp=station.now())


@CASES.case("TC_079_CSMS", "Security log", requirements=[f"{_PAPER} N01"], asks=["GetLog"])
async def security_log(station: Station) -> None:
    """The operator asks for the security log, and each status of the upload is taken."""
    await station.ready()
    location = "https://files.example.com/uploads/"
    fields = {
        "logType": "SecurityLog",
        "requestId": 7,
        "log": {"remoteLocation": location},
    }
    request = await station.asked(
        "GetLog",
        fields,
        answer={"status": "Accepted", "filename": "security.log"},
        expected={"logType": "SecurityLog", "log.remoteLocation": location, "requestId": PRESENT},
    )
    for status in ("Uploading", "Uploaded"):
        await station.call("LogStatusNotification", status=status, requestId=request["requestId"])


@CASES.each(
    Row(
        "TC_080_CSMS",
        "Signed firmware",
        statuses=[
            "Downloading",
            "Downloaded",
            "SignatureVerified",
            "Installing",
            "InstallRebooting",
            "Installed",
        ],
    ),
    Row(
        "TC_081_CSMS",
        "Signed firmware, invalid signature",
        statuses=["Downloading", "Downloaded", "InvalidSignature"],
    ),
    requirements=[f"{_PAPER} L01"],
    asks=["SignedUpdateFirmware"],
)
async def signed_firmware(station: Station, statuses: list[str]) -> None:
    """The operator has signed firmware installed, and each status on the way is taken."""
    await station.ready()
    location = "https://files.example.com/firmware.bin"
    certificate = self_signed_root("Maker of firmware")
    fields = {
        "requestId": 7,
        "firmware": {
            "location": location,
            "retrieveDateTime": station.now(),
            "signingCertificate": certificate,
            "signature": "c2lnbmF0dXJl",
        },
    }
    request = await station.asked(
        "SignedUpdateFirmware",
        fields,
        answer=ACCEPTED,
        expected={
            "firmware.location": location,
            "firmware.signature": "c2lnbmF0dXJl",
            "firmware.signingCertificate": fitting(
                "the certificate that was given",
                lambda value: value.split() == certificate.split(),
            ),
            "requestId": PRESENT,
        },
    )
    for status in statuses:
        await station.call(
            "SignedFirmwareStatusNotification", status=status, requestId=request["requestId"]
        )
    if statuses[-1] == "InvalidSignature":
        await station.call(
            "SecurityEventNotification",
            type="InvalidFirmwareSignature",
            timestamp=station.now(),
        )


@CASES.case(
    "TC_088_CSMS",
    "Subprotocol negotiation",
    requirements=["OCPP-J 1.6 section 3.1.2"],
    group="Core",
)
async def subprotocols(station: Station) -> None:
    """The CSMS picks a version that both speak, whichever place it has in the list."""
    for offered in (("ocpp1.6", "ocpp1.5"), ("ocpp0.1", "ocpp1.6")):
        link = await station.connect(subprotocols=offered)
        if link.link is None or link.link.subprotocol != "ocpp1.6":
            chosen = None if link.link is None else link.link.subprotocol
            raise station.record.broken("the subprotocol ocpp1.6", str(chosen))
        await station.boot()
        link.close()
        await link.until_closed()
    await station.is_refused_or_closed("offers ocpp0.1 alone", subprotocols=("ocpp0.1",))


@CASES.case(
    "TC_085_CSMS",
    "Basic authentication",
    requirements=[f"{_PAPER} A00.FR.203", f"{_PAPER} A00.FR.204"],
    needs=["password"],
)
async def basic_authentication(station: Station) -> None:
    """The right password lets the charge point in; a wrong one and none do not."""
    await station.boot()
    station.link.close()
    await station.link.until_closed()
    wrong = f"not-{station.dialling.password}"[:40]
    for words, password in (("with a wrong password", wrong), ("without a password", None)):
        error = await station.is_refused(words, password=password)
        if error.details.get("status") != 401:
            raise station.record.broken("HTTP status 401", error.message)


@CASES.case(
    "TC_083_CSMS",
    "A higher security profile",
    requirements=[f"{_PAPER} A05", f"{_PAPER} A00.FR.002"],
    needs=["password", "tls"],
    asks=["ChangeConfiguration"],
    register={"securityProfile": 1},
)
async def higher_profile(station: Station) -> None:
    """The operator raises the security profile to 2: the charge point comes back over TLS, and is
    not let in without it from then on."""
    await station.ready()
    fields = {"key": "SecurityProfile", "value": "2"}
    await station.asked("ChangeConfiguration", fields, answer=ACCEPTED)
    station.link.close()
    await station.link.until_closed()
    await station.connect_over_tls()
    await station.boot()
    station.link.close()
    await station.link.until_closed()
    await station.is_refused("without TLS, in a lower profile", f"{_PAPER} A00.FR.002")


@CASES.case(
    "TC_086_CSMS",
    "The CSMS's certificate",
    requirements=[f"{_PAPER} A00.FR.306", f"{_PAPER} A00.FR.312", f"{_PAPER} A00.FR.314"],
    needs=["password", "tls"],
)
async def server_certificate(station: Station) -> None:
    """The CSMS shows a certificate that the charge point can verify, and speaks TLS 1.2 or newer.

    Older versions can be broken by whoever is on the way.
    """
    await station.connect_over_tls()
    await station.boot()
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        station.record.step(f"A charge point that speaks {version.name} alone connects")
        if await takes_tls(station.tls_url, version, patience_s=station.patience_s):
            raise station.record.broken(
                "the handshake is refused", "it was accepted", rule=f"{_PAPER} A00.FR.314"
            )


@CASES.case(
    "TC_087_CSMS",
    "The charge point's certificate",
    requirements=[f"{_PAPER} A00.FR.403", f"{_PAPER} A00.FR.407"],
    needs=["tls", "client certificate"],
    register={"securityProfile": 3},
)
async def client_certificate(station: Station) -> None:
    """In security profile 3 the charge point's certificate lets it in; that of an unknown root does
    not, nor does none."""
    await station.connect_over_tls(password=None)
    await station.boot()
    station.link.close()
    await station.link.until_closed()
    own = ConformanceAuthority("Root of a stranger", time.time()).issue(station.identity)
    strange = replace(station.tls, client_certificate=own.certificate, client_key=own.key)
    none = replace(station.tls, client_certificate=None, client_key=None)
    for words, tls in (("with a certificate of an unknown root", strange), ("without one", none)):
        await station.is_refused_or_closed(
            f"connects {words}", url=station.tls_url, tls=tls, password=None
        )
