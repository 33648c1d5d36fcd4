"""Runs what a rubric says about itself: its tests, and the examples of the behaviors it is judged with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from callqa.behaviors import Behavior, Example, detect, in_role
from callqa.conditions import Facts
from callqa.criteria import judge
from callqa.rubric import Rubric, RubricTest
from callqa.transcript import Speaker, Utterance


@dataclass(frozen=True)
class SelfTestResult:
    """One test or example; `message` says what came instead of what was expected, empty where it passed."""

    name: str
    passed: bool
    message: str
    todo: bool


def run_selftest(rubric: Rubric) -> list[SelfTestResult]:
    """Run every test of the rubric and every example of its behaviors."""
    results = [result for test in rubric.file.tests for result in _run_test(rubric, test)]
    for behavior in rubric.behaviors.values():
        results += run_examples(behavior)
    return results


def _run_test(rubric: Rubric, test: RubricTest) -> Iterator[SelfTestResult]:
    utterances = tuple(Utterance(speaker, text) for speaker, text in test.lines())
    hits = tuple(detect(utterances, rubric.behaviors))
    facts = Facts(utterances, hits, rubric.behaviors, timed=False)
    for criterion in rubric.criteria:
        expected = test.expect.get(criterion.id)
        if expected is None:
            continue
        result = judge(criterion, facts)
        message = ""
        if result.verdict != expected:
            message = f"criterion `{criterion.id}`: expected {expected}, got {result.verdict}: {result.reason}"
        yield SelfTestResult(test.name, not message, message, test.todo)


def run_examples(behavior: Behavior) -> list[SelfTestResult]:
    """Run the examples a behavior carries."""
    results = []
    for wanted, examples in ((True, behavior.examples.found), (False, behavior.examples.not_found)):
        for example in examples:
            found = _shows(behavior, example)
            message = "" if bool(found) == wanted else f"“{example.say}” should {'' if wanted else 'not '}be found"
            if found and not wanted:
                message += f", but was by the phrase: {found}"
            results.append(SelfTestResult(f"behavior {behavior.name}", not message, message, example.todo))
    return results


def _shows(behavior: Behavior, example: Example) -> str | None:
    """The phrase by which an example shows the behavior; None where it does not."""
    speaker: Speaker = "customer" if behavior.speaker == "customer" else "agent"
    other: Speaker = "agent" if speaker == "customer" else "customer"
    before = [Utterance(other, example.before)] if example.before else []
    utterances = [*before, Utterance(speaker, example.say)]
    for hit in detect(utterances, {behavior.name: behavior}):
        if hit.utterance == len(before) and in_role(hit, behavior) and (hit.sure or not hit.learned):
            return hit.rule
    return None
