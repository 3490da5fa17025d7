"""The catalogue and the presets over REST."""

from typing import Any

import pytest

from tests.api.gateway.bench import Gateway

MUST_HAVE = [
    ("wallbox", "wallbox-pulsar-plus"),
    ("abb", "terra-184"),
    ("schneider", "evlink-pro-ac-22kw"),
    ("alfen", "alfen-eve-single-s-line"),
]


@pytest.mark.parametrize(("brand", "model"), MUST_HAVE)
async def test_what_others_rely_on_is_there(gateway: Gateway, brand: str, model: str) -> None:
    answer = await gateway.get(f"/ocpp/catalog/brands/{brand}/models/{model}")

    assert answer.status_code == 200
    assert (answer.json()["slug"], answer.json()["brand_slug"]) == (model, brand)


async def test_a_model_is_shown_as_the_contract_has_it(gateway: Gateway) -> None:
    answer = await gateway.get("/ocpp/catalog/brands/wallbox/models/wallbox-pulsar-plus")

    boot = {
        "reported_vendor": "Wall Box Chargers",
        "reported_model": "PLP1-0-2-4",
        "boot_source": "https://github.com/ConnectorIO/connectorio-addons/pull/148",
    }
    example = {
        "id": "550e8400-e29b-41d4-a716-446655440002",
        "slug": "wallbox-pulsar-plus",
        "name": "Pulsar Plus",
        "brand_slug": "wallbox",
        "connector_count": 1,
        "current_type": "ac",
        "supported_kwh": [7.4, 22],
        "connector_types": ["Type2"],
    }
    assert (example | boot).items() <= answer.json().items()


async def test_brands_and_models_come_in_pages(gateway: Gateway) -> None:
    everyone = (await gateway.get("/ocpp/catalog/brands")).json()
    page = (await gateway.get("/ocpp/catalog/brands", page=2, limit=5)).json()

    assert everyone["total"] == len(everyone["data"]) >= 15
    assert page["data"] == everyone["data"][5:10]
    models = 0
    for brand in everyone["data"]:
        listed = (await gateway.get(f"/ocpp/catalog/brands/{brand['slug']}/models")).json()
        assert all(model["source"] for model in listed["data"])
        assert {model["brand_id"] for model in listed["data"]} == {brand["id"]}
        models += listed["total"]
    assert models >= 45


@pytest.mark.parametrize(
    "path", ["/acme/models", "/acme/models/wallbox-pulsar-plus", "/wallbox/models/roadrunner"]
)
async def test_an_unknown_slug_is_404(gateway: Gateway, path: str) -> None:
    answer = await gateway.get(f"/ocpp/catalog/brands{path}")

    assert answer.status_code == 404
    assert "catalogue" in answer.json()["detail"]


async def test_every_model_can_be_simulated(gateway: Gateway) -> None:
    brands = (await gateway.get("/ocpp/catalog/brands", limit=100)).json()["data"]
    for brand in brands:
        path = f"/ocpp/catalog/brands/{brand['slug']}/models"
        for model in (await gateway.get(path, limit=100)).json()["data"]:
            for connector_type in model["connector_types"]:
                assert await gateway.charger(
                    f"{model['slug']} {connector_type}",
                    brand_slug=brand["slug"],
                    model_slug=model["slug"],
                    connector_type=connector_type,
                )


async def test_vehicles_come_in_pages_and_one_by_one(gateway: Gateway) -> None:
    everything = (await gateway.get("/ocpp/catalog/vehicles")).json()
    page = (await gateway.get("/ocpp/catalog/vehicles", page=2, limit=2)).json()
    city = await gateway.get("/ocpp/catalog/vehicles/city")

    assert everything["total"] == len(everything["data"]) >= 6
    assert page["data"] == everything["data"][2:4]
    assert city.json() in everything["data"]
    assert (city.json()["battery_kwh"], city.json()["phases"]) == (36, 1)
    assert city.json()["curve"][-1] == [100, 0.08]


async def test_every_vehicle_may_be_named_at_a_charger(gateway: Gateway) -> None:
    for vehicle in (await gateway.get("/ocpp/catalog/vehicles")).json()["data"]:
        assert await gateway.charger(f"with {vehicle['name']}", vehicle=vehicle["name"])


async def test_an_unknown_vehicle_is_404_and_says_which_there_are(gateway: Gateway) -> None:
    answer = await gateway.get("/ocpp/catalog/vehicles/broomstick")

    assert answer.status_code == 404
    assert "broomstick" in answer.json()["detail"] and "city" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ({}, {"AC", "DC", "AC-DC"}),
        ({"type": "AC"}, {"AC"}),
        ({"type": "AC-DC"}, {"AC-DC"}),
        ({"ocpp_version": "OCPP2.0.1"}, {"AC", "DC", "AC-DC"}),
    ],
)
async def test_presets_are_filtered_by_power_and_version(
    gateway: Gateway, query: dict[str, Any], kinds: set[str]
) -> None:
    answer = (await gateway.get("/ocpp/templates/locations", **query)).json()

    assert {template["type"] for template in answer["data"]} == kinds
    assert answer["total"] == len(answer["data"])
    for template in answer["data"]:
        groups = template["charger_groups"]
        assert template["chargers"] == sum(group["count"] for group in groups)
        assert all(group["nominal_kw"] > 0 for group in groups)
        version = query.get("ocpp_version")
        assert version is None or version in {group["ocpp_version"] for group in groups}


async def test_a_preset_of_no_kind_is_422(gateway: Gateway) -> None:
    assert (await gateway.get("/ocpp/templates/locations", type="STEAM")).status_code == 422


async def test_faults_are_listed_with_what_each_version_tells(gateway: Gateway) -> None:
    everything = (await gateway.get("/ocpp/catalog/faults")).json()
    page = (await gateway.get("/ocpp/catalog/faults", page=2, limit=5)).json()

    assert everything["total"] == len(everything["data"]) >= 20
    assert page["data"] == everything["data"][5:10]
    assert all(fault["description"] for fault in everything["data"])
    by_name = {fault["name"]: fault for fault in everything["data"]}
    assert by_name["GroundFailure"] == {
        "name": "GroundFailure",
        "description": "The residual current device has tripped.",
        "effect": "stops",
        "disables": None,
        "ocpp16": {
            "error_code": "GroundFailure",
            "vendor_error_code": None,
            "stop_reason": "Other",
        },
        "ocpp2": {
            "component": "RCD",
            "belongs_to": "evse",
            "variable": "Tripped",
            "tech_code": "GroundFailure",
            "stopped_reason": "GroundFault",
        },
        "other_names": ["ground fault", "ground", "earth fault", "earth failure"],
    }
    weak = by_name["WeakSignal"]
    assert (weak["effect"], weak["ocpp2"]["stopped_reason"]) == ("warns", None)
