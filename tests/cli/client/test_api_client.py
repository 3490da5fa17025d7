"""A server that is not there, is no server of ours, or refuses."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from tests.cli.bench import Shell
from voltyard.cli.client.address import ServerAddress
from voltyard.cli.client.api_client import ApiClient, path_to
from voltyard.kernel.errors import Invalid
from voltyard.testing.processes import free_port

pytestmark = pytest.mark.slow


def test_no_server_is_told_with_what_to_do(shell: Shell) -> None:
    typed = shell("plug", "CP-1", "--url", f"http://127.0.0.1:{free_port()}")

    assert typed.code == 2
    assert "no server answers at http://127.0.0.1:" in typed.err
    assert "voltyard up" in typed.err


@pytest.mark.parametrize(
    "url", ["nowhere", "ftp://x", "http://", "http://user:pw@x", "http://x?a=1", "http://x:99999"]
)
def test_a_url_that_is_none_is_refused(shell: Shell, url: str) -> None:
    typed = shell("chargers", "list", "--url", url)

    assert typed.code == 2
    assert "URL" in typed.err
    assert "Traceback" not in typed.err


def test_a_wrong_key_and_a_missing_scope_are_told(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = shell.done("keys", "new", "reads", "--scope", "read").out.strip()
    cp = shell.charger()

    monkeypatch.setenv("VOLTYARD_TOKEN", reads)
    listed, plugged = shell("chargers", "list"), shell("plug", cp)
    monkeypatch.setenv("VOLTYARD_TOKEN", "wrong")
    wrong = shell("chargers", "list")

    assert listed.code == 0
    assert (plugged.code, wrong.code) == (2, 2)
    assert "operate" in plugged.err
    assert "the key is not known" in wrong.err


@pytest.mark.parametrize("key", ["schlüssel", "a\nb", "\x1b[31m"])
def test_a_key_that_no_header_can_have_is_refused(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("VOLTYARD_TOKEN", key)

    assert shell("chargers", "list").code == 2


class _Stranger(BaseHTTPRequestHandler):
    """A web server that is none of ours."""

    def do_GET(self) -> None:
        status = 302 if "moved" in self.path else 200
        self.send_response(status)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"<html>")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _OneLine(BaseHTTPRequestHandler):
    """A stream of one line, which comes in three parts and holds what other readers break at."""

    LINE = 'data: {"idTag": "\u2028\x0b\u00e4"}'

    def do_GET(self) -> None:
        text = f"{self.LINE}\r\n\nhalf".encode()
        self.send_response(200)
        self.end_headers()
        for part in (text[:17], text[17:19], text[19:]):
            self.wfile.write(part)
            self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_line_of_a_stream_ends_at_a_newline_alone() -> None:
    with HTTPServer(("127.0.0.1", 0), _OneLine) as server:
        Thread(target=server.handle_request, daemon=True).start()
        address = ServerAddress(f"http://127.0.0.1:{server.server_port}", "key")
        with ApiClient(address) as api, api.streamed("/x") as lines:
            found = list(lines)

    assert found == [_OneLine.LINE, "", "half"]


@pytest.fixture
def stranger() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Stranger)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("path", ["", "/moved"])
def test_a_strangers_server_is_recognised(shell: Shell, stranger: str, path: str) -> None:
    typed = shell("chargers", "list", "--url", stranger + path)

    assert typed.code == 2
    assert "Traceback" not in typed.err
    assert "voltyard: " in typed.err


def test_a_name_cannot_lead_to_another_path() -> None:
    assert path_to("/ocpp/chargers", "a/../b?c#d") == "/ocpp/chargers/a%2F..%2Fb%3Fc%23d"
    for name in ("", ".", ".."):
        with pytest.raises(Invalid):
            path_to("/ocpp/chargers", name)


def test_more_rows_than_a_page_are_listed(shell: Shell) -> None:
    with shell.server.client() as client:
        for number in range(103):
            client.post("/api/v1/id-tags", json={"idTag": f"MANY{number}"})

    every = shell.done("csms", "tags", "list", "--search", "MANY", "--limit", "500").out
    some = shell.done("csms", "tags", "list", "--search", "MANY", "--limit", "30")

    assert len(set(every.splitlines())) == 103
    assert len(some.out.splitlines()) == 30
    assert "30 of 103; --limit shows more" in some.err
