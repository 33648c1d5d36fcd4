"""What is heard with a real Whisper model: the model in the box, on both engines."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from callqa.demo_calls import write_demo_calls
from callqa.engines.packaged_models import find_packaged
from support.audio_files import Samples, chord, noise, read, silence, tone, write
from support.cli_runs import Cli

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("box")]

RATE = 8000


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the joined model and the transcripts of all tests here: each call is heard once by each engine."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(autouse=True)
def real_model(box: None, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if find_packaged("base") is None:
        pytest.skip("the extra `box` is not installed")
    monkeypatch.setenv("XDG_CACHE_HOME", str(kept))


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    write_demo_calls(tmp_path / "calls")
    return tmp_path / "calls"


def heard(callqa: Cli, path: Path, engine: str = "faster-whisper") -> dict[str, Any]:
    """Return the transcript of one recording."""
    done = callqa("transcribe", path, "--engine", engine, "-f", "json")
    assert done.status == 0, done.err
    call: dict[str, Any] = done.json
    return call


def words(call: dict[str, Any], speaker: str) -> str:
    """Return what somebody said, in small letters without commas and stops."""
    said = " ".join(line["text"] for line in call["utterances"] if line["speaker"] == speaker)
    return re.sub(r"[.,?!]", "", said).lower()


def test_the_sample_calls_are_judged_as_a_listener_would(callqa: Cli, calls: Path) -> None:
    done = callqa("score", calls, "--engine", "faster-whisper", "-f", "json")
    results = {result["call_id"].split("/")[-1]: result for result in done.json["calls"]}
    assert not any(result["provisional"] for result in results.values())
    verdicts = {
        name: {criterion["id"]: criterion["verdict"] for criterion in result["criteria"]}
        for name, result in results.items()
        if result["status"] == "scored"
    }
    parcel = results["0932-parcel"]
    assert parcel["auto_failed"]
    assert verdicts["0932-parcel"]["no_arguing"] == "fail"
    assert verdicts["1330-hotel"] == {
        "greeting": "fail",
        "apology": "pass",
        "make_it_right": "fail",
        "no_arguing": "pass",
    }
    assert verdicts["1210-bill"]["make_it_right"] == "fail", "she says that she does not know"
    assert [name for name, of in verdicts.items() if of["no_arguing"] != "pass"] == ["0932-parcel"]
    assert all(of["greeting"] == "pass" for name, of in verdicts.items() if name != "1330-hotel")
    assert not [name for name, of in verdicts.items() if "review" in of.values()]


@pytest.mark.parametrize("engine", ["whisper", "faster-whisper"])
def test_both_engines_hear_the_words_of_both_parties(callqa: Cli, calls: Path, engine: str) -> None:
    call = heard(callqa, calls / "anne" / "0915-washing-machine.ogg", engine)
    agent, customer = words(call, "agent"), words(call, "customer")
    assert "good morning my name is anne" in agent
    assert "i will send you a new machine tomorrow" in agent
    assert "is there anything else i can help you with" in agent
    assert "it is broken again" in customer
    assert "second time it has happened" in customer


def test_a_mono_call_is_told_apart(callqa: Cli, calls: Path) -> None:
    call = heard(callqa, calls / "maria" / "1540-coffee.mp3")
    assert {line["speaker"] for line in call["utterances"]} == {"agent", "customer"}
    assert "is there anything else i can help you with" in words(call, "agent")


def music(seconds: float, rate: int = RATE) -> Samples:
    """A slow tune over held chords, as music on hold is."""
    notes = (262.0, 330.0, 392.0, 330.0, 349.0, 294.0, 247.0, 294.0)
    bars = [chord(0.5, note, note / 2, note * 1.5, rate=rate) for note in notes]
    return np.tile(np.concatenate(bars), int(seconds / (0.5 * len(notes))))


def ringing(seconds: float) -> Samples:
    """A British ringing tone: twice 0.4 seconds, then a pause of two."""
    ring, gap = chord(0.4, 400.0, 450.0, rate=RATE), silence(0.2, rate=RATE)
    period = np.concatenate([ring, gap, ring, silence(2.0, rate=RATE)])
    return np.tile(period, int(seconds * RATE / len(period)))


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(silence(40, rate=RATE), id="silence"),
        pytest.param(ringing(40), id="ringing"),
        pytest.param(music(60), id="music"),
        pytest.param(noise(40, -30, rate=RATE), id="noise"),
        pytest.param(tone(40, 440.0, rate=RATE)[0], id="tone"),
    ],
)
@pytest.mark.parametrize("engine", ["whisper", "faster-whisper"])
def test_nothing_is_heard_where_nobody_speaks(callqa: Cli, tmp_path: Path, sound: Samples, engine: str) -> None:
    path = write(tmp_path / "quiet.wav", sound, rate=RATE)
    call = heard(callqa, path, engine)
    assert call["utterances"] == []


def test_music_after_the_words_adds_none(callqa: Cli, calls: Path, tmp_path: Path) -> None:
    call = calls / "anne" / "0915-washing-machine.ogg"
    plain = heard(callqa, call)
    speech, tune = read(call), music(20, rate=16_000)
    held = heard(callqa, write(tmp_path / "held.wav", np.concatenate([speech, np.stack([tune, tune])], axis=1)))
    assert words(held, "agent") == words(plain, "agent")
    assert words(held, "customer") == words(plain, "customer")
