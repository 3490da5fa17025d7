"""Our charger's security extension against a CSMS of the `ocpp` package, over real TLS."""

import ssl
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from ocpp.v16 import call as call16
from ocpp.v201 import call as call201

from tests.foreign.ours import IDENTITY, Heard, OurCharger
from tests.foreign.peers.csms import ForeignCsms
from voltyard.charger.description.specification import ChargerSpec
from voltyard.network.links.picows_links import PicowsDialler
from voltyard.ports.links import Dialling, LinkUser
from voltyard.runtimes.host.host import Host
from voltyard.testing.certificates import RootAuthority

PASSWORD = "a-password-of-20-chr"
QUICK = {
    "OCPPCommCtrlr.RetryBackOffWaitMinimum": "1",
    "OCPPCommCtrlr.RetryBackOffRandomRange": "0",
    "OCPPCommCtrlr.NetworkProfileConnectionAttempts": "1",
}


class Site:
    """One CSMS behind three doors, as it has one for each security profile."""

    def __init__(self, directory: Path) -> None:
        self.root = RootAuthority("Operator's root")
        certificate, key = self.root.sign("csms", "127.0.0.1").files(directory)
        self.doors: list[ForeignCsms] = [ForeignCsms()]
        for mutual in (False, True):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            if mutual:
                context.load_verify_locations(cadata=self.root.ca)
                context.verify_mode = ssl.CERT_REQUIRED
            self.doors.append(ForeignCsms(tls=context))
        self._key = load_pem_private_key(self.root.files(directory)[1].read_bytes(), None)
        self._dialler = PicowsDialler()

    async def dial(self, dialling: Dialling, user: LinkUser) -> None:
        """As a Dialler: to the door that what is shown is for."""
        secure = dialling.url.startswith("wss:")
        door = self.doors[secure + (secure and dialling.tls.client_certificate is not None)]
        there = urlsplit(door.url)
        url = urlsplit(dialling.url)._replace(scheme=there.scheme, netloc=there.netloc).geturl()
        await self._dialler.dial(replace(dialling, url=url), user)

    def sign(self, request: str) -> str:
        """The certificate that is asked for."""
        asked = x509.load_pem_x509_csr(request.encode())
        assert asked.is_signature_valid
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(asked.subject)
            .issuer_name(x509.load_pem_x509_certificate(self.root.ca.encode()).subject)
            .public_key(asked.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=12))
        )
        signed: Any = made.sign(self._key, hashes.SHA256())  # type: ignore[arg-type]
        return str(signed.public_bytes(Encoding.PEM).decode())


@pytest.fixture(params=["1.6", "2.0.1"])
async def place(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[tuple[Site, OurCharger]]:
    """A charger of security profile 1 at the first door."""
    site, heard = Site(tmp_path), Heard()
    async with AsyncExitStack() as stack:
        for door in site.doors:
            await stack.enter_async_context(door)
        host = Host(site, time.time, heard)
        spec = ChargerSpec(
            identity=IDENTITY,
            version=request.param,
            csms_url=site.doors[0].url,
            password=PASSWORD,
            serial_number="SN-1",
            settings=QUICK,
        )
        host.add(IDENTITY, spec)
        yield site, OurCharger(request.param, site.doors[0], host, heard)
        host.close()
    assert not heard.failures
    assert not [error for door in site.doors for error in door.record.errors]


@pytest.mark.slow
async def test_from_profile_1_over_2_to_3_over_ocpp_alone(place: tuple[Site, OurCharger]) -> None:
    site, charger = place
    plain, secured, mutual = site.doors
    call: Any = call16 if charger.is_16 else call201
    kind = "CentralSystemRootCertificate" if charger.is_16 else "CSMSRootCertificate"
    await plain.charger("YARD%201")

    installed = await charger.told(call.InstallCertificate(kind, site.root.ca))
    assert installed.status == "Accepted"
    await raise_profile(charger, plain, 2, secured)
    assert (await reached(charger, secured)) == 2
    assert secured.passwords[-1] == plain.passwords[0] is not None

    charger.csms = secured
    if charger.is_16:
        wanted: Any = call16.ExtendedTriggerMessage("SignChargePointCertificate")
    else:
        wanted = call201.TriggerMessage("SignChargingStationCertificate")
    assert (await charger.told(wanted)).status == "Accepted"
    asked = await secured.record.until_call("SignCertificate")
    chain = site.sign(asked["csr"])
    assert (await charger.told(call.CertificateSigned(chain))).status == "Accepted"
    await raise_profile(charger, secured, 3, mutual)
    assert (await reached(charger, mutual)) == 3


async def raise_profile(
    charger: OurCharger, now_at: ForeignCsms, profile: int, door: ForeignCsms
) -> None:
    charger.csms = now_at
    if charger.is_16:
        change = call16.ChangeConfiguration("SecurityProfile", str(profile))
        assert (await charger.told(change)).status == "Accepted"
        return
    slot = profile - 1
    data = {
        "ocppVersion": "OCPP20",
        "ocppTransport": "JSON",
        "ocppCsmsUrl": door.url,
        "messageTimeout": 30,
        "securityProfile": profile,
        "ocppInterface": "Wired0",
    }
    assert (await charger.told(call201.SetNetworkProfile(slot, data))).status == "Accepted"
    setting = {
        "component": {"name": "OCPPCommCtrlr"},
        "variable": {"name": "NetworkConfigurationPriority"},
        "attributeValue": f"{slot},{slot - 1}",
    }
    [result] = (await charger.told(call201.SetVariables([setting]))).set_variable_result
    assert result["attribute_status"] == "RebootRequired"
    assert (await charger.told(call201.Reset("Immediate"))).status == "Accepted"


async def reached(charger: OurCharger, door: ForeignCsms) -> int:
    """The profile the charger says it is in once it has come through that door."""
    await door.charger("YARD%201")
    await charger.state_is(lambda state: state.connected and not state.security.on_trial)
    return int(charger.host.charger(IDENTITY).state(time.time()).security.profile)


@pytest.mark.slow
async def test_a_certificate_that_cannot_be_trusted_is_told_through_the_door_that_is_left(
    place: tuple[Site, OurCharger],
) -> None:
    site, charger = place
    plain = site.doors[0]
    stranger = RootAuthority("Somebody else")
    call: Any = call16 if charger.is_16 else call201
    kind = "CentralSystemRootCertificate" if charger.is_16 else "CSMSRootCertificate"
    await plain.charger("YARD%201")
    await charger.told(call.InstallCertificate(kind, stranger.ca))
    await raise_profile(charger, plain, 2, site.doors[1])

    def noticed(_: object) -> bool:
        log = charger.host.charger(IDENTITY).security.events.log()
        return "InvalidCsmsCertificate" in [one.type for one in log]

    await charger.state_is(noticed)
    await charger.state_is(lambda state: state.connected and not state.security.on_trial)
    assert charger.host.charger(IDENTITY).state(time.time()).security.profile == 1
    if not charger.is_16:  # plain 1.6 does not tell
        await plain.record.until_call(
            "SecurityEventNotification", lambda said: said["type"] == "InvalidCsmsCertificate"
        )
