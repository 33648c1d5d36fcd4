"""The number of voices in a call and a model of each, learned from the call alone: nothing is trained beforehand.

Two first guesses (`clustering`) are each refined in alternation: every voice is modelled from the speech assigned to
it, and the speech is assigned to the voices again (the bottom-up approach in Anguera et al., "Speaker diarization: a
review of recent research", 2012). Voices are accepted only if both guesses lead to the same result and the voices
differ clearly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise, permutations
from typing import TYPE_CHECKING

from callqa.speech.diarization.clustering import cluster_by_gaussians, cluster_by_supervectors
from callqa.speech.diarization.features import FRAME_SECONDS, Frames, concatenate
from callqa.speech.diarization.gmm import Mixture, fit
from callqa.speech.diarization.turns import BLOCK, most_likely_voices
from callqa.speech.diarization.voice_models import INDEPENDENCE, Voice, Voices, log_likelihoods, model_voices

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PIECE_SECONDS = 1.6
"""Length of the pieces that are clustered: long enough for many sounds of a language, short enough for one speaker."""

PIECE_FRAMES = 20
"""Least number of frames of speech in a piece that is clustered."""

LEAST_PIECES = 8
"""Least number of pieces, about twelve seconds of speech: fewer are not enough to distinguish voices."""

TRAINED_SECONDS = 600.0
"""Seconds of speech the voices are learned from, taken evenly from the whole call: more do not improve the models."""

RUN = 12
"""Successive regions that are used or skipped together, if not all are used."""

MOST_VOICES = 3
"""Two parties and one more: a colleague, or a recorded announcement."""

ROUNDS = 6
"""Most rounds of refinement."""

LEAST_SECONDS = 4.0
"""Least speech of a voice in seconds."""

AGREEMENT = {2: 0.88, 3: 0.97}
"""Share of the speech on which the two results must agree, by the number of voices. If there is a third voice, they
agree on nearly all of it; if two voices were split into three, on up to 95 %."""

GAP, SEPARATION = 1.2, 3.0
"""Least distance between two voices. The gap is the difference between their pieces' mean log likelihood ratios per
frame; the separation is the gap in standard deviations within a voice. Each piece is judged by models that were not
trained on it. A single voice that was split either stays below these limits or yields results that do not agree."""

FAR_GAP, FAR_SEPARATION = 5.0, 2.8
"""With a gap this wide, less separation is enough: the ratios of very different voices vary with what is said."""

CLEAR_GAP, CLEAR_SEPARATION = 1.8, 3.6
"""Distance at which two voices certainly are not a single one; the distance of FAR_GAP is enough too."""

SOLE_DISTANCE = {2: (2.0, 3.6), 3: (4.0, 4.0)}
"""Gap and separation, by the number of voices, at which voices are accepted although the two results do not agree. Of
58 calls of one voice, most of them of people, none that was split reaches them."""


@dataclass(frozen=True)
class _Assignment:
    """The voice of each frame, as one first guess was refined, with the models and likelihoods of the voices."""

    labels: NDArray[np.intp]
    voices: tuple[Voice, ...]
    likelihoods: NDArray[np.float64]

    def likelihood(self, speech: NDArray[np.bool_]) -> float:
        """Return the mean log likelihood of the speech under the assigned voices."""
        own = self.likelihoods[range(len(self.labels)), self.labels]
        return float(own[speech].mean())


def learn_voices(regions: Sequence[Frames]) -> Voices | None:
    """Learn the voices of a call from its speech regions; None if there is only one or they cannot be distinguished."""
    import numpy as np

    call = _Call.of([region for region in _evenly(regions) if len(region)])
    if call is None:
        return None
    background = fit(call.rows[call.frames.speech][::2])
    pieces = [call.rows[first:last][call.frames.speech[first:last]] for first, last in call.pieces]
    pitches = np.array([_median(call.frames.pitch[first:last]) for first, last in call.pieces])
    for groups in range(MOST_VOICES, 1, -1):
        guesses = (
            cluster_by_gaussians(pieces, groups),
            cluster_by_supervectors(pieces, pitches, background, groups),
        )
        results = [result for guess in guesses if (result := _refine(call, guess, background, groups))]
        best = max(results, key=lambda result: result.likelihood(call.frames.speech), default=None)
        if best is None:
            continue
        likelihoods = _cross_validated(call, best, background)
        distances = [_distance(call, best.labels, likelihoods, pair) for pair in combinations(range(groups), 2)]
        agreed = len(results) == len(guesses) and _agreement(call, *results) >= AGREEMENT[groups]
        far = all(distance.reaches(*SOLE_DISTANCE[groups]) for distance in distances)
        if (agreed or far) and all(distance.enough for distance in distances):
            return Voices(best.voices, call.scale, distinct=all(distance.certain for distance in distances))
    return None


@dataclass(frozen=True)
class _Distance:
    """The distance between two voices: see GAP and SEPARATION."""

    gap: float
    separation: float

    def reaches(self, gap: float, separation: float) -> bool:
        return self.gap >= gap and self.separation >= separation

    @property
    def enough(self) -> bool:
        return self.reaches(GAP, SEPARATION) or self.reaches(FAR_GAP, FAR_SEPARATION)

    @property
    def certain(self) -> bool:
        return self.reaches(CLEAR_GAP, CLEAR_SEPARATION) or self.reaches(FAR_GAP, FAR_SEPARATION)


@dataclass(frozen=True)
class _Call:
    """The speech the voices are learned from: the frames of all regions, and values derived from them once."""

    frames: Frames
    rows: NDArray[np.float64]
    scale: NDArray[np.float64]
    lengths: tuple[int, ...]
    pieces: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, regions: Sequence[Frames]) -> _Call | None:
        """Combine the regions of a call; None if there is too little speech."""
        pieces = _pieces(regions)
        if len(pieces) < LEAST_PIECES:
            return None
        frames = concatenate(list(regions))
        cepstra = frames.cepstra.astype(float)
        scale = cepstra[frames.speech].std(axis=0) + 1e-3
        return cls(frames, cepstra / scale, scale, tuple(map(len, regions)), tuple(pieces))


def _evenly(regions: Sequence[Frames]) -> Sequence[Frames]:
    """Return the regions, or every n-th run of them if they contain more speech than TRAINED_SECONDS.

    Runs are used rather than single regions because when parties take turns, every second region is by the same one.
    """
    every = max(1, round(sum(map(len, regions)) * FRAME_SECONDS / TRAINED_SECONDS))
    return [region for index, region in enumerate(regions) if index // RUN % every == 0]


def _pieces(regions: Sequence[Frames]) -> list[tuple[int, int]]:
    """Return first and one-past-last frame of pieces of about PIECE_SECONDS with enough speech, each in one region."""
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


def _refine(call: _Call, guess: NDArray[np.intp], background: Mixture, groups: int) -> _Assignment | None:
    """Refine a guess at the voices of the pieces; None if a voice loses its speech."""
    import numpy as np

    labels = np.full(len(call.frames), -1)
    for (first, last), group in zip(call.pieces, guess, strict=True):
        labels[first:last] = group
    for _ in range(ROUNDS):
        voices = model_voices(call.frames, call.rows, labels, background, groups, LEAST_SECONDS)
        if voices is None:
            return None
        likelihoods = log_likelihoods(voices, call.rows, call.frames.pitch)
        result = _Assignment(_assign(call, likelihoods), voices, likelihoods)
        if (result.labels == labels).all():
            break
        labels = result.labels
    return result


def _cross_validated(call: _Call, result: _Assignment, background: Mixture) -> NDArray[np.float64]:
    """Return the likelihoods of each half of the call under voices modelled from the other half.

    Models fit the speech they were trained on too well: with them, a single voice that was split looks like two.
    """
    import numpy as np

    likelihoods = np.zeros_like(result.likelihoods)
    half_of_call = _half(call, result.labels)
    for half in (half_of_call, ~half_of_call):
        labels = np.where(half, result.labels, -1)
        voices = model_voices(call.frames, call.rows, labels, background, len(result.voices), LEAST_SECONDS / 4)
        if voices is not None:
            likelihoods[~half] = log_likelihoods(voices, call.rows[~half], call.frames.pitch[~half])
    return likelihoods


def _half(call: _Call, labels: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return a mask of the frames in one half of the call: every other region of each voice, as voices alternate."""
    import numpy as np

    half, seen, at = np.zeros(len(labels), bool), Counter[int](), 0
    for length in call.lengths:
        voice = int(np.bincount(labels[at : at + length]).argmax())
        half[at : at + length] = seen[voice] % 2
        seen[voice] += 1
        at += length
    return half


def _assign(call: _Call, likelihoods: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the most likely voice of each frame, by blocks and separately in each region."""
    import numpy as np

    labels, at = [], 0
    weighed = np.where(call.frames.speech[:, np.newaxis], likelihoods * INDEPENDENCE, 0.0)
    for length in call.lengths:
        blocks = np.add.reduceat(weighed[at : at + length], np.arange(0, length, BLOCK), axis=0)
        labels.append(np.repeat(np.array(most_likely_voices(blocks.tolist())), BLOCK)[:length])
        at += length
    return np.concatenate(labels)


def _agreement(call: _Call, one: _Assignment, other: _Assignment) -> float:
    """Return the share of the speech on which two results agree, however the voices are numbered."""
    import numpy as np

    left, right = one.labels[call.frames.speech], other.labels[call.frames.speech]
    orders = permutations(range(len(one.voices)))
    return max(float((np.array(order)[right] == left).mean()) for order in orders)


def _distance(
    call: _Call, labels: NDArray[np.intp], likelihoods: NDArray[np.float64], pair: tuple[int, int]
) -> _Distance:
    """Return the distance between two voices: how clearly the likelihood ratios of their pieces form two clusters."""
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
