"""`voltyard doctor`: what is wrong with settings or the machine, each with what to do."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from voltyard.cli.display.json_output import JsonOption, print_document
from voltyard.cli.machine import Advice, of_machine, versions
from voltyard.cli.output import tell
from voltyard.cli.stored_doors import of_stored
from voltyard.config.config import Config
from voltyard.config.environment import from_environment, unknown_variables
from voltyard.kernel.addressing.hosts import is_loopback
from voltyard.kernel.text.printable_text import printable


def doctor(
    data: Annotated[Path | None, typer.Option(help="Directory of the server's data.")] = None,
    host: Annotated[str | None, typer.Option(help="Address the server is to listen on.")] = None,
    is_json: JsonOption = False,
) -> None:
    """Check the settings and the machine of a server, and say what to do.

    It reads the environment as `voltyard up` does, and starts no server. It looks at ports, SQLite
    or PostgreSQL, the disk, certificates, the clock and the limit of open files, and at settings
    that leave a door open to the chargers and organizations that are stored, which docs/security.md
    explains. It prints a line for each problem, with what to do.

    The exit code is 0 where there is no problem, 1 where there is one.

    For example: voltyard doctor --host 0.0.0.0
    """
    config = from_environment(os.environ, data=data, host=host)
    found = [*advice(config), *of_stored(config), *_of_variables(), *of_machine(config)]
    if is_json:
        told = [{"what": one.what, "to_do": one.to_do} for one in found]
        print_document({"versions": versions(), "found": told})
        sys.exit(1 if found else 0)
    tell(", ".join(f"{name} {version}" for name, version in versions().items()))
    for one in found:
        tell(printable(one.what))
        tell(f"  {printable(one.to_do)}")
    if not found:
        tell("no problem was found")
    sys.exit(1 if found else 0)


def advice(config: Config) -> Iterator[Advice]:
    """The doors that these settings leave open."""
    if is_loopback(config.host):
        return
    yield Advice(
        f"the charger socket listens on {config.host}: a charger of security profile 0 is whoever "
        "dials under its name, and may end its transactions",
        "give chargers passwords or certificates (securityProfile), or at least allowedAddresses",
    )
    if not config.is_tls_alone and not config.trusted_proxies:
        yield Advice(
            "the charger socket takes plain ws://: passwords of chargers can be read along",
            "set VOLTYARD_OCPP_TLS_CERTIFICATE and VOLTYARD_OCPP_TLS_KEY, or have a proxy speak "
            "TLS and name it in VOLTYARD_TRUSTED_PROXIES",
        )
    if config.rest_tls_certificate is None and not config.trusted_proxies:
        yield Advice(
            "REST takes plain http://: keys can be read along",
            "set VOLTYARD_REST_TLS_CERTIFICATE and VOLTYARD_REST_TLS_KEY, or have a proxy speak "
            "TLS and name it in VOLTYARD_TRUSTED_PROXIES",
        )
    if config.bus_plain:
        yield Advice(
            "the bus may be dialled by nats://: passwords of chargers can be read along",
            "take VOLTYARD_BUS_PLAIN away, and dial tls://",
        )


def _of_variables() -> Iterator[Advice]:
    for name, nearest in unknown_variables(os.environ).items():
        meant = f": is {nearest} meant?" if nearest else ""
        yield Advice(f"{name} is no setting, and without effect", f"take it away{meant}")
