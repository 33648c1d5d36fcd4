from __future__ import annotations

import io
import os
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from callqa.core.text import plural, printable, whole_score
from callqa.reports.priorities import listen_first
from callqa.reports.terminal.terminal_page import PIPE_WIDTH
from callqa.reports.terminal.terminal_report import TerminalReport
from callqa.results.summary import RunSummary, summarise
from support.gold_files import assert_gold
from support.results_samples import (
    SUPPORT,
    call,
    evidence,
    provisional_run,
    rubric,
    small_run,
    team_run,
    told,
    unscored,
)

NO_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(io.StringIO):
    """A stream that says it is a terminal, of some encoding."""

    def __init__(self, encoding: str = "utf-8"):
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "COLORTERM", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


def shown(run: RunSummary, width: int | None = 100, *, stream: Any = None, color: bool | None = None) -> str:
    stream = stream or io.StringIO()
    TerminalReport(width, color).write(run, stream)
    text: str = stream.getvalue()
    return text


def words(text: str) -> str:
    return " ".join(text.split())


CUSTOMER_SHOES = [
    {"id": name, "title": name, "weight": 5, "expect": {"say": "x"}}
    for name in (
        "greeting", "own_name", "offer_help", "acknowledge_before_explaining", "apology", "make_it_right",
        "no_arguing", "hold_request", "next_step", "anything_else", "thanks", "closing",
    )
]  # fmt: skip


@pytest.mark.parametrize("width", [40, 80, 120])
def test_gold(width: int) -> None:
    assert_gold(f"terminal_{width}.txt", shown(team_run(), width))


def test_gold_provisional() -> None:
    assert_gold("provisional_80.txt", shown(provisional_run(), 80))


@pytest.mark.parametrize("width", [20, 33, 40, 60, 80, 81, 100, 173, 400])
@pytest.mark.parametrize("criteria", [SUPPORT, CUSTOMER_SHOES], ids=["4 criteria", "12 criteria"])
def test_nothing_is_lost_at_any_width(width: int, criteria: Any) -> None:
    of = rubric(criteria)
    verdicts = ("pfnr" * 3)[: len(criteria)]
    names = ["Ana", "José Núñez", "山田太郎", "🎧 night shift"]
    calls = [call(f"c/{number}.wav", verdicts, of, agent=name) for number, name in enumerate(names)]
    text = shown(summarise(of, calls), width)
    assert max(cell_len(line) for line in text.splitlines()) <= width
    for name in (*names, *(criterion.id.replace("_", " ") for criterion in of.criteria)):
        for word in name.split():
            if cell_len(word) <= width - 4:
                assert word.casefold() in text.casefold()
    for number in range(len(names)):
        assert f"c/{number}.wav" in text


def test_columns_line_up_behind_wide_characters() -> None:
    of = rubric()
    names = ["Ana", "山田太郎", "Zoë 🎧"]
    text = shown(summarise(of, [call(f"c/{name}.wav", "ppfp", of, agent=name) for name in names]))
    ends = {
        cell_len(line[: line.index("0 of 1") + 6])
        for line in text.splitlines()
        if line.startswith(tuple(names)) and "0 of 1" in line
    }
    assert len(ends) == 1


def test_narrow_terminals_get_a_list_instead_of_a_table() -> None:
    assert re.search(r"^Agent +Calls +Score", shown(team_run(), 80), re.MULTILINE)
    narrow = shown(team_run(), 50)
    assert "Agent  " not in narrow
    assert re.search(r"^maria\n  calls 11 of 12 · score 98 \(91–100\)$", narrow, re.MULTILINE)
    assert re.search(r"^  Make it right  5 of 5$", narrow, re.MULTILINE)


def test_coverage_comes_first_with_every_reason() -> None:
    text = shown(team_run())
    lines = text.splitlines()
    assert lines[0].startswith("Listened to 32 recordings, 2 h 15 min · rubric support v1 (a41f0c) · whisper base.en")
    assert lines[1] == "29 scored · 2 not scorable (1 too short, 1 voicemail) · 1 failed"
    assert "  calls/tom/0412.wav: there is no audio in it; export it again\n" in text
    assert "  calls/maria/0431.wav: too short: 4.2 s, and the rubric asks for 20 s\n" in text


def test_long_lists_are_cut_and_counted() -> None:
    of = rubric()
    broken = [unscored(f"a/{number:02}.wav", "failed", "it is empty") for number in range(50)]
    judged = [call(f"b/{number:02}.wav", "pfpp", of) for number in range(25)]
    text = shown(summarise(of, [*broken, *judged]))
    assert text.count("it is empty") == 40
    assert "  and 10 more (see -f json)\n" in text
    assert text.count("fail, score 75") == 10
    assert "  and 15 more calls (see -f json)\n" in text


def test_one_more_is_shown_rather_than_counted() -> None:
    run = summarise(rubric(), [unscored(f"a/{number}.wav", "failed", "it is empty") for number in range(41)])
    assert shown(run).count("it is empty") == 41


def test_agents_in_alphabetical_order_with_a_team_row() -> None:
    table = re.search(r"^Agent.*?\n\n", shown(team_run()), re.MULTILINE | re.DOTALL)
    assert table
    rows = [line.split()[0] for line in table[0].splitlines() if line[:1].isalpha()]
    assert rows == ["Agent", "ana", "maria", "tom", "Team"]
    assert "Team" not in shown(summarise(rubric(), [call("a/1.wav")]))


def test_figures_of_an_agent() -> None:
    row = next(line for line in shown(team_run()).splitlines() if line.startswith("tom"))
    assert words(row) == "tom 6 of 8 55 (17–93) 5 of 6 0 of 3 0 of 3 5 of 6 1 0"


def test_criteria_without_an_occasion_are_a_dash_and_counted() -> None:
    run = summarise(rubric(), [call("a/1.wav", "pnnp"), call("a/2.wav", "pnfp")])
    text = shown(run)
    row = next(line for line in text.splitlines() if line.startswith("a "))
    assert words(row) == "a 2 77 (0–100) 2 of 2 – 0 of 1 2 of 2 0 0"
    assert "No occasion: apology in 2 calls, make it right in 1 call.\n" in text


def test_reviews_are_neither_met_nor_missed() -> None:
    text = shown(summarise(rubric(), [call("a/1.wav", "prpp"), call("a/2.wav", "pppp"), call("a/3.wav", "prpr")]))
    assert re.search(r"3 of 3 +1 of 1 +3 of 3 +2 of 2 .*\n +\+2\? +\+1\?\n", text)
    assert "“+2?”: 2 calls that could not be decided; a person must listen.\n" in text


def test_auto_fails_and_critical_misses_only_where_the_rubric_has_them() -> None:
    plain = [{**SUPPORT[0]}, {**SUPPORT[1]}]
    of = rubric(plain)
    assert not re.search("auto-fails +|critical", shown(summarise(of, [call("a/1.wav", "pp", of)])).lower())
    of = rubric([plain[0], {**plain[1], "critical": True}])
    text = shown(summarise(of, [call("a/1.wav", "pf", of)]))
    assert "Critical misses" in text
    assert "critical miss, score " in text


def test_scores_are_not_compared_on_few_calls() -> None:
    assert "Scores are compared once there are 10 calls; the ranges are 95 % intervals.\n" in shown(team_run())
    assert "intervals" not in shown(summarise(rubric(), [call("a/1.wav")]))


@pytest.mark.parametrize(
    ("score", "whole"), [(0, "0"), (0.2, "1"), (49.6, "50"), (99.4, "99"), (99.6, "99"), (100, "100")]
)
def test_no_score_is_rounded_to_perfect_or_worthless(score: float, whole: str) -> None:
    assert whole_score(score) == whole


def test_gravest_calls_first() -> None:
    of = rubric([{**SUPPORT[0], "critical": True}, *SUPPORT[1:]])
    calls = [
        call("a/fine.wav", "pppp", of),
        call("a/review.wav", "prpp", of),
        call("a/light.wav", "pfpp", of),
        call("a/heavy.wav", "ppfp", of),
        call("a/heavy-and-light.wav", "pffp", of),
        call("a/critical.wav", "fppp", of),
        call("a/auto.wav", "pppf", of),
    ]
    found = [(finding.call.call_id, finding.kind) for finding in listen_first(calls)]
    assert found == [
        ("auto", "auto-fail"),
        ("critical", "critical miss"),
        ("heavy-and-light", "fail"),
        ("heavy", "fail"),
        ("light", "fail"),
        ("review", "review"),
    ]


def test_a_miss_without_weight_needs_no_attention() -> None:
    of = rubric([SUPPORT[0], {**SUPPORT[1], "weight": 0}])
    assert not listen_first([call("a/1.wav", "pf", of)])
    text = shown(summarise(of, [call("a/1.wav", "pf", of)]))
    assert "Nothing to listen to first: no auto-fails, no misses, nothing to review.\n" in text


def test_deciding_moment_with_its_words() -> None:
    text = words(shown(team_run()))
    assert (
        "calls/tom/0444.wav 03:12 no arguing auto-fail, score 0"
        " “well with respect that is your own fault” (also make it right, apology)" in text
    )
    assert "calls/tom/0445.wav 01:05 make it right fail, score 40 complaint at 01:05 “it never came”;" in text


def test_moment_in_a_transcript_without_times() -> None:
    of = rubric()
    told_so = told("“your own fault” in line 5", evidence(None, "your own fault"))
    text = shown(summarise(of, [call("a/1.json", "pppf", of, no_arguing=told_so)]))
    assert re.search(r"a/1\.json +line 5 +no arguing", text)


def test_moment_after_an_hour() -> None:
    of = rubric()
    told_so = told("“your own fault” at 1:02:09", evidence(3729.9, "your own fault"))
    assert re.search(r"1:02:09 +no arguing", shown(summarise(of, [call("a/1.wav", "pppf", of, no_arguing=told_so)])))


def test_provisional_is_loud_and_marked() -> None:
    text = words(shown(provisional_run()))
    assert "! PROVISIONAL: do not rely on these verdicts ! All 3 scored calls were judged" in text
    assert "--engine whisper" in text
    assert "callqa doctor" in text
    assert ", provisional" not in text
    mixed = provisional_run()
    mixed = summarise(mixed.rubric, [*mixed.calls[:1], call("calls/ana/good.wav", "pfpp")])
    text = words(shown(mixed))
    assert "! 1 of 2 scored calls were judged" in text
    assert "Provisional calls: ana 1." in text
    assert text.count(", provisional") == 1
    assert "PROVISIONAL" not in shown(team_run())
    alone = summarise(mixed.rubric, provisional_run().calls[:1])
    assert "! The scored call was judged" in words(shown(alone))


def test_interrupted_run_says_how_far_it_came() -> None:
    text = shown(summarise(rubric(), [call("a/1.wav"), call("a/2.wav")], not_reached=5))
    assert text.startswith("Listened to 2 of 7 recordings, ")
    assert "Stopped before the end." in text
    assert shown(summarise(rubric(), [], not_reached=5)).startswith("Nothing was finished\n")


def test_empty_runs() -> None:
    assert shown(summarise(rubric(), [])) == "No recordings found\n"
    assert shown(summarise(rubric(), [], skipped=1)) == "No recordings found · 1 other file left alone\n"
    nothing = shown(summarise(rubric(), [unscored("a.wav", "failed", "it is empty")]))
    assert "0 scored · 1 failed\n" in nothing
    assert "Agent" not in nothing
    assert "Listen" not in nothing.split("\n", 1)[1]


def test_nothing_decided_is_no_score() -> None:
    text = shown(summarise(rubric(), [call("a/1.wav", "nnnn"), call("a/2.wav", "nnnr")]))
    row = next(line for line in text.splitlines() if line.startswith("a "))
    assert words(row) == "a 2 – – – – +1? 0 1"
    assert "review, score" not in text


def test_transcripts_are_read_not_listened_to() -> None:
    read = [call(f"a/{number}.json", engine="transcript", model=None) for number in range(2)]
    assert shown(summarise(rubric(), read)).startswith("Read 2 transcripts, 9 min · rubric support v1 (a41f0c)\n")
    broken = unscored("a/broken.wav", "failed", "it is empty")
    assert shown(summarise(rubric(), [*read, broken])).startswith("Went through 3 files, 9 min · rubric support")
    assert "whisper base.en (2 calls) · 1 transcript made elsewhere" in words(shown(small_run(), 120))


def test_notes_alike_are_shown_once() -> None:
    calls = [
        call(f"a/{number}.wav", notes=(f"the agent is the left channel, by the words “hello {number}”",))
        for number in range(7)
    ]
    calls.append(call("a/8.wav", notes=("the right channel is silent",)))
    text = shown(summarise(rubric(), calls))
    assert "  7 calls: the agent is the left channel, by the words …\n" in text
    assert "  a/8.wav: the right channel is silent\n" in text


def test_nothing_a_user_names_is_acted_on() -> None:
    of = rubric()
    names = "[red]Ana[/red] \x1b[31m :smile:", "\u202eanA\x9b\r\n\x07"
    text = shown(summarise(of, [call(f"a/{n}.wav", "pppp", of, agent=name) for n, name in enumerate(names)]), 200)
    assert r"[red]Ana[/red] \x1b[31m :smile:" in text
    assert r"\u202eanA\x9b \x07" in text


@pytest.mark.parametrize("width", [80, 100])
def test_one_overlong_name_takes_no_table_from_the_others(width: int) -> None:
    usual = len(shown(team_run(), width).splitlines())
    run = team_run()
    calls = [replace(one, agent="x" * 10_000) if one.agent == "tom" else one for one in run.calls]
    text = shown(summarise(run.rubric, calls), width)
    assert re.search(r"^Agent +Calls +Score", text, re.MULTILINE)
    assert "…" in text
    assert len(text.splitlines()) <= usual + 4
    narrow = shown(summarise(run.rubric, calls), 50)
    assert f"\n{'x' * 39}…\n" in narrow


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(codec=None, categories=None)), st.integers(20, 120))
def test_any_name_at_any_width(name: str, width: int) -> None:
    of = rubric()
    run = summarise(of, [call(f"c/{name}.wav", "pffr", of, agent=name), unscored(name, "failed", name)])
    text = shown(run, width)
    text.encode("utf-8")
    assert not any(ord(character) < 0x20 and character != "\n" for character in text)
    assert max(cell_len(line) for line in text.split("\n")) <= width


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(codec=None, categories=None)))
def test_printable_is_one_line_without_controls(text: str) -> None:
    safe = printable(text)
    assert safe.isprintable() or not any(character in safe for character in "\n\r\t\x1b\x9b\u202e\u2066\u2028")
    assert printable(safe) == safe


def test_emoji_sequences_and_scripts_that_need_joiners_stay() -> None:
    assert printable("👩‍💻 می‌خواهم") == "👩‍💻 می‌خواهم"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437", "cp1252"])
def test_streams_that_cannot_encode_get_plain_characters(encoding: str) -> None:
    of = rubric()
    run = summarise(of, [call("a/é漢.wav", "pfpp", of, agent="Zoë"), call("a/2.wav", "nppp", of, agent="山田")])
    for color in (False, True):
        stream = Terminal(encoding)
        text = NO_ESCAPES.sub("", shown(run, 120, stream=stream, color=color))
        text.encode(encoding)
        assert "\\u5c71\\u7530" in text
        assert re.search(r"^-{50,}$", text, re.MULTILINE)
        columns = {line.rstrip().rfind("  ") for line in text.splitlines() if line.startswith(("Zo", "\\u", "Team"))}
        assert len(columns) == 1
    assert ("Zoë" in text) is (encoding != "ascii")


def test_no_trailing_blanks_and_no_escapes_in_pipes() -> None:
    text = shown(team_run())
    assert "\x1b" not in text
    assert not re.search(" $", text, re.MULTILINE)


def test_colour_on_terminals_only() -> None:
    assert "\x1b[" in shown(team_run(), stream=Terminal())
    assert "\x1b" not in shown(team_run(), stream=Terminal(), color=False)
    assert "\x1b[" in shown(team_run(), color=True)


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colour_can_be_switched_off(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    assert "\x1b" not in shown(team_run(), stream=Terminal())


def test_colour_says_nothing_the_words_do_not() -> None:
    plain = shown(team_run(), 90)
    colored = NO_ESCAPES.sub("", shown(team_run(), 90, color=True))
    assert [line.rstrip() for line in colored.splitlines()] == plain.splitlines()


def test_width_from_columns_then_the_terminal_then_the_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    def widest(stream: Any) -> int:
        return max(map(cell_len, NO_ESCAPES.sub("", shown(long, None, stream=stream)).splitlines()))

    long = summarise(rubric(), [unscored("a.wav", "failed", "x" * 1000)])
    assert widest(io.StringIO()) == PIPE_WIDTH
    with monkeypatch.context() as patch:
        patch.setattr(os, "get_terminal_size", lambda *_: os.terminal_size((57, 20)))
        patch.setattr(Terminal, "fileno", lambda self: 1)
        assert widest(Terminal()) == 57
        assert widest(io.StringIO()) == PIPE_WIDTH
    assert widest(Terminal()) == PIPE_WIDTH
    monkeypatch.setenv("COLUMNS", "64")
    assert widest(io.StringIO()) == 64
    assert widest(Terminal()) == 64
    monkeypatch.setenv("COLUMNS", "wide")
    assert widest(io.StringIO()) == PIPE_WIDTH


def test_absurd_widths_are_survived() -> None:
    assert shown(team_run(), 1) == shown(team_run(), 20)


def test_plurals() -> None:
    assert [plural(count, "call") for count in (0, 1, 2)] == ["0 calls", "1 call", "2 calls"]
    one = shown(summarise(rubric(), [replace(call("a/1.wav"), duration=None)]))
    assert one.startswith("Listened to 1 recording · rubric")
