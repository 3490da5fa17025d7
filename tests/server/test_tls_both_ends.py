"""Yard and backend of one server, and between them TLS: each security profile, both libraries."""

import asyncio
import time
from pathlib import Path

import pytest

from tests.server.tls_lab import PASSWORD, lab
from voltyard.kernel.errors import Invalid
from voltyard.testing.certificates import RootAuthority

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def root() -> RootAuthority:
    return RootAuthority("Operator's root")


@pytest.fixture(params=["picows", "websockets"])
def links(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_profile_2_over_tls_in_both_versions(
    tmp_path: Path, root: RootAuthority, links: str
) -> None:
    async with lab(tmp_path, root, links) as one:
        assert one.server.charger_url.startswith("wss://127.0.0.1:")
        for number, version in enumerate(("OCPP1.6", "OCPP2.0.1")):
            identity = f"CP {number}"
            await one.registered(identity, password=PASSWORD)
            charger_id = await one.charger(
                identity,
                version,
                security_profile=2,
                basic_auth_password=PASSWORD,
                tls={"ca": root.ca},
            )
            await one.until_connected(charger_id)


async def test_a_root_that_is_missing_is_told_and_can_be_given_later(
    tmp_path: Path, root: RootAuthority, links: str
) -> None:
    async with lab(tmp_path, root, links) as one:
        await one.registered("CP-1")
        charger_id = await one.charger("CP-1")

        reason = await one.failure(charger_id)
        assert reason.startswith("certificate verify failed: ")

        await one.send("PUT", f"/ocpp/chargers/{charger_id}", {"tls": {"ca": root.ca}})
        await one.until_connected(charger_id)


async def test_profile_3_lets_in_whom_the_certificate_names_and_nobody_else(
    tmp_path: Path, root: RootAuthority, links: str
) -> None:
    clients = RootAuthority("Chargers' root")
    own = clients.sign("CP-1")
    tls = {"ca": root.ca, "client_certificate": own.certificate, "client_key": own.key}
    async with lab(tmp_path, root, links, ocpp_client_ca=clients.file(tmp_path)) as one:
        for identity in ("CP-1", "CP-2", "CP-3"):
            await one.registered(identity)

        right = await one.charger("CP-1", security_profile=3, tls=tls)
        other = await one.charger("CP-2", security_profile=3, tls=tls)
        bare = await one.charger("CP-3", tls={"ca": root.ca})

        await one.until_connected(right)
        assert "HTTP 401" in await one.failure(other)
        assert "certificate" in await one.failure(bare)

        secret = own.key.splitlines()[1]
        for path in ("", "/state", "/status", "/logs", "/configuration"):
            said = await one.send("GET", f"/ocpp/chargers/{right}{path}")
            assert secret not in str(said)


@pytest.mark.parametrize("version", ["OCPP1.6", "OCPP2.0.1"])
async def test_a_charger_of_the_yard_has_its_certificate_signed_by_the_backend(
    tmp_path: Path, root: RootAuthority, version: str
) -> None:
    certificate, key = root.files(tmp_path, "authority")
    async with lab(tmp_path, root, "picows", ca_certificate=certificate, ca_key=key) as one:
        await one.registered("CP-1", password=PASSWORD)
        said = {"security_profile": 2, "basic_auth_password": PASSWORD, "tls": {"ca": root.ca}}
        charger_id = await one.charger("CP-1", version, **said)
        await one.until_connected(charger_id)
        is_16 = version == "OCPP1.6"
        wanted = "SignChargePointCertificate" if is_16 else "SignChargingStationCertificate"
        body = {"requestedMessage": wanted, "extended": is_16}

        give_up_at = time.monotonic() + 120
        while (await one.triggered("CP-1", body)) != "accepted":  # it has to boot first
            assert time.monotonic() < give_up_at
            await asyncio.sleep(0.1)

        while True:
            state = await one.send("GET", f"/ocpp/chargers/{charger_id}/state")
            held = {each["use"]: each for each in state["security"]["certificates"]}
            if "ChargingStationCertificate" in held:
                break
            assert time.monotonic() < give_up_at, state["security"]
            await asyncio.sleep(0.05)
        assert "CN=CP-1" in held["ChargingStationCertificate"]["subject"]
        assert held["CSMSRootCertificate"]["subject"] == "CN=Operator's root"


async def test_files_that_are_no_certificates_stop_the_start_and_nothing_stays_behind(
    tmp_path: Path, root: RootAuthority
) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("nonsense")

    with pytest.raises(Invalid, match=r"wrong\.pem"):
        async with lab(tmp_path, root, "picows", ocpp_client_ca=wrong):
            pass

    async with lab(tmp_path, root, "picows"):
        """The data directory is free again."""
