"""Cases of OCPP 2.0.1 for a CSMS: security (block A)."""

from __future__ import annotations

import ssl
import time
from dataclasses import replace
from typing import Any, Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.csms.v201.answers import ACCEPTED, REJECTED
from voltyard.conformance.csms.v201.device_model import named
from voltyard.conformance.csms.v201.station import Station
from voltyard.conformance.wire.authority import ConformanceAuthority
from voltyard.conformance.wire.certificates import certificate_flaw, certificate_request
from voltyard.conformance.wire.message import MISSING, fitting, one_of
from voltyard.conformance.wire.tls_versions import takes_tls

CASES = Cases("csms", "2.0.1", "Security")

_PASSWORD: Final = "a-password-of-the-tester"


@CASES.case(
    "TC_A_01_CSMS",
    "Basic authentication, right user name and password",
    requirements=["A00.FR.204", "B01.FR.02"],
    needs=["password"],
)
async def basic_authentication(station: Station) -> None:
    """The identity and its password let the station in, and it can boot.

    A CSMS that turns a right password away loses the station for good.
    """
    await station.boot()


@CASES.each(
    Row("TC_A_02_CSMS", "Basic authentication, another user name", wrong="username"),
    Row("TC_A_03_CSMS", "Basic authentication, wrong password", wrong="password"),
    requirements=["A00.FR.204"],
    needs=["password"],
)
async def wrong_credentials(station: Station, wrong: str) -> None:
    """A user name that is not the identity and a wrong password are both answered with HTTP 401.

    The refusal has to come before the upgrade: after it, the stranger could send messages.
    """
    right = getattr(station.dialling, wrong)
    error = await station.is_refused(f"with a wrong {wrong}", **{wrong: f"not-{right}"[:40]})
    if error.details.get("status") != 401:
        raise station.record.broken("HTTP status 401", error.message)
    await station.boot()


async def _change_password(station: Station, status: str, password: str = _PASSWORD) -> str:
    """The operator changes the password, to which the station answers so; the new password."""
    data = named("SecurityCtrlr", "BasicAuthPassword", attributeValue=password)
    result = named("SecurityCtrlr", "BasicAuthPassword", attributeStatus=status)
    request = await station.asked(
        "SetVariables",
        {"setVariableData": [data]},
        answer={"setVariableResult": [result]},
        expected={
            "setVariableData.0.component.name": "SecurityCtrlr",
            "setVariableData.0.variable.name": "BasicAuthPassword",
            "setVariableData.0.attributeValue": fitting(
                "16 to 40 characters", lambda value: 16 <= len(value) <= 40
            ),
        },
    )
    await station.heartbeat()
    sent: str = request["setVariableData.0.attributeValue"]
    return sent


@CASES.case(
    "TC_A_09_CSMS",
    "A new password, accepted",
    requirements=["A01.FR.02", "A01.FR.03"],
    needs=["password"],
    asks=["SetVariables"],
)
async def new_password(station: Station) -> None:
    """The station takes a new password: from then on it lets the station in, and the old one does
    not.

    An old password that goes on working makes the change worthless.
    """
    await station.ready()
    password = await _change_password(station, "Accepted")
    station.link.close()
    await station.link.until_closed()
    await station.connect(password=password)
    await station.heartbeat()
    station.link.close()
    await station.link.until_closed()
    await station.is_refused("with the old password")
    await station.connect(password=password)
    await _change_password(station, "Accepted", station.subject.password or _PASSWORD)


@CASES.case(
    "TC_A_10_CSMS",
    "A new password, rejected",
    requirements=["A01.FR.02", "A01.FR.04", "A01.FR.05"],
    needs=["password"],
    asks=["SetVariables"],
)
async def new_password_rejected(station: Station) -> None:
    """The station refuses a new password: the old one goes on letting it in.

    A CSMS that forgets the old password at once locks the station out.
    """
    await station.ready()
    await _change_password(station, "Rejected")
    await station.reconnect()
    await station.heartbeat()


async def _renew_certificate(station: Station, answer: dict[str, Any]) -> None:
    """The operator has a certificate renewed, which the station answers so."""
    use = "ChargingStationCertificate"
    await station.asked("TriggerMessage", {"requestedMessage": f"Sign{use}"}, answer=ACCEPTED)
    station.answer("CertificateSigned", answer)
    request, key = certificate_request(station.identity)
    signing = await station.call("SignCertificate", csr=request, certificateType=use)
    signing.expect(status="Accepted")
    signed = await station.link.receive("CertificateSigned")
    signed.expect({"certificateType": one_of(use, MISSING)})
    flaw = certificate_flaw(signed["certificateChain"], key, station.identity)
    if flaw:
        raise signed.broken("the certificate of the key and the name in the request", flaw)


@CASES.each(
    Row(
        "TC_A_12_CSMS",
        "A new V2G certificate for the station",
        message="SignV2GCertificate",
        use="V2GCertificate",
    ),
    Row(
        "TC_A_13_CSMS",
        "A new certificate for both uses",
        message="SignCombinedCertificate",
        use=None,
    ),
    requirements=["A02.FR.02", "A02.FR.04", "A02.FR.13", "A02.FR.14"],
    needs=["ISO15118", "certificate signing", "password"],
    asks=["TriggerMessage"],
)
async def new_v2g_certificate(station: Station, message: str, use: str | None) -> None:
    """The operator has the certificate renewed that vehicles see, or one for both uses: the CSMS
    signs it, and sends it for the use that was asked for."""
    await station.ready()
    await station.asked("TriggerMessage", {"requestedMessage": message}, answer=ACCEPTED)
    station.answer("CertificateSigned", ACCEPTED)
    request, key = certificate_request(station.identity)
    fields = {} if use is None else {"certificateType": use}
    signing = await station.call("SignCertificate", csr=request, **fields)
    signing.expect(status="Accepted")
    signed = await station.link.receive("CertificateSigned")
    signed.expect({"certificateType": MISSING if use is None else use})
    flaw = certificate_flaw(signed["certificateChain"], key, station.identity)
    if flaw:
        raise signed.broken("the certificate of the key and the name in the request", flaw)


@CASES.case(
    "TC_A_11_CSMS",
    "A new certificate for the station",
    requirements=["A02.FR.02", "A02.FR.04"],
    needs=["certificate signing", "password"],
    asks=["TriggerMessage"],
)
async def new_certificate(station: Station) -> None:
    """The operator has the station ask for a certificate, and the CSMS sends it, signed.

    The certificate is of use only with the key that the station has kept to itself.
    """
    await station.ready()
    await _renew_certificate(station, ACCEPTED)
    await station.heartbeat()


@CASES.case(
    "TC_A_14_CSMS",
    "A new certificate for the station, invalid",
    requirements=["A02.FR.06", "A02.FR.07"],
    needs=["certificate signing", "password"],
    asks=["TriggerMessage"],
)
async def new_certificate_rejected(station: Station) -> None:
    """The station finds the certificate invalid, and says so by a security event as well."""
    await station.ready()
    await _renew_certificate(station, REJECTED)
    await station.tell(
        "SecurityEventNotification",
        type="InvalidChargingStationCertificate",
        timestamp=station.now(),
    )


# --- TLS ------------------------------------------------------------------------------------------


@CASES.case(
    "TC_A_04_CSMS",
    "The CSMS's certificate",
    requirements=["A00.FR.306", "A00.FR.307", "A00.FR.312"],
    needs=["password", "tls"],
)
async def server_certificate(station: Station) -> None:
    """The CSMS shows a certificate that the station can verify, and the station boots over TLS.

    Without it the station would tell its password to whoever answers.
    """
    await station.connect_over_tls()
    await station.ready()


@CASES.case(
    "TC_A_06_CSMS",
    "An old version of TLS",
    requirements=["A00.FR.314", "A00.FR.315", "A00.FR.417"],
    needs=["password", "tls"],
)
async def old_tls(station: Station) -> None:
    """The CSMS shakes hands in TLS 1.2, and in none that is older: those can be broken."""
    for version, is_taken in (
        (ssl.TLSVersion.TLSv1, False),
        (ssl.TLSVersion.TLSv1_1, False),
        (ssl.TLSVersion.TLSv1_2, True),
    ):
        station.record.step(f"A station that speaks {version.name} alone connects")
        if await takes_tls(station.tls_url, version, patience_s=station.patience_s) is not is_taken:
            words = ("refused", "accepted") if not is_taken else ("accepted", "refused")
            raise station.record.broken(*(f"the handshake is {word}" for word in words))
    await station.connect_over_tls()
    await station.boot()


@CASES.case(
    "TC_A_07_CSMS",
    "The station's certificate",
    requirements=["A00.FR.409", "A00.FR.410", "A00.FR.415", "A00.FR.421"],
    needs=["tls", "client certificate"],
    register={"securityProfile": 3},
)
async def client_certificate(station: Station) -> None:
    """In security profile 3 the station's certificate lets it in, without a password."""
    await station.connect_over_tls(password=None)
    await station.ready()


@CASES.case(
    "TC_A_08_CSMS",
    "The station's certificate, invalid",
    requirements=["A00.FR.403", "A00.FR.405"],
    needs=["tls", "client certificate"],
    register={"securityProfile": 3},
)
async def strange_certificate(station: Station) -> None:
    """A certificate of a root that the CSMS does not trust is refused, and so is none at all.

    Its name is the right one: only the signature tells the stranger.
    """
    own = ConformanceAuthority("Root of a stranger", time.time()).issue(station.identity)
    strange = replace(station.tls, client_certificate=own.certificate, client_key=own.key)
    none = replace(station.tls, client_certificate=None, client_key=None)
    for words, tls in (("with a certificate of an unknown root", strange), ("without one", none)):
        await station.is_refused_or_closed(
            f"connects {words}", url=station.tls_url, tls=tls, password=None
        )
    await station.connect_over_tls(password=None)
    await station.boot()


@CASES.case(
    "TC_A_19_CSMS",
    "A higher security profile",
    requirements=["A05.FR.04", "A05.FR.07", "B09.FR.01", "B10.FR.01"],
    needs=["password", "tls"],
    asks=["SetNetworkProfile", "SetVariables", "Reset"],
    register={"securityProfile": 1},
)
async def higher_profile(station: Station) -> None:
    """The operator gives the station a profile with TLS, puts it first, and resets the station.

    The station comes back over TLS; from then on it must not be let in without.
    """
    await station.ready()
    profile = {
        "ocppVersion": "OCPP20",
        "ocppTransport": "JSON",
        "ocppCsmsUrl": station.tls_url.removesuffix(f"/{station.identity}"),
        "messageTimeout": 30,
        "securityProfile": 2,
        "ocppInterface": "Wired0",
    }
    fields = {"configurationSlot": 2, "connectionData": profile}
    await station.asked("SetNetworkProfile", fields, answer=ACCEPTED)
    data = named("OCPPCommCtrlr", "NetworkConfigurationPriority", attributeValue="2,1")
    await station.asked("SetVariables", {"setVariableData": [data]})
    await station.asked("Reset", {"type": "OnIdle"}, answer=ACCEPTED)
    station.link.close()
    await station.link.until_closed()
    await station.connect_over_tls()
    await station.ready("RemoteReset")
    station.link.close()
    await station.link.until_closed()
    await station.is_refused("without TLS, in a lower profile")
