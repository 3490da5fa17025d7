"""An FTP server on loopback, in a thread, over a directory. Needs the package `pyftpdlib`."""

import threading
from pathlib import Path
from types import TracebackType
from typing import Any


class FtpServer:
    """A context manager. With certificate and key (PEM files) it takes FTPS and nothing else."""

    def __init__(
        self,
        directory: Path,
        tls: tuple[Path, Path] | None = None,
        *,
        user: str = "charger",
        password: str = "secret",
    ) -> None:
        from pyftpdlib.authorizers import DummyAuthorizer
        from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
        from pyftpdlib.ioloop import IOLoop
        from pyftpdlib.servers import FTPServer

        authorizer = DummyAuthorizer()
        authorizer.add_user(user, password, str(directory), perm="elradfmwMT")
        kind: Any = FTPHandler if tls is None else TLS_FTPHandler
        attributes: dict[str, Any] = {"authorizer": authorizer, "use_sendfile": False}
        if tls is not None:
            attributes |= {
                "certfile": str(tls[0]),
                "keyfile": str(tls[1]),
                "tls_control_required": True,
                "tls_data_required": True,
            }
        handler = type("Handler", (kind,), attributes)
        self._loop = IOLoop()
        self._server = FTPServer(("127.0.0.1", 0), handler, ioloop=self._loop)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        scheme = "ftp" if tls is None else "ftps"
        self.url = f"{scheme}://{user}:{password}@127.0.0.1:{self._server.address[1]}"
        """Without a path."""

    def _serve(self) -> None:
        while not self._stopping.is_set():
            self._loop.loop(timeout=0.02, blocking=False)
        self._server.close_all()
        self._loop.close()

    def __enter__(self) -> "FtpServer":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._thread.join()
