"""One recording → one result, readable top to bottom: listen, tell who speaks, find behaviors, judge, weigh."""

from __future__ import annotations

from dataclasses import dataclass, replace

from callqa.audio import content_hash
from callqa.behaviors import Hit, detect, in_role
from callqa.conditions import Facts
from callqa.conversation import Conversation
from callqa.criteria import judge
from callqa.durations import spell
from callqa.engines import make_engine
from callqa.engines.base import Engine
from callqa.errors import RecordingError, TranscriptError
from callqa.events import Event, find_events
from callqa.language import ENGLISH, is_english
from callqa.listening import SIDES, Heard, OnAudio, listen, read_transcript
from callqa.metrics import measure
from callqa.parties import Attributed, attribute
from callqa.recordings import Recording, shown
from callqa.roles import Cues
from callqa.rubric import Rubric, ScorableIf
from callqa.scorecard import CallResult, weighed
from callqa.settings import ListenSettings
from callqa.spoken import Spoken
from callqa.transcript import Transcript
from callqa.transcript_cache import TranscriptCache
from callqa.voicemail import Voicemail


@dataclass(frozen=True)
class Understood:
    """A call as far as it was understood: who said what when, and how that is known."""

    recording: Recording
    heard: Heard
    attributed: Attributed
    provisional: bool
    cached: bool
    notes: tuple[str, ...]
    content: str
    """SHA-256 of the bytes of what was heard or read."""

    @property
    def transcript(self) -> Transcript:
        """The transcript, with the agent's name and the call id of the recording."""
        return replace(self.attributed.transcript, call_id=self.recording.call_id, agent=self.recording.agent)


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

    def understand(self, recording: Recording, on_audio: OnAudio | None = None) -> Understood:
        """Hear a recording and find out who speaks.

        Raises RecordingError for this recording, EngineError where no recording can be heard.
        """
        heard, cached, notes = self._hear(recording, on_audio)
        attributed = attribute(heard, self._rubric.behaviors, self._cues, agent_channel=self._settings.agent_channel)
        provisional = self._settings.provisional and recording.transcript is None
        # That a transcript names its speakers goes without saying.
        basis = (attributed.basis,) if heard.segments and not (heard.layout is None and attributed.sure) else ()
        content = content_hash(recording.transcript or recording.path)
        return Understood(recording, heard, attributed, provisional, cached, (*notes, *heard.notes, *basis), content)

    def _hear(self, recording: Recording, on_audio: OnAudio | None) -> tuple[Heard, bool, tuple[str, ...]]:
        if recording.transcript is not None:
            beside = recording.transcript != recording.path
            note = (f"the transcript {shown(recording.transcript)} beside it was used in its place",) if beside else ()
            try:
                return read_transcript(recording.transcript), False, note
            except TranscriptError as error:
                if not beside:
                    raise
                raise TranscriptError(f"its transcript {shown(recording.transcript)} {error}") from error
        engine = self._engine or make_engine(self._settings.engine)
        self._engine = engine
        key = self._cache.key(content_hash(recording.path), engine.info)
        heard, damaged = self._cache.get(key)
        if heard is not None:
            return heard, True, ()
        if not self._prepared:
            engine.prepare()
            self._prepared = True
        heard = listen(recording.path, engine, on_audio)
        notes = ["its entry in the transcript cache was damaged and was made anew"] if damaged else []
        if not self._cache.put(key, heard):
            notes.append("the transcript cache cannot be written, so it will be listened to again next time")
        return heard, False, tuple(notes)

    def behaviors_and_events(self, understood: Understood) -> tuple[list[Hit], list[Event]]:
        """Every behavior shown by the party whose behavior it is, and every event."""
        behaviors = self._rubric.behaviors
        hits = detect(understood.transcript.utterances, behaviors)
        speech = understood.attributed.speech
        events = find_events(Conversation(speech, understood.transcript.utterances, tuple(hits))) if speech else []
        return [hit for hit in hits if in_role(hit, behaviors[hit.behavior])], events

    def score(self, recording: Recording, on_audio: OnAudio | None = None) -> CallResult:
        """Judge one recording. A recording that cannot be read gives a failed result; EngineError is raised."""
        try:
            understood = self.understand(recording, on_audio)
        except RecordingError as error:
            return failed(recording, str(error))
        return self._judge(understood)

    def _judge(self, understood: Understood) -> CallResult:
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

    def _why_unscorable(self, understood: Understood) -> tuple[str, str] | None:
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


def _parties(understood: Understood) -> int:
    """How many parties speak. In a mono recording it is a guess who speaks, but two sentences hold two parties."""
    utterances = understood.transcript.utterances
    if not understood.attributed.sure and understood.heard.layout not in ("dual", "one-silent"):
        return min(2, len(utterances))
    return len({utterance.speaker for utterance in utterances if Spoken(utterance.text).tokens})


def _one_party(heard: Heard) -> str:
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
