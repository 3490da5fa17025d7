"""Transactions and their messages, as a snapshot keeps them."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from voltyard.charger.authorization.id_token import IdToken
from voltyard.charger.evse.meter_value import MeterValue
from voltyard.kernel.time import Instant

TransactionPart: TypeAlias = Literal["start", "middle", "end"]


class KeptMessage(Struct, frozen=True, kw_only=True):
    """A transaction message that is not confirmed."""

    part: TransactionPart
    transaction: str
    action: str
    payload: str
    """JSON."""
    offline: bool
    attempts: int
    id: str | None = None
    """The message id it was sent under and keeps."""


class KeptTransaction(Struct, frozen=True, kw_only=True):
    """A transaction that runs."""

    id: str
    wire_id: str | None
    connector_id: int
    started_at: Instant
    meter_start_wh: float
    id_token: IdToken | None
    seq_no: int
    evse_told: bool
    token_told: bool
    reached: tuple[str, ...]
    kept: tuple[MeterValue, ...]
