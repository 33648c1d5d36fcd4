"""The statistical classifier of utterances: how likely one shows a behavior, and the words that make it likely.

Logistic regression on n-grams of one to four words. A word counts as itself and as its kind ("engineer" as one of the
staff, "kettle" as goods), so that what was learned in one trade holds in another. The model is plain data: a weight for
each n-gram, made by `tools/train_behaviors.py` from the data in `training/`. It needs no package.

An utterance is judged sentence by sentence, a long one without punctuation in overlapping windows; the most certain
part counts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, NamedTuple

from pydantic_core import from_json

from callqa.language import en
from callqa.language.normalization import NormalizedText, Token

FORMAT = 2

LONGEST = 24
"""Words that a sentence may have before it is judged in windows; longer ones are mostly several, run together."""

WINDOW = 16
STEP = 8
"""Words in a window, and between the beginnings of two."""

LONGEST_NGRAM = 3
"""Words in the longest n-gram of words as they are; n-grams of kinds may have one more."""

STEM = 5
"""Letters by which longer words count as one: "frightened" and "frightening" are both "frigh*"."""

MOST_REASONS = 3
"""N-grams named as the reason for a hit."""

NEGLIGIBLE = 0.005
"""Confidence below which nobody looks at an utterance in any call, so that the words that decided are not searched."""

_SENTENCE_ENDS = frozenset(".?!;")


class ModelError(Exception):
    """A model file that cannot be used; the message says why."""


class NGram(NamedTuple):
    """An n-gram that counts: its name, and the tokens from `first` to `last`, both included."""

    name: str
    first: int
    last: int


@dataclass(frozen=True)
class Finding:
    """The verdict of a model on an utterance: confidence 0 to 1, the characters [start, end) behind it, the reason."""

    confidence: float
    start: int
    end: int
    reason: str


@dataclass(frozen=True)
class Weights:
    """The trained numbers for one behavior.

    The score of an utterance is the sum of its n-grams' weights and the bias; its confidence by itself is
    1 / (1 + exp(-(slope * score + offset))).
    """

    bias: float
    slope: float
    offset: float
    ngrams: Mapping[str, float]
    speaker: str | None = None
    """The party whose utterances they were learned from; None if anybody's were."""
    call: Mapping[str, float] | None = None
    """Weights of the features of the call (`call_features`); None if an utterance is judged by itself."""
    call_offset: float = 0.0
    usual: float = 0.0
    """The usual level of the behavior in what its party says in a call (`call_features.level`)."""


class UtteranceModel:
    """Weights of several behaviors that share their kinds of words."""

    def __init__(self, version: str, kinds: Mapping[str, str], weights: Mapping[str, Weights]):
        self.version = version
        self.kinds = kinds
        self.weights = weights
        self._known = frozenset().union(*(one.ngrams for one in weights.values()))
        self._parts: tuple[NormalizedText | None, list[tuple[tuple[int, int], list[str]]]] = (None, [])

    def score(self, behavior: str, spoken: NormalizedText) -> float | None:
        """Return how much the words of an utterance speak for a behavior, as log odds; None if it has no words."""
        best = self._best(behavior, spoken)
        return None if best is None else best[0] + self.weights[behavior].bias

    def confidence(self, behavior: str, score: float) -> float:
        """Return how surely an utterance with this score shows a behavior, by itself."""
        weights = self.weights[behavior]
        return _sigmoid(weights.slope * score + weights.offset)

    def judge(self, behavior: str, spoken: NormalizedText, confidence: float | None = None) -> Finding | None:
        """Return how surely an utterance shows a behavior, and the words that decide it; None if it has no words.

        `confidence` is the one in the light of the call; without it the utterance is judged by itself. An utterance
        none of whose words speak for the behavior does not show it, whatever the call.
        """
        best = self._best(behavior, spoken)
        if best is None:
            return None
        score, (first, last) = best
        weights = self.weights[behavior]
        if confidence is None:
            confidence = self.confidence(behavior, score + weights.bias)
        counted: list[tuple[float, NGram]] = []
        if confidence >= NEGLIGIBLE:
            found = _all_ngrams(spoken.tokens, first, last, self.kinds)
            counted = [(weights.ngrams[one[0]], NGram(*one)) for one in found if one[0] in weights.ngrams]
            if not any(weight > 0 for weight, _ in counted):
                confidence = 0.0
        first, last = _evidence(counted, len(spoken.tokens))
        start, end = spoken.characters(first, last)
        return Finding(round(confidence, 3), start, end, f"model {behavior} {self.version}: {_reason(counted)}")

    def _best(self, behavior: str, spoken: NormalizedText) -> tuple[float, tuple[int, int]] | None:
        """Find the part that speaks most for a behavior: the sum of its weights, its first and its last token."""
        weight_of = self.weights[behavior].ngrams.get
        best: tuple[float, tuple[int, int]] | None = None
        for part, names in self._known_ngrams(spoken):
            score = sum(map(weight_of, names, repeat(0.0)))
            if best is None or score > best[0]:
                best = score, part
        return best

    def _known_ngrams(self, spoken: NormalizedText) -> list[tuple[tuple[int, int], list[str]]]:
        """Return each part of an utterance with the names of its known n-grams.

        Those of the last utterance are kept, because the next behavior asks for the same.
        """
        if self._parts[0] is not spoken:
            known = self._known
            parts = [
                (part, [name for name, _, _ in _all_ngrams(spoken.tokens, *part, self.kinds) if name in known])
                for part in parts_of(spoken)
            ]
            self._parts = (spoken, parts)
        return self._parts[1]

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_parts": (None, [])}


class LazyModel(UtteranceModel):
    """A model that is read when it is first used."""

    def __init__(self, read: Callable[[], UtteranceModel]):
        self._read = read

    def __getattr__(self, name: str) -> Any:
        """Read the model when an attribute is missing."""
        if name.startswith("__") or "_read" not in self.__dict__:
            raise AttributeError(name)
        self.__dict__.update(self.__dict__.pop("_read")().__dict__)
        return getattr(self, name)


@dataclass(frozen=True)
class LearnedModel:
    """A model made from a behavior's own examples, and how well it does on those that it was not trained on."""

    model: UtteranceModel
    sha256: str
    """Over its weights and its kinds of words."""
    found: int
    not_found: int
    """Examples it was made from: utterances that show the behavior, and utterances that do not."""
    kept: int
    doubted: int
    wrong: int
    """In cross-validation: of `found`, the examples that it is sure of and those that it doubts; of `not_found`, those
    that it is sure show the behavior."""


def read_model(text: str) -> UtteranceModel:
    """Read a model from the text of its file. Raises ModelError."""
    try:
        data = from_json(text, cache_strings="none")
        if data["format"] != FORMAT:
            raise ModelError(f"its format is {data['format']!r}, and this callqa reads format {FORMAT}")
        kinds = {word: kind for kind, words in data["kinds"].items() for word in words.split()}
        weights = {
            name: Weights(
                float(part["bias"]),
                float(part["slope"]),
                float(part["offset"]),
                dict(zip(part["runs"], map(float, part["runs"].values()), strict=True)),
                **_call_weights(part),
            )
            for name, part in data["behaviors"].items()
        }
        return UtteranceModel(str(data["version"]), kinds, weights)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError("it is not a model that tools/train_behaviors.py wrote") from error


def _call_weights(part: Mapping[str, Any]) -> dict[str, Any]:
    if "call" not in part:
        return {"speaker": part.get("speaker")}
    call = dict(part["call"])
    return {
        "speaker": str(part["speaker"]),
        "call_offset": float(call.pop("offset")),
        "usual": float(call.pop("usual")),
        "call": {str(feature): float(weight) for feature, weight in call.items()},
    }


def parts_of(spoken: NormalizedText) -> Iterator[tuple[int, int]]:
    """Yield the first and the last token, both included, of each part of an utterance that is judged by itself."""
    first = 0
    tokens = spoken.tokens
    for index in range(len(tokens)):
        if index + 1 == len(tokens) or _ends_sentence(spoken.text, tokens[index], tokens[index + 1]):
            yield from _windows(first, index)
            first = index + 1


def _ends_sentence(text: str, token: Token, following: Token) -> bool:
    return token.text not in en.TITLES and not _SENTENCE_ENDS.isdisjoint(text[token.end : following.start])


def _windows(first: int, last: int) -> Iterator[tuple[int, int]]:
    if last - first < LONGEST:
        yield first, last
        return
    for begin in range(first, last - WINDOW + STEP + 1, STEP):
        yield begin, min(begin + WINDOW - 1, last)


def ngrams(tokens: Sequence[Token], first: int, last: int, kinds: Mapping[str, str]) -> Iterator[NGram]:
    """Yield the n-grams in tokens[first..last] that a model may know, by name; a kind is written in capitals."""
    return (NGram(*one) for one in _all_ngrams(tokens, first, last, kinds))


def _all_ngrams(
    tokens: Sequence[Token], first: int, last: int, kinds: Mapping[str, str]
) -> Iterator[tuple[str, int, int]]:
    """Yield the same as plain tuples: most are of no use to a model, and an NGram takes longer to make."""
    stop_words = en.CLASSIFIER_STOP_WORDS
    words = [token.text for token in tokens[first : last + 1]]
    named = [kinds.get(word) or ("NUMBER" if word.isdigit() else word) for word in words]
    length = len(words)
    for at in range(length):
        end = min(length, at + LONGEST_NGRAM + 1)
        plain = kind = ""
        differs = False
        for stop in range(at, end):
            kind = f"{kind} {named[stop]}" if kind else named[stop]
            differs = differs or named[stop] is not words[stop]
            if stop - at < LONGEST_NGRAM:
                plain = f"{plain} {words[stop]}" if plain else words[stop]
                if stop > at or plain not in stop_words:
                    yield (plain, first + at, first + stop)
            if differs:
                yield (kind, first + at, first + stop)
        if len(words[at]) > STEM + 1:
            yield (f"{words[at][:STEM]}*", first + at, first + at)
        if at + 2 < length and not (words[at] in stop_words and words[at + 2] in stop_words):
            yield (f"{named[at]} _ {named[at + 2]}", first + at, first + at + 2)
    if length:
        if words[0] not in stop_words:
            yield (f"^ {named[0]}", first, first)
        if length > 1:
            yield (f"^ {named[0]} {named[1]}", first, first + 1)
        if words[-1] not in stop_words:
            yield (f"{named[-1]} $", last, last)


def _sigmoid(score: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


def _evidence(counted: Sequence[tuple[float, NGram]], length: int) -> tuple[int, int]:
    """Find the first and the last token of the stretch that speaks most for the behavior.

    This is the maximum-sum stretch (Kadane's algorithm), the weight of an n-gram being shared out among its words.
    """
    gain = [0.0] * length
    for weight, ngram in counted:
        share = weight / (ngram.last - ngram.first + 1)
        for index in range(ngram.first, ngram.last + 1):
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


def _reason(counted: Sequence[tuple[float, NGram]]) -> str:
    """Name the n-grams with the largest weights, no two of which overlap."""
    chosen: list[NGram] = []
    for weight, ngram in sorted(counted, key=lambda item: (-item[0], item[1].first, item[1].name)):
        if weight <= 0 or len(chosen) == MOST_REASONS:
            break
        if not any(ngram.first <= other.last and other.first <= ngram.last for other in chosen):
            chosen.append(ngram)
    return ", ".join(ngram.name.lower().replace("^ ", "").replace(" $", "").replace("_", "…") for ngram in chosen)
