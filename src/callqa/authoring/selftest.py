"""The self-test of a rubric: its tests, and the examples of the behaviors it is judged with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from callqa.behaviors.behavior import Behavior, Hit, in_role
from callqa.behaviors.behavior_schema import Example
from callqa.behaviors.detection import detect
from callqa.conversation.analysed_call import AnalysedCall, analyse
from callqa.conversation.attribution import speech_of_utterances
from callqa.rubrics.folders import shipped_folder
from callqa.rubrics.rubric_schema import Criterion, Rubric
from callqa.rubrics.rubric_tests import RubricTest
from callqa.scoring.conditions import in_window
from callqa.scoring.criteria import judge
from callqa.scoring.scorecard import CriterionResult
from callqa.transcripts.transcript import Transcript, Utterance


@dataclass(frozen=True)
class SelfTestResult:
    """One verdict of a test, or one example; `message` says how it differs from what is expected, empty if passed."""

    name: str
    passed: bool
    message: str
    todo: bool


def run_selftest(rubric: Rubric, more_tests: Sequence[RubricTest] = ()) -> list[SelfTestResult]:
    """Run the tests of the rubric, `more_tests` from other files, and the examples of its behaviors."""
    return [*run_tests(rubric, more_tests), *run_all_examples(rubric)]


def run_tests(rubric: Rubric, more_tests: Sequence[RubricTest] = ()) -> list[SelfTestResult]:
    """Run the tests of the rubric and `more_tests` from other files: one result for each expected verdict."""
    return [result for test in (*rubric.tests, *more_tests) for result in _run_test(rubric, test)]


def run_all_examples(rubric: Rubric) -> list[SelfTestResult]:
    """Run the examples of all behaviors a rubric is judged with.

    For a team's own rubric, the examples that shipped behaviors are known to miss are left out.
    """
    shipped = Path(rubric.path).resolve().parent == shipped_folder()
    return [
        result
        for behavior in rubric.behaviors.values()
        for result in run_examples(behavior)
        if shipped or behavior.own or not result.todo
    ]


def analyse_test(test: RubricTest, rubric: Rubric) -> AnalysedCall:
    """Analyse the call of a test. It has times if the test's lines do."""
    utterances = tuple(
        Utterance(speaker, text, span.start if span else None, span.end if span else None)
        for speaker, span, text in test.lines()
    )
    transcript = Transcript(utterances)
    return analyse(transcript, rubric.behaviors, speech_of_utterances(transcript) if transcript.timed else None)


def _run_test(rubric: Rubric, test: RubricTest) -> Iterator[SelfTestResult]:
    call = analyse_test(test, rubric)
    for criterion in rubric.criteria:
        expected = test.expect.get(criterion.id)
        if expected is None:
            continue
        result = judge(criterion, call)
        message = ""
        if result.verdict != expected:
            reason = _reason(criterion, result, call)
            message = f"criterion `{criterion.id}`: expected {expected}, got {result.verdict} — {reason}"
        yield SelfTestResult(test.name, not message, message, test.todo)


def _reason(criterion: Criterion, result: CriterionResult, call: AnalysedCall) -> str:
    """Return the reason for a verdict in terms that help the author of the rubric."""
    when = criterion.when
    if result.verdict != "na" or when is None or result.evidence:
        return result.reason
    party = when.speaker or "customer"
    searched = in_window(when.within, party, call, ())
    if not searched:
        return f"there is no utterance{'' if party == 'any' else f' by the {party}'} to search for the trigger"
    trigger = " or ".join(f"`{name}`" for name in when.behavior) if when.behavior else "phrase"
    first, last = searched[0] + 1, searched[-1] + 1
    where = f"utterance {first}" if first == last else f"utterances {first}–{last}"
    times = f" {when.at_least} times" if when.at_least > 1 else ""
    return f"the trigger {trigger} was not found{times} in {where}"


def run_examples(behavior: Behavior) -> list[SelfTestResult]:
    """Run the examples in a behavior's file."""
    results = []
    for wanted, examples in ((True, behavior.examples.found), (False, behavior.examples.not_found)):
        for example in examples:
            hit = best_hit(behavior, example)
            message = ""
            if not meets_expectation(hit, wanted):
                message = f"“{example.say}” should {'' if wanted else 'not '}be found"
                if hit is not None:
                    message += f", but the {hit.rule if hit.learned else f'phrase `{hit.rule}`'} finds it"
            results.append(SelfTestResult(f"behavior {behavior.name}", not message, message, example.todo))
    return results


def meets_expectation(hit: Hit | None, wanted: bool) -> bool:
    """Return True if an example has the hit that is expected.

    If none is wanted, a hit left for a person to judge is not a mistake.
    """
    return hit is not None if wanted else hit is None or not hit.sure


def best_hit(behavior: Behavior, example: Example) -> Hit | None:
    """Return the most certain hit of the behavior in the line of an example; None if there is none."""
    utterances, judged = example.call(behavior.speaker)
    hits = [
        hit
        for hit in detect(utterances, {behavior.name: behavior})
        if hit.utterance == judged and in_role(hit, behavior) and (hit.sure or not hit.learned)
    ]
    return max(hits, key=lambda hit: hit.confidence, default=None)
