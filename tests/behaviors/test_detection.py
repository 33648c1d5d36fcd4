"""Detection of behaviors in calls: by phrases, by models, and in the light of the call."""

from __future__ import annotations

from typing import Any

import pytest

from callqa.behaviors.behavior import Behavior
from callqa.behaviors.behavior_schema import BehaviorFile
from callqa.behaviors.classifier.call_features import LEAST
from callqa.behaviors.classifier.utterance_model import UtteranceModel, Weights
from callqa.behaviors.detection import detect
from callqa.behaviors.phrase_search import MOST_CERTAIN
from support.small_calls import lines


def learned(**given: Any) -> Behavior:
    """Waving, in the phrase "hi" and, by a model, in "ahoy" for sure and in "oi" perhaps."""
    model = UtteranceModel("1", {}, {"wave": Weights(0.0, 1.0, -3.0, {"ahoy": 6.0, "oi": 3.0})})
    return Behavior(
        BehaviorFile.model_validate({"format": 1, "behavior": "wave", "phrases": ["hi"], **given}), None, model
    )


def rules(one: Behavior, *said: str, **how: Any) -> list[tuple[int, str, bool]]:
    return [(hit.utterance, hit.rule, hit.sure) for hit in detect(lines(*said), {one.name: one}, **how)]


def test_a_model_finds_what_no_phrase_does() -> None:
    found = rules(learned(), "agent: hi", "agent: ahoy", "agent: oi", "agent: well")
    assert found == [(0, "hi", True), (1, "model wave 1: ahoy", True), (2, "model wave 1: oi", False)]


def test_a_model_adds_nothing_where_a_phrase_is_sure() -> None:
    assert rules(learned(), "agent: hi ahoy") == [(0, "hi", True)]


def test_a_model_overrules_a_weaker_phrase() -> None:
    weak = learned(phrases=[{"say": "ahoy there", "confidence": 0.5}])
    assert rules(weak, "agent: ahoy there") == [(0, "model wave 1: ahoy", True)]


def test_a_stronger_weak_phrase_stands() -> None:
    weak = learned(phrases=[{"say": "oi you", "confidence": 0.55}])
    assert rules(weak, "agent: oi you") == [(0, "oi you", False)]


def test_an_exception_speaks_against_the_model_too() -> None:
    assert rules(learned(exceptions=["ship ahoy"]), "agent: ship ahoy") == []


def test_a_model_judges_its_own_party_only() -> None:
    assert rules(learned(), "customer: ahoy") == []
    assert rules(learned(speaker="any"), "customer: ahoy") == [(0, "model wave 1: ahoy", True)]


# A model of which "oi" is an even chance, "ey" a small one, and any other line next to none.
ASKED = UtteranceModel("1", {}, {"wave": Weights(0.0, 1.0, -3.0, {"oi": 3.0, "ey": 1.6})})


def asking(*phrases: Any, model: UtteranceModel | None = ASKED, **given: Any) -> Behavior:
    """Waving, in phrases that need the model to agree."""
    said = [{"say": list(phrases), "with_model": True}]
    file = BehaviorFile.model_validate({"format": 1, "behavior": "wave", "phrases": said, **given})
    return Behavior(file, None, model)


@pytest.mark.parametrize(
    ("line", "found"),
    [("oi, hand up", [(0, "hand", True)]), ("ey, hand up", [(0, "hand", False)]), ("a hand of cards", [])],
)
def test_a_phrase_may_ask_the_model_to_agree(line: str, found: list[tuple[int, str, bool]]) -> None:
    assert rules(asking("hand"), f"agent: {line}") == found


def test_where_no_model_is_asked_a_phrase_needs_none_to_agree() -> None:
    assert rules(asking("hand", model=None), "agent: a hand of cards") == [(0, "hand", True)]
    assert rules(asking("hand"), "customer: a hand of cards") == [(0, "hand", True)]
    assert rules(asking("hand"), "agent: a hand of cards", phrases_only=True) == [(0, "hand", True)]


def test_a_phrase_whose_line_an_exception_keeps_from_the_model_is_in_doubt() -> None:
    assert rules(asking("hand", exceptions=["oi you"]), "agent: oi you, hand up") == [(0, "hand", False)]


def test_the_models_judgement_in_the_call_and_a_shipped_phrase_are_weighed_together() -> None:
    sneer = in_call()
    assert rules(sneer, "agent: huh well") == [(0, "huh", True)]
    assert rules(sneer, "agent: huh") == [(0, "huh", True)]
    against = in_call(words=-9.0)
    assert rules(against, "agent: huh and so on and on") == []


def test_a_phrase_may_count_whatever_the_model_says() -> None:
    against = in_call(words=-9.0)
    stubborn = BehaviorFile.model_validate(
        {"format": 1, "behavior": "sneer", "phrases": [{"say": "huh", "without_model": True}]}
    )
    assert rules(Behavior(stubborn, None, against.model), "agent: huh and so on and on") == [(0, "huh", True)]


def test_what_a_team_adds_counts_whatever_the_shipped_model_says() -> None:
    more = Behavior(
        BehaviorFile.model_validate({"format": 1, "behavior": "sneer", "extends": "shipped", "phrases": ["pah"]}),
        in_call(words=-9.0),
    )
    more.own = True
    assert rules(more, "agent: pah and so on and on", "agent: huh and so on and on") == [(0, "pah", True)]


def test_a_hit_knows_its_two_witnesses() -> None:
    (hit,) = detect(lines("agent: huh"), {"sneer": in_call()})
    assert hit.phrase == MOST_CERTAIN
    assert hit.model == pytest.approx(0.119, abs=0.002)


def test_what_excludes_a_behavior_leaves_nothing_of_it_in_its_utterance() -> None:
    kind = Behavior(
        BehaviorFile.model_validate({"format": 1, "behavior": "kind", "excludes": ["rude"], "phrases": ["dear"]})
    )
    rude = Behavior(BehaviorFile.model_validate({"format": 1, "behavior": "rude", "phrases": ["fool"]}))
    hits = detect(lines("agent: dear fool", "agent: dear"), {"kind": kind, "rude": rude})
    assert [(hit.behavior, hit.utterance) for hit in hits] == [("rude", 0), ("kind", 1)]


def test_a_phrase_that_needs_no_model_goes_before_one_that_does() -> None:
    mixed = asking("hand up now", phrases=["hand up", {"say": "hand up now", "with_model": True}])
    assert rules(mixed, "agent: hand up now") == [(0, "hand up", True)]


def test_a_doubt_leaves_what_its_sentence_holds_to_a_person() -> None:
    doubted = learned(doubts=["in the film"])
    assert rules(doubted, "agent: they say hi in the film") == [(0, "hi", False)]
    assert rules(doubted, "agent: ahoy, in the film") == [(0, "model wave 1: ahoy", False)]
    assert rules(doubted, "agent: hi. It was in the film.") == [(0, "hi", True)]


def test_an_extending_behavior_keeps_the_doubts() -> None:
    more = BehaviorFile.model_validate({"format": 1, "behavior": "wave", "extends": "shipped", "phrases": ["hullo"]})
    assert rules(Behavior(more, learned(doubts=["in the film"])), "agent: hullo in the film") == [(0, "hullo", False)]


def test_models_can_be_left_out() -> None:
    assert rules(learned(), "agent: ahoy", phrases_only=True) == []


def test_an_extending_behavior_keeps_the_model() -> None:
    more = BehaviorFile.model_validate({"format": 1, "behavior": "wave", "extends": "shipped", "phrases": ["hullo"]})
    assert rules(Behavior(more, learned()), "agent: ahoy") == [(0, "model wave 1: ahoy", True)]


def test_what_a_model_finds_may_need_another_behavior_before_it() -> None:
    wave = learned(model_after="hurt")
    hurt = Behavior(
        BehaviorFile.model_validate({"format": 1, "behavior": "hurt", "speaker": "customer", "phrases": ["ouch"]})
    )

    def found(*said: str) -> list[tuple[int, str]]:
        hits = detect(lines(*said), {one.name: one for one in (wave, hurt)})
        return [(hit.utterance, hit.rule) for hit in hits if hit.behavior == "wave"]

    assert found("agent: ahoy", "agent: hi", "customer: ouch", "agent: ahoy") == [(1, "hi"), (3, "model wave 1: ahoy")]
    assert found("agent: ouch", "agent: ahoy") == []
    assert rules(wave, "agent: ahoy") == [
        (0, "model wave 1: ahoy", True)
    ]  # nothing is looked for that could come first
    more = BehaviorFile.model_validate({"format": 1, "behavior": "wave", "extends": "shipped", "phrases": ["hullo"]})
    assert Behavior(more, wave).model_after == "hurt"


def in_call(quite: float = 0.0, **weights: float) -> Behavior:
    """Sneering, which the model hears in "well", and more in the light of what the customer says ("broke")."""
    sneer = Weights(-0.5, 1.0, 0.0, {"well": 1.0, "quite": quite}, "agent", {"line": 1.0, **weights}, -1.5, 0.1)
    cross = Weights(-2.0, 1.0, 0.0, {"broke": 5.0}, "customer", {"line": 1.0}, 0.0, 0.1)
    model = UtteranceModel("1", {}, {"sneer": sneer, "cross": cross})
    return Behavior(BehaviorFile.model_validate({"format": 1, "behavior": "sneer", "phrases": ["huh"]}), None, model)


def test_the_call_around_a_line_makes_it_surer() -> None:
    sneer = in_call(**{"cross before": 0.7})
    assert rules(sneer, "customer: it broke", "agent: well") == [(1, "model sneer 1: well", True)]
    assert rules(sneer, "customer: hello", "agent: well") == []


@pytest.mark.parametrize("line", ["quite", "well quite"])
def test_without_words_of_its_own_no_line_shows_anything(line: str) -> None:
    sneer = in_call(**{"cross before": 3.0, "words": 9.0}, quite=LEAST - 0.6)
    assert rules(sneer, "customer: it broke", f"agent: {line}") == []


def test_what_a_teams_own_phrase_found_counts_for_the_rest_of_the_call() -> None:
    sneer = in_call(**{"strongest own": 0.4})
    sneer.own = True
    assert rules(sneer, "agent: huh", "customer: yes", "agent: well") == [
        (0, "huh", True),
        (2, "model sneer 1: well", True),
    ]
    assert rules(sneer, "agent: hm", "customer: yes", "agent: well") == []


def test_a_behavior_moved_to_the_other_party_is_judged_line_by_line() -> None:
    sneer = in_call(**{"cross before": 9.0})
    sneer.speaker = "customer"
    assert rules(sneer, "customer: it broke", "customer: well") == [(1, "model sneer 1: well", True)]


def test_one_turn_of_thousands_of_lines_is_judged_in_no_time() -> None:
    sneer = in_call(**{"cross before": 0.7})
    said = ["customer: it broke"] * 3000 + ["agent: well"] * 3000
    assert len(rules(sneer, *said)) == 3000
