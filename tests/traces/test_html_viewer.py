"""The file of a trace, opened from disk by a browser without a network."""

import os
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect, sync_playwright

from tests.traces.bench import BOOT_16, BOOTED, Frame, read, simulation_lines
from voltyard.simulation.simulate import SimulationPlan, simulate
from voltyard.traces.html import write_html
from voltyard.traces.trace import trace_of

pytestmark = [pytest.mark.service, pytest.mark.timeout(300)]

HOSTILE = "</script><img src=x onerror=document.title='taken'>\u202e\u0000"
MOST_BYTES = 2_000_000


class Reader:
    """Somebody who opens a trace; every request beyond the file is noted."""

    def __init__(self, page: Page, folder: Path, viewer: str) -> None:
        self.page = page
        self.errors: list[str] = []
        self.requests: list[str] = []
        self._folder = folder
        self._viewer = viewer
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._said)
        page.on("request", lambda request: self.requests.append(request.url))

    def _said(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(message.text)

    def open(self, *logs: str, title: str = "A trace") -> Path:
        """Write the trace of these logs, and open it."""
        told = trace_of([read(log, name=f"{n}.log") for n, log in enumerate(logs)], title)
        file = self._folder / "trace.html"
        file.write_text(write_html(told, self._viewer), encoding="utf-8")
        self.page.goto(file.as_uri())
        expect(self.page.get_by_role("listbox", name="Frames")).to_be_visible()
        self.requests = [url for url in self.requests if url != file.as_uri()]
        return file

    @property
    def row(self) -> str:
        """The words of the row that is chosen."""
        return self.page.locator("[role=option][aria-selected=true]").inner_text()


@pytest.fixture(scope="module")
def ten_thousand() -> str:
    """Before a browser runs: both want the event loop of this thread."""
    lines = StringIO()
    simulate(SimulationPlan(chargers=60, hours=30.0), lines)
    return "\n".join(lines.getvalue().splitlines()[:10_000])


@pytest.fixture(params=["1440 light", "1440 dark", "390 light"])
def reader(
    request: pytest.FixtureRequest, chromium: str, viewer: str, tmp_path: Path
) -> Iterator[Reader]:
    width, scheme = request.param.split()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(
            viewport={"width": int(width), "height": 900}, color_scheme=scheme, offline=True
        )
        reader = Reader(context.new_page(), tmp_path, viewer)
        yield reader
        keep(reader.page, f"{request.node.originalname}-{width}-{scheme}")
        browser.close()
        assert (reader.errors, reader.requests) == ([], [])


def keep(page: Page, name: str) -> None:
    folder = os.environ.get("VOLTYARD_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"trace-{name}.png", full_page=True)


def session() -> list[Frame]:
    """A charge with a limit, a fault, and frames that break rules."""

    def status(at_s: float, id: str, word: str) -> Frame:
        payload = {"connectorId": 1, "errorCode": "NoError", "status": word}
        return (at_s, "->", [2, id, "StatusNotification", payload])

    def sample(at_s: float, id: str, power: str) -> list[Frame]:
        values = [
            {"value": power, "measurand": "Power.Active.Import", "unit": "W"},
            {"value": "41", "measurand": "SoC", "unit": "Percent"},
        ]
        stamp = f"2026-01-05T00:{int(at_s) // 60:02d}:{int(at_s) % 60:02d}Z"
        meter = [{"timestamp": stamp, "sampledValue": values}]
        payload = {"connectorId": 1, "transactionId": 17, "meterValue": meter}
        return [
            (at_s, "->", [2, id, "MeterValues", payload]),
            (at_s + 0.25, "<-", [3, id, {}]),
        ]

    start = {"connectorId": 1, "idTag": "AB", "meterStart": 0, "timestamp": "2026-01-05T00:01:00Z"}
    accepted = {"transactionId": 17, "idTagInfo": {"status": "Accepted"}}
    return [
        BOOT_16,
        BOOTED,
        status(1.0, "2", "Available"),
        (1.1, "<-", [3, "2", {}]),
        (60.0, "->", [2, "3", "StartTransaction", start]),
        (60.1, "<-", [3, "3", accepted]),
        status(61.0, "4", "Charging"),
        (61.1, "<-", [3, "4", {}]),
        *sample(120.0, "5", "7400"),
        *sample(180.0, "6", "3600"),
        (200.0, "->", [2, "7", "StatusNotification", {"connectorId": 1, "status": "Charging"}]),
        (200.1, "<-", [4, "7", "ProtocolError", "errorCode is missing", {}]),
        (240.0, "->", [2, "8", "DataTransfer", {"vendorId": HOSTILE}]),
        (240.1, "<-", [3, "8", {"status": "UnknownVendorId"}]),
    ]


def test_a_trace_opens_where_it_goes_wrong_and_shows_the_rule(reader: Reader) -> None:
    reader.open(simulation_lines(session()), title="CP-1, a field recording")

    page = reader.page
    expect(page).to_have_title("CP-1, a field recording")
    chosen = page.get_by_role("region", name="Frame chosen")
    expect(chosen).to_contain_text("A required field is missing")
    expect(chosen).to_contain_text("Each field that the schema requires is present")
    expect(chosen).to_contain_text("OCPP-J 1.6, section 4.2.3")
    link = chosen.get_by_role("link", name="missing in the reference")
    expect(link).to_have_attribute("href", re.compile(r"/docs/reference/rules\.md#missing$"))
    assert "StatusNotification" in reader.row
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_any_moment_is_picked_by_pointer_and_keys(reader: Reader) -> None:
    reader.open(simulation_lines(session()))
    page = reader.page
    moment = page.get_by_role("slider", name="Moment")
    state = page.get_by_role("region", name="State at the moment")

    canvas = page.locator(".t-canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.67, box["y"] + 12)

    expect(state).to_contain_text("Charging")
    expect(state).to_contain_text("7.4 kW")
    expect(state).to_contain_text("17")
    moment.focus()
    page.keyboard.press("Home")
    expect(moment).to_have_attribute("aria-valuetext", re.compile("00:00:00.000, BootNotification"))
    expect(state).to_contain_text("not told")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(state).to_contain_text("Available")
    assert "StatusNotification" in reader.row


def test_the_window_of_time_is_zoomed_and_moved(reader: Reader) -> None:
    reader.open(simulation_lines(session()))
    page = reader.page
    shown = page.locator(".t-span")
    expect(shown).to_have_text("4 min 04 s shown")

    page.get_by_role("slider", name="Moment").focus()
    page.keyboard.press("+")
    page.keyboard.press("+")
    expect(shown).to_have_text("1 min 35 s shown")
    before = page.locator(".t-axis").inner_text()
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.locator(".t-axis")).not_to_have_text(before)
    page.get_by_role("button", name="Fit").click()
    expect(shown).to_have_text("4 min 04 s shown")
    page.locator(".t-axis").hover()
    page.mouse.wheel(0, -100)
    expect(shown).not_to_have_text("4 min 04 s shown")


def test_frames_are_filtered_and_paired(reader: Reader) -> None:
    reader.open(simulation_lines(session()))
    page = reader.page
    count = page.get_by_role("status")
    expect(count).to_have_text("16 frames")

    page.get_by_label("Violations only").check()
    expect(count).to_have_text("1 frame")
    page.get_by_label("Violations only").uncheck()
    page.get_by_label("Action").select_option("MeterValues")
    expect(count).to_have_text("4 frames")
    page.get_by_label("Direction").select_option("csms")
    expect(count).to_have_text("2 frames")
    page.locator(".t-row").first.click()
    chosen = page.get_by_role("region", name="Frame chosen")
    expect(chosen).to_contain_text("after 250 ms")
    expect(chosen.get_by_role("heading", name="MeterValues")).to_have_count(2)
    page.get_by_label("Direction").select_option("")
    page.get_by_label("Action").select_option("")
    page.get_by_label("Text in frames").fill("no such thing")
    expect(page.get_by_text("No frame is like that.")).to_be_visible()


def test_what_strangers_wrote_is_shown_as_text(reader: Reader) -> None:
    reader.open(simulation_lines(session(), charger="<b>CP</b>"), title=HOSTILE[:-1])
    page = reader.page

    page.get_by_label("Action").select_option("DataTransfer")
    page.locator(".t-row").first.click()

    chosen = page.get_by_role("region", name="Frame chosen")
    expect(chosen).to_contain_text("</script><img src=x onerror=document.title='taken'>")
    expect(chosen).to_contain_text("\\u202e")
    expect(page.locator(".t-head h3")).to_have_text("<b>CP</b>")
    assert page.locator("img").count() == 0
    assert page.title() != "taken"


@pytest.mark.parametrize("reader", ["1440 light"], indirect=True)
def test_ten_thousand_frames_are_a_file_of_two_megabytes_at_most(
    ten_thousand: str, reader: Reader
) -> None:
    file = reader.open(ten_thousand)

    assert file.stat().st_size < MOST_BYTES
    page = reader.page
    expect(page.get_by_role("status")).to_have_text("10,000 frames")
    assert page.locator(".t-row").count() < 100
    page.get_by_role("listbox", name="Frames").focus()
    page.keyboard.press("End")
    expect(page.locator("[aria-selected=true]")).to_have_attribute("aria-posinset", "10000")
    page.get_by_label("Charger", exact=True).select_option(label="SIM-00002")
    expect(page.get_by_role("status")).not_to_have_text("10,000 frames")


def axe(page: Page) -> list[str]:
    """The faults that axe-core finds serious or worse."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['html'][:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
