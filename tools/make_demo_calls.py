"""Make the sample calls that `callqa demo` ships, from their scripts in demo_calls.yaml.

Only maintainers run this, after changing a script; the recordings it makes are committed. To make them again:

1.  Install the speech synthesiser flite (a package of that name in most Linux distributions and in Homebrew), with
    its voices slt, rms and awb, which are free to use.
2.  In an environment with callqa installed, run `python tools/make_demo_calls.py`, or name the files to make only
    those: `python tools/make_demo_calls.py tom/1045-heating.wav`.
3.  Listen to what changed, and run `callqa demo` to see that the deciding lines are still heard.

The same flite, PyAV and scripts give the same bytes: gaps and line noise are drawn from a generator seeded by
the file's name, and nothing else is left to chance.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import tempfile
import wave
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np
import yaml
from numpy.typing import NDArray

Samples = NDArray[np.float64]


@dataclass(frozen=True)
class Codec:
    """An FFmpeg encoder; `bit_rate` counts one channel, in bits per second."""

    name: str
    bit_rate: int | None = None
    options: dict[str, str] | None = None


SCRIPTS = Path(__file__).with_name("demo_calls.yaml")
TARGET = Path(__file__).parents[1] / "src" / "callqa" / "data" / "demo_calls"

RATE = 16_000
"""Hz at which everything is mixed; flite's three good voices speak at this rate."""
TELEPHONE_RATE = 8_000
TELEPHONE_BAND = (300.0, 3400.0)
"""Hz that a telephone line lets through (ITU-T G.712)."""

SPEECH_LEVEL = -22.0
"""dBFS (root mean square) of a turn."""
PEAK = 0.85
LEAD_IN = 0.8
TAIL = 0.7
TURN_GAP = (0.45, 0.9)
"""Seconds between two speakers, where the script gives none."""
SENTENCE_GAP = (0.35, 0.5)
"""Seconds between two sentences of one turn."""
CODECS = {
    ".wav": Codec("pcm_mulaw"),
    ".ogg": Codec("libopus", 14_000, {"application": "voip", "frame_duration": "60"}),
    ".mp3": Codec("libmp3lame", 24_000),
}
"""By the suffix of the recording. The files ship with every copy of callqa, so the bit rates are low: of the words of
three calls pocketsphinx gets 2.5 % wrong before encoding, 3.5 % after Opus at 14 kbit/s, 4.8 % at 12."""


@dataclass(frozen=True)
class Voice:
    """A flite voice; `pitch` below 1 makes it deeper, `pace` above 1 slower."""

    flite: str
    pitch: float = 1.0
    pace: float = 1.0


@dataclass(frozen=True)
class Turn:
    """A turn of one party; `gap` is the silence before it in seconds; below 0 it cuts in."""

    speaker: Literal["agent", "customer"]
    text: str
    gap: float | None = None


@dataclass(frozen=True)
class Call:
    """One call of demo_calls.yaml; see the explanations at its head."""

    file: str
    voices: dict[str, Voice]
    turns: tuple[Turn, ...]
    channels: Literal["agent-left", "agent-right", "mono"]
    line: Literal["wide", "telephone"]
    noise: float
    transcript: bool

    @property
    def agent(self) -> str:
        """The agent's name: the folder of the recording."""
        return Path(self.file).parent.name


@dataclass(frozen=True)
class Placed:
    """A turn with its sound and the second at which it begins."""

    turn: Turn
    start: float
    sound: Samples

    @property
    def end(self) -> float:
        """The second at which it ends."""
        return self.start + len(self.sound) / RATE


def read_calls(path: Path) -> list[Call]:
    """The calls of a script file."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    voices = {name: Voice(**settings) for name, settings in data["voices"].items()}
    return [_read_call(entry, voices) for entry in data["calls"]]


def _read_call(entry: dict[str, Any], voices: dict[str, Voice]) -> Call:
    return Call(
        file=entry["file"],
        voices={party: voices[entry[party]] for party in ("agent", "customer")},
        turns=tuple(_read_turn(turn) for turn in entry["turns"]),
        channels=entry.get("channels", "agent-left"),
        line=entry.get("line", "wide"),
        noise=entry.get("noise", -60.0),
        transcript=entry.get("transcript", False),
    )


def _read_turn(entry: dict[str, Any]) -> Turn:
    speaker: Literal["agent", "customer"] = "agent" if "agent" in entry else "customer"
    return Turn(speaker, " ".join(entry[speaker].split()), entry.get("gap"))


def place(call: Call, chance: np.random.Generator) -> list[Placed]:
    """Speak every turn of a call and lay them out in time."""
    placed: list[Placed] = []
    at = LEAD_IN
    for turn in call.turns:
        if placed:
            at = placed[-1].end + (chance.uniform(*TURN_GAP) if turn.gap is None else turn.gap)
        placed.append(Placed(turn, at, speak(turn.text, call.voices[turn.speaker], chance)))
    return placed


def speak(text: str, voice: Voice, chance: np.random.Generator) -> Samples:
    """Say a turn sentence by sentence, with a breath between them, at SPEECH_LEVEL."""
    parts: list[Samples] = []
    for sentence in re.split(r"(?<=[.?!])\s+", text):
        if parts:
            parts.append(np.zeros(int(chance.uniform(*SENTENCE_GAP) * RATE)))
        parts.append(level(trim(synthesise(sentence, voice))))
    return np.concatenate(parts)


def synthesise(text: str, voice: Voice) -> Samples:
    """Return one sentence spoken by flite, as samples at RATE.

    The pitch is shifted as a tape would do it, by another speed, and flite is asked for the opposite pace.
    """
    with tempfile.TemporaryDirectory() as folder:
        spoken = Path(folder) / "spoken.wav"
        stretch = f"duration_stretch={voice.pitch * voice.pace:.4f}"
        command = ["flite", "-voice", voice.flite, "--setf", stretch, "-t", text, "-o", str(spoken)]
        subprocess.run(command, check=True)
        with wave.open(str(spoken)) as sound:
            rate, raw = sound.getframerate(), sound.readframes(sound.getnframes())
    samples = np.frombuffer(raw, np.int16) / 32768
    return resample(samples, round(rate * voice.pitch), RATE)


def trim(sound: Samples) -> Samples:
    """Cut the silence flite leaves around a sentence, except for 30 ms."""
    loud = np.flatnonzero(np.abs(sound) > 0.01 * np.abs(sound).max())
    margin = int(0.03 * RATE)
    return sound[max(loud[0] - margin, 0) : loud[-1] + margin]


def level(sound: Samples) -> Samples:
    """Bring a sentence to SPEECH_LEVEL, its peaks below PEAK."""
    wanted = 10 ** (SPEECH_LEVEL / 20) / float(np.sqrt(np.mean(sound**2)))
    return sound * min(wanted, PEAK / float(np.abs(sound).max()))


def mix(call: Call, placed: Sequence[Placed], chance: np.random.Generator) -> Samples:
    """Lay the turns on the call's channels, with line noise; an array (channels, samples) at RATE."""
    length = int((max(part.end for part in placed) + TAIL) * RATE)
    rows = {"agent-left": (0, 1), "agent-right": (1, 0), "mono": (0, 0)}[call.channels]
    tracks = np.zeros((max(rows) + 1, length))
    for part in placed:
        begin = int(part.start * RATE)
        tracks[rows[part.turn.speaker == "customer"], begin : begin + len(part.sound)] += part.sound
    tracks += chance.normal(0, 10 ** (call.noise / 20), tracks.shape)
    if call.line == "telephone":
        tracks = np.stack([telephone(track) for track in tracks])
    return np.clip(tracks, -1, 1)


def telephone(sound: Samples) -> Samples:
    """Keep TELEPHONE_BAND, with skirts of 100 Hz."""
    low, high = TELEPHONE_BAND
    spectrum = np.fft.rfft(sound)
    hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
    keep = np.interp(hertz, [low - 100, low, high, high + 100], [0, 1, 1, 0])
    return np.fft.irfft(spectrum * keep, len(sound))


def resample(sound: Samples, rate: int, wanted: int) -> Samples:
    """The same mono sound at another rate."""
    if rate == wanted:
        return sound
    resampler = av.AudioResampler(format="flt", layout="mono", rate=wanted)
    frame = _frame(sound[np.newaxis, :], rate, "flt")
    pieces = [piece.to_ndarray()[0] for given in (frame, None) for piece in resampler.resample(given)]
    return np.concatenate(pieces, dtype=np.float64)


def _frame(tracks: Samples, rate: int, kind: Literal["flt", "s16"]) -> av.AudioFrame:
    interleaved = tracks.T.reshape(1, -1)
    data = interleaved.astype(np.float32) if kind == "flt" else np.int16(np.round(interleaved * 32767))
    frame = av.AudioFrame.from_ndarray(data, format=kind, layout="stereo" if len(tracks) == 2 else "mono")
    frame.sample_rate = rate
    frame.pts = 0
    return frame


def write(tracks: Samples, path: Path, line: Literal["wide", "telephone"]) -> None:
    """Write a recording in the format its file name asks for."""
    rate = TELEPHONE_RATE if line == "telephone" else RATE
    tracks = np.stack([resample(track, RATE, rate) for track in tracks])
    codec = CODECS[path.suffix]
    path.parent.mkdir(parents=True, exist_ok=True)
    # bitexact: no library versions and no random stream number in the file
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
        layout = "stereo" if len(tracks) == 2 else "mono"
        stream = container.add_stream(codec.name, rate=rate, layout=layout, options=codec.options)
        if codec.bit_rate is not None:
            stream.bit_rate = codec.bit_rate * len(tracks)
        for frame in (_frame(tracks, rate, "s16"), None):
            container.mux(stream.encode(frame))


def write_transcript(call: Call, placed: Sequence[Placed], path: Path) -> None:
    """Write what was said, with its times, as a callqa transcript."""
    utterances = [
        {"speaker": part.turn.speaker, "start": round(part.start, 2), "end": round(part.end, 2), "text": part.turn.text}
        for part in placed
    ]
    data = {"format": 1, "call_id": path.stem, "agent": call.agent, "utterances": utterances}
    path.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")


def make(call: Call, target: Path) -> Path:
    """Make one recording, and its transcript where the script asks for one; the path of the recording."""
    chance = np.random.default_rng(zlib.crc32(call.file.encode()))
    placed = place(call, chance)
    path = target / call.file
    write(mix(call, placed, chance), path, call.line)
    if call.transcript:
        write_transcript(call, placed, path.with_suffix(".json"))
    return path


def main() -> None:
    """Make all sample calls, or those named."""
    parser = argparse.ArgumentParser(description="Make the sample calls of `callqa demo`.")
    parser.add_argument("files", nargs="*", help="files to make, as named in the scripts; all when left out")
    parser.add_argument("--scripts", type=Path, default=SCRIPTS)
    parser.add_argument("--target", type=Path, default=TARGET)
    arguments = parser.parse_args()
    if shutil.which("flite") is None:
        parser.error("the program flite is needed and not installed")
    calls = read_calls(arguments.scripts)
    unknown = set(arguments.files) - {call.file for call in calls}
    if unknown:
        parser.error(f"not in {arguments.scripts.name}: {', '.join(sorted(unknown))}")
    for call in calls:
        if not arguments.files or call.file in arguments.files:
            path = make(call, arguments.target)
            print(f"{call.file}: {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
