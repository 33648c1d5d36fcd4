"""Train the behavior classifier in `src/callqa/data/models/` from the data in `training/`.

    python tools/train_behaviors.py --talk FOLDER

FOLDER holds transcripts of ordinary talk, in callqa's form: conversations in which next to nobody complains or argues.
They are counterexamples, so that the model knows what talk sounds like. Nothing of them is kept but the weights: an
n-gram that does not occur in `training/` gets none. Without them the model finds a complaint in every sixth line of
ordinary talk.

Needs numpy and callqa. The same data gives the same model: nothing is random, and numbers are rounded. What is left of
the machine, the last bits of its floating-point sums, does not change a committed model of the same data (`settled`).
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from callqa.behaviors.classifier.call_training import train_on_calls
from callqa.behaviors.classifier.corpus import (
    TrainingCall,
    TrainingLine,
    kind_of_word,
    read_calls,
    read_kinds,
    read_lines,
    read_talk,
    read_utterances,
    talk_lines,
)
from callqa.behaviors.classifier.training import SMALLEST, train
from callqa.behaviors.classifier.utterance_model import FORMAT

ROOT = Path(__file__).resolve().parent.parent
TRAINING = ROOT / "training"
WORDS = TRAINING / "words.txt"
MODEL = ROOT / "src" / "callqa" / "data" / "models" / "lines.json"
VERSION = "5"

BEHAVIORS = {"complaint": "customer", "empathy": "agent", "make_it_right": "agent", "arguing": "agent"}
"""Behavior → the party whose utterances it is learned from."""

SHARES = {"complaint": 0.05, "empathy": 0.03, "make_it_right": 0.05, "arguing": 0.05}
"""Share of a party's utterances that are taken to show each behavior when nothing is known about the call; the meaning
of confidence depends on it. Most of what is said on the telephone is "yes", numbers and names: with a high share,
ordinary talk would be mistaken for anything."""

LEAST_LINES = 3
"""Written lines that an n-gram must occur in: among tens of thousands of lines, two prove little."""

SHARES_IN_CALL = {"complaint": 0.49, "empathy": 0.1, "make_it_right": 0.23, "arguing": 0.15}
"""The same for utterances that are judged in the light of their call, which indicates how much of it to expect. Chosen
so that about as much is missed in calls as is found wrongly there; ordinary talk, which is among the data of this
stage, keeps the false findings down."""


def main() -> None:
    """Train, and write the model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--talk", type=Path, nargs="+", default=[], help="folders of transcripts of ordinary talk")
    talk = [call for folder in parser.parse_args().talk for call in read_talk(folder)]
    MODEL.parent.mkdir(exist_ok=True)
    model = trained_model(talk)
    if MODEL.exists():
        model = settled(model, json.loads(MODEL.read_text(encoding="utf-8")))
    MODEL.write_text(as_text(model), encoding="utf-8")


def line_files() -> list[Path]:
    """Return the files of training lines, sorted."""
    return sorted(TRAINING.glob("lines/*/*.txt"))


def call_files() -> list[Path]:
    """Return the files of training calls, sorted."""
    return sorted(TRAINING.glob("calls/*.txt"))


def training_lines(kinds: dict[str, list[str]]) -> list[TrainingLine]:
    """Return all lines to learn from: those of the files of lines, then the utterances of the calls."""
    lines = [line for path in line_files() for line in read_lines(path, kinds)]
    return lines + [line for path in call_files() for line in read_utterances(path)]


def corpus_sha256() -> str:
    """Return the hash of the files that the model is made from."""
    digest = hashlib.sha256()
    for path in [*line_files(), *call_files(), WORDS]:
        digest.update(path.relative_to(TRAINING).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def trained_model(talk: Sequence[TrainingCall] = ()) -> dict[str, Any]:
    """Train on the data in `training/` and on ordinary talk, and return the contents of the model file."""
    kinds = read_kinds(WORDS)
    lines = [*training_lines(kinds), *talk_lines(talk)]
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
    calls = [call for path in call_files() for call in read_calls(path)]
    in_call = train_on_calls(calls, trained, BEHAVIORS, by_word, SHARES_IN_CALL, talk)
    parts = {
        name: {"speaker": speaker, "call": in_call[name], **trained[name].weights}
        for name, speaker in BEHAVIORS.items()
    }
    return {
        "format": FORMAT,
        "version": VERSION,
        "corpus_sha256": corpus_sha256(),
        "talk": {"conversations": len(talk), "utterances": sum(len(call.utterances) for call in talk)},
        "kinds": {kind.upper(): " ".join(words) for kind, words in kinds.items()},
        "behaviors": parts,
    }


def as_text(model: dict[str, Any]) -> str:
    """Return the text of the model file."""
    return json.dumps(model, ensure_ascii=False, indent=0) + "\n"


def settled(model: dict[str, Any], committed: dict[str, Any]) -> dict[str, Any]:
    """Return the model with the committed numbers, if the data is the same and they are as good as the same.

    The minimum is searched until the gradient is small, in sums whose last bits depend on the order of the lines and on
    the machine. That moves about one in 3,000 numbers over a border of rounding, by one unit in its last digit.
    """
    same_data = all(model[key] == committed.get(key) for key in model if key != "behaviors")
    if not same_data or model["behaviors"].keys() != committed["behaviors"].keys():
        return model
    alike = all(_alike(part, committed["behaviors"][name]) for name, part in model["behaviors"].items())
    return committed if alike else model


def _alike(part: dict[str, Any], committed: dict[str, Any]) -> bool:
    """Return True if no number of a behavior differs from the committed one by more than a unit in its last digit."""
    pairs = [(part["call"], committed["call"]), ({**part, "call": 0, "runs": 0}, {**committed, "call": 0, "runs": 0})]
    if any(one.keys() != other.keys() for one, other in pairs):
        return False
    if any(abs(one[name] - other[name]) > 1.5e-3 for one, other in pairs for name in one if name != "speaker"):
        return False
    ngrams, theirs = part["runs"], committed["runs"]
    # An n-gram that only one model has a weight for has one just below SMALLEST in the other.
    return all(
        abs(ngrams[name] - theirs[name]) < 0.015
        if name in ngrams and name in theirs
        else abs(ngrams.get(name, theirs.get(name))) < SMALLEST + 0.005
        for name in {**ngrams, **theirs}
    )


if __name__ == "__main__":
    main()
