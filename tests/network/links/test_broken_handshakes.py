"""Handshakes that break before they are judged: what the door tells of them."""

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes.links import RecordingGate
from voltyard.kernel.tls import Tls
from voltyard.network.door_tls import DoorTls
from voltyard.network.links.picows_links import PicowsDialler, PicowsDoor
from voltyard.ports.links import BrokenHandshake, DialFailed, Dialling
from voltyard.testing.certificates import RootAuthority

HOST = "127.0.0.1"
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def root() -> RootAuthority:
    return RootAuthority("Voltyard test root")


class Heard:
    """What a door has told."""

    def __init__(self) -> None:
        self.all: list[BrokenHandshake] = []
        self._more = asyncio.Event()

    def __call__(self, broken: BrokenHandshake) -> None:
        self.all.append(broken)
        self._more.set()

    async def one(self) -> BrokenHandshake:
        """The only one, once it has come."""
        async with asyncio.timeout(PATIENCE_S):
            await self._more.wait()
        (broken,) = self.all
        return broken


@asynccontextmanager
async def opened(tls: DoorTls | None = None) -> AsyncIterator[tuple[int, Heard]]:
    door, heard = PicowsDoor(tls), Heard()
    await door.open(HOST, 0, RecordingGate("ocpp1.6"), heard)
    try:
        yield door.port, heard
    finally:
        await door.close()


async def said(port: int, data: bytes) -> bytes:
    """Whatever the door answers to these bytes."""
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(data)
    try:
        async with asyncio.timeout(PATIENCE_S):
            with suppress(ConnectionError):
                return await reader.read()
        return b""
    finally:
        writer.close()


async def dial(url: str, tls: Tls) -> None:
    class User:
        def opened(self, link: object) -> None: ...
        def received(self, text: str) -> None: ...
        def closed(self, code: int, reason: str) -> None: ...

    with suppress(DialFailed):
        await PicowsDialler().dial(Dialling(url, ("ocpp1.6",), tls=tls), User())


async def test_tls_on_the_plain_port_is_hung_up_on_at_once() -> None:
    async with opened() as (port, heard):
        context = ssl.create_default_context()
        with pytest.raises((ssl.SSLError, ConnectionError)):
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.open_connection(HOST, port, ssl=context)

        broken = await heard.one()

    assert broken.cause == "tls_on_plain_port"
    assert broken.remote.startswith(f"{HOST}:")


async def test_plain_ws_on_the_tls_port_is_told_with_its_path(
    root: RootAuthority, tmp_path: Path
) -> None:
    request = (
        b"GET /ocpp/CP%201 HTTP/1.1\r\nHost: h\r\nSec-WebSocket-Protocol: ocpp1.6, ocpp2.0.1\r\n"
        b"Authorization: Basic c2VjcmV0\r\n\r\n"
    )
    async with opened(DoorTls(*root.sign("door", HOST).files(tmp_path))) as (port, heard):
        answer = await said(port, request)
        broken = await heard.one()

    assert answer == b""
    assert broken == BrokenHandshake(
        f"{HOST}:0", "plain_on_tls_port", "", "/ocpp/CP%201", ("ocpp1.6", "ocpp2.0.1")
    )


async def test_what_is_neither_is_told_too(root: RootAuthority, tmp_path: Path) -> None:
    async with opened(DoorTls(*root.sign("door", HOST).files(tmp_path))) as (port, heard):
        await said(port, b"\x00\x01\x02 nothing at all")
        assert (await heard.one()).detail == "what came is no TLS"
    async with opened() as (port, heard):
        await said(port, b"nothing at all\r\n\r\n")
        assert (await heard.one()).cause == "malformed_request"


async def test_a_look_whether_anybody_listens_is_no_handshake(
    root: RootAuthority, tmp_path: Path
) -> None:
    async with opened(DoorTls(*root.sign("door", HOST).files(tmp_path))) as (port, heard):
        _, writer = await asyncio.open_connection(HOST, port)
        writer.close()
        await said(port, b"GET / HTTP/1.1\r\n\r\n")  # by then the first one is gone

        assert [one.path for one in heard.all] == ["/"]


async def test_an_http_request_that_asks_for_no_websocket(tmp_path: Path) -> None:
    async with opened() as (port, heard):
        answer = await said(port, b"GET /ocpp/CP-1 HTTP/1.1\r\nHost: h\r\n\r\n")
        broken = await heard.one()

    assert answer.startswith(b"HTTP/1.1 400")
    assert (broken.cause, broken.path) == ("not_a_websocket", "/ocpp/CP-1")


async def test_a_certificate_that_is_missing_or_out_of_date(
    root: RootAuthority, tmp_path: Path
) -> None:
    ca = tmp_path / "ca.pem"
    ca.write_text(root.ca)
    tls = DoorTls(*root.sign("door", HOST).files(tmp_path), client_ca=ca)
    day = timedelta(days=1)
    old = root.sign("CP-1", begins=-20 * day, ends=-10 * day).files(tmp_path, "old")
    own = Tls(ca=root.ca, client_certificate=old[0].read_text(), client_key=old[1].read_text())

    async with opened(tls) as (port, heard):
        await dial(f"wss://{HOST}:{port}/ocpp/CP-1", Tls(ca=root.ca))
        missing = await heard.one()
    async with opened(tls) as (port, heard):
        await dial(f"wss://{HOST}:{port}/ocpp/CP-1", own)
        expired = await heard.one()

    assert missing.cause == "certificate_missing"
    assert (expired.cause, expired.detail) == ("certificate_invalid", "certificate has expired")


async def test_a_charger_that_does_not_trust_the_server(
    root: RootAuthority, tmp_path: Path
) -> None:
    async with opened(DoorTls(*root.sign("door", HOST).files(tmp_path))) as (port, heard):
        await dial(f"wss://{HOST}:{port}/ocpp/CP-1", Tls(ca=RootAuthority("another").ca))
        broken = await heard.one()

    assert broken.cause == "tls_failed"
    assert "trust the server's certificate" in broken.detail


@pytest.mark.parametrize(
    ("newest", "suites", "alert"),
    [
        (ssl.TLSVersion.TLSv1_1, "ALL:@SECLEVEL=0", "TLSV1_ALERT_PROTOCOL_VERSION"),
        (ssl.TLSVersion.TLSv1_2, "AES128-SHA:@SECLEVEL=0", "HANDSHAKE_FAILURE"),
    ],
)
async def test_a_charger_is_told_by_an_alert_what_the_door_does_not_speak(
    newest: ssl.TLSVersion, suites: str, alert: str, root: RootAuthority, tmp_path: Path
) -> None:
    context = ssl.create_default_context(cadata=root.ca)
    context.set_ciphers(suites)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = newest

    async with opened(DoorTls(*root.sign("door", HOST).files(tmp_path))) as (port, heard):
        with pytest.raises(ssl.SSLError) as refused:
            await asyncio.open_connection(HOST, port, ssl=context)
        broken = await heard.one()

    assert alert in (refused.value.reason or "")
    assert broken.cause == "tls_failed"
