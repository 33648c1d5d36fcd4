"""Turn taking: whose turn it is, signs of listening, interruptions, response times and monologues."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from callqa.conversation.conversation import BACKCHANNEL, OVERTALK, TURN_PAUSE, Conversation, Party, once
from callqa.core.timeline import Span, overlap, total
from callqa.language import en
from callqa.language.normalization import NormalizedText
from callqa.language.phrases import PhraseSet
from callqa.transcripts.transcript import Utterance, Word

LAST_WORDS = 16
"""Words at the end of an utterance in which a question without a question mark is looked for."""

_SENTENCE = re.compile(r"[^.?!]*[.?!]+")


@once
def owed_by(silence: Span, conversation: Conversation) -> Party | None:
    """Return the party whose turn it was in a silence; None if that cannot be determined.

    A question or a request selects the other to speak next (Sacks, Schegloff and Jefferson, "A Simplest Systematics for
    the Organization of Turn-Taking for Conversation", 1974), and whoever says "let me see" keeps the turn. So it is
    the customer's turn after a question by the agent, and while the customer looks for something. All other silence is
    the agent's, who is there to lead the call. A question that asks the customer to wait ("could you hold?") needs only
    a "sure". If the agent spoke last and the words are not known, neither is the turn.
    """
    speech = conversation.speech
    last: Party = "agent" if _last_end(speech.agent, silence) >= _last_end(speech.customer, silence) else "customer"
    line = _last_line(last, silence, conversation)
    if last == "agent":
        if line is None or conversation.utterances[line].doubt is not None:
            return None
        text = conversation.text(line)
        return "customer" if asks(text) and not keeps_turn(text) else "agent"
    if line is None:
        return "agent"
    text = conversation.text(line)
    return "customer" if keeps_turn(text) and not asks(text) else "agent"


def asks(text: NormalizedText) -> bool:
    """Return True if the end of an utterance asks for an answer, by a question mark or by its words.

    >>> [asks(NormalizedText(text)) for text in ("What is your order number?", "it never came", "can i take your name")]
    [True, False, True]
    """
    sentences = _SENTENCE.findall(text.text)
    if any("?" in sentence for sentence in sentences[-2:]):
        return True
    last = sentences[-1] if sentences else text.text
    return _said(en.QUESTIONS, _last_words(text if last == text.text else NormalizedText(last)))


def keeps_turn(text: NormalizedText) -> bool:
    """Return True if the end of an utterance asks for time to look for something.

    >>> [keeps_turn(NormalizedText(text)) for text in ("Sure, let me find it.", "let me tell you, it was cold")]
    [True, False]
    """
    return _said(en.HOLDING_THE_TURN, _last_words(text))


@once
def only_listens(side: Party, span: Span, conversation: Conversation) -> bool:
    """Return True if a stretch of a party's speech is only a sign of listening, by its length or by its words."""
    if span.duration <= BACKCHANNEL:
        return True
    said = [
        spoken
        for index, utterance in enumerate(conversation.utterances)
        if utterance.speaker == side and (spoken := _said_in(index, span, conversation)) is not None
    ]
    return bool(said) and all(token.text in en.BACKCHANNELS for spoken in said for token in spoken.tokens)


@once
def interruptions(by: Party, conversation: Conversation) -> list[Span]:
    """Find where a party starts speaking within the other's speech for OVERTALK seconds, not only to show listening."""
    others = conversation.speech.of("customer" if by == "agent" else "agent")
    return [
        Span(span.start, min(span.end, other.end))
        for span in conversation.speech.of(by)
        for other in others
        if other.start < span.start < other.end
        and total(overlap([span], [other])) >= OVERTALK
        and not only_listens(by, span, conversation)
    ]


@once
def responses(conversation: Conversation) -> list[Span]:
    """Find the customer's waits: the pauses between the end of a turn of theirs and the agent's next words.

    There is no pause where the agent cuts in, and a hold is a different kind of wait; neither counts.
    """
    speech = conversation.speech
    edges = [(span.start, True) for span in speech.agent] + [(span.start, False) for span in speech.customer]
    found = []
    for turn in speech.customer:
        if any(span.start <= turn.end < span.end for span in speech.agent):
            continue
        start, agent = min((edge for edge in edges if edge[0] >= turn.end), default=(0.0, False))
        if agent and not conversation.on_hold(Span(turn.end, start)):
            found.append(Span(turn.end, start))
    return found


@once
def monologues(by: Party, conversation: Conversation) -> list[Span]:
    """Find the stretches in which a party holds the floor, across pauses up to TURN_PAUSE and signs of listening."""
    other: Party = "customer" if by == "agent" else "agent"
    breaks = [span for span in conversation.speech.of(other) if not only_listens(other, span, conversation)]
    found: list[Span] = []
    for span in conversation.speech.of(by):
        goes_on = found and span.start - found[-1].end <= TURN_PAUSE
        if goes_on and not any(found[-1].start < cut.start < span.start for cut in breaks):
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


def _last_end(spans: Sequence[Span], silence: Span) -> float:
    return max((span.end for span in spans if span.end <= silence.start), default=-1.0)


def _last_line(side: Party, silence: Span, conversation: Conversation) -> int | None:
    """Return the index of the last utterance a party began before a silence."""
    utterances = conversation.utterances
    own = [
        index
        for index, line in enumerate(utterances)
        if line.speaker == side and line.start is not None and line.start < silence.start
    ]
    return max(own, key=lambda index: utterances[index].start or 0.0, default=None)


def _last_words(text: NormalizedText) -> NormalizedText:
    if len(text.tokens) <= LAST_WORDS:
        return text
    return NormalizedText(text.text[text.tokens[-LAST_WORDS].start :])


def _said_in(index: int, span: Span, conversation: Conversation) -> NormalizedText | None:
    """The words of an utterance in a span, by the middle of each; without times of words all or none of them."""
    utterance = conversation.utterances[index]
    if not utterance.words:
        return conversation.text(index) if _centred(utterance, span) else None
    words = [word.text for word in utterance.words if _centred(word, span)]
    return NormalizedText(" ".join(words)) if words else None


def _centred(part: Utterance | Word, span: Span) -> bool:
    """True if the middle of an utterance or word is in a span."""
    if part.start is None or part.end is None:
        return False
    return span.start <= (part.start + part.end) / 2 <= span.end


@cache
def _phrases(sources: tuple[str, ...]) -> PhraseSet:
    return PhraseSet(sources)


def _said(sources: tuple[str, ...], spoken: NormalizedText) -> bool:
    return bool(_phrases(sources).find(spoken))
