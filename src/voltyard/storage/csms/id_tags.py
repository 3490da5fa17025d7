"""Lists of id tags."""

from sqlalchemy import Connection, func, or_, select

from voltyard.csms.reading.queries import IdTagQuery
from voltyard.csms.records import IdTagStored
from voltyard.kernel.paging import Page
from voltyard.storage.database.rows import read_page
from voltyard.storage.schema.csms import id_tags


def list_id_tags(
    connection: Connection,
    organization_id: str,
    query: IdTagQuery,
    *,
    limit: int,
    offset: int,
) -> Page[IdTagStored]:
    """An organization's, in the order they came."""
    columns = id_tags.c
    statement = (
        select(id_tags)
        .where(columns.organization_id == organization_id)
        .order_by(columns.created_at, columns.id)
    )
    if query.status is not None:
        statement = statement.where(columns.status == query.status)
    if query.parent_id_tag is not None:
        parent = query.parent_id_tag.lower()
        statement = statement.where(func.lower(columns.parent_id_tag) == parent)
    if query.search is not None:
        statement = statement.where(
            or_(
                columns.id_tag.icontains(query.search, autoescape=True),
                columns.name.icontains(query.search, autoescape=True),
            )
        )
    return read_page(connection, IdTagStored, statement, limit, offset)
