"""The yard as a test uses it: simulated chargers, against any CSMS."""

from typing import Any

from voltyard.kernel import seeds
from voltyard.kernel.time import Seconds
from voltyard.testing.lab.off_loop import OffLoop
from voltyard.testing.lab.organization import LabOrganization
from voltyard.testing.lab.rest_client import RestClient
from voltyard.testing.lab.simulated_charger import SimulatedCharger

__tracebackhide__ = True  # pytest shows the line of the test, not ours


class LabYard:
    """The gateway of the test's own organization. `aio` has its methods for async tests."""

    def __init__(
        self, organization: LabOrganization, seed: int, test: str, time_out_s: Seconds
    ) -> None:
        """`seed` is the run's; with the id of the test and an identity it gives a charger's."""
        self._organization = organization
        self._seed = seed
        self._test = test
        self._time_out_s = time_out_s
        self.chargers: list[SimulatedCharger] = []
        """The chargers that the test has made, oldest first."""

    @property
    def aio(self) -> OffLoop:
        """The same methods, to be awaited."""
        return OffLoop(self)

    @property
    def api(self) -> RestClient:
        """REST with the test's key, for everything that has no method here."""
        return self._organization.api

    @property
    def url(self) -> str:
        """The URL of the gateway."""
        return f"{self._organization.url}/ocpp"

    @property
    def key(self) -> str:
        """The key of the test, for `Authorization: Bearer`."""
        return self._organization.key

    def charger(
        self,
        identity: str,
        *,
        url: str | None = None,
        version: str = "1.6",
        password: str | None = None,
        seed: int | None = None,
        wait: bool = True,
        timeout: Seconds | None = None,
        **more: Any,
    ) -> SimulatedCharger:
        """Make a charger that dials the CSMS at `url` (without its identity), and wait until that
        has accepted it, unless `wait` is false. Without `url` it is registered at our own backend.

        `more` is as in POST /ocpp/chargers: brand_slug, model_slug, number_of_connectors, settings,
        quirks, network, rate, ...
        """
        if seed is None:
            seed = seeds.stream(self._seed, self._test, identity).randrange(2**53)
        body = {"identity": identity, "ocpp_version": version, "seed": seed, **more}
        body |= {} if url is None else {"ws_url": url}
        body |= {} if password is None else {"basic_auth_password": password}
        id = self.api.post("/ocpp/chargers", body)["charger_id"]
        charger = SimulatedCharger(self.api, id, identity, version, seed, self._time_out_s)
        self.chargers.append(charger)
        if wait:
            charger.wait_until_accepted(timeout)
        return charger
