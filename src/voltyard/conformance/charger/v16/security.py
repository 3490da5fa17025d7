"""Cases of OCPP 1.6 for a charge point: credentials and certificates (OCA white paper, edition 3).

Those that are played over TLS change the certificate that the tester's door shows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from cryptography import x509

from voltyard.conformance.cases.case import TLS, Cases, Row
from voltyard.conformance.charger.v16.central_system import CentralSystem
from voltyard.conformance.wire.authority import ConformanceAuthority
from voltyard.conformance.wire.basic_credentials import basic_credentials
from voltyard.conformance.wire.certificates import signed_request, stranger
from voltyard.conformance.wire.endings import CaseEnded, NotApplicable
from voltyard.conformance.wire.message import ReceivedMessage

CASES = Cases("charger", "1.6", "Security")

_PAPER: Final = "1.6 security white paper"
_PROFILE_3: Final = "security profile 3"
_NEW_KEY: Final = "00112233445566778899aabbccddeeff"
_PASSWORD: Final = "a-password-of-20-chr"
_CSMS_ROOT: Final = "CentralSystemRootCertificate"
_MANUFACTURER_ROOT: Final = "ManufacturerRootCertificate"


def _begins_with(profile: int) -> dict[str, Any]:
    """Options of a case whose charger begins with that security profile."""
    over_tls = {} if profile < 2 else {TLS: profile}
    return {"password": _PASSWORD, "spec": {"security_profile": profile}, **over_tls}


# --- passwords ------------------------------------------------------------------------------------


@CASES.case(
    "TC_073_CS",
    "A new password for basic authentication",
    requirements=[f"{_PAPER} A01", f"{_PAPER} A00.FR.203"],
    **_begins_with(1),
)
async def new_password(central: CentralSystem) -> None:
    """A new AuthorizationKey is taken up at once: the charge point connects anew, with it."""
    old = central.password.encode().hex()
    await central.booted()
    await _change_password(central, _NEW_KEY)
    await _change_password(central, old)


async def _change_password(central: CentralSystem, key: str) -> None:
    before = len(central.handshakes)
    await central.configure("AuthorizationKey", key)
    await central.reconnected(before)
    _expect_credentials(central, bytes.fromhex(key))


@CASES.case(
    "TC_085_CS",
    "Basic authentication",
    requirements=[f"{_PAPER} A00.FR.202", f"{_PAPER} A00.FR.203", f"{_PAPER} A00.FR.204"],
    **_begins_with(1),
)
async def basic_authentication(central: CentralSystem) -> None:
    """Each handshake has the identity as user name, and the password that was agreed."""
    password = central.password.encode()
    await central.booted()
    before = len(central.handshakes)
    central.links[-1].abort()
    await central.reconnected(before)
    _expect_credentials(central, password)


def _expect_credentials(central: CentralSystem, password: bytes) -> None:
    found = basic_credentials(central.handshakes[-1].authorization)
    if found is None:
        raise central.record.broken("an Authorization header with basic credentials", "none")
    name, shown = found
    if name != central.identity:
        raise central.record.broken(f"the user name {central.identity}", name)
    if shown != password:
        raise central.record.broken("the password of the charge point", "another one")


# --- certificates ---------------------------------------------------------------------------------


async def _install(central: CentralSystem, use: str) -> ConformanceAuthority:
    root = ConformanceAuthority("Root of the tester", central.clock())
    answer = await central.asks("InstallCertificate", certificateType=use, certificate=root.root)
    answer.expect(status="Accepted")
    return root


async def _delete(
    central: CentralSystem, root: ConformanceAuthority, status: str = "Accepted"
) -> None:
    answer = await central.asks("DeleteCertificate", certificateHashData=root.hash_data())
    answer.expect(status=status)


@asynccontextmanager
async def _installed(
    central: CentralSystem, use: str = _CSMS_ROOT
) -> AsyncIterator[ConformanceAuthority]:
    """A root that is installed, and deleted in the end."""
    root = await _install(central, use)
    try:
        yield root
    except CaseEnded:
        with suppress(CaseEnded):  # the failure before it says more
            await _delete(central, root)
        raise
    await _delete(central, root)


async def _listed(central: CentralSystem, use: str) -> ReceivedMessage:
    return await central.asks("GetInstalledCertificateIds", certificateType=use)


def _has(answer: ReceivedMessage, root: ConformanceAuthority) -> bool:
    listed = answer.payload.get("certificateHashData", [])
    return any(root.hash_data(one["hashAlgorithm"]) == _lower(one) for one in listed)


def _lower(hash_data: dict[str, str]) -> dict[str, str]:
    return {
        name: value if name == "hashAlgorithm" else value.lower()
        for name, value in hash_data.items()
    }


async def _request(central: CentralSystem) -> x509.CertificateSigningRequest:
    """The request for a certificate that the charge point makes when it is asked to."""
    answer = await central.asks(
        "ExtendedTriggerMessage", requestedMessage="SignChargePointCertificate"
    )
    answer.expect(status="Accepted")
    sent = await central.hears("SignCertificate")
    request = signed_request(sent["csr"])
    if request is None:
        raise sent.broken("a request in PEM (PKCS #10), signed with its own key")
    return request


async def _hand_over(central: CentralSystem, certificate: str, status: str) -> None:
    answer = await central.asks("CertificateSigned", certificateChain=certificate)
    answer.expect(status=status)


@CASES.case(
    "TC_074_CS",
    "A new certificate of the charge point",
    requirements=[f"{_PAPER} A02"],
    **_begins_with(1),
)
async def new_certificate(central: CentralSystem) -> None:
    """Asked to, the charge point requests a certificate, and takes the one that is signed."""
    await central.booted()
    async with _installed(central) as root:
        request = await _request(central)
        await _hand_over(central, root.sign(request), "Accepted")


@CASES.each(
    Row("TC_075_1_CS", "Install a manufacturer's root certificate", use=_MANUFACTURER_ROOT),
    Row("TC_075_2_CS", "Install a central system's root certificate", use=_CSMS_ROOT),
    requirements=[f"{_PAPER} M05", f"{_PAPER} M03"],
    **_begins_with(1),
)
async def install_certificate(central: CentralSystem, use: str) -> None:
    """A root that is installed is among those that the charge point lists, by its hashes."""
    await central.booted()
    async with _installed(central, use) as root:
        found = await _listed(central, use)
        found.expect(status="Accepted")
        if not _has(found, root):
            raise found.broken(f"the hashes of the installed root: {root.hash_data()}")


@CASES.case(
    "TC_076_CS",
    "Delete an installed certificate",
    requirements=[f"{_PAPER} M04", f"{_PAPER} M03"],
    **_begins_with(1),
)
async def delete_certificate(central: CentralSystem) -> None:
    """A certificate that is deleted is gone, and cannot be deleted again."""
    await central.booted()
    root = await _install(central, _CSMS_ROOT)
    await _delete(central, root)
    found = await _listed(central, _CSMS_ROOT)
    if _has(found, root):
        raise found.broken("the deleted root is not listed")
    await _delete(central, root, "NotFound")


@CASES.case(
    "TC_077_CS",
    "An invalid certificate of the charge point",
    requirements=[f"{_PAPER} A02", f"{_PAPER} A04"],
    **_begins_with(1),
)
async def invalid_certificate(central: CentralSystem) -> None:
    """A certificate of another key is refused, and the CSMS told of it."""
    await central.booted()
    async with _installed(central) as root:
        request = await _request(central)
        await _hand_over(central, root.sign(request, key=stranger()), "Rejected")
        await central.hears("SecurityEventNotification", type="InvalidChargePointCertificate")


# --- security profiles ----------------------------------------------------------------------------


@CASES.case(
    "TC_084_CS",
    "A lower security profile is refused",
    requirements=[f"{_PAPER} A05", f"{_PAPER} A00.FR.005"],
    **_begins_with(1),
)
async def lower_profile(central: CentralSystem) -> None:
    """A security profile is never lowered over OCPP."""
    await central.booted()
    profile = await _profile(central)
    if profile == 0:
        raise NotApplicable("the charge point has no security profile to be lowered")
    await central.configure("SecurityProfile", str(profile - 1), status="Rejected")
    now = await _profile(central)
    if now != profile:
        raise central.record.broken(f"SecurityProfile is still {profile}", str(now))


async def _profile(central: CentralSystem) -> int:
    found = await central.asks("GetConfiguration", key=["SecurityProfile"])
    found.expect({"configurationKey.0.key": "SecurityProfile"})
    return int(found["configurationKey.0.value"])


@CASES.case(
    "TC_083_CS",
    "A higher security profile",
    requirements=[f"{_PAPER} A05", f"{_PAPER} A00.FR.401", f"{_PAPER} A00.FR.402"],
    needs=[_PROFILE_3],
    **_begins_with(2),
)
async def higher_profile(central: CentralSystem) -> None:
    """The charge point gets a certificate, and shows it once the profile is raised from 2 to 3.

    There is no way back over OCPP: the charge point stays in profile 3.
    """
    await central.booted()
    if await _profile(central) != 2:
        raise NotApplicable("the charge point does not begin with security profile 2")
    request = await _request(central)
    signed = central.tls_door.certificates.authority.sign(request)
    await _hand_over(central, signed, "Accepted")
    before = len(central.handshakes)
    await central.configure("SecurityProfile", "3")
    await central.reconnected(before)
    _expect_certificate(central)
    now = await _profile(central)
    if now != 3:
        raise central.record.broken("SecurityProfile is 3", str(now))


@CASES.case(
    "TC_087_CS",
    "The charge point's certificate",
    requirements=[f"{_PAPER} A00.FR.401", f"{_PAPER} A00.FR.402"],
    needs=[_PROFILE_3],
    **_begins_with(3),
)
async def client_certificate(central: CentralSystem) -> None:
    """In security profile 3 each handshake has the charge point's certificate."""
    await central.booted()
    _expect_certificate(central)
    before = len(central.handshakes)
    central.links[-1].abort()
    await central.reconnected(before)
    _expect_certificate(central)


def _expect_certificate(central: CentralSystem) -> None:
    if central.handshakes[-1].certificate is None:
        raise central.record.broken(
            "a client certificate with a common name, of a root that the CSMS trusts", "none"
        )


# --- the central system's certificate -------------------------------------------------------------


@CASES.case(
    "TC_086_CS",
    "The central system's certificate",
    requirements=[f"{_PAPER} A00.FR.307", f"{_PAPER} A00.FR.310", f"{_PAPER} A00.FR.301"],
    **_begins_with(2),
)
async def server_certificate(central: CentralSystem) -> None:
    """The charge point talks to a central system whose root it knows, and to no other.

    Otherwise anybody between the two could take the password.
    """
    password = central.password.encode()
    await central.booted()
    _expect_credentials(central, password)
    await central.refuses_a_stranger(f"{_PAPER} A00.FR.310")
    _expect_credentials(central, password)


@CASES.case(
    "TC_078_CS",
    "An invalid certificate of the central system",
    requirements=[f"{_PAPER} A00.FR.309", f"{_PAPER} A04"],
    **_begins_with(2),
)
async def invalid_server_certificate(central: CentralSystem) -> None:
    """A central system that could not be trusted is told of, to the one that can."""
    await central.booted()
    await central.refuses_a_stranger(f"{_PAPER} A00.FR.310")
    await central.hears("SecurityEventNotification", type="InvalidCentralSystemCertificate")
