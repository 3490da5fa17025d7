"""`voltyard doctor`: what it finds in settings."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from voltyard.cli.doctor import advice
from voltyard.cli.main import app
from voltyard.config import Config

TLS = {
    "ocpp_tls_certificate": Path("a.pem"),
    "ocpp_tls_key": Path("a.key"),
    "rest_tls_certificate": Path("b.pem"),
    "rest_tls_key": Path("b.key"),
}


def told(**settings: object) -> str:
    return "\n".join(one.what for one in advice(Config(**settings)))  # type: ignore[arg-type]


def test_on_loopback_nothing_is_found() -> None:
    assert told() == ""


def test_beyond_loopback_profile_0_and_plain_lines_are_told_of() -> None:
    found = told(host="0.0.0.0")

    assert "a charger of security profile 0 is whoever dials under its name" in found
    assert "passwords of chargers can be read along" in found
    assert "keys can be read along" in found


@pytest.mark.parametrize("settings", [TLS, {"trusted_proxies": ("10.0.0.1",)}])
def test_with_tls_or_a_proxy_profile_0_is_left(settings: dict[str, object]) -> None:
    found = told(host="0.0.0.0", **settings)

    assert "profile 0" in found
    assert "read along" not in found


def test_the_exit_code_says_whether_anything_was_found() -> None:
    for host, code in (("127.0.0.1", 0), ("0.0.0.0", 1)):
        ended = CliRunner().invoke(app, ["doctor", "--host", host])

        assert (ended.exit_code, ended.exception is None or code == 1) == (code, True)
        assert ("  give chargers passwords" in ended.output) is bool(code)
