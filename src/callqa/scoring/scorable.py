"""Calls that cannot be judged, with the reason: too short, silent, answered by a machine, in another language, …"""

from __future__ import annotations

from typing import NamedTuple

from callqa.conversation.analysed_call import AnalysedCall
from callqa.conversation.attribution import Attribution
from callqa.conversation.voicemail import Voicemail
from callqa.core.durations import spell
from callqa.rubrics.rubric_schema import Rubric
from callqa.transcription.language_check import ENGLISH, is_english, other_language
from callqa.transcription.preprocessing import CHANNEL_NAMES
from callqa.transcription.transcriber import RawTranscript


class Unscorable(NamedTuple):
    """The reason a call cannot be judged: its kind, the same for all such calls, and a sentence."""

    kind: str
    reason: str


def why_unscorable(
    call: AnalysedCall, raw: RawTranscript, attribution: Attribution, rubric: Rubric, voicemail: Voicemail
) -> Unscorable | None:
    """Return why a rubric cannot judge a call; None if it can."""
    need, language = rubric.file.scorable_if, rubric.file.language
    if need.min_duration is not None and raw.duration is not None and raw.duration < need.min_duration:
        asked = f"the rubric asks for {spell(need.min_duration)}"
        return Unscorable("too short", f"too short: {spell(raw.duration)}, and {asked}")
    if not call.utterances:
        silent = raw.layout == "silent"
        return Unscorable("no speech", "the recording is silent" if silent else "nobody says a word in it")
    if voicemail.answers(call):
        return Unscorable("voicemail", "an answering machine or an announcement answers")
    other = other_language(raw.segments, language)
    if other is not None:
        return Unscorable("language", f"it is in the language {other}, and the rubric {rubric.name} is for {language}")
    if language == ENGLISH and not is_english(call.texts):
        return Unscorable("language", f"it is not in English, the language of the rubric {rubric.name}")
    if need.both_spoke and _parties(call, raw, attribution) < 2:
        return Unscorable("one party silent", _one_party(raw))
    words = call.transcript.word_count
    if words < need.min_words:
        return Unscorable("too few words", f"too few words: {words}, and the rubric asks for {need.min_words}")
    return None


def _parties(call: AnalysedCall, raw: RawTranscript, attribution: Attribution) -> int:
    """Count the parties that speak. In a mono recording that is a guess, but two sentences hold two parties."""
    if not attribution.sure and raw.layout not in ("dual", "one-silent"):
        return min(2, len(call.utterances))
    said = zip(call.utterances, call.texts, strict=True)
    return len({utterance.speaker for utterance, text in said if text.tokens})


def _one_party(raw: RawTranscript) -> str:
    if raw.layout != "one-silent":
        return "only one party speaks"
    return f"only one party speaks: the {CHANNEL_NAMES[1 - raw.speech[0][0]]} channel is silent"
