"""Logging in and out."""

import io
import stat
import sys

import pytest

from tests.cli.bench import Shell
from voltyard.cli.client.login_file import login_file

pytestmark = pytest.mark.slow


def logged_in(shell: Shell, monkeypatch: pytest.MonkeyPatch, key: str) -> object:
    monkeypatch.delenv("VOLTYARD_TOKEN", raising=False)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{key}\n"))
    return shell("login", "--url", shell.server.url)


def test_a_key_from_standard_input_is_kept_for_its_owner_alone(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged_in(shell, monkeypatch, shell.server.key)
    monkeypatch.delenv("VOLTYARD_URL")

    listed = shell("chargers", "list")

    assert listed.code == 0, listed
    assert stat.S_IMODE(login_file().stat().st_mode) == 0o600
    assert stat.S_IMODE(login_file().parent.stat().st_mode) == 0o700
    assert shell.done("logout").out == "logged out\n"
    assert not login_file().exists()
    assert shell.done("logout").out == "there was no login\n"


def test_a_login_is_told_in_json(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{shell.server.key}\n"))

    assert shell.done("login", "--json").json == {
        "url": shell.server.url,
        "file": str(login_file()),
    }
    assert shell.done("logout", "--json").json == {"logged_out": True}


def test_a_wrong_key_is_not_kept(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = logged_in(shell, monkeypatch, "wrong")

    assert typed.code == 2  # type: ignore[attr-defined]
    assert "the key is not known" in typed.err  # type: ignore[attr-defined]
    assert "voltyard login" in typed.err  # type: ignore[attr-defined]
    assert not login_file().exists()


def test_the_kept_key_goes_to_its_own_server_alone(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged_in(shell, monkeypatch, shell.server.key)
    other = shell.server.url.replace("127.0.0.1", "localhost")

    there = shell("chargers", "list", "--url", other)

    assert there.code == 2
    assert "no key was sent" in there.err


def test_no_option_takes_a_key(shell: Shell) -> None:
    for command in (["login"], ["chargers", "list"], ["plug", "CP-1"]):
        for option in ("--key", "--token"):
            typed = shell(*command, option, "secret")

            assert typed.code == 2
            assert "No such option" in typed.err
