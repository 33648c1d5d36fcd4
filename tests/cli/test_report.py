from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from callqa.cli.options import FAIL_ON
from callqa.cli.score import score
from callqa.reports import REPORTS
from callqa.results.gate import FAIL_ON as GATE_FAIL_ON
from support.cli_runs import GOOD, RUDE, Cli, transcript


@pytest.fixture
def callqa(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    monkeypatch.chdir(tmp_path)
    return Cli(monkeypatch, capsys)


def night(callqa: Cli, name: str, calls: dict[str, Any], *options: str | Path) -> Path:
    """Score transcripts; gives the saved results."""
    for call, lines in calls.items():
        transcript(Path(name) / f"{call}.json", lines)
    results = Path(f"{name}.json")
    assert callqa("score", name, "-q", "-f", "json", "-o", results, *options).status == 0
    return results


@pytest.fixture
def saved(callqa: Cli) -> Path:
    """The results of one good and one rude call."""
    return night(callqa, "mon", {"ana/1": GOOD, "tom/2": RUDE})


def test_every_format_is_what_score_would_have_written(callqa: Cli, saved: Path) -> None:
    for form in REPORTS:
        assert callqa("score", "mon", "-q", "-f", form, "-o", f"scored.{form}").status == 0
        assert callqa("report", saved, "-q", "-f", form, "-o", f"again.{form}").status == 0
        assert Path(f"again.{form}").read_bytes() == Path(f"scored.{form}").read_bytes()


def test_all_formats_in_one_run_and_by_their_suffixes(callqa: Cli, saved: Path) -> None:
    done = callqa("report", saved, "-f", "junit", "-o", "r.xml", "-f", "json", "-o", "r.json", "-f", "md", "-o", "r.md")
    assert (done.status, done.out) == (0, "")
    assert (
        callqa("report", saved, "-o", "s.xml", "-o", "s.json", "-o", "s.md", "-o", "s.csv", "-o", "s.txt").status == 0
    )
    for name in ("xml", "json", "md"):
        assert Path(f"s.{name}").read_bytes() == Path(f"r.{name}").read_bytes()
    ET.parse("s.xml")
    assert Path("s.csv").read_bytes().startswith(b"\xef\xbb\xbfcall_id")


def test_formats_named_in_the_help_are_those_there_are() -> None:
    [option] = [parameter for parameter in score.params if parameter.name == "formats"]
    assert all(name in (getattr(option, "help", "") or "") for name in REPORTS)
    assert FAIL_ON == GATE_FAIL_ON


def test_nights_are_merged(callqa: Cli, saved: Path) -> None:
    more = ("customer", "It was the blue one.")
    tuesday = night(callqa, "tue", {"ana/3": [*GOOD, more], "zoe/4": [*RUDE, more]})
    done = callqa("report", saved, tuesday, saved, "-f", "json")
    assert [agent["agent"] for agent in done.json["agents"]] == ["ana", "tom", "zoe"]
    assert done.json["coverage"]["found"] == 4
    assert "2 calls of mon.json are in a later file too" in done.err


def test_every_bad_file_gets_a_sentence(callqa: Cli, saved: Path) -> None:
    Path("note.txt").write_text("hello")
    done = callqa("report", "gone.json", saved, "note.txt")
    assert (done.status, done.out) == (2, "")
    assert "gone.json cannot be read" in done.err
    assert "note.txt: this is not a result of `callqa score -f json`" in done.err


def test_results_of_two_rubrics_are_refused(callqa: Cli, saved: Path) -> None:
    other = night(callqa, "tue", {"ana/3": GOOD}, "--rubric", "heard")
    for arguments in ([saved, other], [saved, "--against", other]):
        done = callqa("report", *arguments)
        assert done.status == 2
        assert "was judged by" in done.err
        assert all(name in done.err for name in ("mon.json", "support v1", "tue.json", "heard v1"))


def test_one_agents_calls_are_reported(callqa: Cli, saved: Path) -> None:
    done = callqa("report", saved, "--agent", "tom", "-f", "json")
    assert [call["call_id"] for call in done.json["calls"]] == ["tom/2"]
    assert len(callqa("report", saved, "--agent", "Tom", "--agent", "ana", "-f", "json").json["calls"]) == 2
    assert callqa("report", saved, "--agent", "ana", "--fail-on", "auto-fail", "-q").status == 0


def metadata(rows: list[tuple[str, str, str, str]]) -> None:
    with Path("who.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([("file", "agent", "started_at", "team"), *rows])


@pytest.fixture
def dated(callqa: Cli) -> Path:
    """Twelve rude calls of one week and twelve good of the next, with teams."""
    rows = []
    calls: dict[str, Any] = {}
    for n in range(24):
        lines = RUDE if n < 12 else GOOD
        calls[f"{n:02}"] = [*lines, ("customer", f"My number is {n}.")]
        rows.append((f"{n:02}.json", "ana", f"2026-11-{2 if n < 12 else 9:02}T09:00", "north" if n % 2 else "south"))
    metadata(rows)
    return night(callqa, "archive", calls, "--metadata", "who.csv")


def test_the_days_and_the_teams_of_the_metadata_reach_the_report(callqa: Cli, dated: Path) -> None:
    assert callqa("report", dated, "-f", "json", "--since", "2026-11-09").json["coverage"]["found"] == 12
    assert callqa("report", dated, "-f", "json", "--until", "2026-11-08").json["coverage"]["found"] == 12
    weeks = callqa("report", dated, "-f", "json", "--by", "week").json
    assert [(group["name"], group["calls"]) for group in weeks["groups"]] == [("2026-W45", 12), ("2026-W46", 12)]
    teams = callqa("report", dated, "-f", "json", "--by", "team").json
    assert [(group["name"], group["calls"]) for group in teams["groups"]] == [("north", 12), ("south", 12)]
    assert "No arguing" in callqa("report", dated, "--by", "team").out
    assert callqa("report", dated, "-f", "csv", "--by", "criterion").out.startswith("by,group,figure")


def test_two_periods_are_compared(callqa: Cli, dated: Path) -> None:
    nothing = callqa("report", dated, "--split", "2027-01-01")
    assert (nothing.status, nothing.out) == (2, "")
    assert "no call began on or after 2027-01-01" in nothing.err
    done = callqa(
        "report", dated, "--split", "2026-11-09", "-f", "json", "-o", "c.json", "-f", "md", "-f", "csv", "-o", "c.csv"
    )
    assert done.status == 0
    assert "ana, no arguing: better, 0 of 12 → 12 of 12" in done.out
    states = {
        (group["name"], figure["figure"]): figure["state"]
        for group in json.loads(Path("c.json").read_text())["groups"]
        for figure in group["figures"]
    }
    assert states["ana", "score"] == "better"
    assert states["ana", "greeting"] == "within noise"
    assert Path("c.csv").read_bytes().startswith(b"\xef\xbb\xbfby,group")
    callqa("report", dated, "--until", "2026-11-08", "-f", "json", "-o", "last.json", "-q")
    callqa("report", dated, "--since", "2026-11-09", "-f", "json", "-o", "this.json", "-q")
    against = callqa("report", "this.json", "--against", "last.json", "-f", "json").json
    assert against == json.loads(Path("c.json").read_text())


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--against", "mon.json", "--split", "2026-11-09"), "--against cannot be combined with --split"),
        (("--against", "mon.json", "-f", "junit"), "the report format 'junit' is not available here"),
        (("--by", "criterion", "-o", "x.xml"), "the report format 'junit' is not available here"),
        (("--by", "week"), "started_at"),
        (("--by", "team"), "column team"),
        (("--split", "2026-11-09"), "no call has a date"),
        (("--agent", "toni"), "no call here is of an agent 'toni'"),
        (("--since", "yesterday"), "does not match the format"),
        (("--against", "mon.json", "--by", "week"), "not by week"),
        (("--overrides", "gone.yaml"), "gone.yaml cannot be read"),
        (("-f", "pdf"), "the report format 'pdf' is not available here"),
    ],
)
def test_wrong_use_is_told_before_anything_is_written(
    callqa: Cli, saved: Path, arguments: tuple[str, ...], problem: str
) -> None:
    done = callqa("report", saved, *arguments)
    assert (done.status, done.out) == (2, "")
    assert problem in done.err


def test_the_gate_holds_for_saved_results(callqa: Cli, saved: Path) -> None:
    done = callqa("report", saved, "-q", "--fail-on", "auto-fail", "-o", "r.xml")
    assert done.status == 1
    assert "1 call has an auto-fail" in done.err
    failures = ET.parse("r.xml").findall(".//failure")
    assert [failure.get("type") for failure in failures] == ["auto-fail"]
    assert callqa("report", saved, "-q", "--fail-under", "10").status == 0


# Disputes


def dispute(callqa: Cli, *more: str) -> Any:
    return callqa(
        "dispute", "tom/2", "no_arguing", "--because", "He quotes | <b>the</b> terms.", "--by", "maria",
        "--when", "2026-11-20", "--results", "mon.json", *more,
    )  # fmt: skip


def test_a_dispute_changes_score_reports_and_gate(callqa: Cli, saved: Path) -> None:
    done = dispute(callqa)
    assert done.status == 0
    assert "no_arguing in tom/2 is now pass (callqa's own verdict: fail); score 0 →" in done.out
    gate = ("--fail-on", "auto-fail", "-q")
    assert callqa("report", saved, *gate).status == 0
    assert callqa("report", saved, *gate, "--no-overrides").status == 1
    assert callqa("score", "mon", *gate).status == 0
    assert callqa("score", "mon", *gate, "--no-overrides").status == 1

    told = "changed by maria on 2026-11-20, because “He quotes | <b>the</b> terms.”"
    assert told in " ".join(callqa("score", "mon", "-q").out.split())
    assert "because “He quotes \\| &lt;b&gt;the&lt;/b&gt; terms.”" in callqa("report", saved, "-f", "md").out
    assert told in " ".join(ET.fromstring(callqa("report", saved, "-f", "junit").out).itertext())
    results = callqa("report", saved, "-f", "json").json
    [changed] = [one for call in results["calls"] for one in call["criteria"] if one["overridden"]]
    assert (changed["verdict"], changed["overridden"]) == (
        "pass",
        {"from": "fail", "to": "pass", "who": "maria", "when": "2026-11-20", "why": "He quotes | <b>the</b> terms."},
    )
    rows = list(csv.DictReader(callqa("report", saved, "-f", "csv").out.splitlines()))
    [row] = [row for row in rows if row["changed_by"]]
    assert (row["verdict"], row["machine_verdict"], row["changed_on"]) == ("pass", "fail", "2026-11-20")


def test_disputes_add_up_and_can_be_taken_back(callqa: Cli, saved: Path) -> None:
    before = callqa("report", saved, "-f", "json").json["calls"][1]["score"]
    assert before == 0
    dispute(callqa)
    assert "is pass already" in dispute(callqa).err
    done = callqa("dispute", "2", "apology", "--verdict", "na", "--because", "x", "--by", "x", "--results", saved)
    assert f"score {callqa('report', saved, '-f', 'json').json['calls'][1]['score']:g}" in done.out.replace(
        "→", "score"
    )
    back = dispute(callqa, "--verdict", "fail")
    assert back.status == 0
    assert "is now fail (callqa's own verdict: fail)" in back.out
    assert callqa("report", saved, "-f", "json").json["calls"][1]["score"] == 0


def test_an_entry_is_listed_and_taken_out_again(callqa: Cli, saved: Path) -> None:
    mine = ("--overrides", "my own.yaml")
    assert "my own.yaml has no entries" in callqa("dispute", "--list", *mine).out
    done = dispute(callqa, *mine)
    assert "To see it applied: callqa report mon.json --overrides 'my own.yaml'" in done.out
    once = Path("my own.yaml").read_bytes()
    dispute(callqa, *mine, "--verdict", "na")
    listed = callqa("dispute", "--list", *mine)
    assert (listed.status, len(listed.out.splitlines())) == (0, 2)
    assert listed.out.startswith(
        "tom/2 no_arguing (support): fail → pass, maria, 2026-11-20: He quotes | <b>the</b> terms."
    )
    assert callqa("dispute", "--list", "tom/2", *mine).out == listed.out
    assert "my own.yaml has no entries for ana/1" in callqa("dispute", "--list", "ana/1", *mine).out
    saved.unlink()
    undone = callqa("dispute", "tom/2", "no_arguing", "--undo", *mine)
    assert undone.status == 0
    assert "an earlier entry (fail → pass, maria, 2026-11-20) applies again" in undone.out
    assert "callqa report results.json --overrides 'my own.yaml'" in undone.out
    assert Path("my own.yaml").read_bytes() == once
    assert "callqa's own verdict applies again" in callqa("dispute", "tom/2", "no_arguing", "--undo", *mine).out
    none_left = callqa("dispute", "tom/2", "no_arguing", "--undo", *mine)
    assert (none_left.status, none_left.out) == (2, "")
    assert "nobody changed no_arguing in tom/2" in none_left.err


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("tom/2",), "name a CALL and a CRITERION"),
        (("tom/2", "no_arguing"), "write it after --because"),
        (("tom/2", "no_arguing", "--undo", "--because", "x"), "cannot be combined with --because"),
        (("--undo", "--list"), "--undo cannot be combined with --list"),
        (("--undo", "tom/2"), "name a CALL and a CRITERION"),
        (("tom/2", "no_arguing", "--because", "x", "--results", "no.json"), "callqa score calls/ -f json -o no.json"),
    ],
)
def test_what_a_dispute_lacks_is_told(callqa: Cli, arguments: tuple[str, ...], problem: str) -> None:
    done = callqa("dispute", *arguments)
    assert (done.status, done.out) == (2, "")
    assert problem in done.err


def test_score_and_report_agree_on_overrides(callqa: Cli, saved: Path) -> None:
    dispute(callqa)
    callqa("score", "mon", "-q", "-f", "json", "-o", "scored.json")
    callqa("report", saved, "-q", "-f", "json", "-o", "again.json")
    assert Path("scored.json").read_bytes() == Path("again.json").read_bytes()
    # Saved with the change, callqa's own verdicts are still there.
    callqa("report", "again.json", "-q", "-f", "json", "-o", "machine.json", "--no-overrides")
    assert Path("machine.json").read_bytes() == saved.read_bytes()


def test_results_that_carry_changes_keep_them_where_no_file_tells_otherwise(callqa: Cli, saved: Path) -> None:
    dispute(callqa)
    callqa("report", saved, "-q", "-f", "json", "-o", "changed.json")
    Path("overrides.yaml").unlink()
    callqa("report", "changed.json", "-q", "-f", "json", "-o", "kept.json")
    assert Path("kept.json").read_bytes() == Path("changed.json").read_bytes()


def test_a_recording_that_changed_is_not_overridden(callqa: Cli, saved: Path) -> None:
    dispute(callqa)
    transcript(Path("mon/tom/2.json"), [*RUDE, ("agent", "That is all.")])
    done = callqa("score", "mon", "--fail-on", "auto-fail", "--no-progress")
    assert done.status == 1
    assert (
        "the override of no_arguing in tom/2 (maria, 2026-11-20) was not applied: the recording has changed" in done.err
    )


def test_a_copy_of_the_recording_under_another_agent_keeps_its_verdicts(callqa: Cli) -> None:
    both = night(callqa, "mon", {"ana/1": RUDE, "tom/2": RUDE})
    done = dispute(callqa)
    assert done.status == 0
    scores = {call["call_id"]: call["score"] for call in callqa("report", both, "-f", "json").json["calls"]}
    assert (scores["ana/1"], scores["tom/2"] > 0) == (0, True)
    assert (
        "score 0 → " in callqa("dispute", "ana/1", "no_arguing", "--because", "x", "--by", "x", "--results", both).out
    )


def test_overrides_are_found_in_a_folder_above_and_added_to(
    callqa: Cli, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispute(callqa)
    Path("below").mkdir()
    monkeypatch.chdir("below")
    done = callqa(
        "dispute", "ana/1", "greeting", "--verdict", "na", "--because", "No.", "--by", "x", "--results", "../mon.json"
    )
    assert done.status == 0
    assert not Path("overrides.yaml").exists()
    assert Path("../overrides.yaml").read_text().count("- call:") == 2


def test_a_dispute_becomes_a_test_that_fails_until_the_rubric_is_mended(callqa: Cli, saved: Path) -> None:
    assert callqa("rubric", "new", "support.yaml").status == 0
    assert callqa("rubric", "test", "support.yaml").status == 0
    assert dispute(callqa, "--as-test", "support.test.yaml").status == 0
    done = callqa("rubric", "test", "support.yaml")
    assert done.status == 1
    assert (
        "tom/2: no_arguing is pass, because He quotes | <b>the</b> terms.: criterion `no_arguing`: expected pass"
        in done.out
    )


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("tom/3", "no_arguing"), "did you mean 'tom/2'"),
        (("tom/2", "arguing"), "did you mean 'no_arguing'"),
        (("ana/1", "greeting"), "is pass already"),
        (("tom/2", "no_arguing", "--results", "gone.json"), "gone.json cannot be read"),
        (("tom/2", "no_arguing", "--because", " "), "needs a reason"),
        (("tom/2", "no_arguing", "--as-test", "tests.yaml"), "name it like support.test.yaml"),
        (("tom/2", "no_arguing", "--overrides", "mon.json"), "format"),
        (("tom/2", "no_arguing", "--when", "soon"), "does not match the format"),
    ],
)
def test_a_dispute_that_cannot_be_is_refused_in_a_sentence(
    callqa: Cli, saved: Path, arguments: tuple[str, ...], problem: str
) -> None:
    done = callqa("dispute", "--results", saved, "--because", "So it is.", "--by", "x", *arguments)
    assert (done.status, done.out) == (2, "")
    assert problem in done.err
    assert not Path("overrides.yaml").exists()


def test_a_dispute_has_a_day_and_a_person(callqa: Cli, saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "zoe")
    assert callqa("dispute", "tom/2", "no_arguing", "--because", "x", "--results", saved).status == 0
    text = Path("overrides.yaml").read_text()
    assert 'who: "zoe"' in text
    assert 'when: "20' in text
