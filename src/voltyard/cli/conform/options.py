"""Options that the commands of `voltyard conform` share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from voltyard.cli.conform.yaml_files import read_yaml
from voltyard.kernel.errors import Invalid

if TYPE_CHECKING:
    from voltyard.conformance.subject import Subject

Cases: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--cases", help="Ids, or how they begin: TC_003. Repeat it."),
]
Groups: TypeAlias = Annotated[
    list[str] | None, typer.Option("--profile", help="A feature profile or functional block.")
]
Versions: TypeAlias = Annotated[list[str] | None, typer.Option("--version", help="1.6 or 2.0.1.")]
SubjectFile: TypeAlias = Annotated[
    Path | None, typer.Option("--subject", help="YAML that declares the subject.")
]
Driver: TypeAlias = Annotated[
    str, typer.Option(help="Has the subject act; an unknown name lists them.")
]
Listen: TypeAlias = Annotated[
    str, typer.Option(help="The endpoint that the charger under test dials.")
]
FilesPort: TypeAlias = Annotated[
    int,
    typer.Option(
        min=0,
        max=65_535,
        help="Port of the file server for firmware and logs, on the host of --listen; "
        "0: any that is free.",
    ),
]
Stretch: TypeAlias = Annotated[
    float, typer.Option(help="Multiplies the tester's patience, for a slow subject.")
]
Jobs: TypeAlias = Annotated[int, typer.Option(min=1, max=64, help="Cases at a time.")]
Junit: TypeAlias = Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML there.")]
Json: TypeAlias = Annotated[
    Path | None, typer.Option("--json", help="Write the report there, with every frame.")
]
Html: TypeAlias = Annotated[
    Path | None, typer.Option("--html", help="Write a page there that opens offline.")
]
Baseline: TypeAlias = Annotated[
    Path | None, typer.Option("--baseline", help="An earlier --json: show what changed since.")
]
Resume: TypeAlias = Annotated[
    Path | None, typer.Option("--resume", help="A --json that was cut short: play the rest.")
]
TlsCertificate: TypeAlias = Annotated[
    Path | None,
    typer.Option("--tls-certificate", help="PEM: shown where --listen is wss://. [one is made]"),
]
TlsKey: TypeAlias = Annotated[
    Path | None, typer.Option("--tls-key", help="PEM: the key of --tls-certificate.")
]
ClientCa: TypeAlias = Annotated[
    Path | None, typer.Option("--client-ca", help="PEM: roots of chargers' certificates.")
]
WriteRoot: TypeAlias = Annotated[
    Path | None, typer.Option("--write-root", help="Write the root of the tester's there, in PEM.")
]


def subject_of(path: Path | None) -> Subject:
    """The subject that a file declares; without one, a subject that claims everything."""
    from voltyard.conformance.subject import Subject, with_files_beside

    return Subject() if path is None else with_files_beside(read_yaml(path, Subject), path)


def check_url(option: str, url: str) -> None:
    """Invalid where the URL is none of a WebSocket endpoint."""
    from voltyard.network.links.address import read_url
    from voltyard.ports.links import DialFailed

    try:
        read_url(url)
    except DialFailed as error:
        raise Invalid(
            f"{option}: {error.message}", hint="such as ws://127.0.0.1:9000/ocpp"
        ) from None


def command_line() -> str:
    """The command as it was typed, for a report."""
    import shlex

    return shlex.join(["voltyard", *sys.argv[1:]])
