"""Negative requests of OCPP 1.6 to a charger."""

from typing import Final

from voltyard.conformance.cases.case import Cases
from voltyard.conformance.charger import negative_requests
from voltyard.ocpp.versions import V16

CASES = Cases("charger", "1.6", negative_requests.GROUP)

_ERRORS: Final = "OCPP-J 1.6 section 4.2.3"

CASES.each(*negative_requests.action_rows("VY_16_NEG", V16), requirements=[_ERRORS])(
    negative_requests.wrong_requests
)
CASES.each(*negative_requests.request_rows("VY_16_NEG"), requirements=[_ERRORS])(
    negative_requests.refused_request
)
CASES.each(
    *negative_requests.frame_rows("VY_16_FRAME"),
    requirements=["OCPP-J 1.6 section 4.1.3", "OCPP-J 1.6 section 4.2"],
    kind="compatibility",
)(negative_requests.unreadable_frame)
