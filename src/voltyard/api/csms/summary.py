"""Summary of the backend: one answer for all chargers of an organization."""

from typing import Any, Final

from pydantic import Field

from voltyard.api.auth import Reader
from voltyard.api.csms.context import BackendDep
from voltyard.api.csms.error_responses import error_responses
from voltyard.api.csms.fields import BackendAnswer, MomentOut, example
from voltyard.api.errors import BACKEND_PREFIX
from voltyard.api.routers import api_router

router = api_router(
    prefix=BACKEND_PREFIX + "/summary", tags=["summary"], responses=error_responses()
)

_EXAMPLE: Final[dict[str, Any]] = {
    "chargers": {
        "total": 1200,
        "online": 1187,
        "offline": 13,
        "byRegistration": {"accepted": 1195, "unknown": 5},
    },
    "connectors": {
        "total": 2396,
        "byStatus": {"Available": 1780, "Charging": 598, "SuspendedEV": 15, "Faulted": 3},
    },
    "transactions": {"active": 613},
    "refusals": {
        "identities": 2,
        "count": 45,
        "byReason": {"not_registered": 42, "wrong_password": 3},
        "lastAt": "2026-02-10T14:20:30.000Z",
    },
    "at": "2026-02-10T14:21:00.000Z",
}


class ChargerCounts(BackendAnswer):
    """Registered chargers, with or without a link, and by the last answer to their boot."""

    total: int
    online: int
    offline: int
    by_registration: dict[str, int] = Field(serialization_alias="byRegistration")


class ConnectorCounts(BackendAnswer):
    """Connectors that have ever reported a status, by the last one."""

    total: int
    by_status: dict[str, int] = Field(serialization_alias="byStatus")


class TransactionCounts(BackendAnswer):
    """Transactions that have begun and not ended."""

    active: int


class RefusalCounts(BackendAnswer):
    """Refused handshakes that are kept, by their reason; `GET /api/v1/refusals` lists them."""

    identities: int
    count: int
    by_reason: dict[str, int] = Field(serialization_alias="byReason")
    last_at: MomentOut = Field(serialization_alias="lastAt")


class BackendSummary(BackendAnswer):
    """Totals of the organization."""

    model_config = example(**_EXAMPLE)

    chargers: ChargerCounts
    connectors: ConnectorCounts
    transactions: TransactionCounts
    refusals: RefusalCounts
    at: MomentOut


@router.get("", summary="Totals of the backend")
async def get_backend_summary(here: BackendDep, principal: Reader) -> BackendSummary:
    """True at any number of chargers, and cheap: it may be asked every second."""
    totals = await here.lists.totals(principal.organization_id)
    return BackendSummary.of_record(
        totals,
        chargers=ChargerCounts(
            total=totals.chargers,
            online=totals.online,
            offline=totals.chargers - totals.online,
            by_registration=dict(totals.by_registration),
        ),
        connectors=ConnectorCounts(total=totals.connectors, by_status=dict(totals.by_status)),
        transactions=TransactionCounts(active=totals.active_transactions),
        refusals=RefusalCounts.of_record(
            totals,
            identities=totals.refused_identities,
            count=totals.refusals,
            by_reason={str(reason): count for reason, count in totals.by_reason.items()},
            last_at=totals.last_refusal_at,
        ),
        at=here.clock(),
    )
