"""A query parameter that an operation does not know is refused, and says which it knows."""

from tests.api.gateway.bench import Gateway


async def test_a_misspelt_parameter_is_422_with_its_name(gateway: Gateway) -> None:
    answer = await gateway.get("/ocpp/chargers", locaton_id="x", limit=1)

    assert answer.status_code == 422
    (fault,) = answer.json()["detail"]
    assert (fault["field"], fault["loc"]) == ("locaton_id", ["query", "locaton_id"])
    assert fault["message"] == (
        "is no query parameter here, where there are include, limit, location_id, ocpp_version, "
        "page, search, sort, status; did you mean location_id?"
    )


async def test_a_parameter_beside_a_body_is_refused_and_nothing_is_made(gateway: Gateway) -> None:
    body = {
        "name": "Yard",
        "address": "14 Rue de la Paix",
        "city": "Paris",
        "country": "FR",
        "coordinates": {"latitude": 48.8566, "longitude": 2.3522},
    }

    answer = await gateway.send("POST", "/ocpp/locations", body, name="Yard")

    assert answer.status_code == 422
    assert (await gateway.get("/ocpp/locations")).json()["total"] == 0


async def test_a_charger_is_found_by_an_identity_with_a_slash(gateway: Gateway) -> None:
    """Nothing is found under it here, and its name is told as it was meant."""
    answer = await gateway.get("/ocpp/chargers/a%2Fb")

    assert answer.status_code == 404
    assert "a/b" in answer.json()["detail"]
