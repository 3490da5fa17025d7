"""Certificates for the bench, whose clock stands at START."""

from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from tests.charger.bench import START, Bench, answering
from voltyard.charger.description.specification import ChargerSpec
from voltyard.charger.security.credentials import GRACE_S
from voltyard.kernel.tls import Tls

PASSWORD = "a-password-of-20-chr"
ACCEPTED = answering({"status": "Accepted"})


NOW = datetime.fromtimestamp(START, UTC)
DAY = timedelta(days=1)


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


class Root:
    """A root certificate and its key, or one that `by` has signed."""

    def __init__(
        self,
        common: str = "Root",
        *,
        by: "Root | None" = None,
        ca: bool = True,
        begins: datetime = NOW - DAY,
        ends: datetime = NOW + 100 * DAY,
        key: Any = None,
        serial: int = 0x0ABC,
    ) -> None:
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        issuer = name(common) if by is None else by.certificate.subject
        drawn_up = _drawn_up(name(common), issuer, self.key.public_key(), begins, ends, serial)
        self.certificate = drawn_up.add_extension(
            x509.BasicConstraints(ca=ca, path_length=None), critical=True
        ).sign(self.key if by is None else by.key, hashes.SHA256())
        self.pem = self.certificate.public_bytes(Encoding.PEM).decode()

    def sign(
        self,
        request: str,
        *,
        begins: datetime = NOW - DAY,
        ends: datetime = NOW + 90 * DAY,
        key: Any = None,
        serial: int = 4711,
    ) -> str:
        """The certificate that a request asks for; of another key where one is given."""
        asked = x509.load_pem_x509_csr(request.encode())
        assert asked.is_signature_valid
        drawn_up = _drawn_up(
            asked.subject,
            self.certificate.subject,
            asked.public_key() if key is None else key.public_key(),
            begins,
            ends,
            serial,
        )
        return drawn_up.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


class OldRoot(Root):
    """A root of X.509 v1, which has no extensions."""

    def __init__(self, common: str = "Old", key: Any = None) -> None:
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        algorithm = _der(0x30, bytes.fromhex("06082a8648ce3d040302"))  # ecdsa-with-SHA256
        times = [NOW - DAY, NOW + 100 * DAY]
        written = _der(
            0x30,
            b"".join(
                (
                    _der(0x02, b"\x01"),
                    algorithm,
                    name(common).public_bytes(),
                    _der(
                        0x30, b"".join(_der(0x17, f"{at:%y%m%d%H%M%SZ}".encode()) for at in times)
                    ),
                    name(common).public_bytes(),
                    self.key.public_key().public_bytes(
                        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
                    ),
                )
            ),
        )
        signature = self.key.sign(written, ec.ECDSA(hashes.SHA256()))
        signed = _der(0x30, written + algorithm + _der(0x03, b"\x00" + signature))
        self.certificate = x509.load_der_x509_certificate(signed)
        self.pem = self.certificate.public_bytes(Encoding.PEM).decode()


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    digits = b"" if size < 0x80 else size.to_bytes(1 if size < 0x100 else 2, "big")
    length = digits and bytes([0x80 + len(digits)]) + digits
    return bytes([tag]) + (length or bytes([size])) + content


def _drawn_up(
    subject: x509.Name,
    issuer: x509.Name,
    key: Any,
    begins: datetime,
    ends: datetime,
    serial: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(serial)
        .not_valid_before(begins)
        .not_valid_after(ends)
    )


def change(bench: Bench, key: str, value: str) -> str:
    if bench.spec.version == "1.6":
        status = str(bench.call("ChangeConfiguration", key=key, value=value)["status"])
        bench.wait(GRACE_S)
        return status
    component, _, variable = key.partition(".")
    data = {
        "component": {"name": component},
        "variable": {"name": variable},
        "attributeValue": value,
    }
    [result] = bench.call("SetVariables", setVariableData=[data])["setVariableResult"]
    bench.wait(GRACE_S)
    return str(result["attributeStatus"])


def set_slot(bench: Bench, slot: int = 1, **said: Any) -> str:
    data = {
        "ocppVersion": "OCPP20",
        "ocppTransport": "JSON",
        "ocppCsmsUrl": "wss://other:4433/ocpp",
        "messageTimeout": 20,
        "securityProfile": 2,
        "ocppInterface": "Wired0",
        **said,
    }
    answer = bench.call("SetNetworkProfile", configurationSlot=slot, connectionData=data)
    return str(answer["status"])


def use(version: str, kind: str) -> str:
    return f"CentralSystem{kind}" if version == "1.6" else f"CSMS{kind}"


def install(bench: Bench, pem: str, kind: str = "") -> str:
    kind = kind or use(bench.spec.version, "RootCertificate")
    answer = bench.call("InstallCertificate", certificateType=kind, certificate=pem)
    return str(answer["status"])


def listed(bench: Bench, kind: str = "") -> list[dict[str, str]]:
    """The hash data of one kind."""
    kind = kind or use(bench.spec.version, "RootCertificate")
    if bench.spec.version == "1.6":
        answer = bench.call("GetInstalledCertificateIds", certificateType=kind)
        found = answer.get("certificateHashData", [])
    else:
        answer = bench.call("GetInstalledCertificateIds", certificateType=[kind])
        chains = answer.get("certificateHashDataChain", [])
        assert all(one["certificateType"] == kind for one in chains)
        found = [one["certificateHashData"] for one in chains]
    assert answer["status"] == ("Accepted" if found else "NotFound")
    return list(found)


def bench_of(version: str, root: Root | None = None, **said: Any) -> Bench:
    """One that trusts the root, and has SignCertificate accepted."""
    said = {
        "csms_url": "wss://csms/ocpp",
        "password": PASSWORD,
        "security_profile": 2,
        "tls": Tls(ca=None if root is None else root.pem),
        "serial_number": "SN-1",
        **said,
    }
    bench = Bench(spec=ChargerSpec(identity="CP 1", version=version, **said), boot=False)
    bench.answers["SignCertificate"] = ACCEPTED
    bench.tick()
    return bench


def trigger(bench: Bench) -> str:
    if bench.spec.version == "1.6":
        wanted = "SignChargePointCertificate"
        answer = bench.call("ExtendedTriggerMessage", requestedMessage=wanted)
    else:
        wanted = "SignChargingStationCertificate"
        answer = bench.call("TriggerMessage", requestedMessage=wanted)
    return str(answer["status"])


def request(bench: Bench) -> str:
    """The request for a certificate that was sent last."""
    said = bench.said("SignCertificate")[-1]
    if bench.spec.version != "1.6":
        assert said["certificateType"] == "ChargingStationCertificate"
    return str(said["csr"])


def signed(bench: Bench, chain: str) -> str:
    status = str(bench.call("CertificateSigned", certificateChain=chain)["status"])
    bench.wait(GRACE_S)
    return status
