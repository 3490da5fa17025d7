"""The backend's dialect of OCPP 2.0.1. EVSE 0 is the charging station."""

from voltyard.csms.table_dialect import TableDialect
from voltyard.csms.v201 import commands, expected_outcomes, replies, requests, results, security
from voltyard.ocpp.versions import V201


def _aim(connector_id: int | None, evse_id: int | None) -> tuple[int | None, int | None]:
    """A connector's number alone is that of its EVSE."""
    return (connector_id, None) if evse_id is None else (evse_id, connector_id)


def _advice(action: str, code: str) -> str:
    """Security is no extension here."""
    return ""


DIALECT_201 = TableDialect(
    version=V201,
    longest_id_tag=36,
    max_keys_setting="DeviceDataCtrlr.ItemsPerMessage[GetVariables]",
    requests=requests.REQUESTS,
    replies=replies.REPLIES,
    commands=commands.REQUESTS,
    results=results.RESULTS,
    expected_outcomes=expected_outcomes.EXPECTED_OUTCOMES,
    trigger_marks=expected_outcomes.TRIGGER_MARKS,
    reservation_changes=expected_outcomes.RESERVATION_CHANGES,
    aim=_aim,
    expected_report=commands.expected_report,
    reports=results.REPORTS,
    released=commands.released,
    password_of=security.new_password,
    password_status=security.password_status,
    advice=_advice,
)
