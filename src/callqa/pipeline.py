"""Recordings → one result each, readable top to bottom: listen, tell who speaks, find behaviors, judge, weigh."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from callqa.audio import content_hash
from callqa.behaviors.behavior import Hit, in_role
from callqa.behaviors.detection import detect
from callqa.conversation.attribution import Attribution, attribute
from callqa.conversation.conversation import Conversation
from callqa.conversation.events import Event, find_events
from callqa.conversation.metrics import measure
from callqa.conversation.roles import Cues
from callqa.conversation.voicemail import Voicemail
from callqa.core.durations import spell
from callqa.core.stage_timer import StageTimer
from callqa.engines import make_engine
from callqa.engines.base import Engine
from callqa.errors import RecordingError, TranscriptError
from callqa.language.normalization import NormalizedText
from callqa.recordings import Recording, shown
from callqa.rubrics.rubric_schema import Rubric, ScorableIf
from callqa.scoring.conditions import Facts
from callqa.scoring.criteria import judge
from callqa.scoring.scorecard import CallResult, weighed
from callqa.settings import ListenSettings
from callqa.transcription.cache import TranscriptCache
from callqa.transcription.language_check import ENGLISH, foreign, is_english
from callqa.transcription.preprocessing import SIDES
from callqa.transcription.transcriber import OnAudio, RawTranscript, listen_many, read_transcript
from callqa.transcripts.transcript import Transcript


@dataclass(frozen=True)
class AttributedCall:
    """A call as far as it was understood: who said what when, and how that is known."""

    recording: Recording
    heard: RawTranscript
    attributed: Attribution
    provisional: bool
    cached: bool
    notes: tuple[str, ...]
    content: str
    """SHA-256 of the bytes of what was heard or read."""

    @property
    def transcript(self) -> Transcript:
        """The transcript, with the agent's name and the call id of the recording."""
        return replace(self.attributed.transcript, call_id=self.recording.call_id, agent=self.recording.agent)


@dataclass(frozen=True)
class _ToHear:
    """A recording nobody has heard yet; `damaged` if what was kept of it cannot be used."""

    place: int
    recording: Recording
    content: str
    damaged: bool


class Pipeline:
    """Listens to recordings and judges them. Made once per process; the engine gets ready when it is first needed."""

    def __init__(self, settings: ListenSettings, rubric: Rubric, cues: Cues, voicemail: Voicemail):
        self._settings = settings
        self._rubric = rubric
        self._cues = cues
        self._voicemail = voicemail
        self._cache = TranscriptCache(settings.cache)
        self._engine: Engine | None = None
        self._prepared = False
        self._stages = StageTimer()

    def understand(self, recording: Recording, on_audio: OnAudio | None = None) -> AttributedCall:
        """Hear a recording and find out who speaks.

        Raises RecordingError for this recording, EngineError where no recording can be heard.
        """
        ((_, understood),) = self.understand_many([recording], on_audio)
        if isinstance(understood, RecordingError):
            raise understood
        return understood

    def understand_many(
        self, recordings: Sequence[Recording], on_audio: OnAudio | None = None
    ) -> Iterator[tuple[int, AttributedCall | RecordingError]]:
        """Hear recordings and find out who speaks in each; yields them with their places as they are done.

        Those heard before, and transcripts made elsewhere, come first. Raises EngineError where no recording can be
        heard.
        """
        to_hear: list[_ToHear] = []
        for place, recording in enumerate(recordings):
            try:
                known = self._known(place, recording)
            except RecordingError as error:
                yield place, error
                continue
            if isinstance(known, _ToHear):
                to_hear.append(known)
            else:
                yield place, known
        if to_hear:
            yield from self._hear(to_hear, on_audio)

    def _known(self, place: int, recording: Recording) -> AttributedCall | _ToHear:
        """What is known of a recording without listening to it; else, what it takes to."""
        if recording.transcript is not None:
            content = content_hash(recording.transcript)
            beside = recording.transcript != recording.path
            note = (f"the transcript {shown(recording.transcript)} beside it was used in its place",) if beside else ()
            try:
                return self._understood(recording, read_transcript(recording.transcript), content, note)
            except TranscriptError as error:
                if not beside:
                    raise
                raise TranscriptError(f"its transcript {shown(recording.transcript)} {error}") from error
        content = content_hash(recording.path)
        heard, damaged = self._cache.get(self._key(content))
        if heard is not None:
            return self._understood(recording, heard, content, cached=True)
        return _ToHear(place, recording, content, damaged)

    def _hear(
        self, to_hear: Sequence[_ToHear], on_audio: OnAudio | None
    ) -> Iterator[tuple[int, AttributedCall | RecordingError]]:
        expected = make_engine(self._settings.engine).info
        engine = self._ready_engine()
        still: list[_ToHear] = []
        for one in to_hear:
            # Only an engine that is ready knows how precisely it computes here, and what it made so before.
            heard, damaged = self._cache.get(self._key(one.content)) if engine.info != expected else (None, False)
            if heard is not None:
                yield one.place, self._understood(one.recording, heard, one.content, cached=True)
            else:
                still.append(replace(one, damaged=one.damaged or damaged))
        paths = [one.recording.path for one in still]
        for number, found in listen_many(paths, engine, on_audio, self._stages, self._settings.readers):
            one = still[number]
            if isinstance(found, RecordingError):
                yield one.place, found
                continue
            notes = ["its entry in the transcript cache was damaged and was made anew"] if one.damaged else []
            if not self._cache.put(self._key(one.content), found):
                notes.append("the transcript cache cannot be written, so it will be listened to again next time")
            yield one.place, self._understood(one.recording, found, one.content, tuple(notes))

    def _understood(
        self,
        recording: Recording,
        heard: RawTranscript,
        content: str,
        notes: tuple[str, ...] = (),
        *,
        cached: bool = False,
    ) -> AttributedCall:
        attributed = attribute(heard, self._rubric.behaviors, self._cues, agent_channel=self._settings.agent_channel)
        provisional = self._settings.provisional and recording.transcript is None
        # That a transcript names its speakers goes without saying.
        basis = (attributed.basis,) if heard.segments and not (heard.layout is None and attributed.sure) else ()
        return AttributedCall(
            recording, heard, attributed, provisional, cached, (*notes, *heard.notes, *basis), content
        )

    def _key(self, content: str) -> str:
        self._engine = self._engine or make_engine(self._settings.engine)
        return self._cache.key(content, self._engine.info)

    def _ready_engine(self) -> Engine:
        self._engine = self._engine or make_engine(self._settings.engine)
        if not self._prepared:
            self._engine.prepare()
            self._prepared = True
        return self._engine

    def behaviors_and_events(self, understood: AttributedCall) -> tuple[list[Hit], list[Event]]:
        """Every behavior shown by the party whose behavior it is, and every event."""
        behaviors = self._rubric.behaviors
        hits = detect(understood.transcript.utterances, behaviors)
        speech = understood.attributed.speech
        events = find_events(Conversation(speech, understood.transcript.utterances, tuple(hits))) if speech else []
        return [hit for hit in hits if in_role(hit, behaviors[hit.behavior])], events

    def score(self, recording: Recording, on_audio: OnAudio | None = None) -> CallResult:
        """Judge one recording. A recording that cannot be read gives a failed result; EngineError is raised."""
        ((_, result),) = self.score_many([recording], on_audio)
        return result

    def score_many(
        self, recordings: Sequence[Recording], on_audio: OnAudio | None = None
    ) -> Iterator[tuple[int, CallResult]]:
        """Judge recordings as `score` does; yields them with their places as they are done."""
        for place, understood in self.understand_many(recordings, on_audio):
            if isinstance(understood, RecordingError):
                yield place, failed(recordings[place], str(understood))
            else:
                with self._stages.stage("judging"):
                    result = self._judge(understood)
                yield place, replace(result, took=self._stages.take())

    def _judge(self, understood: AttributedCall) -> CallResult:
        recording, heard = understood.recording, understood.heard
        transcript, speech = understood.transcript, understood.attributed.speech
        hits = tuple(detect(transcript.utterances, self._rubric.behaviors))
        conversation = Conversation(speech, transcript.utterances, hits) if speech else None
        result = CallResult(
            call_id=recording.call_id,
            path=shown(recording.path),
            agent=recording.agent,
            status="unscorable",
            started_at=recording.started_at,
            duration=heard.duration,
            engine=heard.engine,
            model=heard.model,
            provisional=understood.provisional,
            metrics=measure(conversation) if conversation else None,
            utterances=tuple(replace(utterance, words=()) for utterance in transcript.utterances),
            speech=speech,
            events=tuple(find_events(conversation)) if conversation else (),
            agent_channel=understood.attributed.agent_channel,
            content=understood.content,
            team=recording.team,
            notes=understood.notes,
            cached=understood.cached,
        )
        unscorable = self._why_unscorable(understood)
        if unscorable is not None:
            kind, reason = unscorable
            return replace(result, reason_kind=kind, reason=reason)
        facts = Facts(
            utterances=transcript.utterances,
            hits=hits,
            behaviors=self._rubric.behaviors,
            timed=transcript.timed,
            provisional=understood.provisional,
            speech=speech,
        )
        criteria = tuple(judge(criterion, facts) for criterion in self._rubric.criteria)
        return weighed(result, criteria, self._rubric.file.pass_mark)

    def _why_unscorable(self, understood: AttributedCall) -> tuple[str, str] | None:
        """Why a call cannot be judged: the kind of reason, and the reason. None where it can."""
        need: ScorableIf = self._rubric.file.scorable_if
        heard, transcript = understood.heard, understood.transcript
        duration = heard.duration
        if need.min_duration is not None and duration is not None and duration < need.min_duration:
            return "too short", f"too short: {spell(duration)}, and the rubric asks for {spell(need.min_duration)}"
        if not transcript.utterances:
            silent = heard.layout == "silent"
            return "no speech", "the recording is silent" if silent else "nobody says a word in it"
        if self._voicemail.answers(transcript):
            return "voicemail", "an answering machine or an announcement answers"
        language = self._rubric.file.language
        other = foreign(heard.segments, language)
        if other is not None:
            return "language", f"it is in the language {other}, and the rubric {self._rubric.name} is for {language}"
        if language == ENGLISH and not is_english(transcript.utterances):
            return "language", f"it is not in English, the language of the rubric {self._rubric.name}"
        if need.both_spoke and _parties(understood) < 2:
            return "one party silent", _one_party(heard)
        if transcript.word_count < need.min_words:
            return (
                "too few words",
                f"too few words: {transcript.word_count}, and the rubric asks for {need.min_words}",
            )
        return None


def _parties(understood: AttributedCall) -> int:
    """How many parties speak. In a mono recording it is a guess who speaks, but two sentences hold two parties."""
    utterances = understood.transcript.utterances
    if not understood.attributed.sure and understood.heard.layout not in ("dual", "one-silent"):
        return min(2, len(utterances))
    return len({utterance.speaker for utterance in utterances if NormalizedText(utterance.text).tokens})


def _one_party(heard: RawTranscript) -> str:
    if heard.layout != "one-silent":
        return "only one party speaks"
    return f"only one party speaks: the {SIDES[1 - heard.speech[0][0]]} channel is silent"


def failed(recording: Recording, reason: str) -> CallResult:
    """The result of a recording that could not be processed."""
    return CallResult(
        call_id=recording.call_id,
        path=shown(recording.path),
        agent=recording.agent,
        status="failed",
        started_at=recording.started_at,
        reason=reason,
        team=recording.team,
    )
