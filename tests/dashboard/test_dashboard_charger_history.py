"""The history of a charger on its screen: its log as a trace."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Route, expect

from tests.dashboard.browsing import Visitor
from tests.dashboard.yard import furnish, state, until
from voltyard.testing.processes import ServerProcess

pytestmark = pytest.mark.service


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("data"), "key-of-the-page") as server:
        furnish(server, "CP-1", "CP-2")
        with server.client() as client:
            where = {"evse_id": 1, "connector_id": 1}
            for verb, event in (
                ("plug-connector", {**where, "vehicle": "city"}),
                ("swipe", {**where, "id_tag": "TAG-1"}),
            ):
                body = {"target": {"charger_id": "CP-1"}, "event": event}
                client.post(f"/ocpp/commands/{verb}", json=body).raise_for_status()
            until(lambda: state(client, "CP-1")["connectors"][0]["status"] == "Charging")
            until(lambda: "StartTransaction" in actions(client, "CP-1"))
        yield server


def actions(client: httpx.Client, charger: str) -> list[str]:
    """The actions in its trace."""
    found: list[str] = client.get(f"/ocpp/chargers/{charger}/trace").json()["data"]["actions"]
    return found


def opened(visitor: Visitor, charger: str) -> None:
    visitor.open(f"#/charger/{charger}")
    visitor.page.get_by_role("tab", name="History").click()
    expect(visitor.page.get_by_role("listbox", name="Frames")).to_be_visible()


def test_a_session_stands_on_the_time_line_with_its_frames(visitor: Visitor) -> None:
    opened(visitor, "CP-1")
    page = visitor.page
    frames = page.get_by_role("listbox", name="Frames")

    frames.get_by_role("option", name="StartTransaction").first.click()

    chosen = page.get_by_role("region", name="Frame chosen")
    expect(chosen).to_contain_text('"TAG-1"')
    expect(page.get_by_role("region", name="State at the moment")).to_contain_text("connected")
    slider = page.get_by_role("slider", name="Moment")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("StartTransaction"))
    slider.press("ArrowRight")
    expect(frames.get_by_role("option", selected=True)).to_contain_text("answer")
    visitor.look("charger-history", at=page.get_by_role("tablist"))
    visitor.look("charger-history-frames", at=page.get_by_role("region", name="List of frames"))


def test_frames_that_come_later_are_shown_when_it_is_read_again(visitor: Visitor) -> None:
    opened(visitor, "CP-2")
    page = visitor.page
    seen = page.get_by_role("listbox", name="Frames").get_by_role("option", name="Authorize")
    expect(seen).to_have_count(0)

    with visitor.client() as client:
        body = {"target": {"charger_id": "CP-2"}, "event": {"id_tag": "TAG-LATE"}}
        client.post("/ocpp/commands/authorize-id-tag", json=body).raise_for_status()
        until(lambda: "Authorize" in actions(client, "CP-2"))
    page.get_by_role("button", name="Read again").click()

    expect(seen.first).to_be_visible()


def test_a_long_log_is_walked_part_by_part(visitor: Visitor) -> None:
    def in_parts_of_four(route: Route) -> None:
        route.continue_(url=re.sub(r"limit=\d+", "limit=4", route.request.url))

    visitor.page.route("**/trace?*", in_parts_of_four)
    opened(visitor, "CP-1")
    page = visitor.page
    facts = page.locator(".history").get_by_role("status").first
    boot = page.get_by_role("listbox", name="Frames").get_by_role("option", name="BootNotification")
    expect(facts).to_contain_text("earlier ones are not shown")
    expect(boot).to_have_count(0)
    later = page.get_by_role("button", name="Later")
    earlier = page.get_by_role("button", name="Earlier")
    expect(later).to_be_disabled()

    while earlier.is_enabled():
        with page.expect_response("**/trace?*"):  # two parts may read the same
            earlier.click()
        expect(earlier).not_to_have_attribute("aria-busy", "true")

    expect(boot.first).to_be_visible()
    later.click()
    expect(earlier).to_be_enabled()


def test_a_charger_without_frames_says_when_they_come(visitor: Visitor) -> None:
    with visitor.client() as client:
        body = {"identity": "CP-ALONE", "ws_url": "ws://127.0.0.1:9/ocpp"}
        client.post("/ocpp/chargers", json=body).raise_for_status()
    visitor.open("#/charger/CP-ALONE?tab=history")

    expect(
        visitor.page.get_by_text("They come once the charger dials its backend.")
    ).to_be_visible()
