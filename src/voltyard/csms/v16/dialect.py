"""The backend's dialect of OCPP 1.6, security extension included."""

from voltyard.csms.table_dialect import TableDialect
from voltyard.csms.v16 import commands, expected_outcomes, replies, requests, results, security
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.versions import V16


def _aim(connector_id: int | None, evse_id: int | None) -> tuple[int | None, int | None]:
    """Connector n is EVSE n, connector n; connector 0 is the charger."""
    return connector_id, connector_id


def _expected_report(request: Payload) -> int | None:
    """OCPP 1.6 has no reports."""
    return None


def _advice(action: str, code: str) -> str:
    lacks = code in ("NotImplemented", "NotSupported") and action in security.EXTENSION
    return security.LACKING if lacks else ""


DIALECT_16 = TableDialect(
    version=V16,
    longest_id_tag=replies.LONGEST_ID_TAG,
    max_keys_setting="GetConfigurationMaxKeys",
    requests=requests.REQUESTS,
    replies=replies.REPLIES,
    commands=commands.REQUESTS,
    results=results.RESULTS,
    expected_outcomes=expected_outcomes.EXPECTED_OUTCOMES,
    trigger_marks=expected_outcomes.TRIGGER_MARKS,
    reservation_changes=expected_outcomes.RESERVATION_CHANGES,
    aim=_aim,
    expected_report=_expected_report,
    reports={},
    released=commands.released,
    password_of=security.new_password,
    password_status=security.password_status,
    advice=_advice,
)
