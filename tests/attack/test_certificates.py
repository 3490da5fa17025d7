"""Attacks of chargers that want to come in as others, over real TLS: with certificates they asked
for in another's name, in a namesake's of another organization, with one that was revoked, and with
bad ones."""

import asyncio
import contextlib
import json
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.attack.asking_charger import BOOT, asked, signing_request
from tests.attack.bench import PATIENCE_S, upgrade
from voltyard.testing.certificates import RootAuthority, SignedCertificate
from voltyard.testing.processes import free_port

PASSWORD = "correct-horse-battery"


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
        ) as link:
            yield link

    async def opens(self, path: str) -> int:
        """The status of its handshake with the certificate."""
        try:
            async with self.link(path):
                return 101
        except InvalidStatus as refused:
            return refused.response.status_code


class Site:
    """A server whose authority is trusted at its own door, and two organizations."""

    def __init__(
        self,
        port: int,
        root: RootAuthority,
        admin: httpx.AsyncClient,
        tenant: httpx.AsyncClient,
    ) -> None:
        self.root = root
        self.port = port
        self._admin = admin
        self.other = tenant.headers["x-organization-id"]
        self.other_client = tenant

    def url(self, path: str) -> str:
        return f"wss://127.0.0.1:{self.port}/ocpp/{path}"

    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cadata=self.root.ca)

    async def send(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.answer(method, path, body)
        assert answer.is_success, answer.text
        return answer.json()

    async def answer(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return await self._admin.request(method, path, json=body)

    async def register(self, identity: str, **said: Any) -> None:
        await self.send("POST", "/api/v1/chargers", {"chargeBoxId": identity, **said})


@pytest.fixture
def root() -> RootAuthority:
    return RootAuthority("Operator's root")


@pytest.fixture
def settings(tmp_path: Path, root: RootAuthority) -> dict[str, object]:
    certificate, key = root.sign("csms", "127.0.0.1").files(tmp_path)
    authority, authority_key = root.files(tmp_path)
    return {
        "ocpp_tls_certificate": certificate,
        "ocpp_tls_key": key,
        "ocpp_client_ca": authority,
        "ocpp_tls_port": free_port(),
        "ca_certificate": authority,
        "ca_key": authority_key,
    }


@pytest.fixture
async def site(
    settings: dict[str, Any],
    root: RootAuthority,
    admin: httpx.AsyncClient,
    tenant: httpx.AsyncClient,
) -> Site:
    return Site(settings["ocpp_tls_port"], root, admin, tenant)


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
    body = {"chargeBoxId": "VICTIM", "password": PASSWORD}
    assert (await site.other_client.post("/api/v1/chargers", json=body)).is_success

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

    async with thief.link("B") as link:
        foreign = await site.other_client.post(f"{path}/revoke", json={})
        assert foreign.status_code == 404
        revoked = await site.send("POST", f"{path}/revoke", {"reason": "it was stolen"})
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(link.recv(), PATIENCE_S)

    assert (revoked["status"], revoked["revocationReason"]) == ("revoked", "it was stolen")
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1008
    assert await thief.opens("B") == 401
    assert await site.send("POST", f"{path}/revoke", {"reason": "again"}) == revoked
    told = await site.send("GET", "/api/v1/events?event=certificate.revoked")
    assert [one["data"]["certificateId"] for one in told["events"]] == [row["id"]]


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

    async with thief.link("B") as link:
        await link.send(json.dumps([2, "1", "BootNotification", boot]))
        assert json.loads(await link.recv())[:3] == [4, "1", "SecurityError"]
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(link.recv(), PATIENCE_S)

    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1008
    told = await site.send("GET", "/api/v1/events?event=certificate.mismatch")
    assert told["events"][0]["data"]["expectedSerialNumber"] == "SN-1"
    assert (await site.send("GET", "/api/v1/chargers/B"))["serialNumber"] is None
    async with thief.link("B") as link:
        right = {**boot, "chargePointSerialNumber": "SN-1"}
        await link.send(json.dumps([2, "1", "BootNotification", right]))
        assert json.loads(await link.recv())[0] == 3


_DAY = timedelta(days=1)

BAD: dict[str, Callable[[RootAuthority], SignedCertificate]] = {
    "expired": lambda root: root.sign("B", begins=-2 * _DAY, ends=-_DAY),
    "not yet valid": lambda root: root.sign("B", begins=_DAY, ends=2 * _DAY),
    "self-made": lambda root: RootAuthority("Operator's root").sign("B"),
    "of a server": lambda root: root.sign("B", purpose=ExtendedKeyUsageOID.SERVER_AUTH),
    "without its intermediate": lambda root: RootAuthority("Below", above=root).sign("B"),
}
"""Certificates in the charger's own name that prove nothing."""


async def test_a_bad_certificate_is_refused_by_tls_and_the_others_go_on(
    site: Site, tmp_path: Path
) -> None:
    await site.register("GOOD", securityProfile=3)
    await site.register("B", securityProfile=3)
    below = RootAuthority("Below", above=site.root)
    whole = below.sign("B")
    whole.certificate += below.ca

    async with _link(site, "GOOD", site.root.sign("GOOD"), tmp_path) as bystander:
        heard = {
            name: await asyncio.to_thread(_heard, site, made(site.root), tmp_path)
            for name, made in BAD.items()
        }
        async with _link(site, "B", whole, tmp_path):
            assert (await site.answer("GET", "/health")).is_success
        await bystander.send(json.dumps([2, "1", "BootNotification", BOOT]))
        assert json.loads(await bystander.recv())[0] == 3

    assert heard == dict.fromkeys(BAD, b"")


def _heard(site: Site, shown: SignedCertificate, directory: Path) -> bytes:
    """The answer to a handshake: none, where the door hangs up for the certificate. An alert of TLS
    may come before that."""
    context = site.trusting()
    context.load_cert_chain(*shown.files(directory, "shown"))
    with (
        contextlib.suppress(ssl.SSLError, ConnectionError),
        socket.create_connection(("127.0.0.1", site.port), PATIENCE_S) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secured,
    ):
        secured.sendall(upgrade("B"))
        return secured.recv(4096)
    return b""


@asynccontextmanager
async def _link(
    site: Site, box: str, shown: SignedCertificate, directory: Path
) -> AsyncIterator[Any]:
    context = site.trusting()
    context.load_cert_chain(*shown.files(directory, "shown"))
    async with websockets.connect(
        site.url(box),
        subprotocols=["ocpp1.6"],  # type: ignore[list-item]
        ssl=context,
    ) as link:
        yield link
