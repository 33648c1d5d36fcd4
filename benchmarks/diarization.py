"""Diarization error rate on mono mixes of calls between two synthetic voices, and what the confidence is worth.

Needs, besides callqa: the package pyannote.metrics, and on PATH the synthesisers flite (voices slt, rms, awb, kal) and
espeak-ng. The words are those of the sample calls' scripts. Reference times are those at which the turns were laid
down, sentence by sentence; nothing is measured on them.

With `--people`, calls are made of what real people said: each folder given holds recordings of one person, a sentence
or so each, such as the prompts of a telephone exchange. Every two of them talk to each other.
"""

from __future__ import annotations

import argparse
import itertools
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mixed_calls import LINES, PARTIES, RATE, MixedCall, Said, make_call
from pyannote.core import Annotation, Segment, Timeline
from pyannote.metrics.diarization import DiarizationErrorRate

from callqa import audio
from callqa.core.timeline import Span, overlap, total
from callqa.speech.diarization import Turn, diarize_recording
from callqa.speech.diarization.diarize import CERTAIN
from callqa.speech.vad import SpeechFinder

COLLAR = 0.25
"""Seconds around each boundary that are not scored."""

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


@dataclass(frozen=True)
class Outcome:
    """The outcome of one call; the rates are shares of the speech in the reference."""

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
