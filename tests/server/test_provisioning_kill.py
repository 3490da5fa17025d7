"""kill -9 of the server at every moment of provisioning: the work goes on, and no charger is made
twice."""

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from voltyard.kernel.seeds import stream

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

KEY = "a-key-for-the-killed"
PROGRAM = Path(__file__).with_name("deadly_server.py")
PATIENCE_S = 120.0
TEMPLATE = {
    "brand_slug": "wallbox",
    "model_slug": "wallbox-pulsar-plus",
    "connector_type": "Type2",
}


class Deadly:
    """The server of deadly_server.py, one process after the other on the same data."""

    def __init__(self, data: Path, database_url: str | None) -> None:
        self._data = data
        self._database_url = database_url
        self.api = ""
        self.charger_url = ""
        self.started_at = 0.0
        self.start()

    def start(self) -> None:
        """Again at the same charger socket, which its chargers know."""
        self.started_at = time.time()
        port = urlsplit(self.charger_url).port or 0
        url = [self._database_url] if self._database_url else []
        self._process = subprocess.Popen(
            [sys.executable, str(PROGRAM), str(self._data), KEY, str(port), *url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        urls = self._line("http").split()
        self.api, self.charger_url = urls[0], urls[1]
        headers = {"Authorization": f"Bearer {KEY}"}
        self.client = httpx.Client(base_url=self.api, headers=headers, timeout=PATIENCE_S)

    def arm(self, moment: int) -> None:
        assert self._process.stdin is not None
        print(moment, file=self._process.stdin, flush=True)
        self._line("armed")

    def outlives(self) -> bool:
        """Whether the run for which it was armed comes to its end."""
        assert self._process.stdout is not None
        return any(line.startswith("ended") for line in self._process.stdout)

    def kill(self) -> None:
        self._process.kill()
        self.wait_for_death()

    def wait_for_death(self) -> None:
        """AssertionError where it lives on."""
        self._process.wait(PATIENCE_S)
        self.client.close()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def is_dead(self) -> bool:
        return self._process.poll() is not None

    def get(self, path: str, **params: Any) -> Any:
        return self.client.get(path, params=params).raise_for_status().json()

    def settled(self, path: str) -> dict[str, Any]:
        """What is at that path, once it is READY or FAILED."""
        give_up_at = time.monotonic() + PATIENCE_S
        while True:
            found: dict[str, Any] = self.get(path)
            if found["status"] in ("READY", "FAILED"):
                return found
            assert time.monotonic() < give_up_at, found
            time.sleep(0.02)

    def identities(self) -> list[str]:
        """Of every charger there is, sorted."""
        found: list[str] = []
        page = 1
        while True:
            part = self.get("/ocpp/chargers", page=page, limit=100)
            found += [one["identity"] for one in part["data"]]
            if len(found) >= part["total"]:
                return sorted(found)
            page += 1

    def boots(self, identity: str) -> int:
        """How often a charger has booted at its CSMS since this process began."""
        since = datetime.fromtimestamp(self.started_at, UTC).isoformat()
        path = f"/ocpp/chargers/{identity}/logs"
        frames = self.get(path, start_date=since, event="BootNotification", limit=1000)["data"]
        return sum(frame["direction"] == "cp_to_csms" for frame in frames)

    def _line(self, beginning: str) -> str:
        assert self._process.stdout is not None
        while not (line := self._process.stdout.readline()).startswith(beginning):
            assert line, "the server ended"
        return line


@pytest.fixture
def server(where: str | Path, tmp_path: Path) -> Iterator[Deadly]:
    running = Deadly(tmp_path, where if isinstance(where, str) else None)
    yield running
    if not running.is_dead():
        running.kill()


def make_one(server: Deadly, identity: str) -> dict[str, Any] | None:
    """The answer, the same whenever it is asked again; None where the server is killed first. The
    backend, which takes no stranger's boot, is to know it by itself."""
    return answer_of(server, "/ocpp/chargers", {"identity": identity}, identity)


def make_many(server: Deadly, location_id: str, prefix: str, count: int) -> dict[str, Any] | None:
    """As `make_one`."""
    template = {**TEMPLATE, "identity_prefix": prefix}
    group = {"template": template, "charger_ids": [str(number) for number in range(count)]}
    return answer_of(server, f"/ocpp/locations/{location_id}/chargers", [group], prefix)


def answer_of(server: Deadly, path: str, body: Any, key: str) -> dict[str, Any] | None:
    try:
        answer = server.client.post(path, json=body, headers={"Idempotency-Key": key})
    except httpx.TransportError:
        return None
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


def new_location(server: Deadly) -> str:
    body = {
        "name": "Hub",
        "address": "14 Rue de la Paix",
        "city": "Paris",
        "country": "FR",
        "coordinates": {"latitude": 48.8, "longitude": 2.3},
    }
    return str(server.client.post("/ocpp/locations", json=body).json()["id"])


def wait_for_boot(server: Deadly, identity: str) -> None:
    give_up_at = time.monotonic() + PATIENCE_S
    while not server.boots(identity):
        assert time.monotonic() < give_up_at, f"{identity} never booted"
        time.sleep(0.05)


def check_all(server: Deadly, identities: list[str]) -> None:
    """Each is there once, and has one runtime: two of one identity would oust each other, and boot
    again and again."""
    assert server.identities() == sorted(identities)
    for identity in identities:
        wait_for_boot(server, identity)
    assert {server.boots(identity) for identity in identities} == {1}


@pytest.fixture
def moments(request: pytest.FixtureRequest, where: str | Path) -> range:
    """Moments at which a server is killed, more than there are: all in `make long`, else each
    second, with the others on the other database."""
    if request.config.getoption("long"):
        return range(1, 100)
    return range(1 if isinstance(where, Path) else 2, 100, 2)


def test_one_charger_is_made_once_whenever_the_server_is_killed(
    server: Deadly, moments: range
) -> None:
    killed = 0
    for moment in moments:
        # given a server that is told to make a charger, and dies at that moment
        identity = f"ONE-{moment}"
        server.arm(moment)
        first = make_one(server, identity)
        if server.outlives():
            break  # there are no more moments

        # when it is started again
        killed += 1
        server.wait_for_death()
        server.start()

        # then the charger that was written down becomes READY, and runs
        again = make_one(server, identity)
        assert again is not None and first in (None, again)
        settled = server.settled(f"/ocpp/chargers/{identity}/status")
        assert settled["status"] == "READY", settled
        wait_for_boot(server, identity)

    check_all(server, [f"ONE-{number}" for number in moments[: killed + 1]])
    assert killed == (2 + 4 * 3) // moments.step  # to begin; reserve, prepare, start and confirm


def test_many_chargers_are_made_once_whenever_the_server_is_killed(
    server: Deadly, moments: range
) -> None:
    location_id = new_location(server)
    path = f"/ocpp/locations/{location_id}/chargers/jobs"
    killed = 0
    for moment in moments:
        server.arm(moment)
        first = make_many(server, location_id, f"M{moment}-", 2)
        if server.outlives():
            break

        killed += 1
        server.wait_for_death()
        server.start()

        again = make_many(server, location_id, f"M{moment}-", 2)
        assert again is not None and first in (None, again)
        job = server.settled(again["status_url"])
        assert job["status"] == "READY", job
        assert (job["results"]["created_count"], job["results"]["failed_count"]) == (2, 0)

    tried = moments[: killed + 1]
    check_all(server, [f"M{number}-{one}" for number in tried for one in range(2)])
    assert server.get(path)["total"] == len(tried)
    assert killed == (2 + 4 * 3) // moments.step  # to begin; begin, two chargers, finish


def test_many_chargers_are_made_once_though_the_server_is_killed_again_and_again(
    server: Deadly,
) -> None:
    random = stream(1, "kill")
    location_id = new_location(server)
    count = 60
    first = make_many(server, location_id, "R-", count)

    for _ in range(3):
        time.sleep(random.uniform(0.0, 0.5))
        server.kill()
        server.start()

    again = make_many(server, location_id, "R-", count)
    assert again is not None and again == first
    job = server.settled(again["status_url"])
    assert job["status"] == "READY", job
    assert job["results"]["created_count"] == count
    check_all(server, [f"R-{number}" for number in range(count)])
