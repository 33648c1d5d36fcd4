"""Speed of reading recordings for an engine on another device: decoding, finding speech, cutting clips.

One process after the other is added. What a GPU would recognise is thrown away here, so the figures say how fast a GPU
can be kept busy on this machine. The time of the main process matters besides: it drives the GPU.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

from recognition import speak

from callqa.core.stage_timer import StageTimer
from callqa.transcription.readers import InProcessReader, PoolReader, RecordingReader


def main() -> None:
    """Make the calls, read them in turn in every way, and print how many times as fast as they take."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=180.0, help="length of a call")
    parser.add_argument("--rounds", type=int, default=12, help="how often the calls are gone through in one go")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--most", type=int, default=os.cpu_count() or 1, help="processes")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made = [Path(folder) / f"call{number}.wav" for number in range(options.calls)]
        for number, path in enumerate(made):
            speak(path, options.seconds, number)
        paths = made * options.rounds
        length = len(paths) * options.seconds
        print(f"{len(paths)} calls of {options.seconds:.0f} s in two channels; load {os.getloadavg()[0]:.1f}")
        _drain(InProcessReader(made, StageTimer()))  # loads what is needed
        taken: dict[int, list[tuple[float, float]]] = {count: [] for count in range(options.most + 1)}
        for _ in range(options.repeats):
            for count, seconds in taken.items():
                readers: RecordingReader = (
                    PoolReader(paths, StageTimer(), count) if count else InProcessReader(paths, StageTimer())
                )
                seconds.append(_drain(readers))
    for count, both in taken.items():
        wall, busy = (statistics.median(values) for values in zip(*both, strict=True))
        who = f"{count} processes" if count else "the main process"
        print(f"{who:<17} {length / wall:7.0f} times real time; the main process is busy for {busy / wall:.0%} of it")


def _drain(readers: RecordingReader) -> tuple[float, float]:
    """Read everything; return the seconds that took, and those of the main process's work."""
    began, worked = time.perf_counter(), time.process_time()
    for _, _, clips in readers:
        for _ in clips():
            pass
    readers.close()
    return time.perf_counter() - began, time.process_time() - worked


if __name__ == "__main__":
    main()
