"""What costs a whole call takes two witnesses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callqa.behaviors.behavior import Behavior, Hit
from callqa.conversation.analysed_call import AnalysedCall
from callqa.rubrics.rubric_schema import Criterion
from callqa.scoring.criteria import judge
from support.small_calls import behavior, call_of, lines

NEVER = Criterion.model_validate(
    {"id": "calm", "title": "Calm", "auto_fail": True, "forbid": {"behavior": "arguing"}, "weight": 1}
)
BEHAVIORS: dict[str, Behavior] = {
    "arguing": behavior("arguing", "your own fault", "calm down"),
    "complaint": behavior("complaint", "how dare you", speaker="customer"),
}


def call(*said: str, **witnesses: float | None) -> AnalysedCall:
    """A call in which the hits of arguing have these witnesses."""
    analysed = call_of(lines(*said), BEHAVIORS)
    hits: list[Hit] = [replace(hit, **witnesses) if hit.behavior == "arguing" else hit for hit in analysed.hits]
    return replace(analysed, hits=tuple(hits))


def test_a_phrase_alone_costs_no_call() -> None:
    result = judge(NEVER, call("agent: That is your own fault.", "customer: Oh."))
    assert result.verdict == "review"
    assert "it would cost the whole call, and nothing else confirms it: listen to it" in result.reason


@pytest.mark.parametrize(("agrees", "verdict"), [(0.59, "review"), (0.6, "fail")])
def test_the_model_is_a_second_witness_if_it_agrees(agrees: float, verdict: str) -> None:
    result = judge(NEVER, call("agent: That is your own fault.", "customer: Oh.", model=agrees))
    assert result.verdict == verdict
    if verdict == "fail":
        assert result.reason == (
            "“That is your own fault.” at 00:00; a phrase found it, and the statistical model agrees"
        )


def test_a_weak_phrase_is_no_first_witness() -> None:
    assert judge(NEVER, call("agent: That is your own fault.", model=0.9, phrase=0.83)).verdict == "review"


def test_a_second_offence_is_a_second_witness() -> None:
    result = judge(NEVER, call("agent: Calm down.", "customer: No.", "agent: That is your own fault."))
    assert result.verdict == "fail"
    assert "a phrase found it, and another found “" in result.reason


def test_the_customers_reaction_is_a_second_witness() -> None:
    result = judge(NEVER, call("agent: That is your own fault.", "customer: How dare you!"))
    assert result.verdict == "fail"
    assert "and the customer answered “How dare you!” at 00:10" in result.reason
    late = ["customer: Hm.", "agent: So.", "customer: Well.", "agent: Yes.", "customer: How dare you!"]
    assert judge(NEVER, call("agent: That is your own fault.", *late)).verdict == "review"
    assert judge(NEVER, call("customer: How dare you!", "agent: That is your own fault.")).verdict == "review"


def test_words_that_the_rubric_itself_forbids_need_no_second_witness() -> None:
    said = NEVER.model_copy(
        update={"forbid": NEVER.forbid.model_copy(update={"behavior": None, "say": ["your own fault"]})}
    )  # type: ignore[union-attr]
    result = judge(said, call("agent: That is your own fault."))
    assert (result.verdict, result.reason) == ("fail", "“That is your own fault.” at 00:00")


def test_what_costs_only_its_weight_needs_one() -> None:
    milder = NEVER.model_copy(update={"auto_fail": False})
    assert judge(milder, call("agent: That is your own fault.", "customer: Oh.")).verdict == "fail"
