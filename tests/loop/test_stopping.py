"""A server is told to stop once, and once more where that takes too long."""

import contextlib
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from voltyard.testing.processes import ServerProcess

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@contextlib.contextmanager
def request_in_flight(server: ServerProcess) -> Iterator[socket.socket]:
    """A REST request whose body has not come yet."""
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(
            b"PATCH /api/v1/settings HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Authorization: Bearer %s\r\nContent-Type: application/json\r\n"
            b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n" % server.key.encode()
        )
        assert connection.recv(4_096).startswith(b"HTTP/1.1 100 ")
        yield connection


def told_to_stop(server: ServerProcess, number: signal.Signals) -> None:
    """Returns once the server takes no more connections, and only waits for the one in flight."""
    os.kill(server.pid, number)
    with contextlib.suppress(ConnectionRefusedError):
        while True:
            socket.create_connection(("127.0.0.1", server.port)).close()
            time.sleep(0.02)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """One that waits longer for what is in flight than the test runs."""
    one = ServerProcess(tmp_path / "data")
    one.environment["VOLTYARD_DRAIN_S"] = "600"
    with one:
        yield one


@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGINT])
def test_the_first_signal_lets_a_request_in_flight_end(
    server: ServerProcess, first: signal.Signals
) -> None:
    with request_in_flight(server) as connection:
        told_to_stop(server, first)
        connection.sendall(b"{}")
        answer = connection.recv(4_096)

    server.output.read()  # until it has ended
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert server.stop() == 0


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_the_server_at_once(
    server: ServerProcess, second: signal.Signals
) -> None:
    with request_in_flight(server):
        told_to_stop(server, signal.SIGTERM)
        os.kill(server.pid, second)
        server.output.read()  # until it has ended

    assert server.stop() == -second
