"""A standby: it waits for the database, takes over, and whoever was silent ends when it wakes."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from voltyard.testing.processes import ServerProcess, free_port

PATIENCE_S = 120.0
KEY = "the-key-of-both-servers"

pytestmark = [pytest.mark.service, pytest.mark.timeout(600)]


class Node:
    """`voltyard up --standby`, which may wait for long before it serves."""

    def __init__(self, data: Path, database_url: str) -> None:
        self.port, self.ocpp_port = free_port(), free_port()
        self.errors = data.with_suffix(".err")
        self._file = self.errors.open("w")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "voltyard", "up", "--standby"],
            env={
                **os.environ,
                "VOLTYARD_TOKEN": KEY,
                "VOLTYARD_DATA": str(data),
                "VOLTYARD_DATABASE_URL": database_url,
                "VOLTYARD_PORT": str(self.port),
                "VOLTYARD_OCPP_PORT": str(self.ocpp_port),
            },
            stdout=subprocess.DEVNULL,
            stderr=self._file,
        )

    def get(self, path: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {KEY}"}
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", headers=headers, timeout=PATIENCE_S)

    def answers(self, path: str, status: int) -> Callable[[], bool]:
        def look() -> bool:
            assert self.process.poll() is None, self.errors.read_text()
            with contextlib.suppress(httpx.TransportError):
                return self.get(path).status_code == status
            return False

        return look

    def takes_chargers(self) -> bool:
        with socket.socket() as link:
            return link.connect_ex(("127.0.0.1", self.ocpp_port)) == 0

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait(timeout=PATIENCE_S)
        self._file.close()


def wait_until(condition: Callable[[], Any]) -> None:
    give_up_at = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


@pytest.fixture
def node(tmp_path: Path, empty_postgres: str) -> Iterator[Callable[[str], Node]]:
    with contextlib.ExitStack() as stack:

        def start(name: str) -> Node:
            started = Node(tmp_path / name, empty_postgres)
            stack.callback(started.close)
            return started

        yield start


def test_a_standby_takes_over_from_a_killed_server(node: Callable[[str], Node]) -> None:
    # given one that serves, and one that stands by
    first = node("first")
    wait_until(first.answers("/health/ready", 200))
    second = node("second")
    wait_until(second.answers("/health/live", 200))

    ready = second.get("/health/ready")
    assert ready.status_code == 503
    assert ready.json()["problems"][0]["code"] == "standby"
    refused = second.get("/api/v1/chargers")
    assert refused.status_code == 503
    assert refused.json()["error"]["code"] == "SERVICE_UNAVAILABLE"
    assert not second.takes_chargers()

    # when the first has answered, and is killed
    made = httpx.post(
        f"http://127.0.0.1:{first.port}/api/v1/chargers",
        json={"chargeBoxId": "METAL-1"},
        headers={"Authorization": f"Bearer {KEY}"},
        timeout=PATIENCE_S,
    )
    assert made.status_code == 201
    first.process.kill()

    # then the second has all of it
    wait_until(second.answers("/health/ready", 200))
    assert second.get("/api/v1/chargers/METAL-1").status_code == 200
    assert second.takes_chargers()


def test_a_server_that_was_paused_finds_that_it_has_lost_and_ends(
    node: Callable[[str], Node],
) -> None:
    first = node("first")
    wait_until(first.answers("/health/ready", 200))
    second = node("second")
    wait_until(second.answers("/health/live", 200))

    first.process.send_signal(signal.SIGSTOP)
    wait_until(second.answers("/health/ready", 200))
    first.process.send_signal(signal.SIGCONT)

    assert first.process.wait(timeout=PATIENCE_S) == 2
    assert "another server has taken over the database" in first.errors.read_text()
    assert second.get("/health/ready").status_code == 200


def test_a_standby_that_is_told_to_stop_ends_at_once(node: Callable[[str], Node]) -> None:
    first = node("first")
    wait_until(first.answers("/health/ready", 200))
    second = node("second")
    wait_until(second.answers("/health/live", 200))

    second.process.terminate()

    assert second.process.wait(timeout=PATIENCE_S) == 0


def test_a_server_that_is_no_standby_is_told_of_it(
    tmp_path: Path, node: Callable[[str], Node], empty_postgres: str
) -> None:
    first = node("first")
    wait_until(first.answers("/health/ready", 200))

    with pytest.raises(AssertionError, match="or stand by: --standby"):
        ServerProcess(tmp_path / "second", KEY, database_url=empty_postgres).start()
