"""Diarization error rate on mono mixes of calls between two synthetic voices, and what the confidence is worth.

Needs, besides callqa: the package pyannote.metrics, and on PATH the synthesisers flite (voices slt, rms, awb, kal) and
espeak-ng. The words are those of the sample calls' scripts. Reference times are those at which the turns were laid
down, sentence by sentence; nothing is measured on them.

With `--people`, calls are made of what real people said: each folder given holds recordings of one person, a sentence
or so each, such as the prompts of a telephone exchange. Every two of them talk to each other.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import itertools
import re
import shutil
import subprocess
import sys
import tempfile
import time
import wave
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import av
import numpy as np
import yaml
from numpy.typing import NDArray
from pyannote.core import Annotation, Segment, Timeline
from pyannote.metrics.diarization import DiarizationErrorRate

from callqa import audio
from callqa.core.timeline import Span, overlap, total
from callqa.errors import RecordingError
from callqa.speech.diarization import Turn, diarize_recording
from callqa.speech.diarization.diarize import CERTAIN
from callqa.speech.vad import SpeechFinder

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
COLLAR = 0.25
PARTIES = range(3)

KINDS: Mapping[str, Sequence[tuple[str, ...]]] = {
    "different sex": [
        ("slt", "rms"), ("awb", "slt"), ("slt", "kal"), ("en-us+f2", "en-us+m3"), ("en-us+m7", "en-us+f5"),
        ("slt", "en-us+m1"), ("rms", "en-us+f3"), ("awb", "en-us+f1"), ("en-us+linda", "en-us+m8"), ("en-us+f4", "kal"),
    ],
    "same sex": [
        ("rms", "awb"), ("kal", "rms"), ("awb", "kal"), ("en-us+m3", "en-us+m7"), ("en-us+f2", "en-us+f4"),
        ("slt", "en-us+f3"), ("rms", "en-us+m1"), ("en-us+m1", "awb"), ("en-us+Michael", "kal"), ("slt", "en-us+linda"),
    ],
    "one voice": [
        ("rms", "rms"), ("slt", "slt"), ("awb", "awb"), ("kal", "kal"), ("en-us+m3", "en-us+m3"),
        ("en-us+f2", "en-us+f2"), ("en-us+Michael", "en-us+Michael"), ("en-us+linda", "en-us+linda"),
    ],
    "three voices": [
        ("slt", "rms", "kal"), ("rms", "awb", "slt"), ("en-us+m3", "en-us+f4", "awb"), ("slt", "kal", "en-us+m1"),
    ],
}  # fmt: skip
"""Agent, customer and, where there is one, who speaks the announcement and comes in as a colleague. flite voices by
name, espeak-ng voices with their variant. "One voice" tells whether a single speaker is left whole."""

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
    """What a person says in the recordings of a folder, at RATE: what may be an aside, and what a sentence."""
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


@dataclass(frozen=True)
class Outcome:
    """What came out for one call; the rates are shares of the speech in the reference."""

    voices: int
    missed: float
    false_alarm: float
    confused: float
    seconds: float
    taken: float
    sure_seconds: float
    sure_right: float

    @property
    def error(self) -> float:
        """The diarization error rate."""
        return self.missed + self.false_alarm + self.confused


def judge(call: MixedCall) -> Outcome:
    """Tell the voices of a call apart and compare with the truth."""
    finder = SpeechFinder()
    for block in audio.blocks(call.path, RATE):
        finder.feed(block[0])
    regions = finder.regions()
    found = time.perf_counter()
    apart = diarize_recording(call.path, regions)
    taken = time.perf_counter() - found
    turns = apart.turns if apart else tuple(Turn(region, 0, 0.0) for region in regions)
    truth, guess = Annotation(), Annotation()
    for number, one in enumerate(call.said):
        truth[Segment(one.start, one.end), number] = one.party
    for number, turn in enumerate(turns):
        guess[Segment(turn.span.start, turn.span.end), number] = f"voice {turn.voice}"
    metric = DiarizationErrorRate(collar=COLLAR)
    parts = metric(truth, guess, uem=Timeline([Segment(0, call.seconds)]), detailed=True)
    whole = parts["total"]
    names = metric.optimal_mapping(truth, guess)
    sure = [turn for turn in turns if turn.confidence >= CERTAIN]
    right = sum(_right_seconds(turn, names.get(f"voice {turn.voice}"), call.said) for turn in sure)
    spoken = sum(_right_seconds(turn, party, call.said) for turn in sure for party in PARTIES)
    every = sum(_right_seconds(turn, party, call.said) for turn in turns for party in PARTIES)
    return Outcome(
        len(apart.names) if apart else 1,
        parts["missed detection"] / whole,
        parts["false alarm"] / whole,
        parts["confusion"] / whole,
        call.seconds,
        taken,
        spoken / every,
        right / spoken if spoken else float("nan"),
    )


def _right_seconds(turn: Turn, party: object, said: Sequence[Said]) -> float:
    """Seconds of a turn in which this party speaks."""
    mine = [Span(one.start, one.end) for one in said if one.party == party]
    return total(overlap(mine, [turn.span]))


def main() -> None:
    """Make the calls, tell their voices apart, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1, help="calls of each set of voices and each line")
    parser.add_argument("--each", action="store_true", help="print every call")
    parser.add_argument("--people", nargs="+", metavar="FOLDER", help="folders of recordings, each of one person")
    arguments = parser.parse_args()
    kinds = KINDS
    if arguments.people:
        folders = [str(Path(folder)) for folder in arguments.people]
        alone = [(folder, folder) for folder in folders]
        kinds = {"two people": list(itertools.combinations(folders, 2)), "one person": alone}
    for program in ("flite", "espeak-ng"):
        if not arguments.people and shutil.which(program) is None:
            parser.error(f"the program {program} is needed and not installed")
    print(
        f"{'voices':<14} {'line':<10} calls    DER  worst  missed  false  confused  voices found    sure  right of it"
    )
    seconds = taken = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for kind, groups in kinds.items():
            for line in LINES:
                outcomes = []
                for voices, number in itertools.product(groups, range(1, arguments.calls + 1)):
                    call = make_call(Path(folder), voices, line, number)
                    outcomes.append(outcome := judge(call))
                    call.path.unlink()
                    if arguments.each:
                        who = ", ".join(Path(voice).name for voice in voices)
                        print(f"  {who}: {outcome.error:.1%}, {outcome.voices} voices", flush=True)
                _print_row(kind, line, outcomes)
                seconds += sum(outcome.seconds for outcome in outcomes)
                taken += sum(outcome.taken for outcome in outcomes)
    print(f"{taken * 3600 / seconds:.0f} s for an hour of audio, besides decoding it for and finding the speech")


def _print_row(kind: str, line: str, outcomes: Sequence[Outcome]) -> None:
    def mean(name: str) -> float:
        return float(np.nanmean([getattr(outcome, name) for outcome in outcomes]))

    found = "/".join(str(sum(outcome.voices == count for outcome in outcomes)) for count in (1, 2, 3))
    worst = max(outcome.error for outcome in outcomes)
    right = mean("sure_right") if any(outcome.sure_seconds for outcome in outcomes) else float("nan")
    print(
        f"{kind:<14} {line:<10} {len(outcomes):>5} {mean('error'):>6.1%} {worst:>6.1%} {mean('missed'):>7.1%}"
        f" {mean('false_alarm'):>6.1%} {mean('confused'):>9.1%} {found:>13} {mean('sure_seconds'):>7.0%}"
        f" {right:>12.1%}",
        flush=True,
    )


if __name__ == "__main__":
    main()
