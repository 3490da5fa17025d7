"""Passwords are hashed beside the event loop, in a fair order, and bounded."""

import asyncio
import threading
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.csms.bench import ORG, Yard
from voltyard.csms.registry import ChargerChange
from voltyard.csms.security.password_checks import PasswordChecks
from voltyard.kernel import limits
from voltyard.kernel.errors import Overfull
from voltyard.ports.links import Admitted, Barred, GateDecision, Handshake

RIGHT = "correct-horse-battery"


class Slow:
    """A hash that takes until it is let go; notes what was asked, in order."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.go = threading.Event()
        self.begun = threading.Semaphore(0)

    def __call__(self, presented: bytes, stored: str) -> bytes | None:
        self.asked.append(presented)
        self.begun.release()
        self.go.wait(30.0)
        return presented if presented == b"right" else None


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    executor = ThreadPoolExecutor(limits.PASSWORD_THREADS)
    yield executor
    executor.shutdown()


@pytest.fixture
async def checks(slow: Slow, threads: ThreadPoolExecutor) -> AsyncIterator[PasswordChecks]:
    """All of whose threads are busy."""
    checks = PasswordChecks(slow, threads)
    busy = [checks.ask(b"right", str(n), f"busy{n}", "busy") for n in range(2)]
    for _ in busy:
        await asyncio.to_thread(slow.begun.acquire)
    slow.asked.clear()
    yield checks
    slow.go.set()
    await asyncio.gather(*busy)


async def suspect(charger_id: str, address: str, slow: Slow, checks: PasswordChecks) -> None:
    """Have a wrong password shown there."""
    slow.go.set()
    await checks.ask(b"wrong", charger_id, charger_id, address)
    slow.go.clear()


async def test_so_many_are_hashed_at_a_time(checks: PasswordChecks, slow: Slow) -> None:
    waiting = [checks.ask(b"right", "h", f"c{n}", f"a{n}") for n in range(5)]
    waiting += [checks.ask(b"wrong", "h", f"c{n}", f"a{n}") for n in range(5)]
    await asyncio.sleep(0)

    assert slow.asked == []
    slow.go.set()
    assert await asyncio.gather(*waiting) == [b"right"] * 5 + [None] * 5


async def test_the_same_password_of_one_charger_is_hashed_once(
    checks: PasswordChecks, slow: Slow
) -> None:
    waiting = [checks.ask(b"right", "hash", "c", "a") for _ in range(10)]

    slow.go.set()

    assert await asyncio.gather(*waiting) == [b"right"] * 10
    assert slow.asked == [b"right"]


async def test_addresses_take_turns(checks: PasswordChecks, slow: Slow) -> None:
    many = [checks.ask(f"m{n}".encode(), f"h{n}", f"c{n}", "many") for n in range(20)]
    few = [checks.ask(f"f{n}".encode(), f"k{n}", f"k{n}", "few") for n in range(3)]

    slow.go.set()
    await asyncio.gather(*many, *few)

    assert {b"f0", b"f1", b"f2"} <= set(slow.asked[:8])


async def test_who_has_shown_a_wrong_password_comes_after_those_who_have_not(
    slow: Slow, threads: ThreadPoolExecutor
) -> None:
    checks = PasswordChecks(slow, threads)
    await suspect("guessed", "bad", slow, checks)
    busy = [checks.ask(b"right", f"b{n}", f"b{n}", "busy") for n in range(2)]
    slow.asked.clear()

    guesses = [checks.ask(f"g{n}".encode(), "guessed", "guessed", "bad") for n in range(10)]
    near = checks.ask(b"near", "neighbour", "neighbour", "bad")
    own = checks.ask(b"own", "guessed", "guessed", "good")
    slow.go.set()
    await asyncio.gather(*busy, *guesses, near, own)

    order = [one for one in slow.asked if one != b"right"]
    assert set(order[:2]) == {b"near", b"own"}


async def test_one_that_is_awaited_no_more_is_not_hashed(
    checks: PasswordChecks, slow: Slow
) -> None:
    gone = checks.ask(b"gone", "h1", "c1", "a")
    stays = checks.ask(b"right", "h2", "c2", "a")

    gone.cancel()
    slow.go.set()

    assert await stays == b"right"
    assert slow.asked == [b"right"]


async def test_passwords_for_one_charger_are_bounded_and_the_right_address_finds_room(
    slow: Slow, threads: ThreadPoolExecutor
) -> None:
    checks = PasswordChecks(slow, threads)
    await suspect("c", "bad", slow, checks)
    busy = [checks.ask(b"right", f"b{n}", f"b{n}", "busy") for n in range(2)]
    each = limits.PASSWORD_CHECKS_EACH
    guesses = [checks.ask(f"g{n}".encode(), "c", "c", "bad") for n in range(each)]

    with pytest.raises(Overfull):
        checks.ask(b"one more", "c", "c", "bad")
    own = checks.ask(b"right", "c", "c", "good")

    slow.go.set()
    assert await own == b"right"
    ends = await asyncio.gather(*guesses, return_exceptions=True)
    assert len([one for one in ends if isinstance(one, Overfull)]) == 1
    await asyncio.gather(*busy)


async def test_all_passwords_together_are_bounded_and_guesses_give_way(
    monkeypatch: pytest.MonkeyPatch, slow: Slow, threads: ThreadPoolExecutor
) -> None:
    monkeypatch.setattr(limits, "PASSWORD_CHECKS_WAITING", 10)
    checks = PasswordChecks(slow, threads)
    await suspect("c0", "bad", slow, checks)
    busy = [checks.ask(b"right", f"b{n}", f"b{n}", "busy") for n in range(2)]
    guesses = [checks.ask(b"guess", f"c{n}", f"c{n}", "bad") for n in range(10)]

    own = [checks.ask(b"right", f"o{n}", f"o{n}", "good") for n in range(10)]
    with pytest.raises(Overfull):
        checks.ask(b"right", "late", "late", "good")

    slow.go.set()
    assert await asyncio.gather(*own) == [b"right"] * 10
    ends = await asyncio.gather(*guesses, return_exceptions=True)
    assert all(isinstance(one, Overfull) for one in ends)
    await asyncio.gather(*busy)


async def test_those_that_wait_when_it_ends_are_told(checks: PasswordChecks, slow: Slow) -> None:
    waiting = [checks.ask(b"right", f"h{n}", f"c{n}", "a") for n in range(5)]

    checks.close()

    ends = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(one, Overfull) for one in ends)
    with pytest.raises(Overfull):
        checks.ask(b"right", "h", "c", "a")
    assert slow.asked == []


# --- at the gate -------------------------------------------------------------------------------


@pytest.fixture
def yard(threads: ThreadPoolExecutor) -> Yard:
    return Yard(executor=threads)


def shown(password: str, box_id: str = "CP1") -> Handshake:
    header = "Basic " + b64encode(f"{box_id}:{password}".encode()).decode()
    return Handshake(f"/ocpp/{box_id}", ("ocpp1.6",), header, "192.0.2.1:40000")


async def later(verdict: GateDecision | Awaitable[GateDecision]) -> GateDecision:
    assert not isinstance(verdict, Admitted | Barred), "it was decided at once"
    return await verdict


async def test_a_password_is_hashed_once_and_known_from_then_on(yard: Yard) -> None:
    await yard.register(password=RIGHT)

    assert isinstance(await later(yard.backend.gate(shown(RIGHT))), Admitted)
    assert isinstance(yard.backend.gate(shown(RIGHT)), Admitted)
    wrong = yard.backend.gate(shown("wrong"))
    assert isinstance(wrong, Barred) and wrong.status == 401


async def test_a_wrong_password_is_hashed_once_and_known_from_then_on(yard: Yard) -> None:
    await yard.register(password=RIGHT)

    refused = await later(yard.backend.gate(shown("wrong")))
    again = yard.backend.gate(shown("wrong"))

    for one in (refused, again):
        assert isinstance(one, Barred) and one.status == 401
    assert isinstance(await later(yard.backend.gate(shown(RIGHT))), Admitted)


async def test_a_charger_deleted_while_its_password_is_hashed_is_not_let_in(yard: Yard) -> None:
    await yard.register(password=RIGHT)
    verdict = later(yard.backend.gate(shown(RIGHT)))

    await yard.backend.delete(ORG, "CP1")

    refused = await verdict
    assert isinstance(refused, Barred) and refused.status == 404


async def test_a_password_changed_while_the_old_one_is_hashed_counts(yard: Yard) -> None:
    await yard.register(password=RIGHT)
    old, new = (later(yard.backend.gate(shown(one))) for one in (RIGHT, "its new password"))

    await yard.backend.update(ORG, "CP1", ChargerChange(password="its new password"))

    refused = await old
    assert isinstance(refused, Barred) and refused.status == 401
    assert isinstance(await new, Admitted)


async def test_the_same_charger_may_dial_twice_while_its_password_is_hashed(yard: Yard) -> None:
    await yard.register(password=RIGHT)

    both = [later(yard.backend.gate(shown(RIGHT))) for _ in range(2)]

    assert all(isinstance(one, Admitted) for one in await asyncio.gather(*both))


async def test_a_server_that_ends_while_a_password_is_hashed_lets_nobody_in(yard: Yard) -> None:
    await yard.register(password=RIGHT)
    verdict = asyncio.ensure_future(later(yard.backend.gate(shown(RIGHT))))
    await asyncio.sleep(0)

    await yard.backend.close()

    refused = await verdict
    assert isinstance(refused, Barred) and refused.status == 503


async def test_what_cannot_wait_is_told_when_to_come_back(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    await yard.register(password=RIGHT)
    monkeypatch.setattr(limits, "PASSWORD_THREADS", 0)
    monkeypatch.setattr(limits, "PASSWORD_CHECKS_WAITING", 0)

    refused = await later(yard.backend.gate(shown(RIGHT)))

    assert isinstance(refused, Barred) and refused.status == 503
    assert dict(refused.headers)["Retry-After"] == str(limits.HANDSHAKE_RETRY_S)
