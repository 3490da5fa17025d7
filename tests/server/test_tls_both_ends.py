"""Yard and backend of one server, and between them TLS: each security profile, both libraries."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from voltyard.config import Config
from voltyard.kernel.errors import Invalid
from voltyard.server import Server
from voltyard.testing.certificates import Authority

pytestmark = pytest.mark.slow

KEY = "a-key-for-tests-of-tls"
PASSWORD = "correct-horse-battery"
CHARGER = {
    "brand_slug": "wallbox",
    "model_slug": "wallbox-pulsar-plus",
    "connector_type": "Type2",
}


class Lab:
    """A server, and what its callers ask."""

    def __init__(self, server: Server, client: httpx.AsyncClient) -> None:
        self.server = server
        self._client = client

    async def send(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self._client.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    async def registered(self, identity: str, **said: Any) -> None:
        await self.send("POST", "/api/v1/chargers", {"chargeBoxId": identity, **said})

    async def charger(self, identity: str, version: str = "OCPP1.6", **said: Any) -> str:
        url = self.server.charger_url
        body = {**CHARGER, "identity": identity, "ws_url": url, "ocpp_version": version, **said}
        return str((await self.send("POST", "/ocpp/chargers", body))["charger_id"])

    async def triggered(self, identity: str, body: Any) -> str:
        """What a charger says to a trigger; empty where it is not connected yet."""
        path = f"/api/v1/chargers/{identity}/trigger"
        answer = await self._client.request("POST", path, json=body)
        return str(answer.json().get("status", "")) if answer.is_success else ""

    async def connection(
        self, charger_id: str, holds: Callable[[dict[str, Any]], bool]
    ) -> dict[str, Any]:
        """What the charger's status says of its connection, once it is so."""
        give_up_at = time.monotonic() + 20
        while True:
            status = await self.send("GET", f"/ocpp/chargers/{charger_id}/status")
            connection: dict[str, Any] = status["connection"] or {"connected": False, "reason": ""}
            if holds(connection):
                return connection
            assert time.monotonic() < give_up_at, status
            await asyncio.sleep(0.05)

    async def until_connected(self, charger_id: str) -> None:
        await self.connection(charger_id, lambda one: one["connected"])

    async def failure(self, charger_id: str) -> str:
        said = await self.connection(charger_id, lambda one: bool(one["reason"]))
        assert not said["connected"]
        return str(said["reason"])


@pytest.fixture(scope="module")
def root() -> Authority:
    return Authority("Operator's root")


@asynccontextmanager
async def lab(directory: Path, root: Authority, links: str, **said: Any) -> AsyncIterator[Lab]:
    certificate, key = root.sign("csms", "127.0.0.1").files(directory)
    config = Config(
        data=directory / "data",
        port=0,
        ocpp_port=0,
        token=KEY,
        links=links,
        ocpp_tls_certificate=certificate,
        ocpp_tls_key=key,
        **said,
    )
    async with Server(config) as server:
        headers = {"Authorization": f"Bearer {KEY}"}
        async with httpx.AsyncClient(base_url=server.api_url, headers=headers) as client:
            yield Lab(server, client)


@pytest.fixture(params=["picows", "websockets"])
def links(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_profile_2_over_tls_in_both_versions(
    tmp_path: Path, root: Authority, links: str
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
    tmp_path: Path, root: Authority, links: str
) -> None:
    async with lab(tmp_path, root, links) as one:
        await one.registered("CP-1")
        charger_id = await one.charger("CP-1")

        reason = await one.failure(charger_id)
        assert reason.startswith("certificate verify failed: ")

        await one.send("PUT", f"/ocpp/chargers/{charger_id}", {"tls": {"ca": root.ca}})
        await one.until_connected(charger_id)


async def test_profile_3_lets_in_whom_the_certificate_names_and_nobody_else(
    tmp_path: Path, root: Authority, links: str
) -> None:
    clients = Authority("Chargers' root")
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
    tmp_path: Path, root: Authority, version: str
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

        give_up_at = time.monotonic() + 20
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
    tmp_path: Path, root: Authority
) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("nonsense")

    with pytest.raises(Invalid, match=r"wrong\.pem"):
        async with lab(tmp_path, root, "picows", ocpp_client_ca=wrong):
            pass

    async with lab(tmp_path, root, "picows"):
        """The data directory is free again."""
