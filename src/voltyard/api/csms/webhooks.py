"""Routes of webhooks and their deliveries."""

from typing import Annotated, Any, Final

from fastapi import Path, Query
from pydantic import Field, model_validator

from voltyard.api.auth import Operator, Reader
from voltyard.api.csms.context import BackendContext, BackendDep
from voltyard.api.csms.error_responses import error_responses
from voltyard.api.csms.events import EventName
from voltyard.api.csms.fields import (
    EXAMPLE_PAGINATION,
    BackendAnswer,
    BackendBody,
    Moment,
    MomentOut,
    PaginationInfo,
    PagingDep,
    example,
)
from voltyard.api.description.named_types import DeliveryStatus, WebhookStatus
from voltyard.api.errors import BACKEND_PREFIX
from voltyard.api.routers import api_router
from voltyard.csms.events import NAMES
from voltyard.csms.reading.queries import DeliveryQuery
from voltyard.events.event_names import names_matching
from voltyard.events.event_records import DeliveryStored, EventLogged, WebhookStored
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid, NotFound
from voltyard.kernel.masked_text import masked_text
from voltyard.organizations.scopes import Principal

router = api_router(
    prefix=BACKEND_PREFIX + "/webhooks", tags=["webhooks"], responses=error_responses()
)

_WEBHOOK: Final[dict[str, Any]] = {
    "id": "wh_4k2d8s1m0x7c9v3b",
    "url": "https://billing.example.com/hook",
    "events": ["transaction.*", "charger.boot"],
    "description": "Billing",
    "enabled": True,
    "status": "active",
    "pauseReason": None,
    "createdAt": "2026-02-10T14:00:00.000Z",
    "updatedAt": "2026-02-10T14:00:00.000Z",
}
_SECRET: Final = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
_DELIVERY: Final[dict[str, Any]] = {
    "id": "dlv_42",
    "eventId": "evt_4k2d8s1m0x7c42",
    "event": "transaction.stopped",
    "status": "delivered",
    "attempts": 1,
    "statusCode": 204,
    "latencyMs": 21.5,
    "error": None,
    "createdAt": "2026-02-10T14:00:00.000Z",
    "lastAttemptAt": "2026-02-10T14:00:00.010Z",
    "nextAttemptAt": None,
}

WebhookPath = Annotated[str, Path(alias="webhookId")]

Url = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2_048,
        description="http or https. On a server with several organizations it must not lead to a "
        "private address.",
    ),
]
Names = Annotated[
    list[EventName],
    Field(
        min_length=1,
        max_length=100,
        description="Names of events, or beginnings such as `transaction.*`; `*` is all.",
    ),
]
Description = Annotated[str, Field(max_length=255)]
Secret = Annotated[
    str,
    Field(max_length=255, description="`whsec_` and 24 to 64 bytes in base64; one is made if none"),
]


class WebhookBody(BackendBody):
    """Where to send what."""

    model_config = example(
        url="https://billing.example.com/hook",
        events=["transaction.*", "charger.boot"],
        description="Billing",
    )

    url: Url
    events: Names
    secret: Secret | None = None
    description: Description | None = None
    enabled: bool = True


class WebhookChangeBody(BackendBody):
    """Fields to change; all others stay. `enabled: true` resumes a webhook that is paused. A
    new secret goes beside the former for a day."""

    model_config = example(enabled=True)

    url: Url = ""
    events: Names = Field(default_factory=list)
    secret: Secret = ""
    description: Description | None = None
    enabled: bool = True


class WebhookAnswer(BackendAnswer):
    """A webhook without its secret."""

    model_config = example(**_WEBHOOK)

    id: str
    url: str
    events: list[str]
    description: str | None
    enabled: bool
    status: WebhookStatus
    """paused: nothing arrived for too long; what happens meanwhile waits for up to a day."""
    pause_reason: str | None = Field(serialization_alias="pauseReason")
    created_at: MomentOut = Field(serialization_alias="createdAt")
    updated_at: MomentOut = Field(serialization_alias="updatedAt")


class WebhookSecretAnswer(WebhookAnswer):
    """A webhook with its secret, which is shown here and never again."""

    model_config = example(**_WEBHOOK, secret=_SECRET)

    secret: str


class WebhookList(BackendAnswer):
    """Webhooks, oldest first."""

    model_config = example(webhooks=[_WEBHOOK], pagination=EXAMPLE_PAGINATION)

    webhooks: list[WebhookAnswer]
    pagination: PaginationInfo


class WebhookDeletionAnswer(BackendAnswer):
    """Confirmation that a webhook was deleted."""

    model_config = example(message="Webhook deleted", id="wh_4k2d8s1m0x7c9v3b")

    message: str
    id: str


class DeliveryAnswer(BackendAnswer):
    """An event on its way to a webhook; the last attempt in statusCode, latencyMs and error."""

    model_config = example(**_DELIVERY)

    id: str
    event_id: str = Field(serialization_alias="eventId")
    event: str
    status: DeliveryStatus
    attempts: int
    status_code: int | None = Field(serialization_alias="statusCode")
    latency_ms: float | None = Field(serialization_alias="latencyMs")
    error: str | None
    created_at: MomentOut = Field(serialization_alias="createdAt")
    attempted_at: MomentOut = Field(serialization_alias="lastAttemptAt")
    next_attempt_at: MomentOut = Field(serialization_alias="nextAttemptAt")


class DeliveryList(BackendAnswer):
    """Deliveries, newest first."""

    model_config = example(deliveries=[_DELIVERY], pagination=EXAMPLE_PAGINATION)

    deliveries: list[DeliveryAnswer]
    pagination: PaginationInfo


class ResendBody(BackendBody):
    """One event by its id, or all from a moment on."""

    model_config = example(**{"from": "2026-02-10T14:00:00Z", "to": "2026-02-10T15:00:00Z"})

    event_id: Annotated[str, Field(max_length=64)] | None = Field(None, alias="eventId")
    since: Moment | None = Field(None, alias="from")
    until: Moment | None = Field(None, alias="to")

    @model_validator(mode="after")
    def _one_or_a_range(self) -> "ResendBody":
        if (self.event_id is None) == (self.since is None):
            raise ValueError("needs either eventId or from")
        if self.event_id is not None and self.until is not None:
            raise ValueError("to goes with from")
        return self


class ResendAnswer(BackendAnswer):
    """Deliveries that are on their way again."""

    model_config = example(message="Events are delivered again", id="wh_4k2d8s1m0x7c9v3b", count=12)

    message: str
    id: str
    count: int


@router.post("", status_code=201, summary="Make a webhook", responses=error_responses(409))
async def create_webhook(
    body: WebhookBody, here: BackendDep, principal: Operator
) -> WebhookSecretAnswer:
    """From now on events are sent there, in order for each charger, and signed as
    https://www.standardwebhooks.com has it. The secret is in this answer only."""
    row = await here.hooks.add(
        principal.organization_id,
        url=body.url,
        events=body.events,
        secret=body.secret,
        description=body.description,
        enabled=body.enabled,
    )
    return WebhookSecretAnswer.of_record(row, status=_status(row))


@router.get("", summary="List webhooks")
async def list_webhooks(here: BackendDep, principal: Reader, part: PagingDep) -> WebhookList:
    """Oldest first."""
    found = here.hooks.of(principal.organization_id)
    return WebhookList(
        webhooks=[_shown(row, principal) for row in part.cut(found)],
        pagination=part.of(len(found)),
    )


@router.get("/{webhookId}", summary="One webhook", responses=error_responses(404))
async def get_webhook(
    webhook_id: WebhookPath, here: BackendDep, principal: Reader
) -> WebhookAnswer:
    """Without its secret."""
    return _shown(here.hooks.get(principal.organization_id, webhook_id), principal)


@router.patch("/{webhookId}", summary="Change or resume a webhook", responses=error_responses(404))
async def update_webhook(
    webhook_id: WebhookPath, body: WebhookChangeBody, here: BackendDep, principal: Operator
) -> WebhookAnswer:
    """Only the fields that are sent. `enabled: true` resumes one that is paused: what happened
    meanwhile is still delivered, if it is not older than a day. What happens while it is disabled
    is never delivered by itself."""
    changes = {name: getattr(body, name) for name in body.model_fields_set}
    row = await here.hooks.change(principal.organization_id, webhook_id, changes)
    return _shown(row, principal)


@router.delete("/{webhookId}", summary="Delete a webhook", responses=error_responses(404))
async def delete_webhook(
    webhook_id: WebhookPath, here: BackendDep, principal: Operator
) -> WebhookDeletionAnswer:
    """Nothing more is sent to it, not even what waits."""
    await here.hooks.delete(principal.organization_id, webhook_id)
    return WebhookDeletionAnswer(message="Webhook deleted", id=webhook_id)


@router.post(
    "/{webhookId}/rotate-secret", summary="Make a new secret", responses=error_responses(404)
)
async def rotate_webhook_secret(
    webhook_id: WebhookPath, here: BackendDep, principal: Operator
) -> WebhookSecretAnswer:
    """For a day everything is signed with both: `webhook-signature` has a signature by each."""
    row = await here.hooks.rotate(principal.organization_id, webhook_id)
    return WebhookSecretAnswer.of_record(row, status=_status(row))


@router.post("/{webhookId}/test", summary="Send a ping", responses=error_responses(404))
async def test_webhook(
    webhook_id: WebhookPath, here: BackendDep, principal: Operator
) -> DeliveryAnswer:
    """An event `webhook.test`, sent once and now, also where the webhook is paused or disabled; the
    answer says what came of it."""
    return _delivery(await here.hooks.test(principal.organization_id, webhook_id))


@router.get("/{webhookId}/deliveries", summary="What was delivered", responses=error_responses(404))
async def list_deliveries(
    webhook_id: WebhookPath,
    here: BackendDep,
    principal: Reader,
    part: PagingDep,
    status: DeliveryStatus | None = None,
    event_id: Annotated[str | None, Query(alias="eventId")] = None,
) -> DeliveryList:
    """Newest first: attempts, the last answer or error, and the next attempt. A delivery is tried
    for a day, then it has failed."""
    row = here.hooks.get(principal.organization_id, webhook_id)

    page = await here.reads.deliveries(
        principal.organization_id,
        DeliveryQuery(webhook_id=row.id, status=status, event_id=event_id),
        part,
    )
    return DeliveryList(
        deliveries=[_delivery(one) for one in page.items], pagination=part.of(page.total)
    )


@router.post(
    "/{webhookId}/resend",
    status_code=202,
    summary="Deliver events again",
    responses=error_responses(404),
)
async def resend_events(
    webhook_id: WebhookPath, body: ResendBody, here: BackendDep, principal: Operator
) -> ResendAnswer:
    """One event, or all that the webhook wants of a time, with the ids they had. They go behind
    what waits already."""
    row = here.hooks.get(principal.organization_id, webhook_id)
    events = await _meant(here, principal, row, body)
    if events:
        await here.hooks.resend(principal.organization_id, webhook_id, events)
    return ResendAnswer(message="Events are delivered again", id=row.id, count=len(events))


async def _meant(
    here: BackendContext, principal: Principal, row: WebhookStored, body: ResendBody
) -> list[EventLogged]:
    if body.since is None:
        assert body.event_id is not None
        event = await here.reads.event(principal.organization_id, body.event_id)
        if event is None:
            raise NotFound(f"no event {body.event_id} is kept")
        return [event]
    names = names_matching(row.events, NAMES)
    events = await here.reads.events_between(
        principal.organization_id, names, body.since, body.until, limits.WEBHOOK_RESENT + 1
    )
    if len(events) > limits.WEBHOOK_RESENT:
        raise Invalid(
            f"more than {limits.WEBHOOK_RESENT} events happened then",
            hint="ask for a shorter time",
            field="to",
        )
    return events


def _shown(row: WebhookStored, principal: Principal) -> WebhookAnswer:
    """The webhook as a key may see it: secrets in its URL only from the scope operate on."""
    url = row.url if principal.may("operate") else masked_text(row.url)
    return WebhookAnswer.of_record(row, status=_status(row), url=url)


def _status(row: WebhookStored) -> str:
    status = "active" if row.paused_at is None else "paused"
    return status if row.enabled else "disabled"


def _delivery(row: DeliveryStored) -> DeliveryAnswer:
    return DeliveryAnswer.of_record(
        row,
        id=f"dlv_{row.number}",
        error=None if row.error is None else masked_text(row.error),
    )
