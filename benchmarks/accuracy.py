"""Precision and recall of the shipped behaviors on labelled calls, next to a keyword list: tables in Markdown.

    python benchmarks/accuracy.py DATA_DIR...
    python benchmarks/accuracy.py training/held_out/trades.txt

A DATA_DIR holds `calls/*.json`, transcripts in callqa's form, and `labels.csv` with the columns `call_id`, `utterance`
(from 0), `behavior` and, where there is one, `disputed` (1 counts neither way). A line counts once per behavior, and
only lines of the party whose behavior it is. Findings that a person should review stand apart: they count neither as
found nor as right, and two columns say how many they are and how often one shows the behavior.
A text file holds whole calls in the form that training/README.md explains.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from callqa.behaviors.behavior import Behavior
from callqa.behaviors.detection import detect
from callqa.language.normalization import NormalizedText
from callqa.language.phrases import PhraseSet
from callqa.rubrics.behavior_loader import load_behaviors
from callqa.transcripts.formats import read
from callqa.transcripts.transcript import Utterance

KEYWORDS = {
    "apology": ["sorry", "apolog*"],
    "arguing": [
        "your fault",
        "you are wrong",
        "(my|our|your) problem",
        "calm down",
        "you should have",
        "excuses",
        "lying",
    ],
    "closing": ["bye", "good bye", "have a (nice|good|great|lovely) (day|evening|weekend)"],
    "complaint": [
        "complain*",
        "unacceptable",
        "ridiculous",
        "disappointed",
        "terrible",
        "angry",
        "fed up",
        "not working",
    ],
    "empathy": ["i understand", "frustrat*", "i can imagine", "inconvenience"],
    "greeting": ["hello", "hi", "good (morning|afternoon|evening)", "welcome"],
    "hold_request": ["hold", "hold on", "one moment", "bear with me", "hang on"],
    "identify": ["my name is", "this is", "speaking"],
    "make_it_right": [
        "refund*",
        "replac*",
        "compensat*",
        "credit*",
        "resolv*",
        "fix",
        "discount",
        "waive*",
        "i will send",
    ],
    "offer_help": ["help", "assist*", "would you like", "shall i", "what can i do for you"],
    "thanks": ["thank", "thanks"],
}
"""Words and phrases of the kind that keyword spotting goes by."""

Line = tuple[str, int]
Call = tuple[str, tuple[Utterance, ...]]


@dataclass
class Tally:
    """Lines of one behavior by what was found and what is so."""

    labelled: set[Line] = field(default_factory=set)
    disputed: set[Line] = field(default_factory=set)
    sure: set[Line] = field(default_factory=set)
    doubtful: set[Line] = field(default_factory=set)
    keywords: set[Line] = field(default_factory=set)


@dataclass(frozen=True)
class Size:
    """The amount of labelled material."""

    calls: int
    lines: int


def main() -> None:
    """Print a table for each folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="+", help="folder with calls/ and labels.csv, or a file of calls")
    behaviors, _ = load_behaviors()
    for folder in parser.parse_args().data:
        if folder.is_dir():
            tallies = labels(folder)
            calls = [(path.stem, read(path).utterances) for path in sorted((folder / "calls").glob("*.json"))]
        else:
            calls, tallies = written(folder)
        size = find(calls, behaviors, tallies)
        print(f"{folder.name}: {size.calls:,} calls, {size.lines:,} lines\n")
        print("| behavior | lines that show it | precision | recall | F1 | keywords: precision, recall, F1", end="")
        print(" | doubtful findings | of these right |")
        print("|---|---|---|---|---|---|---|---|")
        for name, tally in sorted(tallies.items()):
            print(row(name, tally))
        print()


def labels(folder: Path) -> dict[str, Tally]:
    """Read what people found, by behavior."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as stream:
        for entry in csv.DictReader(stream):
            tally = tallies[entry["behavior"]]
            lines = tally.disputed if entry.get("disputed") == "1" else tally.labelled
            lines.add((entry["call_id"], int(entry["utterance"])))
    return tallies


def written(path: Path) -> tuple[list[Call], dict[str, Tally]]:
    """The calls of a text file, and what its labels say."""
    found: list[list[Utterance]] = []
    tallies: dict[str, Tally] = defaultdict(Tally)
    for text in path.read_text(encoding="utf-8").splitlines():
        if text.startswith("=="):
            found.append([])
        elif text and not text.startswith("#"):
            head, _, said = text.partition(": ")
            speaker, *names = head.split()
            for name in names:
                tally = tallies[name.removesuffix("?")]
                lines = tally.disputed if name.endswith("?") else tally.labelled
                lines.add((str(len(found)), len(found[-1])))
            found[-1].append(Utterance("customer" if speaker == "customer" else "agent", said))
    return [(str(number), tuple(utterances)) for number, utterances in enumerate(found, start=1)], tallies


def find(found: Sequence[Call], behaviors: Mapping[str, Behavior], tallies: Mapping[str, Tally]) -> Size:
    """Look for the behaviors in every call."""
    keywords = {name: PhraseSet(words) for name, words in KEYWORDS.items()}
    calls = lines = 0
    for call_id, utterances in found:
        calls, lines = calls + 1, lines + len(utterances)
        for hit in detect(utterances, behaviors):
            if hit.behavior in tallies and hit.speaker == behaviors[hit.behavior].speaker:
                tally = tallies[hit.behavior]
                (tally.sure if hit.sure else tally.doubtful).add((call_id, hit.utterance))
        for index, utterance in enumerate(utterances):
            spoken = NormalizedText(utterance.text)
            for name, tally in tallies.items():
                if utterance.speaker == behaviors[name].speaker and keywords[name].find(spoken):
                    tally.keywords.add((call_id, index))
    return Size(calls, lines)


def row(name: str, tally: Tally) -> str:
    """One row of the table."""
    doubtful = tally.doubtful - tally.sure - tally.disputed
    share = len(doubtful) / max(1, len(doubtful | tally.sure))
    right = f"{len(doubtful & tally.labelled) / len(doubtful):.0%}" if doubtful else ""
    own = " | ".join(f"{figure:.2f}" for figure in figures(tally.sure, tally))
    by_keywords = ", ".join(f"{figure:.2f}" for figure in figures(tally.keywords, tally))
    return f"| {name} | {len(tally.labelled)} | {own} | {by_keywords} | {len(doubtful)} ({share:.0%}) | {right} |"


def figures(found: set[Line], tally: Tally) -> tuple[float, float, float]:
    """Precision, recall and F1 of the lines found."""
    found = found - tally.disputed
    right = len(found & tally.labelled)
    f1 = 2 * right / max(1, len(found) + len(tally.labelled))
    return right / max(1, len(found)), right / max(1, len(tally.labelled)), f1


if __name__ == "__main__":
    main()
