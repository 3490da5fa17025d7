"""Leftovers of a case at a charging station of OCPP 2.0.1 that stays, undone over OCPP."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from cryptography.x509 import load_pem_x509_certificate

from voltyard.conformance.charger.stays import sent_calls
from voltyard.conformance.wire.message import ReceivedMessage
from voltyard.conformance.wire.record import Record
from voltyard.conformance.wire.tester_link import GivenError

if TYPE_CHECKING:
    from voltyard.conformance.charger.stage import ChargerStage
    from voltyard.conformance.charger.v201.management_system import ManagementSystem

_PUT_BACK_BY_CASES: Final = ("SecurityCtrlr.BasicAuthPassword",)


def open_transactions(record: Record) -> Iterator[str]:
    """Ids of transactions that have started and not ended."""
    found: dict[str, None] = {}
    for one in record.frames:
        if not one.by_charger or '"TransactionEvent"' not in one.text:
            continue
        try:
            payload = json.loads(one.text)[3]
            transaction = payload["transactionInfo"]["transactionId"]
        except (ValueError, LookupError, TypeError, RecursionError):
            continue  # the case has failed for it
        if payload.get("eventType") == "Ended":
            found.pop(transaction, None)
        else:
            found[transaction] = None
    yield from found


async def undo(csms: ManagementSystem, left: ChargerStage) -> None:
    """Undo what the CSMS has had done in the case of another stage."""
    sent = sent_calls(left.record)
    for transaction in open_transactions(left.record):
        answer = await _tries(csms, "RequestStopTransaction", transactionId=transaction)
        if isinstance(answer, ReceivedMessage) and answer.get("status") == "Accepted":
            await csms.hears_event(transactionId=transaction)
    for act, place in left.acts.to_undo():
        if act == "unplug":  # a cable may be locked after a transaction that was refused
            connector = {"connectorId": place.get("connector_id", 1)}
            await _tries(csms, "UnlockConnector", evseId=place.get("evse_id", 1), **connector)
    for action, payload in sent:
        if action == "ReserveNow":
            await _tries(csms, "CancelReservation", reservationId=payload["id"])
        elif action == "InstallCertificate":
            await _remove_certificate(csms, payload)
        elif action == "ChangeAvailability":
            await _tries(csms, action, **{**payload, "operationalStatus": "Operative"})
        elif action == "SetDisplayMessage":
            await _tries(csms, "ClearDisplayMessage", id=payload["message"]["id"])
        elif action == "SetChargingProfile":
            id = payload["chargingProfile"]["id"]
            await _tries(csms, "ClearChargingProfile", chargingProfileId=id)
    if any(action == "SendLocalList" for action, _ in sent):
        version = (await csms.asks("GetLocalListVersion"))["versionNumber"]
        await _tries(csms, "SendLocalList", versionNumber=version + 1, updateType="Full")
    if any("Monitoring" in action for action, _ in sent):
        await _tries(csms, "SetMonitoringBase", monitoringBase="FactoryDefault")
        await _tries(csms, "SetMonitoringLevel", severity=9)
    await _tries(csms, "ClearCache")


async def settings(csms: ManagementSystem) -> dict[str, str]:
    """The station's own settings: what it reports as configuration, by its path."""
    found = {}
    for data in await csms.base_report("ConfigurationInventory"):
        component, variable = data["component"], data["variable"]
        if component.keys() - {"name"}:
            continue  # of an EVSE, or of one part among several
        instance = f"[{variable['instance']}]" if "instance" in variable else ""
        for one in data["variableAttribute"]:
            if one.get("type", "Actual") == "Actual" and one.get("mutability") == "ReadWrite":
                found[f"{component['name']}.{variable['name']}{instance}"] = one.get("value", "")
    return found


async def put_back(csms: ManagementSystem, wanted: Mapping[str, str]) -> None:
    """Give settings the values that they had."""
    now = await settings(csms)
    for path, value in wanted.items():
        if path not in _PUT_BACK_BY_CASES and path in now and now[path] != value:
            await csms.try_setting(path, value)


async def _remove_certificate(csms: ManagementSystem, installed: Mapping[str, Any]) -> None:
    try:
        serial = load_pem_x509_certificate(installed["certificate"].encode()).serial_number
    except ValueError:
        return  # it was none, so it was not installed
    answer = await _tries(
        csms, "GetInstalledCertificateIds", certificateType=[installed["certificateType"]]
    )
    if isinstance(answer, GivenError):
        return
    for one in answer.payload.get("certificateHashDataChain", []):
        hashes = one["certificateHashData"]
        if int(hashes["serialNumber"], 16) == serial:
            await _tries(csms, "DeleteCertificate", certificateHashData=hashes)


async def _tries(
    csms: ManagementSystem, action: str, **payload: Any
) -> ReceivedMessage | GivenError:
    """Send a request that the station may refuse."""
    return await (await csms.linked()).try_call(action, payload)
