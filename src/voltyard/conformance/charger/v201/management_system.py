"""The tester's CSMS of OCPP 2.0.1: what it answers, what it awaits, and what it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from voltyard.conformance.charger.stage import ChargerStage
from voltyard.conformance.charger.stays import Stay
from voltyard.conformance.charger.v201 import leftovers
from voltyard.conformance.wire.endings import Inconclusive, NotApplicable
from voltyard.conformance.wire.message import MISSING, ReceivedMessage, one_of
from voltyard.conformance.wire.tester_link import SILENCE, Answer, GivenError, TesterLink

_NOTED: Final = (
    "ClearedChargingLimit",
    "FirmwareStatusNotification",
    "LogStatusNotification",
    "MeterValues",
    "NotifyChargingLimit",
    "NotifyCustomerInformation",
    "NotifyDisplayMessages",
    "NotifyEvent",
    "NotifyMonitoringReport",
    "NotifyReport",
    "PublishFirmwareStatusNotification",
    "ReportChargingProfiles",
    "ReservationStatusUpdate",
    "SecurityEventNotification",
    "StatusNotification",
)
"""Requests that are answered with an empty object."""


class ManagementSystem(ChargerStage):
    """A CSMS that accepts what is sound; `boot` and `infos` say what it answers."""

    def sound_answers(self) -> Mapping[str, Answer]:
        self.boot: dict[str, Any] = {"status": "Accepted", "interval": 300}
        self.boot.update(self.case.options.get("boot", {}))
        self.infos: dict[str, dict[str, Any]] = {}
        """The idTokenInfo of tokens; others are accepted."""
        self.numbers = 0
        """The newest requestId or remoteStartId."""
        self._held: dict[str, tuple[Answer, list[tuple[TesterLink, ReceivedMessage]]]] = {}
        return {
            **{action: {} for action in _NOTED},
            "Authorize": lambda request: {"idTokenInfo": self.info(request["idToken.idToken"])},
            "BootNotification": lambda _: {"currentTime": self.now(), **self.boot},
            "DataTransfer": {"status": "UnknownVendorId"},
            "Get15118EVCertificate": {"status": "Failed", "exiResponse": ""},
            "GetCertificateStatus": {"status": "Failed"},
            "Heartbeat": lambda _: {"currentTime": self.now()},
            "NotifyEVChargingNeeds": {"status": "Rejected"},
            "NotifyEVChargingSchedule": {"status": "Accepted"},
            "SignCertificate": {"status": "Accepted"},
            "TransactionEvent": self._transaction,
        }

    def info(self, token: str) -> dict[str, Any]:
        """The idTokenInfo of a token."""
        return {"status": "Accepted", **self.infos.get(token, {})}

    def _transaction(self, request: ReceivedMessage) -> dict[str, Any]:
        token = request.get("idToken.idToken")
        return {} if token is MISSING else {"idTokenInfo": self.info(token)}

    def number(self) -> int:
        """A new requestId or remoteStartId."""
        self.numbers += 1
        return self.numbers

    # --- answers that are held back ---------------------------------------------------------------

    def hold(self, action: str) -> None:
        """Answer no request of that action until `release`."""
        sound = self.script[action]
        held: list[tuple[TesterLink, ReceivedMessage]] = []
        self._held[action] = (sound, held)

        def keep(request: ReceivedMessage) -> GivenError:
            held.append((self.links[-1], request))
            return SILENCE

        self.script[action] = keep

    def release(self, action: str) -> None:
        """Answer what was held, and from now on at once."""
        sound, held = self._held.pop(action)
        self.script[action] = sound
        for link, request in held:
            link.reply(request)

    # --- what it awaits ---------------------------------------------------------------------------

    async def booted(self) -> None:
        """Wait for the boot, and for the status of every EVSE."""
        await self.hears("BootNotification")
        await self.hears_every_status()

    async def hears_every_status(self, status: str = "Available") -> None:
        """The first connector of every EVSE reports that status."""
        for evse in range(1, self.subject.evses + 1):
            await self.hears_status(status, evse)

    async def hears_status(self, status: str, evse: int = 1, connector: int = 1) -> ReceivedMessage:
        """A connector reports that status, with StatusNotification or NotifyEvent (G01.FR.07)."""
        self.record.step(f"Connector {connector} of EVSE {evse} reports {status}")
        return await self.inbox.receive_one(
            f"{status} of connector {connector} of EVSE {evse}",
            lambda one: _tells_status(one, status, evse, connector),
        )

    async def hears_event(
        self,
        type: str | None = None,
        trigger: str | None = None,
        state: str | None = None,
        **fields: Any,
    ) -> ReceivedMessage:
        """A TransactionEvent of that eventType, triggerReason and chargingState, where they are
        said; `fields` are of its transactionInfo."""
        wanted = {f"transactionInfo.{name}": value for name, value in fields.items()}
        for name, value in (
            ("eventType", type),
            ("triggerReason", trigger),
            ("transactionInfo.chargingState", state),
        ):
            if value is not None:
                wanted[name] = value
        return await self.hears("TransactionEvent", **wanted)

    def events(self, transaction: str) -> list[ReceivedMessage]:
        """The TransactionEvents of a transaction that have come."""
        return [
            one
            for one in self.inbox.all("TransactionEvent")
            if one.get("transactionInfo.transactionId") == transaction
        ]

    def check_order(self, transaction: str) -> None:
        """The case fails unless the events of an ended transaction are whole and in order."""
        came = self.events(transaction)
        types = ["Started", *["Updated"] * (len(came) - 2), "Ended"]
        for number, (one, type) in enumerate(zip(came, types, strict=False)):
            one.expect(eventType=type, seqNo=came[0]["seqNo"] + number, rule="E01.FR.07, E01.FR.08")

    # --- variables and reports --------------------------------------------------------------------

    async def get_variable(self, path: str, attribute: str = "Actual") -> str:
        """The value of a variable by its path, as `variable_at` has it."""
        result = await self.gets(variable_at(path, attributeType=attribute))
        result.expect({"getVariableResult.0.attributeStatus": "Accepted"})
        value: str = result["getVariableResult.0.attributeValue"]
        return value

    async def gets(self, *variables: dict[str, Any]) -> ReceivedMessage:
        """The answer to GetVariables of those."""
        return await self.asks("GetVariables", getVariableData=list(variables))

    async def set_variable(self, path: str, value: str, *, status: Any = None) -> None:
        """Set a variable, which is answered with that status; where none is said, it is set."""
        answer = await self.asks(
            "SetVariables", setVariableData=[variable_at(path, attributeValue=value)]
        )
        expected = status or one_of("Accepted", "RebootRequired")
        answer.expect({"setVariableResult.0.attributeStatus": expected})

    async def has_variable(self, path: str, value: str) -> None:
        """The case fails unless the variable has that value."""
        found = await self.get_variable(path)
        if found != value:
            raise self.record.broken(f"{path} is {value}", found)

    async def base_report(self, base: str) -> list[dict[str, Any]]:
        """The variables of the base report of that name."""
        request_id = self.number()
        answer = await self.asks("GetBaseReport", requestId=request_id, reportBase=base)
        answer.expect(status="Accepted")
        return await self.report(request_id)

    async def report(self, request_id: int) -> list[dict[str, Any]]:
        """The variables of a report, of all its pages."""
        found: list[dict[str, Any]] = []
        seq_no = 0
        while True:
            page = await self.hears("NotifyReport", requestId=request_id)
            page.expect(seqNo=seq_no, rule="B07.FR.10")
            found += page["reportData"]
            if page.get("tbc") is not True:
                return found
            seq_no += 1

    # --- remote control ---------------------------------------------------------------------------

    def token(self, text: str | None = None) -> dict[str, str]:
        """An idToken; of the accepted tag where none is said."""
        return {"idToken": text or self.tags.accepted, "type": "ISO14443"}

    async def remote_start(
        self,
        tag: str | None = None,
        *,
        evse: int | None = 1,
        status: str = "Accepted",
        **fields: Any,
    ) -> ReceivedMessage:
        """Have a transaction started, which is answered with that status; its remoteStartId is
        `numbers` then."""
        payload = {"idToken": self.token(tag), "remoteStartId": self.number(), **fields}
        if evse is not None:
            payload["evseId"] = evse
        answer = await self.asks("RequestStartTransaction", **payload)
        answer.expect(status=status)
        return answer

    async def remote_stop(self, transaction: str, *, status: str = "Accepted") -> None:
        """Have a transaction stopped, which is answered with that status."""
        answer = await self.asks("RequestStopTransaction", transactionId=transaction)
        answer.expect(status=status)

    async def trigger(self, message: str, *, status: str = "Accepted", **fields: Any) -> None:
        """Ask for a message, which is answered with that status."""
        answer = await self.asks("TriggerMessage", requestedMessage=message, **fields)
        answer.expect(status=status)

    async def reset(
        self, type: str = "Immediate", *, status: str = "Accepted", **fields: Any
    ) -> None:
        """Ask for a reset, which is answered with that status."""
        (await self.asks("Reset", type=type, **fields)).expect(status=status)

    async def change_availability(
        self, operational: str, *, status: str = "Accepted", **evse: Any
    ) -> None:
        """Ask for a change of availability, of the station or of the EVSE that is said."""
        payload = {"operationalStatus": operational, **({"evse": evse} if evse else {})}
        (await self.asks("ChangeAvailability", **payload)).expect(status=status)

    async def reserve(
        self,
        tag: str | None = None,
        *,
        evse: int | None = 1,
        for_s: float = 3600.0,
        status: str = "Accepted",
        **fields: Any,
    ) -> int:
        """Reserve an EVSE, or any, for a token, which is answered with that status; the id of the
        reservation."""
        payload: dict[str, Any] = {
            "id": self.number(),
            "expiryDateTime": self.now(for_s),
            "idToken": self.token(tag),
            **({"evseId": evse} if evse is not None else {}),
            **fields,
        }
        (await self.asks("ReserveNow", **payload)).expect(status=status)
        id: int = payload["id"]
        return id

    # --- a station that stays ---------------------------------------------------------------------

    async def begin_anew(self, stay: Stay) -> None:
        if stay.settings is None:
            stay.settings = await leftovers.settings(self)
        for path, value in self.case.options.get("settings", {}).items():
            if await self.try_setting(path, value) in ("Accepted", "RebootRequired"):
                continue
            answer = await self.gets(variable_at(path))  # it may be read-only, and so already
            if answer.get("getVariableResult.0.attributeValue") != value:
                raise NotApplicable(f"{path} cannot be {value!r} at this charger")
        answer = await self.asks("Reset", type="Immediate")
        if answer.get("status") != "Accepted":
            raise Inconclusive("the charger does not reset, so it cannot begin anew")
        await self.restarted(answer.frame)

    async def settle(self, left: ChargerStage, stay: Stay) -> None:
        await leftovers.undo(self, left)
        await leftovers.put_back(self, stay.settings or {})

    async def try_setting(self, path: str, value: str) -> str:
        """Set a variable; the attributeStatus of the answer."""
        answer = await self.asks(
            "SetVariables", setVariableData=[variable_at(path, attributeValue=value)]
        )
        status: str = answer["setVariableResult.0.attributeStatus"]
        return status

    # --- sessions ---------------------------------------------------------------------------------

    async def starts(self, tag: str | None = None, evse: int = 1) -> str:
        """Plug in and show the card; the transaction's id once energy flows."""
        await self.act("plug", evse_id=evse)
        await self.act("swipe", id_tag=tag or self.tags.accepted, evse_id=evse)
        charging = await self.hears_event(state="Charging")
        transaction: str = charging["transactionInfo.transactionId"]
        return transaction

    async def charging(self, tag: str | None = None) -> str:
        """Boot, plug in, show the card; the transaction's id once energy flows."""
        await self.booted()
        return await self.starts(tag)

    async def leaves(self, evse: int = 1) -> None:
        """The driver takes the cable out; the EVSE is Available again."""
        await self.act("unplug", evse_id=evse)
        await self.hears_status("Available", evse)


def _tells_status(one: ReceivedMessage, status: str, evse: int, connector: int) -> bool:
    if one.action == "NotifyEvent":
        place = {"name": "Connector", "evse": {"id": evse, "connectorId": connector}}
        return any(
            event.get("component") == place
            and event.get("variable") == {"name": "AvailabilityState"}
            and event.get("actualValue") == status
            for event in one["eventData"]
        )
    return one.action == "StatusNotification" and one.fits(
        {"connectorStatus": status, "evseId": evse, "connectorId": connector}
    )


def variable_at(path: str, **fields: Any) -> dict[str, Any]:
    """The component and variable of a path such as `TxCtrlr.TxStartPoint` or
    `OCPPCommCtrlr.MessageAttempts[TransactionEvent]`, for GetVariables and SetVariables."""
    component, _, variable = path.partition(".")
    name, _, instance = variable.partition("[")
    of: dict[str, Any] = {"name": name}
    if instance:
        of["instance"] = instance.rstrip("]")
    return {"component": {"name": component}, "variable": of, **fields}
