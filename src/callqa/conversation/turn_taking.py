"""Who may speak next, who only listens, who answers how fast: what words and pauses say about turns."""

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
"""Words at the end of a line in which a question without a question mark is looked for."""

_SENTENCE = re.compile(r"[^.?!]*[.?!]+")


@once
def owed_by(silence: Span, conversation: Conversation) -> Party | None:
    """Who owed the next word in a silence; None where that cannot be told.

    A question or a request selects the other to speak next (Sacks, Schegloff and Jefferson, "A Simplest Systematics for
    the Organization of Turn-Taking for Conversation", 1974), and who says "let me see" keeps the turn. So the customer
    owes an answer to what the agent asks, and what the customer went to look for. All other silence is the agent's,
    whose work it is to lead the call. What the agent asks while asking to wait ("could you hold?") calls for no more
    than a "sure". Where the agent spoke last and it is not known what was said, nobody knows.
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
    """Whether the last words of a line ask for an answer: a question mark in its last two sentences, or such words.

    >>> [asks(NormalizedText(text)) for text in ("What is your order number?", "it never came", "can i take your name")]
    [True, False, True]
    """
    sentences = _SENTENCE.findall(text.text)
    if any("?" in sentence for sentence in sentences[-2:]):
        return True
    last = sentences[-1] if sentences else text.text
    return _said(en.QUESTIONS, _last_words(text if last == text.text else NormalizedText(last)))


def keeps_turn(text: NormalizedText) -> bool:
    """Whether somebody asks at the end of a line for time to look for something.

    >>> [keeps_turn(NormalizedText(text)) for text in ("Sure, let me find it.", "let me tell you, it was cold")]
    [True, False]
    """
    return _said(en.HOLDING_THE_TURN, _last_words(text))


@once
def only_listens(side: Party, span: Span, conversation: Conversation) -> bool:
    """Whether a stretch of one party's speech is a mere sign of listening: by its length, else by its words."""
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
    """Where one party begins to speak inside the other's speech, covers OVERTALK of it and does not only listen."""
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
    """The pauses between the end of a customer's turn and the agent's next words: how long the customer waits.

    Where the agent cuts in there is no pause, and a hold is a wait of another kind: neither is counted.
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
    """The stretches one party holds the floor: pauses up to TURN_PAUSE and the other's signs of listening end none."""
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
