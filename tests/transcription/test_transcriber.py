"""Tests of transcribing synthetic recordings, in which all events are known, and of sounds without speech."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from callqa import audio
from callqa.conversation.conversation import Conversation, SpeechOfCall
from callqa.conversation.events import find_events
from callqa.conversation.metrics import measure
from callqa.core.timeline import Span
from callqa.engines.scripted_engine import ScriptedEngine
from callqa.errors import RecordingError
from callqa.settings import EngineSettings
from callqa.transcription.hallucinations import NO_SPEECH
from callqa.transcription.transcriber import RawTranscript, transcribe_recording, transcribe_recordings
from support.audio_files import Samples, chord, noise, read, sayings, silence, telephone_call, write
from support.cli_runs import Cli

EXACT = 0.05
"""Seconds by which a boundary may be wrong."""


def transcribe(path: Path, *script: str) -> RawTranscript:
    path.with_name(path.name + ".script").write_text("\n".join(script), encoding="utf-8")
    return transcribe_recording(path, ScriptedEngine(EngineSettings("scripted")))


def eventful(agent: int) -> list[tuple[int, float, Samples]]:
    """A call with an answer after 0.8 s, 9.2 s of dead air, an interruption, a sign of listening, and a monologue."""
    hello, sorry, remedy, broken, waited, happy = sayings()
    customer = 1 - agent
    said = [(agent, 1.0, hello), (customer, 5.0, broken)]

    def then(channel: int, sound: Samples, gap: float) -> None:
        _, start, last = said[-1]
        said.append((channel, start + len(last) / 8_000 + gap, sound))

    then(agent, sorry, 0.8)
    then(agent, remedy, 9.2)
    then(customer, waited, -1.1)
    then(agent, sorry, 1.9)
    then(customer, happy, 0.6)
    then(agent, remedy, 3.1)
    said.append((customer, said[-1][1] + 1.0, happy[:2_800]))
    then(agent, hello, 2.6)
    return said


@pytest.mark.parametrize("agent", [0, 1])
@pytest.mark.parametrize("noise", [None, -60, -50, -45])
def test_events_and_metrics_are_exact(tmp_path: Path, noise: int | None, agent: int) -> None:
    spoken = telephone_call(tmp_path / "a.wav", eventful(agent), 50, noise)
    raw = transcribe(tmp_path / "a.wav")
    found = dict(raw.speech)
    for channel, spans in enumerate(spoken):
        assert flat(found[channel]) == pytest.approx(flat(spans), abs=EXACT)
    truth, ours = (
        Conversation(SpeechOfCall(tuple(of[agent]), tuple(of[1 - agent]), 50))
        for of in (dict(enumerate(spoken)), found)
    )
    wanted, events = find_events(truth), find_events(ours)
    assert [one.event for one in wanted] == ["dead_air", "interruption", "overtalk"]
    assert [(one.event, one.by) for one in events] == [(one.event, one.by) for one in wanted]
    for event, want in zip(events, wanted, strict=True):
        assert (event.start, event.end) == pytest.approx((want.start, want.end), abs=EXACT)
    figures, known = asdict(measure(ours)), asdict(measure(truth))
    assert known["longest_dead_air"] == pytest.approx(9.2, abs=0.01)
    assert known["longest_response_time"] == pytest.approx(3.1, abs=0.01)
    # Each boundary is exact to EXACT; a sum of talk or silence has many.
    for name in ("agent_talk", "customer_talk", "silence"):
        assert figures.pop(name) == pytest.approx(known.pop(name), abs=6 * EXACT)
    assert figures == pytest.approx(known, abs=2 * EXACT)


@pytest.mark.parametrize("decibels", [-15, -25, -35])
@pytest.mark.parametrize("noise", [None, -60])
def test_crosstalk_is_not_speech(tmp_path: Path, noise: int | None, decibels: int) -> None:
    spoken = telephone_call(tmp_path / "clean.wav", eventful(0), 50, noise)
    left, right = np.concatenate(list(audio.blocks(tmp_path / "clean.wav", 8_000)), axis=1)
    share = 10 ** (decibels / 20)
    write(tmp_path / "a.wav", np.stack([left + share * right, right + share * left]), rate=8_000)
    raw = transcribe(tmp_path / "a.wav")
    (noted,) = raw.notes
    said = re.fullmatch(
        r"the channels leak into one another, about (\d+) dB softer: the other party's voice is left out of each", noted
    )
    assert said is not None
    assert int(said[1]) == pytest.approx(-decibels, abs=4)
    truth, ours = (
        Conversation(SpeechOfCall(tuple(of[0]), tuple(of[1]), 50)) for of in (dict(enumerate(spoken)), dict(raw.speech))
    )
    wanted, events = find_events(truth), find_events(ours)
    assert [(one.event, one.by) for one in events] == [(one.event, one.by) for one in wanted]
    for event, want in zip(events, wanted, strict=True):
        assert (event.start, event.end) == pytest.approx((want.start, want.end), abs=0.4)
    figures, known = measure(ours), measure(truth)
    for name in ("agent_talk", "customer_talk", "overtalk"):
        assert getattr(figures, name) == pytest.approx(getattr(known, name), abs=0.8)


def test_one_channel_may_leak_into_the_other(tmp_path: Path) -> None:
    telephone_call(tmp_path / "clean.wav", eventful(0), 50, None)
    left, right = np.concatenate(list(audio.blocks(tmp_path / "clean.wav", 8_000)), axis=1)
    write(tmp_path / "a.wav", np.stack([left + 0.05 * right, right]), rate=8_000)
    raw = transcribe(tmp_path / "a.wav")
    assert raw.notes == ("the right channel leaks into the left one, about 26 dB softer: its voice is left out there",)


def flat(spans: tuple[Span, ...] | list[Span]) -> list[float]:
    return [second for span in spans for second in (span.start, span.end)]


# Sounds without speech

RATE = 16_000


def seconds(count: float) -> Samples:
    return np.arange(round(count * RATE), dtype=np.float32) / RATE


def band(samples: Samples, low: float, high: float) -> Samples:
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    spectrum[(hertz < low) | (hertz > high)] = 0
    return np.fft.irfft(spectrum, len(samples)).astype(np.float32)


def pink(count: float, dbfs: float) -> Samples:
    spectrum = np.fft.rfft(noise(count, 0))
    sound = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 1)))
    return (sound / np.sqrt(np.mean(sound**2)) * 10 ** (dbfs / 20)).astype(np.float32)


def ring(*parts: tuple[float, float], hertz: tuple[float, ...]) -> Samples:
    """A ringing tone, repeated four times: seconds of tone and of silence."""
    return np.tile(np.concatenate([np.concatenate([chord(on, *hertz), silence(off)]) for on, off in parts]), 4)


def note(hertz: float, count: float, amplitude: float, vibrato: float = 0.0) -> Samples:
    at = seconds(count)
    phase = 2 * np.pi * hertz * (at + vibrato / (2 * np.pi * 5.5) * np.sin(2 * np.pi * 5.5 * at))
    swell = np.minimum(1, np.minimum(at / 0.03, (count - at) / 0.1))
    return (amplitude * swell * sum(np.sin(k * phase) / k**1.5 for k in range(1, 9))).astype(np.float32)


def hold_music(count: int) -> Samples:
    """A loop of four chords with a tune over them, in telephone quality; `count` chords in all."""
    chords = [(262, 330, 392), (220, 262, 330), (175, 220, 262), (196, 247, 294)]
    tune = [523, 587, 659, 784, 659, 587, 494]
    parts = []
    for bar in range(count):
        sung = np.concatenate([note(tune[(3 * bar + n) % len(tune)], 0.5, 0.12, 0.02) for n in range(4)])
        parts.append(sung + sum(note(hertz, 2.0, 0.05) for hertz in chords[bar % 4]))
    return band(np.concatenate(parts), 300, 3400)


def breathing(low: float, high: float) -> Samples:
    swell = (0.1 * np.sin(np.pi * seconds(1.2) / 1.2) ** 2).astype(np.float32)
    breath = np.concatenate([band(noise(1.2, 0), low, high) * swell, silence(0.9)])
    return np.tile(breath, 4)


def sweep(low: float, high: float, count: float) -> Samples:
    at = seconds(count)
    return (0.2 * np.sin(2 * np.pi * (low * at + (high - low) * at**2 / 2 / count))).astype(np.float32)


def modem() -> Samples:
    bits = np.random.default_rng(1).integers(0, 2, 300 * 6).repeat(RATE // 300)
    return (0.2 * np.sin(2 * np.pi * np.cumsum(np.where(bits > 0, 1270, 1070)) / RATE)).astype(np.float32)


def touch_tones() -> Samples:
    keys = [(697, 1209), (770, 1336), (852, 1477), (941, 1336), (941, 1477)]
    return np.concatenate([np.concatenate([chord(0.15, *key), silence(0.2)]) for key in keys * 4])


NOT_SPEECH = {
    "silence": silence(8),
    "a british ringing tone": ring((0.4, 0.2), (0.4, 2.0), hertz=(400, 450)),
    "an american ringing tone": ring((2, 4), hertz=(440, 480)),
    "hold music": hold_music(6),
    "white noise": noise(8, -25),
    "pink noise": pink(8, -25),
    "touch-tones": touch_tones(),
    "breathing": breathing(300, 3400),
    "breath on the microphone": breathing(80, 1000),
    "a modem": modem(),
    "a rising tone": np.tile(sweep(300, 3400, 2), 4),
    "the beep of an answering machine": np.concatenate([silence(2), chord(1, 1000), silence(3), chord(0.4, 440)]),
}


@pytest.mark.parametrize("line_noise", [None, -55])
@pytest.mark.parametrize("kind", NOT_SPEECH)
def test_nothing_is_transcribed_without_speech(tmp_path: Path, kind: str, line_noise: int | None) -> None:
    sound = NOT_SPEECH[kind] + (0 if line_noise is None else noise(len(NOT_SPEECH[kind]) / RATE, line_noise, 3))
    write(tmp_path / "a.wav", np.stack([sound, noise(len(sound) / RATE, -60, 4)]))
    raw = transcribe(tmp_path / "a.wav", "0\t1.0\t2.0\tThank you for calling.")
    assert all(spans == () for _, spans in raw.speech)
    assert raw.segments == ()


def test_words_written_over_hold_music_are_doubtful(tmp_path: Path) -> None:
    hello = resampled(sayings()[0])
    music = hold_music(5)
    agent = np.concatenate([silence(1), hello, silence(1), music, silence(1)])
    write(tmp_path / "a.wav", np.stack([agent, noise(len(agent) / RATE, -60)]))
    after = 1 + len(hello) / RATE
    raw = transcribe(
        tmp_path / "a.wav",
        f"0\t1.0\t{after}\tGood morning, how can I help?",
        f"0\t{after + 2}\t{after + 3}\tThank you.",
        f"0\t{after + 5}\t{after + 8}\tI'm so sorry about that, I'll put it right.",
    )
    assert [segment.doubt for segment in raw.segments] == [None, NO_SPEECH, NO_SPEECH]


def resampled(samples: Samples) -> Samples:
    """Resample from 8 to 16 kHz."""
    spectrum = np.fft.rfft(samples)
    return (2 * np.fft.irfft(spectrum, 2 * len(samples))).astype(np.float32)


def test_words_without_speech_are_to_be_reviewed_and_are_not_evidence(callqa: Cli, tmp_path: Path) -> None:
    hello, sorry, _, broken, waited, _ = sayings()
    said = [(0, 1.0, hello), (1, 5.0, broken), (0, 8.0, sorry), (1, 11.0, waited), (0, 30.0, sorry)]
    telephone_call(tmp_path / "a.wav", said, 36, -55)
    script = [
        "0\t1.0\t4.1\tGood morning, how can I help you?",
        "1\t5.0\t6.9\tMy kettle arrived broken and I am really annoyed about it.",
        "0\t8.0\t9.8\tRight, which kettle was it?",
        "1\t11.0\t12.3\tThe blue one, it was a present.",
        "0\t20.0\t22.0\tI'm so sorry about that. I'll send you a replacement today.",
        "0\t30.0\t31.8\tIt has been noted down.",
    ]
    (tmp_path / "a.wav.script").write_text("\n".join(script), encoding="utf-8")
    [call] = callqa("score", "a.wav", "--engine", "scripted", "-f", "json").json["calls"]
    verdicts = {criterion["id"]: criterion for criterion in call["criteria"]}
    assert verdicts["greeting"]["verdict"] == "pass"
    for name in ("apology", "make_it_right"):
        assert verdicts[name]["verdict"] == "review"
        assert NO_SPEECH in verdicts[name]["reason"]
    [detected] = callqa("detect", "a.wav", "--engine", "scripted", "-f", "json").json["calls"]
    [gap] = [event for event in detected["events"] if event["event"] == "dead_air"]
    assert (gap["start"], gap["end"], gap["owed"]) == (
        pytest.approx(11 + len(waited) / 8_000, abs=EXACT),
        pytest.approx(30, abs=EXACT),
        "agent",
    )
    assert call["metrics"]["dead_air_agent"] == pytest.approx(gap["end"] - gap["start"], abs=0.01)


def test_music_while_holding_is_a_hold(callqa: Cli, tmp_path: Path) -> None:
    hello, sorry, remedy, broken, waited, _ = sayings()
    said = [(0, 1.0, hello), (1, 5.0, broken), (0, 8.0, sorry), (0, 26.0, remedy), (1, 29.5, waited)]
    telephone_call(tmp_path / "b.wav", said, 33, -55)
    sound = read(tmp_path / "b.wav")
    music = hold_music(7)
    sound[0, 11 * RATE : 11 * RATE + len(music)] += music
    write(tmp_path / "a.wav", sound)
    script = [
        "0\t1.0\t4.1\tGood morning, how can I help you?",
        "1\t5.0\t6.9\tMy kettle arrived broken and I am really annoyed about it.",
        "0\t7.8\t9.8\tBear with me, I'll just put you on hold.",
        "0\t26.0\t28.5\tThank you for holding, I'll send you a new one.",
        "1\t29.5\t30.8\tThat is kind, thank you.",
    ]
    (tmp_path / "a.wav.script").write_text("\n".join(script), encoding="utf-8")
    [call] = callqa("detect", "a.wav", "--engine", "scripted", "-f", "json").json["calls"]
    [hold] = call["events"]
    assert (hold["event"], hold["by"]) == ("hold", "agent")
    assert (hold["start"], hold["end"]) == pytest.approx((8 + len(sorry) / 8_000, 26), abs=EXACT)
    shown = callqa("detect", "a.wav", "--engine", "scripted").out
    assert "~ hold by the agent, 16." in shown


def test_recordings_transcribed_together_are_transcribed_as_each_alone(tmp_path: Path) -> None:
    hello, sorry, *_ = sayings()
    telephone_call(tmp_path / "a.wav", [(0, 1.0, hello), (1, 5.0, sorry)], 10)
    telephone_call(tmp_path / "b.wav", [(0, 1.0, sorry)], 8)
    write(tmp_path / "silent.wav", silence(3.0))
    (tmp_path / "broken.wav").write_bytes(b"no sound at all")
    (tmp_path / "gone.wav").write_bytes(b"")
    alone = {}
    for name in ("a", "b", "silent"):
        alone[name] = transcribe(tmp_path / f"{name}.wav", "0\t1.0\t2.0\tHello, the lamp shop.")
    names = ["silent", "broken", "a", "gone", "b"]
    reached: list[float] = []
    engine = ScriptedEngine(EngineSettings("scripted"))
    outcomes = dict(transcribe_recordings([tmp_path / f"{name}.wav" for name in names], engine, reached.append))
    assert {names[index]: one for index, one in outcomes.items() if isinstance(one, RawTranscript)} == alone
    assert {names[index] for index, one in outcomes.items() if isinstance(one, RecordingError)} == {"broken", "gone"}
    assert alone["silent"].segments == ()
    assert 0 < max(reached) <= 10
