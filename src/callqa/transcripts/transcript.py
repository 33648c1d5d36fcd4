"""What was said: words, utterances, transcripts, and callqa's own JSON form of them.

Times are seconds from the start of the recording; None where the source gives none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

Speaker = Literal["agent", "customer", "unknown"]

FORMAT = 1
"""Number of the transcript JSON form. 1: call_id, agent, utterances with speaker, start, end, text, words."""


@dataclass(frozen=True)
class Word:
    """One recognised word; `probability` from 0 to 1, None where the source gives none."""

    text: str
    start: float | None = None
    end: float | None = None
    probability: float | None = None


@dataclass(frozen=True)
class Utterance:
    """A stretch of speech by one speaker.

    `doubt` says in a few words why what was heard here may be wrong ("loop", "low probability"); None means no
    known reason. `speaker_sure` is False where it is only a guess who speaks.
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
        """The words under the characters [start, end) of the text; none where the source gave no words."""
        at, under = 0, []
        for word in self.words:
            text = word.text.strip()
            place = self.text.find(text, at)
            if place < 0 or not text:
                continue
            at = place + len(text)
            if place < end and at > start:
                under.append(word)
        return under

    def times_at(self, start: int, end: int) -> tuple[float | None, float | None]:
        """When the characters [start, end) were said: by their words or, without times of words, by the utterance."""
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
        """Whether every utterance has times."""
        return bool(self.utterances) and all(
            utterance.start is not None and utterance.end is not None for utterance in self.utterances
        )

    @property
    def word_count(self) -> int:
        """Words said in the whole call, by their spaces."""
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
    """The same utterances, said by these speakers."""
    return [
        replace(utterance, speaker=speaker, speaker_sure=sure)
        for utterance, speaker in zip(utterances, speakers, strict=True)
    ]


def to_json(transcript: Transcript) -> dict[str, Any]:
    """The transcript in callqa's JSON form."""
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
