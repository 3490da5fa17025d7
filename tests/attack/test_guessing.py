"""Attacks by guessing: passwords at the charger socket, keys at REST."""

import asyncio
import secrets
import time
from collections import Counter

from tests.attack.bench import ATTACKER, Target, asked, status, upgrade

_ATTEMPTS = 1_000
_A_SECOND = 200
_MOST = 6
"""A wrong attempt may cost so many requests to /health. It is 2 to 3 of them, 11 to 19 % of a core
at 200 a second; to verify a password takes more than fifty."""
_PASSWORD = "0123456789abcdef0123456789abcdef01234567"


async def test_a_thousand_wrong_passwords_cost_little_and_keep_out_no_right_one(
    target: Target,
) -> None:
    with target.server.client() as client:
        wanted = {"chargeBoxId": "VICTIM", "password": _PASSWORD, "securityProfile": 1}
        assert client.post("/api/v1/chargers", json=wanted).status_code == 201
    port = target.server.ocpp_port

    async def guess(number: int) -> int:
        await asyncio.sleep(number / _A_SECOND)
        return await status(port, upgrade("VICTIM", secrets.token_hex(20)), ATTACKER)

    begun, used_s = time.monotonic(), target.cpu_s()
    guesses = [asyncio.create_task(guess(number)) for number in range(_ATTEMPTS)]
    await asyncio.sleep(_ATTEMPTS / _A_SECOND / 2)
    amid = await status(port, upgrade("VICTIM", _PASSWORD))
    statuses = Counter(await asyncio.gather(*guesses))
    used_s = target.cpu_s() - used_s
    cost_s, part = used_s / _ATTEMPTS, used_s / (time.monotonic() - begun)
    after = await status(port, upgrade("VICTIM", _PASSWORD))

    print(f"wrong passwords: {dict(statuses)}, {part:.0%} of a core, {cost_s * 1000:.2f} ms each")
    assert (amid, after) == (101, 101)
    assert set(statuses) <= {401, 429, 503}
    assert statuses[429] > _ATTEMPTS / 2
    assert cost_s < _MOST * await target.calm_cost_s()
    with target.server.client() as client:
        events = client.get("/api/v1/events", params={"event": "charger.refused"}).json()
    assert 1 <= len(events["events"]) <= 3
    assert {event["data"]["chargeBoxId"] for event in events["events"]} == {"VICTIM"}


async def test_a_thousand_wrong_keys_cost_little_and_keep_out_no_right_one(
    target: Target,
) -> None:
    port = target.server.port

    async def guess(number: int) -> int:
        await asyncio.sleep(number / _A_SECOND)
        said = f"GET /api/v1/chargers HTTP/1.1\r\nX-API-Key: {secrets.token_hex(20)}\r\n\r\n"
        return await status(port, said.encode(), ATTACKER)

    right = f"GET /api/v1/chargers HTTP/1.1\r\nX-API-Key: {target.server.key}\r\n"
    begun, used_s = time.monotonic(), target.cpu_s()
    guesses = [asyncio.create_task(guess(number)) for number in range(_ATTEMPTS)]
    await asyncio.sleep(_ATTEMPTS / _A_SECOND / 2)
    amid = await asked(port, right.encode())
    statuses = Counter(await asyncio.gather(*guesses))
    used_s = target.cpu_s() - used_s
    cost_s, part = used_s / _ATTEMPTS, used_s / (time.monotonic() - begun)

    print(f"wrong keys: {dict(statuses)}, {part:.0%} of a core, {cost_s * 1000:.2f} ms each")
    assert amid.startswith(b"HTTP/1.1 200")
    assert set(statuses) <= {401, 429}
    assert statuses[429] > _ATTEMPTS / 2
    assert cost_s < _MOST * await target.calm_cost_s()
    with target.server.client() as client:
        events = client.get("/api/v1/events", params={"event": "key.refused"}).json()
        figures = client.get("/metrics").text
    assert 1 <= len(events["events"]) <= 3
    for reason, count in (("wrong", statuses[401]), ("too_many", statuses[429])):
        assert f'voltyard_keys_refused_total{{reason="{reason}"}} {count}.0' in figures
