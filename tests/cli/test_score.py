"""`callqa score`, from arguments to exit status."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import jsonschema
import pytest
import torch

from callqa.core.stage_timer import StageTimer
from callqa.engines.openai_whisper.decoder_rows import DecoderRows
from callqa.engines.openai_whisper.engine import WhisperEngine
from callqa.reports.schemas import published
from callqa.transcription.readers import PoolReader
from support.audio_files import VOICE, silence, tone, write
from support.cli_runs import GOOD, RUDE, Cli, scripted, transcript
from support.miniature_whisper import save


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    transcript(tmp_path / "calls" / "priya" / "a1.json", GOOD)
    transcript(tmp_path / "calls" / "tom" / "b1.json", RUDE)
    return tmp_path / "calls"


def test_the_main_job_on_recordings(callqa: Cli, tmp_path: Path) -> None:
    scripted(tmp_path / "calls" / "priya" / "a1.wav", GOOD)
    scripted(tmp_path / "calls" / "tom" / "b1.wav", RUDE)
    done = callqa("score", "calls", "--engine", "scripted", "-f", "json")
    assert done.status == 0, done.err
    jsonschema.validate(done.json, json.loads(published("score")))
    [good, rude] = done.json["calls"]
    assert (good["agent"], good["score"], good["passed"]) == ("priya", 100.0, True)
    assert {criterion["id"]: criterion["verdict"] for criterion in good["criteria"]} == {
        "greeting": "pass", "apology": "pass", "make_it_right": "pass", "no_arguing": "pass",
    }  # fmt: skip
    assert (rude["agent"], rude["score"], rude["auto_failed"]) == ("tom", 0.0, True)
    assert good["metrics"]["agent_talk"] > good["metrics"]["customer_talk"] > 5
    assert any("left" in note for note in good["notes"])


def test_the_report_says_what_a_team_lead_wants_to_know(callqa: Cli, calls: Path) -> None:
    done = callqa("score", calls)
    assert done.status == 0
    first, coverage, *_ = done.out.splitlines()
    assert "support v1" in first
    assert coverage == "2 scored"
    assert "your own fault" in done.out
    assert "00:12" in done.out
    assert "\x1b" not in done.out


def test_the_same_input_gives_the_same_bytes(callqa: Cli, calls: Path) -> None:
    runs = [callqa("score", calls, "-f", "json").out for _ in range(2)]
    assert runs[0] == runs[1]


def test_a_second_run_recognises_nothing(callqa: Cli, tmp_path: Path) -> None:
    call = scripted(tmp_path / "calls" / "a.wav", GOOD)
    before = callqa("score", "calls", "--engine", "scripted", "-f", "json")
    call.with_name("a.wav.script").write_text("!recognised again", encoding="utf-8")
    again = callqa("score", "calls", "--engine", "scripted", "-f", "json")
    assert again.out == before.out
    fresh = callqa("score", "calls", "--engine", "scripted", "-f", "json", "--no-cache")
    assert fresh.json["calls"][0]["reason"] == "recognised again"


def test_a_damaged_cache_entry_is_made_anew(callqa: Cli, tmp_path: Path) -> None:
    scripted(tmp_path / "calls" / "a.wav", GOOD)
    before = callqa("score", "calls", "--engine", "scripted", "--cache-dir", "cache", "-f", "json")
    [entry] = (tmp_path / "cache").glob("*/*.json")
    entry.write_bytes(entry.read_bytes()[:200])
    again = callqa("score", "calls", "--engine", "scripted", "--cache-dir", "cache", "-f", "json")
    assert again.status == 0
    assert again.json["calls"][0]["score"] == before.json["calls"][0]["score"]
    assert any("cache was damaged" in note for note in again.json["calls"][0]["notes"])
    third = callqa("score", "calls", "--engine", "scripted", "--cache-dir", "cache", "-f", "json")
    assert third.out == before.out


@pytest.mark.slow
def test_several_processes_give_the_same_bytes(callqa: Cli, tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        scripted(tmp_path / "calls" / f"{name}.wav", GOOD if name != "b" else RUDE)
    one = callqa("score", "calls", "--engine", "scripted", "--no-cache", "-f", "json", "--jobs", "1")
    two = callqa("score", "calls", "--engine", "scripted", "--no-cache", "-f", "json", "--jobs", "2")
    assert one.status == 0
    assert one.out == two.out


def test_mono_is_a_guess_and_says_so(callqa: Cli, tmp_path: Path) -> None:
    scripted(tmp_path / "calls" / "a.wav", RUDE, mono=True)
    [call] = callqa("score", "calls", "--engine", "scripted", "-f", "json").json["calls"]
    assert any("guess" in note for note in call["notes"])
    verdicts = {criterion["id"]: criterion["verdict"] for criterion in call["criteria"]}
    assert verdicts["no_arguing"] == "review"
    assert call["metrics"] is None


@pytest.mark.parametrize("asked", [None, "left", "right"])
def test_a_silent_channel_makes_a_call_unscorable(callqa: Cli, tmp_path: Path, asked: str | None) -> None:
    scripted(tmp_path / "calls" / "a.wav", [line for line in GOOD if line[0] == "customer"], every=12)
    option = ["--agent-channel", asked] if asked else []
    [call] = callqa("score", "calls", "--engine", "scripted", *option, "-f", "json").json["calls"]
    assert (call["status"], call["reason"]) == ("unscorable", "only one party speaks: the left channel is silent")


def test_the_agents_channel_can_be_told(callqa: Cli, tmp_path: Path) -> None:
    scripted(tmp_path / "calls" / "a.wav", GOOD)
    [call] = callqa("score", "calls", "--engine", "scripted", "--agent-channel", "right", "-f", "json").json["calls"]
    assert any("swapped" in note for note in call["notes"])
    assert {criterion["verdict"] for criterion in call["criteria"] if criterion["id"] == "greeting"} == {"fail"}


# -- gates and statuses ------------------------------------------------------------------------------------------


def test_quality_alone_never_changes_the_status(callqa: Cli, calls: Path) -> None:
    assert callqa("score", calls / "tom").status == 0


@pytest.mark.parametrize(
    ("gate", "status", "sentence"),
    [
        (["--fail-under", "90"], 1, "Gate not met: --fail-under 90, and the mean score of 2 calls is 50.0."),
        (["--fail-under", "50"], 0, "Gate met"),
        (["--fail-on", "auto-fail"], 1, "Gate not met: --fail-on auto-fail, and 1 call has an auto-fail"),
        (["--fail-on", "critical"], 0, "Gate met"),
        (["--fail-on", "any"], 1, "--fail-on any"),
    ],
)
def test_the_gate_decides_in_one_closing_sentence(
    callqa: Cli, calls: Path, gate: list[str], status: int, sentence: str
) -> None:
    done = callqa("score", calls, "-q", *gate)
    assert done.status == status
    assert sentence in done.err.splitlines()[-1]


def test_what_could_not_be_scored_outranks_the_gate(callqa: Cli, calls: Path) -> None:
    (calls / "tom" / "broken.wav").write_text("no sound", encoding="utf-8")
    assert callqa("score", calls, "--fail-on", "auto-fail").status == 3


def test_provisional_calls_meet_no_gate(callqa: Cli, tmp_path: Path) -> None:
    write(tmp_path / "a.wav", silence(3))
    shutil.copy(VOICE, tmp_path / "v.ogg")
    done = callqa("score", "v.ogg", "--engine", "pocketsphinx", "--rubric", _any_call(tmp_path), "--fail-under", "0")
    assert done.status == 3
    assert "provisional" in done.err
    allowed = ["--fail-under", "0", "--allow-provisional"]
    assert callqa("score", "v.ogg", "--engine", "pocketsphinx", "--rubric", _any_call(tmp_path), *allowed).status == 0


def _any_call(folder: Path) -> Path:
    path = folder / "any.yaml"
    path.write_text(
        "format: 1\nname: any\nscorable_if: {both_spoke: false}\n"
        "criteria:\n  - {id: said, title: Says anything, forbid: {say: xylophone}}\n"
    )
    return path


# -- bad input: one sentence each, the other calls go on -----------------------------------------------------------


def test_every_kind_of_bad_recording_gets_a_sentence_and_the_others_go_on(callqa: Cli, calls: Path) -> None:
    bad = calls / "bad"
    bad.mkdir()
    (bad / "empty.wav").touch()
    (bad / "text.wav").write_text("this is no sound", encoding="utf-8")
    write(bad / "whole.wav", tone(1, 440))
    (bad / "header.wav").write_bytes((bad / "whole.wav").read_bytes()[:44])
    (bad / "whole.wav").unlink()
    write(bad / "silence.wav", silence(25))
    write(bad / "blip.wav", tone(0.3, 440, 330))
    (bad / "gone.wav").symlink_to(bad / "nowhere.wav")
    (bad / "loop").symlink_to(calls)
    os.close(os.open(os.fsencode(bad) + b"/caf\xe9.wav", os.O_CREAT))
    (bad / "broken.json").write_text("{", encoding="utf-8")
    (bad / "wrong.json").write_text('{"utterances": [{"speaker": "agent", "text": 5}]}', encoding="utf-8")
    backwards = [{"speaker": "agent", "start": start, "end": start + 1, "text": "a"} for start in (9, 1)]
    (bad / "backwards.json").write_text(json.dumps({"utterances": backwards}), encoding="utf-8")
    done = callqa("score", calls, "--engine", "scripted", "-f", "json")
    assert done.status == 3
    results = {Path(call["path"]).name: call for call in done.json["calls"]}
    assert [name for name, call in results.items() if call["status"] == "scored"] == ["a1.json", "b1.json"]
    assert {name for name, call in results.items() if call["status"] == "unscorable"} == {"silence.wav", "blip.wav"}
    failed = {name: call["reason"] for name, call in results.items() if call["status"] == "failed"}
    assert set(failed) == {
        "empty.wav", "text.wav", "header.wav", "gone.wav", "loop", "caf\\xe9.wav",
        "broken.json", "wrong.json", "backwards.json",
    }  # fmt: skip
    for reason in failed.values():
        assert "Traceback" not in reason
        assert "\n" not in reason
    shown = callqa("score", calls, "--engine", "scripted").out
    for name in failed:
        assert name in shown


def test_two_recordings_with_one_call_id_are_both_named(callqa: Cli, calls: Path) -> None:
    shutil.copy(calls / "tom" / "b1.json", calls / "tom" / "b1.srt")
    write(calls / "tom" / "b1.wav", silence(1))
    write(calls / "tom" / "b1.mp3", silence(1), codec="mp3")
    done = callqa("score", calls, "-f", "json")
    assert done.status == 3
    reasons = [call["reason"] for call in done.json["calls"] if call["status"] == "failed"]
    assert len(reasons) == 2
    assert "b1.wav" in reasons[0]
    assert "b1.mp3" in reasons[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "nowhere"),
        (["calls", "--engine", "siri"], "'siri'"),
        (["calls", "--engine", "whisper", "--model", "base.eng"], "base.en"),
        (["calls", "--rubric", "suport"], "did you mean 'support'"),
        (["calls", "--rubric", "none.yaml"], "none.yaml"),
        (["calls", "-f", "xml"], "'xml'"),
        (["calls", "--filename-pattern", "("], "filename pattern"),
        (["calls", "--metadata", "who.csv"], "agent"),
        (["calls", "-f", "json", "-o", "nowhere/out.json"], "nowhere"),
        (["calls", "-f", "json", "-f", "csv"], "two reports would go to standard output"),
        (["calls", "-o", "out.xyz"], "out.xyz"),
        (["calls", "--jobs", "0"], "--jobs"),
        (["calls", "--engine", "pocketsphinx", "--language", "de"], "knows only English"),
    ],
    ids=lambda value: " ".join(value[1:3]) if isinstance(value, list) else "",
)
def test_wrong_use_is_told_before_any_work(
    callqa: Cli, calls: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    (tmp_path / "who.csv").write_text("file,who\na,b\n", encoding="utf-8")
    done = callqa("score", *arguments)
    assert done.status == 2
    assert message in done.err
    assert done.out == ""
    assert "Traceback" not in done.err


def test_a_broken_rubric_lists_every_mistake_with_its_line(callqa: Cli, calls: Path, tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(
        "format: 1\nname: r\npass_mrk: 3\ncriteria:\n  - id: a\n    title: A\n    expect: {behaviour: apology}\n"
        "  - id: b\n    title: B\n    forbid: {behavior: aplogy}\n"
    )
    done = callqa("score", calls, "--rubric", "r.yaml")
    assert done.status == 2
    for line in ("r.yaml:3:", "r.yaml:7:", "r.yaml:10:"):
        assert line in done.err


def test_a_folder_without_recordings_is_wrong_use(callqa: Cli, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.doc").touch()
    done = callqa("score", "empty")
    assert done.status == 2
    assert "no recording" in done.err


# -- outputs, names, configuration ---------------------------------------------------------------------------------


def test_each_output_belongs_to_the_format_before_it(callqa: Cli, calls: Path, tmp_path: Path) -> None:
    done = callqa("score", calls, "-f", "text", "-f", "json", "-o", "r.json", "-f", "csv", "-o", "r.csv")
    assert done.status == 0
    assert "Agent" in done.out
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["coverage"]["scored"] == 2
    rows = list(csv.DictReader(io.StringIO((tmp_path / "r.csv").read_text("utf-8-sig"))))
    assert len(rows) == 8


def test_a_target_tells_its_format(callqa: Cli, calls: Path, tmp_path: Path) -> None:
    assert callqa("score", calls, "-o", "r.json").status == 0
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["format"] == 1


def test_agents_come_from_metadata_then_pattern_then_folder(callqa: Cli, tmp_path: Path) -> None:
    for name in ("ana-01", "bo-02"):
        transcript(tmp_path / "calls" / f"{name}.json", GOOD)
    (tmp_path / "who.csv").write_text(
        "file,agent,started_at\nana-01.json,Ana María,2026-11-03T09:15\n", encoding="utf-8"
    )
    done = callqa("score", "calls", "--metadata", "who.csv", "--filename-pattern", "agent-id", "-f", "json")
    assert [(call["agent"], call["started_at"]) for call in done.json["calls"]] == [
        ("Ana María", "2026-11-03T09:15:00"),
        ("bo", None),
    ]
    assert {call["agent"] for call in callqa("score", "calls", "-f", "json").json["calls"]} == {"unknown"}


def test_limit_takes_the_first(callqa: Cli, calls: Path) -> None:
    assert [call["agent"] for call in callqa("score", calls, "--limit", "1", "-f", "json").json["calls"]] == ["priya"]


def test_a_transcript_beside_a_recording_is_used_and_told(callqa: Cli, tmp_path: Path) -> None:
    transcript(tmp_path / "calls" / "a.json", GOOD)
    write(tmp_path / "calls" / "a.wav", tone(2, 440))
    [call] = callqa("score", "calls", "-f", "json").json["calls"]
    assert (call["path"], call["engine"], call["score"]) == ("calls/a.wav", "transcript", 100.0)
    assert any("next to it" in note for note in call["notes"])


def test_options_come_from_the_environment_and_from_callqa_toml(
    callqa: Cli, calls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "callqa.toml").write_text('format = "json"\n[score]\nfail-under = 90\n', encoding="utf-8")
    done = callqa("score", calls)
    assert done.status == 1
    assert done.json["coverage"]["scored"] == 2
    monkeypatch.setenv("CALLQA_FAIL_UNDER", "10")
    assert callqa("score", calls).status == 0
    assert callqa("score", calls, "--fail-under", "95").status == 1


def test_a_mistake_in_callqa_toml_is_named(callqa: Cli, calls: Path, tmp_path: Path) -> None:
    (tmp_path / "callqa.toml").write_text("rubrik = 'support'\n", encoding="utf-8")
    done = callqa("score", calls)
    assert done.status == 2
    assert "did you mean 'rubric'" in done.err


def test_a_callers_words_cannot_act_on_the_terminal(callqa: Cli, tmp_path: Path) -> None:
    rude = [*RUDE[:2], ("agent", "That is your own fault \x1b[2J[bold]=1+1\u202e"), RUDE[3]]
    transcript(tmp_path / "calls" / "=cmd" / "a.json", rude)
    done = callqa("score", "calls")
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out
    rows = list(csv.DictReader(io.StringIO(callqa("score", "calls", "-f", "csv").out)))
    assert {row["agent"] for row in rows} == {"'=cmd"}


def test_a_broken_transcript_beside_a_recording_is_named(callqa: Cli, tmp_path: Path) -> None:
    write(tmp_path / "a.wav", tone(2, 440))
    (tmp_path / "a.json").write_text("{", encoding="utf-8")
    [call] = callqa("score", tmp_path / "a.wav", "-f", "json").json["calls"]
    assert call["reason"].startswith("its transcript")
    assert "a.json" in call["reason"]


def test_text_that_is_no_transcript_is_left_alone_with_a_word(callqa: Cli, calls: Path) -> None:
    (calls / "notes.txt").write_text("Nice weather.\n", encoding="utf-8")
    done = callqa("score", calls)
    assert done.status == 0
    assert "notes.txt" in done.err


def test_a_cache_that_cannot_be_written_is_told_and_loses_nothing(callqa: Cli, tmp_path: Path) -> None:
    scripted(tmp_path / "calls" / "a.wav", GOOD)
    (tmp_path / "cache").mkdir()
    for prefix in range(256):  # a file stands where each folder of the cache would be made
        (tmp_path / "cache" / f"{prefix:02x}").touch()
    done = callqa("score", "calls", "--engine", "scripted", "--cache-dir", "cache", "-f", "json")
    [call] = done.json["calls"]
    assert (done.status, call["score"]) == (0, 100.0)
    assert any("cannot be written" in note for note in call["notes"])


def test_a_call_in_another_language_is_not_judged(callqa: Cli, tmp_path: Path) -> None:
    lines = [
        ("agent", "Guten Morgen, hier ist Jonas, was kann ich für Sie tun?"),
        ("customer", "Mein Paket ist seit drei Tagen nicht da, und ich habe schon zweimal bei Ihnen angerufen."),
        ("agent", "Das tut mir leid, ich schaue sofort nach und schicke Ihnen morgen ein neues."),
    ]
    transcript(tmp_path / "a.json", lines, every=10.0)
    done = callqa("score", "a.json", "-f", "json")
    assert done.status == 3
    [call] = done.json["calls"]
    assert (call["status"], call["reason_kind"]) == ("unscorable", "language")
    assert "not in English" in call["reason"]


def test_a_call_heard_in_another_language_is_not_judged(callqa: Cli, tmp_path: Path) -> None:
    checkpoint = save(tmp_path / "own.pt", " hello, this is the lamp shop.", language="de")
    scripted(tmp_path / "a.wav", GOOD)
    done = callqa("score", "a.wav", "--engine", "whisper", "--model", checkpoint, "--language", "auto", "-f", "json")
    [call] = done.json["calls"]
    assert (call["status"], call["reason_kind"]) == ("unscorable", "language")
    assert call["reason"] == "it is in the language de, and the rubric support is for en"


@pytest.mark.slow
def test_whisper_hears_the_same_in_any_company(callqa: Cli, tmp_path: Path) -> None:
    checkpoint = save(tmp_path / "own.pt", " hello, this is the lamp shop.")
    for name in "abc":
        scripted(tmp_path / "calls" / f"{name}.wav", GOOD[: "abc".index(name) + 2])
    asked = ("--engine", "whisper", "--model", checkpoint, "--no-cache", "-f", "json")
    together = callqa("score", "calls", *asked)
    assert together.status in (0, 3), together.err
    assert callqa("score", "calls", *asked, "--jobs", "2").out == together.out
    alone = [callqa("score", f"calls/{name}.wav", *asked).json["calls"][0] for name in "abc"]
    assert [{**call, "call_id": ""} for call in alone] == [{**call, "call_id": ""} for call in together.json["calls"]]


def test_where_the_engine_cannot_go_on_what_is_finished_stands(
    callqa: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise torch.AcceleratorError("CUDA error: unspecified launch failure\nCompile with TORCH_USE_CUDA_DSA")

    monkeypatch.setattr(DecoderRows, "step", fail)
    checkpoint = save(tmp_path / "own.pt")
    transcript(tmp_path / "calls" / "read.json", GOOD)
    scripted(tmp_path / "calls" / "heard.wav", GOOD)
    asked = ("--engine", "whisper", "--model", checkpoint, "-f", "json")
    done = callqa("score", "calls", *asked)
    assert done.status == 3
    lost, kept = done.json["calls"]
    why = "the GPU failed (CUDA error: unspecified launch failure)"
    assert (lost["status"], kept["status"]) == ("failed", "scored")
    assert lost["reason"].startswith(why)
    nothing = callqa("score", "calls/heard.wav", *asked)
    assert (nothing.status, nothing.out) == (2, "")
    assert nothing.err.splitlines()[-1].startswith(f"callqa: {why}")


@pytest.mark.slow
def test_jobs_are_processes_that_read_for_a_gpu(callqa: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for: list[int | None] = []

    class Counting(PoolReader):
        def __init__(self, paths: Sequence[Path], stages: StageTimer, processes: int | None = None):
            asked_for.append(processes)
            super().__init__(paths, stages, processes)

    checkpoint = save(tmp_path / "own.pt", " hello, this is the lamp shop.")
    for name in "ab":
        scripted(tmp_path / "calls" / f"{name}.wav", GOOD[:2])
    asked = ("--engine", "whisper", "--model", checkpoint, "--no-cache", "-f", "json", "--jobs", "2")
    with monkeypatch.context() as patched:
        patched.setattr("callqa.transcription.transcriber.PoolReader", Counting)
        patched.setattr(WhisperEngine, "uses_gpu", True)
        beside = callqa("score", "calls", *asked)
    assert asked_for == [2]
    assert callqa("score", "calls", *asked).out == beside.out


def test_verbose_says_how_each_call_became_words(callqa: Cli, tmp_path: Path) -> None:
    transcript(tmp_path / "calls" / "read.json", GOOD)
    scripted(tmp_path / "calls" / "heard.wav", GOOD)
    (tmp_path / "calls" / "broken.wav").write_bytes(b"no sound")
    said = [callqa("score", "calls", "--engine", "scripted", "-v").err for _ in range(2)]
    assert all("calls/read.json: 29 s, a transcript made elsewhere" in err for err in said)
    assert all("calls/broken.wav: could not be read" in err for err in said)
    assert "calls/heard.wav: 30 s, transcribed by scripted" in said[0]
    assert "from the cache" not in said[0]
    assert "calls/heard.wav: 30 s, transcribed by scripted, from the cache" in said[1]
