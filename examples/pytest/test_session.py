"""A driver charges, and what the charger sent is what was done."""

import pytest

CARD = "04A1B2C3"

pytestmark = pytest.mark.parametrize("version", ["1.6", "2.0.1"])


def test_a_car_plugs_in_charges_and_leaves(charger, version):
    cp = charger(version=version)
    cp.plug_in({"battery_kwh": 60, "soc": 20})
    cp.swipe(CARD)
    assert cp.wait_until_charging()["transaction"]["id_tag"] == CARD

    cp.swipe(CARD)
    cp.unplug()

    cp.wait_for_status("Available")
    cp.wait_until(lambda: ends(cp), "the CSMS was not told the end")


def test_a_session_survives_a_broken_network(charger, version):
    cp = charger(version=version)
    cp.plug_in()
    cp.swipe(CARD)
    cp.drop_network()
    cp.swipe(CARD)
    cp.unplug()
    assert not ends(cp)

    cp.restore_network()

    cp.wait_until(lambda: ends(cp), "the CSMS was not told the end")


def ends(cp):
    """The ends of transactions that the charger has told its CSMS."""
    told = cp.frames("StopTransaction", "charger") + cp.frames("TransactionEvent", "charger")
    return [one for one in told if one.payload.get("eventType", "Ended") == "Ended"]
