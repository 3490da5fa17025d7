"""Links under a policy: what is not permitted is not dialled, whatever listens there."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from voltyard.kernel.addressing.egress import ANYWHERE, PUBLIC, Egress
from voltyard.network import name_resolution
from voltyard.network.links.malformed_upgrades import MALFORMED_REQUESTS
from voltyard.network.links.picows_links import PicowsDialler
from voltyard.ports.links import NO_DIAL_QUIRKS, DialFailed, Dialling, DialQuirks, Link

RUDENESSES = ["", *MALFORMED_REQUESTS]


class Nothing:
    def opened(self, link: Link) -> None:
        link.abort()

    def received(self, text: str) -> None: ...
    def closed(self, code: int, reason: str) -> None: ...


class Listener:
    """A port that counts who comes, and hangs up."""

    def __init__(self) -> None:
        self.calls = 0
        self.port = 0

    def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.calls += 1
        writer.close()


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    made = Listener()
    server = await asyncio.start_server(made, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()


async def failure(url: str, egress: Egress, rudeness: str = "") -> DialFailed:
    quirks = DialQuirks(rudeness=rudeness) if rudeness else NO_DIAL_QUIRKS
    dialling = Dialling(url, ("ocpp1.6",), timeout_s=20, egress=egress, dial_quirks=quirks)
    with pytest.raises(DialFailed) as failed:
        await PicowsDialler().dial(dialling, Nothing())
    return failed.value


@pytest.mark.parametrize("rudeness", RUDENESSES)
async def test_a_tenant_cannot_tell_open_ports_from_closed_ones(
    listener: Listener, rudeness: str
) -> None:
    told = set()
    for port in (listener.port, 1):
        for url in (f"ws://127.0.0.1:{port}/", f"wss://localhost:{port}/"):
            error = await failure(url, PUBLIC, rudeness)
            told.add((error.message, error.advice, *(error.details.keys() - {"host", "port"})))

    assert listener.calls == 0
    assert told == {("the target has no address that this organization may dial", "")}


@pytest.mark.parametrize("rudeness", RUDENESSES)
async def test_the_operator_dials_loopback(listener: Listener, rudeness: str) -> None:
    allowed = Egress(is_bounded=True, networks=("127.0.0.0/8",))
    own = Egress(is_bounded=True, endpoints=(("127.0.0.1", listener.port),))
    for egress in (ANYWHERE, allowed, own):
        await failure(f"ws://127.0.0.1:{listener.port}/", egress, rudeness)

    assert listener.calls == 3


async def test_a_name_is_looked_up_once_for_a_dial(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: what a second look-up would find is never asked for."""
    meanings = [["127.0.0.2"], ["127.0.0.1"]]
    monkeypatch.setattr(name_resolution, "_look_up", lambda host, port: meanings.pop(0))
    first = Egress(is_bounded=True, networks=("127.0.0.2/32",))

    await failure(f"ws://rebound.example:{listener.port}/", first)

    assert len(meanings) == 1
    assert listener.calls == 0
