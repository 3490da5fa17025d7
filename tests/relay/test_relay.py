"""Requests that one process is asked and another carries out, over the bus in memory and over
NATS."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bus.bench import BusPlace, bus_place, until
from tests.relay.bench import ANSWERS, SUBJECT, Client, House, Pair, paired
from voltyard.kernel import limits
from voltyard.kernel.errors import Overfull
from voltyard.relay.errors import AnswerLost, NodeGone
from voltyard.relay.request_relay import RequestRelay

MB = 1024 * 1024


@pytest.fixture(params=["memory", pytest.param("nats", marks=pytest.mark.service)])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[BusPlace]:
    async with bus_place(request.param, tmp_path / "bus") as there:
        yield there


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
async def pair(place: BusPlace, house: House) -> AsyncIterator[Pair]:
    async with paired(place, house.app) as made:
        yield made


async def test_the_other_process_is_asked_as_this_one_was(pair: Pair) -> None:
    headers = ((b"host", b"voltyard.example"), (b"x-api-key", b"secret"))
    client = Client("/things/one", query=b"a=1", headers=headers)

    await pair.ask(client)

    assert (client.status, client.is_whole) == (200, True)
    assert client.headers[b"content-type"] == b"application/json"
    assert json.loads(client.body) == {
        "name": "one",
        "url": "https://voltyard.example/things/one?a=1",
        "client": ["203.0.113.7", 50123],
        "key": "secret",
        "relayed": True,
    }


async def test_a_small_answer_is_one_message(pair: Pair) -> None:
    client = await pair.ask(Client("/things/one"))

    assert [one["type"] for one in client.sent] == ["http.response.start", "http.response.body"]


@pytest.mark.parametrize("piece_bytes", [1000, 64 * 1024, 1 << 30])
async def test_a_long_body_goes_there_and_back(pair: Pair, piece_bytes: int) -> None:
    body = bytes(range(251)) * (5 * MB // 251)
    client = await pair.ask(Client("/echo", "POST", body, piece_bytes))

    assert (client.status, client.headers[b"x-made"]) == (201, b"here")
    assert client.body == body
    assert client.is_whole


async def test_a_long_answer_in_small_pieces_comes_whole(pair: Pair) -> None:
    client = await pair.ask(Client("/large", query=b"size=5000000&piece=1000"))

    assert len(client.body) == 5_000_000
    assert all(client.body[at] == at // 1000 % 251 for at in range(0, 5_000_000, 1000))
    assert len(client.sent) < 500


async def test_a_client_that_takes_nothing_holds_the_app_back(pair: Pair, house: House) -> None:
    client = Client("/large", query=b"size=50000000&piece=10000")
    client.gate.clear()
    asking = asyncio.create_task(pair.ask(client))
    await until(lambda: house.read_bytes > limits.RELAY_PART_BYTES)
    before = -1
    while before != house.read_bytes:
        before = house.read_bytes
        await asyncio.sleep(0.2)

    assert before < 4 * limits.RELAY_PART_BYTES
    client.gate.set()
    await asking
    assert len(client.body) == 50_000_000


async def test_an_app_that_reads_nothing_holds_the_client_back(
    pair: Pair, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "RELAY_EVERY_S", 0.02)
    client = Client("/count", "POST", bytes(5 * MB), 1000)
    asking = asyncio.create_task(pair.ask(client))
    before = -1
    while before != client.read_bytes:
        before = client.read_bytes
        await asyncio.sleep(0.2)

    assert before < 5 * limits.RELAY_PART_BYTES
    house.door.set()
    await asking
    assert json.loads(client.body) == {"bytes": 5 * MB}


async def test_events_come_as_they_are_told(pair: Pair, house: House) -> None:
    client = Client("/events")
    asking = asyncio.create_task(pair.ask(client))
    await client.until(lambda: bool(client.sent))
    assert client.status == 200

    for number in range(5):
        house.told.put_nowait(b"event %d;" % number)
        await client.until(lambda number=number: client.body.endswith(b"%d;" % number))
    house.told.put_nowait(b"")
    await asking

    assert client.body == b"event 0;event 1;event 2;event 3;event 4;"
    assert client.is_whole


async def test_the_app_hears_that_the_client_has_left(
    pair: Pair, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "RELAY_ABANDONED_S", 3600.0)
    client = Client("/events")
    asking = asyncio.create_task(pair.ask(client))
    await client.until(lambda: bool(client.sent))

    client.leave()

    await asking
    await until(lambda: house.left == ["/events"])
    assert not client.is_whole


async def test_a_request_whose_task_is_cancelled_leaves(
    pair: Pair, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "RELAY_ABANDONED_S", 3600.0)
    client = Client("/events")
    asking = asyncio.create_task(pair.ask(client))
    await client.until(lambda: bool(client.sent))

    asking.cancel()

    await until(lambda: house.left == ["/events"])


async def test_who_leaves_before_the_body_is_whole_has_asked_nothing(
    pair: Pair, house: House
) -> None:
    client = Client("/slow", "POST", bytes(10), 5)
    await client.receive()
    client.leave()

    await pair.ask(client)

    assert (client.sent, house.asked) == ([], [])


async def test_requests_run_beside_each_other(pair: Pair, house: House) -> None:
    clients = [Client("/slow", "POST") for _ in range(200)]
    asking = [asyncio.create_task(pair.ask(one)) for one in clients]
    await until(lambda: house.at_once == 200)
    quick = await pair.ask(Client("/things/quick"))

    house.door.set()
    await asyncio.gather(*asking)

    assert quick.status == 200
    assert {(one.status, one.body) for one in clients} == {(200, b'{"carried":"out"}')}
    assert len(house.asked) == 201


async def test_an_answer_may_take_long(
    pair: Pair, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("EVERY", 0.02), ("SILENCE", 0.2), ("ABANDONED", 0.3)):
        monkeypatch.setattr(limits, f"RELAY_{name}_S", value)
    client = Client("/slow", "POST")
    asking = asyncio.create_task(pair.ask(client))
    await until(lambda: house.at_once == 1)

    await asyncio.sleep(1.0)
    house.door.set()
    await asking

    assert client.status == 200


async def test_beyond_the_bound_a_request_is_refused_at_either_end(
    pair: Pair, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "RELAYED_REQUESTS", 2)
    asking = [asyncio.create_task(pair.ask(Client("/slow", "POST"))) for _ in range(2)]
    await until(lambda: house.at_once == 2)

    with pytest.raises(Overfull, match="with other processes"):
        await pair.ask(Client("/things/one"))
    second = RequestRelay(pair.asking, ANSWERS)
    await second.open()
    client = Client("/things/one")
    with pytest.raises(Overfull, match="of others"):
        await second.relay(SUBJECT, client.scope, client.receive, client.send)

    house.door.set()
    await asyncio.gather(*asking)
    await second.close()
    assert (await pair.ask(Client("/things/one"))).status == 200


async def test_an_app_that_fails_is_answered_500(pair: Pair) -> None:
    client = await pair.ask(Client("/failing"))

    assert (client.status, client.is_whole) == (500, True)


async def test_an_answer_that_breaks_is_cut_off(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "RELAY_EVERY_S", 3600.0)  # no sign of life has to tell of it
    client = Client("/broken")

    with pytest.raises(AnswerLost):
        await pair.ask(client)

    assert client.status == 200
    assert not client.is_whole


async def test_a_process_that_is_not_there_is_known_at_once(place: BusPlace, pair: Pair) -> None:
    await pair.server.close()
    with pytest.raises(NodeGone, match="nothing was done"):
        await pair.ask(Client("/things/one"))

    await place.stop()
    with pytest.raises(NodeGone, match="not reached"):
        await pair.ask(Client("/things/one"))
    await place.start()


async def test_a_process_that_ends_finishes_what_it_has_and_takes_no_more(
    pair: Pair, house: House
) -> None:
    client = Client("/slow", "POST")
    asking = asyncio.create_task(pair.ask(client))
    await until(lambda: house.at_once == 1)
    ending = asyncio.create_task(pair.server.close(60))
    await asyncio.sleep(0)

    with pytest.raises(NodeGone):
        await pair.ask(Client("/things/one"))
    house.door.set()
    await asking
    await ending

    assert client.status == 200


async def test_a_process_that_ends_cuts_off_what_takes_longer(
    pair: Pair, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "RELAY_EVERY_S", 3600.0)  # no sign of life has to tell of it
    client = Client("/events")
    asking = asyncio.create_task(pair.ask(client))
    await client.until(lambda: bool(client.sent))

    await pair.server.close()

    with pytest.raises(AnswerLost):
        await asking


async def test_a_process_that_falls_silent_is_given_up(
    place: BusPlace, pair: Pair, house: House
) -> None:
    begun, waiting = Client("/events"), Client("/slow", "POST")
    asking = [asyncio.create_task(pair.ask(one)) for one in (begun, waiting)]
    await begun.until(lambda: bool(begun.sent))
    await until(lambda: house.at_once == 1)

    await pair.answering.close()

    started = asyncio.get_running_loop().time()
    for one in asking:
        with pytest.raises(AnswerLost, match="may have been carried out"):
            await one
    assert asyncio.get_running_loop().time() - started < 2 * limits.RELAY_SILENCE_S
    assert waiting.sent == []


async def test_a_process_in_another_ones_place_knows_nothing_of_it(
    place: BusPlace, pair: Pair, house: House
) -> None:
    client = Client("/slow", "POST")
    asking = asyncio.create_task(pair.ask(client))
    await until(lambda: house.at_once == 1)

    await pair.answering.close()
    async with paired(place, House().app):
        with pytest.raises(AnswerLost):
            await asking


async def test_an_app_is_told_where_the_asking_process_is_gone(
    pair: Pair, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "RELAY_ABANDONED_S", 0.5)
    client = Client("/events")
    asking = asyncio.create_task(pair.ask(client))
    await client.until(lambda: bool(client.sent))

    await pair.asking.close()

    await until(lambda: house.left == ["/events"])
    with pytest.raises(AnswerLost):
        await asking


async def test_a_short_absence_of_the_bus_breaks_no_request(
    place: BusPlace, pair: Pair, house: House
) -> None:
    client, upload = Client("/slow", "POST"), Client("/count", "POST", bytes(MB), 1000)
    asking = [asyncio.create_task(pair.ask(one)) for one in (client, upload)]
    await until(lambda: house.at_once == 1)

    await place.stop()
    house.door.set()
    await until(lambda: house.at_once == 0)
    await place.start()
    await asyncio.gather(*asking)

    assert (client.status, client.body) == (200, b'{"carried":"out"}')
    assert json.loads(upload.body) == {"bytes": MB}
