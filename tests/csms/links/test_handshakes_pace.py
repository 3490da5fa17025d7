"""A network that dials at once: so many are let in, the others are told when to come back."""

from tests.csms.bench import Yard
from voltyard.ports.links import Admitted, Barred


async def test_who_is_sent_away_is_told_when_to_come_back_and_is_let_in_then() -> None:
    yard = Yard(links_per_s=2.0)
    for number in range(1, 9):
        await yard.register(f"CP{number}")

    answers = [yard.knock(path=f"/ocpp/CP{number}") for number in range(1, 9)]

    assert [type(one) for one in answers] == [Admitted] * 2 + [Barred] * 6
    refused = [one for one in answers if isinstance(one, Barred)]
    assert {(one.status, one.reason) for one in refused} == {
        (503, "more chargers dial at once than are let in")
    }
    assert [dict(one.headers)["Retry-After"] for one in refused] == ["1", "1", "2", "2", "3", "3"]

    yard.pass_time(1.0)
    assert isinstance(yard.knock(path="/ocpp/CP3"), Admitted)
    assert isinstance(yard.knock(path="/ocpp/CP4"), Admitted)


async def test_strangers_take_nobodys_place() -> None:
    yard = Yard(links_per_s=1.0)
    await yard.register("CP1")

    for number in range(50):
        yard.knock(path=f"/ocpp/NOBODY-{number}")

    assert isinstance(yard.knock(path="/ocpp/CP1"), Admitted)
