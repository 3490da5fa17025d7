"""Root certificates over OCPP: installed, listed, deleted, remembered (white paper, block M)."""

import hashlib
from datetime import timedelta

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.charger.bench import Bench
from tests.charger.security.bench import NOW, Root, install, listed
from voltyard.charger.charger import Charger
from voltyard.charger.description.specification import ChargerSpec
from voltyard.charger.inputs import Tick
from voltyard.charger.snapshot import Snapshot
from voltyard.kernel.tls import Tls

VERSIONS = pytest.mark.parametrize("version", ["1.6", "2.0.1"])


@VERSIONS
@pytest.mark.parametrize("kind", ["", "ManufacturerRootCertificate"])
def test_tc_075_tc_m_01_a_root_is_installed_and_listed_with_true_hashes(
    version: str, kind: str
) -> None:
    root = Root()
    bench = Bench(version)
    assert listed(bench, kind) == []

    assert install(bench, root.pem, kind) == "Accepted"

    point = root.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    assert listed(bench, kind) == [
        {
            "hashAlgorithm": "SHA256",
            "issuerNameHash": hashlib.sha256(root.certificate.issuer.public_bytes()).hexdigest(),
            "issuerKeyHash": hashlib.sha256(point).hexdigest(),
            "serialNumber": "abc",
        }
    ]
    assert bench.remembered


def test_the_hashes_of_an_intermediate_are_of_its_issuer() -> None:
    root = Root(key=rsa.generate_private_key(65537, 2048))
    below = Root("Below", by=root, serial=7)
    bench = Bench("2.0.1")
    install(bench, root.pem)
    install(bench, below.pem)

    first, second = listed(bench)

    bits = root.key.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    assert first["issuerKeyHash"] == second["issuerKeyHash"] == hashlib.sha256(bits).hexdigest()
    assert second["serialNumber"] == "7"


@VERSIONS
@pytest.mark.parametrize(
    "pem",
    [
        "no certificate",
        Root(ca=False).pem,
        Root(ends=NOW - timedelta(hours=1)).pem,
        Root(begins=NOW + timedelta(hours=1)).pem,
        Root(key=rsa.generate_private_key(65537, 1024)).pem,
        Root("One").pem + Root("Two").pem,
    ],
    ids=["no PEM", "no root", "expired", "not yet", "weak", "two"],
)
def test_tc_m_07_what_is_no_root_is_rejected_and_changes_nothing(version: str, pem: str) -> None:
    bench = Bench(version)
    remembered = bench.remembered
    assert install(bench, pem) == "Rejected"
    assert listed(bench) == []
    assert bench.remembered == remembered


@VERSIONS
def test_installing_it_again_keeps_one(version: str) -> None:
    root = Root()
    bench = Bench(version)
    assert [install(bench, root.pem), install(bench, root.pem)] == ["Accepted", "Accepted"]
    assert len(listed(bench)) == 1


def test_a_full_store_takes_no_more() -> None:
    bench = Bench("1.6", settings={"CertificateStoreMaxLength": "2"})
    roots = [Root(str(number), serial=number + 1) for number in range(3)]
    assert [install(bench, root.pem) for root in roots] == ["Accepted", "Accepted", "Rejected"]
    assert len(listed(bench)) == 2


@VERSIONS
def test_tc_m_09_with_the_additional_check_a_new_root_is_signed_by_the_old(version: str) -> None:
    old, stranger = Root("Old"), Root("Stranger")
    new = Root("New", by=old, serial=2)
    newest = Root("Newest", by=new, serial=3)
    bench = Bench(version, settings={"AdditionalRootCertificateCheck": "true"})

    assert install(bench, old.pem) == "Accepted"
    assert install(bench, stranger.pem) == "Rejected"
    assert install(bench, new.pem) == "Accepted"
    assert install(bench, newest.pem) == "Accepted"

    assert [one["serialNumber"] for one in listed(bench)] == ["2", "3"]
    assert install(bench, stranger.pem, "ManufacturerRootCertificate") == "Accepted"


@VERSIONS
@pytest.mark.parametrize("algorithm", ["SHA256", "SHA384", "SHA512"])
def test_tc_076_tc_m_20_a_root_is_deleted_by_its_hashes(version: str, algorithm: str) -> None:
    root, other = Root(), Root("Other", serial=9)
    bench = Bench(version)
    install(bench, root.pem)
    install(bench, other.pem)
    digest = getattr(hashlib, algorithm.lower())
    point = root.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    data = {
        "hashAlgorithm": algorithm,
        "issuerNameHash": digest(root.certificate.issuer.public_bytes()).hexdigest(),
        "issuerKeyHash": digest(point).hexdigest().upper(),
        "serialNumber": "0ABC",
    }

    assert bench.call("DeleteCertificate", certificateHashData=data) == {"status": "Accepted"}
    assert [one["serialNumber"] for one in listed(bench)] == ["9"]
    assert bench.call("DeleteCertificate", certificateHashData=data) == {"status": "NotFound"}


@VERSIONS
def test_tc_m_23_the_chargers_own_certificate_cannot_be_deleted(version: str) -> None:
    root = Root()
    own = Root("CP 1", by=root, ca=False, serial=77)
    tls = Tls(ca=root.pem, client_certificate=own.pem, client_key="-")
    spec = ChargerSpec(identity="CP 1", version=version, csms_url="wss://csms/ocpp", tls=tls)  # type: ignore[arg-type]
    bench = Bench(spec=spec)
    [known] = listed(bench)

    answer = bench.call("DeleteCertificate", certificateHashData={**known, "serialNumber": "4d"})

    assert answer == {"status": "Failed"}


def test_tc_m_18_without_types_everything_is_listed() -> None:
    bench = Bench("2.0.1")
    install(bench, Root("A", serial=1).pem)
    install(bench, Root("B", serial=2).pem, "ManufacturerRootCertificate")
    install(bench, Root("C", serial=3).pem, "V2GRootCertificate")
    chains = bench.call("GetInstalledCertificateIds")["certificateHashDataChain"]
    assert [one["certificateType"] for one in chains] == [
        "CSMSRootCertificate",
        "ManufacturerRootCertificate",
        "V2GRootCertificate",
    ]


@VERSIONS
def test_what_the_charger_was_made_with_is_installed(version: str) -> None:
    pem = Root("A", serial=1).pem + Root("B", serial=2).pem
    spec = ChargerSpec(identity="CP 1", version=version, tls=Tls(ca=pem))  # type: ignore[arg-type]
    assert [one["serialNumber"] for one in listed(Bench(spec=spec))] == ["1", "2"]


@VERSIONS
def test_roots_outlive_a_power_cut(version: str) -> None:
    bench = Bench(version)
    install(bench, Root(serial=5).pem)
    memory = msgspec.json.decode(msgspec.json.encode(bench.charger.snapshot()), type=Snapshot)

    again = Bench(spec=bench.spec, boot=False, now=bench.now + 100)
    again.charger = Charger.restore(bench.spec, memory, again.now)
    again._step(Tick())
    again.wait(10)

    assert [one["serialNumber"] for one in listed(again)] == ["5"]


def test_201_says_how_many_there_are() -> None:
    bench = Bench("2.0.1")
    install(bench, Root().pem)
    [result] = bench.call(
        "GetVariables",
        getVariableData=[
            {
                "component": {"name": "SecurityCtrlr"},
                "variable": {"name": "CertificateEntries"},
            }
        ],
    )["getVariableResult"]
    assert result["attributeValue"] == "1"
