"""The charger's own certificate: asked for, checked, used, renewed (white paper A02; 2.0.1 A02)."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import NameOID

from tests.charger.bench import Bench, answering, refusing, silent
from tests.charger.security.bench import (
    ACCEPTED,
    DAY,
    NOW,
    Root,
    bench_of,
    install,
    request,
    signed,
    trigger,
)
from voltyard.charger.charger import Charger
from voltyard.charger.inputs import Tick
from voltyard.charger.security.credentials import GRACE_S
from voltyard.charger.snapshot import Snapshot
from voltyard.kernel.tls import Tls

VERSIONS = pytest.mark.parametrize("version", ["1.6", "2.0.1"])


def events(bench: Bench) -> list[str]:
    return [said["type"] for said in bench.said("SecurityEventNotification")]


@VERSIONS
def test_the_request_is_a_true_one_and_names_charger_and_operator(version: str) -> None:
    bench = bench_of(version, settings={"CpoName": "ACME"})

    assert trigger(bench) == "Accepted"

    asked = x509.load_pem_x509_csr(request(bench).encode())
    assert asked.is_signature_valid
    assert isinstance(asked.public_key(), ec.EllipticCurvePublicKey)
    subject = {one.oid: one.value for one in asked.subject}
    assert subject == {NameOID.COMMON_NAME: "SN-1", NameOID.ORGANIZATION_NAME: "ACME"}


def test_without_a_serial_number_the_identity_is_its_name() -> None:
    bench = bench_of("1.6", serial_number="")
    trigger(bench)
    asked = x509.load_pem_x509_csr(request(bench).encode())
    [name] = asked.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert name.value == "CP 1"


def test_one_seed_gives_one_request_and_every_request_has_a_new_key() -> None:
    one, same, other = bench_of("1.6"), bench_of("1.6"), bench_of("1.6", seed=2)
    for bench in (one, same, other):
        trigger(bench)
    assert request(one) == request(same) != request(other)
    first = request(one)
    trigger(one)
    assert request(one) != first
    keys = [x509.load_pem_x509_csr(each.encode()).public_key() for each in (first, request(one))]
    assert keys[0] != keys[1]


@VERSIONS
def test_tc_074_tc_a_11_a_certificate_that_is_right_is_taken(version: str) -> None:
    root = Root()
    bench = bench_of(version, root)
    trigger(bench)
    chain = root.sign(request(bench))

    assert signed(bench, chain) == "Accepted"

    assert bench.charger.security.credentials.certificate == chain
    assert len(bench.dials) == 1  # profile 2 has no use for it
    assert "InvalidChargePointCertificate" not in events(bench)


@VERSIONS
def test_in_profile_3_the_link_is_opened_anew_with_it(version: str) -> None:
    root = Root()
    first = Root("SN-1", by=root, ca=False)
    tls = Tls(ca=root.pem, client_certificate=first.pem, client_key="its-key")
    bench = bench_of(version, tls=tls, security_profile=3)
    trigger(bench)
    chain = root.sign(request(bench))

    assert signed(bench, chain) == "Accepted"

    shown = bench.dials[-1].tls
    assert len(bench.dials) == 2 and shown.client_certificate == chain
    key = load_pem_private_key((shown.client_key or "").encode(), None)
    asked = x509.load_pem_x509_csr(request(bench).encode())
    assert key.public_key() == asked.public_key()


def test_from_profile_1_to_3_over_ocpp_alone() -> None:
    root = Root()
    bench = bench_of("1.6", csms_url="ws://csms/ocpp", security_profile=1)
    kind = "CentralSystemRootCertificate"
    bench.call("InstallCertificate", certificateType=kind, certificate=root.pem)
    change = {"key": "SecurityProfile"}
    assert bench.call("ChangeConfiguration", **change, value="3") == {"status": "Rejected"}
    assert bench.call("ChangeConfiguration", **change, value="2") == {"status": "Accepted"}
    bench.wait(GRACE_S)
    trigger(bench)
    chain = root.sign(request(bench))
    assert signed(bench, chain) == "Accepted"

    assert bench.call("ChangeConfiguration", **change, value="3") == {"status": "Accepted"}
    bench.wait(GRACE_S)

    shown = bench.dials[-1]
    assert shown.url == "wss://csms/ocpp/CP%201"
    assert (shown.tls.ca, shown.tls.client_certificate) == (root.pem, chain)


@VERSIONS
@pytest.mark.parametrize("wrong", ["key", "root", "expired", "text", "long"])
def test_tc_077_tc_a_14_a_certificate_that_is_wrong_is_refused_and_told(
    version: str, wrong: str
) -> None:
    root = Root()
    settings = {"CertificateSignedMaxChainSize": "100"} if wrong == "long" else {}
    bench = bench_of(version, root, settings=settings)
    trigger(bench)
    asked = request(bench)
    chain = {
        "key": root.sign(asked, key=ec.generate_private_key(ec.SECP256R1())),
        "root": Root("Stranger").sign(asked),
        "expired": root.sign(asked, ends=NOW - timedelta(hours=1)),
        "text": "no certificate",
        "long": root.sign(asked),
    }[wrong]
    bench.forget()

    assert signed(bench, chain) == "Rejected"

    name = "ChargePoint" if version == "1.6" else "ChargingStation"
    assert events(bench) == [f"Invalid{name}Certificate"]
    assert bench.charger.security.credentials.certificate is None


@VERSIONS
def test_a02_fr_08_a_certificate_is_taken_up_when_it_begins_to_hold(version: str) -> None:
    root = Root()
    bench = bench_of(version, root)
    trigger(bench)
    chain = root.sign(request(bench), begins=NOW + timedelta(hours=1))
    bench.forget()

    assert signed(bench, chain) == "Accepted"
    bench.wait(3500)
    assert bench.charger.security.credentials.certificate is None
    assert len(bench.dials) == 1
    plain = msgspec.json.encode(bench.charger.snapshot())
    bench.wait(100)
    assert bench.charger.security.credentials.certificate == chain
    assert (events(bench), bench.said("SignCertificate")) == ([], [])

    again = Bench(spec=bench.spec, boot=False, now=bench.now)  # killed before, back after
    again.charger = Charger.restore(
        bench.spec, msgspec.json.decode(plain, type=Snapshot), again.now
    )
    again._step(Tick())
    assert again.charger.security.credentials.certificate == chain


@VERSIONS
def test_a_chain_may_lead_over_others_to_the_root(version: str) -> None:
    root = Root()
    below = Root("Below", by=root)
    bench = bench_of(version, root)
    trigger(bench)
    leaf = below.sign(request(bench))
    assert signed(bench, leaf) == "Rejected"  # the link is missing
    assert signed(bench, leaf + below.pem) == "Accepted"


def test_a_certificate_nobody_asked_for_is_refused() -> None:
    root = Root()
    bench = bench_of("1.6", root)
    trigger(bench)
    chain = root.sign(request(bench))
    fresh = bench_of("1.6", root)
    assert signed(fresh, chain) == "Rejected"


# --- the V2G certificate ----------------------------------------------------------------------


def v2g_bench(root: Root, *, both: bool = False, **spec: Any) -> Bench:
    """A charger that trusts a V2G root, and has been told to ask for a certificate."""
    bench = bench_of("2.0.1", root if both else None, **spec)
    install(bench, root.pem, "V2GRootCertificate")
    message = "SignCombinedCertificate" if both else "SignV2GCertificate"
    assert bench.call("TriggerMessage", requestedMessage=message)["status"] == "Accepted"
    return bench


def csr(bench: Bench) -> str:
    text: str = bench.said("SignCertificate")[-1]["csr"]
    return text


def v2g_signed(bench: Bench, chain: str, type: str | None = "V2GCertificate") -> str:
    fields = {} if type is None else {"certificateType": type}
    status: str = bench.call("CertificateSigned", certificateChain=chain, **fields)["status"]
    return status


def listed_chains(bench: Bench) -> list[dict[str, Any]]:
    answer = bench.call("GetInstalledCertificateIds", certificateType=["V2GCertificateChain"])
    found: list[dict[str, Any]] = answer.get("certificateHashDataChain", [])
    return found


def test_tc_a_12_a_v2g_certificate_is_asked_for_taken_and_listed() -> None:
    root = Root()
    bench = v2g_bench(root, settings={"ISO15118Ctrlr.SeccId": "DEVOLE1"})

    asked = bench.said("SignCertificate")[-1]
    chain = root.sign(asked["csr"])

    assert asked["certificateType"] == "V2GCertificate"
    subject = x509.load_pem_x509_csr(asked["csr"].encode()).subject
    assert subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "DEVOLE1"
    assert v2g_signed(bench, chain) == "Accepted"
    assert [one["certificateHashData"]["serialNumber"] for one in listed_chains(bench)] == ["1267"]
    assert bench.charger.security.credentials.now.chain is None  # the link's is another


def test_a_new_v2g_certificate_takes_the_place_of_the_one_before() -> None:
    root = Root()
    bench = v2g_bench(root)
    v2g_signed(bench, root.sign(csr(bench), serial=1))
    bench.call("TriggerMessage", requestedMessage="SignV2GCertificate")

    assert v2g_signed(bench, root.sign(csr(bench), serial=2)) == "Accepted"

    assert [one["certificateHashData"]["serialNumber"] for one in listed_chains(bench)] == ["2"]


@pytest.mark.parametrize("wrong", ["another root", "another key", "expired", "no certificate"])
def test_a_v2g_certificate_that_is_wrong_is_refused_and_the_one_before_stays(wrong: str) -> None:
    root = Root()
    bench = v2g_bench(root)
    v2g_signed(bench, root.sign(csr(bench), serial=1))
    bench.call("TriggerMessage", requestedMessage="SignV2GCertificate")
    asked = csr(bench)
    chain = {
        "another root": lambda: Root("Stranger").sign(asked),
        "another key": lambda: root.sign(asked, key=Root().key),
        "expired": lambda: root.sign(asked, ends=NOW - timedelta(hours=1)),
        "no certificate": lambda: "x",
    }[wrong]()

    assert v2g_signed(bench, chain) == "Rejected"

    assert events(bench)[-1] == "InvalidChargingStationCertificate"
    assert [one["certificateHashData"]["serialNumber"] for one in listed_chains(bench)] == ["1"]


def test_tc_a_13_a_certificate_for_both_uses_serves_the_link_and_vehicles() -> None:
    root = Root()
    bench = v2g_bench(root, both=True)
    assert "certificateType" not in bench.said("SignCertificate")[-1]
    chain = root.sign(csr(bench))

    assert v2g_signed(bench, chain, None) == "Accepted"

    assert bench.charger.security.credentials.now.chain == chain
    assert [one["certificateHashData"]["serialNumber"] for one in listed_chains(bench)] == ["1267"]


def test_a_v2g_certificate_is_renewed_before_its_end_unless_that_is_off() -> None:
    root = Root(ends=NOW + 200 * DAY)
    for enabled, is_renewed in (("true", True), ("false", False)):
        settings = {"ISO15118Ctrlr.V2GCertificateInstallationEnabled": enabled}
        bench = v2g_bench(root, settings=settings)
        v2g_signed(bench, root.sign(csr(bench), ends=NOW + 90 * DAY))
        bench.wait(61 * DAY.total_seconds())
        assert (len(bench.said("SignCertificate")) > 1) is is_renewed


def test_a_v2g_certificate_that_is_waited_for_survives_a_power_cut() -> None:
    root = Root()
    bench = v2g_bench(root)
    chain = root.sign(csr(bench))

    snapshot = msgspec.json.decode(
        msgspec.json.encode(bench.charger.snapshot(bench.now)), type=Snapshot
    )
    again = Charger.restore(bench.charger.context.spec, snapshot, bench.now)

    assert again.security.v2g_signing.waits
    assert again.security.v2g_signing.signed(chain) == "Accepted"
    assert again.security.installed.roots("V2GCertificateChain") == [chain]


def test_a_charger_without_iso_15118_asks_for_no_v2g_certificate() -> None:
    bench = bench_of("2.0.1", settings={"ISO15118Ctrlr.Enabled": "false"})
    answer = bench.call("TriggerMessage", requestedMessage="SignV2GCertificate")
    assert answer["status"] == "NotImplemented"
    assert v2g_signed(bench, "x") == "Rejected"


# --- patience ----------------------------------------------------------------------------------

WAITS = {"SecurityCtrlr.CertSigningWaitMinimum": "10", "SecurityCtrlr.CertSigningRepeatTimes": "2"}


def test_tc_a_23_it_asks_again_with_doubled_patience_and_then_no_more() -> None:
    bench = bench_of("2.0.1", settings=WAITS)
    began = bench.now
    times: list[float] = []

    def noting(payload: Any) -> Any:
        times.append(bench.now - began)
        return {"status": "Accepted"}

    bench.answers["SignCertificate"] = noting
    trigger(bench)
    bench.wait(1000)

    assert times == [0, 10, 30]


def test_in_1_6_what_was_promised_is_not_asked_for_again_and_taken_late() -> None:
    root = Root()
    bench = bench_of("1.6", root, settings=WAITS)
    trigger(bench)
    bench.wait(100_000)

    [asked] = bench.said("SignCertificate")
    answer = bench.call("CertificateSigned", certificateChain=root.sign(asked["csr"]))
    assert answer == {"status": "Accepted"}


def test_a02_fr_20_after_a_wrong_certificate_none_is_asked_for_until_the_csms_wants_one() -> None:
    bench = bench_of("2.0.1", Root(), settings=WAITS)
    trigger(bench)
    wrong = Root().sign(request(bench))
    assert signed(bench, wrong) == "Rejected"

    bench.wait(1000)
    assert len(bench.said("SignCertificate")) == 1
    trigger(bench)
    assert len(bench.said("SignCertificate")) == 2


def test_tc_a_15_a_request_that_is_rejected_is_not_repeated() -> None:
    bench = bench_of("2.0.1", settings=WAITS)
    bench.answers["SignCertificate"] = answering({"status": "Rejected"})
    trigger(bench)
    bench.wait(1000)
    assert len(bench.said("SignCertificate")) == 1


@pytest.mark.parametrize("answer", [silent, refusing()], ids=["silence", "CALLERROR"])
def test_a_request_without_an_answer_is_repeated(answer: Any) -> None:
    bench = bench_of("1.6", settings=WAITS)
    bench.answers["SignCertificate"] = answer
    trigger(bench)
    bench.wait(1000)
    assert len(bench.said("SignCertificate")) == 3


def test_a_request_that_was_cut_off_is_repeated_on_the_next_link() -> None:
    bench = bench_of("1.6", settings={"SecurityCtrlr.CertSigningWaitMinimum": "1000"})
    bench.answers["SignCertificate"] = silent
    trigger(bench)
    bench.cut()
    bench.answers["SignCertificate"] = ACCEPTED
    bench.mend()
    bench.wait(30)
    assert len(bench.said("SignCertificate")) == 2


@VERSIONS
def test_a_certificate_is_renewed_before_its_end(version: str) -> None:
    root = Root(ends=NOW + 2000 * DAY)
    first = Root("SN-1", by=root, ca=False, ends=NOW + 100 * DAY)
    tls = Tls(ca=root.pem, client_certificate=first.pem, client_key="its-key")
    bench = bench_of(version, tls=tls, security_profile=3)
    bench.wait(DAY.total_seconds() * 69)
    assert bench.said("SignCertificate") == []

    bench.wait(DAY.total_seconds() * 2)

    assert len(bench.said("SignCertificate")) > 0
    today = NOW + 70 * DAY
    chain = root.sign(request(bench), begins=today - DAY, ends=today + 90 * DAY)
    assert signed(bench, chain) == "Accepted"
    bench.forget()
    bench.wait(DAY.total_seconds() * 50)
    assert bench.said("SignCertificate") == []


# --- secrets and memory ------------------------------------------------------------------------


def test_the_key_is_in_no_memory_and_still_there_after_a_power_cut() -> None:
    root = Root()
    first = Root("SN-1", by=root, ca=False)
    tls = Tls(ca=root.pem, client_certificate=first.pem, client_key="its-key")
    bench = bench_of("1.6", tls=tls, security_profile=3)
    trigger(bench)
    signed(bench, root.sign(request(bench)))
    plain = msgspec.json.encode(bench.charger.snapshot())
    shown = bench.dials[-1].tls

    again = Bench(spec=bench.spec, boot=False, now=bench.now + 100)
    again.charger = Charger.restore(
        bench.spec, msgspec.json.decode(plain, type=Snapshot), again.now
    )
    again._step(Tick())
    again.wait(10)

    assert again.dials[-1].tls == shown
    assert shown.client_key is not None
    middle = shown.client_key.splitlines()[1]
    seen = repr((bench.events, bench.dials, bench.state, bench.charger.snapshot()))
    assert b"PRIVATE" not in plain and middle.encode() not in plain
    assert middle not in seen


def test_a_certificate_that_comes_after_a_power_cut_is_taken() -> None:
    root = Root()
    bench = bench_of("2.0.1", root, settings=WAITS)
    trigger(bench)
    chain = root.sign(request(bench))
    plain = msgspec.json.encode(bench.charger.snapshot())
    again = Bench(spec=bench.spec, boot=False, now=bench.now + 1)
    again.answers["SignCertificate"] = silent
    again.charger = Charger.restore(
        bench.spec, msgspec.json.decode(plain, type=Snapshot), again.now
    )
    again._step(Tick())
    again.wait(2.9)
    assert again.charger.security.signing.waits
    assert again.charger.security.signing.signed(chain) == "Accepted"


# --- other triggers ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wanted,action",
    [
        ("Heartbeat", "Heartbeat"),
        ("MeterValues", "MeterValues"),
        ("StatusNotification", "StatusNotification"),
        ("LogStatusNotification", "LogStatusNotification"),
        ("FirmwareStatusNotification", "SignedFirmwareStatusNotification"),
    ],
)
def test_an_extended_trigger_has_what_the_plain_one_has(wanted: str, action: str) -> None:
    bench = Bench("1.6")
    bench.forget()
    assert bench.call("ExtendedTriggerMessage", requestedMessage=wanted) == {"status": "Accepted"}
    assert set(bench.actions()) == {action}


def test_an_extended_trigger_of_a_boot_after_acceptance_is_rejected() -> None:
    bench = Bench("1.6")
    answer = bench.call("ExtendedTriggerMessage", requestedMessage="BootNotification")
    assert answer == {"status": "Rejected"}
    assert bench.call(
        "ExtendedTriggerMessage", requestedMessage="StatusNotification", connectorId=9
    ) == {"status": "Rejected"}
