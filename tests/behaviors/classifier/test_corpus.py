"""How the files in `training/` are read, and that they are in order."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from callqa.behaviors.classifier.corpus import (
    EXPANSIONS,
    FOLDS,
    GENERAL,
    TrainingLine,
    expand,
    fold_of_trade,
    read_calls,
    read_kinds,
    read_lines,
    read_talk,
    read_utterances,
    talk_lines,
)
from callqa.language.normalization import NormalizedText
from callqa.rubrics.behavior_loader import load_behaviors

TRAINING = Path(__file__).resolve().parents[3] / "training"
KINDS = read_kinds(TRAINING / "words.txt")
LINES = sorted(TRAINING.glob("lines/*/*.txt"))
CALLS = sorted(TRAINING.glob("calls/*.txt"))
HELD_OUT = sorted(TRAINING.glob("held_out/*.txt"))


def read(folder: Path, name: str, text: str) -> list[TrainingLine]:
    """The lines of a file of an agent's lines with this text."""
    path = folder / "agent" / f"{name}.txt"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    return list(read_lines(path, {"goods": ["kettle"]}))


def test_a_file_of_lines_is_named_after_what_they_show(tmp_path: Path) -> None:
    rude, only = read(tmp_path, "sneer", "# a note\n== bank\nyou again\n\n== general only fold:3\noh dear, a <goods>\n")
    assert (rude.text, rude.speaker, rude.trade, rude.labels, rude.only) == (
        "you again", "agent", "bank", {"sneer"}, None,
    )  # fmt: skip
    assert (only.text, only.trade, only.labels, only.only) == ("oh dear, a kettle", GENERAL, {"sneer"}, "sneer")
    assert (rude.fold, only.fold) == (fold_of_trade("bank"), 3)


@pytest.mark.parametrize(
    ("name", "only"), [("not_sneer", "sneer"), ("ordinary", "ordinary"), ("spontaneous", "spontaneous")]
)
def test_lines_that_show_nothing_have_no_label(tmp_path: Path, name: str, only: str) -> None:
    first, second = read(tmp_path, name, "== general\nright\n== general only\nright then\n")
    assert first.labels == second.labels == frozenset()
    assert (first.only, second.only) == (None, only)


def test_a_line_without_a_fold_gets_one(tmp_path: Path) -> None:
    found = read(tmp_path, "ordinary", "== general\n" + "".join(f"line {n}\n" for n in range(50)))
    assert {line.fold for line in found} == set(range(FOLDS))


def test_a_call_is_read_utterance_by_utterance(tmp_path: Path) -> None:
    path = tmp_path / "retail.txt"
    path.write_text(
        "== call retail\n# a note\nagent: Hello. How can I help?\ncustomer complaint: It never came. Look.\n"
        "agent make_it_right?: I'll see.\n\n== call bank\nagent: Hello.\n"
    )
    assert [(line.speaker, line.text, set(line.labels)) for line in read_utterances(path)] == [
        ("agent", "Hello", set()),
        ("agent", "How can I help", set()),
        ("customer", "It never came. Look.", {"complaint"}),
        ("agent", "Hello", set()),
    ]
    first, second = read_calls(path)
    assert (first.trade, second.trade) == ("retail", "bank")
    assert [one.agreed for one in first.utterances] == [True, True, False]


def test_alternatives_are_written_out() -> None:
    assert set(expand("a (b|c) d", {})) == {"a b d", "a c d"}
    assert set(expand("a (b|<x> <y>) c", {"x": ["X"], "y": ["Y"]})) == {"a b c", "a X Y c"}
    assert set(expand("a [b|(c)] d", {})) == {"a b d", "a c d", "a  d"}
    assert expand("plain", {}) == ["plain"]
    written = expand("my <goods>", {"goods": [f"thing{n}" for n in range(50)]})
    assert len(written) == len(set(written)) == EXPANSIONS


def test_the_lines_are_those_of_known_behaviors_and_kinds() -> None:
    behaviors, _ = load_behaviors()
    for path in LINES:
        for line in read_lines(path, KINDS):
            assert line.labels | {line.only} - {None} <= set(behaviors), path
            assert not set("()[]<>|") & set(line.text), (path, line.text)


def test_each_call_is_in_the_file_of_its_trade() -> None:
    assert CALLS
    for path in CALLS:
        assert {call.trade for call in read_calls(path)} == {path.stem}


def test_every_label_is_a_behavior_of_its_speaker() -> None:
    behaviors, _ = load_behaviors()
    for path in [*CALLS, *HELD_OUT]:
        for call in read_calls(path):
            for one in call.utterances:
                assert {behaviors[label].speaker for label in one.labels} <= {one.speaker}, (path, one.text)


def test_no_held_out_utterance_is_trained_on() -> None:
    trained = [line for path in LINES for line in read_lines(path, KINDS)]
    trained += [line for path in CALLS for line in read_utterances(path)]
    held_out = [line for path in HELD_OUT for line in read_utterances(path)]
    assert held_out
    normal = {line.text: NormalizedText(line.text).normal for line in [*trained, *held_out]}

    def longest_shared(*, labelled: bool) -> int:
        first, second = (
            {normal[line.text] for line in lines if line.labels or not labelled} for lines in (trained, held_out)
        )
        return max((len(line.split()) for line in first & second), default=0)

    # Words that every caller says, "that's brilliant" and the like, may be in both.
    assert longest_shared(labelled=False) <= 7
    assert longest_shared(labelled=True) <= 6


def test_two_transcripts_of_one_conversation_are_in_the_same_part(tmp_path: Path) -> None:
    for name, first, second in (("a", "agent", "customer"), ("b", "customer", "agent")):
        said = [{"speaker": first, "text": "Well, it rained."}, {"speaker": second, "text": "So it did. Did you walk?"}]
        (tmp_path / f"{name}.json").write_text(json.dumps({"format": 1, "call_id": name, "utterances": said}))
    one, other = read_talk(tmp_path)
    assert one.trade == other.trade
    assert [(line.text, line.speaker, line.talk) for line in talk_lines([one])] == [
        ("Well, it rained", "agent", True),
        ("So it did", "customer", True),
        ("Did you walk", "customer", True),
    ]
    assert not any(line.labels for line in talk_lines([one, other]))
