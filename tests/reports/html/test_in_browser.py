"""The HTML report as people meet it: in Chromium, from a file, with keyboard, sound, small windows and paper."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from callqa.reports.html.html_report import HtmlReport
from callqa.reports.output import write_report
from support.html_samples import recorded_run
from support.results_samples import hostile, provisional_run, team_run

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on PATH to open reports in")

WIDE, PHONE = (1280, 900), (360, 740)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A report of each kind, as a file."""
    folder = tmp_path_factory.mktemp("reports")
    recorded = recorded_run(folder)
    runs = {
        "recorded": (HtmlReport(), recorded),
        "link": (HtmlReport("link", folder), recorded),
        "team": (HtmlReport(), team_run()),
        "provisional": (HtmlReport(), provisional_run()),
        "hostile": (HtmlReport(), hostile()),
    }
    for name, (report, run) in runs.items():
        write_report(report, run, str(folder / f"{name}.html"))
    return {name: folder / f"{name}.html" for name in runs}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--disable-dev-shm-usage"],
        )
        yield browser
        browser.close()


class Window:
    """A page in a window, and everything that went wrong in it."""

    def __init__(self, browser: Any, path: Path, hash_: str = "", size: tuple[int, int] = WIDE, **how: Any):
        width, height = size
        self.context = browser.new_context(viewport={"width": width, "height": height}, **how)
        self.page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.troubles: list[str] = []
        self.page.on("console", lambda message: self.troubles.append(message.text))
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("request", self._request)
        self.page.goto(path.as_uri() + hash_)

    def _request(self, request: Any) -> None:
        if not request.url.startswith(("file:", "data:")):
            self.troubles.append(f"a request left: {request.url}")

    def go(self, hash_: str, wait: str) -> None:
        self.page.evaluate("hash => { location.hash = hash; }", hash_)
        self.page.wait_for_selector(wait)


@pytest.fixture
def window(browser: Any, reports: dict[str, Path]) -> Iterator[Any]:
    """Opens windows, and fails where anything went wrong in one."""
    opened: list[Window] = []

    def open_window(name: str, *rest: Any, **how: Any) -> Window:
        opened.append(Window(browser, reports[name], *rest, **how))
        return opened[-1]

    yield open_window
    troubles = [trouble for one in opened for trouble in one.troubles]
    for one in opened:
        one.context.close()
    assert troubles == []


VIEWS = {
    "overview": ("", "#overview"),
    "agent": ("#agent-0", "#agent-view h1"),
    "call": ("#call-1", "#call-view h1"),
}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_bars_anyone(view: str, scheme: str, window: Any) -> None:
    """axe-core finds nothing serious, in light and in dark."""
    from axe_playwright_python.sync_playwright import Axe

    hash_, selector = VIEWS[view]
    page = window("recorded", hash_, color_scheme=scheme, reduced_motion="reduce").page
    page.wait_for_selector(selector)
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []


@pytest.mark.parametrize("name", ["recorded", "team", "hostile", "provisional"])
def test_a_phone_scrolls_one_way_only(name: str, window: Any) -> None:
    shown = window(name, "", PHONE)
    for view in ("#overview", "#agent-0", "#call-0", "#call-1"):
        shown.go(view, "h1:visible")
        assert shown.page.evaluate("document.documentElement.scrollWidth") <= PHONE[0], view


def test_a_marker_plays_its_moment(window: Any) -> None:
    page = window("recorded", "#call-1").page
    page.locator(".lane", has_text="apology").locator(".marker").first.click()
    page.wait_for_selector(".marker[aria-pressed='true']")
    times = []
    for _ in range(40):
        times.append(page.evaluate("player.audio.currentTime"))
        if times[-1] > times[0] + 0.3 and times[0] > 5:
            break
        page.wait_for_timeout(50)
    # The second clip begins 7.3 s into the sound of this call, with the seconds from 56.9 on.
    assert 7.3 <= times[-1] <= 13.0
    assert times[-1] > times[0]
    left = page.locator(".head").first.evaluate("head => parseFloat(head.style.left)")
    assert 100 * 56.9 / 110 <= left <= 100 * 62.5 / 110
    assert "here" in (page.locator("#line-3").get_attribute("class") or "")


def test_playing_again_stops_and_another_call_is_another_sound(window: Any) -> None:
    shown = window("recorded", "#call-1")
    page = shown.page
    button = page.locator("#verdict-1 .play").first
    button.click()
    page.wait_for_selector(".play[aria-pressed='true']")
    button.click()
    assert page.locator("[aria-pressed='true']").count() == 0
    assert page.evaluate("player.audio.paused")
    shown.go("call-2", "h1:has-text('0410')")
    assert page.evaluate("player.audio") is None


def test_a_link_plays_the_recording_itself(window: Any) -> None:
    page = window("link", "#call-1").page
    audio = page.locator("audio.player")
    audio.wait_for()
    for _ in range(60):
        if audio.evaluate("audio => audio.readyState >= 1"):
            break
        page.wait_for_timeout(50)
    assert audio.evaluate("audio => audio.duration") == pytest.approx(110, abs=1)


def test_the_calls_to_hear_first_can_be_heard(window: Any) -> None:
    page = window("recorded").page
    page.locator("#first .play").first.click()
    page.wait_for_selector("#first .play[aria-pressed='true']")


class TestCalls:
    def rows(self, page: Any) -> list[str]:
        # Not the inner text: rows out of sight are not laid out, and those just made not before the next frame.
        return [text.strip() for text in page.locator(".row .call").all_text_contents()]

    def test_filters_and_the_address_that_keeps_them(self, window: Any) -> None:
        shown = window("team")
        page = shown.page
        page.locator("#count", has_text="32 calls").wait_for()
        page.select_option("#f-agent", label="tom")
        page.select_option("#f-criterion", label="make it right")
        page.select_option("#f-verdict", label="fail")
        page.locator("#count", has_text="3 of 32 calls").wait_for()
        assert self.rows(page) == ["0444", "0441", "0445"]
        page.wait_for_url("**#calls?agent=2&criterion=2&verdict=f")
        page.reload()
        page.locator("#count", has_text="3 of 32 calls").wait_for()
        page.click("#filters button[type=reset]")
        page.locator("#count", has_text="32 calls").wait_for()

    def test_score_needs_and_words(self, window: Any) -> None:
        page = window("team").page
        page.fill("#f-to", "50")
        page.locator("#count", has_text="5 of 32 calls").wait_for()
        page.fill("#f-to", "")
        page.select_option("#f-needs", "review")
        page.locator("#count", has_text="1 of 32 calls").wait_for()
        assert self.rows(page) == ["0430"]
        page.select_option("#f-needs", "unscored")
        page.locator("#count", has_text="3 of 32 calls").wait_for()
        page.select_option("#f-needs", "")
        page.fill("#f-q", "TOM 0444")
        page.locator("#count", has_text="1 of 32 calls").wait_for()
        page.fill("#f-q", "nobody")
        page.locator("#list", has_text="No call matches.").wait_for()

    def test_sorting(self, window: Any) -> None:
        page = window("team").page
        assert self.rows(page)[0] == "0444"
        page.select_option("#f-sort", "newest")
        page.wait_for_url("**#calls?sort=newest")
        assert self.rows(page)[0] == "0446"
        page.select_option("#f-sort", "oldest")
        page.wait_for_url("**#calls?sort=oldest")
        assert self.rows(page)[0] == "0401"

    def test_back_leads_back(self, window: Any) -> None:
        page = window("team").page
        page.locator(".row .call", has_text="0409").click()
        page.wait_for_selector("#call-view h1:has-text('0409')")
        assert page.title() == "0409 – support – callqa"
        page.go_back()
        page.wait_for_selector("#overview-view:visible")
        assert page.title() == "support – callqa"


def test_few_calls_stay_out_of_an_order_of_scores(window: Any) -> None:
    page = window("team").page

    def names() -> list[str]:
        return [text.strip() for text in page.locator("#team-rows tr").all_inner_texts()]

    assert [row.split()[0] for row in names()] == ["ana", "maria", "tom"]
    page.select_option("#team-sort", "score")
    rows = names()
    assert [row.split()[0] for row in rows] == ["maria", "ana", "Fewer", "tom"]
    assert "Fewer than 10 calls: not compared" in rows[2]


def test_the_keyboard_leads_from_the_top_to_a_moment(window: Any) -> None:
    page = window("recorded").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.locator("#first a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#call-view h1")
    assert page.evaluate("document.activeElement.tagName") == "H1"
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('marker')"):
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_selector(".marker[aria-pressed='true']")


def test_an_agents_page_begins_with_what_went_well(window: Any) -> None:
    page = window("recorded", "#agent-0").page
    heads = page.locator("#agent-view h2").all_inner_texts()
    assert heads[0] == "What went well"
    assert heads[-1] == "Calls"
    assert page.locator(".over-time > li").count() == 4
    assert page.locator(".marks a").first.get_attribute("aria-label") == "greeting: pass, 0401"


def test_a_call_shows_to_scale_who_speaks_when(window: Any) -> None:
    page = window("recorded", "#call-1").page
    page.wait_for_selector(".timeline")
    first = page.locator(".drawn .agent").first
    assert float(first.get_attribute("x")) == pytest.approx(1000 * 2 / 110, abs=0.1)
    assert float(first.get_attribute("width")) == pytest.approx(1000 * 4 / 110, abs=0.1)
    assert "at 01:02 for 8 s (the agent’s turn)" in page.locator(".keys").inner_text()
    assert page.locator("#line-3 mark").inner_text() == "it is broken again"


def test_hostile_words_do_nothing(window: Any) -> None:
    shown = window("hostile")
    page = shown.page
    page.on("dialog", lambda dialog: shown.troubles.append("a dialog opened"))
    for view in ("#call-0", "#agent-0", "#agent-1", "#call-2", "#call-3", "#overview"):
        shown.go(view, "h1:visible")
        assert page.locator("main img").count() == 0
    assert page.evaluate("document.scripts.length") == 3


def test_it_prints(window: Any, tmp_path: Path) -> None:
    shown = window("recorded", "#call-1")
    page = shown.page
    page.wait_for_selector(".timeline")
    pdf = page.pdf(format="A4")
    assert pdf.startswith(b"%PDF")
    page.emulate_media(media="print")
    moment = page.locator("#call-view .play").first
    assert moment.get_by_text("00:02").is_visible()  # on paper a moment keeps its time, and loses its button
    assert not moment.locator("svg").is_visible()
    assert page.locator("#line-6").is_visible()
    assert page.locator(".transcript").evaluate("pane => pane.scrollHeight <= pane.clientHeight + 1")


def test_without_a_script_it_can_be_read(browser: Any, reports: dict[str, Path]) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(reports["team"].as_uri())
    assert page.locator("table.plain tbody tr").count() == 32
    assert page.locator("#team-rows tr").count() == 3
    assert not page.locator("#filters").is_visible()
    context.close()


def test_thousands_of_calls_open_packed(browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callqa.reports.html.page_data.PLAIN_BYTES", 0)
    path = tmp_path / "packed.html"
    write_report(HtmlReport("none"), team_run(), str(path))
    shown = Window(browser, path, "#call-0")
    shown.page.wait_for_selector("#call-view h1:has-text('0401')")
    assert shown.troubles == []
    shown.context.close()
