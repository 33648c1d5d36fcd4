"""Train the model of lines in `src/callqa/data/models/` from the lines in `training/`.

    python tools/train_behaviors.py

Needs numpy and callqa. The same lines give the same model: nothing is drawn by chance, and weights are rounded.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

from callqa.behaviors.classifier.call_training import train_in_call
from callqa.behaviors.classifier.corpus import kind_of_word, read_calls, read_kinds, read_lines
from callqa.behaviors.classifier.line_model import FORMAT
from callqa.behaviors.classifier.training import train

ROOT = Path(__file__).resolve().parent.parent
TRAINING = ROOT / "training"
WORDS = TRAINING / "words.txt"
MODEL = ROOT / "src" / "callqa" / "data" / "models" / "lines.json"
VERSION = "4"

BEHAVIORS = {"complaint": "customer", "empathy": "agent", "make_it_right": "agent", "arguing": "agent"}
"""What is learned, and whose lines it is learned from."""

SHARES = {"complaint": 0.05, "empathy": 0.03, "make_it_right": 0.05, "arguing": 0.05}
"""Share of a party's lines taken to show each behavior before a call is heard; what confidence means rests on it. Most
of what is said on the telephone is "yes", numbers and names: a high share would take ordinary talk for anything."""

LEAST_LINES = 3
"""Written lines a run of words must occur in: of so many lines, what occurs in two says little."""

SHARES_IN_CALL = {"complaint": 0.26, "empathy": 0.06, "make_it_right": 0.1, "arguing": 0.07}
"""The same where a line is judged in the light of its call, which says how much of it to expect."""


def main() -> None:
    """Train, and write the model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    MODEL.parent.mkdir(exist_ok=True)
    MODEL.write_text(model_text(), encoding="utf-8")


def corpus_files() -> list[Path]:
    """What the model is made of: the training lines and the kinds of words."""
    return sorted(path for path in TRAINING.glob("*.txt") if not path.name.startswith("held_out"))


def corpus_sha256() -> str:
    """Hash of the files the model is made of."""
    digest = hashlib.sha256()
    for path in corpus_files():
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def model_text() -> str:
    """The model file's text, trained from the lines in `training/`."""
    kinds = read_kinds(WORDS)
    lines = [line for path in corpus_files() if path.name != "words.txt" for line in read_lines(path, kinds)]
    by_word = kind_of_word(kinds)
    trained = {
        name: train(
            [line for line in lines if line.speaker == speaker and line.only in (None, name)],
            name,
            by_word,
            share=SHARES[name],
            least_lines=LEAST_LINES,
        )
        for name, speaker in BEHAVIORS.items()
    }
    calls = [call for path in corpus_files() for call in read_calls(path)]
    in_call = train_in_call(calls, trained, BEHAVIORS, by_word, SHARES_IN_CALL)
    parts = {
        name: {"speaker": speaker, "call": in_call[name], **trained[name].part} for name, speaker in BEHAVIORS.items()
    }
    data = {
        "format": FORMAT,
        "version": VERSION,
        "corpus_sha256": corpus_sha256(),
        "kinds": {kind.upper(): " ".join(words) for kind, words in kinds.items()},
        "behaviors": parts,
    }
    return json.dumps(data, ensure_ascii=False, indent=0) + "\n"


if __name__ == "__main__":
    main()
