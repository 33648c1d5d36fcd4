"""The decoder of the faster-whisper engine: it decodes windows as the whisper engine does, with CTranslate2.

On a CPU CTranslate2 computes each row of a batch exactly as if it were alone, so greedy decoding is done in batches.
Three things are done window by window. Encoding gains nothing from a batch and needs much memory. Aligning words
normalises the attention together with the padding of shorter texts, so neighbours would shift the times. And sampling
draws from a random generator that a worker thread keeps for its lifetime, so the tokens would depend on everything
sampled before; each sampled window gets a new worker, seeded from its samples.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from callqa.engines.faster_whisper.ct2_models import ModelLoader
from callqa.engines.whisper_common.decoding_tasks import TEMPERATURES, ChannelLanguages, DecodingTask, NextTask
from callqa.engines.whisper_common.device_errors import device_failure
from callqa.engines.whisper_common.hypotheses import LATEST_BEGINNING, Hypothesis, TextQuality, text_quality
from callqa.engines.whisper_common.segments import conclude
from callqa.engines.whisper_common.spectrograms import WINDOW_FRAMES, log_mel_spectrogram
from callqa.engines.whisper_common.timed_words import TimedWord, words_at_frames
from callqa.engines.whisper_common.tokenizers import load_tokenizer, unspoken_tokens
from callqa.errors import EngineStopped

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from whisper.tokenizer import Tokenizer

POSITIONS = 448
"""Tokens that the decoder has room for. Half of them are for the text, in CTranslate2 as in openai-whisper."""

SEED_BITS = 31
"""Bits of a random seed: a seed of 32 ones means to CTranslate2 that there is none."""


@dataclass
class _Row:
    """A window in a batch; `encoded` is the encoder's output for its next part, (1, frames, width)."""

    task: DecodingTask
    tokenizer: Tokenizer
    encoded: NDArray[np.float32]


class BatchDecoder:
    """Decodes windows with the model of a loader, up to `count` at a time.

    Raises what `ModelLoader.load` raises.
    """

    def __init__(self, loader: ModelLoader, count: int):
        self._loader = loader
        self._count = count
        self._model = loader.load()
        self._waiting: deque[DecodingTask] = deque()
        self._channel_languages = ChannelLanguages()

    @property
    def languages(self) -> int:
        """Number of languages that the model knows; 0 means English alone."""
        return int(self._model.num_languages) if self._model.is_multilingual else 0

    def run(self, next_task: NextTask) -> Generator[DecodingTask, None, None]:
        """Decode tasks until there are no more, and yield each when it is decoded, in any order.

        Raises EngineStopped if the memory runs out or the GPU fails.
        """
        self._waiting.clear()
        self._channel_languages.clear()
        while tasks := self._next_batch(next_task):
            try:
                rows = [self._encode(task) for task in tasks if task.frames_left > 0]
                for row, hypothesis in zip(rows, self._greedy(rows), strict=True):
                    self._finish(row, hypothesis)
            except (RuntimeError, MemoryError) as error:
                why = device_failure(error)
                if why is None:
                    raise
                raise EngineStopped(why) from error
            for task in tasks:
                if task.frames_left > 0:
                    self._waiting.append(task)
                else:
                    task.spectrogram = None
                    yield task

    def _next_batch(self, next_task: NextTask) -> list[DecodingTask]:
        """Return the tasks that are available, up to a full batch; none at the end."""
        tasks: list[DecodingTask] = []
        while len(tasks) < self._count:
            task = self._waiting.popleft() if self._waiting else next_task(not tasks)
            if task is None:
                break
            tasks.append(task)
        return tasks

    def _encode(self, task: DecodingTask) -> _Row:
        """Encode the next part of a window, and detect its language if need be."""
        import ctranslate2
        import numpy as np

        if task.spectrogram is None:
            task.spectrogram = self._spectrogram(task)
        part = task.part
        padded = np.pad(part, ((0, 0), (0, WINDOW_FRAMES - part.shape[1])))[None]
        encoded = self._model.encode(ctranslate2.StorageView.from_array(padded), to_cpu=True)
        language = self._channel_languages.language_of(task, lambda: self._detect_language(encoded))
        return _Row(task, load_tokenizer(language, self.languages), np.array(encoded))

    def _spectrogram(self, task: DecodingTask) -> NDArray[np.float32]:
        import torch

        with torch.inference_mode():
            mel = log_mel_spectrogram(task.window.samples, self._model.n_mels, task.frames_left, "cpu")
        spectrogram: NDArray[np.float32] = mel.numpy()
        return spectrogram

    def _detect_language(self, encoded: Any) -> str:
        """Return the language that the model finds most likely for a window."""
        ((best, *_),) = self._model.detect_language(encoded)
        return str(best[0]).strip("<|>")

    def _greedy(self, rows: Sequence[_Row]) -> list[Hypothesis]:
        """Return the likeliest text of each row."""
        return _generate(self._model, rows, 0.0) if rows else []

    def _sampled(self, row: _Row) -> Iterator[Hypothesis]:
        """Yield a text for each temperature above 0, drawn by a new worker."""
        import ctranslate2

        ctranslate2.set_random_seed(row.task.seed(str(row.task.seek), SEED_BITS))
        model = self._loader.load()
        for temperature in TEMPERATURES[1:]:
            yield from _generate(model, [row], temperature)

    def _finish(self, row: _Row, hypothesis: Hypothesis) -> None:
        """Accept the text or, if it is not good enough, the first sampled one that is, or else the last one."""
        quality = text_quality(hypothesis, row.tokenizer)
        if quality.failed:
            hypothesis, quality = self._resample(row)
        limit = row.task.most_tokens(POSITIONS // 2)
        del hypothesis.tokens[limit:], hypothesis.probabilities[limit:]
        conclude(row.task, hypothesis, quality, row.tokenizer, lambda text, _: self._time_words(row, text))

    def _resample(self, row: _Row) -> tuple[Hypothesis, TextQuality]:
        """Sample texts at rising temperatures until one is good enough; return it, or else the last one."""
        for hypothesis in self._sampled(row):
            quality = text_quality(hypothesis, row.tokenizer)
            if not quality.failed:
                break
        return hypothesis, quality

    def _time_words(self, row: _Row, text: Sequence[int]) -> list[TimedWord]:
        """Return the words of a row's text, with their times."""
        if not text:
            return []
        prompt = list(row.tokenizer.sot_sequence)
        (aligned,) = self._model.align(_batch([row]), prompt, [list(text)], max(2, row.task.part_frames))
        frames: dict[int, int] = {}
        for token, frame in aligned.alignments:
            frames.setdefault(token, frame)
        probabilities = [min(probability, 1.0) for probability in aligned.text_token_probs]
        return words_at_frames(row.tokenizer, text, probabilities, [frames[token] for token in range(len(text) + 1)])


def _generate(model: Any, rows: Sequence[_Row], temperature: float) -> list[Hypothesis]:
    """Decode all rows at once: greedily at temperature 0, by drawing each token otherwise."""
    results = model.generate(
        _batch(rows),
        [list(row.tokenizer.sot_sequence) for row in rows],
        beam_size=1,
        sampling_topk=0 if temperature else 1,
        sampling_temperature=temperature or 1.0,
        max_length=POSITIONS,
        max_initial_timestamp_index=LATEST_BEGINNING,
        suppress_tokens=sorted(unspoken_tokens(rows[0].tokenizer)),
        return_scores=True,
        return_no_speech_prob=True,
    )
    return [_hypothesis(result, temperature) for result in results]


def _hypothesis(result: Any, temperature: float) -> Hypothesis:
    """Convert a result of CTranslate2, which shows the probability of each token only when words are aligned."""
    tokens = list(result.sequences_ids[0])
    return Hypothesis(
        temperature,
        tokens=tokens,
        probabilities=[0.0] * len(tokens),
        logprob=result.scores[0] * max(1, len(tokens)),
        no_speech=result.no_speech_prob,
    )


def _batch(rows: Sequence[_Row]) -> Any:
    import ctranslate2
    import numpy as np

    return ctranslate2.StorageView.from_array(np.concatenate([row.encoded for row in rows]))
