"""Speed of detection: utterances a second searched for all shipped behaviors, on one core."""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

from callqa.behaviors.detection import detect
from callqa.demo_calls import demo_folder
from callqa.rubrics.behavior_loader import load_behaviors
from callqa.transcripts.formats import read


def main() -> None:
    """Print start-up time and utterances per second, the median of five runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=demo_folder(), help="transcripts in callqa's JSON form")
    parser.add_argument("--least", type=int, default=5_000, help="utterances to go through, repeating calls if need be")
    arguments = parser.parse_args()
    began = time.perf_counter()
    behaviors, _ = load_behaviors()
    print(f"start-up: {time.perf_counter() - began:.2f} s for {len(behaviors)} behaviors")
    calls = [read(path).utterances for path in sorted(arguments.folder.rglob("*.json"))]
    count = sum(map(len, calls))
    calls *= max(1, -(-arguments.least // count))
    count = sum(map(len, calls))
    speeds = []
    for _ in range(5):
        began = time.perf_counter()
        for utterances in calls:
            detect(utterances, behaviors)
        speeds.append(count / (time.perf_counter() - began))
    runs = ", ".join(f"{speed:,.0f}" for speed in speeds)
    print(f"{statistics.median(speeds):,.0f} utterances a second (runs: {runs})")


if __name__ == "__main__":
    main()
