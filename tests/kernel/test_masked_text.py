"""Secrets in running text: URLs, parameters, assignments, keys."""

import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exploring import examples
from voltyard.kernel.masked_text import masked_text

SECRET = "s3cr3t!$*()+,~_-.:"
"""Of characters that need no escape in the userinfo of a URL, and no quotation."""

HIDDEN = {
    "ftp://user:hunter2@files.example/up/": "ftp://user:***@files.example/up/",
    "sftp://u:p@h:22/x y": "sftp://u:***@h:22/x y",
    "ftp://:hunter2@h/": "ftp://:***@h/",
    "https://ghp_token@example/x": "https://***@example/x",
    "https://u:a@b@h/x": "https://u:***@h/x",
    "ftp://u:pa/ss@h/x": "ftp://u:***@h/x",
    "ftp://u:pa#ss@h/x": "ftp://u:***@h/x",
    "ws://u:p@[::1]:9000/ocpp": "ws://u:***@[::1]:9000/ocpp",
    "HTTPS://U:P@H": "HTTPS://U:***@H",
    "see ftp://u:p@h and ftp://v:q@h.": "see ftp://u:***@h and ftp://v:***@h.",
    "https://h/x?token=abc&a=1": "https://h/x?token=***&a=1",
    "https://h/x?a=1&X-Amz-Signature=abc#top": "https://h/x?a=1&X-Amz-Signature=***#top",
    "https://h/x?sig=abc%3D&se=2": "https://h/x?sig=***&se=2",
    "/ocpp/CP-1?api_key=abc": "/ocpp/CP-1?api_key=***",
    "https://h/?next=ftp://u:p@h2/": "https://h/?next=ftp://u:***@h2/",
    "https://h/?next=ftp%3A%2F%2Fu%3Ap%40h2": "https://h/?next=ftp%3A%2F%2Fu%3A***%40h2",
    "http://lab:8080/files/up/abcdef/log.zip": "http://lab:8080/files/up/***/log.zip",
    "http://lab:8080/files/down/abcdef/fw": "http://lab:8080/files/down/***/fw",
    "login failed: password=hunter2, retry": "login failed: password=***, retry",
    "password: hunter2": "password: ***",
    "apnPassword = 'two words' set": "apnPassword = *** set",
    "pin=1234": "pin=***",
    "Authorization: Basic dTpw": "Authorization: Basic ***",
    "sent Bearer vy_abcdefgh": "sent Bearer ***",
    "-----BEGIN EC PRIVATE KEY-----\nMHc\n-----END EC PRIVATE KEY-----\nrest": (
        "***: a private key\nrest"
    ),
}

SHOWN = (
    "https://example.com/path/@user",
    "https://example.com:8443/@scope/package",
    "http://[::1]:9000/x@y",
    "ping interval = 60, pin: stuck",
    "the idToken=AABBCCDD is unknown",
    "PasswordLength=40",
    "ratio 3:4 at 5 o'clock // comment",
    "Basic charging is on",
    "https://example.com/?page=2&limit=20",
)


@pytest.mark.parametrize("text", HIDDEN)
def test_what_is_secret_in_a_text_is_blanked(text: str) -> None:
    assert masked_text(text) == HIDDEN[text]


@pytest.mark.parametrize("text", SHOWN)
def test_a_text_without_secrets_stays(text: str) -> None:
    assert masked_text(text) == text


def encoded(value: str, times: int) -> str:
    """A value within a parameter, that within another, and so on."""
    for _ in range(times):
        value = "?a=" + quote(value, safe="")
    return value


def test_what_is_encoded_a_few_times_is_looked_through_and_deeper_blanked() -> None:
    assert "hunter2" not in masked_text(encoded("?password=hunter2", 3))
    assert "harmless" in masked_text(encoded("harmless", 4))
    assert "harmless" not in masked_text(encoded("harmless", 300))


@examples(300)
@given(
    secret=st.text("abcXYZ019-._~!$*+:@", min_size=8, max_size=24),
    user=st.text("abc019", max_size=5),
    before=st.text("ab ,;:/(@", max_size=9),
    after=st.text("ab/?&=#@", max_size=9),
)
def test_no_password_of_a_url_survives(secret: str, user: str, before: str, after: str) -> None:
    secret = f"Q{secret}Q"

    shown = masked_text(f"{before}ftp://{user}:{secret}@host.example/{after}")

    assert secret not in shown
    assert "host.example" in shown or "@" in after


@examples(200)
@given(text=st.text("pasword=:/@?&#\"' keyBEGIN-", max_size=200))
def test_masking_twice_masks_no_more(text: str) -> None:
    once = masked_text(text)

    assert masked_text(once) == once


@pytest.mark.parametrize(
    "part",
    ["a", "://", "ftp://a:", "@", "&a=", "password ", "-----BEGIN PRIVATE KEY-----", "pass="],
)
def test_a_long_text_takes_no_longer_than_it_is_long(part: str) -> None:
    text = "key=//" + part * (400_000 // len(part))

    began = time.process_time()
    masked_text(text)

    assert time.process_time() - began < 10  # a square of it would be hours
