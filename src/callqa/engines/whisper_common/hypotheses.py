"""The text that a decoder has found for a window, token by token, and how good it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from callqa.engines.whisper_common.postprocessing import COMPRESSION_LIMIT, LOGPROB_LIMIT, NO_SPEECH_LIMIT

if TYPE_CHECKING:
    from whisper.tokenizer import Tokenizer

LATEST_BEGINNING = 50
"""Steps of 0.02 s: the first timestamp is within the first second, openai-whisper's `max_initial_timestamp`."""


@dataclass
class Hypothesis:
    """The text of one attempt at decoding a window, which grows token by token.

    `generator` draws the tokens if the temperature is above 0. `probabilities` holds the probability of each token
    among all tokens of text. `logprob` is the sum of the log-probabilities of all tokens, `no_speech` the probability
    that nobody speaks.
    """

    temperature: float = 0.0
    generator: Any = None
    tokens: list[int] = field(default_factory=list)
    probabilities: list[float] = field(default_factory=list)
    logprob: float = 0.0
    no_speech: float = 0.0


@dataclass(frozen=True)
class TextQuality:
    """Measures of how good a text is; the names are those of `whisper.transcribe`."""

    temperature: float
    avg_logprob: float
    compression_ratio: float
    no_speech_prob: float

    @property
    def failed(self) -> bool:
        """True if the text repeats itself or is a guess, and there is speech: it is worth another attempt."""
        guessed = self.avg_logprob < LOGPROB_LIMIT
        if guessed and self.no_speech_prob > NO_SPEECH_LIMIT:
            return False
        return guessed or self.compression_ratio > COMPRESSION_LIMIT

    @property
    def silent(self) -> bool:
        """True if probably nobody speaks, so that the text must be dropped."""
        return self.no_speech_prob > NO_SPEECH_LIMIT and self.avg_logprob <= LOGPROB_LIMIT


def text_quality(hypothesis: Hypothesis, tokenizer: Tokenizer) -> TextQuality:
    """Measure a finished hypothesis."""
    from whisper.utils import compression_ratio

    return TextQuality(
        hypothesis.temperature,
        hypothesis.logprob / (len(hypothesis.tokens) + 1),
        compression_ratio(tokenizer.decode(hypothesis.tokens).strip()),
        hypothesis.no_speech,
    )
