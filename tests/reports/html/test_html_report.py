"""The HTML report: one file that loads nothing, lets nothing in, and says what the results say."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from callqa import __version__
from callqa.reports.html.html_page import escaped_json
from callqa.reports.html.html_report import HtmlReport
from callqa.results.summary import summarise
from callqa.scoring.scorecard import CallResult, VerdictOverride
from support.cli_runs import GOOD, RUDE, Cli, transcript
from support.gold_files import assert_gold
from support.html_samples import Page, page_of, recorded_run
from support.results_samples import (
    EVIL,
    call,
    hostile,
    provisional_run,
    rubric,
    small_run,
    team_run,
    unscored,
)

NAMESPACE = "http://www.w3.org/2000/svg"
"""The only address in the page: it names SVG, and nothing is ever fetched from it."""


def test_gold() -> None:
    """What stands in the page; its styles and script are files of their own."""
    text = page_of(small_run()).replace(__version__, "VERSION")
    text = re.sub(r"<(style|script)>\n.*?</\1>", r"<\1>…</\1>", text, flags=re.DOTALL)
    assert_gold("report.html", re.sub(r"'sha256-[^']+'", "'sha256-…'", text))


@pytest.mark.parametrize("run", [small_run, team_run, provisional_run, lambda: summarise(rubric(), [])])
def test_the_policy_allows_the_one_style_and_the_one_script_and_nothing_else(run: Any) -> None:
    text = page_of(run())
    page = Page(text)
    [policy] = [tag["content"] for name, tag in page.tags if tag.get("http-equiv") == "Content-Security-Policy"]
    hashes = {
        kind: base64.b64encode(hashlib.sha256(page.inside[kind].encode()).digest()).decode()
        for kind in ("style", "script")
    }
    assert policy == (
        f"default-src 'none'; script-src 'sha256-{hashes['script']}'; style-src 'sha256-{hashes['style']}'; "
        "img-src data:; media-src data:; base-uri 'none'; form-action 'none'"
    )
    assert page.tags.index(("style", {})) > [name for name, _ in page.tags].index("meta")


def test_links_to_recordings_widen_the_policy_for_sound_alone() -> None:
    [policy] = [tag["content"] for _, tag in Page(page_of(small_run(), audio="link")).tags if "http-equiv" in tag]
    assert "; media-src 'self' file:; base-uri" in (policy or "")


@pytest.mark.parametrize("run", [small_run, team_run])
def test_nothing_in_it_leads_out(run: Any) -> None:
    text = page_of(run())
    assert set(re.findall(r"(?:https?|wss?|ftp)://[^\s\"'<>]*", text)) <= {NAMESPACE}
    for name, tag in Page(text).tags:
        assert not {"src", "srcset", "style", "action", "poster"} & tag.keys(), name
        assert not [key for key in tag if key.startswith("on")], name
        assert (tag.get("href") or "#").startswith(("#", "data:,")), name


def test_what_callers_say_stays_words() -> None:
    page, harmless = Page(page_of(hostile())), Page(page_of(team_run()))
    count = [sum(name == "script" for name, _ in one.tags) for one in (page, harmless)]
    assert count[0] == count[1]
    assert not any(name in ("img", "iframe", "object", "embed", "base") for name, _ in page.tags)
    assert EVIL in page.text
    assert "{{7*7}}" in page.text
    index = page.json("index")
    assert {agent["name"] for agent in index["agents"]} >= {EVIL, "=cmd()", "word" * 2500}
    assert "שלום \\u202eevil\\u202c 🎧👩🏽‍💻" in {agent["name"] for agent in index["agents"]}
    assert page.json("chunk-0")[0]["criteria"][0]["evidence"][0]["quote"] == EVIL


def test_data_in_a_script_holds_no_bracket_and_reads_back_the_same() -> None:
    import json

    text = json.dumps({"a": "</script><!-- <script>\u2028\u202e & ünï"}, ensure_ascii=False)
    safe = escaped_json(text)
    assert not set("<>&\u2028\u202e") & set(safe)
    assert json.loads(safe) == json.loads(text)


class TestOverview:
    def test_coverage_rubric_and_engine_come_first(self) -> None:
        words = Page(page_of(team_run(skipped=2))).text
        assert "29 of 32 calls judged, 2 h 15 min of sound, 6 May 2024." in words
        assert "2 not scorable (1 too short, 1 voicemail)" in words
        assert "support, version 1 a41f0c5e5e5e" in words
        assert "whisper base.en" in words

    def test_provisional_is_said_and_what_it_means(self) -> None:
        words = Page(page_of(provisional_run())).text
        assert "Provisional: do not rely on these verdicts. All 3 scored calls were judged from a transcript" in words
        assert "do not rely" not in Page(page_of(team_run())).text

    def test_a_run_that_was_stopped_says_so(self) -> None:
        assert "Stopped before the end." in Page(page_of(summarise(rubric(), [call("a.wav")], not_reached=3))).text

    def test_opportunities_not_percentages(self) -> None:
        words = Page(page_of(team_run())).text
        assert "6 of 11" in words
        assert "+1?" in words.replace("+1 ?", "+1?")
        assert "0 of 3" in words

    def test_few_calls_are_not_compared_and_the_minimum_is_a_setting(self) -> None:
        rows = {tag["data-agent"]: tag for _, tag in Page(page_of(team_run())).tags if "data-agent" in tag}
        assert [rows[number]["data-compared"] for number in "012"] == ["1", "1", ""]
        few = Page(page_of(replace(team_run(), min_calls=12)))
        rows = {tag["data-agent"]: tag for _, tag in few.tags if "data-agent" in tag}
        assert [rows[number]["data-compared"] for number in "012"] == ["1", "", ""]
        assert "Scores are compared once there are 12 calls" in few.text

    def test_three_calls_to_hear_first_with_the_words_that_decided(self) -> None:
        page = Page(page_of(team_run()))
        assert page.text.index("well with respect that is your own fault") < page.text.index("The team")
        assert "All 8 calls that need attention" in page.text

    def test_nothing_found_and_nothing_scored(self) -> None:
        assert "No recordings were found." in Page(page_of(summarise(rubric(), []))).text
        words = Page(page_of(summarise(rubric(), [unscored("a.wav", "failed", "it is empty; copy it again")]))).text
        assert "0 of 1 call judged" in words
        assert "failed: it is empty; copy it again" in words

    def test_without_a_script_there_is_a_plain_list(self) -> None:
        words = Page(page_of(team_run())).text
        assert "0444 tom" in words
        assert "apology: fail; make it right: fail; no arguing: fail" in words


class TestSound:
    def test_clips_are_inside_and_small(self, tmp_path: Path) -> None:
        text = page_of(recorded_run(tmp_path))
        page = Page(text)
        sounds = [tag["id"] for _, tag in page.tags if (tag.get("id") or "").startswith("sound-")]
        assert sounds == ["sound-0", "sound-1", "sound-2"]
        assert base64.b64decode(page.inside["sound-0"]).startswith(b"\x1aE\xdf\xa3")  # EBML: WebM
        assert max(len(page.inside[name or ""]) for name in sounds) < 100_000
        assert "the moments of evidence of 3 calls" in page.text
        assert text == page_of(recorded_run(tmp_path))

    @pytest.mark.parametrize(("audio", "words"), [("none", "not included"), ("link", "links to the recordings")])
    def test_or_not_inside(self, audio: str, words: str, tmp_path: Path) -> None:
        page = Page(page_of(recorded_run(tmp_path), audio=audio, folder=tmp_path))
        assert not any((tag.get("id") or "").startswith("sound-") for _, tag in page.tags)
        assert words in page.text

    def test_recordings_that_are_gone_are_counted(self) -> None:
        assert "none; not available for 28 calls" in Page(page_of(team_run())).text

    def test_there_is_an_end_to_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("callqa.reports.html.html_report.TOTAL_BYTES", 1)
        page = Page(page_of(recorded_run(tmp_path)))
        assert [tag["id"] for _, tag in page.tags if (tag.get("id") or "").startswith("sound-")] == ["sound-2"]
        assert "reached its limit for clips" in page.inside["chunk-0"]


class TestCommandLine:
    def test_score_writes_a_page_by_its_suffix(self, callqa: Cli, tmp_path: Path) -> None:
        transcript(tmp_path / "calls" / "priya" / "a.json", GOOD)
        transcript(tmp_path / "calls" / "tom" / "b.json", RUDE)
        done = callqa("score", "calls", "-o", "report.html", "-o", "results.json", "--min-calls", "1")
        assert done.status in (0, 3), done.err
        page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
        assert [agent["name"] for agent in page.json("index")["agents"]] == ["priya", "tom"]
        assert page.json("index")["minCalls"] == 1
        again = callqa("report", "results.json", "-f", "html", "-o", "again.html", "--min-calls", "1")
        assert again.status == 0, again.err
        assert (tmp_path / "again.html").read_bytes() == (tmp_path / "report.html").read_bytes()

    def test_audio_is_one_of_four(self, callqa: Cli, tmp_path: Path) -> None:
        transcript(tmp_path / "a.json", GOOD)
        assert callqa("score", "a.json", "-f", "html", "--audio", "loud").status == 2


def test_a_report_knows_where_it_will_lie() -> None:
    assert HtmlReport("link", Path("reports")).folder == Path("reports")
    assert HtmlReport().audio == "clips"


def test_verdicts_changed_by_people_stand_on_the_overview() -> None:
    def text_of(verdict: CallResult) -> str:
        stream = io.StringIO()
        HtmlReport(audio="none").write(summarise(rubric(), [verdict]), stream)
        return stream.getvalue()

    one = call("a/1.wav", "pppf")
    *others, arguing = one.criteria
    person = VerdictOverride("fail", "pass", "maria", "2026-11-03", "<b>quoting</b>")
    changed = replace(one, criteria=(*others, replace(arguing, verdict="pass", overridden=person)))
    assert "No arguing is pass, where callqa says fail: changed by maria on 2026-11-03" in text_of(changed)
    assert "&lt;b&gt;quoting&lt;/b&gt;" in text_of(changed)
    assert "Verdicts changed by people" not in text_of(one)
