"""The lab of one test: its organization, its backend, its yard, and the run's seed."""

from typing import Any

from voltyard.kernel.time import Seconds
from voltyard.testing.lab.backend import LabBackend
from voltyard.testing.lab.organization import LabOrganization
from voltyard.testing.lab.rest_client import RestConnections
from voltyard.testing.lab.warm_server import WarmServer
from voltyard.testing.lab.yard import LabYard


class Lab:
    """All that one test has of the warm server."""

    def __init__(
        self,
        server: WarmServer,
        connections: RestConnections,
        test: str,
        seed: int,
        time_out_s: Seconds,
    ) -> None:
        """`test` is its id, `seed` the run's."""
        self.seed = seed
        self.organization = LabOrganization(server, connections, test)
        self.backend = LabBackend(self.organization, time_out_s)
        self.yard = LabYard(self.organization, seed, test, time_out_s)

    def description(self) -> list[dict[str, Any]]:
        """The chargers that the test made, with their seeds."""
        return [
            {"identity": one.identity, "version": one.version, "seed": one.seed}
            for one in self.yard.chargers
        ]

    def close(self) -> None:
        """Delete all of it."""
        self.organization.close()
