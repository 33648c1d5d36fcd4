"""One call judged by one rubric: verdicts, weights, score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from callqa.conversation.conversation import SpeechOfCall
from callqa.conversation.events import Event
from callqa.conversation.metrics import Metrics
from callqa.core.json_form import Count, JsonForm, Score, Seconds, Weight, spelled_as
from callqa.core.stage_timer import StageTimes
from callqa.core.timeline import Span
from callqa.rubrics.fields import Verdict
from callqa.transcripts.transcript import Speaker, Utterance

EvidencePart = Literal["trigger", "answer", "nearest"]

MeasuredEvent = Literal[
    "dead air", "overtalk", "interruption", "talk share", "pace", "pace match", "hold", "response time", "monologue"
]
"""What the evidence of a `measure:` criterion is a moment of."""

# The JSON forms of values that are made below this module.
_Time = Annotated[datetime, spelled_as(str, datetime.fromisoformat, datetime.isoformat)]
_Span = Annotated[Span, spelled_as(tuple[Seconds, Seconds], lambda pair: Span(*pair), lambda it: (it.start, it.end))]
_Spans = tuple[_Span, ...]
JsonUtterance = Annotated[
    Utterance, JsonForm("speaker", "start", "end", "text", left_out=("words",), channel=Count | None)
]
JsonSpeech = Annotated[SpeechOfCall, JsonForm(not_negative=True, agent=_Spans, customer=_Spans)]
JsonEvent = Annotated[Event, JsonForm(not_negative=True)]
JsonMetrics = Annotated[Metrics, JsonForm(not_negative=True, pace_difference=float | None)]


@JsonForm("utterance", "speaker", "start", "end", "quote", "behavior", "rule", "part")
@dataclass(frozen=True)
class Evidence:
    """The words a verdict rests on, or the moment something was measured in."""

    utterance: Count
    """Index of the utterance in the transcript, from 0; of something measured, the utterance it is in or follows."""
    speaker: Speaker
    start: float | None
    """Seconds from the start of the recording, of the quote if its words have times, else of the utterance; None if
    the transcript has no times."""
    end: float | None
    quote: str
    """The sentence with the deciding words."""
    behavior: str | None
    """The behavior found; None for a phrase of the rubric itself."""
    rule: str
    """The phrase that found it."""
    part: EvidencePart = "answer"
    """What called for something (`trigger`), what was expected or forbidden (`answer`), or the nearest miss of an
    answer that was not found (`nearest`)."""
    measured: MeasuredEvent | None = None
    """What was measured; `start` and `end` are then its own. None if words were searched for."""


@dataclass(frozen=True)
class VerdictOverride:
    """A verdict changed by a person."""

    was: Annotated[Verdict, Field(alias="from")]
    """callqa's verdict."""
    now: Annotated[Verdict, Field(alias="to")]
    """The verdict that holds."""
    who: str
    when: str
    """The day, as 2026-11-03."""
    why: str


@JsonForm("id", "verdict", "weight", "reason", "evidence", "title", "auto_fail", "critical", "searched")
@dataclass(frozen=True)
class CriterionResult:
    """The verdict on one criterion, with a one-line reason and its evidence."""

    id: str
    title: str
    verdict: Verdict
    weight: Weight
    reason: str
    evidence: tuple[Evidence, ...] = ()
    searched: Count = 0
    """Utterances that were searched."""
    auto_fail: bool = False
    """True if a miss zeroes the score of the call."""
    critical: bool = False
    """True if critical misses are counted separately."""
    overridden: VerdictOverride | None = None
    """Set if a person changed the verdict: `verdict` is then theirs; reason and evidence remain callqa's."""

    @property
    def machine_verdict(self) -> Verdict:
        """The verdict of callqa, even if a person changed it."""
        return self.overridden.was if self.overridden else self.verdict

    @property
    def moment(self) -> Evidence | None:
        """The evidence that decided: the answer found, else the trigger left unanswered, else the nearest miss."""
        for part in ("answer", "trigger", "nearest"):
            for evidence in self.evidence:
                if evidence.part == part:
                    return evidence
        return None


@JsonForm(
    "call_id", "path", "agent", "started_at", "duration", "engine", "model", "status", "reason", "provisional",
    "score", "passed", "auto_failed", "criteria", "metrics", "notes", "reason_kind", "to_review", "critical_misses",
    left_out=("cached", "took"),
)  # fmt: skip
@dataclass(frozen=True)
class CallResult:
    """One recording: how it was judged and what was measured, or why it was not judged."""

    call_id: str
    path: str
    agent: str
    status: Literal["scored", "unscorable", "failed"]
    started_at: _Time | None = None
    """ISO 8601, with the offset from UTC if it is known."""
    reason: str | None = None
    """Why it was not scored."""
    reason_kind: str | None = None
    """The reason in two or three words, the same for all calls with the same fault."""
    duration: Seconds | None = None
    """Seconds."""
    engine: str | None = None
    model: str | None = None
    provisional: bool = False
    """True if it was judged from a transcript too poor to rely on."""
    score: Score | None = None
    """None if no criterion could be decided."""
    passed: bool | None = None
    auto_failed: bool = False
    criteria: tuple[CriterionResult, ...] = ()
    metrics: JsonMetrics | None = None
    notes: tuple[str, ...] = ()
    """Facts a reader should know: how the agent's channel was determined, what the recording lacks."""
    cached: bool = False
    """True if the transcript came from the cache."""
    utterances: tuple[JsonUtterance, ...] = ()
    """What was said, without the single words; `utterance` of the evidence is an index in it."""
    speech: JsonSpeech | None = None
    """When each party speaks, as [start, end] in seconds; None without times, or if that is a guess."""
    events: tuple[JsonEvent, ...] = ()
    agent_channel: Count | None = None
    """The agent's channel in the recording; None if the parties share one, or if there is no sound."""
    took: StageTimes = field(default=(), compare=False)
    """Seconds of work by stage since the previous result, in the process that made it."""
    content: str | None = None
    """SHA-256 of the recording's or transcript's bytes, in hexadecimal: it identifies the call whatever its path."""
    team: str | None = None
    """The team of the agent, if the metadata has it."""

    @property
    def to_review(self) -> Count:
        """Criteria a person must listen to."""
        return sum(criterion.verdict == "review" for criterion in self.criteria)

    @property
    def critical_misses(self) -> Count:
        """Critical criteria that failed."""
        return sum(criterion.critical and criterion.verdict == "fail" for criterion in self.criteria)


def score_of(criteria: Sequence[CriterionResult]) -> tuple[float | None, bool]:
    """Return the score from 0 to 100, and whether an auto-fail zeroed it.

    The score is the weight passed of the weight decided; `na` and `review` count in neither. None if nothing with a
    weight was decided.
    """
    auto_failed = any(criterion.auto_fail and criterion.verdict == "fail" for criterion in criteria)
    if auto_failed:
        return 0.0, True
    passed = sum(criterion.weight for criterion in criteria if criterion.verdict == "pass")
    decided = sum(criterion.weight for criterion in criteria if criterion.verdict in ("pass", "fail"))
    return (round(100 * passed / decided, 1) if decided else None), False


def with_verdicts(call: CallResult, criteria: Sequence[CriterionResult], pass_mark: float) -> CallResult:
    """Return the call scored by these verdicts. It passes with `pass_mark` or more, unless an auto-fail zeroed it."""
    score, auto_failed = score_of(criteria)
    passed = None if score is None else score >= pass_mark and not auto_failed
    return replace(call, status="scored", criteria=tuple(criteria), score=score, auto_failed=auto_failed, passed=passed)
