"""Memory needed to listen to a long dual-channel recording, beyond what an engine needs for its model."""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

from callqa import audio
from callqa.demo import demo_folder
from callqa.engines.base import DownloadProgress, EngineInfo, Segment, Source
from callqa.listening import listen


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
    """Make a recording by repeating a sample call, listen to it, and print time and peak memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=2.0)
    hours = parser.parse_args().hours
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.wav"
        _repeat(demo_folder() / "tom" / "1045-heating.wav", path, hours * 3600)
        before = _peak()
        began = time.perf_counter()
        heard = listen(path, Counting())
        taken = time.perf_counter() - began
    length = (heard.duration or 0) / 3600
    print(f"{length:.1f} h dual-channel in {taken:.0f} s; peak {_peak():.0f} MB, {before:.0f} before")


def _repeat(source: Path, target: Path, seconds: float) -> None:
    call = np.concatenate(list(audio.blocks(source, 8000)), axis=1)
    pcm = np.ascontiguousarray((call * 32767).astype(np.int16).T.reshape(1, -1))
    with av.open(str(target), "w") as file:
        stream = file.add_stream("pcm_mulaw", rate=8000, layout="stereo")
        for _ in range(round(seconds * 8000 / call.shape[1])):
            frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout="stereo")
            frame.sample_rate = 8000
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def _peak() -> float:
    """Peak resident memory so far, in MB; macOS counts bytes, Linux kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
