"""Cases of a charger over TLS: wrong chargers, and a charger that dials one endpoint for good."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.conformance.bench import results
from voltyard.conformance.attendants.own import OwnChargers
from voltyard.conformance.cases.case import TLS, Case
from voltyard.conformance.cases.catalogue import chosen
from voltyard.conformance.charger.bench import ChargerBench
from voltyard.conformance.charger.tls_door import (
    DoorCertificates,
    door_certificates,
    open_tls_door,
)
from voltyard.conformance.subject import Subject
from voltyard.conformance.wire.authority import ConformanceAuthority
from voltyard.network.links.picows_links import PicowsDialler
from voltyard.reports.verdicts import Result, Verdict
from voltyard.testing.processes import free_port

HOST = "127.0.0.1"
PASSWORD = "a-password-of-20-chr"


def case_of(id: str, **options: Any) -> Case:
    """A case whose charger is made otherwise."""
    [case] = chosen("charger", ids=[id])
    spec = {**case.options["spec"], **options.pop("spec", {})}
    return replace(case, options={**case.options, **options, "spec": spec})


async def played(case: Case, certificates: DoorCertificates, trusted: DoorCertificates) -> Result:
    """The result of a case with a charger that trusts the roots of `trusted`."""
    attendant = OwnChargers(PicowsDialler(), time.time, certificates=trusted)
    bench = ChargerBench(
        "ws://127.0.0.1:9/ocpp", Subject(), attendant, patience_s=3.0, certificates=certificates
    )
    [result] = await results(bench, [case], time.time)
    await attendant.close()
    return result


async def test_a_charger_that_trusts_any_central_system_fails() -> None:
    strange = ConformanceAuthority("Strange", time.time())
    certificates = replace(door_certificates(HOST, time.time()), stranger=strange.issue(HOST, HOST))
    credulous = replace(certificates, root=f"{certificates.root}{strange.root}")

    result = await played(case_of("TC_086_CS"), certificates, credulous)

    assert result.verdict is Verdict.FAIL
    assert result.failure is not None and result.failure.came == "it came in"


async def test_a_charger_that_does_not_tell_of_a_stranger_fails() -> None:
    certificates = door_certificates(HOST, time.time())
    silent = case_of("TC_078_CS", spec={"security_events": False})

    result = await played(silent, certificates, certificates)

    assert result.verdict is Verdict.FAIL
    assert result.failure is not None and "SecurityEventNotification" in result.failure.expected


async def test_a_charger_without_a_certificate_fails() -> None:
    certificates = door_certificates(HOST, time.time())
    bare = case_of("TC_087_CS", **{TLS: 2, "spec": {"security_profile": 2}})

    result = await played(bare, certificates, certificates)

    assert result.verdict is Verdict.FAIL
    assert result.failure is not None and "a client certificate" in result.failure.expected


async def test_a_root_that_a_case_installed_is_deleted_where_it_fails() -> None:
    certificates = door_certificates(HOST, time.time())
    spec = {"security_profile": 2, "security_events": False}
    silent = case_of("TC_077_CS", **{TLS: 2, "spec": spec})

    result = await played(silent, certificates, certificates)

    assert result.verdict is Verdict.FAIL
    assert result.failure is not None and "SecurityEventNotification" in result.failure.expected
    assert any('"DeleteCertificate"' in frame.text for frame in result.frames)


async def test_without_certificates_the_cases_over_tls_do_not_apply() -> None:
    attendant = OwnChargers(PicowsDialler(), time.time)
    bench = ChargerBench("ws://127.0.0.1:9/ocpp", Subject(), attendant, patience_s=3.0)

    [result] = await results(bench, [case_of("TC_086_CS")], time.time)
    await attendant.close()

    assert result.verdict is Verdict.NOT_APPLICABLE
    assert result.why == "the charger does not dial a wss:// endpoint"


class InstalledCharger:
    """The attendant of one charger that was made once, and dials the same endpoint in each case."""

    is_fresh = False
    jobs = 4

    def __init__(self, certificates: DoorCertificates) -> None:
        self._inner = OwnChargers(PicowsDialler(), time.time, certificates=certificates)
        self._began = False

    def lacks(self, case: Case) -> str:
        return ""

    def identity(self, case: Case) -> str:
        return "CP-1"

    async def begin(self, identity: str, case: Case, url: str) -> None:
        if not self._began:
            self._began = True
            await self._inner.begin(identity, case, url)

    async def act(self, identity: str, act: str, fields: Mapping[str, Any]) -> None:
        await self._inner.act(identity, act, fields)

    async def end(self, identity: str) -> None:
        """It stays."""

    async def close(self) -> None:
        await self._inner.end("CP-1")
        await self._inner.close()


async def test_a_charger_of_one_endpoint_plays_each_case_there_one_at_a_time() -> None:
    certificates = door_certificates(HOST, time.time())
    attendant = InstalledCharger(certificates)
    subject = Subject(password=PASSWORD, identities=["CP-1"])
    port = free_port()
    bench = ChargerBench(f"wss://{HOST}:{port}/ocpp", subject, attendant, patience_s=60.0)
    async with open_tls_door(certificates, bench.reception.gate, HOST, port) as door:
        bench.tls_door = door
        cases = [case_of("TC_086_CS"), case_of("TC_078_CS"), *chosen("charger", ids=["TC_003"])]

        found = await results(bench, cases, time.time)
        await attendant.close()

    assert [result.verdict for result in found] == [Verdict.PASS] * 3, [
        result.failure or result.why for result in found
    ]
    assert bench.jobs == 1
    assert len(door.failures) >= 2
