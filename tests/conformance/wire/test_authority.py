"""The tester's certificate authority, and the hashes by which OCPP knows its root."""

import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import ocsp

from voltyard.conformance.wire.authority import ConformanceAuthority


@pytest.mark.parametrize(
    ("algorithm", "hash"), [("SHA256", hashes.SHA256()), ("SHA512", hashes.SHA512())]
)
def test_hash_data_is_that_of_an_ocsp_request(
    algorithm: str, hash: hashes.SHA256 | hashes.SHA512
) -> None:
    root = ConformanceAuthority("Root", time.time())
    certificate = x509.load_pem_x509_certificate(root.root.encode())
    asked = ocsp.OCSPRequestBuilder().add_certificate(certificate, certificate, hash).build()

    assert root.hash_data(algorithm) == {
        "hashAlgorithm": algorithm,
        "issuerNameHash": asked.issuer_name_hash.hex(),
        "issuerKeyHash": asked.issuer_key_hash.hex(),
        "serialNumber": f"{asked.serial_number:x}",
    }
