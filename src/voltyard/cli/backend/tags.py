"""`voltyard csms tags`: the id tags that the backend knows."""

from typing import Annotated, Any, TypeAlias

import typer

from voltyard.cli.client.api_client import path_to
from voltyard.cli.client.names import Limit, completed, id_tags
from voltyard.cli.client.terminal import Terminal, asking
from voltyard.cli.display.tables import Column

tags = typer.Typer(help="Id tags at the backend.", no_args_is_help=True)

_PATH = "/api/v1/id-tags"
_COLUMNS = (
    Column("tag", "idTag"),
    Column("status"),
    Column("name"),
    Column("group", "parentIdTag"),
    Column("expires", "expiryDate"),
)
_IdTag: TypeAlias = Annotated[
    str, typer.Argument(help="The id tag.", autocompletion=completed(id_tags))
]
_Status: TypeAlias = Annotated[str | None, typer.Option(help="active, blocked, ...")]
_Name: TypeAlias = Annotated[str | None, typer.Option(help="For people.")]
_Group: TypeAlias = Annotated[str | None, typer.Option("--group", help="Its parent id tag.")]
_Expires: TypeAlias = Annotated[
    str | None, typer.Option(help="When it ends, such as 2027-01-01T00:00:00Z.")
]


@asking(tags, "list")
def list_tags(
    terminal: Terminal,
    search: Annotated[str | None, typer.Option(help="A part of the tag or of its name.")] = None,
    limit: Limit = 100,
) -> None:
    """List id tags.

    For example: voltyard csms tags list --search 04A1
    """
    terminal.listing(_PATH, limit, _COLUMNS, search=search)


@asking(tags, "new")
def new_tag(
    terminal: Terminal,
    id_tag: Annotated[str, typer.Argument(help="The id tag.")],
    status: _Status = None,
    name: _Name = None,
    group: _Group = None,
    expires: _Expires = None,
) -> None:
    """Add an id tag.

    For example: voltyard csms tags new 04A1B2C3 --name "Ada's card"
    """
    made = terminal.api.post(_PATH, {"idTag": id_tag, **_fields(status, name, group, expires)})
    terminal.done(made, f"{id_tag}: {made['status']}")


@asking(tags, "show")
def show_tag(terminal: Terminal, id_tag: _IdTag) -> None:
    """Show one id tag.

    For example: voltyard csms tags show 04A1B2C3
    """
    terminal.record(terminal.api.get(path_to(_PATH, id_tag)))


@asking(tags, "change")
def change_tag(
    terminal: Terminal,
    id_tag: _IdTag,
    status: _Status = None,
    name: _Name = None,
    group: _Group = None,
    expires: _Expires = None,
) -> None:
    """Change an id tag; what is not given stays.

    For example: voltyard csms tags change 04A1B2C3 --status blocked
    """
    changed = terminal.api.patch(path_to(_PATH, id_tag), _fields(status, name, group, expires))
    terminal.done(changed, f"{id_tag}: {changed['status']}")


@asking(tags, "delete")
def delete_tag(terminal: Terminal, id_tag: _IdTag) -> None:
    """Delete an id tag.

    For example: voltyard csms tags delete 04A1B2C3
    """
    terminal.delete(path_to(_PATH, id_tag), id_tag)


def _fields(
    status: str | None, name: str | None, group: str | None, expires: str | None
) -> dict[str, Any]:
    found = {"status": status, "name": name, "parentIdTag": group, "expiryDate": expires}
    return {field: value for field, value in found.items() if value is not None}
