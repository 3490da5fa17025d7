"""The file of a report, opened from disk by a browser without a network."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect, sync_playwright

from tests.reports.bench import (
    ANSWER,
    HOSTILE,
    LATENCIES,
    failed,
    frame,
    large_report,
    passed,
    report,
    without_case,
)
from voltyard.reports.html.html_report import write_html
from voltyard.reports.html.packing import plain
from voltyard.reports.kept_evidence import keep_texts, kept_result
from voltyard.reports.verdicts import RunReport, Verdict
from voltyard.traces.packing import deflated
from voltyard.traces.viewer_file import fill_viewer

pytestmark = [pytest.mark.service, pytest.mark.timeout(300)]

PATIENCE_MS = 60_000
MOST_BYTES = 2_000_000


class Reader:
    """Somebody who opens a report; every request beyond the file is noted."""

    def __init__(self, page: Page, folder: Path, viewer: str) -> None:
        self.page = page
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.file = folder / "report.html"
        self._viewer = viewer
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._said)
        page.on("request", lambda request: self.requests.append(request.url))

    def _said(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(message.text)

    def open(self, run: RunReport, place: str = "") -> None:
        """Write the report as a run would, and open it."""
        keep_texts(run)
        run.results = [kept_result(result) for result in run.results]
        self.file.write_text(write_html(run, self._viewer), encoding="utf-8")
        self.page.goto(self.file.as_uri() + place)
        expect(self.page.get_by_role("form", name="Filter of cases")).to_be_visible()
        self.requests = [url for url in self.requests if not url.startswith(self.file.as_uri())]

    def case(self, id: str) -> Locator:
        """The button of a case."""
        return self.page.locator(".r-head", has_text=id)

    @property
    def listed(self) -> list[str]:
        return self.page.locator(".r-id").all_inner_texts()


@pytest.fixture(params=["1440 light", "1440 dark", "390 light", "390 dark"])
def reader(
    request: pytest.FixtureRequest, chromium: str, viewer: str, tmp_path: Path
) -> Iterator[Reader]:
    expect.set_options(timeout=PATIENCE_MS)
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


once = pytest.mark.parametrize("reader", ["1440 light"], indirect=True)


def keep(page: Page, name: str) -> None:
    folder = os.environ.get("VOLTYARD_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"report-{name}.png", full_page=True)


def run() -> RunReport:
    """A run with each verdict, some of them changed since a baseline."""
    return report(
        passed("TC_001", before=Verdict.PASS),
        failed("TC_003", before=Verdict.PASS),
        without_case(Verdict.NOT_APPLICABLE, "no reservations", "TC_048"),
        without_case(Verdict.INCONCLUSIVE, "the link was lost", "TC_010"),
        without_case(Verdict.ERROR, "a bug", "TC_011"),
        passed("TC_B_01", version="2.0.1", group="Provisioning", kind="habit"),
        planned=7,
        is_complete=False,
        baseline="v1.json",
        tables=[LATENCIES],
    )


def test_a_failure_is_first_and_explains_itself(reader: Reader) -> None:
    reader.open(run())
    page = reader.page

    expect(page).to_have_title("Conformance of a CSMS: ws://127.0.0.1:9000/ocpp")
    assert reader.listed == ["TC_003", "TC_011", "TC_010", "TC_001", "TC_B_01", "TC_048"]
    expect(page.get_by_role("note")).to_contain_text("1 of 7 cases were not played")
    figures = page.get_by_role("table", name="latency per action")
    expect(figures.get_by_role("row").nth(1)).to_have_text("Authorize1,20012 ms")
    reader.case("TC_003").click()

    panel = page.locator(".r-panel")
    broken = page.get_by_role("region", name="Failure")
    expect(broken).to_contain_text("Authorize answered Accepted")
    expect(broken).to_contain_text("OCPP 1.6 section 4.1")
    expect(broken).to_contain_text('{"status":"Blocked"}')
    expect(panel).to_contain_text("A session that a person begins with a card.")
    expect(panel).to_contain_text("--cases TC_003 --seed 42")
    expect(panel).to_contain_text("show the tag AB")
    chosen = page.get_by_role("region", name="Frame chosen of TC_003")
    expect(chosen).to_contain_text("after 250 ms")
    expect(chosen.get_by_role("heading", name="Authorize")).to_have_count(2)
    assert "answer" in page.locator("[role=option][aria-selected=true]").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert axe(page) == []


def test_cases_are_filtered_by_verdict_group_text_and_change(reader: Reader) -> None:
    reader.open(run())
    page = reader.page
    count = page.get_by_role("status").first
    expect(count).to_have_text("6 cases")

    page.get_by_role("button", name="1 fail", exact=True).click()
    expect(count).to_have_text("1 of 6 cases")
    page.get_by_role("button", name="2 pass", exact=True).click()
    expect(count).to_have_text("3 of 6 cases")
    page.get_by_role("button", name="1 fail", exact=True).click()
    assert reader.listed == ["TC_001", "TC_B_01"]
    page.get_by_label("Group", exact=True).select_option("2.0.1 Provisioning")
    assert reader.listed == ["TC_B_01"]
    page.get_by_role("button", name="2 pass", exact=True).click()
    page.get_by_label("Group", exact=True).select_option("")
    page.get_by_label("Text in cases and frames").fill("idTagInfo")
    assert reader.listed == ["TC_003"]
    page.get_by_label("Text in cases and frames").fill("no such thing")
    expect(page.get_by_text("No case is like that.")).to_be_visible()
    page.get_by_role("button", name="Show all cases").click()
    page.get_by_label("Changed since v1.json").check()
    assert reader.listed == ["TC_003", "TC_011", "TC_010", "TC_B_01", "TC_048"]
    expect(reader.case("TC_003")).to_contain_text("was pass")


def test_all_of_it_is_reached_by_keyboard(reader: Reader) -> None:
    reader.open(run())
    page = reader.page

    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").startswith("failTC_003"):
            break
    page.keyboard.press("Enter")
    expect(reader.case("TC_003")).to_have_attribute("aria-expanded", "true")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('role')") == "listbox":
            break
    page.keyboard.press("Home")
    expect(page.locator("[aria-selected=true]")).to_have_attribute("aria-posinset", "1")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[aria-selected=true]")).to_have_attribute("aria-posinset", "2")
    reader.case("TC_003").focus()
    page.keyboard.press("Space")
    expect(page.locator(".r-panel")).to_have_count(0)


def test_several_open_cases_do_not_disturb_each_other(reader: Reader) -> None:
    reader.open(report(failed("TC_003"), failed("TC_004")))
    page = reader.page
    reader.case("TC_003").click()
    reader.case("TC_004").click()

    page.locator("#panel-0 .t-row").first.click()

    expect(page.locator("#panel-0 [aria-selected=true]")).to_have_attribute("aria-posinset", "1")
    expect(page.locator("#panel-1 [aria-selected=true]")).to_have_attribute("aria-posinset", "2")
    assert axe(page) == []


@once
def test_the_address_names_a_case(reader: Reader) -> None:
    reader.open(report(*(passed(f"TC_{n:03d}") for n in range(700))), "#TC_650")

    expect(reader.case("TC_650")).to_have_attribute("aria-expanded", "true")
    expect(reader.case("TC_650")).to_be_in_viewport()


def test_what_strangers_wrote_is_shown_as_text(reader: Reader) -> None:
    result = failed(HOSTILE, title=HOSTILE, group=HOSTILE, again=HOSTILE, purpose=HOSTILE)
    inside = f'[2,"1","A",{{"b":"{HOSTILE}"}}]'
    result.frames = [frame(HOSTILE), frame("", note=HOSTILE), frame(inside)]
    reader.open(report(result, title=HOSTILE, subject=HOSTILE))
    page = reader.page

    page.locator(".r-head").click()
    for row in range(3):
        page.locator(".t-row").nth(row).click()

    expect(page.locator(".r-panel")).to_contain_text("</script><img src=x")
    expect(page.locator(".r-panel")).to_contain_text("\\u202e")
    assert page.locator("img").count() == 0
    assert page.title() != "taken"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@once
def test_a_frame_of_a_megabyte_says_what_is_missing(reader: Reader) -> None:
    long = f'[2,"7","DataTransfer",{{"vendorId":"V","data":"{"x" * 1_000_000}"}}]'
    reader.open(report(failed(frames=[frame(long), frame(ANSWER, by_charger=False)])))
    page = reader.page

    reader.case("TC_003").click()
    page.locator(".t-row").first.click()

    chosen = page.get_by_role("region", name="Frame chosen of TC_003")
    expect(chosen).to_contain_text("Cut: the first 16,384 of 1,000,049 characters")
    expect(chosen.get_by_role("heading", name="DataTransfer")).to_have_count(2)
    assert reader.file.stat().st_size < 200_000


@once
def test_frames_that_were_left_out_are_counted(reader: Reader) -> None:
    reader.open(report(passed(frames=[frame()] * 2_500)))

    reader.case("TC_001").click()

    expect(reader.page.locator(".r-panel")).to_contain_text("500 frames more passed")
    reader.page.get_by_label("Text in frames").fill("")
    expect(reader.page.get_by_role("status").last).to_have_text("2,000 frames")
    assert reader.page.locator(".t-row").count() < 100


@once
def test_ten_thousand_frames_open_as_a_file_of_two_megabytes_at_most(reader: Reader) -> None:
    reader.open(large_report())

    assert reader.file.stat().st_size < MOST_BYTES
    expect(reader.page.get_by_role("status").first).to_have_text("850 cases")
    reader.page.get_by_role("button", name="Show more of 550").click()
    reader.page.get_by_role("button", name="Show more of 250").click()
    assert len(reader.listed) == 850
    reader.case("TC_849").click()
    expect(reader.page.get_by_role("status").last).to_have_text("12 frames")


@once
def test_a_run_without_a_case_opens_too(reader: Reader) -> None:
    reader.open(report(is_complete=False))

    expect(reader.page.get_by_text("No case was played.")).to_be_visible()
    assert axe(reader.page) == []


@once
def test_a_report_of_another_format_says_so(reader: Reader, viewer: str) -> None:
    later = deflated(plain(report()) | {"format": 99})
    reader.file.write_text(fill_viewer(viewer, "report", "Later", later), encoding="utf-8")
    reader.page.goto(reader.file.as_uri())

    expect(reader.page.get_by_role("heading")).to_have_text("This report cannot be shown")
    expect(reader.page.get_by_text("reports of format 99")).to_be_visible()
    reader.requests.clear()


def axe(page: Page) -> list[str]:
    """The faults that axe-core finds serious or worse."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['html'][:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
