"""A charger with monitors on a bench."""

from typing import Any

from tests.charger.bench import Bench

THRESHOLD_S = "OCPPCommCtrlr.OfflineThreshold"


class MonitoringBench(Bench):
    """A 2.0.1 charger whose monitors are set and seen by short names."""

    def __init__(self, **options: Any) -> None:
        super().__init__("2.0.1", **options)
        self.forget()

    def monitor(
        self, path: str, type: str, value: float, severity: int = 4, **fields: Any
    ) -> dict[str, Any]:
        """Set a monitor; its result."""
        return self.monitors(watching(path, type, value, severity, **fields))[0]

    def monitors(self, *data: dict[str, Any]) -> list[dict[str, Any]]:
        """Set several at once; their results."""
        answer = self.call("SetVariableMonitoring", setMonitoringData=list(data))
        results: list[dict[str, Any]] = answer["setMonitoringResult"]
        return results

    def write(self, path: str, value: str) -> str:
        """Set a variable; the status."""
        data = {**_place(path), "attributeValue": value}
        answer = self.call("SetVariables", setVariableData=[data])
        status: str = answer["setVariableResult"][0]["attributeStatus"]
        return status

    def read(self, path: str, **evse: int) -> str:
        """The value of a variable."""
        answer = self.call("GetVariables", getVariableData=[_place(path, **evse)])
        value: str = answer["getVariableResult"][0]["attributeValue"]
        return value

    def notices(self) -> list[dict[str, Any]]:
        """The events of monitors that were told."""
        return [
            event
            for said in self.said("NotifyEvent")
            for event in said["eventData"]
            if "variableMonitoringId" in event
        ]

    def values(self) -> list[tuple[str, str, bool]]:
        """Trigger, actualValue and cleared of each."""
        return [
            (one["trigger"], one["actualValue"], one.get("cleared", False))
            for one in self.notices()
        ]

    def reported(self, **criteria: Any) -> dict[int, dict[str, Any]]:
        """The monitors of a report, by their ids."""
        assert self.call("GetMonitoringReport", requestId=7, **criteria)["status"] == "Accepted"
        pages = [one for one in self.said("NotifyMonitoringReport") if one["requestId"] == 7]
        return {
            monitor["id"]: {**monitor, "component": data["component"], "variable": data["variable"]}
            for page in pages
            for data in page["monitor"]
            for monitor in data["variableMonitoring"]
        }


def watching(
    path: str, type: str, value: float, severity: int = 4, *, evse: int | None = None, **fields: Any
) -> dict[str, Any]:
    """SetMonitoringData of a variable by its path, such as `EVSE.Power`."""
    place = {} if evse is None else {"id": evse}
    return {**_place(path, **place), "type": type, "value": value, "severity": severity, **fields}


def _place(path: str, **evse: int) -> dict[str, Any]:
    name, _, variable = path.partition(".")
    variable, _, instance = variable.partition("[")
    component: dict[str, Any] = {"name": name}
    if evse:
        component["evse"] = evse
    of = {"name": variable}
    if instance:
        of["instance"] = instance.rstrip("]")
    return {"component": component, "variable": of}
