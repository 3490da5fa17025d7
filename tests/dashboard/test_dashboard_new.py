"""The screen New: a charger from the catalogue, a location from a template, and their coming up."""

import pytest
from playwright.sync_api import expect

from tests.dashboard.browsing import Visitor

pytestmark = pytest.mark.service


def test_a_charger_is_made_from_the_catalogue_and_comes_up(visitor: Visitor) -> None:
    page = visitor.page
    visitor.open("#/new")

    page.get_by_label("Brand").select_option("abb")
    expect(page.get_by_label("Model").locator("option").first).to_be_attached()
    page.get_by_label("Identity *").fill("CP-FROM-THE-PAGE")
    visitor.look("new-charger")
    page.get_by_role("button", name="Make the charger").click()

    coming = page.get_by_role("article").filter(has_text="CP-FROM-THE-PAGE")
    expect(coming.get_by_text("BootNotification Accepted (done)")).to_be_visible()
    visitor.look("new-charger-made")
    with visitor.client() as client:
        made = client.get("/ocpp/chargers", params={"search": "CP-FROM-THE-PAGE"}).json()["data"]
    assert [one["brand_slug"] for one in made] == ["abb"]


def test_an_identity_that_is_taken_is_told_in_the_form(visitor: Visitor) -> None:
    page = visitor.page
    with visitor.client() as client:
        client.post("/ocpp/chargers", json={"identity": "CP-TAKEN"}).raise_for_status()
    visitor.open("#/new")

    page.get_by_label("Identity *").fill("CP-TAKEN")
    page.get_by_role("button", name="Make the charger").click()

    expect(page.get_by_role("alert")).to_contain_text("CP-TAKEN")


def test_a_location_is_made_from_a_template(visitor: Visitor) -> None:
    page = visitor.page
    visitor.open("#/new?kind=location")

    page.get_by_text("First fast charger").click()
    page.get_by_label("Name *").fill("Quay 7")
    visitor.look("new-location")
    page.get_by_role("button", name="Make 1 charger").click()

    expect(page.get_by_text("1 of 1 charger made")).to_be_visible()
    visitor.look("new-location-made")
    page.get_by_role("link", name="Quay 7").click()
    expect(page.get_by_role("heading", name="Chargers")).to_be_visible()
