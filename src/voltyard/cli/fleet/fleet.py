"""`voltyard fleet`: simulated chargers against any CSMS, without a server."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from voltyard.cli.options.drivers import TagOrder, TagsInOrder, UnknownTags, Vehicles


class Versions(StrEnum):
    """OCPP versions of the chargers."""

    V16 = "1.6"
    V201 = "2.0.1"
    MIXED = "mixed"


class Validation(StrEnum):
    """Validation of answers that stray from their schema."""

    LENIENT = "lenient"
    STRICT = "strict"


def fleet(
    url: Annotated[
        str, typer.Option(help="The CSMS: ws://host:port/path; the identity is appended.")
    ],
    count: Annotated[int, typer.Option(min=1, help="How many chargers.")] = 10,
    version: Annotated[Versions, typer.Option(help="OCPP version.")] = Versions.V16,
    seed: Annotated[int, typer.Option(help="Seed of drivers, back-off and ids.")] = 7,
    prefix: Annotated[str, typer.Option(help="Identities are PREFIX00001, ...")] = "YARD-",
    connectors: Annotated[int, typer.Option(min=1, max=64, help="Connectors of each charger.")] = 1,
    charge: Annotated[
        bool, typer.Option("--charge/--idle", help="With drivers who charge, or without.")
    ] = True,
    tag: Annotated[
        list[str] | None,
        typer.Option(help="Id tag of the drivers; repeat it for more. [04D10000000000...]"),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            help="Habits of the drivers: home, work or public. [lively ones, for watching]"
        ),
    ] = None,
    vehicles: Vehicles = None,
    tag_order: TagsInOrder = TagOrder.RANDOM,
    unknown_tags: UnknownTags = 0.0,
    rate: Annotated[
        float, typer.Option(help="Seconds of the chargers' time in each real one; up to 1000.")
    ] = 1.0,
    peer_agrees: Annotated[
        bool, typer.Option("--peer-agrees", help="The CSMS does not mind a --rate above 1.")
    ] = False,
    validation: Annotated[
        Validation, typer.Option(help="How they treat messages that the CSMS's schema forbids.")
    ] = Validation.LENIENT,
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
    sample: Annotated[int, typer.Option(min=1, help="Seconds between meter values.")] = 10,
    seconds: Annotated[
        float | None, typer.Option(min=0.1, help="Stop after so many seconds. [at Ctrl-C]")
    ] = None,
    quirk: Annotated[
        list[str] | None, typer.Option(help="NAME or NAME:key=value,...; repeat it. [none]")
    ] = None,
    faults: Annotated[
        Path | None, typer.Option(help="A file of quirks and network, JSON or YAML.")
    ] = None,
    personality: Annotated[
        str | None, typer.Option(help="Whose ways they have, such as wallbox.")
    ] = None,
    device_model: Annotated[
        Path | None,
        typer.Option(help="A file of variables as NotifyReport has them, for their device model."),
    ] = None,
    is_json: Annotated[
        bool, typer.Option("--json", help="Print JSON: a line now and then, and one at the end.")
    ] = False,
) -> None:
    """Connect simulated chargers to a CSMS, and show what they do.

    Drivers come, charge and leave until Ctrl-C. A CSMS that lets in only chargers it knows has to
    know these first, by their identities. Where the drivers, too, are known to it, say their
    --tag.

    The exit code is 1 where the CSMS refused a tag or the start of a transaction, answered a
    CALLERROR, or cut a session short, each of which is counted with its reason; and with --seconds
    unless every charger was accepted by then. What you asked for does not count: unknown tags with
    --unknown-tags, CALLERRORs with --quirk or --faults.

    For example: voltyard fleet --url ws://localhost:9000/ocpp --count 100 --version mixed
    """
    from voltyard.cli.fleet.driving import drive
    from voltyard.cli.fleet.order import FleetOrder

    sys.exit(
        drive(
            FleetOrder(
                url=url,
                count=count,
                version=version.value,
                seed=seed,
                prefix=prefix,
                connectors=connectors,
                charge=charge,
                tags=tuple(tag or ()),
                kind=kind,
                vehicles=tuple(vehicles or ()),
                tag_order=tag_order.value,
                unknown_tags=unknown_tags,
                rate=rate,
                peer_agrees=peer_agrees,
                validation=validation.value,
                password=password,
                password_file=password_file,
                ca=ca,
                certificate=cert,
                key=key,
                sample_s=sample,
                seconds=seconds,
                quirks=tuple(quirk or ()),
                faults=faults,
                personality=personality,
                device_model=device_model,
                is_json=is_json,
            )
        )
    )
