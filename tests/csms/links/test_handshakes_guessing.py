"""Wrong passwords at the charger socket: limited, and told."""

import asyncio
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from tests.csms.bench import Yard
from voltyard.kernel import limits
from voltyard.ports.links import Admitted, Barred, Handshake

RIGHT = "correct horse battery"
ATTACKER = "198.51.100.6:1"


def shown(password: str) -> Handshake:
    header = "Basic " + b64encode(f"CP1:{password}".encode()).decode()
    return Handshake("/ocpp/CP1", ("ocpp1.6",), header, ATTACKER)


class Held(ThreadPoolExecutor):
    """Hashes that take until they are let go."""

    def __init__(self) -> None:
        super().__init__(1)
        self.holds = False
        self.held: list[Future[Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if not self.holds:
            return super().submit(fn, *args, **kwargs)
        self.held.append(Future())
        return self.held[-1]


async def guessed(yard: Yard, count: int) -> list[int]:
    """The statuses of so many wrong passwords from another address."""
    found = []
    for n in range(count):
        barred = yard.knock(user="CP1", password=f"wrong {n}", remote=ATTACKER)
        assert isinstance(barred, Barred)
        found.append(barred.status)
    return found


async def test_guesses_are_429_after_some_and_the_right_one_gets_in_from_its_own_address() -> None:
    yard = Yard()
    await yard.register(password=RIGHT)
    assert isinstance(yard.knock(user="CP1", password=RIGHT), Admitted)
    each = int(limits.CHARGER_GUESSES_EACH)

    statuses = await guessed(yard, each + 20)

    assert statuses == [401] * each + [429] * 20
    assert isinstance(yard.knock(user="CP1", password=RIGHT), Admitted)
    late = yard.knock(user="CP1", password=RIGHT, remote=ATTACKER)
    assert isinstance(late, Barred)
    assert dict(late.headers)["Retry-After"] == "60"
    yard.pass_time(60.0)
    assert isinstance(yard.knock(user="CP1", password=RIGHT, remote=ATTACKER), Admitted)


async def test_who_hangs_up_while_his_password_is_hashed_has_guessed() -> None:
    threads = Held()
    yard = Yard(executor=threads)
    await yard.register(password=RIGHT)
    threads.holds = True

    for n in range(int(limits.CHARGER_GUESSES_EACH)):
        verdict = yard.backend.gate(shown(f"wrong {n}"))
        assert not isinstance(verdict, Admitted | Barred)
        dialling = asyncio.ensure_future(verdict)
        while len(threads.held) == n:  # noqa: ASYNC110 - a thread pool tells nobody
            await asyncio.sleep(0)
        dialling.cancel()
        await asyncio.wait([dialling])
        threads.held[n].set_result(None)
        await asyncio.sleep(0)

    refused = yard.backend.gate(shown("wrong at last"))
    assert isinstance(refused, Barred)
    assert refused.status == 429
    threads.shutdown()


async def test_an_attacker_with_a_network_of_ipv6_has_one_address() -> None:
    yard = Yard()
    await yard.register(password=RIGHT)
    yard.knock(user="CP1", password=RIGHT)

    statuses = []
    for n in range(int(limits.CHARGER_GUESSES_EACH) + 1):
        barred = yard.knock(user="CP1", password=f"wrong {n}", remote=f"[2001:db8::{n:x}]:1")
        assert isinstance(barred, Barred)
        statuses.append(barred.status)

    assert statuses[-2:] == [401, 429]


async def test_the_same_wrong_password_again_and_again_is_no_guess() -> None:
    yard = Yard()
    await yard.register(password=RIGHT)
    yard.knock(user="CP1", password=RIGHT)

    for _ in range(100):
        refused = yard.knock(user="CP1", password="the former one")
        assert isinstance(refused, Barred)
        assert refused.status == 401

    assert isinstance(yard.knock(user="CP1", password=RIGHT), Admitted)


async def test_a_right_password_that_is_refused_for_its_line_is_right_all_the_same() -> None:
    yard = Yard(has_tls_door=True)
    await yard.register(password=RIGHT, security_profile=2)
    for _ in range(2):
        assert isinstance(yard.knock(user="CP1", password=RIGHT), Barred)

        assert isinstance(yard.knock(user="CP1", password=RIGHT, is_secure=True), Admitted)
