"""Hosts of URLs, spelt by attackers, resolved for real and held to a policy."""

import asyncio
import threading
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from voltyard.kernel import limits
from voltyard.kernel.addressing.egress import ANYWHERE, PUBLIC, Egress, EgressRefused
from voltyard.network import name_resolution
from voltyard.network.links.address import read_url
from voltyard.network.name_resolution import Resolver, Unresolved, first_connected
from voltyard.network.poster import host_of

URLS = [
    *("ws://127.0.0.1/", "ws://2130706433/", "ws://0x7f000001/", "ws://0177.0.0.1/"),
    *("ws://127.1/", "ws://0/", "ws://[::1]/", "ws://[::ffff:127.0.0.1]/", "ws://localhost/"),
    *("ws://[fe80::1%25lo]/", "ws://[fe80::1%lo]/", "ws://[fec0::1]/", "ws://[64:ff9b::7f00:1]/"),
    *("ws://[2002:7f00:1::]/", "ws://169.254.169.254/latest/meta-data", "ws://[fd00:ec2::254]/"),
    *("ws://example.com@127.0.0.1/", "ws://example.com:80@127.0.0.1:22/", "ws://①②⑦.⓪.⓪.①/"),
    *("ws://127。0。0。1/", "ws://LOCALHOST/", "ws://localhost./", "ws://127.0.0.1./"),
    *("ws://no-such-name.invalid/", "ws://a..b/", "ws://[::]/", "ws://0.0.0.0/"),
]


@pytest.fixture
async def resolver() -> AsyncIterator[Resolver]:
    made = Resolver()
    yield made
    made.close()


@pytest.mark.parametrize("url", URLS)
async def test_no_spelling_leads_a_tenant_to_what_is_not_public(
    resolver: Resolver, url: str
) -> None:
    for read in (lambda: read_url(url).host, lambda: host_of(urlsplit(url))):
        try:
            host = read()
        except Exception:  # it is no URL to begin with
            continue
        with pytest.raises(EgressRefused) as refused:
            await resolver.addresses(host, 80, PUBLIC)
        assert str(refused.value) == "the target has no address that this organization may dial"


async def test_a_name_that_is_not_there_is_told_to_the_operator_alone(resolver: Resolver) -> None:
    with pytest.raises(Unresolved):
        await resolver.addresses("no-such-name.invalid", 80, ANYWHERE)


async def test_every_address_of_a_name_counts(
    resolver: Resolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = ["93.184.215.14", "10.0.0.1"]
    monkeypatch.setattr(name_resolution, "_look_up", lambda host, port: found)

    with pytest.raises(EgressRefused):
        await resolver.addresses("both.example", 80, PUBLIC)
    assert await resolver.addresses("both.example", 80, ANYWHERE) == found


async def test_names_of_tenants_that_take_long_keep_no_operators_name_waiting(
    resolver: Resolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()

    def look_up(host: str, port: int) -> list[str]:
        if host.startswith("slow"):
            go.wait(60.0)
        return ["93.184.215.14"]

    monkeypatch.setattr(name_resolution, "_look_up", look_up)
    slow = [
        asyncio.ensure_future(resolver.addresses(f"slow{n}.example", 80, PUBLIC))
        for n in range(2 * limits.RESOLVER_THREADS)
    ]
    await asyncio.sleep(0)

    async with asyncio.timeout(30.0):
        assert await resolver.addresses("localhost", 80, ANYWHERE)

    assert not any(one.done() for one in slow)
    go.set()
    await asyncio.gather(*slow)


async def test_names_of_a_tenant_that_take_long_keep_no_other_tenants_waiting(
    resolver: Resolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()

    def look_up(host: str, port: int) -> list[str]:
        if host.startswith("slow"):
            go.wait(60.0)
        return ["93.184.215.14"]

    monkeypatch.setattr(name_resolution, "_look_up", look_up)
    greedy, modest = (Egress(is_bounded=True, organization_id=one) for one in ("org_a", "org_b"))
    slow = [
        asyncio.ensure_future(resolver.addresses(f"slow{n}.example", 80, greedy))
        for n in range(2 * limits.RESOLVER_THREADS)
    ]
    await asyncio.sleep(0)

    async with asyncio.timeout(30.0):
        assert await resolver.addresses("quick.example", 80, modest) == ["93.184.215.14"]

    assert not any(one.done() for one in slow)
    go.set()
    await asyncio.gather(*slow)


async def test_the_first_address_that_takes_a_connection_is_it() -> None:
    tried: list[str] = []

    async def connect(address: str) -> str:
        await asyncio.sleep(0)
        tried.append(address)
        if address == "a":
            raise ConnectionRefusedError
        return address

    assert await first_connected(["a", "b", "c"], connect) == "b"
    assert tried == ["a", "b"]
    with pytest.raises(ConnectionRefusedError):
        await first_connected(["a"], connect)
