"""Mono mixes of calls between two voices, synthetic or recorded: the material of `diarization.py`."""

from __future__ import annotations

import contextlib
import functools
import re
import subprocess
import sys
import tempfile
import wave
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import av
import numpy as np
import yaml
from numpy.typing import NDArray

from callqa import audio
from callqa.errors import RecordingError

Samples = NDArray[np.float64]

SCRIPTS = Path(__file__).parents[1] / "tools" / "demo_calls.yaml"
RATE = 16_000
LEVEL = -22.0
"""dBFS (root mean square) of a sentence, give or take LEVEL_SPREAD."""
LEVEL_SPREAD = 2.0
SENTENCE_GAP = (0.15, 0.5)
"""Seconds between two sentences of one turn."""
TURN_GAP = (-0.25, 0.9)
"""Seconds between two turns; below 0 they overlap."""
ASIDES = ("Okay.", "Right.", "I see.", "Yes.", "Sure.")
ASIDE_CHANCE = 0.15
PITCH_SPREAD = 0.06
"""Share by which a flite or espeak-ng voice's pitch varies from sentence to sentence: people are not steady."""
PARTIES = range(3)

ANNOUNCEMENT = (
    "Thank you for calling. All of our lines are busy at the moment. Please stay on the line, and we will be with you "
    "as soon as we can. Calls are recorded so that we can learn from them."
)
COLLEAGUE = (
    "Hello, this is the workshop, I was listening. We had the same fault twice this week. It takes about an hour.",
    "I can come out on Tuesday afternoon. Would that suit you? Somebody must be at home to open the door for me.",
)

SENTENCE_SECONDS = (1.2, 6.0)
ASIDE_SECONDS = (0.25, 1.0)
"""How long the recordings of people are that stand for a sentence, and for an aside."""

LINES = ("wide", "telephone", "noisy")
"""wide: 16 kHz; telephone: 300 to 3400 Hz, 8 kHz µ-law; noisy: the same with white noise 15 dB below the speech."""


@dataclass(frozen=True)
class Said:
    """A sentence laid down: who says it (0 to 2), from when to when in seconds."""

    party: int
    start: float
    end: float


@dataclass(frozen=True)
class MixedCall:
    """A mono call and the truth about it."""

    path: Path
    said: tuple[Said, ...]
    seconds: float


@functools.cache
def scripts() -> list[list[tuple[int, str]]]:
    """The sample calls' scripts: 0 for the agent, 1 for the customer, and the words."""
    calls = yaml.safe_load(SCRIPTS.read_text(encoding="utf-8"))["calls"]
    return [
        [
            (0, " ".join(turn["agent"].split())) if "agent" in turn else (1, " ".join(turn["customer"].split()))
            for turn in call["turns"]
        ]
        for call in calls
    ]


def speak(text: str, voice: str, chance: np.random.Generator) -> Samples:
    """One sentence in a voice, trimmed, at RATE and at LEVEL."""
    samples = recorded(text, voice, chance) if Path(voice).is_dir() else synthesised(text, voice, chance)
    loud = np.flatnonzero(np.abs(samples) > 0.02 * np.abs(samples).max())
    samples = samples[loud[0] : loud[-1] + 1]
    level = LEVEL + LEVEL_SPREAD * float(chance.standard_normal())
    return samples * 10 ** (level / 20) / float(np.sqrt(np.mean(samples**2)))


def recorded(text: str, folder: str, chance: np.random.Generator) -> Samples:
    """Something this person said, of about the right length whatever the words."""
    short, long = people(folder)
    some = short if text in ASIDES else long
    return some[int(chance.integers(len(some)))]


@functools.cache
def people(folder: str) -> tuple[list[Samples], list[Samples]]:
    """Return the recordings of one person at RATE: those short enough for an aside, and those long as a sentence."""
    short, long = list[Samples](), list[Samples]()
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file() and path.stat().st_size < 500_000:
            with contextlib.suppress(RecordingError):
                samples = np.concatenate(list(audio.blocks(path, RATE)), axis=1)[0].astype(np.float64)
                for kept, (least, most) in ((short, ASIDE_SECONDS), (long, SENTENCE_SECONDS)):
                    if np.abs(samples).max() > 0.01 and least <= len(samples) / RATE <= most:
                        kept.append(samples)
    if not (short and long):
        sys.exit(f"{folder} holds too few recordings of people: some of up to a second and some longer are needed")
    return short, long


def synthesised(text: str, voice: str, chance: np.random.Generator) -> Samples:
    """One sentence in a synthetic voice, at RATE."""
    pitch = 1 + PITCH_SPREAD * float(np.clip(chance.standard_normal(), -2, 2))
    stretch = float(chance.uniform(0.9, 1.15))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "said.wav"
        if "+" in voice:
            command = [
                "espeak-ng",
                "-v",
                voice,
                "-p",
                str(round(50 * pitch)),
                "-s",
                str(round(165 / stretch)),
                "-w",
                str(file),
                text,
            ]
        else:
            means = {"slt": 170.0, "rms": 100.0, "awb": 130.0, "kal": 105.0}
            command = ["flite", "-voice", voice, "--setf", f"int_f0_target_mean={means[voice] * pitch:.1f}",
                       "--setf", f"duration_stretch={stretch:.3f}", "-t", text, "-o", str(file)]  # fmt: skip
        subprocess.run(command, check=True)
        with wave.open(str(file)) as sound:
            rate, raw = sound.getframerate(), sound.readframes(sound.getnframes())
    return resample(np.frombuffer(raw, np.int16) / 32768, rate, RATE)


def resample(sound: Samples, rate: int, wanted: int) -> Samples:
    """The same sound at another rate."""
    if rate == wanted:
        return sound
    resampler = av.AudioResampler(format="flt", layout="mono", rate=wanted)
    frame = av.AudioFrame.from_ndarray(sound[np.newaxis].astype(np.float32), format="flt", layout="mono")
    frame.sample_rate, frame.pts = rate, 0
    return np.concatenate(
        [part.to_ndarray()[0] for given in (frame, None) for part in resampler.resample(given)]
    ).astype(np.float64)


def make_call(folder: Path, voices: tuple[str, ...], line: str, number: int, calls: int = 3) -> MixedCall:
    """Speak a call: some scripts one after the other, turn by turn."""
    chance = np.random.default_rng(zlib.crc32(f"{voices}{number}".encode()))
    order = chance.permutation(len(scripts()))[:calls]
    turns = [turn for index in order for turn in scripts()[index]]
    if len(voices) > 2:
        middle = len(turns) // 2
        turns = [
            (2, ANNOUNCEMENT),
            *turns[:middle],
            (2, COLLEAGUE[0]),
            turns[middle],
            (2, COLLEAGUE[1]),
            *turns[middle:],
        ]
    at, said, sounds = 0.8, list[Said](), list[tuple[float, Samples]]()
    for party, text in turns:
        if said:
            at = max(at + float(chance.uniform(*TURN_GAP)), said[-1].start)
        for index, sentence in enumerate(re.split(r"(?<=[.?!])\s+", text)):
            at += float(chance.uniform(*SENTENCE_GAP)) if index else 0.0
            sound = speak(sentence, voices[party], chance)
            sounds.append((at, sound))
            said.append(Said(party, at, at + len(sound) / RATE))
            if chance.random() < ASIDE_CHANCE and party != 2:
                aside = speak(str(chance.choice(ASIDES)), voices[party != 1], chance)
                begin = at + len(sound) / RATE + 0.1
                sounds.append((begin, aside))
                said.append(Said(int(party != 1), begin, begin + len(aside) / RATE))
                at = begin
                sound = aside
            at += len(sound) / RATE
    mixed = np.zeros(int((at + 1.0) * RATE))
    for begin, sound in sounds:
        mixed[int(begin * RATE) : int(begin * RATE) + len(sound)] += sound
    mixed += chance.standard_normal(len(mixed)) * 10 ** ((-37.0 if line == "noisy" else -65.0) / 20)
    path = folder / f"{'_'.join(Path(voice).name for voice in voices)}-{line}-{number}.wav"
    _write(path, mixed, telephone=line != "wide")
    if len(set(voices)) == 1:
        said = [replace(one, party=0) for one in said]
    return MixedCall(path, tuple(said), len(mixed) / RATE)


def _write(path: Path, mixed: Samples, *, telephone: bool) -> None:
    rate, codec = (8000, "pcm_mulaw") if telephone else (RATE, "pcm_s16le")
    if telephone:
        spectrum = np.fft.rfft(mixed)
        hertz = np.fft.rfftfreq(len(mixed), 1 / RATE)
        mixed = np.fft.irfft(spectrum * np.interp(hertz, [200, 300, 3400, 3500], [0, 1, 1, 0]), len(mixed))
        mixed = resample(mixed, RATE, rate)
    pcm = np.int16(np.round(np.clip(mixed, -1, 1) * 32767))
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(pcm[np.newaxis], format="s16", layout="mono")
        frame.sample_rate, frame.pts = rate, 0
        for given in (frame, None):
            container.mux(stream.encode(given))
