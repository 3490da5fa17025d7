"""The backend over REST, under /api/v1."""

from fastapi import APIRouter

from voltyard.api.access import audit_log
from voltyard.api.csms import (
    chargers,
    charging_plans,
    events,
    files,
    history,
    id_tags,
    nodes,
    organizations,
    reservations,
    settings,
    summary,
    tariffs,
    transactions,
    violations,
    webhooks,
)
from voltyard.api.csms.commands import command_history, remote_transactions
from voltyard.api.csms.commands.routes import command_routes
from voltyard.api.csms.context import BackendContext
from voltyard.api.csms.security import certificates, refusals
from voltyard.api.routers import joined

__all__ = ["BackendContext", "csms_router"]


def csms_router() -> APIRouter:
    """All of it; its routes find a `BackendContext` at `app.state.csms`."""
    return joined(
        summary.router,
        nodes.router,
        chargers.router,
        command_routes(),
        reservations.router,
        remote_transactions.router,
        transactions.router,
        charging_plans.router,
        id_tags.router,
        tariffs.router,
        certificates.router,
        refusals.router,
        files.router,
        files.chargers_router,
        history.router,
        violations.router,
        violations.organization_router,
        command_history.router,
        settings.router,
        events.router,
        webhooks.router,
        organizations.router,
        audit_log.router,
    )
