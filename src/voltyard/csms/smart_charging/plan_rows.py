"""Rows of charging plans, as written to the journal and loaded from storage."""

from __future__ import annotations

from msgspec import Struct

from voltyard.kernel.time import Instant


class ChargingPlanStored(Struct, frozen=True, kw_only=True):
    """The negotiation with the vehicle of a transaction. Key: transaction_id."""

    transaction_id: str
    """txn_..."""
    organization_id: str
    needs_at: Instant
    """The moment at which the vehicle told its needs last."""
    negotiation: str
    """The Negotiated as JSON text."""


class ChargingPlanForgotten(Struct, frozen=True, kw_only=True):
    """The plan of that transaction has given way to newer ones."""

    transaction_id: str
