"""`voltyard pki`: a test PKI of ISO 15118 and OCPP in a directory, and its OCSP responder."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from voltyard.cli.display.json_output import JsonOption, print_document
from voltyard.cli.display.tables import Column, print_table
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import to_rfc3339_seconds

if TYPE_CHECKING:
    from voltyard.pki.charging_pki import ChargingPki

pki = typer.Typer(help="A test PKI of ISO 15118 and OCPP.", no_args_is_help=True)

_Directory = Annotated[Path, typer.Argument(help="The PKI's directory.", show_default=False)]
_Name = Annotated[str, typer.Argument(help="Its name, as `pki list` shows it.")]
_Days = Annotated[float, typer.Option(min=0.01, max=3650, help="Days for which certificates hold.")]
_COLUMNS: Final = (
    Column("name"),
    Column("common name", "commonName"),
    Column("signed by", "issuer"),
    Column("ends", "notAfter"),
    Column("status"),
)
_LISTEN: Final = "127.0.0.1:8889"


@pki.command("new")
def new_pki(
    directory: _Directory,
    emaid: Annotated[
        list[str] | None,
        typer.Option(help="Of a contract; repeat it for several.", show_default=False),
    ] = None,
    host: Annotated[
        list[str] | None,
        typer.Option(help="Of the CSMS; repeat it. [localhost, 127.0.0.1]", show_default=False),
    ] = None,
    charger: Annotated[str, typer.Option(help="Identity of the charger.")] = "CHARGER-1",
    secc_id: Annotated[
        str | None, typer.Option(help="Of the station towards vehicles.", show_default=False)
    ] = None,
    ocsp_url: Annotated[
        str, typer.Option(help="Where certificates say their OCSP responder is.")
    ] = f"http://{_LISTEN}",
    days: _Days = 365,
    is_json: JsonOption = False,
) -> None:
    """Make a PKI.

    It has V2G, CPO, OEM and MO authorities, a station's, a vehicle's and a contract certificate,
    and those of a CSMS and a charger for OCPP over TLS. Each is a file NAME.pem with a key NAME.key
    beside it, which its owner alone can read. All of
    it is for tests: the roots' keys lie there too.

    For example: voltyard pki new pki --emaid DEVOLC1A2B3C4D5
    """
    from voltyard.pki import directory as files
    from voltyard.pki import members
    from voltyard.pki.charging_pki import ChargingPki

    made = ChargingPki.made(
        time.time(),
        responder_url=ocsp_url,
        emaids=[_checked("--emaid", one) for one in emaid or [members.DEFAULT_EMAID]],
        secc_id=_checked("--secc-id", secc_id or members.DEFAULT_SECC_ID),
        hosts=tuple(_checked("--host", one) for one in host or ["localhost", "127.0.0.1"]),
        charger=_checked("--charger", charger),
        days=days,
    )
    files.write_new(made, directory)
    if is_json:
        print_document([_row(made, name, time.time()) for name in made])
    else:
        print(f"{directory}: {sum(1 for _ in made)} certificates")


def _checked(option: str, text: str) -> str:
    """A common name, which X.509 allows 64 characters."""
    if not 1 <= len(text) <= 64:
        raise Invalid(f"{option}: a name has 1 to 64 characters")
    return text


@pki.command("list")
def list_certificates(directory: _Directory, is_json: JsonOption = False) -> None:
    """List the certificates.

    For example: voltyard pki list pki
    """
    from voltyard.pki import directory as files

    found = files.read(directory)
    rows = [_row(found, name, time.time()) for name in found]
    if is_json:
        print_document(rows)
    else:
        print_table(_COLUMNS, rows)


def _row(found: ChargingPki, name: str, now: float) -> Mapping[str, Any]:
    from voltyard.pki.charging_pki import common_name

    one = found[name]
    revocation = found.revoked.get(name)
    return {
        "name": name,
        "commonName": common_name(one.certificate),
        "issuer": found.name_of(one.above[0]) if one.above else name,
        "serialNumber": f"{one.certificate.serial_number:x}",
        "notBefore": to_rfc3339_seconds(one.certificate.not_valid_before_utc.timestamp()),
        "notAfter": to_rfc3339_seconds(one.certificate.not_valid_after_utc.timestamp()),
        "status": found.status_of(name, now),
        "revokedAt": to_rfc3339_seconds(revocation.at) if revocation else None,
        "reason": revocation.reason if revocation else None,
    }


@pki.command("contract")
def new_contract(
    directory: _Directory,
    emaid: Annotated[str, typer.Argument(help="Of the contract.", show_default=False)],
    name: Annotated[
        str | None, typer.Option(help="Of its files. [contract-2, ...]", show_default=False)
    ] = None,
    days: _Days = 365,
    is_json: JsonOption = False,
) -> None:
    """Make one more contract certificate; its name is printed.

    For example: voltyard pki contract pki DEVOLC00000002X
    """
    from voltyard.pki import directory as files

    found = files.read(directory)
    if name is not None and (not name.replace("-", "").isalnum() or not name.isascii()):
        raise Invalid("--name: letters, digits and hyphens, for it is a file's name")
    made = found.add_contract(_checked("EMAID", emaid), time.time(), days, name)
    files.write_certificate(found, directory, made)
    files.write_index(found, directory)
    if is_json:
        print_document(_row(found, made, time.time()))
    else:
        print(made)


@pki.command("revoke")
def revoke_certificate(
    directory: _Directory,
    name: _Name,
    reason: Annotated[
        str | None, typer.Option(help="Such as keyCompromise.", show_default=False)
    ] = None,
    is_json: JsonOption = False,
) -> None:
    """Revoke a certificate.

    An OCSP responder that runs says so from now on.

    For example: voltyard pki revoke pki contract --reason keyCompromise
    """
    from voltyard.pki import directory as files

    found = files.read(directory)
    found.revoke(name, time.time(), reason)
    files.write_index(found, directory)
    if is_json:
        print_document(_row(found, name, time.time()))
    else:
        print(f"{name}: revoked")


@pki.command("ocsp")
def serve_ocsp(
    directory: _Directory,
    listen: Annotated[str, typer.Option(help="Address and port.")] = _LISTEN,
    next_update_s: Annotated[
        float, typer.Option(min=1, max=604_800, help="Seconds for which an answer holds.")
    ] = 3600,
) -> None:
    """Answer OCSP requests over HTTP.

    It runs until it is interrupted, and reads the directory again where that has changed.

    For example: voltyard pki ocsp pki --listen 127.0.0.1:8889
    """
    from voltyard.cli.pki.responder import Responder, split_address

    responder = Responder(directory, split_address(listen), next_update_s)
    responder.serve()
