"""Plans are checked before the first charger dials."""

import json
from typing import Any

import pytest

from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.load.plans.plan import CallRate, LoadPlan, SessionRate, check_plan, payload_of
from voltyard.load.plans.stages import HoldStage, RampStage
from voltyard.ocpp.versions import by_name
from voltyard.ocpp.violations import Violation

STAGES = (RampStage(10, 1.0), HoldStage(1.0))
BOTH = frozenset({"1.6", "2.0.1"})


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
@pytest.mark.parametrize(
    "action", ["Heartbeat", "MeterValues", "StatusNotification", "DataTransfer", "Authorize"]
)
def test_ready_made_payloads_are_as_the_schema_has_them(action: str, version: str) -> None:
    call = CallRate(action=action, rate=1.0)

    check_plan(LoadPlan(stages=STAGES, calls=(call,)), frozenset({version}))

    payload = payload_of(call, version, "04D10000000000", lambda: 1_767_571_200.0)
    decoded = by_name(version).decode_request(action, json.dumps(payload))
    assert not isinstance(decoded, Violation), decoded


def test_a_payload_of_the_users_is_sent_as_it_is() -> None:
    payload: dict[str, Any] = {"vendorId": "ACME", "data": "x"}
    call = CallRate(action="DataTransfer", rate=1.0, payload=payload)

    check_plan(LoadPlan(stages=STAGES, calls=(call,)), BOTH)

    assert payload_of(call, "1.6", "", lambda: 0.0) == payload


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        ({"calls": (CallRate(action="Hartbeat", rate=1.0),)}, "did you mean Heartbeat"),
        ({"calls": (CallRate(action="TransactionEvent", rate=1.0),)}, "a charger in OCPP 1.6"),
        ({"calls": (CallRate(action="RemoteStopTransaction", rate=1.0),)}, "no call of a charger"),
        ({"calls": (CallRate(action="BootNotification", rate=1.0),)}, "needs a payload"),
        ({"calls": (CallRate(action="Heartbeat", rate=0.0),)}, "too many or too few"),
        (
            {"calls": (CallRate(action="Heartbeat", rate=limits.LOAD_CALLS_PER_S + 1),)},
            "too many or too few",
        ),
        (
            {"calls": (CallRate(action="DataTransfer", rate=1.0, payload={"vendor": "A"}),)},
            "the payload of DataTransfer",
        ),
        ({"sessions": SessionRate(every_s=10.0, lasts_s=10.0)}, "less long"),
        ({"sessions": SessionRate(tags=())}, "need tags"),
        ({"sessions": SessionRate(tags=("x" * 21,))}, "need tags"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(plan: dict[str, Any], told: str) -> None:
    with pytest.raises(Invalid, match=told):
        check_plan(LoadPlan(stages=STAGES, **plan), BOTH)


def test_the_rate_is_shared_by_all_chargers() -> None:
    plan = LoadPlan(stages=STAGES)

    assert plan.period_s(CallRate(action="Heartbeat", rate=5.0)) == 2.0
