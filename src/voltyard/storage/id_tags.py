"""Listing id tags: decisions about them are made from memory, lists are read where filters are
cheap."""

from sqlalchemy import Connection, func, or_, select

from voltyard.csms.records import IdTagStatus, IdTagStored
from voltyard.storage.rows import Page, read_page
from voltyard.storage.schema.csms import id_tags


def list_id_tags(
    connection: Connection,
    organization_id: str,
    *,
    status: IdTagStatus | None = None,
    parent_id_tag: str | None = None,
    search: str | None = None,
    limit: int,
    offset: int,
) -> Page[IdTagStored]:
    """An organization's, in the order they came. `search` is looked for in text and name; upper and
    lower case are the same."""
    columns = id_tags.c
    statement = (
        select(id_tags)
        .where(columns.organization_id == organization_id)
        .order_by(columns.created_at, columns.id)
    )
    if status is not None:
        statement = statement.where(columns.status == status)
    if parent_id_tag is not None:
        statement = statement.where(func.lower(columns.parent_id_tag) == parent_id_tag.lower())
    if search is not None:
        statement = statement.where(
            or_(
                columns.id_tag.icontains(search, autoescape=True),
                columns.name.icontains(search, autoescape=True),
            )
        )
    return read_page(connection, IdTagStored, statement, limit, offset)
