"""The decoder of the whisper engine: it decodes many windows at a time, none of which depends on another.

Each row of the decoder works on a window and takes the next one as soon as it has finished; no row waits for the
longest text of a batch. A window is decoded as `whisper.transcribe` does it, without text carried over: greedily; if
the result fails the thresholds, again at the next temperature; and if the text ends before the speech does, again from
there. Each attempt has a random generator of its own, seeded from the samples of the window.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from callqa.engines.openai_whisper.decoder_rows import DecoderRows, decode_text
from callqa.engines.openai_whisper.network import EncodedAudio, Network
from callqa.engines.openai_whisper.token_rules import NextToken, TokenRules
from callqa.engines.openai_whisper.word_timestamps import timed_words
from callqa.engines.whisper_common.decoding_tasks import TEMPERATURES, ChannelLanguages, DecodingTask, NextTask
from callqa.engines.whisper_common.hypotheses import Hypothesis, text_quality
from callqa.engines.whisper_common.segments import conclude
from callqa.engines.whisper_common.spectrograms import WINDOW_FRAMES, log_mel_spectrogram
from callqa.engines.whisper_common.timed_words import TimedWord
from callqa.engines.whisper_common.tokenizers import load_tokenizer

if TYPE_CHECKING:
    from whisper.tokenizer import Tokenizer


@dataclass
class _Job:
    """The text that a row is decoding: the next token goes to `position`, and it may have `most_tokens` tokens."""

    task: DecodingTask
    tokenizer: Tokenizer
    most_tokens: int
    hypothesis: Hypothesis = field(default_factory=Hypothesis)
    position: int = 0

    @property
    def next_input(self) -> int:
        """The token to enter at `position`: from the prompt, then the last one chosen."""
        prompt = self.tokenizer.sot_sequence
        return int(prompt[self.position]) if self.position < len(prompt) else self.hypothesis.tokens[-1]

    @property
    def past_prompt(self) -> bool:
        """True if the token after `position` is chosen by the model, and not part of the prompt."""
        return self.position >= len(self.tokenizer.sot_sequence) - 1


class Decoder:
    """Decodes windows in `count` rows, with a network that knows `languages` languages; 0 means English alone."""

    def __init__(self, network: Network, count: int, languages: int = 0):
        self._network = network
        self._languages = languages
        self._most_tokens = network.dims.n_text_ctx // 2
        self._rules = TokenRules(self._tokenizer("en"), network.dims.n_vocab, network.device)
        self._jobs: list[_Job | None] = []
        self._waiting: deque[DecodingTask] = deque()
        self._finished: deque[DecodingTask] = deque()
        self._channel_languages = ChannelLanguages()
        self._cancelled = False
        self._allocate(count)

    @property
    def count(self) -> int:
        """Number of windows that are decoded at once."""
        return len(self._jobs)

    def run(self, next_task: NextTask) -> Generator[DecodingTask, None, None]:
        """Decode tasks until there are no more, and yield each when it is decoded, in any order.

        If the memory of a GPU runs out, decoding continues in half as many rows. Raises torch.OutOfMemoryError if one
        row is too many.
        """
        import torch

        self._cancelled = False
        self._jobs = [None] * self.count
        self._waiting.clear()
        self._finished.clear()
        self._channel_languages.clear()
        while not self._cancelled:
            enough = True
            try:
                self._fill(next_task)
                if any(self._jobs):
                    self._step()
                elif not self._finished:
                    return
            except torch.OutOfMemoryError:
                if self.count == 1:
                    raise
                enough = False
            if not enough:
                self._halve()  # not in the handler: there the error keeps all that was computed
            while self._finished:
                yield self._finished.popleft()

    def cancel(self) -> None:
        """Stop soon and drop the unfinished tasks. May be called from another thread."""
        self._cancelled = True

    def _allocate(self, count: int) -> None:
        """Allocate `count` rows or, if the memory is too small, half as many, and so on down to one."""
        import torch

        prompt = 3 if self._languages else 1
        while True:
            try:
                self._rows = DecoderRows(self._network, count, prompt + self._most_tokens)
                break
            except torch.OutOfMemoryError:
                if count == 1:
                    raise
            count //= 2
        self._jobs = [None] * count

    def _halve(self) -> None:
        """Continue with half of the rows; the texts in progress are started again."""
        import torch

        self._waiting.extendleft(reversed([job.task for job in self._jobs if job is not None]))
        count = self.count // 2
        del self._rows
        torch.cuda.empty_cache()
        self._allocate(count)

    def _fill(self, next_task: NextTask) -> None:
        """Give every free row a task, as long as there are any."""
        for row in range(self.count):
            while self._jobs[row] is None:
                if not self._waiting:
                    task = next_task(not any(self._jobs) and not self._finished)
                    if task is None:
                        return
                    self._waiting.append(task)
                if self._waiting[0].frames_left > 0:
                    self._start(row, self._waiting[0])
                    self._waiting.popleft()
                else:
                    self._finished.append(self._waiting.popleft())

    def _start(self, row: int, task: DecodingTask) -> None:
        """Start decoding the next part of a task's window in a row."""
        import torch
        from torch.nn import functional

        network = self._network
        with torch.inference_mode():
            if task.spectrogram is None:
                task.spectrogram = log_mel_spectrogram(
                    task.window.samples, network.dims.n_mels, task.frames_left, network.device
                )
            part = task.part
            audio = network.encode(functional.pad(part, (0, WINDOW_FRAMES - part.shape[1])))
            language = self._channel_languages.language_of(task, lambda: self._detect_language(audio))
            self._rows.set_audio(row, audio)
        self._jobs[row] = _Job(task, self._tokenizer(language), task.most_tokens(self._most_tokens))

    def _detect_language(self, audio: EncodedAudio) -> str:
        """Return the language that the model finds most likely for a window."""
        tokenizer = self._tokenizer("en")
        logits = self._network.logits(decode_text(self._network, [tokenizer.sot], audio))[0, 0]
        best = int(logits[list(tokenizer.all_language_tokens)].argmax())
        return str(tokenizer.all_language_codes[best])

    def _tokenizer(self, language: str) -> Tokenizer:
        return load_tokenizer(language, self._languages)

    def _step(self) -> None:
        """Decode one more token in every row."""
        jobs = self._jobs
        logits = self._rows.step(
            [job.next_input if job else 0 for job in jobs], [job.position if job else 0 for job in jobs]
        )
        for row, job in enumerate(jobs):
            if job is not None and job.position == 0:
                job.hypothesis.no_speech = float(logits[row].softmax(-1)[self._rules.no_speech])
        growing = [job.hypothesis if job is not None and job.past_prompt else None for job in jobs]
        chosen = self._rules.choose(logits, growing)
        for row, job in enumerate(jobs):
            if job is not None:
                job.position += 1
                if growing[row] is not None and self._append(job, chosen[row]):
                    self._finish(row, job)

    def _append(self, job: _Job, chosen: NextToken) -> bool:
        """Append a token to the text. Return True if the text is finished."""
        hypothesis = job.hypothesis
        hypothesis.logprob += chosen.logprob
        if chosen.token == self._rules.eot:
            return True
        hypothesis.tokens.append(chosen.token)
        hypothesis.probabilities.append(chosen.probability)
        return len(hypothesis.tokens) >= job.most_tokens

    def _finish(self, row: int, job: _Job) -> None:
        """Retry a finished text at the next temperature if it is not good enough; otherwise accept it, free the row."""
        task, hypothesis = job.task, job.hypothesis
        quality = text_quality(hypothesis, job.tokenizer)
        warmer = [temperature for temperature in TEMPERATURES if temperature > hypothesis.temperature]
        if quality.failed and warmer:
            job.hypothesis = Hypothesis(warmer[0], _generator(task, warmer[0]))
            job.position = 0
            return
        frames = task.part_frames

        def time_words(text: Sequence[int], probabilities: Sequence[float]) -> list[TimedWord]:
            audio = self._rows.audio.row(row)
            return timed_words(self._network, job.tokenizer, text, probabilities, audio, frames)

        conclude(task, hypothesis, quality, job.tokenizer, time_words)
        self._jobs[row] = None
        if task.frames_left > 0:
            self._waiting.appendleft(task)
        else:
            task.spectrogram = None
            self._finished.append(task)


def _generator(task: DecodingTask, temperature: float) -> Any:
    """Return the random generator of an attempt; its seed depends only on the window, the part and the temperature."""
    import torch

    return torch.Generator().manual_seed(task.seed(f"{task.seek} {temperature}", 56))
