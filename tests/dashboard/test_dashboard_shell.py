"""The shell of the page: the key, the connection, and its size."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.dashboard.browsing import Visitor
from tests.dashboard.conftest import BUILT

BUNDLE_BYTES = 150_000

pytestmark = pytest.mark.service


def test_a_key_in_the_address_is_taken_and_does_not_stay_there(visitor: Visitor) -> None:
    visitor.page.goto(f"{visitor.server.url}/#key={visitor.server.key}")

    expect(visitor.page.get_by_text("live", exact=True)).to_be_visible()
    assert visitor.server.key not in visitor.page.url
    assert visitor.server.key not in visitor.page.content()


def test_a_wrong_key_says_so_and_a_right_one_opens_the_yard(visitor: Visitor) -> None:
    page = visitor.page
    page.goto(visitor.server.url)
    page.get_by_label("API key").fill("not-a-key")
    page.get_by_role("button", name="Open").click()

    expect(page.get_by_role("alert")).to_contain_text("the key is not known")
    visitor.look("key")

    page.get_by_label("API key").fill(visitor.server.key)
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_text("No chargers yet")).to_be_visible()
    visitor.look("yard-empty")


def test_a_lost_connection_is_told_and_taken_up_again(visitor: Visitor) -> None:
    visitor.open()
    live = visitor.page.get_by_text("live", exact=True)
    expect(live).to_be_visible()

    visitor.server.kill()
    expect(visitor.page.get_by_text("connection lost, trying again")).to_be_visible()

    visitor.server.start()
    expect(live).to_be_visible()


def test_the_theme_is_the_systems_until_one_is_chosen(browser: Browser, visitor: Visitor) -> None:
    page = visitor.page
    page.emulate_media(color_scheme="dark")
    page.goto(visitor.server.url)

    page.get_by_role("button", name="Use the light theme").click()

    expect(page.get_by_role("button", name="Use the dark theme")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"


def test_all_that_the_page_loads_is_within_its_budget(browser: Browser) -> None:
    folder: Path = BUILT.parent

    compressed = [path.stat().st_size for path in folder.rglob("*.gz")]

    assert compressed
    assert sum(compressed) <= BUNDLE_BYTES
