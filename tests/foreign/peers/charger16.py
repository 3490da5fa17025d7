"""A 1.6 charger of other people's making: the `ocpp` package on a `websockets` client.

One connector, one vehicle; it does what it is told and answers every command of the 1.6 core.
"""

from typing import Any

from ocpp.routing import after, on
from ocpp.v16 import ChargePoint, call, call_result
from websockets.asyncio.client import ClientConnection

from .more16 import More16
from .wire import Record, Recorded, now

POWER_WH_A_SAMPLE = 250


class ForeignCharger16(More16, Recorded, ChargePoint):
    """Drive it with boot, start and stop; the CSMS drives it too."""

    def __init__(self, identity: str, connection: ClientConnection) -> None:
        super().__init__(identity, connection, response_timeout=120)
        self.record = Record()
        self.boot_answer: call_result.BootNotification | None = None
        self.transaction_id: int | None = None
        self.meter_wh = 1_000
        self.is_operative = True
        self.settings = {
            "HeartbeatInterval": "300",
            "MeterValueSampleInterval": "60",
            "NumberOfConnectors": "1",
            "SendLocalListMaxLength": "5",
        }
        self.list_version = 7
        self.local_list: dict[str, str] = {}
        """Status by tag."""

    # --- what it does of its own accord ---

    async def ask(self, request: Any) -> Any:
        """Send a CALL; a CALLERROR is raised."""
        return await self.call(request, suppress=False)

    async def boot(self) -> call_result.BootNotification:
        self.boot_answer = await self.ask(
            call.BootNotification(
                "Model F", "Foreign", charge_point_serial_number="F-1", firmware_version="9.9"
            )
        )
        assert self.boot_answer is not None
        await self.status(0)
        await self.status(1)
        return self.boot_answer

    async def status(self, connector_id: int, status: str = "Available") -> None:
        await self.ask(call.StatusNotification(connector_id, "NoError", status, timestamp=now()))

    async def start_charging(self, id_tag: str) -> dict[str, Any]:
        """Plug, authorize, start, and send two meter values; answers the idTagInfo."""
        await self.status(1, "Preparing")
        await self.ask(call.Authorize(id_tag))
        started = await self.ask(call.StartTransaction(1, id_tag, self.meter_wh, now()))
        self.transaction_id = started.transaction_id
        await self.status(1, "Charging")
        for _ in range(2):
            await self.sample()
        self.record.changed()
        return dict(started.id_tag_info)

    async def sample(self) -> None:
        self.meter_wh += POWER_WH_A_SAMPLE
        sampled = {
            "value": str(self.meter_wh),
            "measurand": "Energy.Active.Import.Register",
            "unit": "Wh",
        }
        value = {"timestamp": now(), "sampledValue": [sampled]}
        await self.ask(call.MeterValues(1, [value], transaction_id=self.transaction_id))

    async def stop_charging(self, reason: str = "Local") -> None:
        if self.transaction_id is None:
            return
        stopped, self.transaction_id = self.transaction_id, None
        await self.ask(call.StopTransaction(self.meter_wh, now(), stopped, reason=reason))
        await self.status(1, "Finishing")
        await self.status(1)
        self.record.changed()

    # --- what it is asked ---

    @on("RemoteStartTransaction")
    def on_remote_start(self, **_: Any) -> call_result.RemoteStartTransaction:
        is_free = self.transaction_id is None and self.is_operative
        return call_result.RemoteStartTransaction("Accepted" if is_free else "Rejected")

    @after("RemoteStartTransaction")
    async def after_remote_start(self, id_tag: str, **_: Any) -> None:
        if self.transaction_id is None:
            await self.start_charging(id_tag)

    @on("RemoteStopTransaction")
    def on_remote_stop(self, transaction_id: int) -> call_result.RemoteStopTransaction:
        is_mine = transaction_id == self.transaction_id
        return call_result.RemoteStopTransaction("Accepted" if is_mine else "Rejected")

    @after("RemoteStopTransaction")
    async def after_remote_stop(self, **_: Any) -> None:
        await self.stop_charging("Remote")

    @on("Reset")
    def on_reset(self, type: str) -> call_result.Reset:
        return call_result.Reset("Accepted")

    @after("Reset")
    async def after_reset(self, type: str) -> None:
        await self.stop_charging(f"{type}Reset")
        await self.boot()

    @on("UnlockConnector")
    def on_unlock(self, connector_id: int) -> call_result.UnlockConnector:
        return call_result.UnlockConnector("Unlocked" if connector_id == 1 else "NotSupported")

    @on("ClearCache")
    def on_clear_cache(self) -> call_result.ClearCache:
        return call_result.ClearCache("Accepted")

    @on("ChangeAvailability")
    def on_availability(self, type: str, **_: Any) -> call_result.ChangeAvailability:
        if self.transaction_id is not None:
            return call_result.ChangeAvailability("Scheduled")
        self.is_operative = type == "Operative"
        return call_result.ChangeAvailability("Accepted")

    @after("ChangeAvailability")
    async def after_availability(self, **_: Any) -> None:
        await self.status(1, "Available" if self.is_operative else "Unavailable")

    @on("TriggerMessage")
    def on_trigger(self, requested_message: str, **_: Any) -> call_result.TriggerMessage:
        is_known = requested_message in ("Heartbeat", "StatusNotification", "BootNotification")
        return call_result.TriggerMessage("Accepted" if is_known else "NotImplemented")

    @after("TriggerMessage")
    async def after_trigger(self, requested_message: str, **_: Any) -> None:
        if requested_message == "Heartbeat":
            await self.ask(call.Heartbeat())
        elif requested_message == "StatusNotification":
            await self.status(1)

    @on("GetConfiguration")
    def on_get_configuration(self, key: list[str] | None = None) -> call_result.GetConfiguration:
        wanted = key or list(self.settings)
        return call_result.GetConfiguration(
            configuration_key=[
                {
                    "key": name,
                    "readonly": name == "NumberOfConnectors",
                    "value": self.settings[name],
                }
                for name in wanted
                if name in self.settings
            ],
            unknown_key=[name for name in wanted if name not in self.settings],
        )

    @on("ChangeConfiguration")
    def on_change_configuration(self, key: str, value: str) -> call_result.ChangeConfiguration:
        if key == "AuthorizationKey":
            self.password = bytes.fromhex(value)
            return call_result.ChangeConfiguration("Accepted")
        if key not in self.settings:
            return call_result.ChangeConfiguration("NotSupported")
        if key == "NumberOfConnectors" or not value.isdigit():
            return call_result.ChangeConfiguration("Rejected")
        self.settings[key] = value
        return call_result.ChangeConfiguration("Accepted")

    @on("UpdateFirmware")
    def on_update_firmware(self, **_: Any) -> call_result.UpdateFirmware:
        return call_result.UpdateFirmware()

    @after("UpdateFirmware")
    async def after_update_firmware(self, **_: Any) -> None:
        await self.ask(call.FirmwareStatusNotification("Downloading"))

    @on("GetDiagnostics")
    def on_get_diagnostics(self, **_: Any) -> call_result.GetDiagnostics:
        return call_result.GetDiagnostics("diagnostics-F-1.zip")

    @on("DataTransfer")
    def on_data_transfer(
        self, vendor_id: str, message_id: str | None = None, data: str | None = None
    ) -> call_result.DataTransfer:
        if vendor_id != "Foreign":
            return call_result.DataTransfer("UnknownVendorId")
        return call_result.DataTransfer("Accepted", f"{message_id}:{data}")

    @on("GetLocalListVersion")
    def on_list_version(self) -> call_result.GetLocalListVersion:
        return call_result.GetLocalListVersion(self.list_version)

    @on("SendLocalList")
    def on_local_list(
        self,
        list_version: int,
        update_type: str,
        local_authorization_list: list[dict[str, Any]] | None = None,
    ) -> call_result.SendLocalList:
        if update_type == "Differential" and list_version <= self.list_version:
            return call_result.SendLocalList("VersionMismatch")
        entries = local_authorization_list or []
        if len(entries) > int(self.settings["SendLocalListMaxLength"]):
            return call_result.SendLocalList("Failed")
        self.list_version = list_version
        if update_type == "Full":
            self.local_list.clear()
        for entry in entries:
            if "id_tag_info" in entry:
                self.local_list[entry["id_tag"]] = entry["id_tag_info"]["status"]
            else:
                self.local_list.pop(entry["id_tag"], None)
        return call_result.SendLocalList("Accepted")
