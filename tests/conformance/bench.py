"""Our backend under test, with REST and a door of its own."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from httpx import AsyncBaseTransport

from tests.foreign.desk import TOKEN, open_desk
from voltyard.config.config import Config
from voltyard.conformance.cases.case import Case
from voltyard.conformance.csms.bench import TLS, CsmsBench
from voltyard.conformance.operators.http import HttpOperator
from voltyard.conformance.operators.operator import Operator
from voltyard.conformance.operators.ready_drivers import ready_mapping
from voltyard.conformance.runner import Bench, Runner
from voltyard.conformance.subject import Subject, TlsEndpoint
from voltyard.csms.security.ev_certificates import EvCertificateFiles
from voltyard.csms.security.own_certificate_authority import OwnCertificateAuthority
from voltyard.csms.security.vehicle_pki import VehiclePki
from voltyard.network.links.picows_links import PicowsDialler
from voltyard.pki.charging_pki import ChargingPki
from voltyard.pki.directory import write_new
from voltyard.ports.clock import Clock
from voltyard.ports.links import Dialler
from voltyard.reports.verdicts import Result
from voltyard.server.server import Server
from voltyard.testing.certificates import RootAuthority

PATIENCE_S = 60.0
PASSWORD = "correct-horse-battery"


class Silent:
    """A listener that keeps the results."""

    def __init__(self) -> None:
        self.results: list[Result] = []

    def running(self, case_id: str, title: str) -> None:
        pass

    def finished(self, result: Result) -> None:
        self.results.append(result)


@asynccontextmanager
async def our_csms(
    folder: Path, dialler: Dialler | None = None, patience_s: float = PATIENCE_S
) -> AsyncIterator[CsmsBench]:
    """The bench of our own backend."""
    authority = OwnCertificateAuthority(folder, days=1)
    pki = _written_pki(folder / "pki")
    vehicles = VehiclePki(
        contract_roots=(pki["mo-root"].pem,),
        ev_certificates=EvCertificateFiles(folder / "pki" / "exi"),
    )
    async with open_desk(folder, authority.sign, vehicles, pki) as desk:
        subject = Subject(password=PASSWORD, pki=folder / "pki")
        operator = operator_of("http://desk", desk.transport)
        async with prepared(desk.charger_url, subject, operator, dialler, patience_s) as bench:
            yield bench


def _written_pki(folder: Path) -> ChargingPki:
    """A PKI with a contract that is revoked, and answers for vehicles."""
    pki = ChargingPki.made(time.time(), responder_url="http://ocsp.voltyard.test")
    pki.revoke(pki.add_contract("DEVOLC00000002X", time.time(), 30.0), time.time())
    write_new(pki, folder)
    (folder / "exi").mkdir()
    for action in ("install", "update"):
        (folder / "exi" / f"{action}.exi").write_bytes(b"\x80\x98 an answer in EXI")
    return pki


@asynccontextmanager
async def our_csms_over_tls(
    folder: Path, dialler: Dialler | None = None, patience_s: float = PATIENCE_S
) -> AsyncIterator[CsmsBench]:
    """The bench of our own server, which has an endpoint with TLS beside the one without."""
    root, chargers = RootAuthority("Root of the CSMS"), RootAuthority("Root of chargers")
    certificate, key = root.sign("csms", "127.0.0.1").files(folder, "csms")
    own, own_key = chargers.sign("CP-CERTIFIED").files(folder, "charger")
    config = Config(
        data=folder / "data",
        port=0,
        ocpp_port=0,
        ocpp_tls_port=0,
        ocpp_tls_certificate=certificate,
        ocpp_tls_key=key,
        ocpp_client_ca=chargers.file(folder, "chargers"),
        token=TOKEN,
    )
    async with Server(config) as server:
        endpoint = TlsEndpoint(
            url=server.charger_tls_url,
            ca=root.file(folder, "root"),
            client_certificate=own,
            client_key=own_key,
        )
        subject = Subject(password=PASSWORD, tls=endpoint)
        operator = operator_of(server.api_url)
        async with prepared(server.charger_url, subject, operator, dialler, patience_s) as bench:
            yield bench


def operator_of(url: str, transport: AsyncBaseTransport | None = None) -> HttpOperator:
    """An operator of our backend."""
    return HttpOperator(
        ready_mapping("voltyard"),
        {"VOLTYARD_URL": url, "VOLTYARD_TOKEN": TOKEN},
        time_out_s=PATIENCE_S,
        transport=transport,
    )


@asynccontextmanager
async def prepared(
    url: str, subject: Subject, operator: Operator, dialler: Dialler | None, patience_s: float
) -> AsyncIterator[CsmsBench]:
    """The bench of a CSMS that knows the tags."""
    bench = CsmsBench(
        url,
        subject,
        operator,
        dialler or PicowsDialler(),
        patience_s=patience_s,
        jobs=4,
        run="VY",
    )
    await bench.prepare()
    yield bench
    await operator.close()


def bench_of(case: Case) -> Callable[..., AbstractAsyncContextManager[CsmsBench]]:
    """The bench that has what the case needs."""
    return our_csms_over_tls if TLS in case.needs else our_csms


async def results(bench: Bench, cases: Sequence[Case], clock: Clock | None = None) -> list[Result]:
    """The results of those cases on that bench; by the loop's time, unless a clock is given."""
    silent = Silent()
    clock = clock or asyncio.get_running_loop().time
    await Runner(bench, silent, clock, case_s=604_800.0).run(cases)
    return silent.results
