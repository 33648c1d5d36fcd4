"""Windows of speech → what Whisper says was said in them: many at a time, none depending on another.

The decoder's rows take in windows as they come. A row is given its next window as soon as its last one is done; nothing
waits for the longest text of a batch. What is done with one window is what `whisper.transcribe` does, without text
carried over: greedy decoding; where the result fails the thresholds, again at the next temperature; and where the text
ends before the speech does, again from there. Random numbers come from a generator each attempt has for itself, seeded
from the samples of its window.
"""

from __future__ import annotations

import hashlib
import warnings
from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from callqa.engines.base import SAMPLE_RATE
from callqa.engines.openai_whisper.network import EncodedAudio, Network, Rows, whole
from callqa.engines.openai_whisper.word_timestamps import TimedWord, timed_words
from callqa.engines.whisper_common.segments import FRAMES_PER_SECOND, Quality, Stretch, quality, segments, stretches
from callqa.engines.whisper_common.token_rules import Attempt, Chosen, Rules
from callqa.engines.whisper_common.windows import Window

if TYPE_CHECKING:
    from torch import Tensor
    from whisper.tokenizer import Tokenizer

TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Greedy first, then warmer sampling where that fails: openai-whisper's own."""

WINDOW_FRAMES = 3000
"""Frames of the spectrogram the encoder takes in, 30 seconds."""

SPOKEN_TOKENS, SPARE_TOKENS = 10, 24
"""Tokens a text may have for each second of audio, and besides. People say three or four a second, hasty ones six; a
longer text is a loop. openai-whisper stops at 224, which these reach at 20 seconds."""

LEAST_STEP = 100
"""Frames by which decoding goes on at least where a text ended too early: it may end after 0.02 s again and again, and
each time costs as much as a whole window."""

PADDING = 400
"""Samples of silence behind a window, so that its last frame of the spectrogram is not its mirror image."""


@dataclass
class Task:
    """A window on its way. `owner` and `number` are the caller's; `language` None has it found out.

    `found` takes segments in the form of `whisper.transcribe`; `begun` is the frame from which decoding goes on.
    """

    owner: int
    number: int
    window: Window
    language: str | None
    found: list[dict[str, Any]] = field(default_factory=list)
    begun: int = 0
    spectrogram: Any = None

    @property
    def left(self) -> int:
        """Frames of the spectrogram that hold audio and are still to be decoded."""
        return int(len(self.window.samples) // (SAMPLE_RATE // FRAMES_PER_SECOND)) - self.begun


Take = Callable[[bool], "Task | None"]
"""Gives the next task, or None if there is none now. Asked with True, it waits for one; None then means the end."""

Decode = Callable[[Take], Generator["Task", None, None]]
"""Gives tasks back decoded, in whatever order that comes about."""


@dataclass
class _Row:
    """What a row is at work on; `place` is where the next token goes, `longest` how many the text may have."""

    task: Task
    tokenizer: Tokenizer
    longest: int
    attempt: Attempt = field(default_factory=Attempt)
    place: int = 0

    @property
    def token(self) -> int:
        """The token to put at `place`."""
        begin = self.tokenizer.sot_sequence
        return int(begin[self.place]) if self.place < len(begin) else self.attempt.tokens[-1]

    @property
    def speaking(self) -> bool:
        """Whether the token behind `place` is said by the model, and not given."""
        return self.place >= len(self.tokenizer.sot_sequence) - 1


class Decoder:
    """Decodes windows in `count` rows of a network whose model knows so many `languages`, 0 being English alone."""

    def __init__(self, network: Network, count: int, languages: int = 0):
        self._network = network
        self._languages = languages
        self._longest = network.dims.n_text_ctx // 2
        self._rules = Rules(self._tokenizer("en"), network.dims.n_vocab, network.device)
        self._rows: list[_Row | None] = []
        self._waiting: deque[Task] = deque()
        self._done: deque[Task] = deque()
        self._heard_in: dict[tuple[int, int], str] = {}
        self._cancelled = False
        self._make_room(count)

    @property
    def count(self) -> int:
        """How many windows are decoded at once."""
        return len(self._rows)

    def run(self, take: Take) -> Generator[Task, None, None]:
        """Decode what is taken, and give each task back when it is done, in whatever order that comes about.

        Where the memory of a GPU runs out, half as many rows go on. Raises torch.OutOfMemoryError where one is too
        many.
        """
        import torch

        self._cancelled = False
        self._rows = [None] * self.count
        self._waiting.clear()
        self._done.clear()
        self._heard_in.clear()
        while not self._cancelled:
            enough = True
            try:
                self._fill(take)
                if any(self._rows):
                    self._step()
                elif not self._done:
                    return
            except torch.OutOfMemoryError:
                if self.count == 1:
                    raise
                enough = False
            if not enough:
                self._halve()  # not sooner: the error holds on to all that was computed when it came
            while self._done:
                yield self._done.popleft()

    def cancel(self) -> None:
        """Stop soon; what is under way is lost. May be called from another thread."""
        self._cancelled = True

    def _make_room(self, count: int) -> None:
        """Make room for so many rows or, where the memory is too small, half of them, and so on down to one."""
        import torch

        prompt = 3 if self._languages else 1
        while True:
            try:
                self._places = Rows(self._network, count, prompt + self._longest)
                break
            except torch.OutOfMemoryError:
                if count == 1:
                    raise
            count //= 2
        self._rows = [None] * count

    def _halve(self) -> None:
        """Go on with half the rows; what was under way is begun again."""
        import torch

        self._waiting.extendleft(reversed([row.task for row in self._rows if row is not None]))
        count = self.count // 2
        del self._places
        torch.cuda.empty_cache()
        self._make_room(count)

    def _fill(self, take: Take) -> None:
        """Give every free row a task, as long as there are some."""
        for at in range(self.count):
            while self._rows[at] is None:
                if not self._waiting:
                    task = take(not any(self._rows) and not self._done)
                    if task is None:
                        return
                    self._waiting.append(task)
                if self._waiting[0].left > 0:
                    self._begin(at, self._waiting[0])
                    self._waiting.popleft()
                else:
                    self._done.append(self._waiting.popleft())

    def _begin(self, at: int, task: Task) -> None:
        """Let a row decode what is left of a task's window."""
        import torch
        from torch.nn import functional

        with torch.inference_mode():
            if task.spectrogram is None:
                task.spectrogram = self._spectrogram(task)
            part = task.spectrogram[:, task.begun : task.begun + WINDOW_FRAMES]
            crossed = self._network.encode(functional.pad(part, (0, WINDOW_FRAMES - part.shape[1])))
            if task.language is None:
                whose = (task.owner, task.window.channel)
                task.language = self._heard_in.get(whose) or self._language(crossed)
                self._heard_in[whose] = task.language
            self._places.put(at, crossed)
        longest = min(self._longest, round(task.left / FRAMES_PER_SECOND * SPOKEN_TOKENS) + SPARE_TOKENS)
        self._rows[at] = _Row(task, self._tokenizer(task.language), longest)

    def _spectrogram(self, task: Task) -> Tensor:
        import whisper

        mel: Tensor = whisper.log_mel_spectrogram(
            task.window.samples, self._network.dims.n_mels, padding=PADDING, device=self._network.device
        )
        return mel[:, : task.left]

    def _language(self, crossed: EncodedAudio) -> str:
        """The language this window is spoken in, as the model takes it."""
        tokenizer = self._tokenizer("en")
        logits = self._network.logits(whole(self._network, [tokenizer.sot], crossed))[0, 0]
        best = int(logits[list(tokenizer.all_language_tokens)].argmax())
        return str(tokenizer.all_language_codes[best])

    def _tokenizer(self, language: str) -> Tokenizer:
        from whisper.tokenizer import get_tokenizer

        with warnings.catch_warnings(action="ignore"):  # openai-whisper leaves its vocabulary file open
            tokenizer: Tokenizer = get_tokenizer(
                bool(self._languages), num_languages=self._languages or 99, language=language, task="transcribe"
            )
        return tokenizer

    def _step(self) -> None:
        """One more token in every row."""
        rows = self._rows
        logits = self._places.step([row.token if row else 0 for row in rows], [row.place if row else 0 for row in rows])
        for at, row in enumerate(rows):
            if row is not None and row.place == 0:
                row.attempt.no_speech = float(logits[at].softmax(-1)[self._rules.no_speech])
        speaking = [row.attempt if row is not None and row.speaking else None for row in rows]
        chosen = self._rules.choose(logits, speaking)
        for at, row in enumerate(rows):
            if row is not None:
                row.place += 1
                if speaking[at] is not None and self._ends(row, chosen[at]):
                    self._conclude(at, row)

    def _ends(self, row: _Row, chosen: Chosen) -> bool:
        """Add the token to the text. Returns whether the text is over."""
        attempt = row.attempt
        attempt.logprob += chosen.logprob
        if chosen.token == self._rules.eot:
            return True
        attempt.tokens.append(chosen.token)
        attempt.chances.append(chosen.chance)
        return len(attempt.tokens) >= row.longest

    def _conclude(self, at: int, row: _Row) -> None:
        """The text of a row is over: try again warmer, or take it and free the row."""
        task, attempt = row.task, row.attempt
        good = quality(attempt, row.tokenizer)
        warmer = [temperature for temperature in TEMPERATURES if temperature > attempt.temperature]
        if good.failed and warmer:
            row.attempt = Attempt(warmer[0], _generator(task, warmer[0]))
            row.place = 0
            return
        step = task.left
        if not good.nobody_speaks:
            found, step = stretches(attempt.tokens, self._rules.first_time, min(task.left, WINDOW_FRAMES))
            task.found += self._segments(row, self._places.crossed.row(at), found, good)
        task.begun += max(step, LEAST_STEP)
        self._rows[at] = None
        if task.left > 0:
            self._waiting.appendleft(task)
        else:
            task.spectrogram = None
            self._done.append(task)

    def _segments(
        self, row: _Row, crossed: EncodedAudio, found: Sequence[Stretch], good: Quality
    ) -> list[dict[str, Any]]:
        """What a row's text says, with the times of its words."""
        task, tokenizer = row.task, row.tokenizer
        frames = min(task.left, WINDOW_FRAMES)

        def timed(text: Sequence[int], chances: Sequence[float]) -> list[TimedWord]:
            return timed_words(self._network, tokenizer, text, chances, crossed, frames)

        return segments(found, row.attempt, task.begun, tokenizer, good, timed)


def _generator(task: Task, temperature: float) -> Any:
    """The random numbers of one attempt: the same whenever and beside whatever this part of the window is decoded."""
    import torch

    seed = hashlib.sha256(task.window.samples.tobytes())
    seed.update(f"{task.begun} {temperature}".encode())
    return torch.Generator().manual_seed(int.from_bytes(seed.digest()[:7]))
