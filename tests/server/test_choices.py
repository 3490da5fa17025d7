"""Adapters that the settings choose: the PKI for vehicles."""

import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from voltyard.config.config import Config
from voltyard.csms.security.vehicle_pki import NO_VEHICLE_PKI
from voltyard.kernel.errors import Invalid
from voltyard.pki.charging_pki import ChargingPki
from voltyard.pki.directory import write_new
from voltyard.ports.spans import NO_SPANS
from voltyard.server.choices import spans_of, vehicle_pki_of


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


async def test_spans_without_their_packages_are_refused_with_a_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [one for one in sys.modules if one.startswith("voltyard.spans")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)

    async with AsyncExitStack() as stack:
        with pytest.raises(Invalid, match=r"pip install 'voltyard\[otel\]'"):
            spans_of(Config(data=tmp_path, spans_url="http://127.0.0.1:1"), stack)


async def test_there_are_no_spans_unless_they_are_asked_for(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        assert spans_of(Config(data=tmp_path), stack) is NO_SPANS
