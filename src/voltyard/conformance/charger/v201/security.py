"""Cases of OCPP 2.0.1 for a charging station: passwords, certificates and security profiles (block
A)."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.v201.management_system import ManagementSystem
from voltyard.conformance.wire.authority import ConformanceAuthority
from voltyard.conformance.wire.endings import NotApplicable
from voltyard.conformance.wire.message import ABSENT, ReceivedMessage, one_of
from voltyard.ports.links import Handshake

CASES = Cases("charger", "2.0.1", "Security")

_PASSWORD = "correct-horse-battery"
_NEXT_PASSWORD = "staple-horse-battery-2"
_BASIC = "basic authentication"
"""Need of a case: the charging station shows a password."""

_PRIORITY = "OCPPCommCtrlr.NetworkConfigurationPriority"
_QUICK = {
    "OCPPCommCtrlr.RetryBackOffWaitMinimum": "1",
    "OCPPCommCtrlr.RetryBackOffRandomRange": "0",
}


# --- passwords ------------------------------------------------------------------------------------


def shows_password(csms: ManagementSystem, handshake: Handshake, password: str | None) -> None:
    """The case fails unless the handshake has the identity and that password."""
    text = f"{csms.identity}:{password}".encode()
    if handshake.authorization != f"Basic {b64encode(text).decode()}":
        came = "no Authorization header" if handshake.authorization is None else "another one"
        raise csms.record.broken("an Authorization header of identity and password", came)


async def _comes_again(csms: ManagementSystem, links: int) -> Handshake:
    await csms.inbox.awaits("another connection", lambda: len(csms.links) >= links)
    return csms.handshakes[-1]


@CASES.case(
    "TC_A_01_CS",
    "Basic authentication",
    requirements=["A00.FR.201", "A00.FR.202", "A00.FR.203"],
    needs=[_BASIC],
    password=_PASSWORD,
)
async def basic_authentication(csms: ManagementSystem) -> None:
    """A station shows its identity and its password in the handshake, as HTTP has it."""
    await csms.booted()
    shows_password(csms, csms.handshakes[0], csms.subject.password)


@CASES.case(
    "TC_A_09_CS",
    "Change the password",
    requirements=["A01.FR.01", "A01.FR.11", "A01.FR.12"],
    needs=[_BASIC],
    password=_PASSWORD,
    settings=_QUICK,
)
async def change_the_password(csms: ManagementSystem) -> None:
    """A station that has taken a new password connects with it, without a boot."""
    former = csms.subject.password
    await csms.booted()
    await csms.set_variable("SecurityCtrlr.BasicAuthPassword", _NEXT_PASSWORD)
    shows_password(csms, await _comes_again(csms, 2), _NEXT_PASSWORD)
    await csms.set_variable("SecurityCtrlr.BasicAuthPassword", former or "")
    shows_password(csms, await _comes_again(csms, 3), former)


@CASES.case(
    "TC_A_10_CS",
    "Change the password, rejected",
    requirements=["A01.FR.01", "A01.FR.11", "A01.FR.12", "A00.FR.205"],
    needs=[_BASIC],
    password=_PASSWORD,
    settings=_QUICK,
)
async def reject_a_password(csms: ManagementSystem) -> None:
    """A password that is too short is rejected, and the station goes on with the one it has."""
    await csms.booted()
    await csms.set_variable("SecurityCtrlr.BasicAuthPassword", "short", status="Rejected")
    (await csms.linked()).close()
    shows_password(csms, await _comes_again(csms, 2), csms.subject.password)


# --- the station's certificate --------------------------------------------------------------------


_CSMS_ROOT = "CSMSRootCertificate"
_V2G_ROOT = "V2GRootCertificate"
_V2G_USES = {"V2GCertificate": (_V2G_ROOT,), None: (_V2G_ROOT, _CSMS_ROOT)}
"""Uses of the root that a certificate of that type has to lead to."""


async def _trusts(csms: ManagementSystem, *uses: str) -> ConformanceAuthority:
    """Have the station trust an authority of the tester, as the CSMS's where nothing is said."""
    authority = ConformanceAuthority("Voltyard tester", csms.clock())
    for use in uses or (_CSMS_ROOT,):
        answer = await csms.asks(
            "InstallCertificate", certificateType=use, certificate=authority.root
        )
        answer.expect(status="Accepted")
    return authority


async def _asks_for_a_certificate(csms: ManagementSystem) -> x509.CertificateSigningRequest:
    told = await csms.hears("SignCertificate")
    if told.get("certificateType") != "ChargingStationCertificate":
        told.expect(certificateType=ABSENT)
    return _request_in(told)


def _request_in(told: ReceivedMessage) -> x509.CertificateSigningRequest:
    """The certificate request, once its signature and its key have been looked at."""
    try:
        request = x509.load_pem_x509_csr(told["csr"].encode())
    except ValueError as error:
        raise told.broken(f"a certificate request in PEM: {error}", rule="A00.FR.509") from None
    key: Any = request.public_key()
    strong = (isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048) or (
        isinstance(key, ec.EllipticCurvePublicKey) and key.key_size >= 224
    )
    if not strong or not request.is_signature_valid:
        raise told.broken("a valid signature, of a key that is long enough", rule="A00.FR.502")
    return request


async def _signed(csms: ManagementSystem, chain: str, status: str) -> None:
    answer = await csms.asks(
        "CertificateSigned", certificateChain=chain, certificateType="ChargingStationCertificate"
    )
    answer.expect(status=status)


@CASES.case(
    "TC_A_11_CS",
    "Renew the station's certificate",
    requirements=["A02.FR.02", "A02.FR.03", "A02.FR.06", "A02.FR.08", "A02.FR.09", "F06.FR.10"],
    needs=["station certificate"],
)
async def renew_the_certificate(csms: ManagementSystem) -> None:
    """A station that is told to makes a request for a new key, and takes the certificate."""
    await csms.booted()
    authority = await _trusts(csms)
    await csms.trigger("SignChargingStationCertificate")
    request = await _asks_for_a_certificate(csms)
    await _signed(csms, authority.sign(request), "Accepted")


@CASES.case(
    "TC_A_14_CS",
    "Renew the station's certificate, invalid",
    requirements=["A02.FR.07", "A03.FR.07"],
    needs=["station certificate"],
)
async def invalid_certificate(csms: ManagementSystem) -> None:
    """A certificate of an authority that the station does not trust is refused, and told of."""
    await csms.booted()
    await _trusts(csms)
    stranger = ConformanceAuthority("A stranger", csms.clock())
    await csms.trigger("SignChargingStationCertificate")
    request = await _asks_for_a_certificate(csms)
    await _signed(csms, stranger.sign(request), "Rejected")
    await csms.hears("SecurityEventNotification", type="InvalidChargingStationCertificate")


@CASES.each(
    Row(
        "TC_A_12_CS",
        "Renew the V2G certificate",
        needs=["ISO15118"],
        message="SignV2GCertificate",
        kind="V2GCertificate",
    ),
    Row(
        "TC_A_13_CS",
        "Renew the certificate for both uses",
        needs=["ISO15118", "station certificate", "combined certificate"],
        message="SignCombinedCertificate",
        kind=None,
    ),
    requirements=["A02.FR.02", "A02.FR.06", "A02.FR.08", "F06.FR.10"],
)
async def renew_for_vehicles(csms: ManagementSystem, message: str, kind: str | None) -> None:
    """A station that is told to asks for the certificate that vehicles see, which may be that of
    its link as well, takes it, and lists it from then on."""
    await csms.booted()
    authority = await _trusts(csms, *_V2G_USES[kind])
    await csms.trigger(message)
    told = await csms.hears("SignCertificate")
    told.expect(certificateType=kind or ABSENT)
    chain = authority.sign(_request_in(told))
    type = {} if kind is None else {"certificateType": kind}
    answer = await csms.asks("CertificateSigned", certificateChain=chain, **type)
    answer.expect(status="Accepted")
    found = await csms.asks("GetInstalledCertificateIds", certificateType=["V2GCertificateChain"])
    found.expect(
        {
            "status": "Accepted",
            "certificateHashDataChain.0.certificateHashData.serialNumber": one_of(
                *authority.serial_numbers(chain)
            ),
        },
        rule="M03.FR.01",
    )


_SIGNING = {
    "SecurityCtrlr.CertSigningWaitMinimum": "2",
    "SecurityCtrlr.CertSigningRepeatTimes": "2",
}


@CASES.case(
    "TC_A_15_CS",
    "Renew the station's certificate, refused",
    requirements=["A02.FR.02", "A02.FR.05"],
    needs=["station certificate"],
    answers={"SignCertificate": {"status": "Rejected"}},
    settings=_SIGNING,
)
async def refused_certificate(csms: ManagementSystem) -> None:
    """A request that the CSMS refuses is not made again, and the station goes on as it was."""
    await csms.booted()
    await csms.trigger("SignChargingStationCertificate")
    await _asks_for_a_certificate(csms)
    await csms.passes(7)
    csms.heard_times("SignCertificate", 1)
    await csms.has_variable("SecurityCtrlr.CertSigningRepeatTimes", "2")


@CASES.case(
    "TC_A_23_CS",
    "Renew the station's certificate, none comes",
    requirements=["A02.FR.17", "A02.FR.18"],
    needs=["station certificate"],
    settings=_SIGNING,
)
async def no_certificate_comes(csms: ManagementSystem) -> None:
    """A station that gets no certificate asks again, each time after twice the wait."""
    await csms.booted()
    authority = await _trusts(csms)
    await csms.trigger("SignChargingStationCertificate")
    request = await _asks_for_a_certificate(csms)
    for wait_s in (2, 4):
        began = csms.clock()
        request = await _asks_for_a_certificate(csms)
        if csms.clock() - began < wait_s - 0.5:
            raise csms.record.broken(
                f"{wait_s} s before SignCertificate comes again",
                f"{csms.clock() - began:.1f} s",
            )
    await _signed(csms, authority.sign(request), "Accepted")


# --- security profiles ----------------------------------------------------------------------------


async def _offer(
    csms: ManagementSystem, profile: int, url: str, *, status: Any = "Accepted"
) -> None:
    """Offer a network profile of that security profile."""
    answer = await csms.asks(
        "SetNetworkProfile",
        configurationSlot=1,
        connectionData={
            "ocppVersion": "OCPP20",
            "ocppTransport": "JSON",
            "ocppCsmsUrl": url,
            "messageTimeout": 30,
            "securityProfile": profile,
            "ocppInterface": "Wired0",
        },
    )
    answer.expect(status=status)


async def _present(csms: ManagementSystem) -> int:
    return int(await csms.get_variable("SecurityCtrlr.SecurityProfile"))


def _over_tls(url: str) -> str:
    return url.replace("ws://", "wss://", 1)


@CASES.case(
    "TC_A_19_CS",
    "Raise the security profile",
    requirements=["A05.FR.04", "A05.FR.05", "A05.FR.06"],
    password=_PASSWORD,
    spec={"security_profile": 0},
    settings=_QUICK,
)
async def raise_the_profile(csms: ManagementSystem) -> None:
    """A station takes up a higher security profile, and there is no way back."""
    await csms.booted()
    profile = await _present(csms)
    if profile >= 1:
        raise NotApplicable("the tester has no door with TLS, which a higher profile needs")
    active = await csms.get_variable(_PRIORITY)
    await _offer(csms, profile + 1, csms.url)
    await csms.set_variable(_PRIORITY, f"1,{active}")
    await csms.reset("OnIdle")
    await csms.heard_until("BootNotification", 2)
    shows_password(csms, csms.handshakes[-1], csms.subject.password)
    await csms.has_variable("SecurityCtrlr.SecurityProfile", str(profile + 1))
    await csms.has_variable(_PRIORITY, "1")


@CASES.each(
    Row("TC_A_20_CS", "Raise the security profile, no root", profile=2, needs=["no CSMS root"]),
    Row(
        "TC_A_21_CS",
        "Raise the security profile, no certificate",
        profile=3,
        needs=["no station certificate yet"],
    ),
    requirements=["A05.FR.02", "A05.FR.03"],
    password=_PASSWORD,
)
async def what_a_profile_needs(csms: ManagementSystem, profile: int) -> None:
    """A security profile for which the station lacks a root, or a certificate, is not taken up."""
    await csms.booted()
    if profile == 3:
        await _trusts(csms)
    active = await csms.get_variable(_PRIORITY)
    await _offer(csms, profile, _over_tls(csms.url))
    await csms.set_variable(_PRIORITY, f"1,{active}", status="Rejected")
    await csms.has_variable(_PRIORITY, active)


@CASES.case(
    "TC_A_22_CS",
    "Lower the security profile",
    requirements=["B09.FR.04"],
    needs=[_BASIC],
    password=_PASSWORD,
)
async def lower_the_profile(csms: ManagementSystem) -> None:
    """A network profile of a lower security profile than the present one is rejected."""
    await csms.booted()
    await _offer(csms, await _present(csms) - 1, csms.url, status="Rejected")
