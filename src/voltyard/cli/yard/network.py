"""`voltyard network`: bad networks between simulated chargers and their CSMS."""

from dataclasses import fields
from typing import Annotated, Any, Final

import typer

from voltyard.catalogue.network_conditions import NetworkConditions
from voltyard.cli.client.api_client import path_to
from voltyard.cli.client.names import Charger, Target
from voltyard.cli.client.terminal import Terminal, asking
from voltyard.cli.verbs.values import numbers_of
from voltyard.cli.yard.deliberate import path_of, print_faults

network = typer.Typer(help="Networks of simulated chargers.", no_args_is_help=True)

_NAMES: Final = tuple(one.name for one in fields(NetworkConditions))


def _completed(incomplete: str) -> list[str]:
    return [f"{name}=" for name in _NAMES if name.startswith(incomplete)]


@asking(network, "show")
def show_network(terminal: Terminal, charger: Charger) -> None:
    """Show what is wrong with a charger's network.

    For example: voltyard network show CP-1
    """
    terminal.record(terminal.api.get(path_to("/ocpp/chargers", charger, "network")))


@asking(network, "set")
def set_network(
    terminal: Terminal,
    target: Target,
    condition: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME=VALUE...",
            help=f"Of {', '.join(_NAMES)}.",
            autocompletion=_completed,
        ),
    ],
) -> None:
    """Make a network bad; what is not named is as it is in a good one.

    For example: voltyard network set CP-1 latency_ms=300 loss=0.05
    """
    body: dict[str, Any] = numbers_of(condition)
    answer = terminal.api.put(path_of(terminal, target, "network"), body)
    print_faults(terminal, target, answer, ", ".join(condition))


@asking(network, "clear")
def clear_network(terminal: Terminal, target: Target) -> None:
    """Make a network good again.

    For example: voltyard network clear CP-1
    """
    answer = terminal.api.delete(path_of(terminal, target, "network"))
    print_faults(terminal, target, answer, "a good network")
