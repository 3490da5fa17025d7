"""`voltyard doctor`: settings that leave a door open, each with what to do."""

import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from voltyard.config import Config, from_environment, unknown_variables
from voltyard.kernel.addressing.hosts import is_loopback

_FEW_FILES = 4_096


class Advice(NamedTuple):
    """A door that is open."""

    what: str
    to_do: str


def doctor(
    data: Annotated[Path | None, typer.Option(help="Directory of the server's data.")] = None,
    host: Annotated[str | None, typer.Option(help="Address the server is to listen on.")] = None,
) -> None:
    """Tell of doors that a server's settings leave open.

    It reads the environment as `voltyard up` does, and neither starts nor asks a server. What
    leaves a door open is said in a line each, with what to do; docs/security.md explains it.

    The exit code is 0 where nothing was found, 1 where something was.

    For example: voltyard doctor --host 0.0.0.0
    """
    config = from_environment(os.environ, data=data, host=host)
    found = [*advice(config), *_of_variables(), *_of_files()]
    for one in found:
        print(f"{one.what}\n  {one.to_do}")
    if not found:
        print("nothing was found")
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
    if config.control_plain:
        yield Advice(
            "workers of other machines may come over ws://: their token can be read along",
            "take VOLTYARD_CONTROL_PLAIN away, and have them dial wss://",
        )


def _of_variables() -> Iterator[Advice]:
    for name, nearest in unknown_variables(os.environ).items():
        meant = f": is {nearest} meant?" if nearest else ""
        yield Advice(f"{name} is no setting, and without effect", f"take it away{meant}")


def _of_files() -> Iterator[Advice]:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < _FEW_FILES:
        yield Advice(
            f"the process may open {hard} files: each connection takes one",
            f"raise the hard limit of open files to {_FEW_FILES} or more (ulimit -Hn)",
        )
