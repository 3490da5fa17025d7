"""Followers of samples: one round for all, differences for each, and a bound."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.fakes.samples import sample
from tests.yard.samples.bench import OURS, THEIRS, Site
from voltyard.kernel import limits
from voltyard.ports.runtimes import SampleBatch, SampledCharger


@pytest.fixture
async def site(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    monkeypatch.setattr(limits, "SAMPLE_PACE_S", 0.001)
    one = Site()
    yield one
    await one.followers.close()


async def test_the_first_frame_is_whole_and_the_next_ones_tell_what_changed(site: Site) -> None:
    site.add("a", power_w=1_000)
    site.add("b")
    site.chargers.organizations["stopped"] = OURS

    client = site.follow()
    first = await client.frame()
    site.change("a", power_w=2_000)
    second = await client.frame()
    del site.provider.samples["b"]
    third = await client.frame()

    assert (first["whole"], first["missed"]) == (True, 0)
    assert first["at"] == "1970-01-01T00:00:00.000Z"
    assert first["chargers"].keys() == {"a", "b", "stopped"}
    assert first["chargers"]["a"]["connectors"][0]["status"] == "Available"
    assert first["chargers"]["stopped"] is None
    where = {"evse_id": 1, "connector_id": 1}
    assert second["chargers"] == {
        "a": {"power_w": 2_000, "connectors": [{**where, "power_w": 2_000}]}
    }
    assert (second["whole"], second["missed"]) == (False, 0)
    assert third["chargers"] == {"b": None}


async def test_nothing_is_told_where_nothing_changed(site: Site) -> None:
    site.add("a")
    client = site.follow()
    await client.frame()

    for _ in range(3):
        await site.round()

    assert client.frames() == []


async def test_a_charger_that_is_as_the_client_has_it_again_is_not_told(site: Site) -> None:
    site.add("a")
    client = site.follow()
    await client.frame()

    site.change("a", power_w=5)
    await site.round()
    site.change("a")
    await site.round()

    assert client.frames() == []


async def test_there_is_one_frame_a_round_however_often_it_is_asked_for(site: Site) -> None:
    site.add("a")
    client = site.follow()
    await client.frame()
    site.change("a", power_w=1)
    await client.frame()
    rounds = site.provider.rounds

    client.follower.changed("a", sample(power_w=7))

    assert site.provider.rounds == rounds
    assert client.frames() == []


async def test_one_round_serves_all_and_ends_with_the_last(site: Site) -> None:
    site.add("a")
    site.add("theirs", THEIRS)
    clients = [site.follow(), site.follow(), site.follow(THEIRS)]
    for client in clients:
        await client.frame()
    site.change("a", power_w=1)
    rounds = site.provider.rounds

    await site.round()

    assert site.provider.rounds == rounds + 1
    assert [len(client.frames()) for client in clients] == [1, 1, 0]
    for client in clients:
        client.follower.close()
    rounds = site.provider.rounds
    await asyncio.sleep(0.05)
    assert site.provider.rounds == rounds


async def test_organizations_are_kept_apart(site: Site) -> None:
    site.add("ours")
    site.add("theirs", THEIRS)
    us, them = site.follow(), site.follow(THEIRS)

    assert (await us.frame())["chargers"].keys() == {"ours"}
    assert (await them.frame())["chargers"].keys() == {"theirs"}
    site.change("theirs", power_w=1)
    site.change("ours", power_w=2)
    assert (await us.frame())["chargers"].keys() == {"ours"}
    assert (await them.frame())["chargers"].keys() == {"theirs"}


async def test_a_slow_client_is_told_how_much_it_missed_and_then_all(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SAMPLES_WAITING", 3)
    for number in range(5):
        site.add(f"c{number}")
    slow, quick = site.follow(), site.follow()
    await slow.frame()
    await quick.frame()

    for number in range(5):
        site.change(f"c{number}", power_w=10 + number)
        assert (await quick.frame())["chargers"].keys() == {f"c{number}"}
    told = await slow.frame()

    assert (told["missed"], told["whole"]) == (5, True)
    assert {one: each["power_w"] for one, each in told["chargers"].items()} == {
        f"c{number}": 10 + number for number in range(5)
    }
    site.change("c0", power_w=99)
    after = await slow.frame()
    assert (after["missed"], after["whole"]) == (0, False)
    assert after["chargers"]["c0"]["power_w"] == 99


async def test_a_client_of_one_charger_or_location_is_told_of_no_other(site: Site) -> None:
    site.add("here")
    site.add("there")
    site.chargers.locations["here"] = "site"
    one, place = site.follow(charger_id="there"), site.follow(location_id="site")

    assert (await one.frame())["chargers"].keys() == {"there"}
    assert (await place.frame())["chargers"].keys() == {"here"}
    site.change("here", power_w=1)
    site.change("there", power_w=2)
    assert (await one.frame())["chargers"].keys() == {"there"}
    assert (await place.frame())["chargers"].keys() == {"here"}


async def test_a_charger_that_moves_is_told_whole_where_it_comes_and_null_where_it_was(
    site: Site,
) -> None:
    site.add("a", power_w=7)
    site.chargers.locations["a"] = "old"
    old, new = site.follow(location_id="old"), site.follow(location_id="new")
    assert (await old.frame())["chargers"]["a"]["power_w"] == 7
    assert (await new.frame())["chargers"] == {}

    site.chargers.move("a", "new")

    assert (await old.frame())["chargers"] == {"a": None}
    assert (await new.frame())["chargers"]["a"]["connectors"][0]["status"] == "Available"


async def test_what_failed_once_is_asked_again(site: Site) -> None:
    site.add("a")
    right, failed = site.provider.sample, asyncio.Event()

    async def fails() -> SampleBatch[SampledCharger]:
        site.provider.sample = right  # type: ignore[method-assign]
        failed.set()
        raise RuntimeError("a bug")

    site.provider.sample = fails  # type: ignore[method-assign]
    client = site.follow()

    assert (await client.frame())["chargers"].keys() == {"a"}
    assert failed.is_set()
