"""Whisper's own rules for the next token, applied to all rows of the decoder at once.

They are those of `whisper.decoding`: tokens that are not speech are never chosen, timestamps come in pairs and never
decrease, the text begins with a timestamp, and one is chosen if all timestamps together are more likely than any word
(Radford et al., 2022, section 4.5). openai-whisper applies them row by row, waiting for the device several times each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any

from callqa.engines.whisper_common.hypotheses import LATEST_BEGINNING, Hypothesis
from callqa.engines.whisper_common.tokenizers import unspoken_tokens
from callqa.errors import EngineStopped

if TYPE_CHECKING:
    from torch import Tensor
    from whisper.tokenizer import Tokenizer

NOT_NUMBERS = (
    "the Whisper model computes values that are not numbers, so its file is damaged; fetch it again, or choose another "
    "with --model"
)
"""The message if the weights are not numbers or far too large, so that nothing computed with them is a number."""


@dataclass(frozen=True)
class NextToken:
    """The next token of a row, its log-probability under the rules, and its probability among tokens of text."""

    token: int
    logprob: float
    probability: float


class TokenRules:
    """Chooses the tokens of a model that has this tokenizer and a vocabulary of this size, with logits on `device`."""

    def __init__(self, tokenizer: Tokenizer, vocabulary: int, device: Any):
        import torch

        self.eot: int = tokenizer.eot
        self.first_timestamp: int = tokenizer.timestamp_begin
        self.no_speech: int = tokenizer.no_speech
        self._timestamps = vocabulary - self.first_timestamp
        mask = torch.zeros(vocabulary)
        mask[sorted({*unspoken_tokens(tokenizer), tokenizer.no_timestamps})] = -torch.inf
        self._mask = mask.to(device)
        self._text_index = torch.arange(self.first_timestamp, device=device)
        self._timestamp_index = torch.arange(self._timestamps, device=device)

    def limits(self, tokens: Sequence[int]) -> tuple[int, int, int]:
        """Return what may follow these tokens: the lowest token allowed, then the first and the last timestamp."""
        if not tokens:
            return self.first_timestamp, 0, LATEST_BEGINNING
        latest = next((token - self.first_timestamp for token in reversed(tokens) if token >= self.first_timestamp), -1)
        if tokens[-1] < self.first_timestamp:
            return 0, latest + 1, self._timestamps - 1
        if len(tokens) < 2 or tokens[-2] >= self.first_timestamp:
            return 0, self._timestamps, self._timestamps
        return self.eot, latest, self._timestamps - 1

    def choose(self, logits: Tensor, hypotheses: Sequence[Hypothesis | None]) -> list[NextToken]:
        """Return the next token of each row, any token for a row without a hypothesis.

        `logits` are (rows, vocabulary), and are overwritten. Raises EngineStopped if they are not numbers.
        """
        import torch

        limits = [(0, 0, 0) if row is None else self.limits(row.tokens) for row in hypotheses]
        with torch.inference_mode():
            least, first, last = torch.tensor(limits, device=logits.device).T[:, :, None]
            logits += self._mask
            text, timestamps = logits[:, : self.first_timestamp], logits[:, self.first_timestamp :]
            text_total = text.logsumexp(-1)
            if any(lowest for lowest, _, _ in limits):
                text.masked_fill_(self._text_index < least, -torch.inf)
            timestamps.masked_fill_((self._timestamp_index < first) | (self._timestamp_index > last), -torch.inf)
            best, token = text.max(-1)
            timestamp_total = timestamps.logsumexp(-1)
            timed = timestamp_total > best
            total = torch.where(timed, timestamp_total, torch.logaddexp(text.logsumexp(-1), timestamp_total))
            token = torch.where(timed, self.first_timestamp + timestamps.argmax(-1), token)
            token = self._sample(token, logits, timed, hypotheses)
            logit = logits.gather(1, token[:, None])[:, 0]
            result = torch.stack([token.double(), (logit - total).double(), (logit - text_total).exp().double()])
        chosen = [
            NextToken(int(token), logprob, min(probability, 1.0))
            for token, logprob, probability in result.T.cpu().tolist()
        ]
        if any(isnan(token.logprob) for token, row in zip(chosen, hypotheses, strict=True) if row is not None):
            raise EngineStopped(NOT_NUMBERS)
        return chosen

    def _sample(self, likeliest: Tensor, logits: Tensor, timed: Tensor, rows: Sequence[Hypothesis | None]) -> Tensor:
        """Return the likeliest tokens, with a random one in each row whose temperature is above 0."""
        import torch

        sampled = {at: row for at, row in enumerate(rows) if row is not None and row.temperature}
        if not sampled:
            return likeliest
        index = torch.tensor(list(sampled), device=logits.device)
        tokens: list[int] = []
        for row, allowed, by_time in zip(sampled.values(), logits[index].cpu(), timed[index].cpu(), strict=True):
            if allowed.isnan().any():
                raise EngineStopped(NOT_NUMBERS)
            if by_time:
                allowed[: self.first_timestamp] = -torch.inf
            probabilities = (allowed / row.temperature).softmax(-1)
            tokens.append(int(torch.multinomial(probabilities, 1, generator=row.generator)))
        return likeliest.index_copy(0, index, torch.tensor(tokens, device=logits.device))
