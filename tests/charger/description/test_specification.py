"""What a charger has from its factory: certificates of every kind, and what it says of itself."""

from typing import Any

import msgspec
import pytest

from tests.charger.bench import Bench
from tests.charger.security.bench import (
    PASSWORD,
    OldRoot,
    Root,
    bench_of,
    change,
    install,
    listed,
    request,
    set_slot,
    signed,
    trigger,
)
from voltyard.charger.charger import Charger
from voltyard.charger.connection.power_and_reset import RESTART_S
from voltyard.charger.description.specification import ChargerSpec, FactoryCertificate
from voltyard.charger.inputs import Tick
from voltyard.charger.security import certificate_store
from voltyard.charger.snapshot import Snapshot
from voltyard.kernel.errors import Invalid
from voltyard.kernel.tls import Tls

VERSIONS = pytest.mark.parametrize("version", ["1.6", "2.0.1"])

KINDS = (
    "CSMSRootCertificate",
    "ManufacturerRootCertificate",
    "V2GRootCertificate",
    "MORootCertificate",
)

ROOTS = {kind: Root(kind, serial=number) for number, kind in enumerate(KINDS, 1)}
FACTORY = tuple(FactoryCertificate(use=kind, pem=root.pem) for kind, root in ROOTS.items())  # type: ignore[arg-type]


def bench_with(version: str, **said: Any) -> Bench:
    said = {"certificates": FACTORY, **said}
    return Bench(spec=ChargerSpec(identity="CP 1", version=version, **said))  # type: ignore[arg-type]


def raise_profile(bench: Bench, profile: int) -> None:
    """As its CSMS does it."""
    if bench.spec.version == "1.6":
        assert change(bench, "SecurityProfile", str(profile)) == "Accepted"
    else:
        url = "wss://csms/ocpp"
        assert set_slot(bench, securityProfile=profile, ocppCsmsUrl=url) == "Accepted"
        priority = "OCPPCommCtrlr.NetworkConfigurationPriority"
        assert change(bench, priority, "1") == "RebootRequired"
        assert bench.call("Reset", type="Immediate") == {"status": "Accepted"}
        bench.wait(RESTART_S + 1)


def switched_on_again(bench: Bench, spec: ChargerSpec) -> Bench:
    """The same charger, made so, with the memory it had."""
    memory = msgspec.json.decode(msgspec.json.encode(bench.charger.snapshot()), type=Snapshot)
    again = Bench(spec=spec, boot=False, now=bench.now + 100)
    again.charger = Charger.restore(spec, memory, again.now)
    again._step(Tick())
    again.wait(10)
    return again


# --- certificates ------------------------------------------------------------------------------


def test_roots_of_every_kind_are_there_from_the_factory() -> None:
    bench = bench_with("2.0.1")
    found = bench.call("GetInstalledCertificateIds")["certificateHashDataChain"]
    assert [one["certificateType"] for one in found] == list(KINDS)
    assert [one["certificateHashData"]["serialNumber"] for one in found] == list("1234")
    state = bench.charger.state(bench.now).security
    assert state is not None
    assert [one.use for one in state.certificates] == list(KINDS)


def test_16_lists_the_kinds_it_knows() -> None:
    bench = bench_with("1.6")
    assert [one["serialNumber"] for one in listed(bench)] == ["1"]
    assert [one["serialNumber"] for one in listed(bench, KINDS[1])] == ["2"]


@VERSIONS
def test_one_from_the_factory_is_deleted_and_stays_so(version: str) -> None:
    bench = bench_with(version)
    [manufacturer] = listed(bench, KINDS[1])

    answer = bench.call("DeleteCertificate", certificateHashData=manufacturer)

    assert answer["status"] == "Accepted"
    assert listed(bench, KINDS[1]) == []
    again = switched_on_again(bench, bench.spec)
    assert listed(again, KINDS[1]) == []
    assert [one["serialNumber"] for one in listed(again)] == ["1"]


@VERSIONS
def test_one_more_is_installed_beside_those_of_the_factory(version: str) -> None:
    bench = bench_with(version)
    assert install(bench, Root("Another", serial=9).pem) == "Accepted"
    assert [one["serialNumber"] for one in listed(bench)] == ["1", "9"]


@VERSIONS
def test_a_charger_made_with_others_has_those(version: str) -> None:
    bench = bench_with(version)
    install(bench, Root("Another", serial=9).pem)
    others = (FactoryCertificate(use="CSMSRootCertificate", pem=Root("B", serial=5).pem),)
    spec = msgspec.structs.replace(bench.spec, certificates=others)

    again = switched_on_again(bench, spec)

    assert [one["serialNumber"] for one in listed(again)] == ["5"]
    assert listed(again, KINDS[1]) == []


def test_a_chain_of_its_own_for_iso_15118_is_listed_with_those_above_it() -> None:
    root = ROOTS["V2GRootCertificate"]
    upper = Root("Sub 1", by=root, serial=21)
    lower = Root("Sub 2", by=upper, serial=22)
    own = Root("SECC", by=lower, ca=False, serial=23)
    chain = FactoryCertificate(use="V2GCertificateChain", pem=own.pem + lower.pem + upper.pem)
    bench = bench_with("2.0.1", certificates=(*FACTORY, chain))

    [found] = bench.call("GetInstalledCertificateIds", certificateType=["V2GCertificateChain"])[
        "certificateHashDataChain"
    ]

    assert found["certificateHashData"]["serialNumber"] == "17"
    assert [one["serialNumber"] for one in found["childCertificateHashData"]] == ["16", "15"]
    answer = bench.call("DeleteCertificate", certificateHashData=found["certificateHashData"])
    assert answer["status"] == "Accepted"


@VERSIONS
def test_an_own_certificate_at_a_plain_endpoint_is_for_when_the_profile_is_raised(
    version: str,
) -> None:
    root = ROOTS["CSMSRootCertificate"]
    own = Root("CP 1", by=root, ca=False, serial=77)
    tls = Tls(client_certificate=own.pem, client_key="-")
    bench = bench_with(version, tls=tls, csms_url="ws://csms/ocpp", password=PASSWORD)
    assert bench.charger.security.credentials.now.profile == 1

    raise_profile(bench, 3)

    dial = bench.dials[-1]
    assert dial.url == "wss://csms/ocpp/CP%201"
    assert dial.tls.client_certificate == own.pem
    assert dial.tls.ca == root.pem
    assert dial.tls.beside_system


def test_a_certificate_that_cannot_be_read_is_named() -> None:
    bad = FactoryCertificate(use="V2GRootCertificate", pem="no certificate")
    spec = ChargerSpec(identity="CP 1", certificates=(*FACTORY, bad))
    with pytest.raises(Invalid) as refused:
        certificate_store.check(spec)
    assert refused.value.message == "certificates[4].certificate: no certificate in PEM"


# --- a root of X.509 v1 ------------------------------------------------------------------------


@VERSIONS
def test_a_root_of_x509_v1_is_a_trust_anchor(version: str) -> None:
    root = OldRoot()
    bench = bench_of(version, tls=Tls(ca=root.pem))
    trigger(bench)

    assert signed(bench, root.sign(request(bench))) == "Accepted"


@VERSIONS
def test_a_root_of_x509_v1_is_installed(version: str) -> None:
    bench = Bench(version)
    assert install(bench, OldRoot().pem) == "Accepted"
    assert len(listed(bench)) == 1


@VERSIONS
def test_a_certificate_of_x509_v1_between_signs_nothing(version: str) -> None:
    root, old = Root(), OldRoot()
    bench = bench_of(version, root)
    trigger(bench)

    assert signed(bench, old.sign(request(bench)) + old.pem) == "Rejected"


# --- what it says of itself --------------------------------------------------------------------

OF_ITSELF = {
    "charge_box_serial_number": "BOX-1",
    "iccid": "8949000000000000001",
    "imsi": "262010000000001",
    "meter_type": "MID 3P",
    "meter_serial_number": "M-77",
}


def test_16_says_at_boot_what_it_is() -> None:
    bench = bench_with("1.6", **OF_ITSELF)
    [boot] = bench.said("BootNotification")
    assert {
        "chargeBoxSerialNumber": "BOX-1",
        "iccid": "8949000000000000001",
        "imsi": "262010000000001",
        "meterType": "MID 3P",
        "meterSerialNumber": "M-77",
    }.items() <= boot.items()


def test_201_says_at_boot_which_modem_it_has() -> None:
    bench = bench_with("2.0.1", **OF_ITSELF)
    [boot] = bench.said("BootNotification")
    assert boot["chargingStation"]["modem"] == {
        "iccid": "8949000000000000001",
        "imsi": "262010000000001",
    }


@VERSIONS
def test_what_it_does_not_have_it_does_not_say(version: str) -> None:
    [boot] = bench_with(version).said("BootNotification")
    said = boot if version == "1.6" else boot["chargingStation"]
    assert not {"modem", "iccid", "imsi", "meterType", "chargeBoxSerialNumber"} & said.keys()
