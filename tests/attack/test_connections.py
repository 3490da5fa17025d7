"""Attacks by numbers: chargers of one address that would take every connection there is."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.attack.bench import ATTACKER, PATIENCE_S, Bystander, Target, heard, upgrade

MOST = 20
PROXY = "127.0.0.77"

pytestmark = pytest.mark.settings(ocpp_connections_per_address=MOST, trusted_proxies=PROXY)


@contextlib.asynccontextmanager
async def dialled(
    target: Target, address: str, *heads: bytes
) -> AsyncIterator[list[tuple[int, bytes]]]:
    """Connections that stay open: the status that each was answered with, and the rest of it."""
    answers, writers = [], []
    try:
        async with asyncio.timeout(PATIENCE_S):
            for head in heads:
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", target.server.ocpp_port, local_addr=(address, 0)
                )
                writers.append(writer)
                writer.write(head)
                status = int((await reader.readline()).split()[1])
                answers.append((status, b"" if status == 101 else await reader.read()))
        yield answers
    finally:
        for writer in writers:
            writer.transport.abort()


async def registered(client: httpx.AsyncClient, count: int) -> list[str]:
    """The paths of so many new chargers of the client's organization."""
    organization = client.headers["x-organization-id"]
    for number in range(count):
        body = {"chargeBoxId": f"MANY-{number}"}
        assert (await client.post("/api/v1/chargers", json=body)).is_success
    return [f"{organization}/MANY-{number}" for number in range(count)]


async def test_an_address_gets_so_many_connections_and_no_other_pays_for_it(
    target: Target, tenant: httpx.AsyncClient, bystander: Bystander
) -> None:
    paths = await registered(tenant, MOST + 5)

    async with dialled(target, ATTACKER, *map(upgrade, paths)) as answers:
        await bystander.check()
        async with dialled(target, "127.0.0.1", upgrade(paths[-1])) as elsewhere:
            pass

    assert [status for status, _ in answers] == [101] * MOST + [503] * 5
    told = answers[-1][1]
    assert b"the server's operator is told why" in told
    assert b"address" not in told
    assert [status for status, _ in elsewhere] == [101]
    await heard(tenant, "/api/v1/refusals", '"too_many_connections"')


async def test_a_trusted_proxy_brings_many_and_each_of_its_clients_has_the_bound(
    target: Target, tenant: httpx.AsyncClient
) -> None:
    paths = await registered(tenant, MOST + 5)

    def from_client(path: str, address: str) -> bytes:
        return upgrade(path, "", f"X-Forwarded-For: {address}")

    async with dialled(target, PROXY, *(from_client(one, "192.0.2.1") for one in paths)) as same:
        pass
    spread = [from_client(one, f"192.0.2.{100 + number}") for number, one in enumerate(paths)]
    async with dialled(target, PROXY, *spread) as different:
        pass

    assert [status for status, _ in same] == [101] * MOST + [503] * 5
    assert [status for status, _ in different] == [101] * len(paths)
