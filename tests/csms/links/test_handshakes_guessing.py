"""Wrong passwords at the charger socket: limited, and told."""

from tests.csms.bench import Yard
from voltyard.kernel import limits
from voltyard.ports.links import Admitted, Barred

RIGHT = "correct horse battery"
ATTACKER = "198.51.100.6:1"


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


async def test_refusals_are_told_at_once_and_then_once_a_minute_with_their_count() -> None:
    yard = Yard()
    await yard.register(password=RIGHT)
    await guessed(yard, 30)

    (first,) = yard.heard("charger.refused")
    yard.pass_time(60.0)
    _, second = yard.heard("charger.refused")
    yard.pass_time(600.0)

    assert (first.charge_box_id, first.count) == ("CP1", 1)
    assert second.data() == {
        "chargeBoxId": "CP1",
        "count": 29,
        "remoteAddresses": ("198.51.100.6",),
        "reason": "the charger's password is wrong or missing",
    }
    assert len(yard.heard("charger.refused")) == 2
    assert yard.backend.refusals.count == 30


async def test_of_names_that_are_not_registered_there_is_no_event() -> None:
    yard = Yard()

    for n in range(20):
        yard.knock(f"/ocpp/CP{n}")

    assert yard.events == []
    assert yard.backend.refusals.count == 20
