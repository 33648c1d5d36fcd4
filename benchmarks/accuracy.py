"""How often the shipped behaviors are right on labelled calls: a table of precision, recall and F1.

    python benchmarks/accuracy.py DATA_DIR
    python benchmarks/accuracy.py training/held_out_trades.txt

DATA_DIR holds `calls/*.json`, transcripts in callqa's form, and `labels.csv` with the columns `call_id`, `utterance`
(from 0), `behavior` and, where there is one, `disputed` (1 counts neither way). A line counts once per behavior, and
only lines of the party whose behavior it is. Hits that a person should review stand apart: they count neither as
found nor as right, and two columns say how many lines they are and how often one shows the behavior. A text file holds
whole calls in the form that training/README.md explains.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from callqa.behaviors import Behavior, detect
from callqa.rubric_files import load_behaviors
from callqa.transcript import Utterance
from callqa.transcript_formats import read

Line = tuple[str, int]
Call = tuple[str, Sequence[Utterance]]


@dataclass
class Tally:
    """Lines of one behavior by what was found and what is so."""

    labelled: set[Line] = field(default_factory=set)
    disputed: set[Line] = field(default_factory=set)
    sure: set[Line] = field(default_factory=set)
    doubtful: set[Line] = field(default_factory=set)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with calls/ and labels.csv, or a text file of calls")
    arguments = parser.parse_args()
    behaviors, _ = load_behaviors()
    if arguments.data.is_dir():
        tallies = labels(arguments.data)
        paths = sorted((arguments.data / "calls").glob("*.json"))
        calls: Iterable[Call] = ((path.stem, read(path).utterances) for path in paths)
    else:
        calls, tallies = written(arguments.data)
    lines = find(calls, behaviors, tallies)
    print(f"{lines:,} lines of {arguments.data.name}")
    print("| behavior | lines | precision | recall | F1 | to review | of these right |")
    print("|---|---|---|---|---|---|---|")
    for name, tally in sorted(tallies.items()):
        print(row(name, tally))


def labels(folder: Path) -> dict[str, Tally]:
    """What people found, by behavior."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as stream:
        for entry in csv.DictReader(stream):
            tally = tallies[entry["behavior"]]
            lines = tally.disputed if entry.get("disputed") == "1" else tally.labelled
            lines.add((entry["call_id"], int(entry["utterance"])))
    return tallies


def written(path: Path) -> tuple[list[Call], dict[str, Tally]]:
    """The calls of a text file, and what its labels say."""
    calls: list[Call] = []
    utterances: list[Utterance] = []
    tallies: dict[str, Tally] = defaultdict(Tally)
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines()):
        if text.startswith("=="):
            utterances = []
            calls.append((f"line {number}", utterances))
        elif text and not text.startswith("#"):
            head, _, said = text.partition(": ")
            speaker, *names = head.split()
            for name in names:
                tally = tallies[name.removesuffix("?")]
                lines = tally.disputed if name.endswith("?") else tally.labelled
                lines.add((calls[-1][0], len(utterances)))
            utterances.append(Utterance("customer" if speaker == "customer" else "agent", said))
    return calls, tallies


def find(calls: Iterable[Call], behaviors: dict[str, Behavior], tallies: dict[str, Tally]) -> int:
    """Look for the behaviors in every call; returns the number of lines."""
    count = 0
    for call_id, utterances in calls:
        count += len(utterances)
        for hit in detect(utterances, behaviors):
            if hit.behavior in tallies and hit.speaker == behaviors[hit.behavior].speaker:
                tally = tallies[hit.behavior]
                (tally.sure if hit.sure else tally.doubtful).add((call_id, hit.utterance))
    return count


def row(name: str, tally: Tally) -> str:
    """One row of the table."""
    sure = tally.sure - tally.disputed
    doubtful = tally.doubtful - tally.sure - tally.disputed
    right = len(sure & tally.labelled)
    precision, recall = right / max(1, len(sure)), right / max(1, len(tally.labelled))
    f1 = 2 * right / max(1, len(sure) + len(tally.labelled))
    share = f"{len(doubtful & tally.labelled) / len(doubtful):.0%}" if doubtful else ""
    return f"| {name} | {len(tally.labelled)} | {precision:.3f} | {recall:.3f} | {f1:.3f} | {len(doubtful)} | {share} |"


if __name__ == "__main__":
    main()
