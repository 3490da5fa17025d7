"""The catalogue and the presets over REST."""

from typing import Any

import pytest
from served import Gateway

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
    assert example.items() <= answer.json().items()


async def test_brands_and_models_come_in_pages(gateway: Gateway) -> None:
    everyone = (await gateway.get("/ocpp/catalog/brands")).json()
    page = (await gateway.get("/ocpp/catalog/brands", page=2, limit=5)).json()

    assert everyone["total"] == len(everyone["data"]) >= 12
    assert page["data"] == everyone["data"][5:10]
    models = 0
    for brand in everyone["data"]:
        listed = (await gateway.get(f"/ocpp/catalog/brands/{brand['slug']}/models")).json()
        assert all(model["source"] for model in listed["data"])
        assert {model["brand_id"] for model in listed["data"]} == {brand["id"]}
        models += listed["total"]
    assert models >= 20


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
                await gateway.charger(
                    f"{model['slug']} {connector_type}",
                    brand_slug=brand["slug"],
                    model_slug=model["slug"],
                    connector_type=connector_type,
                )


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
