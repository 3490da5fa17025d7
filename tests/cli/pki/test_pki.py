"""`voltyard pki`: a PKI is made, listed and revoked from, and a responder tells of it."""

import json
from pathlib import Path
from threading import Thread
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from typer.testing import CliRunner

from voltyard.cli.main import app
from voltyard.cli.pki.responder import Responder, split_address
from voltyard.kernel.errors import Conflict, Invalid
from voltyard.pki import directory


def run(*words: str | Path) -> str:
    done = CliRunner().invoke(app, ["pki", *map(str, words)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def where(tmp_path: Path) -> Path:
    run("new", tmp_path / "pki", "--emaid", "DEABC1", "--charger", "STATION-7")
    return tmp_path / "pki"


def test_what_was_made_is_listed(where: Path) -> None:
    rows = {row["name"]: row for row in json.loads(run("list", where, "--json"))}
    assert rows["contract"]["commonName"] == "DEABC1"
    assert rows["charger"]["commonName"] == "STATION-7"
    assert rows["contract"]["issuer"] == "mo-sub2"
    assert {row["status"] for row in rows.values()} == {"valid"}


def test_a_revoked_certificate_is_listed_as_such_with_its_reason(where: Path) -> None:
    run("revoke", where, "contract", "--reason", "keyCompromise")
    rows = {row["name"]: row for row in json.loads(run("list", where, "--json"))}
    assert rows["contract"]["status"] == "revoked"
    assert rows["contract"]["reason"] == "keyCompromise"
    assert rows["mo-sub2"]["status"] == "valid"


def test_one_more_contract_is_made(where: Path) -> None:
    assert run("contract", where, "DEABC2") == "contract-2\n"
    rows = {row["name"]: row for row in json.loads(run("list", where, "--json"))}
    assert rows["contract-2"]["commonName"] == "DEABC2"
    assert (where / "contract-2.key").stat().st_mode & 0o777 == 0o600


def test_what_changes_tells_the_certificate_in_json(tmp_path: Path) -> None:
    made = json.loads(run("new", tmp_path / "pki", "--json"))
    added = json.loads(run("contract", tmp_path / "pki", "DEABC2", "--json"))
    revoked = json.loads(run("revoke", tmp_path / "pki", "contract-2", "--json"))

    assert [*made, revoked] == json.loads(run("list", tmp_path / "pki", "--json"))
    assert {**added, "status": "revoked", "revokedAt": revoked["revokedAt"]} == revoked


@pytest.mark.parametrize("name", ["../mo-root", "a/b", "ä"])
def test_a_contracts_name_stays_in_the_directory(where: Path, name: str) -> None:
    with pytest.raises(Invalid, match="letters, digits and hyphens"):
        run("contract", where, "DEABC2", "--name", name)
    assert len(list(directory.read(where))) == 15


def test_a_pki_is_not_made_over_another(where: Path) -> None:
    with pytest.raises(Conflict):
        run("new", where)


@pytest.mark.parametrize("text", ["127.0.0.1", ":8889", "host:port", "host:70000"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="is no address"):
        split_address(text)


def status(responder: Responder, where: Path) -> ocsp.OCSPCertStatus:
    pki = directory.read(where)
    one = pki["contract"]
    request = (
        ocsp.OCSPRequestBuilder()
        .add_certificate(one.certificate, one.above[0], hashes.SHA256())
        .build()
        .public_bytes(Encoding.DER)
    )
    with urlopen(Request(responder.url, request, method="POST"), timeout=20) as answer:
        return ocsp.load_der_ocsp_response(answer.read()).certificate_status


def test_a_responder_that_runs_tells_of_a_revocation(where: Path) -> None:
    responder = Responder(where, ("127.0.0.1", 0), 60.0)
    Thread(target=responder.serve, daemon=True).start()
    try:
        before = status(responder, where)
        run("revoke", where, "contract")
        after = status(responder, where)
        with pytest.raises(HTTPError, match="413"):
            urlopen(Request(responder.url, b"x" * 5000, method="POST"), timeout=20)
        with pytest.raises(HTTPError, match="400"):
            urlopen(f"{responder.url}/ocsp/***", timeout=20)
    finally:
        responder.stop()
    assert before is ocsp.OCSPCertStatus.GOOD
    assert after is ocsp.OCSPCertStatus.REVOKED
