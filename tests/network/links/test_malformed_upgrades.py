"""Callers that misbehave on purpose: what reaches the other end of a real socket."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.links import RecordingGate, RecordingUser
from tests.network.links.websockets_links import WebsocketsDialler
from voltyard.kernel.tls import Tls
from voltyard.network.door_tls import DoorTls
from voltyard.network.links.malformed_upgrades import MALFORMED_REQUESTS
from voltyard.network.links.memory import MemoryDialler, MemoryDoor, MemoryNetwork
from voltyard.network.links.picows_links import PicowsDialler, PicowsDoor
from voltyard.ports.links import DialFailed, Dialler, Dialling, DialQuirks
from voltyard.testing.certificates import RootAuthority

SOCKETS = {"picows": PicowsDialler, "websockets": WebsocketsDialler}


@pytest.fixture(params=SOCKETS)
def dialler(request: pytest.FixtureRequest) -> Dialler:
    made: Dialler = SOCKETS[request.param]()
    return made


@pytest.fixture
def gate() -> RecordingGate:
    return RecordingGate("ocpp1.6")


@pytest.fixture
async def door(gate: RecordingGate) -> AsyncIterator[PicowsDoor]:
    opened = PicowsDoor()
    await opened.open("127.0.0.1", 0, gate)
    yield opened
    await opened.close()


def to(door: PicowsDoor, **dial_quirks: object) -> Dialling:
    url = f"ws://127.0.0.1:{door.port}/ocpp/CP%201"
    return Dialling(url, ("ocpp1.6",), timeout_s=120.0, dial_quirks=DialQuirks(**dial_quirks))  # type: ignore[arg-type]


@pytest.mark.parametrize("target", ["///CP%201", "/", "/ocppCP%201", "/ocpp/CP%201/"])
async def test_the_request_line_has_the_odd_path(
    dialler: Dialler, door: PicowsDoor, gate: RecordingGate, target: str
) -> None:
    await dialler.dial(to(door, target=target), RecordingUser())

    assert gate.handshakes[0].path == target


@pytest.mark.parametrize("target", ["ws://127.0.0.1:9/ocpp/CP%201", "/ocpp/CP 1"])
async def test_the_request_line_is_sent_as_it_is(dialler: Dialler, target: str) -> None:
    lines: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append(await reader.readline())
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    dialling = Dialling(f"ws://127.0.0.1:{port}/x", (), dial_quirks=DialQuirks(target=target))

    with pytest.raises(DialFailed):
        await dialler.dial(dialling, RecordingUser())

    server.close()
    assert lines == [f"GET {target} HTTP/1.1\r\n".encode()]


@pytest.mark.parametrize("rudeness", MALFORMED_REQUESTS)
async def test_a_malformed_upgrade_is_refused_and_the_next_is_not(
    dialler: Dialler, door: PicowsDoor, rudeness: str
) -> None:
    user = RecordingUser()

    with pytest.raises(DialFailed) as failure:
        await dialler.dial(to(door, rudeness=rudeness), user)

    refused = 426 if rudeness == "bad-version" else 400  # RFC 6455, section 4.4
    assert failure.value.details.get("status", refused) == refused
    assert user.link is None
    await dialler.dial(to(door), user)
    assert user.link is not None


async def test_an_empty_subprotocol_header_asks_for_nothing(
    dialler: Dialler, door: PicowsDoor, gate: RecordingGate
) -> None:
    user = RecordingUser()

    await dialler.dial(replace(to(door), subprotocols=("",)), user)

    assert gate.handshakes[0].subprotocols == ()
    assert user.link is not None and user.link.subprotocol is None


async def test_a_password_may_be_bytes(
    dialler: Dialler, door: PicowsDoor, gate: RecordingGate
) -> None:
    key = b"\x00\xff\x80".decode("utf-8", "surrogateescape")

    await dialler.dial(replace(to(door), username="CP", password=key), RecordingUser())

    sent = (gate.handshakes[0].authorization or "").removeprefix("Basic ")
    assert b64decode(sent) == b"CP:\x00\xff\x80"


async def test_pings_are_not_answered(dialler: Dialler) -> None:
    gate = RecordingGate("ocpp1.6", ping_interval_s=0.05)
    door = PicowsDoor()
    await door.open("127.0.0.1", 0, gate)

    await dialler.dial(to(door, answers_pings=False), RecordingUser())

    assert (await gate.user.until_closed())[0] == 1006
    await door.close()


async def test_bytes_that_are_no_text_close_the_link_with_1007(
    dialler: Dialler, door: PicowsDoor, gate: RecordingGate
) -> None:
    user = RecordingUser()
    await dialler.dial(to(door), user)
    assert user.link is not None

    user.link.send('[2,"1","X",{"info":"caf\udce9"}]')

    assert (await user.until_closed())[0] == 1007
    assert not gate.user.frames


async def test_memory_is_as_odd() -> None:
    network, gate, user = MemoryNetwork(), RecordingGate("ocpp1.6"), RecordingUser()
    door = MemoryDoor(network)
    await door.open("csms", 9000, gate)
    dialling = Dialling(
        "ws://csms:9000/ocpp/CP%201", ("",), dial_quirks=DialQuirks(target="/ocpp/CP 1")
    )
    dialler = MemoryDialler(network)

    with pytest.raises(DialFailed) as failure:
        await dialler.dial(replace(dialling, dial_quirks=DialQuirks(rudeness="no-key")), user)
    await dialler.dial(dialling, user)
    assert user.link is not None
    user.link.send("caf\udce9")

    assert failure.value.details["status"] == 400
    assert (gate.handshakes[0].path, gate.handshakes[0].subprotocols) == ("/ocpp/CP%201", ())
    assert (await user.until_closed())[0] == 1007
    await door.close()


async def test_where_nobody_is_trusted_no_server_is(dialler: Dialler, tmp_path: Path) -> None:
    root = RootAuthority()
    certificate, key = root.sign("127.0.0.1").files(tmp_path)
    door = PicowsDoor(DoorTls(certificate, key))
    await door.open("127.0.0.1", 0, RecordingGate("ocpp1.6"))
    url = f"wss://127.0.0.1:{door.port}/ocpp/CP"

    with pytest.raises(DialFailed, match="certificate verify failed"):
        await dialler.dial(Dialling(url, ("ocpp1.6",), tls=Tls(ca="")), RecordingUser())
    await door.close()
