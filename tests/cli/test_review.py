from __future__ import annotations

import csv
import html
import io
import re
import sys
from pathlib import Path

import pytest

from support.cli_runs import GOOD, RUDE, Cli, scripted, transcript


def test_a_review_tells_the_call_then_strengths_then_what_to_try(callqa: Cli, tmp_path: Path) -> None:
    scripted(tmp_path / "mine.wav", RUDE)
    done = callqa("review", "mine.wav", "--engine", "scripted")
    assert done.status == 0, done.err
    order = [
        "What the customer heard", "Greeting:", "First help:", "What went well", "Greets the caller at once",
        "To try next time", "1. Never argues with or blames the customer", "own fault", "Why:", "Try:", "Say:",
        "By the rubric: 0 of 100",
    ]  # fmt: skip
    places = [done.out.index(words) for words in order]
    assert places == sorted(places)


def test_nothing_is_written_anywhere(callqa: Cli, tmp_path: Path) -> None:
    scripted(tmp_path / "mine.wav", GOOD)
    before = sorted(tmp_path.rglob("*")), sorted(Path.home().rglob("*"))
    assert callqa("review", "mine.wav", "--engine", "scripted").status == 0
    assert (sorted(tmp_path.rglob("*")), sorted(Path.home().rglob("*"))) == before
    assert callqa("review", "mine.wav", "--engine", "scripted", "-o", "review.txt").out == ""
    assert "What went well" in (tmp_path / "review.txt").read_text("utf-8")


def test_ones_own_verdicts_come_first_and_stand_beside(
    callqa: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    transcript(tmp_path / "mine.json", RUDE)
    monkeypatch.setattr(sys, "stdin", io.StringIO("p\nn\nf\np\n"))
    done = callqa("review", "mine.json", "--rubric", "support", "--score-yourself")
    assert done.status == 0, done.err
    assert "Never argues with or blames the customer: you pass, callqa fail, worth a second look" in done.out
    assert "Offers to make it right: you fail, callqa fail\n" in done.out


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: transcript(folder / "b.json", GOOD), "contains several calls"),
        (lambda folder: (folder / "a.json").write_text("{"), "a.json"),
        (lambda folder: transcript(folder / "a.json", GOOD[:1], every=1.0), "too short"),
    ],
)
def test_what_cannot_be_reviewed_gets_one_sentence(callqa: Cli, tmp_path: Path, make: object, says: str) -> None:
    transcript(tmp_path / "calls" / "a.json", GOOD)
    make(tmp_path / "calls")  # type: ignore[operator]
    done = callqa("review", "calls")
    assert done.status == 2
    assert says in done.err


def test_hostile_words_stay_words(callqa: Cli, tmp_path: Path) -> None:
    lines = [("agent", "Good morning \x1b[2J\u202e, how can I help?"), *GOOD[1:]]
    transcript(tmp_path / "mine.json", lines)
    done = callqa("review", "mine.json")
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out


# -- sample --------------------------------------------------------------------------------------------------------


def archive(folder: Path) -> None:
    for agent in ("ana", "ben"):
        for number in range(4):
            transcript(folder / agent / f"{number}.json", RUDE if agent == "ben" and number < 2 else GOOD)


def test_a_sheet_is_filled_in_and_read_back(callqa: Cli, tmp_path: Path) -> None:
    archive(tmp_path / "calls")
    done = callqa("sample", "calls", "--n", "4", "--seed", "7", "-o", "sheet.csv")
    assert done.status == 0, done.err
    text = (tmp_path / "sheet.csv").read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 16
    assert {row["part"] for row in rows} == {"random", "risk"}
    assert {row["verdict"] for row in rows} == {""}
    assert "own fault" not in text
    refused = callqa("calibrate", "sheet.csv", "calls")
    assert refused.status == 2
    assert "contains no verdict" in refused.err
    for row in rows:
        row["verdict"] = "pass" if row["criterion"] == "greeting" else ""
    with (tmp_path / "sheet.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    back = callqa("calibrate", "sheet.csv", "calls", "-f", "json")
    assert back.status == 0, back.err
    assert "12 rows of the sheet have no verdict yet" in back.err
    assert "--part random" in back.err
    assert back.json["results"][0]["compared"] == 4
    part = callqa("calibrate", "sheet.csv", "calls", "-f", "json", "--part", "random")
    assert part.json["results"][0]["compared"] == 2


def test_the_list_says_why(callqa: Cli, tmp_path: Path) -> None:
    archive(tmp_path / "calls")
    done = callqa("sample", "calls", "--n", "4", "--seed", "7", "--random", "1")
    assert done.status == 0
    assert "Drawn by chance" in done.out
    assert "(ben): auto-fail, begin at 00:12" in done.out
    assert done.out == callqa("sample", "calls", "--n", "4", "--seed", "7", "--random", "1").out


def test_a_seed_that_was_not_given_is_told(callqa: Cli, tmp_path: Path) -> None:
    archive(tmp_path / "calls")
    assert "Picked with --seed " in callqa("sample", "calls").err


def test_nothing_to_pick_from(callqa: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{")
    done = callqa("sample", "a.json")
    assert done.status == 2
    assert "none of these calls could be scored" in done.err


def test_a_call_id_like_a_formula_comes_back(callqa: Cli, tmp_path: Path) -> None:
    transcript(tmp_path / "calls" / "=1+1.json", GOOD)
    callqa("sample", "calls", "--seed", "1", "-o", "sheet.csv")
    sheet = (tmp_path / "sheet.csv").read_text("utf-8-sig")
    assert "\n'=1+1,greeting,," in sheet.replace("\r", "")
    (tmp_path / "sheet.csv").write_text(sheet.replace(",greeting,,", ",greeting,pass,"), encoding="utf-8")
    assert callqa("calibrate", "sheet.csv", "calls", "-f", "json").json["results"][0]["compared"] == 1


# -- review as a page, and aloud -----------------------------------------------------------------------------------


def test_the_page_holds_the_moments_and_loads_nothing(callqa: Cli, tmp_path: Path) -> None:
    lines = [("agent", "Hello <script>alert(1)</script>, how can I help?"), *RUDE[1:]]
    scripted(tmp_path / "mine.wav", lines)
    done = callqa("review", "mine.wav", "--engine", "scripted", "--html", "review.html", "-q")
    assert done.status == 0, done.err
    text = (tmp_path / "review.html").read_text("utf-8")
    assert "default-src 'none'" in html.unescape(text)
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert text.count('src="data:audio/webm;base64,') >= 3
    assert not re.search(r'(?:src|href)="(?!data:)', text)
    assert callqa("review", "mine.wav", "--engine", "scripted", "--html", "-").status == 2


def test_a_transcript_makes_a_page_without_sound(callqa: Cli, tmp_path: Path) -> None:
    transcript(tmp_path / "mine.json", RUDE)
    assert callqa("review", "mine.json", "--html", "review.html", "-q").status == 0
    assert "<audio" not in (tmp_path / "review.html").read_text("utf-8")


def test_the_moments_are_played_by_the_systems_player(
    callqa: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(tmp_path / "mine.wav", RUDE)
    heard = tmp_path / "heard"
    script = (
        f"#!{sys.executable}\nimport sys, wave\n"
        f"open({str(heard)!r}, 'a').write(str(wave.open(sys.argv[-1]).getnframes()) + ' ')\n"
    )
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "aplay").write_text(script, encoding="utf-8")
    (tmp_path / "bin" / "aplay").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    done = callqa("review", "mine.wav", "--engine", "scripted", "--play")
    assert done.status == 0, done.err
    lengths = [int(frames) / 16_000 for frames in heard.read_text("utf-8").split()]
    assert len(lengths) >= 2
    assert all(2.0 < length < 16.0 for length in lengths)
    assert "00:12  Never argues with or blames the customer" in done.err
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "no audio player on this system" in callqa("review", "mine.wav", "--play").err
