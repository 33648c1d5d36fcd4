"""Words, utterances and transcripts, and callqa's own JSON form of them.

Times are seconds from the start of the recording, None if the source has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

Speaker = Literal["agent", "customer", "unknown"]

FORMAT = 1
"""Version of the transcript JSON form. 1: call_id, agent, utterances with speaker, start, end, text, words."""


@dataclass(frozen=True)
class Word:
    """One recognised word; `probability` is from 0 to 1, None if the source has none."""

    text: str
    start: float | None = None
    end: float | None = None
    probability: float | None = None


@dataclass(frozen=True)
class Utterance:
    """Continuous speech by one speaker.

    `doubt` is a short reason why the text may be wrong ("loop", "low probability"), None if there is no known reason.
    `speaker_sure` is False if the speaker is only a guess.
    """

    speaker: Speaker
    text: str
    start: float | None = None
    end: float | None = None
    words: tuple[Word, ...] = ()
    doubt: str | None = None
    speaker_sure: bool = True
    channel: int | None = None

    def words_at(self, start: int, end: int) -> list[Word]:
        """Return the words at the characters [start, end) of the text; none if the source has no words."""
        at, found = 0, []
        for word in self.words:
            text = word.text.strip()
            position = self.text.find(text, at)
            if position < 0 or not text:
                continue
            at = position + len(text)
            if position < end and at > start:
                found.append(word)
        return found

    def times_at(self, start: int, end: int) -> tuple[float | None, float | None]:
        """Return when the characters [start, end) were said: by their words, or by the utterance without word times."""
        times = [(word.start, word.end) for word in self.words_at(start, end)]
        begin = next((first for first, _ in times if first is not None), self.start)
        stop = next((last for _, last in reversed(times) if last is not None), self.end)
        return begin, stop


@dataclass(frozen=True)
class Transcript:
    """All utterances of one call, in the order they began."""

    utterances: tuple[Utterance, ...]
    call_id: str | None = None
    agent: str | None = None

    @property
    def timed(self) -> bool:
        """True if every utterance has times."""
        return bool(self.utterances) and all(
            utterance.start is not None and utterance.end is not None for utterance in self.utterances
        )

    @property
    def word_count(self) -> int:
        """Number of words in the whole call, separated by spaces."""
        return sum(len(utterance.text.split()) for utterance in self.utterances)


def turn_numbers(utterances: Sequence[Utterance]) -> list[int]:
    """Number the turns: consecutive utterances by one speaker share a number, counted from 0."""
    numbers: list[int] = []
    for index, utterance in enumerate(utterances):
        if not index:
            numbers.append(0)
        else:
            numbers.append(numbers[-1] + (utterance.speaker != utterances[index - 1].speaker))
    return numbers


def with_speakers(utterances: Sequence[Utterance], speakers: Sequence[Speaker], *, sure: bool) -> list[Utterance]:
    """Return the same utterances with these speakers."""
    return [
        replace(utterance, speaker=speaker, speaker_sure=sure)
        for utterance, speaker in zip(utterances, speakers, strict=True)
    ]


def to_json(transcript: Transcript) -> dict[str, Any]:
    """Return the transcript in callqa's JSON form."""
    data: dict[str, Any] = {"format": FORMAT, "call_id": transcript.call_id, "agent": transcript.agent}
    data["utterances"] = [_utterance_to_json(utterance) for utterance in transcript.utterances]
    return data


def _utterance_to_json(utterance: Utterance) -> dict[str, Any]:
    data: dict[str, Any] = {
        "speaker": utterance.speaker,
        "start": utterance.start,
        "end": utterance.end,
        "text": utterance.text,
    }
    if utterance.words:
        data["words"] = [
            {"text": word.text, "start": word.start, "end": word.end, "probability": word.probability}
            for word in utterance.words
        ]
    if utterance.doubt:
        data["doubt"] = utterance.doubt
    if not utterance.speaker_sure:
        data["speaker_sure"] = False
    return data
