"""`voltyard load`: stages of many chargers against a CSMS, latencies, thresholds, and the knee."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from voltyard.cli.fleet.fleet import Versions
from voltyard.cli.output import tell


class KneeOption(StrEnum):
    """Quantities of which a knee is searched for."""

    RATE = "rate"
    CHARGERS = "chargers"


def load(
    file: Annotated[
        Path | None, typer.Argument(help="A load run in YAML; options come before what it says.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="The CSMS: ws://host:port/path; the identity is appended.")
    ] = None,
    chargers: Annotated[
        int | None, typer.Option(min=1, help="How many come, to stay for 30 s. [10]")
    ] = None,
    stages: Annotated[
        str | None, typer.Option(help="Instead: such as 'ramp 100 over 30s, hold 1m, storm 30s'.")
    ] = None,
    rate: Annotated[
        list[str] | None,
        typer.Option(help="Calls a second of all chargers, such as Heartbeat=10; repeat it."),
    ] = None,
    session_every: Annotated[
        str | None, typer.Option(help="Time between the beginnings of a charger's sessions. [60s]")
    ] = None,
    session_lasts: Annotated[str | None, typer.Option(help="Length of a session. [30s]")] = None,
    meter_values: Annotated[
        int | None, typer.Option(min=1, max=3600, help="Seconds between its meter values. [10]")
    ] = None,
    tag: Annotated[
        list[str] | None, typer.Option(help="A tag of sessions; repeat it. [04D10000000000]")
    ] = None,
    threshold: Annotated[
        list[str] | None,
        typer.Option(help="Such as 'BootNotification.p99 < 500ms' or 'errors < 1%'; repeat it."),
    ] = None,
    i_own: Annotated[
        str | None, typer.Option(help="The URL's host, where it is not this machine.")
    ] = None,
    find_knee: Annotated[
        KneeOption | None,
        typer.Option(help="Search for the largest value at which the thresholds hold."),
    ] = None,
    version: Annotated[Versions | None, typer.Option(help="OCPP version. [1.6]")] = None,
    prefix: Annotated[
        str | None, typer.Option(help="Identities are PREFIX00001, ... [LOAD-]")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of ids and back-off. [7]")] = None,
    password: Annotated[
        str | None, typer.Option(help="For basic authentication; the user is the identity.")
    ] = None,
    password_file: Annotated[
        Path | None, typer.Option(help="Passwords instead: one a line, in the chargers' order.")
    ] = None,
    ca: Annotated[
        Path | None, typer.Option(help="PEM file of the roots to trust, instead of the system's.")
    ] = None,
    cert: Annotated[
        Path | None, typer.Option(help="PEM file of the certificate that the chargers show.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="PEM file of its private key.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write a JUnit report here.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write a JSON report here.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write an HTML report here.")] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of the file, and do no more.")
    ] = False,
) -> None:
    """Put load on a CSMS, and judge it by thresholds.

    Chargers come, call at rates that are fixed in advance, lose their links or their power all at
    once, and return. A call counts from the moment at which it was due, whether or not the charger
    could send it then. Without thresholds it is 'errors < 1%' and 'connected >= 99%' that decide.

    The exit code is 0 where all thresholds held, 1 where one did not, and 2 where that cannot be
    said: the run was stopped, or this machine was too slow to keep its own schedule.

    Load goes to this machine alone, unless --i-own names the host. A run ends by itself, after 4 h
    at most.

    For example: voltyard load --url ws://localhost:9000/ocpp --chargers 100 --rate Heartbeat=20
    """
    from voltyard.cli.load.order import LoadOrder, setup_of
    from voltyard.cli.load.running import RunOptions, put_load
    from voltyard.load.targets import allow
    from voltyard.reports.outputs import OutputFiles

    if schema:
        _print_schema()
        return
    setup = setup_of(
        LoadOrder(
            file=file,
            url=url,
            version=None if version is None else version.value,
            prefix=prefix,
            seed=seed,
            chargers=chargers,
            stages=stages,
            rates=tuple(rate or ()),
            session_every=session_every,
            session_lasts=session_lasts,
            meter_values=meter_values,
            tags=tuple(tag or ()),
            thresholds=tuple(threshold or ()),
            password=password,
            password_file=password_file,
            ca=ca,
            certificate=cert,
            key=key,
        )
    )
    options = RunOptions(
        egress=allow(setup.url, i_own),
        files=OutputFiles(junit=junit, json=json, html=html),
        knee_of=None if find_knee is None else find_knee.value,
    )
    sys.exit(put_load(setup, options))


def _print_schema() -> None:
    from voltyard.cli.display.printable import json_text
    from voltyard.load.plans.plan_file import load_schema

    tell(json_text(load_schema(), indent=2))
