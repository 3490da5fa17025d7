"""Conditions: what comes, how often, in which order and when."""

import pytest

from tests.scenarios.bench import played, story
from voltyard.reports.verdicts import Verdict

SESSION = """
- do: plug_in
- do: swipe
  with: {id_tag: ABCD1234}
- wait_for: {frame: StartTransaction, kind: result}
  save: {transaction: $.transactionId}
- wait_for: {event: meter, times: 3, within: 10 min}
- do: swipe
  with: {id_tag: ABCD1234}
- wait_for: {frame: StopTransaction, kind: result}
"""


@pytest.mark.parametrize(
    "expectation",
    [
        "{frame: StopTransaction, times: 1, since: start}",
        "{frame: MeterValues, times: 3, since: start}",
        "{frame: StopTransaction, times: 0, since: start, before: {frame: MeterValues}}",
        "{frame: MeterValues, since: start, before: {frame: StopTransaction}}",
        "{frame: Authorize, within: 5 s, since: start, after: {event: boot}}",
        "{frame: StopTransaction, where: {$.transactionId: '${transaction}'}}",
        "{transaction: ended, where: {$.energy_wh: {between: [1, 100000]}}}",
        "{status: Finishing}",
        "{transaction: none}",
        "{frame: StartTransaction, times: 0, within: 1 min}",
        "{state: {'$.connectors[?@.status==\"Finishing\"].evse_id': 1}}",
        "{frame: Heartbeat, times: 2, within: 11 min}",
    ],
)
def test_an_expectation_that_holds_passes(expectation: str) -> None:
    result = played(story(f"{SESSION}- expect: {expectation}"))

    assert result.verdict is Verdict.PASS, result.failure


@pytest.mark.parametrize(
    ("expectation", "came"),
    [
        ("{frame: StopTransaction, times: 2, since: start}", "it came once"),
        ("{frame: MeterValues, times: 1, since: start}", "it came 3 times"),
        (
            "{frame: StartTransaction, times: 0, since: start, before: {frame: StopTransaction}}",
            "it came once",
        ),
        ("{frame: StopTransaction, since: start, before: {frame: MeterValues}}", "too late"),
        ("{frame: Authorize, times: 0, since: start, before: {frame: Reset}}", "did not come"),
        ("{frame: MeterValues, within: 1 s, since: start, after: {event: boot}}", "too late"),
        ("{frame: StopTransaction, where: {$.transactionId: 99}}", "$.transactionId was 1, not 99"),
        ("{frame: StopTransaction, where: {$.meterStop: {exists: false}}}", "not absent"),
        ("{transaction: ended, where: {$.energy_wh: {at_least: 1e9}}}", "not at least"),
        (
            "{transaction: ended, where: {$.energy_wh: {within_percent: {of: 1, percent: 1}}}}",
            "not within 1 % of 1",
        ),
        ("{status: Charging}", "the connector was Finishing, not Charging"),
        ("{transaction: running}", "no transaction was running"),
        ("{state: {$.connected: false}}", "$.connected was true, not false"),
        ("{frame: Heartbeat, within: 1 s}", "it did not come"),
        ("{frame: Heartbeat, times: 0, within: 11 min}", "it came once"),
        ("{status: Available, evse: 7}", "there is no connector 1 of EVSE 7"),
    ],
)
def test_an_expectation_that_does_not_hold_fails_and_says_what_came(
    expectation: str, came: str
) -> None:
    result = played(story(f"{SESSION}- expect: {expectation}"))

    assert result.verdict is Verdict.FAIL
    assert result.failure is not None
    assert came in result.failure.came
    assert result.failure.step == result.steps[-1].text


def test_a_wait_that_is_not_met_names_the_frame_that_came() -> None:
    document = story(
        "- do: plug_in\n- wait_for: {frame: StatusNotification, where: {$.status: Charging}}"
    )

    result = played(document)

    assert result.verdict is Verdict.FAIL
    failure = result.failure
    assert failure is not None and failure.frame is not None
    assert '"Preparing", not "Charging"' in failure.came
    assert result.frames[failure.frame].text in failure.came


def test_each_wait_takes_what_it_waited_for() -> None:
    twice = "- wait_for: {frame: Heartbeat, within: 6 min}\n" * 2

    result = played(story(twice))

    assert result.verdict is Verdict.PASS
    assert result.took_s >= 600


def test_a_charger_that_is_never_accepted_is_inconclusive() -> None:
    result = played(story("- wait_for: {status: Charging}", "csms: {boot: reject}\n"))

    assert result.verdict is Verdict.INCONCLUSIVE
    assert "not accepted" in result.why


def test_rounds_branches_and_chargers_have_their_own_names() -> None:
    document = story(
        """
- for_each_charger:
    - repeat:
        times: 2
        steps:
          - do: authorize_tag
            with: {id_tag: "T${number}R${round}"}
- expect:
    frame: Authorize
    since: start
    times: 2
    where: {$.idTag: {matches: "T${number}R[12]"}}
- together:
    - wait_for: {frame: Heartbeat, within: 10 min}
    - steps:
        - do: plug_in
        - expect: {status: Preparing}
""",
        "chargers: {count: 2}\n",
    )

    result = played(document)

    assert result.verdict is Verdict.PASS, result.failure


def test_a_row_that_outlasts_its_timeout_is_an_error() -> None:
    document = story("- wait_for: {status: Charging, within: 2 h}", "timeout: 1 h\n")

    result = played(document)

    assert result.verdict is Verdict.ERROR
    assert "timeout, 1 h" in result.why
