"""Chargers that want to come in as others, over real TLS: with certificates they asked for in
another's name, in a namesake's of another organization, with one that was revoked."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.server.asking_charger import BOOT, asked, signing_request
from voltyard.config import Config
from voltyard.server import Server
from voltyard.testing.certificates import RootAuthority

KEY = "a-key-for-the-default-organization"
PASSWORD = "correct-horse-battery"
PATIENCE_S = 60.0


class Thief:
    """A charger with a key of its own, which says and shows whatever it likes."""

    def __init__(self, site: "Site", directory: Path) -> None:
        self._site = site
        self._directory = directory
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.chain: str | None = None

    async def ask(self, path: str, identity: str, name: str, **boot: Any) -> bool:
        """True where its SignCertificate is accepted; it keeps the chain that comes of it."""
        csr = signing_request(name, self._key)
        self.chain = await asked(
            self._site.url(path), identity, PASSWORD, csr, self._site.trusting(), **boot
        )
        return self.chain is not None

    def showing(self) -> ssl.SSLContext:
        assert self.chain is not None
        context = self._site.trusting()
        certificate, key = self._directory / "chain.pem", self._directory / "own.key"
        certificate.write_text(self.chain)
        key.write_bytes(self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        context.load_cert_chain(certificate, key)
        return context

    @asynccontextmanager
    async def link(self, path: str) -> AsyncIterator[Any]:
        async with websockets.connect(
            self._site.url(path),
            subprotocols=["ocpp1.6"],  # type: ignore[list-item]
            ssl=self.showing(),
        ) as socket:
            yield socket

    async def opens(self, path: str) -> int:
        """The status of its handshake with the certificate."""
        try:
            async with self.link(path):
                return 101
        except InvalidStatus as refused:
            return refused.response.status_code


class Site:
    """A server whose authority is trusted at its own door, and two organizations."""

    def __init__(self, server: Server, client: httpx.AsyncClient, root: RootAuthority) -> None:
        self._server = server
        self._root = root
        self._client = client
        self.other = ""
        self.other_key = ""

    def url(self, path: str) -> str:
        return f"{self._server.charger_tls_url}/{path}"

    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cadata=self._root.ca)

    async def send(self, method: str, path: str, body: Any = None, key: str = KEY) -> Any:
        answer = await self.answer(method, path, body, key)
        assert answer.is_success, answer.text
        return answer.json()

    async def answer(
        self, method: str, path: str, body: Any = None, key: str = KEY
    ) -> httpx.Response:
        headers = {"X-API-Key": key}
        return await self._client.request(method, path, json=body, headers=headers)

    async def register(self, identity: str, key: str = KEY, **said: Any) -> Any:
        body = {"chargeBoxId": identity, **said}
        return await self.send("POST", "/api/v1/chargers", body, key)


@asynccontextmanager
async def site_at(directory: Path, **said: Any) -> AsyncIterator[Site]:
    root = RootAuthority("Operator's root")
    certificate, key = root.sign("csms", "127.0.0.1").files(directory)
    authority, authority_key = root.files(directory)
    config = Config(
        **{
            "data": directory / "data",
            "port": 0,
            "ocpp_port": 0,
            "ocpp_tls_port": 0,
            "token": KEY,
            "ocpp_tls_certificate": certificate,
            "ocpp_tls_key": key,
            "ocpp_client_ca": authority,
            "ca_certificate": authority,
            "ca_key": authority_key,
            **said,
        }
    )
    async with (
        Server(config) as server,
        httpx.AsyncClient(base_url=server.api_url, timeout=PATIENCE_S) as client,
    ):
        site = Site(server, client, root)
        made = await site.send("POST", "/api/v1/organizations", {"name": "Other ltd"})
        site.other = made["id"]
        body = {"name": "theirs", "organizationId": site.other}
        site.other_key = (await site.send("POST", "/api/v1/auth/api-keys", body))["key"]
        yield site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with site_at(tmp_path) as site:
        yield site


@pytest.fixture
def thief(site: Site, tmp_path: Path) -> Thief:
    return Thief(site, tmp_path)


async def test_a_serial_number_that_a_charger_gives_itself_opens_nobody_elses_door(
    site: Site, thief: Thief
) -> None:
    await site.register("VICTIM", securityProfile=3)
    await site.register("B", password=PASSWORD)

    assert not await thief.ask("B", "B", "VICTIM", chargePointSerialNumber="VICTIM")
    if thief.chain is not None:
        assert await thief.opens("VICTIM") == 401


async def test_a_namesakes_certificate_of_another_organization_opens_no_door_of_ours(
    site: Site, thief: Thief
) -> None:
    await site.register("VICTIM", securityProfile=3)
    await site.register("VICTIM", site.other_key, password=PASSWORD)

    assert await thief.ask(f"{site.other}/VICTIM", "VICTIM", "VICTIM")

    assert await thief.opens("org_default/VICTIM") == 401
    assert await thief.opens("VICTIM") == 401
    assert await thief.opens(f"{site.other}/VICTIM") == 101
    assert (await site.send("GET", "/api/v1/chargers/VICTIM"))["lastSeen"] is None


async def certified(site: Site, thief: Thief, **said: Any) -> Any:
    """The row of a certificate that a charger B has asked for, and got, in its own name."""
    await site.register("B", password=PASSWORD)
    assert await thief.ask("B", "B", "B", **said)
    listed = await site.send("GET", "/api/v1/certificates?chargeBoxId=B")
    (row,) = listed["certificates"]
    return row


async def test_a_revoked_certificate_closes_its_link_and_opens_none(
    site: Site, thief: Thief
) -> None:
    row = await certified(site, thief)
    assert (row["commonName"], row["status"]) == ("B", "valid")
    path = f"/api/v1/certificates/{row['id']}"

    async with thief.link("B") as socket:
        assert (await site.answer("POST", f"{path}/revoke", {}, site.other_key)).status_code == 404
        revoked = await site.send("POST", f"{path}/revoke", {"reason": "it was stolen"})
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), PATIENCE_S)

    assert (revoked["status"], revoked["revocationReason"]) == ("revoked", "it was stolen")
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1008
    assert await thief.opens("B") == 401
    assert await site.send("POST", f"{path}/revoke", {"reason": "again"}) == revoked
    told = await site.send("GET", "/api/v1/events?event=certificate.revoked")
    assert [one["data"]["certificateId"] for one in told["events"]] == [row["id"]]


async def test_the_end_of_the_servers_own_certificates_is_told(site: Site) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not (
            told := await site.send("GET", "/api/v1/events?event=server.certificate_expiring")
        )["events"]:
            pass

    settings = {one["data"]["setting"] for one in told["events"]}
    assert "ocpp_tls_certificate" in settings
    metrics = (await site.answer("GET", "/metrics")).text
    assert 'voltyard_certificate_expires_at_seconds{setting="ocpp_tls_certificate"}' in metrics


async def test_a_certificate_goes_with_the_charger_it_was_issued_to(
    site: Site, thief: Thief
) -> None:
    row = await certified(site, thief)

    await site.send("DELETE", "/api/v1/chargers/B")
    await site.register("B")

    assert await thief.opens("B") == 401
    assert (await site.answer("GET", f"/api/v1/certificates/{row['id']}")).status_code == 404


async def test_a_charger_that_boots_as_another_than_its_certificate_says_is_hung_up(
    site: Site, thief: Thief
) -> None:
    # 2.0.1 B01.FR.11, FR.12
    await certified(site, thief)
    await site.send("PATCH", "/api/v1/chargers/B", {"pinnedSerialNumber": "SN-1"})
    boot = {**BOOT, "chargePointSerialNumber": "SN-2"}

    async with thief.link("B") as socket:
        await socket.send(json.dumps([2, "1", "BootNotification", boot]))
        assert json.loads(await socket.recv())[:3] == [4, "1", "SecurityError"]
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), PATIENCE_S)

    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1008
    told = await site.send("GET", "/api/v1/events?event=certificate.mismatch")
    assert told["events"][0]["data"]["expectedSerialNumber"] == "SN-1"
    assert (await site.send("GET", "/api/v1/chargers/B"))["serialNumber"] is None
    async with thief.link("B") as socket:
        right = {**boot, "chargePointSerialNumber": "SN-1"}
        await socket.send(json.dumps([2, "1", "BootNotification", right]))
        assert json.loads(await socket.recv())[0] == 3
