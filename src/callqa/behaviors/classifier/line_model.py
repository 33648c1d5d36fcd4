"""A small statistical model of lines: how likely a line shows a behavior, and the words that say so.

Logistic regression on runs of one to four words. A word counts as itself and as its kind ("engineer" as one of the
staff, "kettle" as goods), so that what was learned of one trade holds in another. The model is plain data: weights
per run of words, made by `tools/train_behaviors.py` from lines written for the purpose. It needs no package.

A line is judged sentence by sentence, a long one without punctuation in overlapping windows; the surest part counts.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, NamedTuple

from callqa.language.normalization import NormalizedText, Token

FORMAT = 2

LONGEST = 24
"""Words a sentence may have before it is judged in windows; longer ones are mostly several, run together."""

WINDOW = 16
STEP = 8
"""Words in a window, and between the beginnings of two."""

RUN = 3
"""Words in the longest run of words as they are; runs of kinds may be one longer."""

STEM = 5
"""Letters by which longer words count as one: "frightened" and "frightening" are both "frigh*"."""

SHOWN = 3
"""Runs of words named as the reason for a hit."""

NEGLIGIBLE = 0.005
"""Confidence that no call can make worth a look; below it the words that decided are not sought."""

LITTLE_WORDS = frozenset(
    {
        "a", "about", "all", "am", "an", "and", "any", "are", "as", "at", "be", "been", "being", "but", "by", "can",
        "could", "'d", "did", "do", "does", "for", "from", "get", "getting", "got", "had", "has", "have", "having",
        "he", "her", "here", "him", "his", "how", "i", "if", "in", "into", "is", "it", "its", "just", "me", "mine",
        "my", "not", "now", "of", "on", "or", "our", "out", "over", "'s", "said", "say", "says", "she", "so",
        "some", "somebody", "someone", "tell", "telling", "that", "the", "their", "them", "then", "there", "these",
        "they", "thing", "things", "this", "those", "till", "to", "told", "up", "us", "was", "we", "were", "what",
        "when", "where", "which", "who", "why", "will", "with", "would", "you", "your",
    }
)  # fmt: skip
"""Words that say nothing by themselves: whoever tells a story of any kind says "I", "me", "been" and "told". They count
only in runs of several words."""

_SENTENCE_ENDS = frozenset(".?!;")

_TITLES = frozenset(["mr", "mrs", "ms", "dr", "st"])
"""Short words whose full stop ends no sentence."""


class ModelError(Exception):
    """A model file that cannot be used; the message says why."""


class Run(NamedTuple):
    """A run of words that counts: its name and the tokens from `first` to `last`, both included."""

    name: str
    first: int
    last: int


@dataclass(frozen=True)
class Finding:
    """What the model makes of a line: confidence 0 to 1, characters [start, end) that say so, and the reason."""

    confidence: float
    start: int
    end: int
    reason: str


@dataclass(frozen=True)
class Weights:
    """The trained numbers for one behavior.

    A line's score is the sum of its runs' weights and the bias; its confidence by itself is
    1 / (1 + exp(-(slope * score + offset))).
    """

    bias: float
    slope: float
    offset: float
    runs: Mapping[str, float]
    speaker: str | None = None
    """Whose lines they were learned from; None where anybody's were."""
    call: Mapping[str, float] | None = None
    """Weights of the signs around a line (`line_in_call`); None where a line is judged by itself."""
    call_offset: float = 0.0
    usual: float = 0.0
    """How much of what its party says in a call usually shows it (`line_in_call.level`)."""


class LineModel:
    """Weights of several behaviors that share their kinds of words."""

    def __init__(self, version: str, kinds: Mapping[str, str], weights: Mapping[str, Weights]):
        self.version = version
        self.kinds = kinds
        self.weights = weights
        self._known = frozenset(run for one in weights.values() for run in one.runs)
        self._parts: tuple[NormalizedText | None, list[tuple[tuple[int, int], list[str]]]] = (None, [])

    def score(self, behavior: str, spoken: NormalizedText) -> float | None:
        """How much a line's words speak for a behavior, as log odds; None where it has no words."""
        best = self._best(behavior, spoken)
        return None if best is None else best[0] + self.weights[behavior].bias

    def confidence(self, behavior: str, score: float) -> float:
        """How surely a line with this score shows a behavior, by itself."""
        weights = self.weights[behavior]
        return _sigmoid(weights.slope * score + weights.offset)

    def judge(self, behavior: str, spoken: NormalizedText, confidence: float | None = None) -> Finding | None:
        """How surely a line shows a behavior, and the words that say so; None where it has no words.

        Without a `confidence` that was found in the light of its call, the line is judged by itself. A line none of
        whose words speak for the behavior does not show it, whatever the call.
        """
        best = self._best(behavior, spoken)
        if best is None:
            return None
        score, (first, last) = best
        weights = self.weights[behavior]
        if confidence is None:
            confidence = self.confidence(behavior, score + weights.bias)
        counted: list[tuple[float, Run]] = []
        if confidence >= NEGLIGIBLE:
            runs = _every_run(spoken.tokens, first, last, self.kinds)
            counted = [(weights.runs[run[0]], Run(*run)) for run in runs if run[0] in weights.runs]
            if not any(weight > 0 for weight, _ in counted):
                confidence = 0.0
        first, last = _evidence(counted, len(spoken.tokens))
        start, end = spoken.characters(first, last)
        return Finding(round(confidence, 3), start, end, f"model {behavior} {self.version}: {_reason(counted)}")

    def _best(self, behavior: str, spoken: NormalizedText) -> tuple[float, tuple[int, int]] | None:
        """The part of a line that speaks most for a behavior: the sum of its weights, its first and its last token."""
        weight_of = self.weights[behavior].runs.get
        best: tuple[float, tuple[int, int]] | None = None
        for part, names in self._known_runs(spoken):
            score = sum(map(weight_of, names, repeat(0.0)))
            if best is None or score > best[0]:
                best = score, part
        return best

    def _known_runs(self, spoken: NormalizedText) -> list[tuple[tuple[int, int], list[str]]]:
        """Each part of a line with the names of its known runs.

        The last line's are kept, for the next behavior asks for the same.
        """
        if self._parts[0] is not spoken:
            known = self._known
            parts = [
                (part, [name for name, _, _ in _every_run(spoken.tokens, *part, self.kinds) if name in known])
                for part in parts_of(spoken)
            ]
            self._parts = (spoken, parts)
        return self._parts[1]

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_parts": (None, [])}


@dataclass(frozen=True)
class LearnedModel:
    """A model of lines made of a behavior's own examples, and how it did on those it did not see."""

    model: LineModel
    sha256: str
    """Over its weights and its kinds of words."""
    found: int
    not_found: int
    """Examples it was made of: lines that show the behavior, and lines that do not."""
    kept: int
    doubted: int
    wrong: int
    """What a model made without them makes of these: of `found` those it is sure of and those it doubts, of
    `not_found` those it is sure of."""


def read_model(text: str) -> LineModel:
    """The model in a file's text. Raises ModelError."""
    try:
        data = json.loads(text)
        if data["format"] != FORMAT:
            raise ModelError(f"its format is {data['format']!r}, and this callqa reads format {FORMAT}")
        kinds = {word: kind for kind, words in data["kinds"].items() for word in words.split()}
        weights = {
            name: Weights(
                float(part["bias"]),
                float(part["slope"]),
                float(part["offset"]),
                {run: float(weight) for run, weight in part["runs"].items()},
                **_in_call(part),
            )
            for name, part in data["behaviors"].items()
        }
        return LineModel(str(data["version"]), kinds, weights)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError("it is not a model that tools/train_behaviors.py wrote") from error


def _in_call(part: Mapping[str, Any]) -> dict[str, Any]:
    if "call" not in part:
        return {"speaker": part.get("speaker")}
    call = dict(part["call"])
    return {
        "speaker": str(part["speaker"]),
        "call_offset": float(call.pop("offset")),
        "usual": float(call.pop("usual")),
        "call": {str(sign): float(weight) for sign, weight in call.items()},
    }


def parts_of(spoken: NormalizedText) -> Iterator[tuple[int, int]]:
    """First and last token, both included, of each part of a line that is judged by itself."""
    first = 0
    tokens = spoken.tokens
    for index in range(len(tokens)):
        if index + 1 == len(tokens) or _ends_sentence(spoken.text, tokens[index], tokens[index + 1]):
            yield from _windows(first, index)
            first = index + 1


def _ends_sentence(text: str, token: Token, following: Token) -> bool:
    return token.text not in _TITLES and not _SENTENCE_ENDS.isdisjoint(text[token.end : following.start])


def _windows(first: int, last: int) -> Iterator[tuple[int, int]]:
    if last - first < LONGEST:
        yield first, last
        return
    for begin in range(first, last - WINDOW + STEP + 1, STEP):
        yield begin, min(begin + WINDOW - 1, last)


def runs(tokens: Sequence[Token], first: int, last: int, kinds: Mapping[str, str]) -> Iterator[Run]:
    """The runs of words in tokens[first..last] that a model may know, by name; a kind is written in capitals."""
    return (Run(*run) for run in _every_run(tokens, first, last, kinds))


def _every_run(
    tokens: Sequence[Token], first: int, last: int, kinds: Mapping[str, str]
) -> Iterator[tuple[str, int, int]]:
    """The same as plain tuples: most are of no use to a model, and a Run takes longer to make."""
    words = [token.text for token in tokens[first : last + 1]]
    named = [kinds.get(word) or ("NUMBER" if word.isdigit() else word) for word in words]
    length = len(words)
    for at in range(length):
        end = min(length, at + RUN + 1)
        plain = kind = ""
        differs = False
        for stop in range(at, end):
            kind = f"{kind} {named[stop]}" if kind else named[stop]
            differs = differs or named[stop] is not words[stop]
            if stop - at < RUN:
                plain = f"{plain} {words[stop]}" if plain else words[stop]
                if stop > at or plain not in LITTLE_WORDS:
                    yield (plain, first + at, first + stop)
            if differs:
                yield (kind, first + at, first + stop)
        if len(words[at]) > STEM + 1:
            yield (f"{words[at][:STEM]}*", first + at, first + at)
        if at + 2 < length and not (words[at] in LITTLE_WORDS and words[at + 2] in LITTLE_WORDS):
            yield (f"{named[at]} _ {named[at + 2]}", first + at, first + at + 2)
    if length:
        if words[0] not in LITTLE_WORDS:
            yield (f"^ {named[0]}", first, first)
        if length > 1:
            yield (f"^ {named[0]} {named[1]}", first, first + 1)
        if words[-1] not in LITTLE_WORDS:
            yield (f"{named[-1]} $", last, last)


def _sigmoid(score: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


def _evidence(counted: Sequence[tuple[float, Run]], length: int) -> tuple[int, int]:
    """First and last token of the stretch that speaks most for the behavior (the maximum-sum stretch, Kadane)."""
    gain = [0.0] * length
    for weight, run in counted:
        share = weight / (run.last - run.first + 1)
        for index in range(run.first, run.last + 1):
            gain[index] += share
    best, best_sum = (0, length - 1), 0.0
    begin, total = 0, 0.0
    for index, value in enumerate(gain):
        if total <= 0:
            begin, total = index, 0.0
        total += value
        if total > best_sum:
            best, best_sum = (begin, index), total
    return best


def _reason(counted: Sequence[tuple[float, Run]]) -> str:
    """The runs that weigh most, none within another."""
    chosen: list[Run] = []
    for weight, run in sorted(counted, key=lambda item: (-item[0], item[1].first, item[1].name)):
        if weight <= 0 or len(chosen) == SHOWN:
            break
        if not any(run.first <= other.last and other.first <= run.last for other in chosen):
            chosen.append(run)
    return ", ".join(run.name.lower().replace("^ ", "").replace(" $", "").replace("_", "…") for run in chosen)
