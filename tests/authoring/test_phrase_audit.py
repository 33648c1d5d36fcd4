"""The audit counts what each phrase does in calls."""

from __future__ import annotations

import json

import jsonschema
import pytest

from callqa.authoring.phrase_audit import PhraseAudit, PhraseAuditor
from callqa.behaviors.detection import detect
from callqa.reports.phrase_audit_report import audit_json, audit_text
from callqa.reports.schemas import published
from callqa.rubrics.rubric_schema import Rubric
from support.results_samples import rubric
from support.small_calls import behavior, lines

BEHAVIORS = {
    "sorry": behavior("sorry", "so sorry", "my apologies", "never said", exceptions=["so sorry to ask"]),
    "broke": behavior("broke", "it broke", speaker="customer"),
}
RUBRIC: Rubric = rubric(
    [
        {"id": "sorry", "title": "Sorry", "when": {"behavior": "broke"}, "expect": {"behavior": "sorry"}},
        {"id": "calm", "title": "Calm", "forbid": {"say": ["calm down", "blast"]}},
    ]
)
RUBRIC.behaviors.update(BEHAVIORS)
CALLS = {
    "a": ("customer: It broke.", "agent: I am so sorry. So sorry!", "agent: My apologies.", "agent: Well, calm down."),
    "b": ("agent: So sorry to ask.", "customer: I am so sorry, it broke.", "agent: It broke, you say.", "agent: Hm."),
}


def audit(labels: dict[str, frozenset[tuple[str, int]]] | None = None) -> PhraseAudit:
    auditor = PhraseAuditor(RUBRIC, labels)
    for call_id, said in CALLS.items():
        utterances = lines(*said)
        auditor.add(call_id, utterances, detect(utterances, BEHAVIORS))
    return auditor.result()


def test_each_phrase_is_counted_in_the_lines_of_its_party() -> None:
    found = audit()
    assert (found.calls, found.utterances) == (2, 8)
    assert {(row.owner, row.phrase): (row.hits, row.counted, row.calls, row.per_thousand) for row in found.phrases} == {
        ("broke", "it broke"): (2, 2, 2, 1000.0),
        ("sorry", "so sorry"): (1, 1, 1, 166.67),
        ("sorry", "my apologies"): (1, 1, 1, 166.67),
        ("criterion calm", "calm down"): (1, 1, 1, 166.67),
    }
    assert found.phrases[0].owner == "broke"
    assert [row.right for row in found.phrases] == [None] * 4


def test_phrases_that_never_fire_are_counted() -> None:
    phrases = {(name, phrase.source) for name, one in RUBRIC.behaviors.items() for phrase in one.phrases}
    found = audit()
    assert found.silent == len(phrases) + len(["calm down", "blast"]) - len(found.phrases)


def test_labels_tell_how_often_a_phrase_is_right() -> None:
    rows = {row.phrase: row for row in audit({"broke": frozenset({("a", 0)}), "sorry": frozenset()}).phrases}
    assert (rows["it broke"].right, rows["so sorry"].right, rows["calm down"].right) == (1, 0, None)


def test_examples_are_sentences_from_the_calls() -> None:
    rows = {row.phrase: row for row in audit().phrases}
    assert rows["so sorry"].examples == ("I am so sorry.",)
    assert rows["it broke"].examples == ("It broke.", "I am so sorry, it broke.")


def test_the_text_and_the_json_say_the_same() -> None:
    found = audit({"broke": frozenset({("a", 0)})})
    text = audit_text(found, RUBRIC)
    assert "1000.00 per 1,000 lines  broke: it broke" in text
    assert "2 hits in 2 calls, 2 counted, 1 right by the labels (50%)" in text
    assert "“I am so sorry.”" in text
    data = json.loads(audit_json(found, RUBRIC))
    jsonschema.validate(data, json.loads(published("rubric-audit")))
    assert [row["phrase"] for row in data["phrases"]] == [row.phrase for row in found.phrases]


@pytest.mark.parametrize("words", ["\x1b[31mred", "‮evil"])
def test_what_a_caller_said_cannot_command_the_terminal(words: str) -> None:
    auditor = PhraseAuditor(RUBRIC)
    utterances = lines(f"customer: {words} it broke")
    auditor.add("a", utterances, detect(utterances, BEHAVIORS))
    text = audit_text(auditor.result(), RUBRIC)
    assert not set("\x1b‮") & set(text)
