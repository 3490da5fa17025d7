"""OCSP statuses of the charger's own V2G chain: asked for, kept until nextUpdate (M06)."""

from base64 import b64encode
from typing import Any

import msgspec
import pytest

from tests.charger.bench import START, Bench, answering, refusing, silent
from tests.charger.security.bench import bench_of
from voltyard.catalogue.commands import commands
from voltyard.charger.charger import Charger
from voltyard.charger.description.specification import FactoryCertificate
from voltyard.charger.snapshot import Snapshot
from voltyard.kernel.time import DAY_S, HOUR_S
from voltyard.pki import ocsp
from voltyard.pki.charging_pki import ChargingPki

URL = "http://ocsp.test"


@pytest.fixture(scope="module")
def pki() -> ChargingPki:
    return ChargingPki.made(START, responder_url=URL)


def bench_with(pki: ChargingPki, **spec: Any) -> Bench:
    """A charger that has its V2G chain from the factory, and the chain's root."""
    given = (
        FactoryCertificate(use="V2GCertificateChain", pem=pki["secc"].chain),
        FactoryCertificate(use="V2GRootCertificate", pem=pki["v2g-root"].pem),
    )
    return bench_of("2.0.1", certificates=given, **spec)


def responder(pki: ChargingPki, bench: Bench, valid_s: float = HOUR_S) -> Any:
    """A CSMS that asks the PKI's responder."""
    names = {f"{pki[name].certificate.serial_number:x}": name for name in pki}

    def answer(payload: dict[str, Any]) -> Any:
        one = pki[names[payload["ocspRequestData"]["serialNumber"]]]
        issuer = pki[pki.name_of(one.above[0]) or ""]
        der = ocsp.status_answer(one.certificate, issuer, None, bench.now, valid_s=valid_s)
        return {"status": "Accepted", "ocspResult": b64encode(der).decode()}

    return answer


def vehicle_comes(bench: Bench, pki: ChargingPki) -> int:
    """A vehicle that speaks ISO 15118 comes and leaves; GetCertificateStatus sent in all."""
    bench.done(commands.PlugIn(contract_chain=pki["contract"].chain))
    bench.wait(1.0)
    bench.done(commands.Unplug())
    return len(bench.said("GetCertificateStatus"))


def test_tc_m_24_each_certificate_of_the_chain_is_asked_about_and_its_status_kept(
    pki: ChargingPki,
) -> None:
    bench = bench_with(pki)
    bench.answers["GetCertificateStatus"] = responder(pki, bench)

    assert vehicle_comes(bench, pki) == 3  # the station's, and two authorities
    assert vehicle_comes(bench, pki) == 3

    asked = bench.said("GetCertificateStatus")[0]["ocspRequestData"]
    assert asked["serialNumber"] == f"{pki['secc'].certificate.serial_number:x}"
    assert asked["responderURL"] == URL
    assert [one.status for one in bench.charger.security.v2g_status.kept] == ["good"] * 3


def test_a_status_is_asked_for_anew_once_its_next_update_has_come(pki: ChargingPki) -> None:
    bench = bench_with(pki)
    bench.answers["GetCertificateStatus"] = responder(pki, bench)
    vehicle_comes(bench, pki)

    bench.wait(HOUR_S + 1)

    assert vehicle_comes(bench, pki) == 6


@pytest.mark.parametrize(
    "answer",
    [
        answering({"status": "Failed"}),
        answering({"status": "Accepted"}),
        answering({"status": "Accepted", "ocspResult": "no base64!"}),
        answering({"status": "Accepted", "ocspResult": b64encode(b"no response").decode()}),
        refusing("InternalError"),
        silent,
    ],
    ids=["failed", "without a result", "no base64", "no response", "error", "silent"],
)
def test_tc_m_25_without_a_status_the_next_vehicle_has_it_asked_for_again(
    pki: ChargingPki, answer: Any
) -> None:
    bench = bench_with(pki)
    bench.answers["GetCertificateStatus"] = answer
    vehicle_comes(bench, pki)
    bench.wait(200.0)
    before = len(bench.said("GetCertificateStatus"))

    assert vehicle_comes(bench, pki) > before
    assert not bench.charger.security.v2g_status.kept


def test_a_status_that_another_signed_is_not_kept(pki: ChargingPki) -> None:
    bench = bench_with(pki)
    stranger = ChargingPki.made(START, responder_url=URL)

    def forged(payload: dict[str, Any]) -> Any:
        der = ocsp.status_answer(
            pki["secc"].certificate, pki["cpo-sub2"], None, bench.now, signer=stranger["cpo-sub2"]
        )
        return {"status": "Accepted", "ocspResult": b64encode(der).decode()}

    bench.answers["GetCertificateStatus"] = forged
    vehicle_comes(bench, pki)
    assert not bench.charger.security.v2g_status.kept


def test_statuses_survive_a_power_cut(pki: ChargingPki) -> None:
    bench = bench_with(pki)
    bench.answers["GetCertificateStatus"] = responder(pki, bench, DAY_S)
    vehicle_comes(bench, pki)

    text = msgspec.json.encode(bench.charger.snapshot(bench.now))
    again = Charger.restore(bench.spec, msgspec.json.decode(text, type=Snapshot), bench.now)

    assert again.security.v2g_status.kept == bench.charger.security.v2g_status.kept
    assert len(again.security.v2g_status.kept) == 3


def test_a_charger_without_a_v2g_certificate_asks_nothing(pki: ChargingPki) -> None:
    assert vehicle_comes(bench_of("2.0.1"), pki) == 0
