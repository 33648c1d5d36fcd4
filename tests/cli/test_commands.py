"""The other commands: detect, transcribe, inspect, demo, doctor, rubric, schema."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import torch

from callqa import __version__, demo_calls
from callqa.reports.schemas import NAMES, published
from callqa.transcripts.formats import read
from support.audio_files import VOICE, noise, silence, tone, voice, write
from support.cli_runs import GOOD, RUDE, Cli, scripted, transcript

# -- detect --------------------------------------------------------------------------------------------------------


def test_detect_lists_every_occurrence_with_its_rule(callqa: Cli, tmp_path: Path) -> None:
    lines = [*GOOD, ("agent", "And again, I'm so sorry. I do apologise.")]
    transcript(tmp_path / "calls" / "a.json", lines)
    done = callqa("detect", "calls", "-f", "json")
    assert done.status == 0
    jsonschema.validate(done.json, json.loads(published("detect")))
    [call] = done.json["calls"]
    apologies = [hit for hit in call["behaviors"] if hit["behavior"] == "apology"]
    assert [hit["utterance"] for hit in apologies] == [2, 5, 5]
    for hit in call["behaviors"]:
        assert hit["quote"] in lines[hit["utterance"]][1]
        assert hit["rule"]
    assert {hit["speaker"] for hit in call["behaviors"] if hit["behavior"] == "complaint"} == {"customer"}


def test_detect_measures_events(callqa: Cli, tmp_path: Path) -> None:
    transcript(tmp_path / "a.json", GOOD, every=12.0)
    path = tmp_path / "a.json"
    data = json.loads(path.read_text())
    data["utterances"][1]["end"] = 14.0
    path.write_text(json.dumps(data))
    [call] = callqa("detect", "a.json", "-f", "json").json["calls"]
    assert call["events"] == [{"event": "dead_air", "start": 14.0, "end": 24.0, "by": None, "owed": "agent"}]
    assert "  00:14  ~ dead air, 10.0 s, the agent's turn\n" in callqa("detect", "a.json").out


def test_detect_shows_the_transcript_with_its_marks(callqa: Cli, tmp_path: Path) -> None:
    transcript(tmp_path / "a.json", RUDE)
    done = callqa("detect", "a.json")
    assert done.status == 0
    lines = done.out.splitlines()
    at = next(index for index, line in enumerate(lines) if "own fault" in line)
    assert "00:12" in lines[at]
    assert "arguing" in lines[at + 1]


def test_a_call_that_cannot_be_read_is_in_the_json_and_on_stderr(callqa: Cli, tmp_path: Path) -> None:
    transcript(tmp_path / "calls" / "a.json", GOOD)
    (tmp_path / "calls" / "b.json").write_text("{")
    done = callqa("detect", "calls", "-f", "json")
    assert done.status == 3
    assert [call["status"] for call in done.json["calls"]] == ["detected", "failed"]
    assert "calls/b.json" in done.err


# -- transcribe ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["json", "txt", "srt", "vtt"])
def test_what_is_transcribed_can_be_read_again(callqa: Cli, tmp_path: Path, form: str) -> None:
    scripted(tmp_path / "a.wav", GOOD)
    done = callqa("transcribe", "a.wav", "--engine", "scripted", "-f", form, "-o", f"out.{form}")
    assert done.status == 0, done.err
    utterances = read(tmp_path / f"out.{form}").utterances
    assert [(one.speaker, one.text) for one in utterances] == GOOD
    assert [one.start for one in utterances] == [0.0, 6.0, 12.0, 18.0, 24.0]


def test_several_transcripts_go_into_a_folder(callqa: Cli, tmp_path: Path) -> None:
    scripted(tmp_path / "calls" / "tom" / "a.wav", GOOD)
    scripted(tmp_path / "calls" / "ana" / "a.wav", RUDE)
    assert callqa("transcribe", "calls", "--engine", "scripted", "-f", "json").status == 2
    done = callqa("transcribe", "calls", "--engine", "scripted", "-f", "json", "-o", "out")
    assert done.status == 0
    written = json.loads((tmp_path / "out" / "ana" / "a.json").read_text())
    jsonschema.validate(written, json.loads(published("transcript")))
    assert written["agent"] == "ana"
    assert len(list((tmp_path / "out").rglob("*.json"))) == 2


def test_a_transcript_of_a_mono_recording_stays_a_guess(callqa: Cli, tmp_path: Path) -> None:
    scripted(tmp_path / "a.wav", RUDE, mono=True)
    callqa("transcribe", "a.wav", "--engine", "scripted", "-f", "json", "-o", "b.json")
    [call] = callqa("score", "b.json", "-f", "json").json["calls"]
    assert {one["id"]: one["verdict"] for one in call["criteria"]}["no_arguing"] == "review"


def test_no_times_no_subtitles(callqa: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Agent: Hello.\nCustomer: Hello.\n")
    done = callqa("transcribe", "a.txt", "-f", "srt")
    assert done.status == 3
    assert "no times" in done.err


# -- inspect -------------------------------------------------------------------------------------------------------


def inspected(callqa: Cli, path: Path) -> dict[str, object]:
    done = callqa("inspect", path, "-f", "json")
    assert done.status == 0, done.err
    [row] = done.json["recordings"]
    return dict(row)


def test_inspect_tells_the_layouts_apart(callqa: Cli, tmp_path: Path) -> None:
    import numpy as np

    said = voice()
    gap = np.zeros_like(said)
    left, right = np.concatenate([said, gap]), np.concatenate([gap, said])
    samples = {
        "mono": left,
        "dual": np.stack([left, right]),
        "dual-mono": np.stack([left, left]),
        "one-silent": np.stack([left, np.zeros_like(left)]),
        "silent": np.zeros_like(left),
    }
    for layout, channels in samples.items():
        row = inspected(callqa, write(tmp_path / f"{layout}.wav", channels))
        assert row["layout"] == layout
        assert row["remarks"]
        assert row["likely_voicemail"] == (layout == "one-silent")


def test_inspect_tells_clipping_rate_and_length(callqa: Cli, tmp_path: Path) -> None:
    loud = write(tmp_path / "loud.wav", tone(2, 300, rate=8000, amplitude=3.0).clip(-1, 1), rate=8000)
    row = inspected(callqa, loud)
    assert (row["sample_rate"], row["duration"], row["codec"]) == (8000, pytest.approx(2.0, abs=0.01), "pcm_s16le")
    assert any("clipped" in remark for remark in row["remarks"])
    assert any("nobody speaks" in remark for remark in row["remarks"])


def test_inspect_goes_on_after_a_bad_file(callqa: Cli, tmp_path: Path) -> None:
    (tmp_path / "bad.wav").write_text("no sound")
    write(tmp_path / "hiss.wav", noise(1, -30))
    done = callqa("inspect", tmp_path)
    assert done.status == 3
    assert "bad.wav" in done.out
    assert "mono" in done.out


# -- demo ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_demo_shows_what_it_promises(callqa: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of the sample calls, heard for real: all of them would take a minute."""
    few = tmp_path / "few"
    for name in ("tom/1102-cut-off.ogg", "tom/1330-hotel.ogg", "tom/1330-hotel.json", "tom/1045-heating.wav"):
        (few / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(demo_calls.demo_folder() / name, few / name)
    monkeypatch.setattr(demo_calls, "demo_folder", lambda: few)
    done = callqa("demo", "out")
    assert done.status == 0, done.err
    assert "2 scored · 1 not scorable (1 too short)" in done.out
    assert "PROVISIONAL" in done.out
    assert "pip install 'callqa[box]'" in done.err
    assert (tmp_path / "out" / "tom" / "1330-hotel.json").exists()


def test_the_sample_calls_are_all_there(tmp_path: Path) -> None:
    assert demo_calls.write_demo_calls(tmp_path / "calls") == 10
    assert demo_calls.write_demo_calls(tmp_path / "calls") == 10
    assert {path.name for path in (tmp_path / "calls").iterdir()} == {"anne", "maria", "tom"}


def test_a_place_the_demo_cannot_write_to_is_told(callqa: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = callqa("demo", "file/below")
    assert done.status == 2
    assert "file/below" in done.err


# -- doctor, rubric, schema ----------------------------------------------------------------------------------------


def test_doctor_names_faster_whisper_and_where_its_model_is(callqa: Cli, tmp_path: Path) -> None:
    pytest.importorskip("faster_whisper", reason="faster-whisper is not installed")
    from support.miniature_ct2 import save_ct2

    folder = save_ct2(tmp_path / "mini")
    told = json.loads(callqa("doctor", "-f", "json", "--engine", "faster-whisper", "--model", folder).out)
    assert (told["engine"], told["whisper_model_file"]) == ("faster-whisper", str(folder))
    assert all(told["extras"].values())
    out = callqa("doctor", "--engine", "faster-whisper", "--model-dir", tmp_path / "none", "--offline").out
    assert "engine:            faster-whisper" in out
    assert "Whisper model:     base.en, not on disk" in out


def test_doctor_tells_what_would_listen_and_where_things_are(callqa: Cli, tmp_path: Path) -> None:
    done = callqa("doctor", "-f", "json", "--cache-dir", tmp_path / "cache")
    assert done.status == 0
    assert done.json["callqa"] == __version__
    assert (done.json["engine"], done.json["provisional"]) == ("pocketsphinx", True)
    assert done.json["whisper_model_on_disk"] is False
    assert done.json["transcript_cache"] == str(tmp_path / "cache")
    assert "base.en" in callqa("doctor").out


@pytest.mark.skipif(torch.cuda.is_available(), reason="has a CUDA device")
@pytest.mark.parametrize("engine", ["whisper", "faster-whisper"])
def test_doctor_tells_where_whisper_computes(callqa: Cli, engine: str) -> None:
    if engine == "faster-whisper":
        pytest.importorskip("faster_whisper", reason="faster-whisper is not installed")
    told = json.loads(callqa("doctor", "-f", "json", "--engine", engine).out)
    assert told["whisper_computes_on"].startswith("the processor, in ")
    done = callqa("doctor", "--engine", engine, "--device", "cuda:3")
    assert done.status == 2
    assert re.search(r"Whisper runs on: +nothing: .* finds no CUDA devices here, so cuda:3 cannot be used", done.out)


def test_a_rubric_of_ones_own(callqa: Cli, tmp_path: Path) -> None:
    assert callqa("rubric", "new", "ours.yaml").status == 0
    assert callqa("rubric", "new", "ours.yaml").status == 2
    assert "no problems found" in callqa("rubric", "check", "ours.yaml").out
    text = (tmp_path / "ours.yaml").read_text()
    (tmp_path / "ours.yaml").write_text(text.replace("expect: {apology: fail}", "expect: {apology: pass}"))
    done = callqa("rubric", "test", "ours.yaml")
    assert done.status == 1
    assert "criterion `apology`: expected pass, got fail" in done.out
    assert "support" in callqa("rubric", "list").out


def test_a_new_rubric_can_begin_from_any_and_brings_its_schema(callqa: Cli, tmp_path: Path) -> None:
    assert callqa("rubric", "new", "Our Desk.yaml", "--from", "last").status == 0
    first, *rest = (tmp_path / "Our Desk.yaml").read_text().splitlines()
    assert first == "# yaml-language-server: $schema=rubric.schema.json"
    assert "name: our-desk" in rest
    assert not any("yaml-language-server" in line for line in rest)
    assert json.loads((tmp_path / "rubric.schema.json").read_text())["title"] == "callqa rubric"
    assert callqa("rubric", "test", "Our Desk.yaml").status == 0


SHORT = """\
format: 1
name: ours
criteria:
  - {id: sorry, title: Says sorry, when: {behavior: complaint}, expect: {behavior: apology}}
tests:
  - name: nothing wrong
    call: ["agent: Hello.", "customer: Hello."]
    expect: {sorry: pass}
  - {name: later, todo: true, call: ["agent: Hello."], expect: {sorry: pass}}
"""


def test_failures_and_what_is_to_do_are_told_apart(callqa: Cli, tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_text(SHORT)
    (tmp_path / "ours.test.yaml").write_text(
        "format: 1\nrubric: ours\ntests:\n"
        '  - {name: beside, call: ["customer: It is broken again, I am fed up."], expect: {sorry: pass}}\n'
        '  - {name: done, todo: true, call: ["customer: Hello."], expect: {sorry: na}}\n'
    )
    done = callqa("rubric", "test", "ours.yaml")
    assert done.status == 1
    assert (
        "FAIL nothing wrong: criterion `sorry`: expected pass, got na —"
        " the trigger `complaint` was not found in utterance 2" in done.out
    )
    assert "FAIL beside: criterion `sorry`: expected pass, got " in done.out
    assert "TO DO later: criterion `sorry`: expected pass, got na" in done.out
    assert "TO DO done: it passes; remove `todo` from it" in done.out
    assert "2 failed" in done.out


def test_a_rubric_without_tests_does_not_look_tested(callqa: Cli, tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_text(SHORT.split("tests:")[0])
    assert "has no tests of its own" in callqa("rubric", "test", "ours.yaml").out


def test_show_is_a_page_for_an_agent(callqa: Cli, tmp_path: Path) -> None:
    page = callqa("rubric", "show", "customer-shoes").out
    assert "3. Offers help within seconds" in page
    assert "   Why:       Nobody should have to ask whether they may ask." in page
    assert "   Say:       “How can I help you today?”" in page
    assert "“Offers to help” (by you), within 30 s of your first words" in page
    assert "silences longer than 10 s that you have not announced: at most 1" in page
    assert all(len(line) <= 100 for line in page.splitlines())


def test_the_rubric_in_the_readme_is_one(callqa: Cli, tmp_path: Path) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    [block] = [part.split("```")[0] for part in readme.split("```yaml\n")[1:] if "criteria:" in part]
    (tmp_path / "ours.yaml").write_text(block)
    assert callqa("rubric", "check", "ours.yaml").status == 0
    assert "0 failed" in callqa("rubric", "test", "ours.yaml").out
    transcript(tmp_path / "a.json", GOOD)
    [call] = callqa("score", "a.json", "--rubric", "ours.yaml", "-f", "json").json["calls"]
    verdicts = {one["id"]: one["verdict"] for one in call["criteria"]}
    assert verdicts == {"greeting": "pass", "apology": "pass", "no_arguing": "pass"}


@pytest.mark.parametrize("name", NAMES)
def test_schemas_are_printed(callqa: Cli, name: str) -> None:
    assert json.loads(callqa("schema", name).out)["$schema"].startswith("https://json-schema.org/")


def test_the_rubric_author_finds_the_same_schemas_on_the_bench(callqa: Cli) -> None:
    assert callqa("rubric", "schema").out == published("rubric") == callqa("schema", "rubric").out
    assert callqa("rubric", "schema", "behavior").out == published("behavior")


def test_a_bug_gets_a_log_and_its_own_status(callqa: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    transcript(tmp_path / "a.json", GOOD)

    def broken(*arguments: object) -> None:
        raise ZeroDivisionError("deep inside")

    monkeypatch.setattr("callqa.pipeline.judge", broken)
    done = callqa("score", "a.json")
    assert done.status == 70
    log = Path(done.err.rsplit(" ", 1)[1].strip())
    assert "deep inside" in log.read_text()
    assert "Traceback" not in done.err


def test_a_voice_is_heard_by_the_engine_in_the_box(callqa: Cli, tmp_path: Path) -> None:
    shutil.copy(VOICE, tmp_path / "v.ogg")
    write(tmp_path / "nothing.wav", silence(2))
    done = callqa("transcribe", "v.ogg", "--engine", "pocketsphinx")
    assert done.status == 0
    assert "lamp" in done.out.lower() or "hello" in done.out.lower()


def test_inspect_asks_about_channels_where_both_speak_most_of_the_time(callqa: Cli, tmp_path: Path) -> None:
    said, wait = voice(), silence(1.5)
    write(tmp_path / "a.wav", np.stack([np.concatenate([said, wait]), np.concatenate([wait, said])]))
    assert re.search(r"both speak at once for \d+% of the time: do the channels leak", callqa("inspect", "a.wav").out)
