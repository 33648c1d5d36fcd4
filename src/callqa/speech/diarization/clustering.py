"""Clustering of pieces of speech by voice, in two quite different ways, as first guesses at who speaks.

One way repeatedly joins the two groups that a single Gaussian describes best (agglomerative clustering by the
likelihood ratio of the Bayesian information criterion: Chen and Gopalakrishnan, 1998). The other measures how far each
piece shifts the means of the background mixture (supervectors: Campbell, Sturim and Reynolds, 2006), and splits the
pieces along the directions in which they differ most. If both lead to the same result, the voices are real.
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
"""Cepstra the single Gaussians describe: the higher ones need more speech than a piece has."""

SHRINKAGE = 25.0
"""Weight, in frames, of the covariance of all speech in that of a group, which keeps small groups from being
singular."""

RELEVANCE = 8.0
"""Frames of a component that shift its mean half the way."""

DIRECTIONS = 3
"""Principal directions of the supervectors that are used."""

LEAST_PITCH_SPREAD = 0.12
"""Standard deviation of log pitch between pieces up to which they do not differ: nobody speaks at a constant pitch."""


def cluster_by_gaussians(pieces: list[Rows], groups: int) -> Labels:
    """Return a group from 0 to groups - 1 for each piece; there are at least as many pieces as groups."""
    import numpy as np

    rows = [piece[:, :GAUSSIAN_DIMENSIONS] for piece in pieces]
    prior = SHRINKAGE * (np.cov(np.concatenate(rows).T) + 1e-6 * np.eye(GAUSSIAN_DIMENSIONS))
    counts = np.array([float(len(row)) for row in rows])
    sums = np.array([row.sum(axis=0) for row in rows])
    squares = np.array([row.T @ row for row in rows])

    def cost(n: NDArray[np.float64], total: Rows, square: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the misfit of one Gaussian to each group: half its frames times the logarithm of its volume."""
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
        kept, merged = sorted(np.unravel_index(int(distance.argmin()), distance.shape))
        members[int(kept)] += members.pop(int(merged))
        counts[kept] += counts[merged]
        sums[kept] += sums[merged]
        squares[kept] += squares[merged]
        distance[merged] = distance[:, merged] = np.inf
        costs[kept] = cost(counts[[kept]], sums[[kept]], squares[[kept]])[0]
        rest = np.array([index for index in members if index != kept], dtype=int)
        together = cost(counts[kept] + counts[rest], sums[kept] + sums[rest], squares[kept] + squares[rest])
        distance[kept, rest] = distance[rest, kept] = together - costs[kept] - costs[rest]
    labels = np.zeros(len(rows), int)
    for group, indexes in enumerate(members.values()):
        labels[indexes] = group
    return labels


def cluster_by_supervectors(
    pieces: list[Rows], pitches: NDArray[np.float64], background: Mixture, groups: int
) -> Labels:
    """Return a group from 0 to groups - 1 for each piece.

    `pitches` holds the median log pitch of each piece, or not-a-number; `background` is the mixture of all speech.
    """
    import numpy as np

    supervectors = []
    for piece in pieces:
        shares = background.responsibilities(piece)
        counts = shares.sum(axis=0)[:, np.newaxis]
        shift = (shares.T @ piece - counts * background.means) / (counts + RELEVANCE)
        scaled = np.sqrt(background.weights)[:, np.newaxis] * shift / np.sqrt(background.variances)
        supervectors.append(scaled.ravel())
    centred = np.array(supervectors) - np.mean(supervectors, axis=0)
    left, strength, _ = np.linalg.svd(centred, full_matrices=False)
    points = left[:, :DIRECTIONS] * strength[:DIRECTIONS]
    known = np.isfinite(pitches)
    if known.any():
        tone = np.where(known, pitches, np.median(pitches[known]))
        tone -= tone.mean()
        scale = points[:, 0].std() / max(float(tone.std()), LEAST_PITCH_SPREAD)
        points = np.column_stack([points, tone * scale])
    return _k_means(points, groups)


def _k_means(points: Rows, groups: int) -> Labels:
    """Run Lloyd's algorithm from a start along each dimension and return the tightest grouping."""
    import numpy as np

    best: tuple[float, Labels] | None = None
    for axis in range(points.shape[1]):
        order = points[:, axis].argsort(kind="stable").argsort(kind="stable")
        labels = order * groups // len(points)
        for _ in range(30):
            centres = np.stack([points[labels == group].mean(axis=0) for group in range(groups)])
            distances = ((points[:, np.newaxis] - centres) ** 2).sum(axis=2)
            nearest = distances.argmin(axis=1)
            if (nearest == labels).all() or len(np.unique(nearest)) < groups:
                break
            labels = nearest
        spread = float(((points - centres[labels]) ** 2).sum())
        if best is None or spread < best[0]:
            best = spread, labels
    assert best is not None
    return best[1]
