"""Memory needed to listen: to one long dual-channel recording, beyond what an engine needs for its model, or to many.

    python benchmarks/memory.py --hours 2     # one recording of two hours
    python benchmarks/memory.py --calls 500   # many short ones, heard by Whisper: what it takes after every fifty

The many are transcribed with a stand-in model of base.en's dimensions (`stand_in_model.py`), which takes ten minutes.
"""

from __future__ import annotations

import argparse
import itertools
import resource
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import av
import numpy as np
from stand_in_model import save

from callqa import audio
from callqa.demo_calls import demo_folder
from callqa.engines import make_engine
from callqa.engines.base import DownloadProgress, EngineInfo, Segment, Source
from callqa.settings import EngineSettings
from callqa.transcription.transcriber import transcribe_recording, transcribe_recordings

EVERY = 50
"""Calls after which memory is looked at."""

SHORTEST = 10
"""Seconds of the shortest of many calls."""

TOKENS = 20
"""Tokens the stand-in model says in a window."""


class Counting:
    """An engine that takes every clip and hears nothing."""

    info = EngineInfo("counting", None, "1")

    def prepare(self, progress: DownloadProgress | None = None) -> None:
        """Nothing to load."""

    def transcribe(self, source: Source) -> Iterator[Segment]:
        """Take the clips."""
        print(f"{sum(1 for _ in source.clips()):,} clips")
        return iter(())


def main() -> None:
    """Make recordings of a sample call, listen to them, and print time and memory."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--calls", type=int, help="hear so many calls instead of a long one")
    options = parser.parse_args()
    if options.calls:
        hear_many(options.calls)
    else:
        hear_long(options.hours)


def hear_long(hours: float) -> None:
    """Transcribe one recording of this many hours."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.wav"
        _repeat(demo_folder() / "tom" / "1045-heating.wav", path, hours * 3600)
        before = _peak()
        began = time.perf_counter()
        heard = transcribe_recording(path, Counting())
        taken = time.perf_counter() - began
    length = (heard.duration or 0) / 3600
    print(f"{length:.1f} h dual-channel in {taken:.0f} s; peak {_peak():.0f} MB, {before:.0f} before")


def hear_many(calls: int) -> None:
    """Listen to many calls, each a sample call of another length, and say what memory is held every EVERY calls."""
    with tempfile.TemporaryDirectory() as folder:
        save(Path(folder) / "model.pt", "base.en", TOKENS)
        paths = [Path(folder) / f"{number}.wav" for number in range(calls)]
        for number, path in enumerate(paths):
            _cut(demo_folder() / "tom" / "1045-heating.wav", path, SHORTEST + number % 20)
        engine = make_engine(EngineSettings("whisper", str(Path(folder) / "model.pt")))
        engine.prepare()
        began = time.perf_counter()
        print(f"the model is loaded: {_held():.0f} MB")
        for done, _ in enumerate(transcribe_recordings(paths, engine), 1):
            if done % EVERY == 0 or done == calls:
                print(f"{done} calls in {time.perf_counter() - began:.0f} s: {_held():.0f} MB, peak {_peak():.0f} MB")


def _cut(source: Path, target: Path, seconds: float) -> None:
    call = np.concatenate(list(audio.blocks(source, 8000)), axis=1)[:, : round(seconds * 8000)]
    _write(target, [call])


def _held() -> float:
    """Resident memory now, in MB, by Linux; elsewhere the peak stands for it."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return _peak()
    return pages * resource.getpagesize() / 1024**2


def _repeat(source: Path, target: Path, seconds: float) -> None:
    call = np.concatenate(list(audio.blocks(source, 8000)), axis=1)
    _write(target, itertools.repeat(call, round(seconds * 8000 / call.shape[1])))


def _write(target: Path, parts: Iterable[np.ndarray]) -> None:
    with av.open(str(target), "w") as file:
        stream = file.add_stream("pcm_mulaw", rate=8000, layout="stereo")
        for part in parts:
            pcm = np.ascontiguousarray((part * 32767).astype(np.int16).T.reshape(1, -1))
            frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout="stereo")
            frame.sample_rate = 8000
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def _peak() -> float:
    """Peak resident memory so far, in MB; macOS counts bytes, Linux kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
