"""A 2.0.1 charger of other people's making: the `ocpp` package on a `websockets` client.

One EVSE with one connector; it does what it is told and answers the commands a backend has.
"""

from typing import Any
from uuid import uuid4

from ocpp.routing import after, on
from ocpp.v201 import ChargePoint, call, call_result
from websockets.asyncio.client import ClientConnection

from .more201 import More201
from .wire import Record, Recorded, now

POWER_WH_A_SAMPLE = 250


class ForeignCharger201(More201, Recorded, ChargePoint):
    """Drive it with boot, start and stop; the CSMS drives it too."""

    def __init__(self, identity: str, connection: ClientConnection) -> None:
        super().__init__(identity, connection, response_timeout=120)
        self.record = Record()
        self.boot_answer: call_result.BootNotification | None = None
        self.transaction_id: str | None = None
        self.meter_wh = 1_000
        self.is_operative = True
        self.variables = {
            ("OCPPCommCtrlr", "HeartbeatInterval"): "300",
            ("SampledDataCtrlr", "TxUpdatedInterval"): "60",
            ("LocalAuthListCtrlr", "ItemsPerMessage"): "5",
        }
        self.list_version = 7
        self.local_list: dict[str, str] = {}
        """Status by token."""
        self._sequence = 0

    # --- what it does of its own accord ---

    async def ask(self, request: Any) -> Any:
        """Send a CALL; a CALLERROR is raised."""
        return await self.call(request, suppress=False)

    async def boot(self, reason: str = "PowerUp") -> call_result.BootNotification:
        station = {
            "model": "Model F",
            "vendorName": "Foreign",
            "serialNumber": "F-2",
            "firmwareVersion": "9.9",
        }
        self.boot_answer = await self.ask(call.BootNotification(station, reason))
        assert self.boot_answer is not None
        await self.status()
        return self.boot_answer

    async def status(self, status: str = "Available") -> None:
        await self.ask(call.StatusNotification(now(), status, 1, 1))

    async def start_charging(
        self, id_tag: str, remote_start_id: int | None = None
    ) -> dict[str, Any]:
        """Plug, authorize, start, and send two meter values; answers the idTokenInfo."""
        token = {"idToken": id_tag, "type": "ISO14443"}
        await self.status("Occupied")
        authorized = await self.ask(call.Authorize(token))
        self.transaction_id = str(uuid4())
        self._sequence = 0
        extra = {} if remote_start_id is None else {"remoteStartId": remote_start_id}
        trigger = "Authorized" if remote_start_id is None else "RemoteStart"
        await self.event("Started", trigger, {"chargingState": "Charging", **extra}, id_token=token)
        for _ in range(2):
            self.meter_wh += POWER_WH_A_SAMPLE
            await self.event("Updated", "MeterValuePeriodic", {})
        self.record.changed()
        return dict(authorized.id_token_info)

    async def event(
        self, kind: str, trigger: str, info: dict[str, Any], id_token: Any = None
    ) -> None:
        sampled = {
            "value": self.meter_wh,
            "measurand": "Energy.Active.Import.Register",
            "unitOfMeasure": {"unit": "Wh"},
        }
        await self.ask(
            call.TransactionEvent(
                kind,
                now(),
                trigger,
                self._sequence,
                {"transactionId": self.transaction_id, **info},
                meter_value=[{"timestamp": now(), "sampledValue": [sampled]}],
                evse={"id": 1, "connectorId": 1},
                id_token=id_token,
            )
        )
        self._sequence += 1

    async def stop_charging(self, reason: str = "Local", trigger: str = "StopAuthorized") -> None:
        if self.transaction_id is None:
            return
        await self.event("Ended", trigger, {"stoppedReason": reason})
        self.transaction_id = None
        await self.status()
        self.record.changed()

    # --- what it is asked ---

    @on("RequestStartTransaction")
    def on_request_start(self, **_: Any) -> call_result.RequestStartTransaction:
        is_free = self.transaction_id is None and self.is_operative
        return call_result.RequestStartTransaction("Accepted" if is_free else "Rejected")

    @after("RequestStartTransaction")
    async def after_request_start(
        self, id_token: dict[str, Any], remote_start_id: int, **_: Any
    ) -> None:
        if self.transaction_id is None:
            await self.start_charging(id_token["id_token"], remote_start_id)

    @on("RequestStopTransaction")
    def on_request_stop(self, transaction_id: str, **_: Any) -> call_result.RequestStopTransaction:
        is_mine = transaction_id == self.transaction_id
        return call_result.RequestStopTransaction("Accepted" if is_mine else "Rejected")

    @after("RequestStopTransaction")
    async def after_request_stop(self, **_: Any) -> None:
        await self.stop_charging("Remote", "RemoteStop")

    @on("Reset")
    def on_reset(self, **_: Any) -> call_result.Reset:
        return call_result.Reset("Accepted" if self.transaction_id is None else "Scheduled")

    @after("Reset")
    async def after_reset(self, **_: Any) -> None:
        if self.transaction_id is None:
            await self.boot("RemoteReset")

    @on("UnlockConnector")
    def on_unlock(self, evse_id: int, connector_id: int) -> call_result.UnlockConnector:
        if (evse_id, connector_id) != (1, 1):
            return call_result.UnlockConnector("UnknownConnector")
        if self.transaction_id is not None:
            return call_result.UnlockConnector("OngoingAuthorizedTransaction")
        return call_result.UnlockConnector("Unlocked")

    @on("ClearCache")
    def on_clear_cache(self) -> call_result.ClearCache:
        return call_result.ClearCache("Accepted")

    @on("ChangeAvailability")
    def on_availability(self, operational_status: str, **_: Any) -> call_result.ChangeAvailability:
        if self.transaction_id is not None:
            return call_result.ChangeAvailability("Scheduled")
        self.is_operative = operational_status == "Operative"
        return call_result.ChangeAvailability("Accepted")

    @after("ChangeAvailability")
    async def after_availability(self, **_: Any) -> None:
        await self.status("Available" if self.is_operative else "Unavailable")

    @on("TriggerMessage")
    def on_trigger(self, requested_message: str, **_: Any) -> call_result.TriggerMessage:
        is_known = requested_message in (
            "Heartbeat",
            "StatusNotification",
            "SignChargingStationCertificate",
        )
        return call_result.TriggerMessage("Accepted" if is_known else "NotImplemented")

    @after("TriggerMessage")
    async def after_trigger(self, requested_message: str, **_: Any) -> None:
        if requested_message == "Heartbeat":
            await self.ask(call.Heartbeat())
        elif requested_message == "StatusNotification":
            await self.status()
        elif requested_message == "SignChargingStationCertificate":
            await self.sign()

    @on("GetVariables")
    def on_get_variables(
        self, get_variable_data: list[dict[str, Any]], **_: Any
    ) -> call_result.GetVariables:
        return call_result.GetVariables([self._read(asked) for asked in get_variable_data])

    @on("SetVariables")
    def on_set_variables(
        self, set_variable_data: list[dict[str, Any]], **_: Any
    ) -> call_result.SetVariables:
        return call_result.SetVariables([self._write(asked) for asked in set_variable_data])

    @on("GetBaseReport")
    def on_base_report(self, **_: Any) -> call_result.GetBaseReport:
        return call_result.GetBaseReport("Accepted")

    @after("GetBaseReport")
    async def after_base_report(self, request_id: int, **_: Any) -> None:
        names = list(self.variables)
        for sequence, name in enumerate(names):
            await self.ask(
                call.NotifyReport(
                    request_id,
                    now(),
                    sequence,
                    report_data=[self._reported(name)],
                    tbc=sequence < len(names) - 1,
                )
            )

    @on("UpdateFirmware")
    def on_update_firmware(self, **_: Any) -> call_result.UpdateFirmware:
        return call_result.UpdateFirmware("Accepted")

    @on("GetLog")
    def on_get_log(self, **_: Any) -> call_result.GetLog:
        return call_result.GetLog("Accepted", filename="log-F-2.zip")

    @on("DataTransfer")
    def on_data_transfer(
        self, vendor_id: str, message_id: str | None = None, data: Any = None, **_: Any
    ) -> call_result.DataTransfer:
        if vendor_id != "Foreign":
            return call_result.DataTransfer("UnknownVendorId")
        return call_result.DataTransfer("Accepted", data=f"{message_id}:{data}")

    @on("GetLocalListVersion")
    def on_list_version(self) -> call_result.GetLocalListVersion:
        return call_result.GetLocalListVersion(self.list_version)

    @on("SendLocalList")
    def on_local_list(
        self,
        version_number: int,
        update_type: str,
        local_authorization_list: list[dict[str, Any]] | None = None,
        **_: Any,
    ) -> call_result.SendLocalList:
        if update_type == "Differential" and version_number <= self.list_version:
            return call_result.SendLocalList("VersionMismatch")
        entries = local_authorization_list or []
        if len(entries) > int(self.variables["LocalAuthListCtrlr", "ItemsPerMessage"]):
            return call_result.SendLocalList("Failed")
        self.list_version = version_number
        if update_type == "Full":
            self.local_list.clear()
        for entry in entries:
            token = entry["id_token"]["id_token"]
            if "id_token_info" in entry:
                self.local_list[token] = entry["id_token_info"]["status"]
            else:
                self.local_list.pop(token, None)
        return call_result.SendLocalList("Accepted")

    def _read(self, asked: dict[str, Any]) -> dict[str, Any]:
        answer = {"component": asked["component"], "variable": asked["variable"]}
        name = (asked["component"]["name"], asked["variable"]["name"])
        if name not in self.variables:
            return {**answer, "attribute_status": "UnknownVariable"}
        return {
            **answer,
            "attribute_status": "Accepted",
            "attribute_value": self.variables[name],
        }

    def _write(self, asked: dict[str, Any]) -> dict[str, Any]:
        answer = {"component": asked["component"], "variable": asked["variable"]}
        name = (asked["component"]["name"], asked["variable"]["name"])
        if name == ("SecurityCtrlr", "BasicAuthPassword"):
            self.password = asked["attribute_value"].encode()
            return {**answer, "attribute_status": "Accepted"}
        if name not in self.variables:
            return {**answer, "attribute_status": "UnknownVariable"}
        if not asked["attribute_value"].isdigit():
            return {**answer, "attribute_status": "Rejected"}
        self.variables[name] = asked["attribute_value"]
        return {**answer, "attribute_status": "Accepted"}

    def _reported(self, name: tuple[str, str]) -> dict[str, Any]:
        return {
            "component": {"name": name[0]},
            "variable": {"name": name[1]},
            "variable_attribute": [
                {"type": "Actual", "value": self.variables[name], "mutability": "ReadWrite"}
            ],
        }
