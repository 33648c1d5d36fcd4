"""Speech found, and mistaken for speech, in recordings of your own.

`--people`: folders of recordings in each of which somebody says something, if only a letter, such as the prompts of a
telephone exchange. `--music`: folders of recordings in which nobody does, such as its music on hold. Each is laid into
a line with a little noise (-60 dBFS), and speech is looked for as in any call.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from callqa import audio
from callqa.core.timeline import Span
from callqa.errors import RecordingError
from callqa.speech.vad import RATE, SpeechFinder

LINE = 1.5
"""Seconds of the line before and behind a recording."""

NOISE = -60.0
"""dBFS of the line's noise."""

LEAST_SECONDS = 0.25
"""Shorter recordings are left out: pauses and clicks."""


def main() -> None:
    """Look for speech in all recordings and print a line for each folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", nargs="+", type=Path, default=[], metavar="FOLDER")
    parser.add_argument("--music", nargs="+", type=Path, default=[], metavar="FOLDER")
    options = parser.parse_args()
    for folder in options.people:
        found = {path.name: spans for path, _, spans in heard(folder)}
        missed = [name for name, spans in found.items() if not spans]
        print(f"{folder.name}: {len(found)} recordings, speech not found in {len(missed)}: {', '.join(missed) or '-'}")
    for folder in options.music:
        whole = taken = 0.0
        for _, seconds, spans in heard(folder):
            whole += seconds
            taken += sum(span.duration for span in spans)
        print(f"{folder.name}: {whole / 60:.1f} minutes, {taken:.1f} s of them taken for speech")


def heard(folder: Path) -> Iterator[tuple[Path, float, list[Span]]]:
    """The recordings of a folder, the seconds each takes, and where speech is found in it."""
    chance = np.random.default_rng(0)
    for path in sorted(folder.rglob("*")):
        samples = _samples(path) if path.is_file() else None
        if samples is None or len(samples) < LEAST_SECONDS * RATE or np.abs(samples).max() < 0.02:
            continue
        line = np.pad(samples, round(LINE * RATE))
        noise = chance.normal(0, 10 ** (NOISE / 20), len(line))
        finder = SpeechFinder()
        finder.feed((line + noise).astype(np.float32))
        yield path, len(samples) / RATE, finder.regions() and finder.exact_spans()


def _samples(path: Path) -> NDArray[np.float32] | None:
    """Return the sound with the channels mixed; None if there is none."""
    try:
        return np.concatenate(list(audio.blocks(path, RATE)), axis=1).mean(axis=0)
    except (RecordingError, ValueError):
        return None


if __name__ == "__main__":
    main()
