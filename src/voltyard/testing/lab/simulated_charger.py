"""A simulated charger as a test drives it: people's acts, faults, its state, and its frames."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from voltyard.kernel.errors import VoltyardError
from voltyard.kernel.time import Seconds
from voltyard.testing.lab.off_loop import OffLoop
from voltyard.testing.lab.recorded_frames import RecordedFrame, Sender, of_yard
from voltyard.testing.lab.rest_client import RestClient, RestRefusal, path_to
from voltyard.testing.lab.waiting import Found, until

__tracebackhide__ = True  # pytest shows the line of the test, not ours

_UNDER_WAY: Final = ("queued", "delivered")
_NOT_FOUND: Final = 404
_LAST_FRAMES: Final = 8
_DIRECTIONS: Final[Mapping[str, str]] = {"charger": "cp_to_csms", "csms": "csms_to_cp"}

Vehicle = str | dict[str, Any] | None
"""A name of the catalogue, or {battery_kwh, soc, max_power_w, ...}; None: the charger's default."""


class FailedCommand(VoltyardError):
    """A command that the charger refused, or that came to nothing; `reason` is the server's code
    for it."""

    code = "failed_command"

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class SimulatedCharger:
    """One simulated charger. Each act waits until it is done, and raises FailedCommand where the
    charger refuses it. `aio` has the same methods for async tests."""

    def __init__(
        self,
        api: RestClient,
        id: str,
        identity: str,
        version: str,
        seed: int,
        time_out_s: Seconds,
    ) -> None:
        """Made by LabYard.charger."""
        self._api = api
        self._path = path_to("/ocpp/chargers", id)
        self._time_out_s = time_out_s
        self.id = id
        """In the yard's REST API."""
        self.identity = identity
        self.version = version
        self.seed = seed

    def __repr__(self) -> str:
        return f"<SimulatedCharger {self.identity}, OCPP {self.version}>"

    @property
    def aio(self) -> OffLoop:
        """The same methods, to be awaited: `await charger.aio.plug_in()`."""
        return OffLoop(self)

    # --- acts ----------------------------------------------------------------------------------

    def plug_in(
        self, vehicle: Vehicle = None, *, evse: int | None = None, connector: int | None = None
    ) -> None:
        """Plug a vehicle in."""
        self.command("plug-connector", vehicle=vehicle, **_place(evse, connector))

    def swipe(
        self, id_tag: str, *, evse: int | None = None, connector: int | None = None
    ) -> dict[str, Any]:
        """Show a card: an accepted one starts the transaction of the vehicle plugged in, or stops
        it."""
        return self.command("swipe", id_tag=id_tag, **_place(evse, connector))

    def start(
        self,
        id_tag: str,
        vehicle: Vehicle = None,
        *,
        evse: int | None = None,
        connector: int | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Plug in, show a card, charge; `more` as in POST /ocpp/commands/start-session, such as
        target_energy_kwh."""
        place = _place(evse, connector)
        return self.command("start-session", id_tag=id_tag, vehicle=vehicle, **place, **more)

    def stop(self, *, evse: int | None = None, connector: int | None = None) -> dict[str, Any]:
        """End the session at the charger, and take the cable out."""
        return self.command("stop-session", **_place(evse, connector))

    def unplug(self, *, evse: int | None = None, connector: int | None = None) -> None:
        """Take the cable out."""
        self.command("unplug-connector", **_place(evse, connector))

    def fault(
        self, name: str, *, evse: int | None = None, connector: int | None = None, **more: Any
    ) -> dict[str, Any]:
        """Break something, by a name of GET /ocpp/catalog/faults, such as GroundFailure."""
        return self.command("inject-fault", fault_type=name, **_place(evse, connector), **more)

    def clear_fault(
        self, *, evse: int | None = None, connector: int | None = None
    ) -> dict[str, Any]:
        """Mend what was broken."""
        return self.command("clear-fault", **_place(evse, connector))

    def drop_network(self, seconds: Seconds | None = None) -> None:
        """Cut its link, for that long or until `restore_network`."""
        self.command("network-drop", seconds=seconds)

    def restore_network(self) -> None:
        """Let it reach its CSMS again."""
        self.command("network-restore")

    def cut_power(self, seconds: Seconds | None = None) -> None:
        """Take its power away, for that long or until `restore_power`."""
        self.command("power-cut", seconds=seconds)

    def restore_power(self) -> None:
        """Give it power again: it boots."""
        self.command("power-restore")

    def reboot(self, type: Literal["Soft", "Hard"] = "Soft") -> None:
        """Reboot it, as its button does."""
        self.command("reboot", type=type)

    def command(self, name: str, **event: Any) -> dict[str, Any]:
        """Any command of the yard by its path, such as "emergency-stop", and its result. Fields
        that are None are left out."""
        said = {field: value for field, value in event.items() if value is not None}
        body = {"target": {"charger_id": self.id}, "event": said}
        try:
            answer = self._api.post(path_to("/ocpp/commands", *name.split("/")), body)
        except RestRefusal as refusal:
            raise FailedCommand(f"{name} of {self.identity}: {refusal}", "refused") from None
        if not isinstance(answer, dict) or "results" not in answer:
            return answer or {}
        path = path_to("/ocpp/commands", answer["results"][0]["command"]["id"])

        def concluded() -> dict[str, Any] | None:
            command: dict[str, Any] = self._api.get(path)
            return None if command["status"] in _UNDER_WAY else command

        command = until(
            concluded, self._time_out_s, lambda: f"{name} of {self.identity} is still under way"
        )
        if command["status"] != "completed":
            error = command.get("error") or {}
            words = error.get("message") or command["status"]
            raise FailedCommand(f"{name} of {self.identity}: {words}", error.get("code", ""))
        return command.get("result") or {}

    # --- state ---------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """All of its state, as GET /ocpp/chargers/{id}/state has it; empty before it runs."""
        try:
            found: dict[str, Any] = self._api.get(f"{self._path}/state")
        except RestRefusal as refusal:
            if refusal.status >= 500 or refusal.status in (_NOT_FOUND, 409):
                return {}
            raise
        return found

    def connector(self, evse: int = 1, connector: int = 1) -> dict[str, Any]:
        """The state of a connector: status, power_w, energy_wh, transaction, vehicle, ..."""
        for one in self.state().get("connectors", ()):
            if (one["evse_id"], one["connector_id"]) == (evse, connector):
                return dict(one)
        raise LookupError(f"{self.identity} has no connector {connector} at EVSE {evse}")

    def status(self, evse: int = 1, connector: int = 1) -> str:
        """The status of a connector, such as Charging."""
        return str(self.connector(evse, connector)["status"])

    def wait_for_status(
        self,
        status: str,
        *,
        evse: int = 1,
        connector: int = 1,
        timeout: Seconds | None = None,
    ) -> None:
        """Wait until a connector has that status. A status that passes quickly is found by
        `wait_for("StatusNotification", where=...)`."""
        seen = ""

        def is_there() -> bool:
            nonlocal seen
            seen = self.status(evse, connector)
            return seen == status

        self.wait_until(is_there, lambda: f"EVSE {evse} is {seen}, not {status}", timeout=timeout)

    def wait_until_charging(
        self, *, evse: int = 1, connector: int = 1, timeout: Seconds | None = None
    ) -> dict[str, Any]:
        """Wait until energy flows, and give the state of the connector: the status of 2.0.1 is
        Occupied all the while."""

        def charging() -> dict[str, Any] | None:
            one = self.connector(evse, connector)
            return one if one["power_w"] > 0 else None

        return self.wait_until(charging, f"no energy flows at EVSE {evse}", timeout=timeout)

    # --- frames --------------------------------------------------------------------------------

    def frames(
        self, action: str | None = None, sender: Sender | None = None
    ) -> list[RecordedFrame]:
        """Frames of both directions as they were on the wire, oldest first; an answer has its
        call's action. A frame is here within a quarter of a second."""
        direction = None if sender is None else _DIRECTIONS[sender]
        return of_yard(
            self._api.lines(f"{self._path}/logs/export", event=action, direction=direction)
        )

    def wait_for(
        self,
        action: str,
        *,
        kind: str = "call",
        sender: Sender | None = None,
        where: Callable[[Any], object] = lambda payload: True,
        count: int = 1,
        timeout: Seconds | None = None,
    ) -> RecordedFrame:
        """Wait for a frame of this action whose payload is as `where` says, and give it; those of
        before count, and with `count` it is that one of them. `kind="result"` is the answer to
        it."""

        def found() -> RecordedFrame | None:
            fitting = [
                one
                for one in self.frames(action, sender)
                if one.kind == kind and where(one.payload)
            ]
            return fitting[count - 1] if len(fitting) >= count else None

        return self.wait_until(found, lambda: f"no such {kind} of {action}", timeout=timeout)

    def wait_until(
        self,
        holds: Callable[[], Found | None],
        otherwise: str | Callable[[], str] = "that did not come true",
        *,
        timeout: Seconds | None = None,
    ) -> Found:
        """Wait until `holds` gives something true, and give that; NotInTime, an AssertionError with
        the last frames, where it does not."""

        def words() -> str:
            told = otherwise if isinstance(otherwise, str) else otherwise()
            return f"{self.identity}: {told}\n{self.last_frames()}"

        return until(holds, self._time_out_s if timeout is None else timeout, words)

    def last_frames(self) -> str:
        """The last of its frames as text, a line each."""
        found = self.frames()[-_LAST_FRAMES:]
        if not found:
            return "there is no frame of it"
        return "\n".join(["its last frames:", *(f"  {one}" for one in found)])

    # --- life ----------------------------------------------------------------------------------

    def wait_until_accepted(self, timeout: Seconds | None = None) -> None:
        """Wait until the CSMS has accepted its BootNotification."""

        def otherwise() -> str:
            state = self.state()
            answered = state.get("boot_status")
            if answered in (None, "Unknown"):
                told = self._connection(state).get("reason") or "it has not answered"
            else:
                told = f"its boot was answered {answered}"
            if refused := state.get("refused_answer"):
                told += f"; an answer was wrong: {refused}"
            return f"the CSMS has not accepted it: {told}"

        def is_accepted() -> bool:
            return self.state().get("boot_status") == "Accepted"

        self.wait_until(is_accepted, otherwise, timeout=timeout)

    def _connection(self, state: Mapping[str, Any]) -> Mapping[str, Any]:
        """Its connection, which is told also while its runtime is not there yet."""
        found = state.get("connection") or self._api.get(f"{self._path}/status")["connection"]
        return found or {}

    def delete(self) -> None:
        """Take it away; the lab does so at the end of the test."""
        self._api.delete(self._path)


def _place(evse: int | None, connector: int | None) -> dict[str, int | None]:
    return {"evse_id": evse, "connector_id": connector}
