"""The OCSP responder of a PKI in a directory: requests over HTTP (RFC 6960, appendix A)."""

from __future__ import annotations

import sys
import time
from base64 import b64decode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Final
from urllib.parse import unquote

from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Seconds
from voltyard.pki import directory, ocsp
from voltyard.pki.charging_pki import ChargingPki

_REQUEST_BYTES: Final = 4096
"""Of the longest request that is read."""
_PATIENCE_S: Final[Seconds] = 10.0
_TYPE: Final = "application/ocsp-response"


def split_address(text: str) -> tuple[str, int]:
    """Host and port of `127.0.0.1:8889`; Invalid where it is none."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise Invalid(f"{text} is no address", hint="such as 127.0.0.1:8889")
    return host.strip("[]"), int(port)


class Responder:
    """Answers OCSP requests from a directory, as it is at each request."""

    def __init__(self, where: Path, address: tuple[str, int], valid_s: Seconds) -> None:
        """Listens at once; Invalid where it cannot."""
        self._where = where
        self._valid_s = valid_s
        self._lock = Lock()
        self._read_at = -1
        self._pki: ChargingPki | None = None
        self._present()
        try:
            self._server = ThreadingHTTPServer(address, _handler(self))
        except OSError as error:
            raise Invalid(
                f"{address[0]}:{address[1]} cannot be listened at: {error.strerror or error}"
            ) from None
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """The URL at which it answers."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def serve(self) -> None:
        """Answer until interrupted."""
        print(f"OCSP responder of {self._where} at {self.url}", file=sys.stderr, flush=True)
        try:
            self._server.serve_forever()
        except KeyboardInterrupt:
            pass
        finally:
            self._server.server_close()

    def stop(self) -> None:
        """Have `serve` return."""
        self._server.shutdown()

    def answer(self, request: bytes) -> bytes:
        """The answer to a request, both in DER."""
        return ocsp.answer(self._present(), request, time.time(), valid_s=self._valid_s)

    def _present(self) -> ChargingPki:
        """The PKI; read again where its index has changed."""
        with self._lock:
            try:
                written_at = (self._where / directory.INDEX).stat().st_mtime_ns
            except OSError:
                written_at = -1
            if self._pki is None or written_at != self._read_at:
                self._pki = directory.read(self._where)
                self._read_at = written_at
            return self._pki


def _handler(responder: Responder) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _PATIENCE_S

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isdecimal() or int(length) > _REQUEST_BYTES:
                self.send_error(413)
                return
            self._reply(self.rfile.read(int(length)))

        def do_GET(self) -> None:
            text = unquote(self.path.rpartition("/ocsp/")[2].lstrip("/"))
            try:
                self._reply(b64decode(text, validate=True))
            except ValueError:
                self.send_error(400)

        def _reply(self, request: bytes) -> None:
            body = responder.answer(request)
            self.send_response(200)
            self.send_header("Content-Type", _TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Write nothing: a lab's terminal is for its own words."""

    return Handler
