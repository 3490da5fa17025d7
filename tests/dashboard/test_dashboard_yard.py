"""The screen Yard: found, filtered, grouped, selected, and acted on, many at a time."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Route, expect

from tests.dashboard.browsing import Visitor
from tests.dashboard.yard import furnish, until
from voltyard.testing.processes import ServerProcess

IDENTITIES = ["CP-1", "CP-2", "CP-10", "CP-<b>3<b>"]

pytestmark = pytest.mark.service


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("data"), "key-of-the-page") as server:
        furnish(server, *IDENTITIES)
        yield server


def identities(visitor: Visitor) -> list[str]:
    """Those in the table, in its order."""
    return visitor.page.get_by_role("table", name="Chargers").locator(".identity").all_inner_texts()


def test_all_chargers_are_listed_by_their_numbers_with_what_they_do(visitor: Visitor) -> None:
    visitor.open()

    table = visitor.page.get_by_role("table", name="Chargers")
    expect(table.get_by_text("Available")).to_have_count(4)
    assert identities(visitor) == ["CP-<b>3<b>", "CP-1", "CP-2", "CP-10"]
    expect(visitor.page.get_by_label("Totals")).to_contain_text(re.compile(r"Connected\s*4"))
    visitor.look("yard")


def test_a_search_and_a_filter_stay_in_the_address(visitor: Visitor) -> None:
    visitor.open()
    page = visitor.page
    page.get_by_label("Search").fill("cp-1")
    expect(page.get_by_text("2 of 4")).to_be_visible()

    page.reload()

    expect(page.get_by_label("Search")).to_have_value("cp-1")
    expect(page.get_by_text("2 of 4")).to_be_visible()
    assert identities(visitor) == ["CP-1", "CP-10"]


def test_filters_that_leave_none_offer_all_again(visitor: Visitor) -> None:
    visitor.open("#/yard?search=nothing-like-it")
    page = visitor.page
    expect(page.get_by_text("No charger is like that")).to_be_visible()

    page.get_by_role("button", name="Show all 4 chargers").click()

    expect(page.get_by_role("table", name="Chargers").locator(".identity")).to_have_count(4)


def test_selected_chargers_are_plugged_in_together_and_refusals_are_told(visitor: Visitor) -> None:
    visitor.open()
    page = visitor.page
    page.get_by_label("Select CP-1", exact=True).click()
    page.get_by_label("Select CP-10").click(modifiers=["Shift"])
    expect(page.get_by_text("3 chargers selected")).to_be_visible()

    page.get_by_role("toolbar").get_by_role("button", name="Plug in").click()
    page.get_by_role("dialog").get_by_role("button", name="Plug in").click()

    expect(page.get_by_text("Plug in: 3 of 3 chargers done")).to_be_visible()
    table = page.get_by_role("table", name="Chargers")
    expect(table.get_by_text("Preparing")).to_have_count(3)

    page.get_by_role("toolbar").get_by_role("button", name="Plug in").click()
    page.get_by_role("dialog").get_by_role("button", name="Plug in").click()

    expect(page.get_by_text("Plug in: 0 of 3 chargers done, 3 failed")).to_be_visible()
    expect(page.get_by_label("Failures")).to_contain_text("CP-10")
    visitor.look("yard-selected")


def test_the_keyboard_selects_without_scrolling_the_page(visitor: Visitor) -> None:
    visitor.open("#/yard?view=cards")
    page = visitor.page
    box = page.get_by_label("Select CP-1", exact=True)
    box.focus()

    page.keyboard.press("Space")

    expect(box).to_be_checked()
    assert page.evaluate("scrollY") == 0
    expect(page.get_by_text("1 charger selected")).to_be_visible()
    page.keyboard.press("Space")
    expect(box).not_to_be_checked()


def test_a_charger_that_is_deleted_elsewhere_leaves_the_list(visitor: Visitor) -> None:
    furnish(visitor.server, "CP-GONE")
    visitor.open()
    row = visitor.page.get_by_text("CP-GONE")
    expect(row).to_be_visible()

    with visitor.client() as client:
        client.delete("/ocpp/chargers/CP-GONE").raise_for_status()

    expect(row).to_have_count(0)


def test_deleting_asks_first(visitor: Visitor) -> None:
    furnish(visitor.server, "CP-DELETED")
    visitor.open()
    page = visitor.page
    page.get_by_label("Select CP-DELETED").click()
    page.get_by_label("More").select_option("delete")
    page.get_by_role("button", name="Cancel").click()
    with visitor.client() as client:
        assert client.get("/ocpp/chargers/CP-DELETED").status_code == 200

        page.get_by_label("More").select_option("delete")
        page.get_by_role("button", name="Delete 1 charger").click()

        expect(page.locator(".identity", has_text="CP-DELETED")).to_have_count(0)
        until(lambda: client.get("/ocpp/chargers/CP-DELETED").status_code == 404)


def test_a_yard_beyond_what_the_page_keeps_says_what_it_leaves_out(visitor: Visitor) -> None:
    there = 10_050

    def a_page_of_many(route: Route) -> None:
        page = int(parse_qs(urlsplit(route.request.url).query)["page"][0])
        data = [
            {"id": f"dep-{number}", "identity": f"MANY-{number}", "status": "READY", "state": None}
            for number in range((page - 1) * 100, min(page * 100, there))
        ]
        route.fulfill(json={"data": data, "total": there, "page": page, "limit": 100})

    def totals_of_many(route: Route) -> None:
        told = route.fetch().json()
        told["chargers"]["total"] = there
        route.fulfill(json=told)

    page = visitor.page
    page.route("**/ocpp/chargers?*", a_page_of_many)
    page.route("**/ocpp/summary", totals_of_many)
    visitor.open("#/yard")

    expect(page.get_by_text("50 chargers more are in the totals alone")).to_be_visible()
    expect(page.get_by_role("heading", name="Chargers")).to_contain_text("10,000 of 10,050")
    visitor.look("yard-beyond-the-bound")
