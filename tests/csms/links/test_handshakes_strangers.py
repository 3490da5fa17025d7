"""Handshakes of strangers: what a refusal tells them of chargers, and what it costs."""

import asyncio
import time
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.csms.bench import Yard
from voltyard.kernel import limits
from voltyard.ports.links import Admitted, Barred, Handshake

RIGHT = "correct-horse-battery"


async def knocked(yard: Yard, box_id: str, password: str | None) -> Admitted | Barred:
    header = None
    if password is not None:
        header = "Basic " + b64encode(f"{box_id}:{password}".encode()).decode()
    shown = Handshake(f"/ocpp/{box_id}", ("ocpp1.6",), header, "198.51.100.6:7", host="csms:9000")
    verdict = yard.backend.gate(shown)
    return verdict if isinstance(verdict, Admitted | Barred) else await verdict


async def with_chargers(**options: Any) -> Yard:
    """One of each kind: a password, a certificate, another address."""
    yard = Yard(**options)
    await yard.register("SECRET", password=RIGHT)
    await yard.register("CERTIFIED", security_profile=3)
    await yard.register("ELSEWHERE", password=RIGHT, allowed_addresses=("192.0.2.1",))
    return yard


async def test_a_refusal_tells_what_ocpp_j_asks_for_and_no_more() -> None:
    yard = await with_chargers()

    told = {
        box: await knocked(yard, box, password)
        for box, password in (
            ("SECRET", "a guess"),
            ("CERTIFIED", RIGHT),
            ("ELSEWHERE", RIGHT),
            ("UNKNOWN", RIGHT),
        )
    }

    shown = {box: (one.status, one.reason) for box, one in told.items() if isinstance(one, Barred)}
    untold = "not let in: the server's operator is told why"
    assert shown == {
        "SECRET": (401, untold),
        "CERTIFIED": (401, untold),
        "ELSEWHERE": (403, untold),
        "UNKNOWN": (404, "no charger of that id is registered"),
    }
    reasons = [event.row.reason for event in yard.heard("charger.refused")]
    assert reasons == [
        "wrong_password",
        "certificate_missing",
        "address_not_allowed",
        "not_registered",
    ]


@pytest.mark.parametrize("password", [None, "a guess"])
async def test_where_identities_are_hidden_one_refusal_is_like_another(
    password: str | None,
) -> None:
    with ThreadPoolExecutor() as threads:
        yard = await with_chargers(hides_identities=True, executor=threads)
        begun = time.monotonic()

        boxes = ("SECRET", "CERTIFIED", "ELSEWHERE", "UNKNOWN", "org_x/UNKNOWN", "a//b")
        told = await asyncio.gather(*(knocked(yard, box, password) for box in boxes))
        took_s = time.monotonic() - begun

    (one,) = set(told)
    assert isinstance(one, Barred) and one.status == 401
    assert took_s >= limits.REFUSAL_HELD_S
    assert yard.backend.refusals.count == len(boxes)


async def test_where_identities_are_hidden_guesses_count_at_names_that_there_are_not() -> None:
    with ThreadPoolExecutor() as threads:
        yard = await with_chargers(hides_identities=True, executor=threads)

        async def statuses(box_id: str) -> list[int]:
            told = [knocked(yard, box_id, f"guess {n}") for n in range(12)]
            same = [knocked(yard, box_id, "guess 0") for _ in range(3)]
            answers = [await asyncio.gather(*told), await asyncio.gather(*same)]
            return sorted(one.status for part in answers for one in part if isinstance(one, Barred))

        assert await statuses("SECRET") == await statuses("UNKNOWN")
        right = await knocked(yard, "SECRET", RIGHT)

    assert isinstance(right, Barred) and right.status == 429


async def test_where_identities_are_hidden_the_right_password_is_let_in_at_once() -> None:
    with ThreadPoolExecutor() as threads:
        yard = await with_chargers(hides_identities=True, executor=threads)

        assert isinstance(await knocked(yard, "SECRET", RIGHT), Admitted)
