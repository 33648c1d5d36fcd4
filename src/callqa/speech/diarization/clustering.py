"""Which pieces of speech go together: two quite different first guesses at who speaks.

One joins, again and again, the two groups that one Gaussian describes best together (agglomerative clustering by the
likelihood ratio of the Bayesian information criterion: Chen and Gopalakrishnan, 1998). The other looks at how far each
piece pulls the means of everybody's mixture (supervectors: Campbell, Sturim and Reynolds, 2006), and parts the pieces
along the directions in which they differ most. Where the two lead to one answer, there is something to be found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callqa.speech.diarization.gmm import Mixture

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows = NDArray[np.float64]
    Labels = NDArray[np.intp]

GAUSSIAN_DIMENSIONS = 12
"""Cepstra the single Gaussians are made of: the higher ones need more speech than a piece has."""

SHRINKAGE = 25.0
"""Frames' worth of everybody's covariance mixed into that of a group, which keeps small groups from being singular."""

PULL = 8.0
"""Frames of a component that pull its mean half the way."""

DIRECTIONS = 3
"""Directions of the supervectors that are looked at."""

LEAST_PITCH_SPREAD = 0.12
"""Standard deviation of log pitch between pieces that counts as no difference: people do not speak in one pitch."""


def by_gaussians(pieces: list[Rows], groups: int) -> Labels:
    """A group from 0 to groups - 1 for each piece; there are at least as many pieces as groups."""
    import numpy as np

    rows = [piece[:, :GAUSSIAN_DIMENSIONS] for piece in pieces]
    prior = SHRINKAGE * (np.cov(np.concatenate(rows).T) + 1e-6 * np.eye(GAUSSIAN_DIMENSIONS))
    counts = np.array([float(len(row)) for row in rows])
    sums = np.array([row.sum(axis=0) for row in rows])
    squares = np.array([row.T @ row for row in rows])

    def cost(n: NDArray[np.float64], total: Rows, square: NDArray[np.float64]) -> NDArray[np.float64]:
        """How badly one Gaussian describes each group: half its frames times the logarithm of its volume."""
        mean = total / n[:, np.newaxis]
        scatter = square - n[:, np.newaxis, np.newaxis] * mean[:, :, np.newaxis] * mean[:, np.newaxis, :]
        logarithms: NDArray[np.float64] = np.linalg.slogdet((scatter + prior) / (n + SHRINKAGE)[:, None, None])[1]
        return 0.5 * n * logarithms

    costs = cost(counts, sums, squares)
    distance = np.full((len(rows), len(rows)), np.inf)
    for index in range(len(rows) - 1):
        rest = np.arange(index + 1, len(rows))
        together = cost(counts[index] + counts[rest], sums[index] + sums[rest], squares[index] + squares[rest])
        distance[index, rest] = distance[rest, index] = together - costs[index] - costs[rest]
    members = {index: [index] for index in range(len(rows))}
    while len(members) > groups:
        kept, gone = sorted(np.unravel_index(int(distance.argmin()), distance.shape))
        members[int(kept)] += members.pop(int(gone))
        counts[kept] += counts[gone]
        sums[kept] += sums[gone]
        squares[kept] += squares[gone]
        distance[gone] = distance[:, gone] = np.inf
        costs[kept] = cost(counts[[kept]], sums[[kept]], squares[[kept]])[0]
        rest = np.array([index for index in members if index != kept], dtype=int)
        together = cost(counts[kept] + counts[rest], sums[kept] + sums[rest], squares[kept] + squares[rest])
        distance[kept, rest] = distance[rest, kept] = together - costs[kept] - costs[rest]
    labels = np.zeros(len(rows), int)
    for group, indexes in enumerate(members.values()):
        labels[indexes] = group
    return labels


def by_supervectors(pieces: list[Rows], pitches: NDArray[np.float64], everybody: Mixture, groups: int) -> Labels:
    """A group from 0 to groups - 1 for each piece; `pitches` is each piece's median log pitch, or not a number."""
    import numpy as np

    pulls = []
    for piece in pieces:
        shares = everybody.shares(piece)
        counts = shares.sum(axis=0)[:, np.newaxis]
        pull = (shares.T @ piece - counts * everybody.means) / (counts + PULL)
        pulls.append((np.sqrt(everybody.weights)[:, np.newaxis] * pull / np.sqrt(everybody.variances)).ravel())
    centred = np.array(pulls) - np.mean(pulls, axis=0)
    left, strength, _ = np.linalg.svd(centred, full_matrices=False)
    places = left[:, :DIRECTIONS] * strength[:DIRECTIONS]
    known = np.isfinite(pitches)
    if known.any():
        tone = np.where(known, pitches, np.median(pitches[known]))
        tone -= tone.mean()
        scale = places[:, 0].std() / max(float(tone.std()), LEAST_PITCH_SPREAD)
        places = np.column_stack([places, tone * scale])
    return _k_means(places, groups)


def _k_means(places: Rows, groups: int) -> Labels:
    """Lloyd's algorithm, begun along each dimension in turn; the tightest grouping wins."""
    import numpy as np

    best: tuple[float, Labels] | None = None
    for axis in range(places.shape[1]):
        order = places[:, axis].argsort(kind="stable").argsort(kind="stable")
        labels = order * groups // len(places)
        for _ in range(30):
            centres = np.stack([places[labels == group].mean(axis=0) for group in range(groups)])
            distances = ((places[:, np.newaxis] - centres) ** 2).sum(axis=2)
            nearest = distances.argmin(axis=1)
            if (nearest == labels).all() or len(np.unique(nearest)) < groups:
                break
            labels = nearest
        looseness = float(((places - centres[labels]) ** 2).sum())
        if best is None or looseness < best[0]:
            best = looseness, labels
    assert best is not None
    return best[1]
