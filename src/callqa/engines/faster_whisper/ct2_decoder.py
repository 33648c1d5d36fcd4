"""Windows of speech → what Whisper says was said in them, computed by CTranslate2.

What is done with a window is what `whisper_decoding` does with it. On a CPU CTranslate2 computes each row of a batch as
if it were alone, to the last bit, so greedy decoding goes in batches. Three things do not, and are done window by
window. Encoding: it gains nothing from a batch and takes much memory. Aligning words: the attention is normalised
together with the padding of shorter texts, so neighbours would shift the times. And sampling: CTranslate2 draws from a
generator each worker thread has for its lifetime, so the tokens would depend on all that was sampled before; each
window sampled gets a new worker, seeded from its samples.
"""

from __future__ import annotations

import hashlib
import warnings
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from callqa.engines.faster_whisper.ct2_models import Loader
from callqa.engines.openai_whisper.decoder import (
    LEAST_STEP,
    PADDING,
    SPARE_TOKENS,
    SPOKEN_TOKENS,
    TEMPERATURES,
    WINDOW_FRAMES,
    Take,
    Task,
)
from callqa.engines.openai_whisper.word_timestamps import TimedWord, words_at
from callqa.engines.whisper_common.device_errors import device_failure
from callqa.engines.whisper_common.segments import FRAMES_PER_SECOND, Quality, quality, segments, stretches
from callqa.engines.whisper_common.token_rules import LATEST_BEGINNING, Attempt
from callqa.errors import EngineStopped

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from whisper.tokenizer import Tokenizer

POSITIONS = 448
"""Tokens the decoder has room for. Half of them are for the text, in CTranslate2 as in openai-whisper."""

SEED_BITS = 31
"""Bits of a seed: one of all ones is CTranslate2's sign for none."""


@dataclass
class _Row:
    """A window under way: `encoded` is what the encoder made of what is left of it, (1, frames, width)."""

    task: Task
    tokenizer: Tokenizer
    encoded: NDArray[np.float32]

    @property
    def frames(self) -> int:
        """Frames of the spectrogram that were encoded, padding left out."""
        return min(self.task.left, WINDOW_FRAMES)

    @property
    def longest(self) -> int:
        """Tokens the text may have."""
        spoken = round(self.task.left / FRAMES_PER_SECOND * SPOKEN_TOKENS) + SPARE_TOKENS
        return min(POSITIONS // 2, spoken)


class BatchDecoder:
    """Decodes windows with the model of a loader, up to `count` at a time.

    Raises what `Loader.load` does.
    """

    def __init__(self, loader: Loader, count: int):
        self._loader = loader
        self._count = count
        self._model = loader.load()
        self._waiting: deque[Task] = deque()
        self._heard_in: dict[tuple[int, int], str] = {}

    @property
    def languages(self) -> int:
        """How many languages the model knows, 0 being English alone."""
        return int(self._model.num_languages) if self._model.is_multilingual else 0

    def run(self, take: Take) -> Generator[Task, None, None]:
        """Decode what is taken, and give each task back when it is done, in whatever order that comes about.

        Raises EngineStopped where the memory runs out or the GPU fails.
        """
        self._waiting.clear()
        self._heard_in.clear()
        while tasks := self._next(take):
            try:
                rows = [self._row(task) for task in tasks if task.left > 0]
                for row, attempt in zip(rows, self._greedy(rows), strict=True):
                    self._conclude(row, attempt)
            except (RuntimeError, MemoryError) as error:
                why = device_failure(error)
                if why is None:
                    raise
                raise EngineStopped(why) from error
            for task in tasks:
                if task.left > 0:
                    self._waiting.append(task)
                else:
                    task.spectrogram = None
                    yield task

    def _next(self, take: Take) -> list[Task]:
        """As many tasks as there are now, up to a batch of them; none at the end."""
        tasks: list[Task] = []
        while len(tasks) < self._count:
            task = self._waiting.popleft() if self._waiting else take(not tasks)
            if task is None:
                break
            tasks.append(task)
        return tasks

    def _row(self, task: Task) -> _Row:
        """Encode what is left of a window, and settle its language."""
        import ctranslate2
        import numpy as np

        if task.spectrogram is None:
            task.spectrogram = self._spectrogram(task)
        part = task.spectrogram[:, task.begun : task.begun + WINDOW_FRAMES]
        padded = np.pad(part, ((0, 0), (0, WINDOW_FRAMES - part.shape[1])))[None]
        view = self._model.encode(ctranslate2.StorageView.from_array(padded), to_cpu=True)
        if task.language is None:
            whose = (task.owner, task.window.channel)
            task.language = self._heard_in.get(whose) or self._language(view)
            self._heard_in[whose] = task.language
        return _Row(task, self._tokenizer(task.language), np.array(view))

    def _spectrogram(self, task: Task) -> NDArray[np.float32]:
        import torch
        import whisper

        with torch.inference_mode():
            mel = whisper.log_mel_spectrogram(task.window.samples, self._model.n_mels, padding=PADDING)
        found: NDArray[np.float32] = mel[:, : task.left].numpy()
        return found

    def _language(self, view: Any) -> str:
        """The language this window is spoken in, as the model takes it."""
        ((best, *_),) = self._model.detect_language(view)
        return str(best[0]).strip("<|>")

    def _tokenizer(self, language: str) -> Tokenizer:
        from whisper.tokenizer import get_tokenizer

        with warnings.catch_warnings(action="ignore"):  # openai-whisper leaves its vocabulary file open
            tokenizer: Tokenizer = get_tokenizer(
                bool(self.languages), num_languages=self.languages or 99, language=language, task="transcribe"
            )
        return tokenizer

    def _greedy(self, rows: Sequence[_Row]) -> list[Attempt]:
        """The likeliest text of each row."""
        return _generate(self._model, rows, 0.0) if rows else []

    def _sampled(self, row: _Row) -> Iterator[Attempt]:
        """Texts drawn at one temperature after the other, by a worker of their own."""
        import ctranslate2

        ctranslate2.set_random_seed(_seed(row.task))
        model = self._loader.load()
        for temperature in TEMPERATURES[1:]:
            yield from _generate(model, [row], temperature)

    def _conclude(self, row: _Row, attempt: Attempt) -> None:
        """Take a text, or else the first that is good enough of those drawn, or the last one."""
        good = quality(attempt, row.tokenizer)
        if good.failed:
            for attempt in self._sampled(row):
                good = quality(attempt, row.tokenizer)
                if not good.failed:
                    break
        task = row.task
        step = task.left
        if not good.nobody_speaks:
            step = self._take(row, attempt, good)
        task.begun += max(step, LEAST_STEP)

    def _take(self, row: _Row, attempt: Attempt, good: Quality) -> int:
        """Note what a text says. Returns after how many frames there is more to decode."""
        del attempt.tokens[row.longest :], attempt.chances[row.longest :]
        found, step = stretches(attempt.tokens, row.tokenizer.timestamp_begin, row.frames)
        row.task.found += segments(
            found, attempt, row.task.begun, row.tokenizer, good, lambda text, _: self._timed(row, text)
        )
        return step

    def _timed(self, row: _Row, text: Sequence[int]) -> list[TimedWord]:
        """The words of a row's text."""
        if not text:
            return []
        sequence = list(row.tokenizer.sot_sequence)
        (aligned,) = self._model.align(_view([row]), sequence, [list(text)], max(2, row.frames))
        begins: dict[int, int] = {}
        for token, frame in aligned.alignments:
            begins.setdefault(token, frame)
        chances = [min(chance, 1.0) for chance in aligned.text_token_probs]
        return words_at(row.tokenizer, text, chances, [begins[token] for token in range(len(text) + 1)])


def _generate(model: Any, rows: Sequence[_Row], temperature: float) -> list[Attempt]:
    """Decode all rows at once: greedily at temperature 0, drawing each token otherwise."""
    results = model.generate(
        _view(rows),
        [list(row.tokenizer.sot_sequence) for row in rows],
        beam_size=1,
        sampling_topk=0 if temperature else 1,
        sampling_temperature=temperature or 1.0,
        max_length=POSITIONS,
        max_initial_timestamp_index=LATEST_BEGINNING,
        suppress_tokens=_never(rows[0].tokenizer),
        return_scores=True,
        return_no_speech_prob=True,
    )
    return [_attempt(result, temperature) for result in results]


def _attempt(result: Any, temperature: float) -> Attempt:
    """What CTranslate2 decoded, as an attempt; it tells how likely each token is with the alignment only."""
    tokens = list(result.sequences_ids[0])
    return Attempt(
        temperature,
        tokens=tokens,
        chances=[0.0] * len(tokens),
        logprob=result.scores[0] * max(1, len(tokens)),
        no_speech=result.no_speech_prob,
    )


def _view(rows: Sequence[_Row]) -> Any:
    import ctranslate2
    import numpy as np

    return ctranslate2.StorageView.from_array(np.concatenate([row.encoded for row in rows]))


def _never(tokenizer: Tokenizer) -> list[int]:
    """The tokens that are never said: sounds, and marks for the decoder."""
    marks = (tokenizer.transcribe, tokenizer.translate, tokenizer.sot, tokenizer.sot_prev, tokenizer.sot_lm)
    return sorted({*tokenizer.non_speech_tokens, *marks, tokenizer.no_speech})


def _seed(task: Task) -> int:
    """What sampling a window begins from: the same whenever and beside whatever it is decoded."""
    digest = hashlib.sha256(task.window.samples.tobytes())
    digest.update(str(task.begun).encode())
    return int.from_bytes(digest.digest()[:4]) >> (32 - SEED_BITS)
