"""Our charger, made over the gateway's REST, at a foreign CSMS behind TLS."""

import asyncio
import ssl
import time
from base64 import b64decode
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.foreign.peers.csms import ForeignCsms
from voltyard.config.config import Config
from voltyard.server.server import Server
from voltyard.testing.certificates import RootAuthority

KEY = "a-key-for-tests-of-tls"
PASSWORD = "correct-horse-battery"


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    config = Config(data=tmp_path / "data", port=0, ocpp_port=0, token=KEY)
    async with Server(config) as server:
        headers = {"Authorization": f"Bearer {KEY}"}
        async with httpx.AsyncClient(
            base_url=server.api_url, headers=headers, timeout=120
        ) as client:
            yield client


@pytest.mark.parametrize("version", ["OCPP1.6", "OCPP2.0.1"])
async def test_a_charger_of_profile_3_boots_and_its_certificate_is_checked(
    client: httpx.AsyncClient, tmp_path: Path, version: str
) -> None:
    servers, chargers = RootAuthority("Servers' root"), RootAuthority("Chargers' root")
    own = chargers.sign("CP 1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*servers.sign("csms", "127.0.0.1").files(tmp_path))
    context.load_verify_locations(cadata=chargers.ca)
    context.verify_mode = ssl.CERT_REQUIRED
    async with ForeignCsms(tls=context) as csms:
        answer = await client.post(
            "/ocpp/chargers",
            json={
                "identity": "CP 1",
                "brand_slug": "wallbox",
                "model_slug": "wallbox-pulsar-plus",
                "connector_type": "Type2",
                "ws_url": csms.url,
                "ocpp_version": version,
                "security_profile": 3,
                "basic_auth_password": PASSWORD,
                "tls": {
                    "ca": servers.ca,
                    "client_certificate": own.certificate,
                    "client_key": own.key,
                },
            },
        )
        assert answer.status_code == 202, answer.text

        await csms.charger("CP%201")
        give_up_at = time.monotonic() + 120
        url = answer.json()["status_url"]
        while not ((await client.get(url)).json()["connection"] or {}).get("connected"):
            assert time.monotonic() < give_up_at
            await asyncio.sleep(0.05)
        assert csms.passwords[0] is not None
        assert b64decode(csms.passwords[0].removeprefix("Basic ")) == f"CP 1:{PASSWORD}".encode()
        assert not csms.record.errors
