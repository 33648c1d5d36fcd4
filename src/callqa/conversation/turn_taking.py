"""Who may speak next, who only listens, who answers how fast: what words and pauses say about turns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from callqa.conversation.conversation import BACKCHANNEL, OVERTALK, TURN_PAUSE, Conversation, Party
from callqa.core.timeline import Span, overlap, total
from callqa.language.normalization import NormalizedText
from callqa.language.phrases import PhraseSet
from callqa.transcripts.transcript import Utterance

BACKCHANNELS = frozenset(
    [
        "ok",
        "right",
        "yeah",
        "yes",
        "yep",
        "yup",
        "sure",
        "mhm",
        "huh",
        "aha",
        "oh",
        "i",
        "see",
        "got",
        "it",
        "exactly",
        "absolutely",
        "indeed",
        "true",
        "really",
        "good",
        "great",
        "fine",
        "all",
        "of",
        "course",
        "well",
        "understood",
    ]
)
"""Words that signs of listening are made of, as `NormalizedText` writes them; it drops "mm" and "uh" altogether."""

ASKS = (
    "(can|could|would|will|may|shall|did) (you|i|we|they|it)",
    "(do|are|were|have) you",
    "is (it|that|this|there) (a|an|the|for|with|on|in|right|all|ok|correct|you|your|still)",
    "what (is|are|was|were|do|does|did|can|would|kind|time|date|name)",
    "what's (your|the|it|that|this|wrong|happened)",
    "which (one|of|is|are|was|do|did)",
    "how (many|much|long|old|often|do|does|did|can|would|is|are|may)",
    "(when|where|who|why) (is|are|was|were|do|does|did|am)",
    "(tell|give|read|confirm|spell) [me|us] [out|again] (your|the|that|it|what|which|when)",
    "(need|want|like) [to] [have|take|get|know] your",
    "your [first|last|full|order|account|phone|reference] (name|number|address|postcode|email|reference) [please]",
)
"""How questions and requests begin, for engines that write no question marks. The rest of a call is told apart from
them well enough: at worst a silence is taken for the wrong party's."""

LOOKING = (
    "let me [just] (see|look|check|find|get|grab|think|have)",
    "(hang|hold) on",
    "(just|wait|give me|one|two) [a|one] (second|seconds|sec|moment|minute|minutes)",
    "bear with me",
    "i will [just] [go and] (see|look|check|find|get|grab)",
    "i am [just] (looking|checking|finding|getting|trying)",
)
"""How somebody keeps the turn while doing something else."""

LAST_WORDS = 16
"""Words at the end of a line in which a question without a question mark is looked for."""

_SENTENCE = re.compile(r"[^.?!]*[.?!]+")


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
        if line is None or line.doubt is not None:
            return None
        return "customer" if asks(line.text) and not keeps_turn(line.text) else "agent"
    return "customer" if line is not None and keeps_turn(line.text) and not asks(line.text) else "agent"


def asks(text: str) -> bool:
    """Whether the last words of a line ask for an answer: a question mark in its last two sentences, or such words.

    >>> asks("Right. What is your order number?"), asks("it never came"), asks("can i take your name please")
    (True, False, True)
    """
    sentences = _SENTENCE.findall(text)
    if any("?" in sentence for sentence in sentences[-2:]):
        return True
    return _said(ASKS, _last_words(sentences[-1] if sentences else text))


def keeps_turn(text: str) -> bool:
    """Whether somebody asks at the end of a line for time to look for something.

    >>> keeps_turn("Sure, let me find it."), keeps_turn("let me tell you, it was cold")
    (True, False)
    """
    return _said(LOOKING, _last_words(text))


def only_listens(side: Party, span: Span, conversation: Conversation) -> bool:
    """Whether a stretch of one party's speech is a mere sign of listening: by its length, else by its words."""
    if span.duration <= BACKCHANNEL:
        return True
    words = [word for line in conversation.utterances if line.speaker == side for word in _words_in(line, span)]
    return bool(words) and all(token.text in BACKCHANNELS for token in NormalizedText(" ".join(words)).tokens)


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


def _last_line(side: Party, silence: Span, conversation: Conversation) -> Utterance | None:
    """The last line a party began before a silence."""
    own = [
        line
        for line in conversation.utterances
        if line.speaker == side and line.start is not None and line.start < silence.start
    ]
    return max(own, key=lambda line: line.start or 0.0, default=None)


def _last_words(text: str) -> NormalizedText:
    spoken = NormalizedText(text)
    return NormalizedText(text[spoken.tokens[-LAST_WORDS].start :]) if len(spoken.tokens) > LAST_WORDS else spoken


def _words_in(line: Utterance, span: Span) -> list[str]:
    """The words of a line that lie in a span, by the middle of each; of a line without words, all or none."""
    parts = line.words or (line,)
    return [
        part.text
        for part in parts
        if part.start is not None and part.end is not None and span.start <= (part.start + part.end) / 2 <= span.end
    ]


@cache
def _phrases(sources: tuple[str, ...]) -> PhraseSet:
    return PhraseSet(sources)


def _said(sources: tuple[str, ...], spoken: NormalizedText) -> bool:
    return bool(_phrases(sources).find(spoken))
