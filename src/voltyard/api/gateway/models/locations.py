"""Answers of locations and bulk jobs."""

from typing import Annotated, Any, Final

from voltyard.api.description.plain_schemas import named
from voltyard.api.gateway.fields import GatewayAnswer, Moment, PageAnswer, example
from voltyard.api.gateway.models.chargers import CHARGER, ChargerResponse, ProvisioningErrorDetail
from voltyard.yard.deployments.deployment import ProvisioningStatus

LOCATION: Final[dict[str, Any]] = {
    "id": "4090477f-a416-4515-a302-97aa344a0a2a",
    "slug": "la-defense-charging-hub-3f9a",
    "name": "La Defense Charging Hub",
    "address": "14 Rue de la Paix",
    "city": "Paris",
    "country": "FR",
    "coordinates": {"latitude": 48.8566, "longitude": 2.3522},
    "timezone": "Europe/Paris",
    "owner_name": "VINCI Autoroutes",
    "public": True,
    "status": "active",
    "created_at": "2026-11-21T09:00:00.000Z",
    "updated_at": "2026-11-21T09:00:00.000Z",
}


JOB: Final = "0d3f9a52-6f0e-4a2b-9a51-3f1c8d6f2b77"
RUN: Final = "wfr_9x7c2v5b1n8m4k6j"
JOB_URL: Final = f"/ocpp/locations/{LOCATION['id']}/chargers/jobs/{JOB}"


class CoordinatesResponse(GatewayAnswer):
    """Degrees, WGS 84."""

    latitude: float
    longitude: float


class LocationResponse(GatewayAnswer):
    """A site."""

    model_config = example(**LOCATION)

    id: str
    slug: str | None = None
    name: str | None = None
    address: str | None = None
    city: str | None = None
    country: str | None = None
    coordinates: CoordinatesResponse | None = None
    timezone: str | None = None
    owner_name: str | None = None
    public: bool | None = None
    status: str | None = None
    created_at: Moment | None = None
    updated_at: Moment | None = None
    max_power_w: float | None = None
    """Power that its chargers may take together."""


class SiteShareResponse(GatewayAnswer):
    """One EVSE. `wanted_w` is what would flow without the site's limit."""

    charger_id: str
    identity: str
    evse_id: int
    power_w: float
    wanted_w: float
    share_w: float | None = None
    """Power that it may take; null: it was not told of a limit."""


class SitePowerResponse(GatewayAnswer):
    """A site's limit, what flows, and what each of its running chargers may take."""

    model_config = example(
        location_id=LOCATION["id"],
        max_power_w=22000,
        power_w=18400,
        wanted_w=29400,
        shared_w=22000,
        shares=[
            {
                "charger_id": CHARGER["id"],
                "identity": CHARGER["identity"],
                "evse_id": 1,
                "power_w": 7400,
                "wanted_w": 7400,
                "share_w": 11000,
            }
        ],
    )

    location_id: str
    max_power_w: float | None = None
    power_w: float
    wanted_w: float
    shared_w: float | None = None
    shares: list[SiteShareResponse]


class LocationListResponse(PageAnswer[LocationResponse]):
    """Sites."""


class LocationUpdateChargerFailure(GatewayAnswer):
    """A charger that could not be changed, and why."""

    charger_id: str | None = None
    error: str


class UpdateLocationChargersResponse(GatewayAnswer):
    """Which could be changed."""

    model_config = example(
        updated_count=1,
        failed_count=1,
        updated=[CHARGER],
        failed=[{"charger_id": "dep-unknown", "error": "there is no charger 'dep-unknown'"}],
    )

    updated_count: int
    failed_count: int
    updated: list[ChargerResponse]
    failed: list[LocationUpdateChargerFailure]


class LocationDeleteChargerFailure(GatewayAnswer):
    """A charger that could not be deleted, and why."""

    charger_id: str | None = None
    error: str


class DeleteLocationChargersResponse(GatewayAnswer):
    """Which could be deleted."""

    model_config = example(
        deleted_count=1,
        failed_count=1,
        deleted=["dep-4k2d8s1m0x7c9v3b"],
        failed=[{"charger_id": "dep-unknown", "error": "there is no charger 'dep-unknown'"}],
    )

    deleted_count: int
    failed_count: int
    deleted: list[str]
    failed: list[LocationDeleteChargerFailure]


class LocationChargerBulkAcceptedResponse(GatewayAnswer):
    """The job is written down; poll status_url."""

    model_config = example(
        job_id=JOB, status="PROVISIONING", workflow_run_id=RUN, status_url=JOB_URL
    )

    job_id: str
    status: ProvisioningStatus
    workflow_run_id: str | None = None
    status_url: str


class LocationFromTemplateResponse(LocationChargerBulkAcceptedResponse):
    """The location is there, and the job that makes its chargers is written down."""

    model_config = example(
        job_id=JOB,
        status="PENDING",
        workflow_run_id=RUN,
        status_url=JOB_URL,
        location_id=LOCATION["id"],
        slug=LOCATION["slug"],
    )

    location_id: str
    slug: str
    """The location's own."""


_BULK: Final[dict[str, Any]] = {
    "job_id": JOB,
    "job_type": "location_chargers",
    "status": "READY",
    "workflow_run_id": RUN,
    "error": None,
    "results": {
        "created_count": 1,
        "failed_count": 0,
        "pending_count": 0,
        "created": [
            {
                "id": CHARGER["id"],
                "charger_id": CHARGER["id"],
                "identity": "SITE_A_001",
                "name": None,
                "location_id": LOCATION["id"],
                "status_url": f"/ocpp/chargers/{CHARGER['id']}/status",
            }
        ],
        "failed": [],
    },
    "provisioned_at": "2026-11-21T09:00:01.000Z",
}

_NOT_BEGUN: Final = {
    "identity": "SITE_A_002",
    "error": "the creation was cancelled before this charger was made",
    "code": "cancelled",
}

CANCELLED_BULK: Final = {
    **_BULK,
    "results": {**_BULK["results"], "failed_count": 1, "failed": [_NOT_BEGUN]},
}
"""One that had come to its first charger, as an example."""


class LocationChargerBulkStatusResponse(GatewayAnswer):
    """How far a bulk creation has come; `results` has `created` and `failed`."""

    model_config = example(**_BULK)

    job_id: str
    job_type: str | None = None
    status: ProvisioningStatus | None = None
    workflow_run_id: str | None = None
    error: ProvisioningErrorDetail | None = None
    results: Annotated[dict[str, Any], named("BulkResults")] | None = None
    provisioned_at: Moment | None = None


class LocationChargerBulkListResponse(PageAnswer[LocationChargerBulkStatusResponse]):
    """Bulk creations of a location, the newest first; `results` is null here."""
