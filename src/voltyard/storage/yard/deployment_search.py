"""Search of deployments, as one statement."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, tuple_

from voltyard.storage.schema import yard as tables
from voltyard.yard.repositories import DeploymentQuery


def deployments_matching(organization_id: str, query: DeploymentQuery) -> Select[Any]:
    """All columns of those that match, in their order."""
    table = tables.deployments
    statement = select(table).where(table.c.organization_id == organization_id)
    if query.location_id is not None:
        statement = statement.where(table.c.location_id == query.location_id)
    if query.ocpp_version is not None:
        statement = statement.where(table.c.ocpp_version == query.ocpp_version)
    if query.search is not None:
        statement = statement.where(_found(query, query.search))
    # Those of a bulk creation were asked for in the order of these moments, and may be written
    # down in another.
    order = (table.c.created_at, table.c.number)
    return statement.order_by(*(column.desc() if query.descending else column for column in order))


def _found(query: DeploymentQuery, search: str) -> ColumnElement[bool]:
    table = tables.deployments
    vendor = table.c.options["vendor"].as_string()
    model = table.c.options["model"].as_string()
    columns = (table.c.identity, table.c.name, vendor, model)
    models = tuple_(table.c.brand_slug, table.c.model_slug)
    return or_(
        *(column.icontains(search, autoescape=True) for column in columns),
        and_(vendor.is_(None), table.c.brand_slug.in_(query.brands)),
        and_(model.is_(None), models.in_(query.models)),
    )
