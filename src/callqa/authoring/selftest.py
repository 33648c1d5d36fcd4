"""Runs what a rubric says about itself: its tests, and the examples of the behaviors it is judged with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from callqa.behaviors.behavior import Behavior, Hit, in_role
from callqa.behaviors.behavior_schema import Example
from callqa.behaviors.detection import detect
from callqa.conversation.analysed_call import AnalysedCall, analyse
from callqa.conversation.attribution import speech_of_utterances
from callqa.rubrics.loader import shipped_folder
from callqa.rubrics.rubric_schema import Criterion, Rubric
from callqa.rubrics.rubric_tests import RubricTest
from callqa.scoring.conditions import in_window
from callqa.scoring.criteria import judge
from callqa.scoring.scorecard import CriterionResult
from callqa.transcripts.transcript import Transcript, Utterance


@dataclass(frozen=True)
class SelfTestResult:
    """One verdict of a test, or one example; `message` says what came instead of what was expected, empty if passed."""

    name: str
    passed: bool
    message: str
    todo: bool


def run_selftest(rubric: Rubric, beside: Sequence[RubricTest] = ()) -> list[SelfTestResult]:
    """Run every test of the rubric, those that lie beside it, and every example of its behaviors."""
    return [*run_tests(rubric, beside), *run_all_examples(rubric)]


def run_tests(rubric: Rubric, beside: Sequence[RubricTest] = ()) -> list[SelfTestResult]:
    """Run every test of the rubric and those that lie beside it: one result for each verdict expected."""
    return [result for test in (*rubric.tests, *beside) for result in _run_test(rubric, test)]


def run_all_examples(rubric: Rubric) -> list[SelfTestResult]:
    """Run every example of the behaviors a rubric is judged with.

    To a team's own rubric it is no news what the shipped behaviors are still to learn.
    """
    shipped = Path(rubric.path).resolve().parent == shipped_folder()
    return [
        result
        for behavior in rubric.behaviors.values()
        for result in run_examples(behavior)
        if shipped or behavior.own or not result.todo
    ]


def call_of_test(test: RubricTest, rubric: Rubric) -> AnalysedCall:
    """What is known of a test's call. It is timed where its lines have times."""
    utterances = tuple(
        Utterance(speaker, text, span.start if span else None, span.end if span else None)
        for speaker, span, text in test.lines()
    )
    transcript = Transcript(utterances)
    return analyse(transcript, rubric.behaviors, speech_of_utterances(transcript) if transcript.timed else None)


def _run_test(rubric: Rubric, test: RubricTest) -> Iterator[SelfTestResult]:
    call = call_of_test(test, rubric)
    for criterion in rubric.criteria:
        expected = test.expect.get(criterion.id)
        if expected is None:
            continue
        result = judge(criterion, call)
        message = ""
        if result.verdict != expected:
            why = _why(criterion, result, call)
            message = f"criterion `{criterion.id}`: expected {expected}, got {result.verdict} — {why}"
        yield SelfTestResult(test.name, not message, message, test.todo)


def _why(criterion: Criterion, result: CriterionResult, call: AnalysedCall) -> str:
    """The reason for a verdict, as the author of a rubric wants to read it."""
    when = criterion.when
    if result.verdict != "na" or when is None or result.evidence:
        return result.reason
    party = when.speaker or "customer"
    searched = in_window(when.within, party, call, ())
    if not searched:
        return f"the {'call' if party == 'any' else party} says nothing in which the trigger could be found"
    trigger = " or ".join(f"`{name}`" for name in when.behavior) if when.behavior else "phrase"
    first, last = searched[0] + 1, searched[-1] + 1
    lines = f"utterance {first}" if first == last else f"utterances {first}–{last}"
    needed = f" {when.at_least} times" if when.at_least > 1 else ""
    return f"the trigger {trigger} was not found{needed} in {lines}"


def run_examples(behavior: Behavior) -> list[SelfTestResult]:
    """Run the examples a behavior carries."""
    results = []
    for wanted, examples in ((True, behavior.examples.found), (False, behavior.examples.not_found)):
        for example in examples:
            found = shown_by(behavior, example)
            message = "" if as_said(found, wanted) else f"“{example.say}” should {'' if wanted else 'not '}be found"
            if message and found:
                message += f", but was by the {'' if found.learned else 'phrase: '}{found.rule}"
            results.append(SelfTestResult(f"behavior {behavior.name}", not message, message, example.todo))
    return results


def as_said(hit: Hit | None, wanted: bool) -> bool:
    """Whether the hit in an example, if there is one, is what the example says.

    Where nothing should be found, a hit left for a person to judge is no mistake.
    """
    return hit is not None if wanted else hit is None or not hit.sure


def shown_by(behavior: Behavior, example: Example) -> Hit | None:
    """The hit by which an example shows the behavior, the surest; None where it does not."""
    utterances, judged = example.call(behavior.speaker)
    hits = [
        hit
        for hit in detect(utterances, {behavior.name: behavior})
        if hit.utterance == judged and in_role(hit, behavior) and (hit.sure or not hit.learned)
    ]
    return max(hits, key=lambda hit: hit.confidence, default=None)
