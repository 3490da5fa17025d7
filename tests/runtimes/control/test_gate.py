"""Who may dial the control link, and where its token is."""

import stat
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.links import RecordingUser
from voltyard.kernel.errors import Invalid
from voltyard.ports.links import Admitted, Barred, Handshake
from voltyard.runtimes.control.gate import (
    ControlGate,
    check_line,
    check_name,
    is_control,
    kept_token,
    read_token,
)
from voltyard.runtimes.control.messages import SUBPROTOCOL

TOKEN = "a-token-of-the-control-link"


def gate(**said: object) -> ControlGate:
    return ControlGate(TOKEN, lambda name: RecordingUser(), **said)  # type: ignore[arg-type]


def handshake(
    path: str = "/control/one",
    token: str | None = TOKEN,
    remote: str = "127.0.0.1:5000",
    subprotocol: str = SUBPROTOCOL,
) -> Handshake:
    basic = None if token is None else "Basic " + b64encode(f"worker:{token}".encode()).decode()
    return Handshake(path=path, subprotocols=(subprotocol,), authorization=basic, remote=remote)


def test_who_has_the_token_comes_in() -> None:
    assert isinstance(gate()(handshake()), Admitted)


@pytest.mark.parametrize(
    ("knock", "status"),
    [
        (handshake(token=None), 401),
        (handshake(token="another-token-of-another-link"), 401),
        (handshake(token=""), 401),
        (handshake(remote="192.0.2.7:5000"), 403),
        (handshake(remote="[2001:db8::7]:5000"), 403),
        (handshake(path="/control/"), 404),
        (handshake(path="/control/a/b"), 404),
        (handshake(path="/control/" + "a" * 65), 404),
        (handshake(subprotocol="voltyard.control.0"), 400),
    ],
)
def test_anybody_else_is_refused(knock: Handshake, status: int) -> None:
    verdict = gate()(knock)

    assert isinstance(verdict, Barred)
    assert verdict.status == status
    assert TOKEN not in verdict.reason


@pytest.mark.parametrize(
    ("said", "remote"),
    [
        ({"plain": True}, "192.0.2.7:5000"),
        ({"own_host": "192.0.2.7"}, "192.0.2.7:5000"),
        ({}, "[::1]:5000"),
        ({}, "[::ffff:127.0.0.1]:5000"),
    ],
)
def test_a_line_that_is_safe_or_trusted_lets_in(said: dict[str, object], remote: str) -> None:
    assert isinstance(gate(**said)(handshake(remote=remote)), Admitted)


def test_from_afar_over_tls_it_comes_in() -> None:
    knock = replace(handshake(remote="192.0.2.7:5000"), is_secure=True)

    assert isinstance(gate()(knock), Admitted)


def test_a_charger_of_that_name_is_no_worker() -> None:
    assert is_control("/control/one")
    assert not is_control("/ocpp/control")


def test_a_worker_does_not_dial_in_the_clear_over_a_network() -> None:
    check_line("wss://yard.example:9000", plain=False)
    check_line("ws://localhost:9000", plain=False)
    check_line("ws://yard.example:9000", plain=True)
    with pytest.raises(Invalid) as refusal:
        check_line("ws://yard.example:9000", plain=False)
    assert refusal.value.details["param"] == "control_url"


@pytest.mark.parametrize("url", ["", "yard", "http://127.0.0.1", "ws://", "ws://[a"])
def test_what_is_no_url_of_a_link_is_refused(url: str) -> None:
    with pytest.raises(Invalid):
        check_line(url, plain=True)


@pytest.mark.parametrize("name", ["", "-one", "a/b", "a b", "a" * 65, "über"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        check_name(name)


def test_a_token_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    made = kept_token(tmp_path, None)

    file = tmp_path / "control-token"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(made) >= 40
    assert kept_token(tmp_path, None) == made
    assert read_token(None, file) == made


def test_a_token_that_is_given_is_not_kept(tmp_path: Path) -> None:
    assert kept_token(tmp_path, TOKEN) == TOKEN
    assert not (tmp_path / "control-token").exists()


def test_a_token_that_is_short_missing_or_lost_is_refused(tmp_path: Path) -> None:
    (tmp_path / "control-token").write_text("")
    for refused in (
        lambda: kept_token(tmp_path, "short"),
        lambda: kept_token(tmp_path, None),
        lambda: read_token(None, None),
        lambda: read_token("short", None),
        lambda: read_token(TOKEN, tmp_path / "nowhere"),
    ):
        with pytest.raises(Invalid):
            refused()
