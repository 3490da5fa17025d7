"""Negative messages of OCPP 1.6 for a CSMS."""

from typing import Final

from voltyard.conformance.cases.case import Cases
from voltyard.conformance.csms import negative_messages
from voltyard.ocpp.versions import V16

CASES = Cases("csms", "1.6", negative_messages.GROUP)

_CORE: Final = (
    *("Authorize", "BootNotification", "DataTransfer", "Heartbeat", "MeterValues"),
    *("StartTransaction", "StatusNotification", "StopTransaction"),
)
_ERRORS: Final = "OCPP-J 1.6 section 4.2.3"

CASES.each(*negative_messages.action_rows("VY_16_NEG", V16, _CORE), requirements=[_ERRORS])(
    negative_messages.wrong_requests
)
CASES.each(*negative_messages.request_rows("VY_16_NEG"), requirements=[_ERRORS])(
    negative_messages.refused_request
)
CASES.each(
    negative_messages.spelling_row("VY_16_NEG", {"connectorId": 1}),
    requirements=[_ERRORS],
)(negative_messages.spelt_code)
CASES.each(
    *negative_messages.frame_rows("VY_16_FRAME"),
    requirements=["OCPP-J 1.6 section 4.1.3", "OCPP-J 1.6 section 4.2"],
    kind="compatibility",
)(negative_messages.unreadable_frame)
