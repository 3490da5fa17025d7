"""Translations that the versions share: where their messages have the same fields."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from voltyard.csms import requests
from voltyard.csms.commands import results, security
from voltyard.csms.commands.results import BackendCommandResult
from voltyard.csms.commands.shared import BackendCommand
from voltyard.csms.dialect import CERTIFICATE_HASHES, NextNumber, ReportExpected, at, typed, word
from voltyard.csms.records import SampledValue
from voltyard.csms.requests import ChargerRequest, Reply
from voltyard.kernel.time import Instant
from voltyard.ocpp.payload import Payload, to_dict
from voltyard.ocpp.timestamps import Timestamp

RequestTable: TypeAlias = Mapping[type[Payload], Callable[[Any], ChargerRequest]]
"""The charger's requests in neutral words, by message."""
ReplyTable: TypeAlias = Mapping[type[Payload], Callable[[Any, Instant], Payload]]
"""Responses, by the charger's request."""
CommandTable: TypeAlias = Mapping[type[Any], Callable[[Any, NextNumber], Payload]]
"""Requests, by command."""
ResultTable: TypeAlias = Mapping[
    type[Any], Callable[[Any, Any, Any], BackendCommandResult | ReportExpected]
]
"""Results, by command; that of one without a row is a status."""
ReportTable: TypeAlias = Mapping[type[Any], Callable[[tuple[Any, ...]], BackendCommandResult]]
"""Results of commands that ask for a report, from the items of all its parts."""

_REGISTRATION: Mapping[str, str] = {
    "accepted": "Accepted",
    "pending": "Pending",
    "rejected": "Rejected",
}


# --- what the charger says ---------------------------------------------------------------------


def meter_values(
    values: Iterable[Any], sample: Callable[[Any], SampledValue]
) -> tuple[requests.MeterValue, ...]:
    """Meter values, each of whose samples is read by `sample`."""
    return tuple(
        [
            requests.MeterValue(
                value.timestamp.instant, tuple([sample(v) for v in value.sampled_value])
            )
            for value in values
        ]
    )


def security_event(request: Any) -> ChargerRequest:
    """A SecurityEventNotification."""
    return requests.SecurityEventNotification(
        request.type, request.tech_info, request.timestamp.instant
    )


def report_part(action: str, request: Any, items: Iterable[Any]) -> ChargerRequest:
    """A part of a report: a request with a requestId, and tbc where more parts follow."""
    return requests.ReportPart(
        action, request.request_id, tuple(items), not request.tbc, to_dict(request)
    )


def is_sampled_by_trigger(request: Any) -> bool:
    """A MeterValues request that says it was triggered (the ReadingContext Trigger)."""
    return any(
        sample.context == "Trigger"
        for value in request.meter_value
        for sample in value.sampled_value
    )


# --- what it is answered -----------------------------------------------------------------------


def always(response: Payload) -> Callable[[Reply, Instant], Payload]:
    """One response, whatever the reply."""
    return lambda reply, now: response


def boot_notification(response: Callable[..., Payload]) -> Callable[[Any, Instant], Payload]:
    """A BootNotification response of that class."""
    return lambda reply, now: response(
        status=_REGISTRATION[reply.status],
        current_time=Timestamp.seconds(now),
        interval=reply.interval_s,
    )


def heartbeat(response: Callable[..., Payload]) -> Callable[[Any, Instant], Payload]:
    """A Heartbeat response of that class."""
    return lambda reply, now: response(current_time=Timestamp.seconds(now))


def data_transfer(response: Callable[..., Payload]) -> Callable[[Any, Instant], Payload]:
    """A DataTransfer response of that class."""
    return lambda reply, now: response(status=reply.status, data=reply.data)


def sign_certificate(response: Callable[..., Payload]) -> Callable[[Any, Instant], Payload]:
    """A SignCertificate response of that class."""
    return lambda reply, now: response(status="Accepted" if reply.is_accepted else "Rejected")


# --- what is asked of it -----------------------------------------------------------------------


def transfer_data(request: Callable[..., Payload]) -> Callable[[Any, NextNumber], Payload]:
    """A DataTransfer request of that class."""
    return lambda command, number: request(
        vendor_id=command.vendor_id, message_id=command.message_id, data=command.data
    )


def get_log(
    request: Callable[..., Payload], parameters: Callable[..., Any]
) -> Callable[[security.GetLog, NextNumber], Payload]:
    """A GetLog request of that class."""
    return lambda command, number: request(
        log_type=command.log_type,
        request_id=number() if command.request_id is None else command.request_id,
        log=parameters(
            remote_location=command.location,
            oldest_timestamp=at(command.oldest_at),
            latest_timestamp=at(command.latest_at),
        ),
        retries=command.retries,
        retry_interval=command.retry_interval_s,
    )


def update_signed_firmware(
    request: Callable[..., Payload], firmware: Callable[..., Any]
) -> Callable[[security.SignedUpdateFirmware, NextNumber], Payload]:
    """A request of that class to update the firmware, signed."""
    return lambda command, number: request(
        request_id=number() if command.request_id is None else command.request_id,
        firmware=firmware(
            location=command.location,
            retrieve_date_time=Timestamp.seconds(command.retrieve_at),
            install_date_time=at(command.install_at),
            signing_certificate=command.signing_certificate,
            signature=command.signature,
        ),
        retries=command.retries,
        retry_interval=command.retry_interval_s,
    )


def delete_certificate(
    request: Callable[..., Payload], hash_data: type[Any]
) -> Callable[[security.DeleteCertificate, NextNumber], Payload]:
    """A DeleteCertificate request of that class."""

    def built(command: security.DeleteCertificate, number: NextNumber) -> Payload:
        hashes = {k: v for k, v in command.hash_data.items() if k in CERTIFICATE_HASHES}
        return request(certificate_hash_data=typed(hash_data, hashes, "certificateHashData"))

    return built


# --- what it answers ---------------------------------------------------------------------------


def reason(response: Any) -> str | None:
    """The statusInfo's reasonCode; None where the version or the answer has none."""
    return reason_code(getattr(response, "status_info", None))


def reason_code(info: Any) -> str | None:
    """The reasonCode of a statusInfo, where there is one."""
    return info.reason_code if info else None


def status_result(command: BackendCommand, request: Payload, response: Any) -> BackendCommandResult:
    """The charger's status, and why; the request's id where it has one."""
    return results.StatusResult(
        status=word(response.status),
        reason=reason(response),
        request_id=getattr(request, "request_id", None),
    )


def start_result(command: BackendCommand, request: Payload, response: Any) -> BackendCommandResult:
    """The result of a remote start."""
    return results.RemoteStartResult(status=word(response.status), reason=reason(response))


def log_announced(command: BackendCommand, request: Any, response: Any) -> BackendCommandResult:
    """The name of the file that will come."""
    return results.LogResult(
        status=word(response.status),
        reason=reason(response),
        file_name=response.filename,
        request_id=request.request_id,
    )
