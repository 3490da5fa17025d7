"""A PKI in a directory: who can read it, and that it is read as it was written."""

from pathlib import Path

import pytest

from voltyard.kernel.errors import Conflict, Invalid, NotFound
from voltyard.pki import directory
from voltyard.pki.charging_pki import ChargingPki, Revocation

NOW = 1_800_000_000.0


def written(where: Path) -> ChargingPki:
    pki = ChargingPki.made(NOW, responder_url="http://127.0.0.1:8889")
    directory.write_new(pki, where)
    return pki


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    pki = written(tmp_path / "pki")
    pki.revoke("contract", NOW, "superseded")
    directory.write_index(pki, tmp_path / "pki")
    found = directory.read(tmp_path / "pki")
    assert list(found) == list(pki)
    assert found.responder_url == "http://127.0.0.1:8889"
    assert found.revoked == {"contract": Revocation(NOW, "superseded")}
    for name in pki:
        assert found[name].certificate == pki[name].certificate
        assert found[name].above == pki[name].above
        assert found[name].key_pem == pki[name].key_pem


def test_keys_and_the_index_can_be_read_by_their_owner_alone(tmp_path: Path) -> None:
    pki = written(tmp_path / "pki")
    directory.write_index(pki, tmp_path / "pki")
    secret = [*(tmp_path / "pki").glob("*.key"), tmp_path / "pki" / directory.INDEX]
    assert len(secret) == 1 + len(list(pki))
    assert {path.stat().st_mode & 0o777 for path in secret} == {0o600}
    assert (tmp_path / "pki").stat().st_mode & 0o777 == 0o700


def test_a_directory_that_holds_a_pki_is_not_written_over(tmp_path: Path) -> None:
    written(tmp_path)
    before = (tmp_path / "mo-root.key").read_text()
    with pytest.raises(Conflict, match="holds a PKI already"):
        written(tmp_path)
    assert (tmp_path / "mo-root.key").read_text() == before


def test_a_key_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "mo-root.key").write_text("mine")
    with pytest.raises(Conflict, match=r"mo-root\.key is there already"):
        written(tmp_path)
    assert (tmp_path / "mo-root.key").read_text() == "mine"


def test_an_empty_directory_holds_no_pki(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no PKI"):
        directory.read(tmp_path)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / "mo-sub1.pem").write_text("rain")
    with pytest.raises(Invalid, match="mo-sub1"):
        directory.read(tmp_path)
