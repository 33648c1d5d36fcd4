"""An audit of the shipped phrases on ordinary talk and on labelled calls: a table in Markdown.

    python benchmarks/phrase_audit.py --talk FOLDER... [--labelled DATA_DIR...] [--least 1]

A folder of talk holds transcripts in callqa's form of conversations in which next to nobody shows any of the behaviors
that need a model, so that every hit of theirs is wrong. A DATA_DIR holds `calls/*.json` and `labels.csv`, as for
`accuracy.py`. The table has the phrases that fire at least `--least` times in the talk, with how often they still count
for sure there, and how often they are right in the labelled calls.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from accuracy import labels

from callqa.authoring.phrase_audit import AuditedPhrase, PhraseAudit, PhraseAuditor
from callqa.behaviors.detection import detect
from callqa.rubrics.loader import load_rubric
from callqa.rubrics.rubric_schema import Rubric
from callqa.transcripts.formats import read

LONGEST = 70
"""Characters of a phrase in the table."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--talk", type=Path, nargs="+", required=True, help="folders of transcripts of ordinary talk")
    parser.add_argument("--labelled", type=Path, nargs="+", default=[], help="folders with calls/ and labels.csv")
    parser.add_argument("--rubric", default="customer-shoes")
    parser.add_argument("--least", type=int, default=1, help="hits in the talk from which a phrase is shown")
    arguments = parser.parse_args()
    rubric = load_rubric(arguments.rubric)
    talk = audit(rubric, (path for folder in arguments.talk for path in sorted(folder.rglob("*.json"))))
    labelled: dict[tuple[str, str], list[AuditedPhrase]] = {}
    for folder in arguments.labelled:
        for row in audit(rubric, sorted((folder / "calls").glob("*.json")), folder).phrases:
            if row.right is not None:
                labelled.setdefault((row.owner, row.phrase), []).append(row)
    print(f"{talk.calls:,} conversations, {talk.utterances:,} lines of ordinary talk\n")
    print("| behavior | phrase | hits in talk | of these counted | hits in labelled calls | of these right |")
    print("|---|---|---|---|---|---|")
    for row in sorted(talk.phrases, key=lambda row: (row.owner, -row.hits)):
        if row.hits >= arguments.least:
            elsewhere = labelled.get((row.owner, row.phrase), [])
            hits = sum(one.hits for one in elsewhere)
            share = f"{sum(one.right or 0 for one in elsewhere) / hits:.0%}" if hits else ""
            phrase = row.phrase[:LONGEST].replace("|", "\\|")
            print(f"| {row.owner} | `{phrase}` | {row.hits} | {row.counted} | {hits or ''} | {share} |")


def audit(rubric: Rubric, paths: Iterable[Path], folder: Path | None = None) -> PhraseAudit:
    """Count the phrases in transcripts; `folder` has their labels."""
    known = {}
    if folder is not None:
        known = {name: frozenset(one.labelled | one.disputed) for name, one in labels(folder).items()}
    auditor = PhraseAuditor(rubric, known)
    for path in paths:
        utterances = read(path).utterances
        auditor.add(path.stem, utterances, detect(utterances, rubric.behaviors))
    return auditor.result()


if __name__ == "__main__":
    main()
