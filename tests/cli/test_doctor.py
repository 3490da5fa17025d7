"""`voltyard doctor`: what it finds in settings."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from voltyard.cli.doctor import advice
from voltyard.cli.main import app
from voltyard.config.config import Config

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


@pytest.fixture(autouse=True)
def free_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that others have on this machine are none of the test's."""
    monkeypatch.setenv("VOLTYARD_PORT", "0")
    monkeypatch.setenv("VOLTYARD_OCPP_PORT", "0")


def examined(*arguments: str) -> tuple[int, Any]:
    ended = CliRunner().invoke(app, ["doctor", "--json", *arguments])
    return ended.exit_code, json.loads(ended.output)


def test_the_exit_code_says_whether_anything_was_found() -> None:
    for host, code in (("127.0.0.1", 0), ("0.0.0.0", 1)):
        ended = CliRunner().invoke(app, ["doctor", "--host", host])

        assert (ended.exit_code, ended.exception is None or code == 1) == (code, True)
        assert ("  give chargers passwords" in ended.output) is bool(code)
        assert "sqlite 3." in ended.output


def test_a_port_that_is_taken_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("VOLTYARD_OCPP_PORT", str(port))

        code, told = examined()

    assert code == 1
    assert f"port {port} of 127.0.0.1 cannot be had" in told["found"][0]["what"]
    assert "VOLTYARD_OCPP_PORT" in told["found"][0]["to_do"]


def test_a_database_that_does_not_answer_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOLTYARD_DATABASE_URL", "postgresql://yard:secret@127.0.0.1:1/yard")

    code, told = examined()

    assert code == 1
    assert "the database does not answer" in told["found"][0]["what"]
    assert "secret" not in str(told)


def test_tls_files_that_are_none_are_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("CERTIFICATE", "KEY"):
        (tmp_path / name).write_text("nothing")
        monkeypatch.setenv(f"VOLTYARD_REST_TLS_{name}", str(tmp_path / name))

    code, told = examined()

    assert code == 1
    assert "VOLTYARD_REST_TLS_CERTIFICATE" in told["found"][0]["to_do"]


def test_data_that_cannot_be_a_directory_is_found(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    code, told = examined("--data", str(tmp_path / "file" / "data"))

    assert code == 1
    assert "is no directory" in told["found"][0]["what"]


def test_a_name_that_is_no_setting_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOLTYARD_OCPP_PROT", "9000")

    code, told = examined()

    assert code == 1
    assert "VOLTYARD_OCPP_PORT" in told["found"][0]["to_do"]
