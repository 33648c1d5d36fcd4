"""How many voices there are and what each sounds like, worked out from the call alone: nothing is trained beforehand.

Two first guesses (`clustering`) are each refined by turns: a model of every voice is made from the speech it is said to
have, and the speech is given to the voices anew (the bottom-up way of Anguera et al., "Speaker diarization: a review of
recent research", 2012). Voices are believed in only where both guesses end in one answer and the voices lie well apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise, permutations
from typing import TYPE_CHECKING

from callqa.speech.diarization.clustering import by_gaussians, by_supervectors
from callqa.speech.diarization.features import FRAME_SECONDS, Frames, joined
from callqa.speech.diarization.gmm import Mixture, fit
from callqa.speech.diarization.turns import BLOCK, likeliest
from callqa.speech.diarization.voice_models import INDEPENDENCE, Voice, Voices, likelihoods_of, modelled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PIECE_SECONDS = 1.6
"""Length of the pieces that are grouped: long enough for many sounds of a language, short enough for one speaker."""

PIECE_FRAMES = 20
"""Frames of speech a piece must have to be grouped."""

LEAST_PIECES = 8
"""Fewer pieces than these, about twelve seconds of speech, tell nothing."""

TRAINED_SECONDS = 600.0
"""Seconds of speech the voices are learned from, taken evenly from the whole call: more does not make them clearer."""

RUN = 12
"""Regions in a row that are learned from, where not all are."""

MOST_VOICES = 3
"""Two parties and one more: a colleague, or a recorded announcement."""

ROUNDS = 6
"""Most rounds of refinement."""

LEAST_SECONDS = 4.0
"""Seconds of speech a voice must have."""

AGREEMENT = {2: 0.88, 3: 0.97}
"""Share of the speech on which the two answers must agree, by the number of voices. Where a third voice speaks, they do
on nearly all; where two are cut in three, on up to 95 %."""

GAP, SEPARATION = 1.2, 3.0
"""Least distance between two voices. The gap is the difference between their pieces' mean log likelihood ratios per
frame; the separation is the gap in standard deviations within a voice. Models that have not heard the piece judge it.
One voice cut in two either stays below or gives answers that do not agree."""

FAR_GAP, FAR_SEPARATION = 5.0, 2.8
"""With a gap as wide as this, less separation will do: the ratios of very different voices vary with what is said."""

CLEAR_GAP, CLEAR_SEPARATION = 1.8, 3.6
"""From here on, or as far apart as FAR_GAP, two voices are not one."""

PLAIN = {2: (2.0, 3.6), 3: (4.0, 4.0)}
"""Gap and separation of two voices or three from which on they are believed in even where the other answer is another
one. Of 58 calls of one voice, most of them of people, none cut in two comes so far."""


@dataclass(frozen=True)
class _Answer:
    """Who speaks in each frame, by one guess and its refinement."""

    labels: NDArray[np.intp]
    voices: tuple[Voice, ...]
    likelihoods: NDArray[np.float64]

    def likelihood(self, speech: NDArray[np.bool_]) -> float:
        """Mean log likelihood of the speech, given who speaks."""
        own = self.likelihoods[range(len(self.labels)), self.labels]
        return float(own[speech].mean())


def learn(regions: Sequence[Frames]) -> Voices | None:
    """The voices of the call whose speech regions are given; None where they cannot be told apart, or there is one."""
    import numpy as np

    call = _Call.of([region for region in _evenly(regions) if len(region)])
    if call is None:
        return None
    everybody = fit(call.rows[call.frames.speech][::2])
    pieces = [call.rows[first:last][call.frames.speech[first:last]] for first, last in call.pieces]
    pitches = np.array([_median(call.frames.pitch[first:last]) for first, last in call.pieces])
    for groups in range(MOST_VOICES, 1, -1):
        guesses = (by_gaussians(pieces, groups), by_supervectors(pieces, pitches, everybody, groups))
        answers = [answer for guess in guesses if (answer := _refined(call, guess, everybody, groups))]
        best = max(answers, key=lambda answer: answer.likelihood(call.frames.speech), default=None)
        if best is None:
            continue
        unheard = _unheard(call, best, everybody)
        distances = [_distance(call, best.labels, unheard, pair) for pair in combinations(range(groups), 2)]
        alike = len(answers) == len(guesses) and _agreement(call, *answers) >= AGREEMENT[groups]
        plain = all(distance.at_least(*PLAIN[groups]) for distance in distances)
        if (alike or plain) and all(distance.two for distance in distances):
            return Voices(best.voices, call.scale, all(distance.clear for distance in distances))
    return None


@dataclass(frozen=True)
class _Distance:
    """How far two voices lie apart: see GAP and SEPARATION."""

    gap: float
    separation: float

    def at_least(self, gap: float, separation: float) -> bool:
        return self.gap >= gap and self.separation >= separation

    @property
    def two(self) -> bool:
        return self.at_least(GAP, SEPARATION) or self.at_least(FAR_GAP, FAR_SEPARATION)

    @property
    def clear(self) -> bool:
        return self.at_least(CLEAR_GAP, CLEAR_SEPARATION) or self.at_least(FAR_GAP, FAR_SEPARATION)


@dataclass(frozen=True)
class _Call:
    """The speech that is learned from: frames of all regions in one, and what is made of them once."""

    frames: Frames
    rows: NDArray[np.float64]
    scale: NDArray[np.float64]
    lengths: tuple[int, ...]
    pieces: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, regions: Sequence[Frames]) -> _Call | None:
        """None where there is too little speech."""
        pieces = _pieces(regions)
        if len(pieces) < LEAST_PIECES:
            return None
        frames = joined(list(regions))
        cepstra = frames.cepstra.astype(float)
        scale = cepstra[frames.speech].std(axis=0) + 1e-3
        return cls(frames, cepstra / scale, scale, tuple(map(len, regions)), tuple(pieces))


def _evenly(regions: Sequence[Frames]) -> Sequence[Frames]:
    """The regions, or where there is more speech in them than TRAINED_SECONDS, every so many runs of them.

    Runs and not single regions: where parties take turns, every second region is by the same one.
    """
    every = max(1, round(sum(map(len, regions)) * FRAME_SECONDS / TRAINED_SECONDS))
    return [region for index, region in enumerate(regions) if index // RUN % every == 0]


def _pieces(regions: Sequence[Frames]) -> list[tuple[int, int]]:
    """First and one-past-last frame of pieces of about PIECE_SECONDS, none across two regions, with enough speech."""
    pieces, at = [], 0
    for region in regions:
        count = max(1, round(len(region) * FRAME_SECONDS / PIECE_SECONDS))
        borders = [len(region) * number // count for number in range(count + 1)]
        for first, last in pairwise(borders):
            if region.speech[first:last].sum() >= PIECE_FRAMES:
                pieces.append((at + first, at + last))
        at += len(region)
    return pieces


def _median(pitches: NDArray[np.float32]) -> float:
    import numpy as np

    known = pitches[np.isfinite(pitches)]
    return float(np.median(known)) if len(known) >= PIECE_FRAMES / 2 else float("nan")


def _refined(call: _Call, guess: NDArray[np.intp], everybody: Mixture, groups: int) -> _Answer | None:
    """The answer a guess at the pieces leads to; None where a voice loses its speech."""
    import numpy as np

    labels = np.full(len(call.frames), -1)
    for (first, last), group in zip(call.pieces, guess, strict=True):
        labels[first:last] = group
    for _ in range(ROUNDS):
        voices = modelled(call.frames, call.rows, labels, everybody, groups, LEAST_SECONDS)
        if voices is None:
            return None
        likelihoods = likelihoods_of(voices, call.rows, call.frames.pitch)
        answer = _Answer(_given_anew(call, likelihoods), voices, likelihoods)
        if (answer.labels == labels).all():
            break
        labels = answer.labels
    return answer


def _unheard(call: _Call, answer: _Answer, everybody: Mixture) -> NDArray[np.float64]:
    """The likelihoods of each half of the call under voices modelled from the other half.

    Models that have heard a sentence know it too well: one voice cut in two looks like two to them.
    """
    import numpy as np

    likelihoods = np.zeros_like(answer.likelihoods)
    half_of_call = _half(call, answer.labels)
    for half in (half_of_call, ~half_of_call):
        labels = np.where(half, answer.labels, -1)
        voices = modelled(call.frames, call.rows, labels, everybody, len(answer.voices), LEAST_SECONDS / 4)
        if voices is not None:
            likelihoods[~half] = likelihoods_of(voices, call.rows[~half], call.frames.pitch[~half])
    return likelihoods


def _half(call: _Call, labels: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which frames belong to one half of the call: every other region of each voice, for parties take turns."""
    import numpy as np

    half, seen, at = np.zeros(len(labels), bool), Counter[int](), 0
    for length in call.lengths:
        voice = int(np.bincount(labels[at : at + length]).argmax())
        half[at : at + length] = seen[voice] % 2
        seen[voice] += 1
        at += length
    return half


def _given_anew(call: _Call, likelihoods: NDArray[np.float64]) -> NDArray[np.intp]:
    """The likeliest voice of each frame, block by block and region by region."""
    import numpy as np

    labels, at = [], 0
    weighed = np.where(call.frames.speech[:, np.newaxis], likelihoods * INDEPENDENCE, 0.0)
    for length in call.lengths:
        blocks = np.add.reduceat(weighed[at : at + length], np.arange(0, length, BLOCK), axis=0)
        labels.append(np.repeat(np.array(likeliest(blocks.tolist())), BLOCK)[:length])
        at += length
    return np.concatenate(labels)


def _agreement(call: _Call, one: _Answer, other: _Answer) -> float:
    """The share of the speech on which two answers agree, whatever they call the voices."""
    import numpy as np

    left, right = one.labels[call.frames.speech], other.labels[call.frames.speech]
    orders = permutations(range(len(one.voices)))
    return max(float((np.array(order)[right] == left).mean()) for order in orders)


def _distance(
    call: _Call, labels: NDArray[np.intp], likelihoods: NDArray[np.float64], pair: tuple[int, int]
) -> _Distance:
    """How far two of the voices lie apart: whether the ratios of their pieces form two heaps or one."""
    import numpy as np

    ratios: dict[int, list[float]] = {voice: [] for voice in pair}
    ratio = likelihoods[:, pair[0]] - likelihoods[:, pair[1]]
    for first, last in call.pieces:
        voice = int(np.bincount(labels[first:last]).argmax())
        if voice in ratios:
            ratios[voice].append(float(ratio[first:last][call.frames.speech[first:last]].mean()))
    left, right = (np.array(ratios[voice]) for voice in pair)
    if min(len(left), len(right)) < 2:
        return _Distance(0.0, 0.0)
    gap = float(left.mean() - right.mean())
    return _Distance(gap, gap / float(np.sqrt((left.var() + right.var()) / 2) + 1e-6))
