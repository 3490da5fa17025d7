"""Signed messages, checked by the published library of the specification and by its vector."""

import json
import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from voltyard.events.webhook_signatures import check_secret, new_secret, signed_headers
from voltyard.kernel.errors import Invalid

BODY = b'{"event":"charger.boot"}'


def test_the_published_vector_is_met() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    headers = signed_headers(
        [secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330.9, b'{"test": 2432232314}'
    )

    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_while_one_secret_follows_another_either_verifies() -> None:
    old, new = new_secret(), new_secret()

    headers = signed_headers([new, old], "evt_1", time.time(), BODY)

    for secret in (old, new):
        assert Webhook(secret).verify(BODY, headers) == json.loads(BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new).verify(BODY + b" ", headers)


def test_a_new_secret_is_a_good_one_and_never_the_same() -> None:
    secrets = {new_secret() for _ in range(100)}

    assert len(secrets) == 100
    for secret in secrets:
        check_secret(secret)


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "whsec_MfKQ",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_!!!!",
        "whsec_" + "QUJD" * 30,
        "whsec_äöü",
    ],
)
def test_what_is_no_secret_is_refused(secret: str) -> None:
    with pytest.raises(Invalid):
        check_secret(secret)
