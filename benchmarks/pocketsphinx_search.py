"""The cost of the width of PocketSphinx's search, and its effect on the recognised words, on the sample calls."""

from __future__ import annotations

import difflib
import time

import numpy as np
import pocketsphinx

from callqa import audio
from callqa.demo_calls import demo_folder
from callqa.engines.base import SAMPLE_RATE
from callqa.speech.vad import SpeechFinder

WIDTHS = (30_000, 6_000, 3_000, 1_500)
"""Word models kept alive a frame; the first is the package's own."""

CALLS = ("maria/0905-broadband.ogg", "tom/1045-heating.wav")


def main() -> None:
    """Print, per width, seconds taken and how alike the words are to those of the widest search."""
    clips: list[bytes] = []
    for name in CALLS:
        finders: dict[int, SpeechFinder] = {}
        for block in audio.blocks(demo_folder() / name):
            for channel, samples in enumerate(block):
                finders.setdefault(channel, SpeechFinder()).feed(samples)
        speech = {channel: finder.regions() for channel, finder in finders.items()}
        for _, _, samples in audio.clips_of(demo_folder() / name, speech):
            clips.append(np.clip(np.rint(samples * 32768), -32768, 32767).astype(np.int16).tobytes())
    seconds = sum(map(len, clips)) / 2 / SAMPLE_RATE
    print(f"{seconds:.0f} s of speech")
    widest: list[str] = []
    for width in WIDTHS:
        decoder = pocketsphinx.Decoder(samprate=SAMPLE_RATE, maxhmmpf=width, loglevel="FATAL")
        began = time.perf_counter()
        words: list[str] = []
        for clip in clips:
            decoder.reinit_feat()
            decoder.start_utt()
            decoder.process_raw(clip, full_utt=True)
            decoder.end_utt()
            words += decoder.hyp().hypstr.split() if decoder.hyp() else []
        taken = time.perf_counter() - began
        widest = widest or words
        alike = difflib.SequenceMatcher(None, widest, words).ratio()
        print(f"{width:>6} models: {taken:5.1f} s, {seconds / taken:4.1f} times real time, {alike:.1%} the same words")


if __name__ == "__main__":
    main()
