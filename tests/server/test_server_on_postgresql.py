"""`voltyard up` on PostgreSQL: what it knows outlives it, and it has the database to itself."""

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests import postgres
from voltyard.testing.processes import ServerProcess

PATIENCE_S = 120.0

pytestmark = [pytest.mark.service, pytest.mark.timeout(600)]

CHARGER = {
    "identity": "YARD-1",
    "brand_slug": "wallbox",
    "model_slug": "wallbox-pulsar-plus",
    "connector_type": "Type2",
    "ws_url": "ws://127.0.0.1:9/ocpp",
}


def voltyard_up(data: Path, database_url: str) -> "subprocess.CompletedProcess[str]":
    """Run to its end, which is soon where it cannot start."""
    return subprocess.run(
        [sys.executable, "-m", "voltyard", "up", "--seconds", "1"],
        env={
            **os.environ,
            "VOLTYARD_DATA": str(data),
            "VOLTYARD_DATABASE_URL": database_url,
            "VOLTYARD_PORT": "0",
            "VOLTYARD_OCPP_PORT": "0",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def wait_until_started(client: httpx.Client) -> None:
    """REST answers before the workflows run. A server whose database goes before they do has not
    started, and ends."""
    charger_id = client.post("/ocpp/chargers", json=CHARGER).raise_for_status().json()["charger_id"]
    give_up_at = time.monotonic() + PATIENCE_S
    while client.get(f"/ocpp/chargers/{charger_id}/status").json()["status"] != "READY":
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


def test_what_a_killed_server_has_said_is_there_after_a_restart(
    tmp_path: Path, empty_postgres: str
) -> None:
    # given a server on an empty database, with a charger in each half
    server = ServerProcess(tmp_path, database_url=empty_postgres)
    with server, server.client() as client:
        answer = client.post("/ocpp/chargers", json=CHARGER)
        charger_id = answer.raise_for_status().json()["charger_id"]
        client.post("/api/v1/chargers", json={"chargeBoxId": "METAL-1"}).raise_for_status()

        # when it is killed and comes up again
        server.kill()
        server.start()

        # then both are there, and no database of another kind is
        client.get(f"/ocpp/chargers/{charger_id}/status").raise_for_status()
        assert client.get("/ocpp/chargers").json()["total"] == 1
        client.get("/api/v1/chargers/METAL-1").raise_for_status()
        assert not list(tmp_path.glob("*.db"))


def test_it_goes_on_after_a_restart_of_the_database(tmp_path: Path, postgres_url: str) -> None:
    with ServerProcess(tmp_path, database_url=postgres_url) as server, server.client() as client:
        wait_until_started(client)
        with postgres.out_of_reach(postgres_url):
            away = client.post("/api/v1/chargers", json={"chargeBoxId": "METAL-1"})
        back = client.post("/api/v1/chargers", json={"chargeBoxId": "METAL-2"})

        assert away.status_code == 503
        assert back.status_code == 201
        assert client.get("/api/v1/chargers/METAL-1").status_code == 404


def test_a_second_server_on_its_database_is_refused(tmp_path: Path, postgres_url: str) -> None:
    with ServerProcess(tmp_path / "first", database_url=postgres_url):
        second = voltyard_up(tmp_path / "second", postgres_url)

    assert second.returncode == 2
    assert "another server uses the database" in second.stderr


def test_a_database_out_of_reach_is_said_without_its_password(tmp_path: Path) -> None:
    ended = voltyard_up(tmp_path, "postgresql://yard:hunter2@127.0.0.1:1/yard")

    assert ended.returncode == 2
    assert "cannot open the PostgreSQL database yard" in ended.stderr
    assert "VOLTYARD_DATABASE_URL" in ended.stderr
    assert "hunter2" not in ended.stderr + ended.stdout
