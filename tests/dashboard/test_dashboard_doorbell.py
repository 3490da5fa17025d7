"""The screen Doorbell: who was refused, why, and registering them."""

import http.client
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.dashboard.browsing import Visitor

pytestmark = pytest.mark.service


def dial(visitor: Visitor, identity: str) -> int:
    """The status that the backend's charger socket answers a handshake with."""
    chargers = urlsplit(visitor.server.charger_url)
    connection = http.client.HTTPConnection(chargers.hostname or "", chargers.port)
    headers = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol": "ocpp1.6",
    }
    connection.request("GET", f"/ocpp/{identity}", headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_stranger_is_told_of_and_registered_with_one_click(visitor: Visitor) -> None:
    page = visitor.page
    visitor.open("#/doorbell")
    expect(page.get_by_text("No charger was refused")).to_be_visible()
    visitor.look("doorbell-empty")

    assert dial(visitor, "CP-AT-THE-DOOR") == 404

    row = page.get_by_role("row").filter(has_text="CP-AT-THE-DOOR")
    expect(row).to_contain_text("Not registered")
    expect(row.locator(".why")).not_to_contain_text("not registered")
    expect(row).to_contain_text("ocpp1.6")
    visitor.look("doorbell")
    row.get_by_role("button", name="Register").click()
    expect(page.get_by_text("CP-AT-THE-DOOR is registered")).to_be_visible()
    assert dial(visitor, "CP-AT-THE-DOOR") == 101


def test_a_refusal_is_forgotten_and_all_of_them_only_after_a_question(visitor: Visitor) -> None:
    page = visitor.page
    dial(visitor, "CP-ONE")
    dial(visitor, "CP-TWO")
    visitor.open("#/doorbell")

    row = page.get_by_role("row").filter(has_text="CP-ONE")
    row.get_by_role("button", name="Forget").click()
    expect(row).to_have_count(0)

    page.get_by_role("button", name="Forget all").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("row").filter(has_text="CP-TWO")).to_be_visible()
    page.get_by_role("button", name="Forget all").click()
    page.get_by_role("dialog").get_by_role("button", name="Forget all").click()
    expect(page.get_by_text("No charger was refused")).to_be_visible()


def test_what_a_stranger_calls_itself_is_shown_as_text(visitor: Visitor) -> None:
    dial(visitor, "%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")

    visitor.open("#/doorbell")

    name = visitor.page.get_by_text("<img src=x onerror=alert(1)>", exact=True)
    expect(name).to_be_visible()
