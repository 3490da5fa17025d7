"""Cases of OCPP 2.0.1 for a charging station: TLS, and the certificates of both ends (A00, M05).

They change the certificate that the tester's door shows.
"""

from __future__ import annotations

from typing import Any

from voltyard.conformance.cases.case import TLS, Cases, Row
from voltyard.conformance.charger.v201.management_system import ManagementSystem
from voltyard.conformance.charger.v201.network import set_profile
from voltyard.conformance.charger.v201.security import shows_password
from voltyard.conformance.wire.authority import ConformanceAuthority, Issued
from voltyard.conformance.wire.endings import NotApplicable

CASES = Cases("charger", "2.0.1", "Security")

_PASSWORD = "correct-horse-battery"
_PROFILE_3 = "security profile 3"


def _begins_with(profile: int) -> dict[str, Any]:
    """Options of a case whose station begins with that security profile, over TLS."""
    return {"password": _PASSWORD, "spec": {"security_profile": profile}, TLS: profile}


@CASES.case(
    "TC_A_04_CS",
    "The CSMS's certificate",
    requirements=["A00.FR.301", "A00.FR.306", "A00.FR.307", "A00.FR.312"],
    **_begins_with(2),
)
async def server_certificate(csms: ManagementSystem) -> None:
    """A station connects over TLS to a CSMS whose root it knows, and shows its password there."""
    await csms.booted()
    if not csms.handshakes[-1].is_secure:
        raise csms.record.broken("a handshake over TLS", "one without")
    if await csms.get_variable("SecurityCtrlr.SecurityProfile") == "2":
        shows_password(csms, csms.handshakes[-1], csms.subject.password)


@CASES.case(
    "TC_A_05_CS",
    "The CSMS's certificate, invalid",
    requirements=["A00.FR.308", "A00.FR.309", "A00.FR.310"],
    **_begins_with(2),
)
async def invalid_server_certificate(csms: ManagementSystem) -> None:
    """A station talks to no CSMS whose root it does not know, and tells of it the one that it does.

    Otherwise anybody between the two could take the password.
    """
    await csms.booted()
    await csms.refuses_a_stranger("A00.FR.309")
    await csms.hears("SecurityEventNotification", type="InvalidCsmsCertificate")


@CASES.case(
    "TC_A_06_CS",
    "An old version of TLS",
    requirements=["A00.FR.314", "A00.FR.316"],
    **_begins_with(2),
)
async def old_tls(csms: ManagementSystem) -> None:
    """A station speaks no TLS below 1.2, which can be broken, and tells who offered it."""
    await csms.booted()
    await csms.refuses_old_tls("A00.FR.314")
    await csms.hears("SecurityEventNotification", type="InvalidTLSVersion")


@CASES.case(
    "TC_A_07_CS",
    "The station's certificate",
    requirements=["A00.FR.401", "A00.FR.402", "A00.FR.415", "A00.FR.422"],
    needs=[_PROFILE_3],
    **_begins_with(3),
)
async def client_certificate(csms: ManagementSystem) -> None:
    """In security profile 3 each handshake has the station's certificate, and no password."""
    await csms.booted()
    _shows_a_certificate(csms)
    before = len(csms.handshakes)
    (await csms.linked()).abort()
    await csms.reconnected(before)
    _shows_a_certificate(csms)


def _shows_a_certificate(csms: ManagementSystem) -> None:
    if csms.handshakes[-1].certificate is None:
        raise csms.record.broken(
            "a client certificate with a common name, of a root that the CSMS trusts", "none"
        )


@CASES.case(
    "TC_B_50_CS",
    "Migrate to a CSMS with another root",
    group="Provisioning",
    requirements=["B10.FR.01", "M05.FR.13"],
    **_begins_with(2),
)
async def migrate_to_another_root(csms: ManagementSystem) -> None:
    """A station that has got the root of its next CSMS moves there, and stays."""
    door = csms.tls_door
    await csms.booted()
    fresh = ConformanceAuthority("Root of the next CSMS", csms.clock())
    answer = await csms.asks(
        "InstallCertificate", certificateType="CSMSRootCertificate", certificate=fresh.root
    )
    answer.expect(status="Accepted")
    path = "OCPPCommCtrlr.NetworkConfigurationPriority"
    active = await csms.get_variable(path)
    await set_profile(csms, 1, url=f"{csms.url}/elsewhere")
    await csms.set_variable(path, f"1,{active}")
    door.show(_issued(csms, fresh))
    await csms.reset("OnIdle")
    await csms.heard_until("BootNotification", 2)
    if "/elsewhere/" not in csms.handshakes[-1].path:
        raise csms.record.broken("a connection to the next CSMS", csms.handshakes[-1].path)


def _issued(csms: ManagementSystem, authority: ConformanceAuthority) -> Issued:
    """A certificate of that authority for the tester's door."""
    host = "127.0.0.1" if "127.0.0.1" in csms.url else csms.handshakes[-1].host or ""
    return authority.issue(host, host)


# --- a root that follows another ------------------------------------------------------------------


@CASES.each(
    Row("TC_M_30_CS", "A new root of the CSMS is used", is_used=True),
    Row("TC_M_31_CS", "The former root of the CSMS is still good", is_used=False),
    group="CertificateManagement",
    requirements=["M05.FR.10", "M05.FR.13", "M05.FR.14"],
    needs=["AdditionalRootCertificateCheck"],
    settings={"SecurityCtrlr.AdditionalRootCertificateCheck": "true"},
    **_begins_with(2),
)
async def root_that_follows(csms: ManagementSystem, is_used: bool) -> None:
    """A root signed by the one before it is installed; a station takes the CSMS by either.

    Where the CSMS has not changed its certificate yet, a station that knew the new root alone would
    be lost.
    """
    door = csms.tls_door
    if door.certificates.root is None:
        raise NotApplicable("the tester cannot sign a root that follows yours")
    await csms.booted()
    first = door.certificates.authority
    fresh = ConformanceAuthority("Root that follows", csms.clock(), first)
    stranger = ConformanceAuthority("Root that nobody knows", csms.clock())
    await _install(csms, first, "Accepted")
    await _install(csms, stranger, "Rejected")
    await _install(csms, fresh, "Accepted")
    if is_used:
        door.show(_issued(csms, fresh))
    await csms.reset("OnIdle")
    await csms.heard_until("BootNotification", 2)


async def _install(csms: ManagementSystem, root: ConformanceAuthority, status: str) -> None:
    answer = await csms.asks(
        "InstallCertificate", certificateType="CSMSRootCertificate", certificate=root.root
    )
    answer.expect(status=status, rule="M05.FR.10")
