"""What is known of deployments without reading: it must never be older than the last answer."""

import asyncio

from msgspec import structs

from voltyard.kernel import limits
from voltyard.storage.yard.deployment_cache import DeploymentCache
from voltyard.yard.deployments.deployment import Deployment

DEPLOYMENT = Deployment(
    id="dep-1",
    organization_id="org_1",
    identity="CP-1",
    brand_slug="wallbox",
    model_slug="wallbox-pulsar-plus",
    connector_type="Type2",
    ocpp_version="1.6",
    ws_url="ws://127.0.0.1:9/ocpp",
    created_at=1.0,
    updated_at=1.0,
)


def test_what_was_read_is_known_to_its_organization_alone() -> None:
    known = DeploymentCache()

    known.keep(known.version, "CP-1", DEPLOYMENT)

    assert known.get("org_1", "CP-1") is DEPLOYMENT
    assert known.get("org_2", "CP-1") is None
    assert known.get("org_1", "dep-1") is None


async def test_a_write_ends_what_was_known() -> None:
    known = DeploymentCache()
    known.keep(known.version, "CP-1", DEPLOYMENT)

    async with known.changing():
        assert known.get("org_1", "CP-1") is None

    assert known.get("org_1", "CP-1") is None


async def test_what_was_read_before_or_during_a_write_is_not_kept() -> None:
    known = DeploymentCache()
    before = known.version

    async with known.changing():
        known.keep(before, "CP-1", DEPLOYMENT)
        known.keep(known.version, "CP-1", DEPLOYMENT)
        during = known.version
        assert known.get("org_1", "CP-1") is None
    known.keep(before, "CP-1", DEPLOYMENT)
    known.keep(during, "CP-1", DEPLOYMENT)

    assert known.get("org_1", "CP-1") is None


async def test_writes_may_overlap() -> None:
    known = DeploymentCache()
    leave = asyncio.Event()

    async def write() -> None:
        async with known.changing():
            await leave.wait()

    long = asyncio.create_task(write())
    await asyncio.sleep(0)
    async with known.changing():
        pass
    known.keep(known.version, "CP-1", DEPLOYMENT)
    assert known.get("org_1", "CP-1") is None
    leave.set()
    await long
    known.keep(known.version, "CP-1", DEPLOYMENT)

    assert known.get("org_1", "CP-1") is DEPLOYMENT


def test_the_least_lately_used_go_first() -> None:
    known = DeploymentCache()
    for number in range(limits.KNOWN_DEPLOYMENTS):
        known.keep(0, f"CP-{number}", structs.replace(DEPLOYMENT, identity=f"CP-{number}"))
    known.get("org_1", "CP-0")

    known.keep(0, "CP-further", DEPLOYMENT)

    assert known.get("org_1", "CP-0") is not None
    assert known.get("org_1", "CP-1") is None
