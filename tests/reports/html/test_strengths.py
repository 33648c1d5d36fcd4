"""An agent's best lines are the agent's own, met a criterion, and are lines."""

from __future__ import annotations

from dataclasses import replace

from callqa.reports.html.strengths import best_lines
from callqa.results.rubric_snapshot import snapshot_of
from callqa.scoring.scorecard import VerdictOverride
from support.results_samples import call, evidence, rubric, told

STANDARD = snapshot_of(rubric())


def said(quote: str, **more: object) -> dict[str, object]:
    return {"make_it_right": told("", evidence(9.0, quote, **more))}


def quotes(*calls: object) -> list[str]:
    return [best.quote for best in best_lines(calls, STANDARD)]  # type: ignore[arg-type]


def test_the_line_of_the_better_call_comes_first() -> None:
    good = call("calls/ana/1.wav", "nnpn", **said("I will send you a new one today"))
    poor = call("calls/ana/2.wav", "fnpn", **said("I will see what can be done here"))
    assert quotes(poor, good) == ["I will send you a new one today"]


def test_a_reliable_transcript_comes_before_a_better_score() -> None:
    sure = call("calls/ana/1.wav", "fnpn", **said("I will see what can be done here"))
    unsure = call("calls/ana/2.wav", "nnpn", provisional=True, **said("I will send you a new one today"))
    assert quotes(unsure, sure) == ["I will see what can be done here"]


def test_scraps_speeches_and_other_peoples_lines_are_left_out() -> None:
    assert (
        quotes(
            call("calls/ana/1.wav", "nnpn", **said("sorry")),
            call("calls/ana/2.wav", "nnpn", **said("word " * 40)),
            call("calls/ana/3.wav", "nnpn", **said("I want a new one sent today", speaker="customer")),
            call("calls/ana/4.wav", "nnpn", **said("I will send you a new one", part="nearest")),
            call("calls/ana/5.wav", "nnfn", **said("I will not send you a new one")),
        )
        == []
    )


def test_one_line_for_each_criterion_the_heaviest_first() -> None:
    line = {name: told("", evidence(9.0, f"these are the words of {name}")) for name in ("apology", "make_it_right")}
    found = best_lines([call("calls/ana/1.wav", "nppn", **line), call("calls/ana/2.wav", "nppn", **line)], STANDARD)
    assert [STANDARD.criteria[best.criterion].id for best in found] == ["make_it_right", "apology"]


def test_what_a_person_made_a_pass_of_is_no_line_to_show() -> None:
    one = call("a/1.wav", "pnnn", greeting=told("said", evidence(2.0, "you should have read the terms first")))
    greeting, *others = one.criteria
    changed = replace(greeting, overridden=VerdictOverride("fail", "pass", "maria", "2026-11-03", "he was quoting"))
    assert len(best_lines([one], snapshot_of(rubric()))) == 1
    assert best_lines([replace(one, criteria=(changed, *others))], snapshot_of(rubric())) == []
