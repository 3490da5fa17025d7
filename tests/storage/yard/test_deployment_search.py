"""Deployments in the order they were asked for, whenever they were written down."""

from pathlib import Path

import msgspec

from voltyard.storage.database.database import Database
from voltyard.storage.yard.yard_records import yard_repositories
from voltyard.yard.deployments.deployment import Deployment
from voltyard.yard.repositories import DeploymentQuery, PageRequest

FIRST = Deployment(
    id="dep-0",
    organization_id="org_1",
    identity="CP-0",
    brand_slug="wallbox",
    model_slug="wallbox-pulsar-plus",
    connector_type="Type2",
    ocpp_version="1.6",
    ws_url="ws://127.0.0.1:9/ocpp",
    created_at=1_770_732_000.0,
    updated_at=1_770_732_000.0,
)


async def test_chargers_come_in_the_order_of_their_moments(where: str | Path) -> None:
    database = await Database.open(where)
    try:
        kept = yard_repositories(database).deployments
        apart_s = 1e-6  # as those of a bulk creation are
        made = [
            msgspec.structs.replace(
                FIRST,
                id=f"dep-{number}",
                identity=f"CP-{number}",
                created_at=FIRST.created_at + number * apart_s,
            )
            for number in range(6)
        ]
        for one in (made[4], made[0], made[5], made[2], made[1], made[3]):
            await kept.add([one])

        query, page = DeploymentQuery(), PageRequest(size=4)
        rising = await kept.listed("org_1", query, page)
        falling = await kept.listed("org_1", DeploymentQuery(descending=True), page)
        matching = await kept.matching("org_1", query)
    finally:
        await database.close()

    assert [one.id for one in rising.entries] == ["dep-0", "dep-1", "dep-2", "dep-3"]
    assert [one.id for one in falling.entries] == ["dep-5", "dep-4", "dep-3", "dep-2"]
    assert (rising.total, falling.total) == (6, 6)
    assert matching == [(f"dep-{number}", f"CP-{number}") for number in range(6)]
