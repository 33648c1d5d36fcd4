"""Voice activity detection: the speech in one channel, found by Silero VAD while the audio is streamed.

The model (https://github.com/snakers4/silero-vad, version 6, MIT) estimates a probability of speech for every 32 ms.
Its parts are called here for two seconds at a time instead of frame by frame, which yields the same probabilities in a
tenth of the time.

There are two results. `regions` are what a recogniser should transcribe: padded, and never longer than it can process.
`exact_spans` are when there was speech, as exactly as possible: Silero's spans with the boundaries of `boundaries`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from callqa.core.timeline import Span
from callqa.speech import boundaries

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 16_000
"""Hz of the samples to feed."""

FRAME = 512
CONTEXT = 64
"""Samples the model classifies at once, and the samples before them that it needs: fixed by the model at 16 kHz."""

BATCH = 64
"""Frames classified at once, about two seconds; half as many take two thirds of the time. The number is always the
same, so that the spans do not depend on how the audio is fed."""

QUIET = 1e-4
"""Amplitude (-80 dBFS) below which a whole batch counts as silence without being classified: less than one step of
14 bits."""

ONSET = 0.5
OFFSET = 0.35
"""Speech begins at a probability of ONSET and continues while it stays above OFFSET: Silero's own defaults."""

MIN_SPEECH = 0.2
"""Seconds. Shorter bursts are clicks; a "yes" on the telephone lasts longer. Silero's default of 0.25 loses some."""

MIN_SILENCE = 0.3
"""Seconds of silence that separate two regions: longer than the stop before a consonant, shorter than a pause to
think."""

PAD = 0.2
"""Seconds added on both sides: the ends of words are soft, and without them recognisers miss whole words."""

MAX_REGION = 28.0
"""Seconds. Longer regions are cut where speech is least likely: Whisper transcribes 30 seconds at a time."""

MIN_REST = 1.0
"""Least seconds after a cut: a recogniser needs that much context."""

MARGIN = 0.25
"""Seconds by which sound may begin before the first frame of speech or end after the last."""

HINT = 0.25
HINT_BEFORE = 0.5
"""After music Silero detects speech late: a frame of at least this probability, at most HINT_BEFORE seconds before the
speech, shows that it may have begun there. Breath and noise stay below."""

FINGERPRINT = (
    f"silero 6:{BATCH}:{QUIET}:{ONSET}:{OFFSET}:{MIN_SPEECH}:{MIN_SILENCE}:{PAD}:{MAX_REGION}:{MIN_REST}"
    f":{MARGIN}:{HINT}:{HINT_BEFORE}:{boundaries.FINGERPRINT}"
)
"""Every constant the regions and spans depend on: if the fingerprint changes, transcripts may change."""


class SpeechFinder:
    """A detector of the speech in one channel. Several can be fed in turn, because each keeps its own state."""

    def __init__(self) -> None:
        self._waiting: list[NDArray[np.float32]] = []
        self._waiting_samples = 0
        self._total = 0
        self._context: NDArray[np.float32] | None = None
        self._state: Any = None
        self._probabilities: list[NDArray[np.float32]] = []
        self._levels = boundaries.BandMeter()

    def feed(self, samples: NDArray[np.float32]) -> None:
        """Take in the next samples: float32, one-dimensional, at RATE, in any number."""
        import numpy as np

        self._total += len(samples)
        self._waiting.append(samples)
        self._waiting_samples += len(samples)
        if self._waiting_samples < BATCH * FRAME:
            return
        waiting = np.concatenate(self._waiting)
        whole = len(waiting) // (BATCH * FRAME) * (BATCH * FRAME)
        for at in range(0, whole, BATCH * FRAME):
            self._classify(waiting[at : at + BATCH * FRAME])
        self._waiting = [waiting[whole:].copy()]
        self._waiting_samples = len(waiting) - whole

    def regions(self) -> list[Span]:
        """Return the regions of the samples so far that should be transcribed, sorted and not overlapping.

        No samples may be fed afterwards.
        """
        probabilities, duration = self._all_probabilities().tolist(), self._total / RATE
        rough, exact = spans_of_speech(probabilities, duration), self.exact_spans()
        whole = [
            Span(min(left.start, right.start), max(left.end, right.end))
            for left, right in zip(rough, exact, strict=True)
        ]
        return pad_and_cut(whole, probabilities, duration)

    def exact_spans(self) -> list[Span]:
        """Return the spans of speech, sorted and not overlapping, with exact boundaries where the sound allows it.

        Each is within one of the `regions`. No samples may be fed afterwards.
        """
        probabilities, duration = self._all_probabilities().tolist(), self._total / RATE
        rough = spans_of_speech(probabilities, duration)
        return boundaries.refine(rough, search_ranges(rough, probabilities, duration), self._levels.levels())

    def likelihood(self, span: Span) -> float:
        """Return the highest probability of speech within a span, averaged over MIN_SPEECH seconds; 0 outside."""
        import numpy as np

        first, last = math.floor(span.start / _FRAME_SECONDS), math.ceil(span.end / _FRAME_SECONDS)
        frames = self._all_probabilities()[max(0, first) : last]
        if not len(frames):
            return 0.0
        width = min(len(frames), round(MIN_SPEECH / _FRAME_SECONDS))
        return float(np.convolve(frames, np.ones(width) / width, "valid").max())

    def _all_probabilities(self) -> NDArray[np.float32]:
        """Return the probability of speech in each frame so far."""
        import numpy as np

        if self._waiting_samples:
            rest = np.concatenate(self._waiting)
            self._classify(np.pad(rest, (0, BATCH * FRAME - len(rest))))
            self._waiting, self._waiting_samples = [], 0
        self._state = None  # nothing follows
        if len(self._probabilities) != 1:
            self._probabilities = [np.concatenate([np.zeros(0, np.float32), *self._probabilities])]
        return self._probabilities[0][: math.ceil(self._total / FRAME)]

    def _classify(self, batch: NDArray[np.float32]) -> None:
        import numpy as np

        self._levels.feed(batch)
        if np.abs(batch).max() < QUIET:
            self._probabilities.append(np.zeros(BATCH, np.float32))
            self._state = None  # after two seconds of silence, earlier speech says nothing about the next
        else:
            before = np.zeros(CONTEXT, np.float32) if self._context is None else self._context
            probabilities, self._state = _model().classify(np.concatenate([before, batch]), self._state)
            self._probabilities.append(probabilities)
        self._context = batch[-CONTEXT:].copy()


def spans_of_speech(probabilities: Sequence[float], duration: float) -> list[Span]:
    """Convert the probabilities of speech in successive frames to spans of speech within [0, duration]."""
    return [
        Span(first * _FRAME_SECONDS, min(last * _FRAME_SECONDS, duration))
        for first, last in _runs(probabilities)
        if (last - first) * _FRAME_SECONDS >= MIN_SPEECH
    ]


def search_ranges(spans: Sequence[Span], probabilities: Sequence[float], duration: float) -> list[Span]:
    """Return for each span of speech the range in which its sound may begin and end: sorted, not overlapping."""
    found: list[Span] = []
    for number, span in enumerate(spans):
        first = round(span.start / _FRAME_SECONDS)
        earliest = max(0, first - round(HINT_BEFORE / _FRAME_SECONDS))
        hints = (index for index in range(earliest, first) if probabilities[index] >= HINT)
        start = min(span.start, next(hints, first) * _FRAME_SECONDS) - MARGIN
        upper = spans[number + 1].start if number + 1 < len(spans) else duration
        end = min(span.end + MARGIN, (span.end + upper) / 2 if number + 1 < len(spans) else duration)
        found.append(Span(max(found[-1].end if found else 0.0, start), end))
    return found


def pad_and_cut(spans: Sequence[Span], probabilities: Sequence[float], duration: float) -> list[Span]:
    """Pad spans of speech for a recogniser, within [0, duration], and cut those longer than MAX_REGION.

    Two spans closer than twice PAD share the pause between them.
    """
    if not spans:
        return []
    edges = [max(0.0, spans[0].start - PAD)]
    for left, right in pairwise(spans):
        middle = (left.end + right.start) / 2
        edges += [min(left.end + PAD, middle), max(right.start - PAD, middle)]
    edges.append(min(duration, spans[-1].end + PAD))
    padded = [Span(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True)]
    return [piece for span in padded for piece in _cut(span, probabilities)]


_FRAME_SECONDS = FRAME / RATE


def _runs(probabilities: Sequence[float]) -> list[tuple[int, int]]:
    """Return the first and one-past-last frame of each span of speech, before padding."""
    runs: list[tuple[int, int]] = []
    start: int | None = None
    last_speech = 0
    for index, probability in enumerate(probabilities):
        if start is None:
            if probability >= ONSET:
                start = last_speech = index
        elif probability >= OFFSET:
            last_speech = index
        elif (index - last_speech) * _FRAME_SECONDS >= MIN_SILENCE:
            runs.append((start, last_speech + 1))
            start = None
    if start is not None:
        runs.append((start, last_speech + 1))
    return runs


def _cut(span: Span, probabilities: Sequence[float]) -> list[Span]:
    """Cut a span into pieces no longer than MAX_REGION, in the middle of the frames least likely to be speech."""
    pieces: list[Span] = []
    while span.duration > MAX_REGION:
        first = math.ceil((span.start + MAX_REGION / 2) / _FRAME_SECONDS)
        last = math.floor(min(span.start + MAX_REGION, span.end - MIN_REST) / _FRAME_SECONDS) - 1
        quietest = min(range(first, last + 1), key=lambda index: (probabilities[index], index))
        at = (quietest + 0.5) * _FRAME_SECONDS
        pieces.append(Span(span.start, at))
        span = Span(at, span.end)
    return [*pieces, span]


@dataclass(frozen=True)
class _Model:
    """Silero's network at 16 kHz: the encoder of single frames, the recurrent layer, and the output layer."""

    encoder: Any
    recurrent: Any
    output: Any

    def classify(self, samples: NDArray[np.float32], state: Any) -> tuple[NDArray[np.float32], Any]:
        """Return the probability of speech in each of BATCH frames, and the state for the next batch.

        `samples` begin with the last CONTEXT samples of the previous batch; `state` is None for the first.
        """
        import torch

        with _one_thread(), torch.inference_mode():
            windows = torch.from_numpy(samples).unfold(0, CONTEXT + FRAME, FRAME).contiguous()
            hidden, state = self.recurrent(self.encoder(windows).permute(0, 2, 1), state)
            probabilities = self.output(hidden.permute(0, 2, 1))
        return probabilities.flatten().numpy(), state


@contextmanager
def _one_thread() -> Iterator[None]:
    """Run torch on one thread and restore the number afterwards: such a small model gains nothing from a second one."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@functools.cache
def _model() -> _Model:
    """Load the model, once in a process."""
    import torch

    with _one_thread():
        import silero_vad  # changes the number of threads of the whole process
    network = silero_vad.load_silero_vad()._model.eval()
    weights = network.decoder.rnn.state_dict()
    recurrent = torch.nn.LSTM(input_size=128, hidden_size=128, device="meta")  # draws no random numbers
    recurrent.load_state_dict({f"{name}_l0": weight for name, weight in weights.items()}, assign=True)
    recurrent.eval()
    return _Model(lambda windows: network.encoder(network.stft(windows)), recurrent, network.decoder.decoder)
