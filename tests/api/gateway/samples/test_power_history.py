"""Power over the last hour, over REST."""

import pytest

from tests.api.gateway.bench import Gateway
from tests.fakes.samples import sample


async def test_the_power_of_a_charger_a_location_and_all_is_told(gateway: Gateway) -> None:
    site = await gateway.location()
    here = await gateway.charger("HERE", location_id=site)
    there = await gateway.charger("THERE")
    gateway.provider.samples = {here: sample(power_w=7_000), there: sample(power_w=500)}

    await gateway.yard.power_history.record()

    for path, power_w in (
        (f"/ocpp/chargers/{here}/power-history", 7_000),
        ("/ocpp/chargers/THERE/power-history", 500),
        (f"/ocpp/locations/{site}/power-history", 7_000),
        ("/ocpp/power-history", 7_500),
    ):
        found = (await gateway.get(path)).json()
        assert found["step_s"] == 10.0
        assert found["samples"][-1]["power_w"] == power_w, path
        assert found["samples"][-1]["at"].startswith("2026-02-10T14:00:0")


async def test_power_is_recorded_from_the_start_on(gateway: Gateway) -> None:
    found = (await gateway.get("/ocpp/power-history")).json()

    assert [one["power_w"] for one in found["samples"]] in ([], [0])


@pytest.mark.parametrize("path", ["chargers/{}", "locations/{}"])
async def test_another_organizations_power_is_not_told(gateway: Gateway, path: str) -> None:
    site = await gateway.location()
    charger = await gateway.charger(location_id=site)
    gateway.provider.samples = {charger: sample(power_w=7_000)}
    await gateway.yard.power_history.record()
    stranger = await gateway.stranger("read")

    mine = f"/ocpp/{path.format(charger if path.startswith('chargers') else site)}/power-history"
    refused = await gateway.send("GET", mine, key=stranger)
    theirs = await gateway.send("GET", "/ocpp/power-history", key=stranger)

    assert (await gateway.get(mine)).status_code == 200
    assert refused.status_code == 404
    assert {one["power_w"] for one in theirs.json()["samples"]} == {0}
