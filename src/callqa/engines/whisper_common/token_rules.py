"""Which token may follow in each row, and which one does: Whisper's own rules, for all rows at once.

They are those of `whisper.decoding`: tokens that are no speech are never said, timestamps come in pairs and never run
backwards, the text begins with one, and a timestamp is said where the timestamps together are likelier than any word
(Radford et al., 2022, section 4.5). openai-whisper applies them row by row, waiting for the device several times each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isnan
from typing import TYPE_CHECKING, Any

from callqa.errors import EngineStopped

if TYPE_CHECKING:
    from torch import Tensor
    from whisper.tokenizer import Tokenizer

LATEST_BEGINNING = 50
"""Steps of 0.02 s: the first timestamp lies within the first second, openai-whisper's `max_initial_timestamp`."""


NONSENSE = "the Whisper model computes no numbers: its file is damaged; fetch it again, or name another with --model"
"""What is said where weights that are not numbers, or far too large, have made all that follows so."""


@dataclass
class Attempt:
    """One attempt to decode a window: what was said so far, and how sure each token was.

    `generator` draws the tokens where the temperature is above 0. `logprob` sums the log-probabilities of all tokens,
    `chances` holds the probability of each among all that are text.
    """

    temperature: float = 0.0
    generator: Any = None
    tokens: list[int] = field(default_factory=list)
    chances: list[float] = field(default_factory=list)
    logprob: float = 0.0
    no_speech: float = 0.0


@dataclass(frozen=True)
class Chosen:
    """The next token of a row, the logarithm of its probability by the rules, and its probability as text."""

    token: int
    logprob: float
    chance: float


class Rules:
    """Chooses tokens for a model with this tokenizer and so many tokens, its logits being on the device."""

    def __init__(self, tokenizer: Tokenizer, vocabulary: int, device: Any):
        import torch

        self.eot: int = tokenizer.eot
        self.first_time: int = tokenizer.timestamp_begin
        self.no_speech: int = tokenizer.no_speech
        self._times = vocabulary - self.first_time
        never = (
            *tokenizer.non_speech_tokens,
            tokenizer.transcribe,
            tokenizer.translate,
            tokenizer.sot,
            tokenizer.sot_prev,
            tokenizer.sot_lm,
            tokenizer.no_speech,
            tokenizer.no_timestamps,
        )
        banned = torch.zeros(vocabulary)
        banned[sorted(set(never))] = -torch.inf
        self._never = banned.to(device)
        self._text = torch.arange(self.first_time, device=device)
        self._time = torch.arange(self._times, device=device)

    def limits(self, said: Sequence[int]) -> tuple[int, int, int]:
        """What may follow these tokens: no token below the first number; timestamps from the second to the third."""
        if not said:
            return self.first_time, 0, LATEST_BEGINNING
        latest = next((token - self.first_time for token in reversed(said) if token >= self.first_time), -1)
        if said[-1] < self.first_time:
            return 0, latest + 1, self._times - 1
        if len(said) < 2 or said[-2] >= self.first_time:
            return 0, self._times, self._times
        return self.eot, latest, self._times - 1

    def choose(self, logits: Tensor, attempts: Sequence[Attempt | None]) -> list[Chosen]:
        """The next token of each row. `logits` are (rows, vocabulary), and are written over; a row without an attempt
        gets any token.
        """
        import torch

        limits = [(0, 0, 0) if attempt is None else self.limits(attempt.tokens) for attempt in attempts]
        with torch.inference_mode():
            least, first, last = torch.tensor(limits, device=logits.device).T[:, :, None]
            logits += self._never
            text, times = logits[:, : self.first_time], logits[:, self.first_time :]
            as_text = text.logsumexp(-1)
            if any(lowest for lowest, _, _ in limits):
                text.masked_fill_(self._text < least, -torch.inf)
            times.masked_fill_((self._time < first) | (self._time > last), -torch.inf)
            best, token = text.max(-1)
            all_times = times.logsumexp(-1)
            timed = all_times > best
            whole = torch.where(timed, all_times, torch.logaddexp(text.logsumexp(-1), all_times))
            token = torch.where(timed, self.first_time + times.argmax(-1), token)
            token = self._draw(token, logits, timed, attempts)
            raw = logits.gather(1, token[:, None])[:, 0]
            found = torch.stack([token.double(), (raw - whole).double(), (raw - as_text).exp().double()])
        chosen = [Chosen(int(token), logprob, min(chance, 1.0)) for token, logprob, chance in found.T.cpu().tolist()]
        if any(isnan(one.logprob) for one, attempt in zip(chosen, attempts, strict=True) if attempt is not None):
            raise EngineStopped(NONSENSE)
        return chosen

    def _draw(self, greedy: Tensor, logits: Tensor, timed: Tensor, attempts: Sequence[Attempt | None]) -> Tensor:
        """The likeliest tokens, but for the rows whose temperature is above 0: there, one is drawn."""
        import torch

        warm = {row: one for row, one in enumerate(attempts) if one is not None and one.temperature}
        if not warm:
            return greedy
        rows = torch.tensor(list(warm), device=logits.device)
        drawn: list[int] = []
        for attempt, allowed, by_time in zip(warm.values(), logits[rows].cpu(), timed[rows].cpu(), strict=True):
            if allowed.isnan().any():
                raise EngineStopped(NONSENSE)
            if by_time:
                allowed[: self.first_time] = -torch.inf
            chances = (allowed / attempt.temperature).softmax(-1)
            drawn.append(int(torch.multinomial(chances, 1, generator=attempt.generator)))
        return greedy.index_copy(0, rows, torch.tensor(drawn, device=logits.device))
