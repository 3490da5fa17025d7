"""`voltyard organizations`: the organizations of a server."""

from typing import Annotated, Final, TypeAlias

import typer

from voltyard.cli.client.api_client import path_to
from voltyard.cli.client.names import Limit
from voltyard.cli.client.terminal import Terminal, asking
from voltyard.cli.display.tables import Column

organizations = typer.Typer(help="Organizations of a server.", no_args_is_help=True)

_PATH: Final = "/api/v1/organizations"
_COLUMNS: Final = (Column("id"), Column("name"), Column("made", "createdAt"))
_OrganizationId: TypeAlias = Annotated[
    str, typer.Argument(help="Its id, as `organizations list` shows it.")
]


@asking(organizations, "list")
def list_organizations(terminal: Terminal, limit: Limit = 100) -> None:
    """List organizations.

    For example: voltyard organizations list
    """
    terminal.listing(_PATH, limit, _COLUMNS)


@asking(organizations, "new")
def new_organization(
    terminal: Terminal, name: Annotated[str, typer.Argument(help="For people.")]
) -> None:
    """Make an organization.

    Other commands act for it with --organization.

    For example: voltyard organizations new "Harbour Energy"
    """
    made = terminal.api.post(_PATH, {"name": name})
    terminal.done(made, f"{name}: made, its id is {made['id']}")


@asking(organizations, "show")
def show_organization(terminal: Terminal, organization_id: _OrganizationId) -> None:
    """Show one organization, with its quotas.

    For example: voltyard organizations show org_8ab2
    """
    terminal.record(terminal.api.get(path_to(_PATH, organization_id)))


@asking(organizations, "delete")
def delete_organization(terminal: Terminal, organization_id: _OrganizationId) -> None:
    """Delete an organization that has no chargers.

    Its keys, id tags and settings go with it.

    For example: voltyard organizations delete org_8ab2
    """
    terminal.delete(path_to(_PATH, organization_id), organization_id)
