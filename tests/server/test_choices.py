"""Adapters that the settings choose: the PKI for vehicles."""

import time
from pathlib import Path

import pytest

from voltyard.config.config import Config
from voltyard.csms.security.vehicle_pki import NO_VEHICLE_PKI
from voltyard.kernel.errors import Invalid
from voltyard.pki.charging_pki import ChargingPki
from voltyard.pki.directory import write_new
from voltyard.server.choices import vehicle_pki_of


@pytest.fixture
def written(tmp_path: Path) -> Path:
    write_new(ChargingPki.made(time.time()), tmp_path / "pki")
    return tmp_path / "pki"


def test_without_a_directory_there_is_no_pki_for_vehicles(tmp_path: Path) -> None:
    assert vehicle_pki_of(Config(data=tmp_path)) == NO_VEHICLE_PKI


def test_a_whole_pki_has_both_roots_and_signs_for_vehicles(written: Path) -> None:
    pki = vehicle_pki_of(Config(data=written.parent, pki=written))

    roots = {(written / f"{name}-root.pem").read_text() for name in ("mo", "v2g")}
    assert set(pki.contract_roots) == roots
    assert pki.v2g_signer is not None


def test_roots_alone_will_do_and_then_nobody_else_signs_for_vehicles(written: Path) -> None:
    for path in written.iterdir():
        if path.name != "mo-root.pem":
            path.unlink()

    pki = vehicle_pki_of(Config(data=written.parent, pki=written))

    assert pki.contract_roots == ((written / "mo-root.pem").read_text(),)
    assert pki.v2g_signer is None


def test_a_directory_without_a_root_is_none(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"neither mo-root\.pem nor v2g-root\.pem") as refused:
        vehicle_pki_of(Config(data=tmp_path, pki=tmp_path))
    assert refused.value.details["param"] == "pki"


def test_a_root_that_cannot_be_read_is_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "mo-root.pem").write_text("no certificate")
    with pytest.raises(Invalid, match="no certificates in PEM"):
        vehicle_pki_of(Config(data=tmp_path, pki=tmp_path))
