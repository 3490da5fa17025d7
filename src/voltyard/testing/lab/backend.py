"""The backend as a test uses it: a CSMS with chargers, tags, transactions and frames of its own."""

from collections.abc import Callable
from typing import Any

from voltyard.kernel.time import Seconds
from voltyard.testing.lab.off_loop import OffLoop
from voltyard.testing.lab.organization import LabOrganization
from voltyard.testing.lab.recorded_frames import RecordedFrame, of_backend
from voltyard.testing.lab.rest_client import RestClient, path_to
from voltyard.testing.lab.waiting import Found, until

__tracebackhide__ = True  # pytest shows the line of the test, not ours


class LabBackend:
    """A CSMS for the chargers of one test. `aio` has its methods for async tests."""

    def __init__(self, organization: LabOrganization, time_out_s: Seconds) -> None:
        self._organization = organization
        self._time_out_s = time_out_s

    @property
    def aio(self) -> OffLoop:
        """The same methods, to be awaited."""
        return OffLoop(self)

    @property
    def charger_url(self) -> str:
        """The URL that chargers dial, but for their identity."""
        return self._organization.charger_url

    @property
    def url(self) -> str:
        """The URL of its REST API, whose paths begin with /api/v1."""
        return self._organization.url

    @property
    def key(self) -> str:
        """The key of the test, for `Authorization: Bearer`."""
        return self._organization.key

    @property
    def organization_id(self) -> str:
        return self._organization.id

    @property
    def api(self) -> RestClient:
        """REST with the test's key, for everything that has no method here."""
        return self._organization.api

    def register(self, identity: str, **more: Any) -> dict[str, Any]:
        """Let a charger in; `more` as in POST /api/v1/chargers, such as password."""
        found: dict[str, Any] = self.api.post("/api/v1/chargers", {"chargeBoxId": identity, **more})
        return found

    def tag(self, id_tag: str, status: str = "active", **more: Any) -> dict[str, Any]:
        """Make an id tag known. While there is none, every tag is accepted; from the first on, only
        those that are known and active."""
        body = {"idTag": id_tag, "status": status, **more}
        found: dict[str, Any] = self.api.post("/api/v1/id-tags", body)
        return found

    def charger(self, identity: str) -> dict[str, Any]:
        """A registered charger, and what it has told of itself."""
        found: dict[str, Any] = self.api.get(path_to("/api/v1/chargers", identity))
        return found

    def transactions(self, identity: str | None = None, **query: Any) -> list[dict[str, Any]]:
        """Transactions, newest first, a hundred at most; `query` as in GET /api/v1/transactions."""
        found: list[dict[str, Any]] = self.api.get(
            "/api/v1/transactions", **{"chargeBoxId": identity, "limit": 100, **query}
        )["transactions"]
        return found

    def wait_for_transaction(
        self, identity: str, status: str = "in_progress", timeout: Seconds | None = None
    ) -> dict[str, Any]:
        """The newest transaction of a charger, as soon as it has that status: pending,
        in_progress or completed."""

        def found() -> dict[str, Any] | None:
            newest = self.transactions(identity, limit=1)
            return newest[0] if newest and newest[0]["status"] == status else None

        def otherwise() -> str:
            known = [one["status"] for one in self.transactions(identity)]
            return f"no transaction of {identity} is {status}; there are {known}"

        return self.wait_until(found, otherwise, timeout=timeout)

    def frames(self, identity: str, action: str | None = None) -> list[RecordedFrame]:
        """Frames of a charger, simulated or real, as the backend had them, by time."""
        path = path_to("/api/v1/chargers", identity, "messages", "export")
        return of_backend(self.api.lines(path, action=action))

    def request(self, identity: str, command: str, **body: Any) -> dict[str, Any]:
        """Have the backend command a charger, by the path of POST /api/v1/chargers/{id}/...: such
        as remote-start, reset, trigger, call."""
        path = path_to("/api/v1/chargers", identity, *command.split("/"))
        found: dict[str, Any] = self.api.post(path, body)
        return found

    def wait_until(
        self,
        holds: Callable[[], Found | None],
        otherwise: str | Callable[[], str] = "that did not come true",
        *,
        timeout: Seconds | None = None,
    ) -> Found:
        """Wait until `holds` gives something true, and give that; NotInTime, an AssertionError,
        where it does not."""
        words = (lambda: otherwise) if isinstance(otherwise, str) else otherwise
        return until(holds, self._time_out_s if timeout is None else timeout, words)
