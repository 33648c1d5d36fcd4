"""One call judged by one rubric: verdicts, weights, score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from callqa.conversation.conversation import SpeechOfCall
from callqa.conversation.events import Event
from callqa.conversation.metrics import Metrics
from callqa.core.stage_timer import StageTimes
from callqa.rubrics.fields import Verdict
from callqa.transcripts.transcript import Speaker, Utterance

Part = Literal["trigger", "answer", "nearest"]

MeasuredEvent = Literal[
    "dead air", "overtalk", "interruption", "talk share", "pace", "pace match", "hold", "response time", "monologue"
]
"""What a `measure:` criterion's evidence is a moment of."""


@dataclass(frozen=True)
class Evidence:
    """What a verdict rests on: the words, where they stand, and the rule that found them.

    `utterance` is the index in the transcript; `start` and `end` are the seconds of the quote where words have
    times, else of the utterance, None without times;
    `quote` is the sentence the deciding words stand in; `behavior` is None for a phrase of the rubric's own. `part`
    tells what it is evidence of: the trigger that called for something, the answer that was expected or forbidden, or
    the nearest miss of an answer that was not found. Of something measured, `measured` says what, `start` and `end` are
    its own seconds, and the line is the one it falls in or after.
    """

    utterance: int
    speaker: Speaker
    start: float | None
    end: float | None
    quote: str
    behavior: str | None
    rule: str
    part: Part = "answer"
    measured: MeasuredEvent | None = None


@dataclass(frozen=True)
class VerdictOverride:
    """A verdict changed by a person: what callqa says, what holds instead, who changed it, on which day, and why."""

    was: Verdict
    now: Verdict
    who: str
    when: str
    """The day, as 2026-11-03."""
    why: str


@dataclass(frozen=True)
class CriterionResult:
    """The verdict on one criterion, with a one-line reason and its evidence.

    `searched` counts the utterances that were looked through.
    """

    id: str
    title: str
    verdict: Verdict
    weight: float
    reason: str
    evidence: tuple[Evidence, ...] = ()
    searched: int = 0
    auto_fail: bool = False
    critical: bool = False
    overridden: VerdictOverride | None = None
    """Set where a person changed the verdict; `verdict` is then theirs, reason and evidence remain callqa's."""

    @property
    def moment(self) -> Evidence | None:
        """The evidence that decided: the answer found, else the trigger left unanswered, else the nearest miss."""
        for part in ("answer", "trigger", "nearest"):
            for evidence in self.evidence:
                if evidence.part == part:
                    return evidence
        return None


@dataclass(frozen=True)
class CallResult:
    """Everything callqa has to say about one recording.

    `reason` says why it was not scored. `score` is None where no criterion could be decided. `notes` are facts a reader
    of the result should know: how the agent's channel was found, what the recording lacks.
    """

    call_id: str
    path: str
    agent: str
    status: Literal["scored", "unscorable", "failed"]
    started_at: datetime | None = None
    reason: str | None = None
    reason_kind: str | None = None
    """The reason in two or three words, the same for all calls with the same fault."""
    duration: float | None = None
    engine: str | None = None
    model: str | None = None
    provisional: bool = False
    score: float | None = None
    passed: bool | None = None
    auto_failed: bool = False
    criteria: tuple[CriterionResult, ...] = ()
    metrics: Metrics | None = None
    notes: tuple[str, ...] = ()
    cached: bool = False
    """Whether the transcript came from the cache."""
    utterances: tuple[Utterance, ...] = ()
    """What was said, without the single words; evidence counts its lines."""
    speech: SpeechOfCall | None = None
    """When each party speaks; None where there are no times or where it is a guess."""
    events: tuple[Event, ...] = ()
    agent_channel: int | None = None
    """The agent's channel in the recording; None where the parties share one, or where there is no sound."""
    took: StageTimes = field(default=(), compare=False)
    """Seconds of work by stage since the result before, in the process that made it; never part of a report."""
    content: str | None = None
    """SHA-256 of the recording's or transcript's bytes, in hexadecimal: it names the call whatever its path."""
    team: str | None = None
    """The team the agent belongs to, where the metadata tells."""

    @property
    def to_review(self) -> int:
        """Criteria a person must listen to."""
        return sum(criterion.verdict == "review" for criterion in self.criteria)

    @property
    def critical_misses(self) -> int:
        """Critical criteria that failed."""
        return sum(criterion.critical and criterion.verdict == "fail" for criterion in self.criteria)


def score_of(criteria: Sequence[CriterionResult]) -> tuple[float | None, bool]:
    """Score from 0 to 100, and whether an auto-fail zeroed it.

    Passed weight over decided weight; `na` and `review` leave both. None where nothing with a weight was decided.
    """
    auto_failed = any(criterion.auto_fail and criterion.verdict == "fail" for criterion in criteria)
    if auto_failed:
        return 0.0, True
    passed = sum(criterion.weight for criterion in criteria if criterion.verdict == "pass")
    decided = sum(criterion.weight for criterion in criteria if criterion.verdict in ("pass", "fail"))
    return (round(100 * passed / decided, 1) if decided else None), False


def weighed(call: CallResult, criteria: Sequence[CriterionResult], pass_mark: float) -> CallResult:
    """The call scored by these verdicts; it passes from `pass_mark` on, unless an auto-fail zeroed it."""
    score, auto_failed = score_of(criteria)
    passed = None if score is None else score >= pass_mark and not auto_failed
    return replace(call, status="scored", criteria=tuple(criteria), score=score, auto_failed=auto_failed, passed=passed)
