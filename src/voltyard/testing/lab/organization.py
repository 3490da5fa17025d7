"""The organization of one test on the warm server: no other test sees what is in it."""

from voltyard.testing.lab.rest_client import RestClient, RestConnections, path_to
from voltyard.testing.lab.warm_server import WarmServer


class LabOrganization:
    """An organization with a key of its own, made for one test and deleted after it."""

    def __init__(self, server: WarmServer, connections: RestConnections, name: str) -> None:
        """`name` is shown on the page; it may be any text."""
        self._admin = connections.client(server.key)
        body = {"name": name[:255] or "test"}
        self.id: str = self._admin.post("/api/v1/organizations", body)["id"]
        about = {"name": "the test", "scopes": ["admin"], "organizationId": self.id}
        self.key: str = self._admin.post("/api/v1/auth/api-keys", about)["key"]
        self.api: RestClient = connections.client(self.key)
        """REST with the key of the test."""
        self.url = server.url
        """The URL of REST."""
        self.charger_url = f"{server.charger_url}/{self.id}"
        """The URL that its chargers dial, but for their identity."""

    def close(self) -> None:
        """Delete it, with all that is in it: chargers that still ran are gone from their CSMS."""
        while found := self.api.get("/ocpp/chargers", limit=100)["data"]:
            for one in found:
                self.api.delete(path_to("/ocpp/chargers", one["id"]))
        while found := self.api.get("/api/v1/chargers", limit=100)["chargers"]:
            for one in found:
                self.api.delete(path_to("/api/v1/chargers", one["chargeBoxId"]))
        self._admin.delete(path_to("/api/v1/organizations", self.id))
