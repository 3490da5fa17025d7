"""Commands as requests of OCPP 1.6."""

from voltyard.csms.commands import control, maintenance
from voltyard.csms.dialect import NextNumber, at, typed
from voltyard.csms.translation import CommandTable, transfer_data
from voltyard.csms.v16 import charging, expected_outcomes, local_list, security
from voltyard.kernel.errors import Invalid
from voltyard.ocpp.payload import Payload, Untyped
from voltyard.ocpp.timestamps import Timestamp
from voltyard.ocpp.v16 import messages as m

_EXTENDED_ALONE = frozenset({"LogStatusNotification", "SignChargePointCertificate"})
"""Messages that ExtendedTriggerMessage alone can ask for (white paper, section 5.5)."""


def _trigger(command: control.TriggerMessage, number: NextNumber) -> Payload:
    message = command.requested_message
    if message == "SignChargingStationCertificate":  # as 2.x calls it
        message = "SignChargePointCertificate"
    extended = command.extended or message in _EXTENDED_ALONE
    kind = m.ExtendedTriggerMessageRequest if extended else m.TriggerMessageRequest
    return kind(requested_message=message, connector_id=command.connector_id)  # type: ignore[arg-type]


def _update_firmware(command: maintenance.UpdateFirmware, number: NextNumber) -> Payload:
    return m.UpdateFirmwareRequest(
        location=command.location,
        retrieve_date=Timestamp.seconds(command.retrieve_at),
        retries=command.retries,
        retry_interval=command.retry_interval_s,
    )


def _get_diagnostics(command: maintenance.GetDiagnostics, number: NextNumber) -> Payload:
    return m.GetDiagnosticsRequest(
        location=command.location,
        retries=command.retries,
        retry_interval=command.retry_interval_s,
        start_time=at(command.start_at),
        stop_time=at(command.stop_at),
    )


def _reset(command: control.Reset, number: NextNumber) -> Payload:
    if command.evse_id is not None:
        raise Invalid(
            "evseId: OCPP 1.6 resets the whole charger", hint="leave it out to reset all of it"
        )
    return m.ResetRequest(type=command.type)


def _remote_start(command: control.RemoteStartTransaction, number: NextNumber) -> Payload:
    profile = None
    if command.charging_profile is not None:
        profile = typed(m.ChargingProfile, command.charging_profile, "chargingProfile")
    return m.RemoteStartTransactionRequest(
        connector_id=command.connector_id, id_tag=command.id_tag, charging_profile=profile
    )


def _remote_stop(command: control.RemoteStopTransaction, number: NextNumber) -> Payload:
    try:
        transaction_id = int(command.transaction_id)
    except ValueError:
        raise Invalid(
            f"{command.transaction_id[:50]!r} is no transaction id of OCPP 1.6",
            hint="it is an integer there",
        ) from None
    return m.RemoteStopTransactionRequest(transaction_id=transaction_id)


REQUESTS: CommandTable = {
    control.Reset: _reset,
    control.UnlockConnector: lambda c, number: m.UnlockConnectorRequest(
        connector_id=c.connector_id
    ),
    control.ClearCache: lambda c, number: m.ClearCacheRequest(),
    control.TriggerMessage: _trigger,
    control.ChangeAvailability: (
        lambda c, number: m.ChangeAvailabilityRequest(connector_id=c.connector_id, type=c.type)
    ),
    maintenance.GetConfiguration: lambda c, number: m.GetConfigurationRequest(key=c.keys or None),
    maintenance.ChangeConfiguration: lambda c, number: m.ChangeConfigurationRequest(
        key=c.key, value=c.value
    ),
    maintenance.UpdateFirmware: _update_firmware,
    maintenance.GetDiagnostics: _get_diagnostics,
    maintenance.SendDataTransfer: transfer_data(m.DataTransferRequest),
    control.RemoteStartTransaction: _remote_start,
    control.RemoteStopTransaction: _remote_stop,
    **charging.REQUESTS,
    **security.REQUESTS,
    **local_list.REQUESTS,
}


def released(request: Payload, response: Payload) -> frozenset[str]:
    """Messages that a pending charger may send since TriggerMessage asked for them (section
    4.2)."""
    message = _requested_message(request)
    if message is None or getattr(response, "status", None) != "Accepted":
        return frozenset()
    return frozenset(expected_outcomes.TRIGGERED_MESSAGES.get(message, (message,)))


def _requested_message(request: Payload) -> str | None:
    if isinstance(request, m.TriggerMessageRequest | m.ExtendedTriggerMessageRequest):
        return request.requested_message
    if isinstance(request, Untyped) and request.action in (
        "TriggerMessage",
        "ExtendedTriggerMessage",
    ):
        message = request.content.get("requestedMessage")
        return message if isinstance(message, str) else None
    return None
