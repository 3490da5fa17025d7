"""The screen Charger: driven by hand, broken and mended, with all that it says on the wire."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.dashboard.browsing import Visitor
from tests.dashboard.yard import furnish, state, until
from voltyard.testing.processes import ServerProcess

pytestmark = pytest.mark.service


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("data"), "key-of-the-page") as server:
        furnish(server, "CP-16", "CP-LIVE")
        furnish(server, "CP-201", version="OCPP2.0.1")
        yield server


def connector(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("article", name="Connector 1")


def press(visitor: Visitor, verb: str, fields: Mapping[str, str] = {}) -> None:
    """Presses a verb of the connector, and fills in its form where it has one."""
    connector(visitor).get_by_role("button", name=verb, exact=True).click()
    if fields:
        dialog = visitor.page.get_by_role("dialog")
        for label, value in fields.items():
            dialog.get_by_label(label).first.fill(value)
        dialog.get_by_role("button", name=verb).click()


@pytest.mark.parametrize("identity", ["CP-16", "CP-201"])
def test_a_car_is_plugged_in_charges_and_leaves_by_click(visitor: Visitor, identity: str) -> None:
    visitor.open(f"#/charger/{identity}")
    seen = connector(visitor)
    expect(seen).to_contain_text("Available")

    press(visitor, "Plug in", {"Vehicle": "city", "SoC (%)": "37"})
    expect(seen.get_by_role("img", name="A vehicle is plugged in, 37 % charged")).to_be_visible()

    press(visitor, "Swipe card", {"Id tag": "TAG-1"})
    expect(seen).to_contain_text("Charging")
    expect(seen.get_by_role("img", name="and power flows")).to_be_visible()
    visitor.look(f"charger-{identity}")

    press(visitor, "Unplug")

    expect(seen.get_by_role("img", name="No vehicle is plugged in")).to_be_visible()
    expect(seen).to_contain_text("Available")


@pytest.mark.parametrize(("identity", "more"), [("CP-16", 0), ("CP-201", 1)])
def test_few_fields_are_asked_at_first(visitor: Visitor, identity: str, more: int) -> None:
    visitor.open(f"#/charger/{identity}")

    connector(visitor).get_by_role("button", name="Plug in").click()

    dialog = visitor.page.get_by_role("dialog")
    expect(dialog.get_by_label("Vehicle", exact=True)).to_be_visible()
    expect(dialog.locator("input:visible, textarea:visible, select:visible")).to_have_count(3)
    expect(dialog.get_by_text("More", exact=True)).to_have_count(more)
    if more:
        dialog.get_by_text("More", exact=True).click()
        expect(dialog.get_by_label("eMAID")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()


def test_a_card_is_to_hand(visitor: Visitor) -> None:
    visitor.open("#/charger/CP-16")

    connector(visitor).get_by_role("button", name="Swipe card").click()

    card = visitor.page.get_by_role("dialog").get_by_label("Id tag")
    expect(card).to_have_value("04A1B2C3")


def test_the_energy_register_is_of_all_connectors(visitor: Visitor, server: ServerProcess) -> None:
    identity = "CP-TWO"
    with visitor.client() as client:
        body = {"identity": identity, "brand_slug": "abb", "model_slug": "terra-184", "rate": 600}
        client.post("/ocpp/chargers", json=body | {"peer_agrees_to_rate": True}).raise_for_status()
        until(lambda: state(client, identity).get("boot_status") == "Accepted")
        session = {"id_tag": "TAG-1", "target_energy_kwh": 5}
        start = {"target": {"charger_id": identity}, "event": session}
        client.post("/ocpp/commands/start-session", json=start).raise_for_status()
        until(lambda: state(client, identity)["connectors"][0]["energy_wh"] >= 5_000)
        until(lambda: state(client, identity)["connectors"][0]["vehicle"] is None)
    visitor.open(f"#/charger/{identity}")
    register = visitor.page.get_by_label("Readings").get_by_text("kWh").first
    expect(register).to_contain_text("5.0")

    second = visitor.page.get_by_role("article", name="Connector 2")
    second.get_by_role("button", name="Plug in").click()
    visitor.page.get_by_role("dialog").get_by_role("button", name="Plug in").click()

    expect(second).to_contain_text("Preparing")
    expect(register).to_contain_text("5.0")


def test_the_display_has_what_its_backend_sets(visitor: Visitor) -> None:
    at = "/api/v1/chargers/CP-201/display-messages"
    with visitor.client() as client:
        for id, when in ((1, "Idle"), (2, "Faulted")):
            message = {"id": id, "state": when, "content": f"<b>message {id}</b>"}
            client.post(at, json=message).raise_for_status()
    visitor.open("#/charger/CP-201")
    display = visitor.page.get_by_role("region", name="Display")

    expect(display.get_by_role("listitem")).to_have_count(2)
    expect(display.get_by_role("listitem").first).to_contain_text("Shown")
    expect(display.get_by_role("listitem").first).to_contain_text("<b>message 1</b>")
    expect(display.get_by_role("listitem").last).to_contain_text("Waits")
    visitor.look("charger-display", at=display)

    with visitor.client() as client:
        for id in (1, 2):
            client.delete(f"{at}/{id}").raise_for_status()
    expect(display).to_have_count(0)


def test_what_is_refused_says_so_in_its_form_and_changes_nothing(visitor: Visitor) -> None:
    visitor.open("#/charger/CP-16")
    connector(visitor).get_by_role("button", name="Plug in").click()
    dialog = visitor.page.get_by_role("dialog")
    dialog.get_by_label("Vehicle").fill("no-such-car")

    dialog.get_by_role("button", name="Plug in").click()

    expect(dialog).to_contain_text("no-such-car")
    with visitor.client() as client:
        assert state(client, "CP-16")["connectors"][0]["vehicle"] is None


def test_a_fault_occurs_by_its_switch_and_is_cleared_by_it(visitor: Visitor) -> None:
    visitor.open("#/charger/CP-16?tab=faults")
    page = visitor.page
    switch = page.get_by_role("switch", name="GroundFailure")

    switch.click()
    expect(connector(visitor)).to_contain_text("Faulted")
    expect(switch).to_be_checked()
    visitor.look("charger-faulted")

    switch.click()
    expect(connector(visitor)).to_contain_text("Available")
    expect(switch).not_to_be_checked()


def test_a_quirk_is_turned_on_and_off(visitor: Visitor) -> None:
    visitor.open("#/charger/CP-16?tab=faults")
    switch = visitor.page.get_by_role("switch", name="fractional-wh")

    switch.click()
    expect(switch).to_be_checked()
    with visitor.client() as client:
        [quirk] = client.get("/ocpp/chargers/CP-16/quirks").json()["quirks"]
        assert quirk["name"] == "fractional-wh"

        switch.click()
        expect(switch).not_to_be_checked()
        assert client.get("/ocpp/chargers/CP-16/quirks").json()["quirks"] == []


def test_a_quirk_is_set_by_its_form(visitor: Visitor) -> None:
    visitor.open("#/charger/CP-16?tab=faults")
    page = visitor.page
    dialog = page.get_by_role("dialog")
    page.get_by_role("button", name="Set swapped-types").click()
    dialog.get_by_label("Variant").select_option("strings")
    dialog.get_by_label("Probability").fill("0.25")
    dialog.get_by_label("Every").fill("3")
    visitor.look("charger-quirk")

    dialog.get_by_role("button", name="Turn on").click()

    expect(page.get_by_role("switch", name="swapped-types")).to_be_checked()
    expect(page.get_by_text("25 % · Variant: strings · Every: 3")).to_be_visible()
    page.get_by_role("button", name="Set swapped-types").click()
    expect(dialog.get_by_label("Variant")).to_have_value("strings")
    dialog.get_by_label("Probability").fill("0.5")
    dialog.get_by_role("button", name="Change").click()
    expect(page.get_by_text("50 % · Variant: strings · Every: 3")).to_be_visible()
    with visitor.client() as client:
        [quirk] = client.get("/ocpp/chargers/CP-16/quirks").json()["quirks"]
    assert (quirk["name"], quirk["probability"]) == ("swapped-types", 0.5)
    assert (quirk["parameters"], quirk["schedule"]["every"]) == ({"variant": "strings"}, 3)
    page.get_by_role("switch", name="swapped-types").click()
    expect(page.get_by_role("switch", name="swapped-types")).not_to_be_checked()


def test_readings_come_with_the_stream(visitor: Visitor) -> None:
    with visitor.client() as client:
        for verb, event in (("plug-connector", {"vehicle": "city"}), ("swipe", {"id_tag": "T"})):
            at = {"evse_id": 1, "connector_id": 1, **event}
            body = {"target": {"charger_id": "CP-LIVE"}, "event": at}
            client.post(f"/ocpp/commands/{verb}", json=body).raise_for_status()
        until(lambda: state(client, "CP-LIVE")["connectors"][0]["power_w"] > 5_000)
        visitor.open("#/charger/CP-LIVE")
        expect(connector(visitor)).to_contain_text("7.3 kW")

        visitor.page.route("**/ocpp/chargers/CP-LIVE?*", lambda route: route.abort())
        at = {"evse_id": 1, "connector_id": 1, "power_w": 15_000}  # of three phases; it uses one
        body = {"target": {"charger_id": "CP-LIVE"}, "event": at}
        client.post("/ocpp/commands/power-update", json=body).raise_for_status()

        expect(connector(visitor)).not_to_contain_text("7.3 kW")
        expect(connector(visitor)).to_contain_text("5.0 kW")


def test_requests_stand_with_their_answers_filtered_and_exported(visitor: Visitor) -> None:
    visitor.open("#/charger/CP-16")
    page = visitor.page
    frames = page.get_by_role("region", name="Frames")
    expect(frames).to_contain_text("StatusNotification")

    page.get_by_label("Filter frames").fill("bootnotification")
    expect(frames.locator(".exchange")).to_have_count(1)
    frames.get_by_role("button", name="BootNotification").click()

    expect(frames.get_by_label("Request, payload")).to_contain_text('"chargePointModel"')
    expect(frames.get_by_label("Answer, payload")).to_contain_text('"status": "Accepted"')
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert "BootNotification" in {json.loads(line)["action"] for line in lines}


def test_a_selection_in_the_frames_outlives_new_frames(visitor: Visitor) -> None:
    visitor.open("#/charger/CP-201")
    page = visitor.page
    boot = page.get_by_role("region", name="Frames").locator(".action").first
    boot.select_text()
    chosen = page.evaluate("getSelection().toString()")
    before = page.locator(".exchange").count()
    assert "BootNotification" in chosen

    with visitor.client() as client:
        body = {"target": {"charger_id": "CP-201"}, "event": {"id_tag": "ANOTHER"}}
        client.post("/ocpp/commands/authorize-id-tag", json=body).raise_for_status()
    expect(page.locator(".exchange", has_text="ANOTHER")).to_have_count(1)

    assert page.locator(".exchange").count() > before
    assert page.evaluate("getSelection().toString()") == chosen


def test_a_setting_is_changed_and_a_command_leaves_its_result(visitor: Visitor) -> None:
    visitor.open("#/charger/CP-16?tab=settings")
    page = visitor.page
    page.get_by_label("Search settings").fill("HeartbeatInterval")
    field = page.get_by_label("HeartbeatInterval", exact=True)
    field.fill("77")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.get_by_text("HeartbeatInterval is 77")).to_be_visible()
    visitor.look("charger-settings")

    with visitor.client() as client:
        settings = client.get("/ocpp/chargers/CP-16/configuration").json()["settings"]
        assert settings["HeartbeatInterval"]["value"] == "77"
    page.get_by_role("tab", name="Commands").click()
    expect(page.get_by_role("region", name="Commands")).to_be_visible()


def test_tabs_are_walked_by_the_keyboard(visitor: Visitor) -> None:
    visitor.open("#/charger/CP-16")
    page = visitor.page
    page.get_by_role("tab", name="Frames").focus()

    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="History")).to_be_focused()
    page.keyboard.press("ArrowRight")

    expect(page.get_by_role("tab", name="Commands")).to_be_focused()
    expect(page.get_by_role("tab", name="Commands")).to_have_attribute("aria-selected", "true")


def test_a_charger_is_stopped_started_and_not_deleted_without_a_yes(visitor: Visitor) -> None:
    visitor.open("#/charger/CP-16")
    page = visitor.page
    refused: list[str] = []
    page.on("response", lambda one: refused.append(one.url) if one.status >= 400 else None)
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Stop").click()
    expect(page.get_by_text("It does not run")).to_be_visible()
    visitor.look("charger-stopped")

    page.get_by_role("button", name="Start", exact=True).click()
    expect(connector(visitor)).to_contain_text("Available")

    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    with visitor.client() as client:
        assert client.get("/ocpp/chargers/CP-16").status_code == 200
    assert refused == []


def test_an_unknown_charger_is_told_with_the_way_back(visitor: Visitor) -> None:
    visitor.open("#/charger/NOT-THERE")

    expect(visitor.page.get_by_text("There is no charger “NOT-THERE”")).to_be_visible()
    expect(visitor.page.get_by_role("link", name="To the yard")).to_be_visible()
