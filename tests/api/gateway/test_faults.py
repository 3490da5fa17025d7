"""Quirks, networks and personalities over REST: listed, given, taken, kept, and refused."""

from typing import Any

import pytest

from tests.api.gateway.bench import CHARGER, Gateway, GatewayBench, job_of
from voltyard.api.gateway.bodies.faults import NetworkBody
from voltyard.catalogue.network_conditions import NetworkConditions
from voltyard.catalogue.quirks.enabled import read_all
from voltyard.catalogue.quirks.personalities import personalities
from voltyard.catalogue.quirks.table import QUIRKS

PLAIN = {
    "name": "no-pong",
    "probability": 1.0,
    "schedule": {"from_s": 0.0, "to_s": None, "every": 1, "once": False},
    "parameters": {},
}


async def quirks_of(gateway: Gateway, charger_id: str) -> list[str]:
    answer = await gateway.get(f"/ocpp/chargers/{charger_id}/quirks")
    assert answer.status_code == 200
    return [quirk["name"] for quirk in answer.json()["quirks"]]


# --- what there is -----------------------------------------------------------------------------


async def test_every_quirk_is_listed_with_its_sources(gateway: Gateway) -> None:
    listed = (await gateway.get("/ocpp/quirks", limit=100)).json()

    assert listed["total"] == len(QUIRKS)
    assert [one["id"] for one in listed["data"]] == [quirk.id for quirk in QUIRKS]
    flapping = next(one for one in listed["data"] if one["name"] == "flapping")
    assert flapping["sources"] == ["https://github.com/ConnectorIO/connectorio-addons/issues/211"]
    assert flapping["parameters"][0] == {
        "name": "least_s",
        "type": "number",
        "default": 20.0,
        "description": "The shortest connection.",
        "choices": [],
        "minimum": 0.1,
        "maximum": 3600.0,
    }


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        ("quirks/flapping", "name", "flapping"),
        ("quirks/Flapping", "name", "flapping"),
        (f"quirks/{QUIRKS[3].id}", "name", QUIRKS[3].name),
        (f"personalities/{next(iter(personalities()))}", "slug", next(iter(personalities()))),
        ("catalog/faults/ground failure", "name", "GroundFailure"),
    ],
)
async def test_one_of_each_list_is_read_by_its_name(
    gateway: Gateway, path: str, key: str, value: str
) -> None:
    answer = await gateway.get(f"/ocpp/{path}")

    assert answer.status_code == 200
    assert answer.json()[key] == value


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("quirks/flaping", "did you mean flapping?"),
        ("personalities/nobody", next(iter(personalities()))),
        ("catalog/faults/gnomes", "GroundFailure"),
    ],
)
async def test_one_that_is_not_there_is_404_with_those_there_are(
    gateway: Gateway, path: str, known: str
) -> None:
    answer = await gateway.get(f"/ocpp/{path}")

    assert answer.status_code == 404
    assert known in answer.text


async def test_personalities_are_listed(gateway: Gateway) -> None:
    listed = (await gateway.get("/ocpp/personalities", limit=100)).json()

    assert listed["total"] == len(personalities()) >= 8
    assert all(one["sources"] and one["vendor"] and one["quirks"] for one in listed["data"])


@pytest.mark.parametrize("one", personalities().values(), ids=lambda one: one.slug)
def test_a_personality_has_quirks_of_its_versions(one: Any) -> None:
    for version in one.versions:
        assert read_all(one.quirks, version)
    assert set(one.settings) <= set(one.versions)


def test_a_network_is_described_as_it_is() -> None:
    described = {name: field.default for name, field in NetworkBody.model_fields.items()}

    assert described == {
        name: getattr(NetworkConditions(), name) for name in NetworkConditions.__dataclass_fields__
    }


# --- one charger -------------------------------------------------------------------------------


async def test_quirks_are_given_to_a_charger_that_runs_and_taken_again(gateway: Gateway) -> None:
    charger_id = await gateway.charger()
    quirks = ["Q10", {"name": "flapping", "probability": 0.5, "parameters": {"least_s": 5}}]

    answer = await gateway.put("/ocpp/chargers/CP-TEST-001/quirks", {"quirks": quirks})

    assert answer.status_code == 200
    assert answer.json()["charger_id"] == charger_id
    assert answer.json()["quirks"][0] == PLAIN
    given = gateway.provider.faults[charger_id]["quirks"]
    assert [one["name"] for one in given] == ["no-pong", "flapping"]
    assert given[1]["parameters"] == {"least_s": 5.0, "most_s": 60.0, "redial_s": 1.0}
    assert gateway.provider.history == [("start", charger_id)], "it was not restarted"

    assert (await gateway.delete(f"/ocpp/chargers/{charger_id}/quirks")).status_code == 204
    assert gateway.provider.faults[charger_id] == {}
    assert await quirks_of(gateway, charger_id) == []


async def test_a_network_is_made_bad_and_good_again(gateway: Gateway) -> None:
    charger_id = await gateway.charger()
    path = f"/ocpp/chargers/{charger_id}/network"

    answer = await gateway.put(path, {"latency_ms": 200, "loss": 0.01})

    assert answer.json()["network"] == {"latency_ms": 200.0, "loss": 0.01}
    assert gateway.provider.faults[charger_id] == {"network": {"latency_ms": 200.0, "loss": 0.01}}
    assert (await gateway.get(path)).json()["network"] == {"latency_ms": 200.0, "loss": 0.01}
    assert (await gateway.delete(path)).status_code == 204
    assert (await gateway.get(path)).json()["network"] == {}


async def test_a_charger_is_made_with_its_faults(gateway: Gateway) -> None:
    charger_id = await gateway.charger(quirks=["no-pong"], network={"latency_ms": 50})

    assert gateway.provider.faults[charger_id] == {
        "quirks": [PLAIN],
        "network": {"latency_ms": 50.0},
    }
    shown = (await gateway.get(f"/ocpp/chargers/{charger_id}")).json()
    assert shown["quirks"] == [PLAIN] and shown["network"] == {"latency_ms": 50.0}


async def test_a_charger_is_made_with_a_personality(gateway: Gateway) -> None:
    charger_id = await gateway.charger(
        personality="foxess", ocpp_version=None, quirks=["slow-redial"], model="Mine"
    )

    runtime = gateway.provider.running[charger_id]
    assert (runtime.charger["vendor"], runtime.charger["model"]) == ("FoxESS", "Mine")
    assert runtime.charger["version"] == "2.0.1", "what it was seen with"
    assert await quirks_of(gateway, charger_id) == ["old-shapes", "stuck-after-stop", "slow-redial"]
    assert (await gateway.get(f"/ocpp/chargers/{charger_id}")).json()["personality"] == "foxess"


async def test_faults_outlive_the_server_and_a_stop(yard: GatewayBench) -> None:
    gateway = await yard.open()
    charger_id = await gateway.charger()
    await gateway.put(f"/ocpp/chargers/{charger_id}/quirks", {"quirks": ["no-pong"]})
    await yard.close(gateway)

    gateway = await yard.open()
    await gateway.settled()

    assert await quirks_of(gateway, charger_id) == ["no-pong"]
    assert gateway.provider.faults[charger_id] == {"quirks": [PLAIN]}
    await yard.close(gateway)


async def test_a_stopped_charger_begins_with_what_it_was_given(gateway: Gateway) -> None:
    charger_id = await gateway.charger(start=False)

    answer = await gateway.put(f"/ocpp/chargers/{charger_id}/quirks", {"quirks": ["no-pong"]})
    assert answer.status_code == 200 and charger_id not in gateway.provider.faults
    await gateway.post(f"/ocpp/chargers/{charger_id}/start-charger")
    await gateway.settled()

    assert gateway.provider.faults[charger_id] == {"quirks": [PLAIN]}


# --- a location --------------------------------------------------------------------------------


async def test_all_chargers_of_a_location_are_given_and_taken(gateway: Gateway) -> None:
    location = await gateway.location()
    for number, version in enumerate(("OCPP1.6", "OCPP2.0.1")):
        await gateway.charger(f"CP-{number}", location_id=location, ocpp_version=version)

    answer = await gateway.put(f"/ocpp/locations/{location}/quirks", {"quirks": ["old-shapes"]})

    assert answer.status_code == 200
    first, second = answer.json()["chargers"]
    assert "of OCPP 2.0.1 only" in first["error"] and first["quirks"] == []
    assert second["error"] is None and second["quirks"][0]["name"] == "old-shapes"

    await gateway.put(f"/ocpp/locations/{location}/network", {"storm_every_s": 3600})
    listed = (await gateway.get(f"/ocpp/locations/{location}/faults")).json()["chargers"]
    assert [one["network"] for one in listed] == [{"storm_every_s": 3600.0}] * 2

    for what in ("quirks", "network"):
        await gateway.delete(f"/ocpp/locations/{location}/{what}")
    listed = (await gateway.get(f"/ocpp/locations/{location}/faults")).json()["chargers"]
    assert [(one["quirks"], one["network"]) for one in listed] == [([], {})] * 2


async def test_a_bulk_is_made_with_a_personality(gateway: Gateway) -> None:
    location = await gateway.location()
    template = {
        "brand_slug": CHARGER["brand_slug"],
        "model_slug": CHARGER["model_slug"],
        "connector_type": "Type2",
        "ws_url": CHARGER["ws_url"],
        "identity_prefix": "T-",
        "personality": "teison",
        "network": {"latency_ms": 80},
    }

    answer = await gateway.post(
        f"/ocpp/locations/{location}/chargers", [{"template": template, "chargers_number": 2}]
    )

    assert answer.status_code == 202, answer.text
    job = await job_of(gateway, answer.json()["status_url"])
    assert job["status"] == "READY"
    listed = (await gateway.get(f"/ocpp/locations/{location}/faults")).json()["chargers"]
    assert [one["quirks"][0]["name"] for one in listed] == ["slow-redial"] * 2
    assert [one["network"] for one in listed] == [{"latency_ms": 80.0}] * 2


# --- what cannot be ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quirks", "said"),
    [
        (["no-pomg"], "did you mean no-pong?"),
        (["no-pomg"], "one of: no-subprotocol"),
        ([{"name": "flapping", "parameters": {"speed": 1}}], "there is no 'speed'"),
        ([{"name": "flapping", "probability": 2}], "from 0 to 1"),
        ([7], "a quirk is a name"),
        ("no-pong", "list"),
        (["no-pong"] * 33, "32"),
    ],
)
async def test_what_is_no_quirk_is_422_and_changes_nothing(
    gateway: Gateway, quirks: Any, said: str
) -> None:
    charger_id = await gateway.charger(quirks=["resends"])

    answer = await gateway.put(f"/ocpp/chargers/{charger_id}/quirks", {"quirks": quirks})

    assert answer.status_code == 422
    assert said in str(answer.json()["detail"])
    assert await quirks_of(gateway, charger_id) == ["resends"]


async def test_what_no_charger_can_be_is_400(gateway: Gateway) -> None:
    charger_id = await gateway.charger()
    path = f"/ocpp/chargers/{charger_id}/quirks"

    twice = await gateway.put(path, {"quirks": ["no-pong", "Q10"]})
    other = await gateway.put(path, {"quirks": ["old-shapes"]})
    spoken = await gateway.post(
        "/ocpp/chargers", {**CHARGER, "identity": "CP-2", "personality": "foxess"}
    )

    assert [one.status_code for one in (twice, other, spoken)] == [400, 400, 400]
    assert "is given twice" in twice.json()["detail"]
    assert "of OCPP 2.0.1 only" in other.json()["detail"]
    assert "has been seen with OCPP 2.0.1 only" in spoken.json()["detail"]


async def test_a_version_is_not_changed_under_a_quirk_of_the_other(gateway: Gateway) -> None:
    charger_id = await gateway.charger(quirks=["offline-id"])

    answer = await gateway.put(f"/ocpp/chargers/{charger_id}", {"ocpp_version": "OCPP2.0.1"})

    assert answer.status_code == 400
    assert "offline-id is of OCPP 1.6 only" in answer.json()["detail"]


@pytest.mark.parametrize(
    "network", [{"latency": 1}, {"loss": 1.5}, {"latency_ms": "1"}, {"every": 0}, [], None]
)
async def test_what_is_no_network_is_422(gateway: Gateway, network: Any) -> None:
    charger_id = await gateway.charger()

    answer = await gateway.put(f"/ocpp/chargers/{charger_id}/network", network)

    assert answer.status_code == 422


async def test_an_unknown_personality_is_422(gateway: Gateway) -> None:
    answer = await gateway.post("/ocpp/chargers", {**CHARGER, "personality": "wallbx"})

    assert answer.status_code == 422
    assert "did you mean wallbox?" in str(answer.json()["detail"])


async def test_faults_of_what_is_not_there_are_404(gateway: Gateway) -> None:
    for what, body in (("quirks", {"quirks": []}), ("network", {})):
        for place in ("chargers", "locations"):
            answer = await gateway.put(f"/ocpp/{place}/none/{what}", body)
            assert answer.status_code == 404


async def test_a_reader_changes_nothing(gateway: Gateway) -> None:
    charger_id = await gateway.charger()
    key = await gateway.stranger("read")

    answer = await gateway.send(
        "PUT", f"/ocpp/chargers/{charger_id}/quirks", {"quirks": []}, key=key
    )

    assert answer.status_code == 403
