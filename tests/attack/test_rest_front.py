"""Attacks on the REST port: endless heads and bodies, silence, too many connections."""

import asyncio
import contextlib
import time

import pytest

from tests.attack.bench import Target, silent_sockets, status, until, upgrade

_FILLER = b"".join(b"x-filler-%d: %s\r\n" % (n, b"a" * 100) for n in range(200))


async def _send_endless_headers(port: int, end: float, most_bytes: int) -> None:
    """Bounded all the same, for the sake of the machine."""
    sent = 0
    with contextlib.suppress(OSError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(b"GET /health HTTP/1.1\r\nHost: x\r\n")
            while time.monotonic() < end and sent < most_bytes:
                writer.write(_FILLER)
                sent += len(_FILLER)
                await writer.drain()
                await asyncio.sleep(0.05)  # what measures is in the attacker's process
            await asyncio.wait_for(reader.read(), max(0.1, end - time.monotonic()))
        except TimeoutError:
            pass
        finally:
            writer.transport.abort()


async def test_endless_headers_cost_little_memory_and_hold_up_nobody(target: Target) -> None:
    before_mb = target.memory_mb()
    end = time.monotonic() + 10
    port = target.server.port

    attack = [asyncio.create_task(_send_endless_headers(port, end, 10_000_000)) for _ in range(100)]
    waits, memories = [], []
    while time.monotonic() < end - 2:
        waits.append(await target.health_s())
        memories.append(target.memory_mb())
        await asyncio.sleep(0.1)
    await asyncio.gather(*attack)

    print(f"endless headers: +{max(memories) - before_mb:.1f} MB, /health {sorted(waits)[-3:]}")
    assert max(memories) - before_mb < 50
    assert sorted(waits)[len(waits) // 2] < 0.1
    assert max(waits) < 1.0


async def test_silent_sockets_are_gone_in_time_and_lock_out_nobody(target: Target) -> None:
    at_rest = target.descriptors()

    with silent_sockets(target.server.port, 5_000):
        begun = time.monotonic()
        first_s = await target.health_s()
        await until(lambda: target.descriptors() <= at_rest + 20, 60)
        gone_s = time.monotonic() - begun
        print(f"silent sockets: /health {first_s:.3f} s, gone after {gone_s:.1f} s")

    assert first_s < 5.0  # the system tries a full backlog again after seconds
    assert gone_s < 15.0


@pytest.mark.open_files(1_024)
async def test_silent_sockets_at_every_port_leave_descriptors_to_chargers_and_health(
    target: Target,
) -> None:
    ports = target.server.port, target.server.ocpp_port
    with target.server.client() as client:
        assert client.post("/api/v1/chargers", json={"chargeBoxId": "CP1"}).status_code == 201

    with silent_sockets(ports[0], 2_000), silent_sockets(ports[1], 2_000):
        begun = time.monotonic()
        health_s = await target.health_s()
        answered = await status(ports[1], upgrade("CP1"))
        both_s = time.monotonic() - begun

    print(f"silent sockets at 1,024 descriptors: /health {health_s:.3f} s, both {both_s:.3f} s")
    assert answered == 101
    assert both_s < 8.0
