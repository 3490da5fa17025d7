"""The reference of the API at /docs: read, searched, and a request sent from it."""

import pytest
from playwright.sync_api import expect

from tests.dashboard.browsing import NARROW, Visitor

pytestmark = pytest.mark.service


def test_the_reference_fits_a_narrow_screen_with_all_that_it_shows(visitor: Visitor) -> None:
    page = visitor.page
    page.set_viewport_size({"width": NARROW, "height": 900})
    page.goto(f"{visitor.server.url}/docs")
    expect(page.get_by_text("send a request").first).to_be_visible()

    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    expect(page.get_by_role("button", name="Send").last).to_be_visible()

    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW


def test_operations_are_found_and_a_request_is_sent_and_answered(visitor: Visitor) -> None:
    page = visitor.page
    page.goto(f"{visitor.server.url}/docs")
    page.get_by_label("key", exact=True).fill(visitor.server.key)
    expect(page.locator("#plug_connector")).to_be_visible()
    page.get_by_role("searchbox", name="search").fill("webhook")  # each method is among them
    expect(page.locator("#plug_connector")).to_be_hidden()
    operation = page.locator("#create_webhook")

    operation.get_by_text("send a request").click()
    operation.get_by_role("button", name="Send").click()
    expect(operation.locator(".status")).to_contain_text("201 Created")
    operation.get_by_text("headers", exact=True).click()

    visitor.look("reference", operation)
