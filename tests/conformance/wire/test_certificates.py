"""Certificates of the tester's, and what it finds wrong with those of a CSMS."""

import time

from voltyard.conformance.wire.authority import ConformanceAuthority
from voltyard.conformance.wire.certificates import (
    certificate_flaw,
    certificate_request,
    signed_request,
    stranger,
)


def test_what_is_wrong_with_a_chain_is_told() -> None:
    root, other = (
        ConformanceAuthority("Root", time.time()),
        ConformanceAuthority("Other", time.time()),
    )
    request, key = certificate_request("CP-1")
    asked = signed_request(request)
    assert asked is not None
    signed = root.sign(asked)

    assert certificate_flaw(signed, key, "CP-1") == ""
    assert certificate_flaw(signed + root.root, key, "CP-1") == ""
    assert certificate_flaw(signed, key, "CP-2") == "its common name is 'CP-1'"
    assert certificate_flaw(signed, stranger(), "CP-1") == "it is of another key"
    assert "is not signed by" in certificate_flaw(signed + other.root, key, "CP-1")
    assert certificate_flaw("nothing", key, "CP-1") == "no certificates in PEM"


def test_a_request_is_one_in_pem() -> None:
    request, _ = certificate_request("CP-1")

    assert signed_request(request) is not None
    assert signed_request(request[:-40]) is None
    assert signed_request("a request") is None
