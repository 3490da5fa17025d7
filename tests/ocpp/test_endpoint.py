"""Where a charger calls."""

import pytest

from voltyard.ocpp.endpoint import with_identity


@pytest.mark.parametrize(
    ("endpoint", "identity", "url"),
    [
        ("ws://csms/ocpp", "CP-1", "ws://csms/ocpp/CP-1"),
        ("ws://csms/ocpp/", "RDAM 123", "ws://csms/ocpp/RDAM%20123"),
        ("wss://csms:9000", "a/b?c", "wss://csms:9000/a%2Fb%3Fc"),
        ("ws://csms/ocpp?tenant=1", "Über", "ws://csms/ocpp/%C3%9Cber?tenant=1"),
    ],
)
def test_an_identity_is_the_last_segment_percent_encoded(
    endpoint: str, identity: str, url: str
) -> None:
    assert with_identity(endpoint, identity) == url
