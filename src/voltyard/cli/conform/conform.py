"""`voltyard conform`: csms, charger, list and init."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer

from voltyard.cli.conform import options
from voltyard.cli.conform.init import init
from voltyard.cli.display.json_output import JsonOption, print_document
from voltyard.kernel.errors import Invalid

if TYPE_CHECKING:
    from voltyard.conformance.cases.case import Case, Role

conform: Final = typer.Typer(
    no_args_is_help=True, help="Play conformance cases against a CSMS or a charger."
)

conform.add_typer(init, name="init")

_COLUMNS: Final = ("id", "title", "version", "group", "kind", "needs", "asks")


@conform.command()
def csms(
    url: Annotated[str, typer.Option(help="The endpoint; an identity is appended.")],
    driver: options.Driver = "voltyard",
    cases: options.Cases = None,
    profile: options.Groups = None,
    version: options.Versions = None,
    subject: options.SubjectFile = None,
    jobs: options.Jobs = 4,
    stretch: options.Stretch = 1.0,
    junit: options.Junit = None,
    json: options.Json = None,
    html: options.Html = None,
    baseline: options.Baseline = None,
    resume: options.Resume = None,
) -> None:
    """Play the charger's side of each case, and judge what the CSMS does.

    A driver has the CSMS act: `voltyard` asks our own backend, `steve` and `citrineos` these,
    `http:FILE` any API that a YAML file maps, `python:MODULE:CLASS` a class of yours, `prompt` you,
    `none` nothing.

    For example: voltyard conform csms --url ws://localhost:9000/ocpp --junit report.xml
    """
    from voltyard.cli.conform.benches import csms_bench
    from voltyard.cli.conform.playing import ConformRun, play
    from voltyard.reports.outputs import OutputFiles

    chosen = _chosen("csms", cases, profile, version)
    options.check_url("--url", url)
    run = ConformRun(
        role="csms",
        url=url,
        cases=chosen,
        driver=driver,
        subject=options.subject_of(subject),
        jobs=jobs,
        stretch=stretch,
        files=OutputFiles(junit=junit, json=json, html=html, baseline=baseline),
        resume=resume,
    )
    play(run, lambda wish: csms_bench(url, wish, stretch))


@conform.command()
def charger(
    listen: options.Listen = "ws://127.0.0.1:9100/ocpp",
    files_port: options.FilesPort = 0,
    driver: options.Driver = "own",
    cases: options.Cases = None,
    profile: options.Groups = None,
    version: options.Versions = None,
    subject: options.SubjectFile = None,
    jobs: options.Jobs = 4,
    stretch: options.Stretch = 1.0,
    junit: options.Junit = None,
    json: options.Json = None,
    html: options.Html = None,
    baseline: options.Baseline = None,
    resume: options.Resume = None,
    tls_certificate: options.TlsCertificate = None,
    tls_key: options.TlsKey = None,
    client_ca: options.ClientCa = None,
    write_root: options.WriteRoot = None,
) -> None:
    """Play the CSMS's side of each case, and judge what the charger does.

    A driver does what people do there: `own` makes a simulated charger for each case, `voltyard`
    has a gateway make one, `http:FILE` asks any API that a YAML file maps, `python:MODULE:CLASS` a
    class of yours, `prompt` you. With --listen wss://... the tester shows a certificate of its own
    root, which the charger has to trust (--write-root), or yours.

    For example: voltyard conform charger --listen ws://127.0.0.1:9100/ocpp --cases TC_003
    """
    from voltyard.cli.conform.benches import charger_bench
    from voltyard.cli.conform.playing import ConformRun, play
    from voltyard.cli.conform.tls_files import TlsFiles
    from voltyard.reports.outputs import OutputFiles

    chosen = _chosen("charger", cases, profile, version)
    options.check_url("--listen", listen)
    tls = TlsFiles(tls_certificate, tls_key, client_ca, write_root)
    run = ConformRun(
        role="charger",
        url=listen,
        cases=chosen,
        driver=driver,
        subject=options.subject_of(subject),
        jobs=jobs,
        stretch=stretch,
        files=OutputFiles(junit=junit, json=json, html=html, baseline=baseline),
        resume=resume,
    )
    play(run, lambda wish: charger_bench(listen, wish, stretch, files_port, tls))


@conform.command("list")
def list_cases(
    role: Annotated[str | None, typer.Argument(help="csms or charger. [both]")] = None,
    profile: options.Groups = None,
    version: options.Versions = None,
    is_json: JsonOption = False,
) -> None:
    """List the cases: ids, needs and operations.

    For example: voltyard conform list csms --version 1.6
    """
    from voltyard.cli.display.tables import Column, print_table

    roles = ("csms", "charger") if role is None else (role,)
    found = [case for one in roles for case in _chosen(_role(one), (), profile, version)]
    rows = [
        {
            "id": case.id,
            "title": case.title,
            "role": case.role,
            "version": case.version,
            "group": case.group,
            "kind": case.kind,
            "needs": sorted(case.needs),
            "asks": sorted(case.asks),
            "requirements": list(case.requirements),
            "purpose": case.purpose,
        }
        for case in found
    ]
    if is_json:
        print_document(rows)
    else:
        print_table([Column(name) for name in _COLUMNS], rows)


def _role(name: str) -> Role:
    if name == "csms":
        return "csms"
    if name == "charger":
        return "charger"
    raise Invalid(f"{name!r} is neither csms nor charger")


def _chosen(
    role: Role,
    ids: Sequence[str] | None,
    groups: Sequence[str] | None,
    versions: Sequence[str] | None,
) -> list[Case]:
    from voltyard.conformance.cases.catalogue import chosen

    return chosen(role, ids=ids or (), groups=groups or (), versions=versions or ())
