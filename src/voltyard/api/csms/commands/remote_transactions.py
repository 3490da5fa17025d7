"""Routes of remote starts and stops."""

from typing import Final

from pydantic import Field

from voltyard.api.auth import Operator
from voltyard.api.csms.commands.command_route import (
    BegunCommandAnswer,
    CommandDep,
    CommandRoute,
    ask,
)
from voltyard.api.csms.context import BackendContext
from voltyard.api.csms.error_responses import OF_A_CHARGER, error_responses
from voltyard.api.csms.fields import (
    EXAMPLE_CHARGER,
    BackendAnswer,
    BackendBody,
    Box,
    BoxId,
    Evse,
    IdTag,
    IdTagType,
    Natural,
    Word,
    example,
    moment,
)
from voltyard.api.csms.transactions import TransactionPath, found
from voltyard.api.description.named_types import ChargingProfile
from voltyard.api.errors import BACKEND_PREFIX
from voltyard.api.routers import api_router
from voltyard.csms.commands.control import RemoteStartTransaction, RemoteStopTransaction
from voltyard.csms.commands.results import RemoteStartResult, StatusResult
from voltyard.csms.transactions.ledger import ocpp_id
from voltyard.csms.transactions.transactions import is_closed_by_hand
from voltyard.kernel.errors import Conflict
from voltyard.organizations.scopes import Principal

router = api_router(
    prefix=BACKEND_PREFIX,
    tags=["transactions"],
    responses=error_responses(),
    route_class=CommandRoute,
)

REMOTE_ID_TAG: Final = "REMOTE"
"""The id tag of a transaction that the caller starts without one; OCPP needs one."""

_STARTING: Final = "The transaction is listed once the charger has begun it"
_STOPPING: Final = "The transaction is completed once the charger has ended it"


class StartFields(BackendBody):
    """The fields of a remote start beside its charger."""

    connector_id: Natural | None = Field(None, alias="connectorId")
    evse_id: Evse = None
    id_tag_type: IdTagType = None
    charging_profile: ChargingProfile | None = Field(
        None,
        alias="chargingProfile",
        description="In the words of the charger's version.",
    )


class RequestStartBody(StartFields):
    """Where to start, and for whom."""

    model_config = example(chargeBoxId=EXAMPLE_CHARGER, connectorId=1, idTag="DEADBEEF")

    charge_box_id: Word = Field(alias="chargeBoxId")
    id_tag: IdTag = Field(REMOTE_ID_TAG, alias="idTag")


class RemoteStartBody(StartFields):
    """For whom to start."""

    model_config = example(connectorId=1, idTag="DEADBEEF")

    id_tag: IdTag = Field(alias="idTag")


class RequestStartAnswer(BackendAnswer):
    """The charger's word, whether it will try; `id` is the transaction to be, where it will."""

    model_config = example(
        message="Remote start accepted by charger",
        chargeBoxId=EXAMPLE_CHARGER,
        connectorId=1,
        status="accepted",
        id="txn_4k2d8s1m0x7c9v3b",
        note=_STARTING,
    )

    message: str
    charge_box_id: BoxId
    connector_id: int | None = Field(serialization_alias="connectorId")
    status: str
    id: str | None
    note: str
    reason: str | None = Field(None, exclude_if=lambda value: value is None)


class RequestStopAnswer(BackendAnswer):
    """The charger's word, whether it will stop the transaction."""

    model_config = example(
        message="Remote stop accepted by charger",
        transactionId=7,
        chargeBoxId=EXAMPLE_CHARGER,
        status="stopping",
        note=_STOPPING,
    )

    message: str
    transaction_id: int | str = Field(serialization_alias="transactionId")
    charge_box_id: BoxId
    status: str
    note: str
    reason: str | None = Field(None, exclude_if=lambda value: value is None)


@router.post(
    "/transactions/start",
    status_code=202,
    summary="Start a transaction remotely",
    responses=error_responses(*OF_A_CHARGER),
)
async def request_start_transaction(
    body: RequestStartBody, here: CommandDep, principal: Operator
) -> RequestStartAnswer | BegunCommandAnswer:
    """Accepted means that the charger will try; rejected is an answer too, not an error."""
    return await _start(here, principal, body.charge_box_id, body.id_tag, body)


@router.post(
    "/chargers/{chargeBoxId}/remote-start",
    status_code=202,
    summary="Start a transaction remotely (older form)",
    responses=error_responses(*OF_A_CHARGER),
)
async def request_start_at_charger(
    box: Box, body: RemoteStartBody, here: CommandDep, principal: Operator
) -> RequestStartAnswer | BegunCommandAnswer:
    """The same as /transactions/start."""
    return await _start(here, principal, box, body.id_tag, body)


@router.post(
    "/transactions/{transactionId}/stop",
    status_code=202,
    summary="Stop a transaction remotely",
    responses=error_responses(409, *OF_A_CHARGER),
)
async def request_stop_transaction(
    transaction_id: TransactionPath, here: CommandDep, principal: Operator
) -> RequestStopAnswer | BegunCommandAnswer:
    """Nothing is sent where the transaction is over (409). One that an operator closed may run on
    at its charger, which is asked."""
    row = await found(here, principal, transaction_id)
    if row.ocpp_id is None:
        raise Conflict(f"transaction {transaction_id} has not begun", hint="wait until it has")
    if row.status == "completed" and not is_closed_by_hand(row):
        raise Conflict(
            f"transaction {transaction_id} is over",
            hint="nothing was sent to the charger",
            status=row.status,
            stopTime=moment(row.stopped_at),
            stopReason=row.stop_reason,
        )
    command = RemoteStopTransaction(transaction_id=row.ocpp_id)
    outcome = await ask(here, principal, row.charge_box_id, command, StatusResult)
    accepted = outcome.status == "accepted"
    return RequestStopAnswer(
        message=f"Remote stop {outcome.status} by charger",
        transaction_id=ocpp_id(row) or row.ocpp_id,
        charge_box_id=row.charge_box_id,
        status="stopping" if accepted else outcome.status,
        note=_STOPPING if accepted else "The transaction goes on as before",
        reason=outcome.reason,
    )


async def _start(
    here: BackendContext, principal: Principal, box: str, id_tag: str, fields: StartFields
) -> RequestStartAnswer:
    command = RemoteStartTransaction(
        id_tag=id_tag,
        connector_id=fields.connector_id,
        evse_id=fields.evse_id,
        id_tag_type=here.token_type(principal.organization_id, id_tag, fields.id_tag_type),
        charging_profile=fields.charging_profile,
    )
    outcome = await ask(here, principal, box, command, RemoteStartResult)
    return RequestStartAnswer(
        message=f"Remote start {outcome.status} by charger",
        charge_box_id=box,
        connector_id=fields.connector_id,
        status=outcome.status,
        id=outcome.id,
        note=_STARTING if outcome.status == "accepted" else "Nothing was started",
        reason=outcome.reason,
    )
