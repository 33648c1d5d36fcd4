"""The path of a recording to its result: transcribe it, name the speakers, analyse the call, judge it, score it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from callqa.audio import content_hash
from callqa.conversation.analysed_call import AnalysedCall, analyse
from callqa.conversation.attribution import Attribution, attribute
from callqa.conversation.roles import Cues
from callqa.conversation.voicemail import Voicemail
from callqa.core.stage_timer import StageTimer
from callqa.engines import make_engine
from callqa.engines.base import Engine
from callqa.errors import RecordingError, TranscriptError
from callqa.recordings import FoundRecordings, Recording, escape_unprintable
from callqa.rubrics.rubric_schema import Rubric
from callqa.scoring.criteria import judge
from callqa.scoring.scorable import why_unscorable
from callqa.scoring.scorecard import CallResult, with_verdicts
from callqa.settings import ListenSettings
from callqa.transcription.cache import TranscriptCache
from callqa.transcription.transcriber import OnAudio, RawTranscript, read_transcript, transcribe_recordings
from callqa.transcripts.transcript import Transcript


@dataclass(frozen=True)
class AttributedCall:
    """A recording that was transcribed and whose speakers are named."""

    recording: Recording
    raw: RawTranscript
    attribution: Attribution
    provisional: bool
    cached: bool
    notes: tuple[str, ...]
    content: str
    """SHA-256 of the bytes of the recording or transcript."""

    @property
    def transcript(self) -> Transcript:
        """The transcript, with the agent's name and the call id of the recording."""
        return replace(self.attribution.transcript, call_id=self.recording.call_id, agent=self.recording.agent)


@dataclass(frozen=True)
class _Untranscribed:
    """A recording still to be transcribed; `damaged` if its entry in the cache cannot be used."""

    index: int
    recording: Recording
    content: str
    damaged: bool


class Pipeline:
    """Transcribes recordings and judges them. Made once per process; the engine is prepared when it is first needed."""

    def __init__(self, settings: ListenSettings, rubric: Rubric, cues: Cues, voicemail: Voicemail):
        self._settings = settings
        self.rubric = rubric
        self._cues = cues
        self._voicemail = voicemail
        self._cache = TranscriptCache(settings.cache)
        self._engine: Engine | None = None
        self._prepared = False
        self._stages = StageTimer()

    def attribute_many(
        self, recordings: Sequence[Recording], on_audio: OnAudio | None = None
    ) -> Iterator[tuple[int, AttributedCall | RecordingError]]:
        """Transcribe recordings and name their speakers; yields each with its index, in the order they are finished.

        Transcripts made elsewhere and those in the cache come first. Raises EngineError if no recording can be
        transcribed.
        """
        untranscribed: list[_Untranscribed] = []
        for index, recording in enumerate(recordings):
            try:
                known = self._known(index, recording)
            except RecordingError as error:
                yield index, error
                continue
            if isinstance(known, _Untranscribed):
                untranscribed.append(known)
            else:
                yield index, known
        if untranscribed:
            yield from self._transcribe(untranscribed, on_audio)

    def _known(self, index: int, recording: Recording) -> AttributedCall | _Untranscribed:
        """The call, if its transcript is at hand; otherwise what transcribing it takes."""
        if recording.transcript is not None:
            content = content_hash(recording.transcript)
            beside = recording.transcript != recording.path
            note = (
                (f"the transcript {escape_unprintable(recording.transcript)} next to it was used instead",)
                if beside
                else ()
            )
            try:
                return self._attribute(recording, read_transcript(recording.transcript), content, note)
            except TranscriptError as error:
                if not beside:
                    raise
                raise TranscriptError(f"its transcript {escape_unprintable(recording.transcript)} {error}") from error
        content = content_hash(recording.path)
        heard, damaged = self._cache.get(self._key(content))
        if heard is not None:
            return self._attribute(recording, heard, content, cached=True)
        return _Untranscribed(index, recording, content, damaged)

    def _transcribe(
        self, untranscribed: Sequence[_Untranscribed], on_audio: OnAudio | None
    ) -> Iterator[tuple[int, AttributedCall | RecordingError]]:
        expected = make_engine(self._settings.engine).info
        engine = self._ready_engine()
        still: list[_Untranscribed] = []
        for one in untranscribed:
            # Only a prepared engine knows its precision on this machine, which is part of the cache's key.
            heard, damaged = self._cache.get(self._key(one.content)) if engine.info != expected else (None, False)
            if heard is not None:
                yield one.index, self._attribute(one.recording, heard, one.content, cached=True)
            else:
                still.append(replace(one, damaged=one.damaged or damaged))
        paths = [one.recording.path for one in still]
        for number, found in transcribe_recordings(paths, engine, on_audio, self._stages, self._settings.readers):
            one = still[number]
            if isinstance(found, RecordingError):
                yield one.index, found
                continue
            notes = ["its entry in the transcript cache was damaged and has been replaced"] if one.damaged else []
            if not self._cache.put(self._key(one.content), found):
                notes.append("the transcript cache cannot be written, so it will be transcribed again next time")
            yield one.index, self._attribute(one.recording, found, one.content, tuple(notes))

    def _attribute(
        self,
        recording: Recording,
        raw: RawTranscript,
        content: str,
        notes: tuple[str, ...] = (),
        *,
        cached: bool = False,
    ) -> AttributedCall:
        attribution = attribute(raw, self.rubric.behaviors, self._cues, agent_channel=self._settings.agent_channel)
        provisional = self._settings.provisional and recording.transcript is None
        # Transcripts name their speakers as a rule, so that basis is not worth a note.
        expected = raw.layout is None and attribution.sure
        basis = (attribution.basis,) if raw.segments and not expected else ()
        notes = (*notes, *raw.notes, *basis)
        return AttributedCall(recording, raw, attribution, provisional, cached, notes, content)

    def _key(self, content: str) -> str:
        self._engine = self._engine or make_engine(self._settings.engine)
        return self._cache.key(content, self._engine.info)

    def _ready_engine(self) -> Engine:
        self._engine = self._engine or make_engine(self._settings.engine)
        if not self._prepared:
            self._engine.prepare()
            self._prepared = True
        return self._engine

    def analyse(self, call: AttributedCall) -> AnalysedCall:
        """Find behaviors and events in a call whose speakers are named."""
        with self._stages.stage("judging"):
            return analyse(
                call.transcript,
                self.rubric.behaviors,
                call.attribution.speech,
                search=call.attribution.search,
                provisional=call.provisional,
            )

    def score(self, recording: Recording, on_audio: OnAudio | None = None) -> CallResult:
        """Judge one recording. A recording that cannot be read gives a failed result; raises EngineError."""
        ((_, result),) = self.score_many([recording], on_audio)
        return result

    def score_many(
        self, recordings: Sequence[Recording], on_audio: OnAudio | None = None
    ) -> Iterator[tuple[int, CallResult]]:
        """Judge recordings as `score` does; yields each with its index, in the order they are finished."""
        for index, call in self.attribute_many(recordings, on_audio):
            if isinstance(call, RecordingError):
                yield index, failed(recordings[index], str(call))
            else:
                result = self.judge(call, self.analyse(call))
                yield index, replace(result, took=self._stages.take())

    def judge(self, call: AttributedCall, analysed: AnalysedCall) -> CallResult:
        """Judge an analysed call by the rubric, or say why it cannot be judged."""
        with self._stages.stage("judging"):
            result = _unjudged(call, analysed)
            unscorable = why_unscorable(analysed, call.raw, call.attribution, self.rubric, self._voicemail)
            if unscorable is not None:
                return replace(result, reason_kind=unscorable.kind, reason=unscorable.reason)
            criteria = tuple(judge(criterion, analysed) for criterion in self.rubric.criteria)
            return with_verdicts(result, criteria, self.rubric.file.pass_mark)


def _unjudged(call: AttributedCall, analysed: AnalysedCall) -> CallResult:
    """The result of a call before it is judged: what the recording and its transcript tell."""
    recording, raw = call.recording, call.raw
    return CallResult(
        call_id=recording.call_id,
        path=escape_unprintable(recording.path),
        agent=recording.agent,
        status="unscorable",
        started_at=recording.started_at,
        duration=raw.duration,
        engine=raw.engine,
        model=raw.model,
        provisional=call.provisional,
        metrics=analysed.metrics,
        utterances=tuple(replace(utterance, words=()) for utterance in analysed.utterances),
        speech=analysed.speech,
        events=analysed.events,
        agent_channel=call.attribution.agent_channel,
        content=call.content,
        team=recording.team,
        notes=call.notes,
        cached=call.cached,
    )


def failed(recording: Recording, reason: str) -> CallResult:
    """The result of a recording that could not be processed."""
    return CallResult(
        call_id=recording.call_id,
        path=escape_unprintable(recording.path),
        agent=recording.agent,
        status="failed",
        started_at=recording.started_at,
        reason=reason,
        team=recording.team,
    )


def unusable_results(found: FoundRecordings) -> tuple[CallResult, ...]:
    """Return a failed result for every file found that cannot be used."""
    return tuple(
        CallResult(
            call_id=unusable.call_id,
            path=escape_unprintable(unusable.path),
            agent=unusable.agent,
            status="failed",
            reason=unusable.reason,
        )
        for unusable in found.unusable
    )
