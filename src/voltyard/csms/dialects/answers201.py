"""What answers of OCPP 2.0.1 have in common."""

from typing import Any

from voltyard.csms import commands as ask
from voltyard.csms.commands import Command, Outcome
from voltyard.csms.dialects.dialect import word
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.v201 import messages as m


def answered(command: Command, request: Payload, response: Any) -> Outcome:
    """The station's status, and why; the request's id where it has one."""
    return ask.Answered(
        status=word(response.status),
        reason=reason(response),
        request_id=getattr(request, "request_id", None),
    )


def reason(response: Any) -> str | None:
    """The statusInfo's reasonCode."""
    info: m.StatusInfo | None = response.status_info
    return info.reason_code if info else None
