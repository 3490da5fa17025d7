"""Tariff and cost at a charger: what the CSMS says is what the driver sees (2.0.1 block I)."""

from typing import Any

import pytest

from tests.charger.bench import Bench, answering
from voltyard.catalogue.commands.commands import PlugIn, Swipe, Unplug
from voltyard.charger.state import CostState

_TARIFF = {"format": "UTF8", "content": "0.25/kWh"}
_LATER = {"format": "HTML", "content": "<b>0.30/kWh</b>", "language": "en"}


def _bench(**settings: str) -> Bench:
    return Bench("2.0.1", settings={f"TariffCostCtrlr.{name}": settings[name] for name in settings})


def _charging(bench: Bench) -> str:
    bench.done(PlugIn())
    bench.done(Swipe(id_tag="A"))
    transaction: str = bench.state.connectors[0].transaction.transaction
    return transaction


def _shown(bench: Bench, evse: int = 1) -> CostState | None:
    return next(
        (one.cost for one in bench.state.connectors if one.evse_id == evse and one.cost), None
    )


def _answers_with(bench: Bench, **fields: Any) -> None:
    bench.answers["TransactionEvent"] = answering(fields)


def test_tc_i_01_the_running_cost_is_shown() -> None:
    bench = _bench()
    transaction = _charging(bench)
    assert _shown(bench) is None
    assert bench.call("CostUpdated", totalCost=21.18, transactionId=transaction) == {}
    assert bench.call("CostUpdated", totalCost=21.3, transactionId=transaction) == {}
    cost = _shown(bench)
    assert cost == CostState(
        transaction=transaction, total_cost="21.3", currency="EUR", is_final=False, message=None
    )


def test_an_amount_is_the_decimal_number_that_was_sent() -> None:
    bench = _bench(Currency="USD")
    transaction = _charging(bench)
    for amount, shown in ((0.1, "0.1"), (1234567.89, "1234567.89"), (-2, "-2.0"), (0, "0.0")):
        assert bench.call("CostUpdated", totalCost=amount, transactionId=transaction) == {}
        cost = _shown(bench)
        assert cost is not None
        assert (cost.total_cost, cost.currency) == (shown, "USD")


def test_a_cost_of_a_transaction_that_does_not_run_is_refused_and_shown_nowhere() -> None:
    bench = _bench()
    _charging(bench)
    answer = bench.call("CostUpdated", totalCost=1.5, transactionId="another")
    assert answer[0] == "PropertyConstraintViolation"
    assert _shown(bench) is None and _shown(bench, 2) is None


def test_a_charger_that_shows_no_cost_supports_no_cost_updated() -> None:
    bench = _bench(**{"Enabled[Cost]": "false"})
    transaction = _charging(bench)
    answer = bench.call("CostUpdated", totalCost=1.5, transactionId=transaction)
    assert answer[0] == "NotSupported"
    _answers_with(bench, totalCost=1.5)
    bench.done(Unplug())
    assert _shown(bench) is None


def test_tc_i_07_the_running_cost_of_an_answer_is_shown() -> None:
    bench = _bench()
    _answers_with(bench, totalCost=0.55)
    transaction = _charging(bench)
    cost = _shown(bench)
    assert cost is not None
    assert (cost.transaction, cost.total_cost, cost.is_final) == (transaction, "0.55", False)


def test_tc_i_02_the_total_cost_is_shown_until_the_next_driver_comes() -> None:
    bench = _bench()
    transaction = _charging(bench)
    _answers_with(bench, totalCost=3.25, updatedPersonalMessage={**_LATER, "content": "Paid"})
    bench.done(Unplug())
    cost = _shown(bench)
    assert cost == CostState(
        transaction=transaction,
        total_cost="3.25",
        currency="EUR",
        is_final=True,
        message="Paid",
        message_format="HTML",
    )
    # A running cost that was under way comes too late to change it (I02 beside I03).
    assert bench.call("CostUpdated", totalCost=3.0, transactionId=transaction) == {}
    assert _shown(bench) == cost
    bench.answers.clear()
    bench.done(Swipe(id_tag="B"))
    assert _shown(bench) is None


def test_two_evses_show_each_driver_his_own() -> None:
    bench = _bench()
    first = _charging(bench)
    bench.done(PlugIn(evse_id=2))
    bench.done(Swipe(evse_id=2, id_tag="B"))
    second = bench.state.connectors[1].transaction.transaction
    bench.call("CostUpdated", totalCost=1, transactionId=first)
    bench.call("CostUpdated", totalCost=2, transactionId=second)
    one, other = _shown(bench), _shown(bench, 2)
    assert one is not None and other is not None
    assert (one.total_cost, other.total_cost) == ("1.0", "2.0")


def test_i01_the_driver_s_tariff_is_shown_before_and_while_charging() -> None:
    bench = _bench()
    bench.tariff = {"status": "Accepted", "personalMessage": _TARIFF}  # type: ignore[dict-item]
    bench.done(Swipe(id_tag="A"))
    before = _shown(bench)
    assert before is not None
    assert (before.message, before.transaction, before.total_cost) == ("0.25/kWh", None, None)
    bench.done(PlugIn())
    during = _shown(bench)
    assert during is not None
    assert during.message == "0.25/kWh" and during.transaction is not None


def test_i06_an_updated_text_takes_its_place() -> None:
    bench = _bench()
    bench.tariff = {"status": "Accepted", "personalMessage": _TARIFF}  # type: ignore[dict-item]
    bench.done(Swipe(id_tag="A"))
    _answers_with(bench, updatedPersonalMessage=_LATER)
    bench.done(PlugIn())
    cost = _shown(bench)
    assert cost is not None
    assert (cost.message, cost.message_format) == ("<b>0.30/kWh</b>", "HTML")


def test_a_tariff_is_not_shown_where_that_is_off() -> None:
    bench = _bench(**{"Enabled[Tariff]": "false"}, TariffFallbackMessage="Ask at the desk")
    bench.tariff = {"status": "Accepted", "personalMessage": _TARIFF}  # type: ignore[dict-item]
    _charging(bench)
    assert _shown(bench) is None


def test_the_tariff_of_a_driver_who_did_not_come_is_not_another_s() -> None:
    bench = _bench()
    bench.tariff = {"status": "Accepted", "personalMessage": _TARIFF}  # type: ignore[dict-item]
    bench.done(Swipe(id_tag="A"))
    assert _shown(bench) is not None
    bench.wait(600)
    assert _shown(bench) is None


def test_i04_a_tariff_that_is_not_known_has_a_text_of_its_own() -> None:
    bench = _bench(TariffFallbackMessage="0.40/kWh")
    _charging(bench)
    cost = _shown(bench)
    assert cost is not None
    assert (cost.message, cost.total_cost) == ("0.40/kWh", None)


@pytest.mark.parametrize("cached", [False, True])
def test_i04_offline_no_tariff_of_earlier_is_shown(cached: bool) -> None:
    bench = _bench(TariffFallbackMessage="0.40/kWh")
    bench.tariff = {"status": "Accepted", "personalMessage": _TARIFF}  # type: ignore[dict-item]
    if cached:
        _charging(bench)
        bench.done(Unplug())
    bench.charger.configuration.configure("AuthCtrlr.OfflineTxForUnknownIdEnabled", "true")
    bench.cut()
    _charging(bench)
    cost = _shown(bench)
    assert cost is not None and cost.message == "0.40/kWh"


def test_i05_offline_the_end_has_a_text_of_its_own_until_the_cost_is_known() -> None:
    bench = _bench(TotalCostFallbackMessage="See the app")
    transaction = _charging(bench)
    bench.call("CostUpdated", totalCost=2.5, transactionId=transaction)
    bench.cut()
    running = _shown(bench)
    assert running is not None and running.message is None
    bench.done(Unplug())
    over = _shown(bench)
    assert over is not None
    assert (over.message, over.total_cost, over.is_final) == ("See the app", "2.5", False)
    _answers_with(bench, totalCost=2.75)
    bench.mend()
    bench.wait(600)
    final = _shown(bench)
    assert final is not None
    assert (final.message, final.total_cost, final.is_final) == (None, "2.75", True)


def test_i05_an_end_that_is_answered_without_a_cost_has_it_too() -> None:
    bench = _bench(TotalCostFallbackMessage="See the app")
    _charging(bench)
    bench.done(Unplug())
    cost = _shown(bench)
    assert cost is not None
    assert (cost.message, cost.total_cost) == ("See the app", None)


def test_a_transaction_that_a_power_cut_ended_still_gets_its_total_cost() -> None:
    bench = _bench()
    transaction = _charging(bench)
    snapshot = bench.charger.snapshot(bench.now)
    again = Bench("2.0.1", boot=False)
    again.charger = type(bench.charger).restore(again.spec, snapshot, again.now)
    _answers_with(again, totalCost=1.05)
    again.tick()
    again.wait(60)
    cost = _shown(again)
    assert cost is not None
    assert (cost.transaction, cost.total_cost, cost.is_final) == (transaction, "1.05", True)


def test_the_variables_are_reported_with_their_instances() -> None:
    bench = _bench(TariffFallbackMessage="0.40/kWh")
    bench.call("GetBaseReport", requestId=1, reportBase="FullInventory")
    bench.wait(10)
    found = {
        (one["variable"]["name"], one["variable"].get("instance")): one["variableAttribute"][0]
        for page in bench.said("NotifyReport")
        for one in page["reportData"]
        if one["component"]["name"] == "TariffCostCtrlr"
    }
    assert {name: one["value"] for name, one in found.items()} == {
        ("Available", "Cost"): "true",
        ("Available", "Tariff"): "true",
        ("Currency", None): "EUR",
        ("Enabled", "Cost"): "true",
        ("Enabled", "Tariff"): "true",
        ("TariffFallbackMessage", None): "0.40/kWh",
        ("TotalCostFallbackMessage", None): "",
    }
