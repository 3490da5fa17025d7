"""The list of chargers over REST: searched, filtered, sorted, with states, a page at a time."""

from typing import Any

import pytest

from tests.api.gateway.bench import Gateway, job_of
from tests.fakes.samples import sample
from voltyard.storage.yard.yard_records import yard_repositories


async def listed(gateway: Gateway, **query: Any) -> list[str]:
    """The identities of a page."""
    answer = await gateway.get("/ocpp/chargers", **query)
    assert answer.status_code == 200, answer.text
    return [one["identity"] for one in answer.json()["data"]]


async def total(gateway: Gateway, **query: Any) -> int:
    answer = await gateway.get("/ocpp/chargers", limit=1, **query)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["total"])


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("north", ["NORTH-1", "CP-2"]),
        ("h-1", ["NORTH-1"]),
        ("ACME", ["CP-3"]),
        ("dc-5", ["CP-3"]),
        ("WALLBOX", ["NORTH-1", "CP-2"]),
        ("pulsar", ["NORTH-1", "CP-2"]),
        ("%", []),
        ("_", ["CP_4"]),
        ("nowhere", []),
        ("  north  ", ["NORTH-1", "CP-2"]),
    ],
)
async def test_a_search_finds_parts_of_identity_name_vendor_and_model(
    gateway: Gateway, search: str, found: list[str]
) -> None:
    plain = {"charge_point_name": "Bay A01"}
    await gateway.charger("NORTH-1", **plain)
    await gateway.charger("CP-2", charge_point_name="Depot North")
    await gateway.charger("CP-3", vendor="Acme", model="DC-50", **plain)
    await gateway.charger("CP_4", vendor="Other", model="Else", **plain)

    assert await listed(gateway, search=search) == found
    assert await total(gateway, search=search) == len(found)


async def test_chargers_are_filtered_by_what_they_are_doing(gateway: Gateway) -> None:
    ids = {one: await gateway.charger(one) for one in ("IDLE", "BUSY", "BROKEN", "AWAY", "WARNS")}
    await gateway.charger("STOPPED", start=False)
    gateway.provider.samples = {
        ids["IDLE"]: sample(),
        ids["BUSY"]: sample(status="Charging", power_w=11_000, charging_state="Charging"),
        ids["BROKEN"]: sample(status="Faulted", error_code="GroundFailure"),
        ids["AWAY"]: sample(connected=False),
        ids["WARNS"]: sample(error_code="WeakSignal"),
    }

    assert await listed(gateway, status="Available") == ["IDLE", "AWAY", "WARNS"]
    assert await listed(gateway, status="Charging") == ["BUSY"]
    assert await listed(gateway, status="charging") == ["BUSY"]
    assert await listed(gateway, status="Faulted") == ["BROKEN"]
    assert await listed(gateway, status="faulted") == ["BROKEN", "WARNS"]
    assert await listed(gateway, status="offline") == ["AWAY"]
    assert await listed(gateway, status="stopped") == ["STOPPED"]
    assert await listed(gateway, status="faulted", search="warn") == ["WARNS"]
    assert await total(gateway, status="Available") == 3


async def test_charging_of_2_0_1_is_found_by_its_transaction(gateway: Gateway) -> None:
    busy = await gateway.charger("BUSY", ocpp_version="OCPP2.0.1")
    full = await gateway.charger("FULL", ocpp_version="OCPP2.0.1")
    gateway.provider.samples = {
        busy: sample(status="Occupied", charging_state="Charging"),
        full: sample(status="Occupied", charging_state="SuspendedEV"),
    }

    assert await listed(gateway, status="charging") == ["BUSY"]
    assert await listed(gateway, status="Occupied") == ["BUSY", "FULL"]


async def test_chargers_are_filtered_by_version_and_location(gateway: Gateway) -> None:
    here = await gateway.location()
    await gateway.charger("OLD", location_id=here)
    await gateway.charger("NEW", ocpp_version="OCPP2.0.1", location_id=here)
    await gateway.charger("ELSEWHERE", ocpp_version="OCPP2.0.1")

    assert await listed(gateway, ocpp_version="2.0.1") == ["NEW", "ELSEWHERE"]
    assert await listed(gateway, ocpp_version="OCPP1.6") == ["OLD"]
    assert await listed(gateway, location_id=here, sort="-identity") == ["OLD", "NEW"]
    assert await listed(gateway, location_id=here, ocpp_version="OCPP2.0.1") == ["NEW"]


async def test_chargers_are_sorted_either_way_and_those_that_are_equal_stay_in_order(
    gateway: Gateway,
) -> None:
    names = ("CP-10", "CP-9", "cp-8", "DC-1")
    ids = {one: await gateway.charger(one) for one in names}
    await gateway.charger("CP-1", start=False)
    gateway.provider.samples = {
        ids["CP-10"]: sample(status="Charging", power_w=7_000, soc=50.5),
        ids["CP-9"]: sample(status="Faulted"),
        ids["cp-8"]: sample(status="Charging", power_w=11_000, soc=20.0),
        ids["DC-1"]: sample(connected=False),
    }

    by_age = ["CP-10", "CP-9", "cp-8", "DC-1", "CP-1"]
    assert await listed(gateway) == await listed(gateway, sort="created_at") == by_age
    assert await listed(gateway, sort="-created_at") == by_age[::-1]
    by_name = ["CP-1", "cp-8", "CP-9", "CP-10", "DC-1"]
    assert await listed(gateway, sort="identity") == by_name
    assert await listed(gateway, sort="-identity") == by_name[::-1]
    assert await listed(gateway, sort="status") == ["CP-9", "CP-10", "cp-8", "DC-1", "CP-1"]
    assert await listed(gateway, sort="-status") == ["CP-1", "DC-1", "CP-10", "cp-8", "CP-9"]
    assert await listed(gateway, sort="power") == ["CP-9", "DC-1", "CP-10", "cp-8", "CP-1"]
    assert await listed(gateway, sort="-power") == ["cp-8", "CP-10", "CP-9", "DC-1", "CP-1"]
    assert await listed(gateway, sort="soc") == ["cp-8", "CP-10", "CP-9", "DC-1", "CP-1"]
    assert await listed(gateway, sort="-soc") == ["CP-10", "cp-8", "CP-9", "DC-1", "CP-1"]


@pytest.mark.parametrize("sort", ["created_at", "-created_at", "identity", "-power", "status"])
async def test_pages_of_a_search_have_each_charger_once(gateway: Gateway, sort: str) -> None:
    for number in range(7):
        charger = await gateway.charger(f"CP-{number}")
        gateway.provider.samples[charger] = sample(power_w=number % 2 * 1_000)
        await gateway.charger(f"XX-{number}")
    whole = await listed(gateway, search="cp-", sort=sort)

    pages = [await listed(gateway, search="cp-", sort=sort, page=n, limit=3) for n in (1, 2, 3, 4)]

    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert [one for page in pages for one in page] == whole
    assert sorted(whole) == [f"CP-{number}" for number in range(7)]


async def test_the_state_of_each_is_in_the_list_that_is_asked_to_include_it(
    gateway: Gateway,
) -> None:
    runs = await gateway.charger("RUNS")
    await gateway.charger("STOPPED", start=False)

    plain = (await gateway.get("/ocpp/chargers")).json()["data"]
    whole = (await gateway.get("/ocpp/chargers", include="state")).json()["data"]

    assert all("state" not in one for one in plain)
    assert whole[0]["state"] == (await gateway.get(f"/ocpp/chargers/{runs}/state")).json()
    assert whole[1]["state"] is None
    for one, other in zip(plain, whole, strict=True):
        assert one == {name: value for name, value in other.items() if name != "state"}


async def test_the_state_of_one_is_in_the_answer_that_is_asked_to_include_it(
    gateway: Gateway,
) -> None:
    runs = await gateway.charger("RUNS")
    await gateway.charger("STOPPED", start=False)

    answers = [
        (await gateway.get(f"/ocpp/chargers/{name}", include="state")).json()
        for name in ("RUNS", "STOPPED")
    ]

    assert answers[0]["state"] == (await gateway.get(f"/ocpp/chargers/{runs}/state")).json()
    assert answers[1]["state"] is None
    assert "state" not in (await gateway.get("/ocpp/chargers/RUNS")).json()
    assert (await gateway.get("/ocpp/chargers/RUNS", include="samples")).status_code == 422


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"sort": "age"}, ["created_at", "-identity", "soc"]),
        ({"status": "broken"}, ["Available", "SuspendedEVSE", "offline", "stopped", "charging"]),
        ({"include": "samples"}, ["state"]),
        ({"ocpp_version": "1.5"}, ["1.6", "OCPP2.0.1"]),
    ],
)
async def test_a_word_that_is_none_is_refused_with_those_there_are(
    gateway: Gateway, query: dict[str, str], named: list[str]
) -> None:
    answer = await gateway.get("/ocpp/chargers", **query)

    assert answer.status_code == 422
    [fault] = answer.json()["detail"]
    assert fault["field"] == next(iter(query))
    assert all(word in fault["message"] for word in named)


async def test_a_list_is_of_the_own_organization_alone(gateway: Gateway) -> None:
    mine = await gateway.charger("CP-1")
    gateway.provider.samples[mine] = sample(status="Charging", power_w=7_000)
    stranger = await gateway.stranger("read")

    for query in ({}, {"status": "Charging"}, {"search": "CP"}, {"sort": "-power"}):
        seen = await gateway.send("GET", "/ocpp/chargers", key=stranger, **query)
        assert (seen.json()["data"], seen.json()["total"]) == ([], 0)


async def test_chargers_of_a_bulk_are_listed_in_the_order_they_were_asked_for(
    gateway: Gateway,
) -> None:
    location = await gateway.location()
    names = [f"{number:03}" for number in range(40, 0, -1)]
    group = {
        "template": {
            "brand_slug": "wallbox",
            "model_slug": "wallbox-pulsar-plus",
            "connector_type": "Type2",
            "ws_url": "ws://127.0.0.1:9/ocpp",
            "identity_prefix": "BULK-",
        },
        "charger_ids": names,
    }

    answer = await gateway.post(f"/ocpp/locations/{location}/chargers", [group])
    assert answer.status_code == 202, answer.text
    await job_of(gateway, answer.json()["status_url"])

    wanted = [f"BULK-{name}" for name in names]
    assert await listed(gateway, location_id=location) == wanted
    kept = yard_repositories(gateway.database).deployments
    moments = [one.created_at for one in await kept.at_location("org_default", location)]
    assert moments == sorted(set(moments))
    here = (await gateway.get(f"/ocpp/locations/{location}/chargers")).json()["data"]
    assert [one["identity"] for one in here] == wanted
