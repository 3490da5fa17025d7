"""`voltyard conform init`: writes the YAML file that declares a subject."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

import typer

from voltyard.cli.conform import options
from voltyard.kernel import limits
from voltyard.kernel.errors import Conflict, VoltyardError

if TYPE_CHECKING:
    from voltyard.cli.conform.tls_files import TlsFiles
    from voltyard.conformance.charger.interview import ChargerAccount

init: Final = typer.Typer(no_args_is_help=True, help="Write the YAML file that declares a subject.")

_UNUSABLE: Final = 2

_Output: TypeAlias = Annotated[Path, typer.Option("--output", help="The file to write.")]
_Yes: TypeAlias = Annotated[bool, typer.Option("--yes", help="Ask nothing: defaults stand.")]
_Force: TypeAlias = Annotated[bool, typer.Option("--force", help="Overwrite the file.")]
_Wait: TypeAlias = Annotated[
    float, typer.Option("--wait", min=0.1, help="Seconds to wait for a charger to dial.")
]
_Version: TypeAlias = Annotated[
    Literal["1.6", "2.0.1"] | None,
    typer.Option("--version", help="What the charger has to speak. [what it prefers]"),
]


@init.command()
def csms(
    url: Annotated[str, typer.Option(help="The endpoint; an identity is appended.")],
    driver: options.Driver = "voltyard",
    output: _Output = Path("subject.yaml"),
    yes: _Yes = False,
    force: _Force = False,
) -> None:
    """Ask for the chargers, tags and certificates of a CSMS.

    With a driver that registers chargers and tags, these are not asked for. Without a terminal the
    defaults stand.

    For example: voltyard conform init csms --url ws://localhost:9000/ocpp
    """
    from voltyard.cli.conform.questions import Questions, of_csms
    from voltyard.conformance.operators.operator import REGISTER, SET_ID_TAG
    from voltyard.conformance.subject_drafts import csms_file
    from voltyard.kernel.masked_text import masked_text
    from voltyard.loop.run import run

    options.check_url("--url", url)
    with _ended_in_order():
        _check_output(output, force)
        can = run(_look(url, driver))
        registers, sets_tags = REGISTER in can, SET_ID_TAG in can
        answers = of_csms(Questions(defaults=yes), registers=registers, sets_tags=sets_tags)
        if answers.tls is not None:
            answers.tls.settings()
        text = csms_file(masked_text(url), answers, registers=registers, sets_tags=sets_tags)
        _write(output, text)
    again = f"voltyard conform csms --url {masked_text(url)} --driver {driver}"
    _tell(f"wrote {output}; go on with: {again} --subject {output}")


@init.command()
def charger(
    listen: options.Listen = "ws://127.0.0.1:9100/ocpp",
    output: _Output = Path("subject.yaml"),
    version: _Version = None,
    wait: _Wait = limits.CONFORMANCE_DIAL_S,
    stretch: options.Stretch = 1.0,
    yes: _Yes = False,
    force: _Force = False,
    tls_certificate: options.TlsCertificate = None,
    tls_key: options.TlsKey = None,
    client_ca: options.ClientCa = None,
    write_root: options.WriteRoot = None,
) -> None:
    """Let a charger dial, and ask it what it is.

    A charger of OCPP 1.6 is asked for its configuration, one of 2.0.1 for its full report; you for
    what these do not show. Without a terminal the defaults stand.

    For example: voltyard conform init charger --listen ws://127.0.0.1:9100/ocpp
    """
    from voltyard.cli.conform.questions import Questions, of_charger
    from voltyard.cli.conform.tls_files import TlsFiles
    from voltyard.conformance.subject_drafts import charger_file
    from voltyard.loop.run import run

    options.check_url("--listen", listen)
    with _ended_in_order():
        _check_output(output, force)
        tls = TlsFiles(tls_certificate, tls_key, client_ca, write_root)
        account = run(_interview(listen, version, wait, stretch, tls))
        answers = of_charger(Questions(defaults=yes), account)
        _write(output, charger_file(account, answers))
    again = f"voltyard conform charger --listen {listen} --driver prompt"
    _tell(f"wrote {output}; go on with: {again} --version {account.version} --subject {output}")


async def _look(url: str, driver: str) -> set[str]:
    """Look whether a CSMS is there; what its driver can set there."""
    from contextlib import nullcontext

    from voltyard.cli.conform.drivers import DriverWish, new_run, operator_of
    from voltyard.conformance.csms.bench import look_for_csms
    from voltyard.conformance.operators.operator import REGISTER, SET_ID_TAG
    from voltyard.conformance.subject import Subject
    from voltyard.network.links.picows_links import PicowsDialler

    run = new_run()
    operator = operator_of(
        DriverWish(name=driver, subject=Subject(), jobs=1, paused=nullcontext, run=run)
    )
    try:
        await look_for_csms(url, f"{run}-0", PicowsDialler())
        _tell(f"a CSMS answers at {url}")
        return {one for one in (REGISTER, SET_ID_TAG) if operator.can(one)}
    finally:
        await operator.close()


async def _interview(
    listen: str, version: str | None, wait: float, stretch: float, tls: TlsFiles
) -> ChargerAccount:
    import time

    from voltyard.cli.conform.benches import open_door
    from voltyard.conformance.charger.interview import Interview
    from voltyard.network.links.address import read_url

    interview = Interview(
        time.time, version=version, patience_s=limits.CONFORMANCE_PATIENCE_S * stretch, told=_tell
    )
    certificates = tls.certificates(read_url(listen).host)
    async with AsyncExitStack() as opened:
        await open_door(opened, interview.reception.gate, listen, certificates)
        _tell(f"waiting up to {wait:g} s for a charger to dial {listen}/<identity>")
        account = await interview.account(wait)
    shown = sum(one.has is not None for one in account.features)
    _tell(f"it showed {shown} of {len(account.features)} features")
    return account


def _check_output(output: Path, force: bool) -> None:
    """Conflict where the file is there already, Invalid where it could not be written."""
    from voltyard.reports.whole_files import check_writable

    if output.exists() and not force:
        raise Conflict(f"{output} is there already", hint="--force overwrites it")
    check_writable(output)


def _write(output: Path, text: str) -> None:
    from voltyard.reports.whole_files import write_whole

    write_whole(output, text.encode(), is_secret=True)  # it may have a password


def _tell(line: str) -> None:
    from voltyard.kernel.text.printable_text import printable

    print(printable(line), file=sys.stderr, flush=True)


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """End with exit code 2 and one line, where nothing could be written."""
    from voltyard.conformance.wire.endings import CaseEnded
    from voltyard.kernel.masked_text import masked_text

    try:
        yield
    except (KeyboardInterrupt, typer.Abort):
        print("\nstopped: nothing was written", file=sys.stderr)
        sys.exit(_UNUSABLE)
    except (VoltyardError, CaseEnded) as error:
        print(f"voltyard: {masked_text(str(error))}", file=sys.stderr)
        sys.exit(_UNUSABLE)
