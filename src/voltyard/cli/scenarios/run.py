"""`voltyard run`: scenarios against a CSMS, or against our own backend in virtual time."""

import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voltyard.cli.output import errors_alone
from voltyard.kernel import pace
from voltyard.kernel.errors import Invalid

if TYPE_CHECKING:
    from voltyard.scenarios.campaign import Play
    from voltyard.scenarios.playing.stage import Peer


def run(
    scenarios: Annotated[
        list[str], typer.Argument(help="Files, or names of `voltyard scenarios`; `all` is all.")
    ],
    url: Annotated[
        str | None,
        typer.Option(help="The CSMS: ws://host:port/path. [our own backend, in virtual time]"),
    ] = None,
    password: Annotated[
        str | None, typer.Option(help="For basic authentication; the user is the identity.")
    ] = None,
    password_file: Annotated[
        Path | None, typer.Option(help="Passwords instead: one a line, in the chargers' order.")
    ] = None,
    ca: Annotated[
        Path | None, typer.Option(help="PEM file of the roots to trust, instead of the system's.")
    ] = None,
    identity: Annotated[
        str | None, typer.Option(help="Identities instead of the scenario's, such as CP-{n:03d}.")
    ] = None,
    speed: Annotated[
        float, typer.Option(help="Seconds of the chargers' time in each real one; up to 1000.")
    ] = 1.0,
    driver: Annotated[
        str | None,
        typer.Option(help="Asks the CSMS for what `ask` steps need: voltyard, http:FILE, ..."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of ids, back-off and chance.")] = 7,
    version: Annotated[
        str | None, typer.Option(help="Only with 1.6 or 2.0.1. [as they say]")
    ] = None,
    row: Annotated[
        int | None, typer.Option(min=1, help="Only this row of the table. [each]")
    ] = None,
    values: Annotated[
        list[str] | None, typer.Option("--set", help="NAME=VALUE for a parameter; repeat it.")
    ] = None,
    junit: Annotated[Path | None, typer.Option(help="Write a report as JUnit XML.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write a report as JSON.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a report as one HTML file.")] = None,
    baseline: Annotated[
        Path | None, typer.Option(help="An earlier JSON report: show only what changed.")
    ] = None,
) -> None:
    """Play scenarios, and judge the CSMS by them.

    Without --url they are played against our own backend in virtual time: hours take less than a
    second, and the same seed gives the same frames. A --speed above 1 is for a CSMS that has agreed
    to chargers whose time goes faster.

    The exit code is 0 where everything passed, 1 where something failed, 2 where something could
    not be judged, or not played at all.

    For example: voltyard run session-by-card --url ws://localhost:9000/ocpp
    """
    from voltyard.reports.outputs import OutputFiles, outputs_of
    from voltyard.scenarios import campaign

    chosen = _chosen(scenarios, version, row, _given(values or []))
    peer = None
    options: list[str] = [word for one in values or () for word in ("--set", one)]
    if url is not None:
        peer = _peer(url, _passwords(password, password_file), ca, identity, speed, driver)
        said = {"--url": url, "--password-file": password_file, "--ca": ca}
        said |= {"--identity": identity, "--driver": driver}
        options += [word for name, one in said.items() if one for word in (name, str(one))]
        options += ["--speed", f"{speed:g}"] if speed != 1.0 else []
    elif speed != 1.0 or password or password_file or ca or identity or driver:
        raise Invalid(
            "--speed, --password, --ca, --identity and --driver are for a CSMS",
            hint="say its --url",
        )
    report = campaign.report_of(chosen, seed=seed, peer=peer, command=_command(password))
    files = OutputFiles(junit=junit, json=json, html=html, baseline=baseline)
    # A backend in memory warns of what a story does on purpose.
    with (
        errors_alone(),
        _sigterm_as_ctrl_c(),
        outputs_of(report, files, sys.stdout) as outputs,
        suppress(KeyboardInterrupt),
    ):
        campaign.play(chosen, outputs, peer=peer, options=options)
    sys.exit(outputs.exit_code)


@contextmanager
def _sigterm_as_ctrl_c() -> Iterator[None]:
    """SIGTERM ends the run in order, as Ctrl-C does, while this lasts."""
    before = signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _command(password: str | None) -> str:
    """The command as it was typed, without its password."""
    words = ["voltyard", *sys.argv[1:]]
    if password:
        words = [word.replace(password, "***") for word in words]
    return shlex.join(words)


def _chosen(
    names: list[str], version: str | None, row: int | None, given: dict[str, Any]
) -> "list[Play]":
    """The rows to play. Invalid where there is none."""
    from voltyard.scenarios import library
    from voltyard.scenarios.campaign import Play

    if version not in (None, "1.6", "2.0.1"):
        raise Invalid(f"--version {version!r} is neither 1.6 nor 2.0.1")
    if names == ["all"]:
        names = list(library.shipped())
    found = []
    for name in names:
        document = library.found(name)
        unknown = set(given) - set(document.scenario.parameters) - _columns(document)
        if unknown:
            known = ", ".join(sorted({*document.scenario.parameters, *_columns(document)}))
            raise Invalid(
                f"--set: {document.scenario.name} has no parameter {sorted(unknown)[0]!r}",
                hint=f"it has {known}" if known else "it has none",
            )
        for one in document.rows(given):
            if version in (None, one.version) and row in (None, one.number or 1):
                found.append(Play(row=one, source=name))
    if not found:
        raise Invalid("there is nothing to play", hint="look at --version and --row")
    return found


def _columns(document: Any) -> set[str]:
    return {name for row in document.scenario.rows for name in row}


def _given(values: list[str]) -> dict[str, Any]:
    """Values of parameters: YAML's, so that 5 is a number."""
    import yaml

    given = {}
    for one in values:
        name, sign, text = one.partition("=")
        if not sign:
            raise Invalid(f"--set {one!r} is not of the form NAME=VALUE")
        try:
            value = yaml.safe_load(text)
        except yaml.YAMLError:
            value = text
        given[name] = value if isinstance(value, str | int | float | bool) else text
    return given


def _peer(
    url: str,
    passwords: tuple[str, ...],
    ca: Path | None,
    identity: str | None,
    speed: float,
    driver: str | None,
) -> "Peer":
    from voltyard.cli.scenarios.driver import driver_named
    from voltyard.kernel.tls import Tls
    from voltyard.network.links.address import read_url
    from voltyard.ports.links import DialFailed
    from voltyard.scenarios.playing.stage import Peer

    try:
        read_url(url)
    except DialFailed as error:
        raise Invalid(f"--url: {error.message}", hint="such as ws://127.0.0.1:9000/ocpp") from None
    pace.check(speed)
    return Peer(
        url=url,
        passwords=passwords,
        tls=Tls(ca=None if ca is None else _text(ca)),
        speed=speed,
        identity=identity,
        driver=None if driver is None else driver_named(driver),
    )


def _passwords(password: str | None, file: Path | None) -> tuple[str, ...]:
    """Passwords of the chargers: one for each, or one for all."""
    from voltyard.kernel import limits

    if file is None:
        return () if password is None else (password,) * limits.SCENARIO_CHARGERS
    if password is not None:
        raise Invalid("--password and --password-file are two ways", hint="choose one")
    return tuple(_text(file).splitlines())


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise Invalid(f"cannot read {file}: {why}") from error
