from __future__ import annotations

from callqa.coaching.self_review import MOST_TO_TRY, SelfReview, self_review
from callqa.results.rubric_snapshot import snapshot_of
from callqa.scoring.scorecard import CallResult
from support.results_samples import SUPPORT, call, evidence, rubric, told

OF = rubric()


def parts(verdicts: str, **more: object) -> SelfReview:
    judged: CallResult = call("a/1.wav", verdicts, OF, **more)
    return self_review(judged, snapshot_of(OF))


def test_the_weightiest_come_first_on_both_sides() -> None:
    found = parts("pfff")
    assert [one.line.id for one in found.to_try] == ["no_arguing", "make_it_right", "apology"]
    assert [one.title for one in parts("pppp").strengths][:1] == ["Offers to make it right"]


def test_never_more_than_three_things_to_try() -> None:
    found = parts("ffff")
    assert len(found.to_try) == MOST_TO_TRY
    assert found.others == ("Greets the caller",)


def test_nobody_is_praised_for_what_was_merely_not_done() -> None:
    found = parts("pnnp")
    assert [one.title for one in found.strengths] == ["Greets the caller"]
    assert found.kept == ()


def test_the_same_line_praises_once() -> None:
    same = told("said", evidence(70.0, "I'm so sorry, I'll replace it"))
    found = parts("nppn", apology=same, make_it_right=same)
    assert [one.title for one in found.strengths] == ["Offers to make it right"]
    assert found.kept == ("Apologises when the customer has a problem",)


def test_the_customers_words_are_nobodys_strength() -> None:
    found = parts("pnnn", greeting=told("said", evidence(2.0, "hello", speaker="customer")))
    assert found.strengths == ()
    assert found.kept == ("Greets the caller",)


def test_what_could_not_be_told_is_apart() -> None:
    found = parts("rrpn")
    assert [one.line.id for one in found.unsure] == ["apology", "greeting"]
    assert found.to_try == ()


def test_one_line_gone_wrong_is_one_thing_to_try() -> None:
    same = told("said", evidence(96.0, "that is your own fault"))
    found = parts("fppf", no_arguing=same, greeting=same)
    assert [one.line.id for one in found.to_try] == ["no_arguing"]
    assert found.others == ("Greets the caller",)


def test_what_carries_no_weight_is_for_another_day() -> None:
    of = rubric([{**SUPPORT[0], "weight": 0}, *SUPPORT[1:]])
    found = self_review(call("a/1.wav", "fppp", of), snapshot_of(of))
    assert found.to_try == ()
    assert found.others == ("Greets the caller",)
