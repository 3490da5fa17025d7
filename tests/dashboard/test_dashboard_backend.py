"""The screen Backend: commands and their outcomes, transactions, id tags, webhooks, keys."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.dashboard.browsing import Visitor
from voltyard.testing.processes import ServerProcess

pytestmark = pytest.mark.service

IDENTITY = "CP-OF-THE-BACKEND"


@pytest.fixture(scope="module")
def charging(server: ServerProcess) -> Iterator[None]:
    """A simulated charger at the backend, with a vehicle in a transaction."""
    with server.client() as client:
        made = client.post("/ocpp/chargers", json={"identity": IDENTITY})
        made.raise_for_status()
        target = {"charger_id": made.json()["charger_id"]}
        event = {"evse_id": 1, "connector_id": 1, "id_tag": "04A1B2C3"}
        started = client.post(
            "/ocpp/commands/start-session", json={"target": target, "event": event}
        )
        started.raise_for_status()
    yield


def test_a_command_is_sent_and_its_answer_and_outcome_are_shown(
    visitor: Visitor, charging: None
) -> None:
    page = visitor.page
    visitor.open("#/backend")
    page.get_by_role("link", name=IDENTITY).click()
    expect(page.get_by_text("online")).to_be_visible()

    page.get_by_label("What the charger is told to do").select_option(
        label="Have the charger send a message"
    )
    page.get_by_label("Requested message *").select_option("Heartbeat")
    page.get_by_role("button", name="Send").click()

    expect(page.get_by_label("Answer")).to_contain_text('"status": "accepted"')
    row = page.get_by_role("region", name="Commands").get_by_role("row").nth(1)
    expect(row).to_contain_text("trigger")
    visitor.look("backend-charger")


def test_a_transaction_is_shown_with_its_meter_and_is_stopped(
    visitor: Visitor, charging: None
) -> None:
    page = visitor.page
    visitor.open("#/backend?part=transactions&status=in_progress")
    row = page.get_by_role("row").filter(has_text=IDENTITY)
    expect(row).to_contain_text("04A1B2C3")
    visitor.look("backend-transactions")

    row.get_by_role("link").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("Energy")
    visitor.look("backend-transaction")
    page.get_by_role("button", name="Close").click()

    row.get_by_role("button", name="Stop").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop").click()
    expect(row).to_have_count(0)


def test_a_charger_is_reset_through_the_backend(visitor: Visitor, charging: None) -> None:
    page = visitor.page
    visitor.open(f"#/backend/{IDENTITY}")

    page.get_by_label("What the charger is told to do").select_option(
        label="Restart the charger, or one EVSE of it"
    )
    page.get_by_label("Type *").select_option("Soft")
    page.get_by_role("button", name="Send").click()

    row = page.get_by_role("region", name="Commands").get_by_role("row").filter(has_text="reset")
    expect(row).to_contain_text("accepted")
    expect(row).to_contain_text("back after")


def test_an_id_tag_is_added_blocked_and_deleted(visitor: Visitor) -> None:
    page = visitor.page
    visitor.open("#/backend?part=id-tags")
    page.get_by_role("button", name="Add an id tag").first.click()
    page.get_by_label("Id tag *").fill("04AABBCC")
    page.get_by_role("button", name="Add", exact=True).click()
    row = page.get_by_role("row").filter(has_text="04AABBCC")
    expect(row).to_contain_text("active")
    visitor.look("backend-id-tags")

    row.get_by_role("button", name="Block").click()
    expect(row).to_contain_text("blocked")

    row.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)


def test_a_key_is_shown_once_and_revoked_after_a_question(visitor: Visitor) -> None:
    page = visitor.page
    visitor.open("#/backend?part=keys")
    page.get_by_role("button", name="Make a key").click()
    page.get_by_label("Name *").fill("for a partner")
    page.get_by_role("button", name="Make", exact=True).click()

    expect(page.get_by_role("dialog")).to_contain_text("It is not shown again")
    text = page.get_by_role("dialog").locator("code").inner_text()
    page.get_by_role("button", name="I have it").click()
    row = page.get_by_role("row").filter(has_text="for a partner")
    expect(row).to_be_visible()
    assert text not in page.content()
    visitor.look("backend-keys")

    row.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(row).to_have_count(0)


def test_a_webhook_is_made_and_what_is_delivered_is_listed(visitor: Visitor) -> None:
    page = visitor.page
    visitor.open("#/backend?part=webhooks")
    page.get_by_role("button", name="Make a webhook").first.click()
    page.get_by_label("URL *").fill("http://127.0.0.1:9/nobody-listens")
    page.get_by_label("Events *").fill('["charger.connected"]')
    page.get_by_role("button", name="Make", exact=True).click()
    page.get_by_role("button", name="I have it").click()

    row = page.get_by_role("row").filter(has_text="nobody-listens")
    row.get_by_role("button", name="Ping").click()
    expect(page.get_by_text("The ping is")).to_be_visible()
    row.get_by_role("button", name="nobody-listens").click()
    expect(page.get_by_role("dialog")).to_contain_text("webhook.test")
    visitor.look("backend-deliveries")


def test_certificates_and_an_unknown_charger_say_what_to_do_next(visitor: Visitor) -> None:
    page = visitor.page
    visitor.open("#/backend?part=certificates")
    expect(page.get_by_text("No certificate was issued")).to_be_visible()

    visitor.open("#/backend/CP-UNKNOWN")
    page.get_by_role("link", name="Register it").click()
    expect(page.get_by_label("Charge box id *")).to_have_value("CP-UNKNOWN")
    page.get_by_role("button", name="Register", exact=True).click()
    expect(page.get_by_text("CP-UNKNOWN is registered")).to_be_visible()
