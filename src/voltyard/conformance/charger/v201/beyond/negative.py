"""Negative requests of OCPP 2.0.1 to a charging station."""

from typing import Final

from voltyard.conformance.cases.case import Cases
from voltyard.conformance.charger import negative_requests
from voltyard.ocpp.versions import V201

CASES = Cases("charger", "2.0.1", negative_requests.GROUP)

_ERRORS: Final = "OCPP 2.0.1 Part 4 section 4.3"

CASES.each(*negative_requests.action_rows("VY_201_NEG", V201), requirements=[_ERRORS])(
    negative_requests.wrong_requests
)
CASES.each(*negative_requests.request_rows("VY_201_NEG"), requirements=[_ERRORS])(
    negative_requests.refused_request
)
CASES.each(
    *negative_requests.frame_rows("VY_201_FRAME"),
    requirements=["OCPP 2.0.1 Part 4 section 4.1", "OCPP 2.0.1 Part 4 section 4.2"],
    kind="compatibility",
)(negative_requests.unreadable_frame)
