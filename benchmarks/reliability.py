"""The reliability of the confidence that findings are shown with: a table and a diagram in Markdown.

    python benchmarks/reliability.py --labelled DATA... [--talk FOLDER...]

DATA is a folder with `calls/` and `labels.csv`, or a file of calls, as for `accuracy.py`. A folder of talk holds
transcripts in callqa's form of conversations in which every finding is wrong. Findings are sorted by the confidence
that is shown with them; of those shown as 0.9, nine in ten should be right. Only behaviors with a statistical model are
counted: the others are found by phrases alone, whose confidence is a setting.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from accuracy import Call, labels, written

from callqa.behaviors.behavior import Behavior
from callqa.behaviors.detection import detect
from callqa.rubrics.behavior_loader import load_behaviors
from callqa.transcripts.formats import read

BINS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.001)
"""Confidences at which one row of the table ends and the next begins."""

WIDTH = 40
"""Characters of a full bar in the diagram."""

Finding = tuple[str, float, bool]
"""The behavior, the confidence it is shown with, and True if it is right."""


def main() -> None:
    """Print the table and the diagram."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labelled", type=Path, nargs="+", required=True, help="folders or files of labelled calls")
    parser.add_argument("--talk", type=Path, nargs="+", default=[], help="folders of transcripts of ordinary talk")
    arguments = parser.parse_args()
    behaviors = {name: one for name, one in load_behaviors()[0].items() if one.model is not None}
    found = list(findings(arguments.labelled, arguments.talk, behaviors))
    table(found)
    print()
    diagram(found)


def findings(labelled: list[Path], talk: list[Path], behaviors: dict[str, Behavior]) -> Iterator[Finding]:
    """Yield every finding; of several in an utterance, the most certain."""
    for source in labelled:
        if source.is_dir():
            known = labels(source)
            calls = [(path.stem, read(path).utterances) for path in sorted((source / "calls").glob("*.json"))]
        else:
            calls, known = written(source)
        for call in calls:
            for name, place, confidence in best(call, behaviors):
                if name in known and place not in known[name].disputed:
                    yield name, confidence, place in known[name].labelled
    for folder in talk:
        for path in sorted(folder.rglob("*.json")):
            for name, _, confidence in best((path.stem, read(path).utterances), behaviors):
                yield name, confidence, False


def best(call: Call, behaviors: dict[str, Behavior]) -> Iterator[tuple[str, tuple[str, int], float]]:
    """Yield each behavior found in each utterance of a call, with the highest confidence."""
    call_id, utterances = call
    highest: dict[tuple[str, int], float] = defaultdict(float)
    for hit in detect(utterances, behaviors):
        if hit.speaker == behaviors[hit.behavior].speaker:
            highest[hit.behavior, hit.utterance] = max(highest[hit.behavior, hit.utterance], hit.confidence)
    for (name, index), confidence in highest.items():
        yield name, (call_id, index), confidence


def table(found: list[Finding]) -> None:
    """Print how often findings are right, by behavior and by confidence."""
    names = sorted({name for name, _, _ in found})
    print(f"| shown confidence | findings | mean | right | {' | '.join(names)} |")
    print("|---" * (4 + len(names)) + "|")
    for low, high in pairwise(BINS):
        row = [one for one in found if low <= one[1] < high]
        if row:
            cells = " | ".join(share([one for one in row if one[0] == name]) for name in names)
            mean = sum(one[1] for one in row) / len(row)
            print(f"| {low:g} to {min(high, 1):g} | {len(row)} | {mean:.2f} | {share(row)} | {cells} |")


def share(row: list[Finding]) -> str:
    """The share of findings that are right, and their number."""
    return f"{sum(right for _, _, right in row) / len(row):.2f} of {len(row)}" if row else ""


def diagram(found: list[Finding]) -> None:
    """Print a bar for the share of right findings at each confidence; `|` marks the mean confidence."""
    print("```text")
    for low, high in pairwise(BINS):
        row = [one for one in found if low <= one[1] < high]
        if row:
            right = round(WIDTH * sum(one[2] for one in row) / len(row))
            mean = min(WIDTH - 1, round(WIDTH * sum(one[1] for one in row) / len(row)))
            bar = list("█" * right + "·" * (WIDTH - right))
            bar[mean] = "|"
            print(f"{low:4.2f} to {min(high, 1):4.2f}  {''.join(bar)}  {len(row)}")
    print("```")


if __name__ == "__main__":
    main()
