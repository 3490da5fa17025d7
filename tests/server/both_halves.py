"""One server, asked through the REST APIs of both its halves."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx
import pytest

from voltyard.kernel.time import Seconds
from voltyard.testing.processes import ServerProcess

T = TypeVar("T")
VERSIONS = {"OCPP1.6": "1.6", "OCPP2.0.1": "2.0.1"}
PATIENCE_S: Seconds = 120.0
_POLL_S: Seconds = 0.03
at_both_versions = pytest.mark.parametrize("version", VERSIONS)


class House:
    """One server, asked through both of its APIs."""

    def __init__(self, server: ServerProcess, client: httpx.Client) -> None:
        self.server = server
        self.client = client

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(path, params=query).raise_for_status().json()

    def post(self, path: str, body: Any = None) -> Any:
        return self.client.post(path, json=body).raise_for_status().json()

    def charger(self, identity: str, version: str, **more: Any) -> str:
        """A charger that is registered, made and online; its deployment's id."""
        self.post("/api/v1/chargers", {"chargeBoxId": identity})
        body = {
            "identity": identity,
            "brand_slug": "wallbox",
            "model_slug": "wallbox-pulsar-plus",
            "connector_type": "Type2",
            "ws_url": self.server.charger_url,
            "ocpp_version": version,
        }
        deployment: str = self.post("/ocpp/chargers", body | more)["charger_id"]
        self.until(lambda: self.is_accepted(identity))
        return deployment

    def is_online(self, identity: str) -> bool:
        online: bool = self.get(f"/api/v1/chargers/{identity}")["isOnline"]
        return online

    def is_accepted(self, identity: str) -> bool:
        """Whether it is connected and has booted, by its own word and by the backend's."""
        answer = self.client.get(f"/ocpp/chargers/{identity}/state")
        booted = answer.status_code == 200 and answer.json()["boot_status"] == "Accepted"
        return booted and answer.json()["connected"] and self.is_online(identity)

    def connector(self, identity: str) -> Any:
        return self.get(f"/ocpp/chargers/{identity}/state")["connectors"][0]

    def queue(self, command: str, identity: str, **event: Any) -> str:
        """Post a command for one charger; its id."""
        body = {"target": {"charger_id": identity}, "event": event}
        (result,) = self.post(f"/ocpp/commands/{command}", body)["results"]
        identifier: str = result["command"]["id"]
        return identifier

    def settled(self, identifier: str) -> Any:
        """A command once it has its result."""
        return self.until(
            lambda: (
                found
                if (found := self.get(f"/ocpp/commands/{identifier}"))["finished_at"] is not None
                else None
            )
        )

    def done(self, command: str, identity: str, **event: Any) -> None:
        """Have a command carried out."""
        found = self.settled(self.queue(command, identity, **event))
        assert found["status"] == "completed", found

    def transactions(self, identity: str) -> Any:
        """The backend's, the newest first."""
        return self.get("/api/v1/transactions", chargeBoxId=identity)["transactions"]

    def ended(self, identity: str) -> Any:
        """The newest transaction, once it is completed."""
        return self.until(
            lambda: (
                found[0]
                if (found := self.transactions(identity)) and found[0]["status"] == "completed"
                else None
            )
        )

    def until(self, holds: Callable[[], T]) -> T:
        """What `holds` says, once that is true of it."""
        give_up_at = time.monotonic() + PATIENCE_S
        pause_s = _POLL_S
        while not (found := holds()):
            assert time.monotonic() < give_up_at, "it did not come true"
            time.sleep(pause_s)
            pause_s = min(1.5 * pause_s, 0.25)  # what takes longer need not be asked so often
        return found


def box(test: str, version: str) -> str:
    """An identity that no other test uses."""
    return f"{test}-{VERSIONS[version]}"
