"""Cases of a CSMS over TLS: wrong ones, and what a subject has to declare for them."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conformance.bench import our_csms, our_csms_over_tls, results
from voltyard.conformance.cases.catalogue import chosen
from voltyard.conformance.csms.bench import CsmsBench
from voltyard.conformance.operators.operator import NoOperator
from voltyard.conformance.subject import Subject, TlsEndpoint
from voltyard.conformance.wire.authority import ConformanceAuthority
from voltyard.kernel.errors import Invalid
from voltyard.network.links.picows_links import PicowsDialler
from voltyard.ports.links import Dialling, LinkUser
from voltyard.reports.verdicts import Verdict


class Swapping:
    """A dialler whose CSMS lets in whoever comes second: each dial shows what the first one did."""

    def __init__(self, with_url: bool) -> None:
        """`with_url`: by the first one's URL, too, as if no TLS were missed."""
        self._first: Dialling | None = None
        self._dialler = PicowsDialler()
        self._with_url = with_url

    async def dial(self, dialling: Dialling, user: LinkUser) -> None:
        if dialling.url.startswith("wss:") and self._first is None:
            self._first = dialling
        if self._first is not None:
            url = self._first.url if self._with_url else dialling.url
            dialling = replace(dialling, tls=self._first.tls, url=url)
        await self._dialler.dial(dialling, user)


@pytest.mark.parametrize(
    ("id", "with_url", "step"),
    [
        ("TC_087", False, "connects with a certificate of an unknown root"),
        ("TC_083", True, "connects without TLS, in a lower profile"),
    ],
)
async def test_a_csms_that_lets_anybody_in_fails(
    tmp_path: Path, id: str, with_url: bool, step: str
) -> None:
    async with our_csms_over_tls(tmp_path, Swapping(with_url), patience_s=1.0) as bench:
        [result] = await results(bench, chosen("csms", ids=[id]))

    assert result.verdict is Verdict.FAIL
    assert result.failure is not None and step in result.failure.step


@pytest.mark.parametrize(
    ("id", "why"),
    [
        ("TC_083", "the subject does not claim tls"),
        ("TC_086", "the subject does not claim tls"),
        ("TC_087", "the subject does not claim client certificate, tls"),
    ],
)
async def test_without_an_endpoint_with_tls_the_case_does_not_apply(
    tmp_path: Path, id: str, why: str
) -> None:
    async with our_csms(tmp_path) as bench:
        [result] = await results(bench, chosen("csms", ids=[id]))

    assert (result.verdict, result.why) == (Verdict.NOT_APPLICABLE, why)


def bench_with(tls: TlsEndpoint) -> CsmsBench:
    subject = Subject(identities=["CP-1"], password="correct-horse-battery", tls=tls)
    return CsmsBench(
        "ws://127.0.0.1:9/ocpp",
        subject,
        NoOperator(),
        PicowsDialler(),
        patience_s=1.0,
        jobs=1,
        run="VY",
    )


def test_a_charger_whose_profile_stays_raised_is_one_of_the_case_alone(tmp_path: Path) -> None:
    bench = bench_with(TlsEndpoint(url="wss://127.0.0.1:9/ocpp"))

    [higher_profile] = chosen("csms", ids=["TC_083"])

    assert "ChangeConfiguration" in bench.lacks(higher_profile)
    assert bench.lacks(chosen("csms", ids=["TC_086"])[0]) == ""


def test_a_file_that_cannot_be_read_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"cannot read .*none\.pem: No such file"):
        bench_with(TlsEndpoint(url="wss://127.0.0.1:9/ocpp", ca=tmp_path / "none.pem"))


def test_a_certificate_needs_its_key(tmp_path: Path) -> None:
    file = tmp_path / "charger.pem"
    file.write_text(ConformanceAuthority("Root", time.time()).issue("CP-1").certificate)

    with pytest.raises(Invalid, match="client_key"):
        bench_with(TlsEndpoint(url="wss://127.0.0.1:9/ocpp", client_certificate=file))
