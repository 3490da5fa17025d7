"""Negative messages of OCPP 2.0.1 for a CSMS."""

from typing import Final

from voltyard.conformance.cases.case import Cases
from voltyard.conformance.csms import negative_messages
from voltyard.ocpp.versions import V201

CASES = Cases("csms", "2.0.1", negative_messages.GROUP)

_CORE: Final = (
    *("Authorize", "BootNotification", "DataTransfer", "Heartbeat", "MeterValues"),
    *("NotifyReport", "SecurityEventNotification", "StatusNotification", "TransactionEvent"),
)
_ERRORS: Final = "OCPP 2.0.1 Part 4 section 4.3"

CASES.each(*negative_messages.action_rows("VY_201_NEG", V201, _CORE), requirements=[_ERRORS])(
    negative_messages.wrong_requests
)
CASES.each(*negative_messages.request_rows("VY_201_NEG"), requirements=[_ERRORS])(
    negative_messages.refused_request
)
CASES.each(
    negative_messages.spelling_row("VY_201_NEG", {"evseId": 1}),
    requirements=[_ERRORS],
)(negative_messages.spelt_code)
CASES.each(
    *negative_messages.frame_rows("VY_201_FRAME"),
    requirements=["OCPP 2.0.1 Part 4 section 4.1", "OCPP 2.0.1 Part 4 section 4.2"],
    kind="compatibility",
)(negative_messages.unreadable_frame)
