"""Comparing callqa's verdicts, or the behaviors it found, with those of people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from callqa.behaviors.behavior import Behavior
from callqa.core.agreement import Confusion
from callqa.evaluation.labels import BehaviorLabels, VerdictLabels
from callqa.execution.tasks import DetectedCall
from callqa.scoring.scorecard import CallResult, CriterionResult

ENOUGH_CALLS = 20
"""Calls below which agreement comes with a warning: with 20, nine agreements in ten still mean anything from 70 to 97 %
(Wilson's interval)."""


@dataclass(frozen=True)
class Disagreement:
    """A place where callqa and people differ, to listen to. `start` is in seconds, None without times."""

    path: str
    call_id: str
    subject: str
    utterance: int | None
    start: float | None
    person: str
    callqa: str
    quote: str
    reason: str


@dataclass(frozen=True)
class Comparison:
    """The pairs of answers on one criterion or behavior, and the places where they differ.

    `positive` is the answer whose precision and recall count: a criterion's `fail`, a behavior's `found`. `left` counts
    verdicts that callqa leaves to a person, `unjudged` labels of calls it could not judge; neither is among the pairs.
    """

    subject: str
    positive: str
    answers: tuple[str, ...]
    confusion: Confusion[str]
    calls: int
    left: int
    unjudged: int
    disagreements: tuple[Disagreement, ...]


@dataclass(frozen=True)
class Calibration:
    """The comparisons of all criteria or behaviors with labels."""

    kind: str
    """`criteria` or `behaviors`."""
    comparisons: tuple[Comparison, ...]
    unknown_calls: tuple[str, ...]
    """Labelled calls that are not among the recordings."""
    unlabelled_calls: int
    """Calls without any label: nobody said whether they listened, so they are left out."""
    beyond: tuple[str, ...]
    """Labels of utterances that their call does not have, as call_id:utterance."""

    @property
    def few(self) -> tuple[str, ...]:
        """The subjects compared on too few calls to rely on."""
        return tuple(one.subject for one in self.comparisons if one.calls < ENOUGH_CALLS)


def compare_verdicts(labels: VerdictLabels, calls: Sequence[CallResult]) -> Calibration:
    """Compare callqa's verdicts with those of people, criterion by criterion, in the order of the rubric."""
    by_id = {call.call_id: call for call in calls}
    known = {key: verdict for key, verdict in labels.verdicts.items() if key[0] in by_id}
    order = {one.id: index for call in calls for index, one in enumerate(call.criteria)}
    subjects = sorted({criterion for _, criterion in known}, key=lambda one: (order.get(one, len(order)), one))
    return Calibration(
        "criteria",
        tuple(_compare_criterion(subject, known, by_id) for subject in subjects),
        tuple(sorted(labels.call_ids - set(by_id))),
        len(set(by_id) - labels.call_ids),
        (),
    )


def _compare_criterion(
    subject: str, labels: Mapping[tuple[str, str], str], calls: Mapping[str, CallResult]
) -> Comparison:
    pairs: list[tuple[str, str]] = []
    differ: list[Disagreement] = []
    left = unjudged = 0
    for (call_id, criterion), person in sorted(labels.items()):
        if criterion != subject:
            continue
        call = calls[call_id]
        result = next((one for one in call.criteria if one.id == subject), None)
        if result is None:
            unjudged += 1
        elif result.verdict == "review":
            left += 1
        else:
            pairs.append((person, result.verdict))
            if person != result.verdict:
                differ.append(_verdicts_differ(call, result, person))
    answers = ("pass", "fail", "na")
    return Comparison(subject, "fail", answers, Confusion(pairs), len(pairs), left, unjudged, tuple(differ))


def _verdicts_differ(call: CallResult, result: CriterionResult, person: str) -> Disagreement:
    moment = result.moment
    return Disagreement(
        call.path,
        call.call_id,
        result.id,
        moment.utterance if moment else None,
        moment.start if moment else None,
        person,
        result.verdict,
        moment.quote if moment else "",
        result.reason,
    )


def compare_behaviors(
    labels: BehaviorLabels, calls: Sequence[DetectedCall], behaviors: Mapping[str, Behavior]
) -> Calibration:
    """Compare the utterances in which callqa and people find a behavior, of the party whose behavior it is."""
    every = {call.recording.call_id: call for call in calls}
    by_id = {call_id: call for call_id, call in every.items() if call_id in labels.call_ids}
    lengths = {call_id: len(call.transcript.utterances) for call_id, call in by_id.items()}
    labelled = {place for kind in (labels.found, labels.disputed) for places in kind.values() for place in places}
    beyond = sorted(f"{call}:{number}" for call, number in labelled if call in lengths and number >= lengths[call])
    return Calibration(
        "behaviors",
        tuple(_compare_behavior(behaviors[name], labels, by_id) for name in sorted(labels.found)),
        tuple(sorted(labels.call_ids - set(by_id))),
        len(every) - len(by_id),
        tuple(beyond),
    )


def _compare_behavior(behavior: Behavior, labels: BehaviorLabels, calls: Mapping[str, DetectedCall]) -> Comparison:
    name = behavior.name
    pairs: list[tuple[str, str]] = []
    differ: list[Disagreement] = []
    for call_id, call in calls.items():
        rules = {hit.utterance: hit.rule for hit in reversed(call.hits) if hit.behavior == name}
        for index in _utterances_of(behavior, call):
            place = (call_id, index)
            if place in labels.disputed.get(name, ()):
                continue
            person = "found" if place in labels.found[name] else "not found"
            machine = "found" if index in rules else "not found"
            pairs.append((person, machine))
            if person != machine:
                utterance = call.transcript.utterances[index]
                reason = f"by the phrase: {rules[index]}" if index in rules else "no phrase finds it"
                differ.append(
                    Disagreement(
                        call.shown_path, call_id, name, index, utterance.start, person, machine, utterance.text, reason
                    )
                )
    answers = ("found", "not found")
    return Comparison(name, "found", answers, Confusion(pairs), len(calls), 0, 0, tuple(differ))


def _utterances_of(behavior: Behavior, call: DetectedCall) -> Iterator[int]:
    for index, utterance in enumerate(call.transcript.utterances):
        if behavior.speaker == "any" or utterance.speaker in (behavior.speaker, "unknown"):
            yield index
