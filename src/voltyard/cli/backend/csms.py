"""`voltyard csms`: the commands about the backend."""

import typer

from voltyard.cli.backend.calls import add_calls
from voltyard.cli.backend.chargers import chargers
from voltyard.cli.backend.messages import add_messages
from voltyard.cli.backend.tags import tags
from voltyard.cli.backend.transactions import transactions

csms = typer.Typer(help="The backend: chargers, transactions, tags, calls.", no_args_is_help=True)
csms.add_typer(chargers, name="chargers")
csms.add_typer(transactions, name="transactions")
csms.add_typer(tags, name="tags")
add_calls(csms)
add_messages(csms)
