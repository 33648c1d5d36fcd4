"""Gaussian mixture models of how voices sound.

One mixture, the background, is fitted to all speech of a call. The mixture of each voice is derived from it by adapting
its means (Reynolds, Quatieri and Dunn, 2000), which needs little speech of that voice and keeps the background's means
for sounds the voice did not make.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows = NDArray[np.float64]

COMPONENTS = 16
"""Gaussians in a mixture. In calls of minutes, more would describe what was said rather than who said it."""

ROUNDS = 12
"""Rounds of expectation and maximisation."""

LEAST_VARIANCE = 0.05
"""Least variance of a Gaussian, as a share of the variance of all rows."""

RELEVANCE = 16.0
"""Frames of a Gaussian at which a voice's own mean has the same weight as the background's."""

ADAPTATION_ROUNDS = 3
"""Rounds of adaptation."""


@dataclass(frozen=True)
class Mixture:
    """Gaussians with independent dimensions: means and variances of shape (COMPONENTS, dimensions), and weights."""

    means: Rows
    variances: Rows
    weights: NDArray[np.float64]

    def joint(self, rows: Rows) -> Rows:
        """Return the joint log likelihood of each row and each component: shape (rows, components)."""
        import numpy as np

        constant = (self.means**2 / self.variances + np.log(2 * np.pi * self.variances)).sum(axis=1)
        squares = rows**2 @ (1 / self.variances).T - 2 * rows @ (self.means / self.variances).T
        joint: Rows = np.log(self.weights) - 0.5 * (squares + constant)
        return joint

    def responsibilities(self, rows: Rows) -> Rows:
        """Return the probability of each component given each row."""
        import numpy as np

        joint = self.joint(rows)
        shares: Rows = np.exp(joint - joint.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        return shares

    def log_likelihood(self, rows: Rows) -> NDArray[np.float64]:
        """Return the log likelihood of each row."""
        import numpy as np

        joint = self.joint(rows)
        most = joint.max(axis=1)
        likelihood: NDArray[np.float64] = most + np.log(np.exp(joint - most[:, np.newaxis]).sum(axis=1))
        return likelihood


def fit(rows: Rows) -> Mixture:
    """Fit a mixture to rows, starting from evenly spaced ones, so that the same rows always yield the same mixture."""
    import numpy as np

    spread = rows.var(axis=0) + 1e-6
    means = rows[np.linspace(0, len(rows) - 1, COMPONENTS).astype(int)]
    mixture = Mixture(means, np.tile(spread, (COMPONENTS, 1)), np.full(COMPONENTS, 1 / COMPONENTS))
    for _ in range(ROUNDS):
        shares = mixture.responsibilities(rows)
        counts = shares.sum(axis=0) + 1e-3
        means = shares.T @ rows / counts[:, np.newaxis]
        variances = shares.T @ rows**2 / counts[:, np.newaxis] - means**2
        mixture = Mixture(means, np.maximum(variances, LEAST_VARIANCE * spread), counts / counts.sum())
    return mixture


def adapt(background: Mixture, rows: Rows) -> Mixture:
    """Return the mixture of one voice, adapted from the background to rows of that voice."""
    import numpy as np

    own = background
    for _ in range(ADAPTATION_ROUNDS):
        shares = own.responsibilities(rows)
        counts = shares.sum(axis=0)
        means = (shares.T @ rows + RELEVANCE * background.means) / (counts + RELEVANCE)[:, np.newaxis]
        weights = counts + RELEVANCE * background.weights
        own = replace(own, means=means, weights=weights / np.sum(weights))
    return own
