"""The reference in a browser: it finds operations by their fields, and sends requests."""

import json
import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.surface import description
from voltyard.testing.processes import ServerProcess

pytestmark = pytest.mark.service

KEY = "key-of-the-reference"
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)
MODEL = {
    "brand_slug": "abb",
    "model_slug": "terra-184",
    "connector_type": "CCS2",
    "ws_url": "ws://127.0.0.1:1/ocpp",
}
COUNT = sum(len(methods) for methods in description()["paths"].values())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is not installed")
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("data"), KEY) as server:
        yield server


@pytest.fixture
def page(browser: Browser, server: ServerProcess) -> Iterator[Page]:
    """The reference; at the end it has asked nobody else for anything, and broken no policy."""
    with browser.new_context() as context:
        page, asked, errors = context.new_page(), list[str](), list[str]()
        page.set_default_timeout(PATIENCE_MS)
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if "Policy" in said.text else None)
        page.goto(f"{server.url}/docs")
        yield page
        assert not errors
        assert [url for url in asked if not url.startswith((server.url, "data:"))] == []


def opened(page: Page, operation: str) -> Locator:
    """The form of an operation."""
    article = page.locator(f"article#{operation}")
    article.get_by_text("send a request").click()
    form = article.locator("form")
    expect(form).to_be_visible(timeout=PATIENCE_MS)
    return form


def sent(form: Locator, status: str) -> Locator:
    """Its answer, once it has come."""
    form.get_by_role("button", name="Send").click()
    expect(form.locator(".status")).to_contain_text(status)
    expect(form.locator(".status")).to_contain_text("ms")
    return form.locator(".answer > pre")


def test_operations_are_found_by_name_body_and_field(page: Page) -> None:
    found, shown = page.locator("#found"), page.locator("article:not([hidden])")
    expect(found).to_have_text(f"{COUNT} operations")

    page.fill("#search", "vehicle pacing queue_if_stopped")
    expect(page.locator("article#plug_connector")).to_be_visible()
    expect(page.locator("article#list_webhooks")).to_be_hidden()
    expect(found).to_have_text(f"{shown.count()} operations")

    page.fill("#search", "vehicle-with-wings")
    expect(found).to_have_text("0 operations")


def test_a_request_is_sent_with_its_key_path_query_and_body(page: Page) -> None:
    refused = sent(opened(page, "list_brands"), "401")
    expect(refused).to_contain_text("detail")

    page.fill("#key", KEY)
    form = opened(page, "register_charger")
    form.locator("textarea").fill('{"chargeBoxId": "<b>DOCS</b> 1"}')
    expect(sent(form, "400")).to_contain_text("VALIDATION")
    form.locator("textarea").fill('{"chargeBoxId": "DOCS-1"}')
    expect(sent(form, "201")).to_contain_text('"chargeBoxId": "DOCS-1"')
    expect(form.locator("details pre")).to_contain_text("content-type: application/json")

    form = opened(page, "get_registered_charger")
    form.locator("input[name=chargeBoxId]").fill("DOCS-1")
    expect(sent(form, "200")).to_contain_text('"chargeBoxId": "DOCS-1"')

    form = opened(page, "list_registered_chargers")
    form.locator("input[name=status]").fill("online")
    expect(sent(form, "200")).to_contain_text('"total": 0')
    form.locator("input[name=status]").fill("offline")
    expect(sent(form, "200")).to_contain_text('"total": 1')


def test_an_operation_begins_with_the_example_of_its_own_body(page: Page) -> None:
    operation = description()["paths"]["/ocpp/commands/plug-connector"]["post"]
    form = opened(page, "plug_connector")

    example = operation["requestBody"]["content"]["application/json"]["example"]
    assert json.loads(form.locator("textarea").input_value()) == example


def test_the_key_stays_in_the_tab_and_nowhere_else(page: Page) -> None:
    page.fill("#key", KEY)
    page.reload()
    expect(page.locator("#key")).to_have_value(KEY)
    assert page.evaluate("localStorage.length") == 0
    assert page.context.cookies() == []

    with page.context.new_page() as other:
        other.goto(page.url)
        expect(other.locator("#key")).to_have_value("")


def test_a_stream_is_shown_as_it_comes_until_it_is_stopped(
    page: Page, server: ServerProcess
) -> None:
    page.fill("#key", KEY)
    form = opened(page, "stream_events")
    form.get_by_role("button", name="Send").click()
    expect(form.locator(".status")).to_contain_text("200")
    with server.client() as client:
        client.post("/ocpp/chargers", json={**MODEL, "identity": "STREAM-1"}).raise_for_status()
    expect(form.locator(".answer > pre")).to_contain_text("STREAM-1")

    form.get_by_role("button", name="Stop").click()
    expect(form.locator(".status")).to_contain_text("stopped")
    expect(form.get_by_role("button", name="Stop")).to_be_hidden()
