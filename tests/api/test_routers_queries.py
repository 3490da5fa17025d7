"""A query parameter that an operation does not know is refused, and says which it knows."""

from collections.abc import Iterator
from typing import Any

from starlette.routing import BaseRoute

from tests.api.bench import Lab
from tests.storage.contents import all_rows
from tests.surface import description
from voltyard.api.errors import is_backend
from voltyard.api.middleware import is_gateway
from voltyard.api.routers import ApiRoute, joined
from voltyard.server.server import routers


def routes_of_the_apis() -> Iterator[BaseRoute]:
    for route in joined(*routers()).routes:
        path = getattr(route, "path", "")
        if is_backend(path) or is_gateway(path):
            yield route


def test_every_route_of_both_apis_knows_the_parameters_it_is_described_with() -> None:
    paths = description()["paths"]
    count = 0
    for route in routes_of_the_apis():
        assert isinstance(route, ApiRoute), route
        for method in route.methods or ():
            asked = paths[route.path_format][method.lower()].get("parameters", ())
            names = {one["name"] for one in asked if one["in"] == "query"}
            assert route.query_names == names, (method, route.path)
            count += 1
    assert count > 150


async def test_a_misspelt_parameter_is_refused_by_every_operation_before_anything_is_done(
    lab: Lab,
) -> None:
    await lab.register()
    before = await lab.database.read(all_rows)
    operations = [
        (method, route.path)
        for route in routes_of_the_apis()
        if isinstance(route, ApiRoute) and is_backend(route.path)
        for method in route.methods or ()
    ]

    for method, path in operations:
        answer = await lab.client.request(
            method, path, params={"statsu": "x"}, headers={"X-API-Key": "a-token-that-was-given"}
        )

        assert answer.status_code == 400, (method, path, answer.text)
        error = answer.json()["error"]
        assert error["code"] == "VALIDATION_ERROR", (method, path)
        assert error["message"] == "not acceptable: statsu", (method, path)
        assert error["details"][0]["field"] == "statsu", (method, path)
    assert len(operations) > 80
    await lab.database.flush()
    assert await lab.database.read(all_rows) == before


async def test_the_refusal_tells_the_known_ones_and_the_nearest(lab: Lab) -> None:
    answer = await lab.get("/chargers", statsu="online", limit=5, ofset=0)

    said: list[Any] = answer.json()["error"]["details"]
    assert [one["field"] for one in said] == ["statsu", "ofset"]
    assert said[0]["message"] == (
        "is no query parameter here, where there are limit, offset, status; did you mean status?"
    )
    assert "did you mean offset?" in said[1]["message"]


async def test_without_any_the_refusal_says_so(lab: Lab) -> None:
    answer = await lab.get("/settings", verbose="1")

    message = answer.json()["error"]["details"][0]["message"]
    assert message == "is no query parameter here: this operation has none"


async def test_a_parameter_is_known_however_it_is_written(lab: Lab) -> None:
    answer = await lab.client.get(
        "/api/v1/chargers?st%61tus=online&status=offline",
        headers={"X-API-Key": "a-token-that-was-given"},
    )

    assert answer.status_code == 200, answer.text


async def test_what_is_open_to_all_takes_any(lab: Lab) -> None:
    """A balancer that marks its checks is let be."""
    assert (await lab.client.get("/health?from=balancer")).status_code == 200
