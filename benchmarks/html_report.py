"""Size of the HTML report of a large archive, and the time it takes to write and to open.

Opening is timed in Chromium where one is on PATH and Playwright is installed: until the list of calls stands, until a
call's page stands, and the longest frame while the list is scrolled from top to end.
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from callqa.conversation.conversation import Conversation, SpeechOfCall
from callqa.conversation.events import find_events
from callqa.conversation.metrics import measure
from callqa.core.timeline import Span
from callqa.reports.html.html_report import HtmlReport
from callqa.reports.output import write_report
from callqa.results.rubric_snapshot import RubricSnapshot, snapshot_of
from callqa.results.summary import summarise
from callqa.rubrics.fields import Verdict
from callqa.rubrics.loader import load_rubric
from callqa.scoring.scorecard import CallResult, CriterionResult, Evidence, score_of
from callqa.transcripts.transcript import Utterance

SPOKEN = """
the order parcel kettle is was has not come late broken again sorry about that let me look into it for you today we will
send another one by thursday thank you very much and is there anything else good morning my name how can i help account
number bill charged twice wrong driver nobody home please wait moment while check system refund card bank week
"""

SCROLL = """async () => {
  let longest = 0, last = performance.now(), frames = 0;
  const began = last;
  while (window.innerHeight + window.scrollY < document.body.scrollHeight - 2 && performance.now() - began < 20000) {
    window.scrollBy(0, 400);
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    frames += 1;
  }
  return [frames, (last - began) / frames, longest];
}"""


def archive(count: int, rubric: str) -> Any:
    """Return a run of `count` invented calls of about three minutes each."""
    standard, dice = snapshot_of(load_rubric(rubric)), random.Random(7)
    start = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
    calls = [_call(number, standard, dice, start + timedelta(minutes=11 * number)) for number in range(count)]
    return summarise(standard, calls)


def _call(number: int, standard: RubricSnapshot, dice: random.Random, began: datetime) -> CallResult:
    lines, at = [], 0.5
    for turn in range(36):
        text = " ".join(dice.choices(SPOKEN.split(), k=dice.randint(4, 24)))
        end = at + len(text) / 15
        lines.append(Utterance("customer" if turn % 2 else "agent", text, round(at, 2), round(end, 2)))
        at = end + dice.uniform(-0.4, 2.5)
    spoken = {
        who: tuple(Span(line.start, line.end) for line in lines if line.speaker == who) for who in ("agent", "customer")
    }
    speech = SpeechOfCall(spoken["agent"], spoken["customer"], round(at + 1, 2))
    conversation = Conversation(speech, tuple(lines))
    criteria = tuple(_criterion(line, lines, dice) for line in standard.criteria)
    score, auto_failed = score_of(criteria)
    agent = f"agent-{number % 40:02}"
    return CallResult(
        call_id=f"{agent}/{number:05}",
        path=f"archive/{agent}/{number:05}.wav",
        agent=agent,
        status="scored",
        started_at=began,
        duration=speech.duration,
        engine="whisper",
        model="base.en",
        score=score,
        auto_failed=auto_failed,
        criteria=criteria,
        metrics=measure(conversation),
        utterances=tuple(lines),
        speech=speech,
        events=tuple(find_events(conversation)),
    )


def _criterion(line: Any, lines: list[Utterance], dice: random.Random) -> CriterionResult:
    verdict: Verdict = dice.choices(("pass", "fail", "na", "review"), (6, 1, 3, 0.5))[0]
    evidence = []
    for part in ("trigger", "answer" if verdict == "pass" else "nearest") if verdict != "na" else ():
        place = dice.randrange(len(lines))
        said = lines[place]
        quote = " ".join(said.text.split()[:8])
        evidence.append(
            Evidence(place, said.speaker, said.start, said.end, quote, "complaint", "(is|was) [not] (come|late)", part)
        )
    reason = (
        f"complaint at 00:58 “{evidence[0].quote}”; 14 later agent lines searched" if evidence else "no complaint heard"
    )
    return CriterionResult(line.id, line.title, verdict, line.weight, reason, tuple(evidence), 14, line.auto_fail)


def open_in_chromium(path: Path) -> None:
    """Open the report and print how long that takes."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if chromium is None:
        print("not opened: no Chromium on PATH, or no Playwright")
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        began = time.perf_counter()
        page.goto(path.as_uri())
        page.wait_for_selector(".row")
        print(f"opened in {time.perf_counter() - began:.2f} s")
        began = time.perf_counter()
        page.evaluate("location.hash = 'call-4'")
        page.wait_for_selector(".timeline")
        print(f"a call in {time.perf_counter() - began:.2f} s")
        page.evaluate("location.hash = 'agent-3'")
        page.wait_for_selector("#agent-view h1")
        page.evaluate("location.hash = 'calls'")
        page.wait_for_selector("#overview-view:not([hidden])")
        frames, mean, longest = page.evaluate(SCROLL)
        shown = page.locator(".row").count()
        print(f"scrolled to the end ({shown:,} rows) in {frames} frames of {mean:.0f} ms, the longest {longest:.0f} ms")
        began = time.perf_counter()
        page.select_option("#f-verdict", "f")
        page.locator("#count", has_text=" of ").wait_for()
        print(f"filtered in {time.perf_counter() - began:.2f} s")
        browser.close()


def main() -> None:
    """Write and open a report of an invented archive."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=5000)
    parser.add_argument("--rubric", default="support")
    parser.add_argument("--keep", type=Path, help="Keep the report there.")
    asked = parser.parse_args()
    run = archive(asked.calls, asked.rubric)
    with tempfile.TemporaryDirectory() as folder:
        path = asked.keep or Path(folder) / "report.html"
        began = time.perf_counter()
        write_report(HtmlReport(audio="none"), run, str(path))
        taken = time.perf_counter() - began
        print(f"{asked.calls:,} calls: written in {taken:.1f} s, {path.stat().st_size / 1e6:.1f} MB")
        open_in_chromium(path.absolute())


if __name__ == "__main__":
    main()
