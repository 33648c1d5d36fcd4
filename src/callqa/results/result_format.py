"""The JSON form of a run's results (`callqa score -f json`), as models that write it, check it and describe it.

Format 1: rubric, coverage, calls with criteria and evidence, agents. Other people's scripts read it: keys are only ever
added, behind the ones that were there.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from callqa.errors import UsageError
from callqa.results.rubric_snapshot import CriterionKind
from callqa.rubrics.fields import Verdict
from callqa.scoring.scorecard import MeasuredEvent
from callqa.transcripts.transcript import Speaker

FORMAT = 1
"""Number of the results JSON form. 1: the form of this module."""


class Part(BaseModel):
    """A piece of one of callqa's JSON forms: unknown keys are errors, and so are numbers that are none."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


def _iso_8601(text: str) -> str:
    datetime.fromisoformat(text)
    return text


Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]
Score = Annotated[float, Field(ge=0, le=100)]
Weight = Annotated[float, Field(ge=0)]


class RubricPart(Part):
    """The rubric the calls were judged by."""

    name: str
    version: int | str
    sha256: str
    """Over the rubric file and the behavior files it judges with: equal hashes judge alike."""


class StandardLinePart(Part):
    """One criterion of the rubric."""

    id: str
    title: str
    weight: Weight
    auto_fail: bool
    critical: bool
    demand: CriterionKind | None = None
    """Whether it asks for words, forbids words, or measures."""
    why: str = ""
    coach: str = ""
    good: list[str] = Field(default=[])
    """Lines an agent could say."""


class StandardPart(RubricPart):
    """The rubric the calls were judged by, and what it says of itself."""

    title: str = ""
    pass_mark: Score = 80.0
    language: str = "en"
    criteria: list[StandardLinePart] = Field(default=[])


class CoveragePart(Part):
    """What became of everything that was found."""

    found: Count
    scored: Count
    unscorable: Count
    failed: Count
    reasons: dict[str, Count]
    """Unscorable calls by reason."""


class EvidencePart(Part):
    """What a verdict rests on."""

    utterance: Count
    """Index of the utterance in the transcript, from 0."""
    speaker: Speaker
    start: float | None
    """Seconds from the start of the recording; null where the transcript has no times."""
    end: float | None
    quote: str
    behavior: str | None
    """The behavior heard; null for a phrase of the rubric's own."""
    rule: str
    """The phrase that found it."""
    part: Literal["trigger", "answer", "nearest"]
    """What called for something, what was expected or forbidden, or the nearest miss of what was not found."""
    measured: MeasuredEvent | None = None
    """What was measured; `start` and `end` are then its own. Null where words were sought."""


class OverriddenPart(Part):
    """A verdict changed by a person."""

    was: Annotated[Verdict, Field(alias="from")]
    """callqa's verdict."""
    now: Annotated[Verdict, Field(alias="to")]
    """The verdict that holds."""
    who: str
    when: str
    """The day."""
    why: str


class CriterionPart(Part):
    """The verdict on one criterion."""

    id: str
    verdict: Verdict
    weight: Weight
    reason: str
    evidence: list[EvidencePart]
    title: str
    auto_fail: bool
    """Whether a miss zeroes the scorecard."""
    critical: bool
    """Whether a miss is counted apart."""
    searched: Count
    """Utterances that were looked through."""
    overridden: OverriddenPart | None = None
    """Set where a person changed the verdict; reason and evidence remain callqa's."""


class MetricsPart(Part):
    """Seconds of talk and silence, counts, and words per minute."""

    agent_talk: Seconds
    customer_talk: Seconds
    silence: Seconds
    overtalk: Seconds
    interruptions_by_agent: Count
    interruptions_by_customer: Count
    agent_pace: Seconds | None
    """Words per minute of the agent's own speech; null where there is too little to tell."""
    customer_pace: Seconds | None
    pace_difference: float | None = None
    """Words per minute by which the agent is faster than the customer."""
    dead_air: Seconds | None = None
    """Seconds of dead air; holds are none. This and what follows is null in results of older versions."""
    dead_air_agent: Seconds | None = None
    """Seconds of it in which the agent owed the next word."""
    longest_dead_air: Seconds | None = None
    hold: Seconds | None = None
    """Seconds on hold."""
    holds: Count | None = None
    response_time: Seconds | None = None
    """Median seconds from the end of a customer's turn to the agent's next words; null where there is none."""
    longest_response_time: Seconds | None = None
    agent_monologue: Seconds | None = None
    """The longest stretch the agent holds the floor."""
    customer_monologue: Seconds | None = None
    first_greeting: Seconds | None = None
    """Seconds from the first words in the call to the agent's first greeting; null where there is none."""
    first_help: Seconds | None = None
    """Seconds from the first words in the call to the agent's first offer of help."""


class LinePart(Part):
    """A line of the transcript."""

    speaker: Speaker
    start: float | None
    """Seconds from the start of the recording; null where the transcript has no times."""
    end: float | None
    text: str
    doubt: str | None = None
    """Why what was heard may be wrong; null means no known reason."""
    speaker_sure: bool = True
    """False where it is only a guess who speaks."""
    channel: Count | None = None


class SpeechPart(Part):
    """When each party speaks: stretches of [start, end] in seconds."""

    agent: list[tuple[Seconds, Seconds]]
    customer: list[tuple[Seconds, Seconds]]
    duration: Seconds
    """Seconds of the whole call."""


class EventPart(Part):
    """Something audible that is not words."""

    event: Literal["dead_air", "overtalk", "interruption", "hold"]
    start: Seconds
    end: Seconds
    by: Literal["agent", "customer"] | None = None
    """Who did it, where somebody did."""
    owed: Literal["agent", "customer"] | None = None
    """Who owed the next word in dead air, where that can be told."""


class CallPart(Part):
    """One recording."""

    call_id: str
    path: str
    agent: str
    started_at: Annotated[str, AfterValidator(_iso_8601)] | None
    """ISO 8601, with the offset from UTC where it is known."""
    duration: Seconds | None
    """Seconds."""
    engine: str | None
    model: str | None
    status: Literal["scored", "unscorable", "failed"]
    reason: str | None
    """Why it was not scored."""
    provisional: bool
    """Whether it was judged from a transcript too poor to rely on."""
    score: Score | None
    """Null where no criterion could be decided."""
    passed: bool | None
    auto_failed: bool
    criteria: list[CriterionPart]
    metrics: MetricsPart | None
    notes: list[str]
    """What a reader of this result should know about the recording."""
    reason_kind: str | None
    """The reason in two or three words, the same for all calls with the same fault."""
    to_review: Count
    """Criteria a person must listen to."""
    critical_misses: Count
    """Critical criteria that failed."""
    utterances: list[LinePart] = Field(default=[])
    """What was said; evidence counts its lines from 0."""
    speech: SpeechPart | None = None
    """When each party speaks; null where there are no times or where it is a guess."""
    events: list[EventPart] = Field(default=[])
    agent_channel: Count | None = None
    """The agent's channel in the recording; null where the parties share one, or where there is no sound."""
    content: str | None = None
    """SHA-256 of the bytes of the recording or transcript that was judged."""
    team: str | None = None


class CountsPart(Part):
    """Verdicts of one criterion over an agent's calls."""

    passed: Annotated[int, Field(alias="pass", ge=0)]
    fail: Count
    na: Count
    review: Count


class AgentPart(Part):
    """One agent's calls added up."""

    agent: str
    calls: Count
    scored: Count
    mean_score: Score | None
    interval: tuple[Score, Score] | None
    """95 % interval of the mean; null for fewer than two scores."""
    criteria: dict[str, CountsPart]
    auto_fails: Count
    critical_misses: Count
    to_review: Count
    """Calls with at least one criterion a person must listen to."""
    provisional: Count


class ResultsFile(Part):
    """The results of a run of `callqa score`."""

    format: Literal[1]
    callqa: str
    """The version that wrote it."""
    rubric: StandardPart
    coverage: CoveragePart
    calls: list[CallPart]
    agents: list[AgentPart]
    interrupted: bool
    """Whether the run was stopped before all recordings were done."""
    skipped: Count
    """Files in the folders that are neither recordings nor transcripts."""


def read_results(text: str) -> ResultsFile:
    """Read what `callqa score -f json` wrote. Raises UsageError for anything else, saying where it differs."""
    text = text.removeprefix("\ufeff").encode("utf-8", "backslashreplace").decode("utf-8")
    try:
        return ResultsFile.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise UsageError(f"this is no result of `callqa score -f json`: {_first_problem(error)}") from error


def _first_problem(error: ValidationError) -> str:
    first, *others = error.errors(include_url=False, include_input=False)
    if first["type"] == "json_invalid":
        return f"it is not valid JSON ({first['ctx']['error']})"
    if first["loc"] == ("format",) and first["type"] == "literal_error":
        return f"its format is not {FORMAT}, the one this version of callqa reads; write it anew with this version"
    at = ".".join(str(step) for step in first["loc"])
    more = f" (and {len(others)} more like it)" if others else ""
    return f"{f'at {at}, ' if at else ''}{first['msg'][0].lower()}{first['msg'][1:]}{more}"
