"""Mixtures of Gaussians: how likely a voice is to sound like this.

One mixture is fitted to all speech of a call; each voice's own is made from it by adapting its means (Reynolds,
Quatieri and Dunn, 2000), which needs little speech of the voice and leaves alone what was not heard of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows = NDArray[np.float64]

COMPONENTS = 16
"""Gaussians in a mixture. More of them describe what was said rather than who said it, in calls of minutes."""

ROUNDS = 12
"""Rounds of expectation and maximisation."""

LEAST_VARIANCE = 0.05
"""Share of the variance of everything that a Gaussian keeps at least."""

RELEVANCE = 16.0
"""Frames a Gaussian must have been heard for until a voice's own mean counts as much as everybody's."""

ADAPTING = 3
"""Rounds of adaptation."""


@dataclass(frozen=True)
class Mixture:
    """Gaussians with independent dimensions: means and variances of shape (COMPONENTS, dimensions), and weights."""

    means: Rows
    variances: Rows
    weights: NDArray[np.float64]

    def joint(self, rows: Rows) -> Rows:
        """Log likelihood of each row together with each component: shape (rows, components)."""
        import numpy as np

        constant = (self.means**2 / self.variances + np.log(2 * np.pi * self.variances)).sum(axis=1)
        squares = rows**2 @ (1 / self.variances).T - 2 * rows @ (self.means / self.variances).T
        joint: Rows = np.log(self.weights) - 0.5 * (squares + constant)
        return joint

    def shares(self, rows: Rows) -> Rows:
        """The share each component has in each row."""
        import numpy as np

        joint = self.joint(rows)
        shares: Rows = np.exp(joint - joint.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        return shares

    def log_likelihood(self, rows: Rows) -> NDArray[np.float64]:
        """Log likelihood of each row."""
        import numpy as np

        joint = self.joint(rows)
        most = joint.max(axis=1)
        likelihood: NDArray[np.float64] = most + np.log(np.exp(joint - most[:, np.newaxis]).sum(axis=1))
        return likelihood


def fit(rows: Rows) -> Mixture:
    """Fit a mixture to rows, starting from some spread evenly: the same rows, the same fit."""
    import numpy as np

    spread = rows.var(axis=0) + 1e-6
    means = rows[np.linspace(0, len(rows) - 1, COMPONENTS).astype(int)]
    mixture = Mixture(means, np.tile(spread, (COMPONENTS, 1)), np.full(COMPONENTS, 1 / COMPONENTS))
    for _ in range(ROUNDS):
        shares = mixture.shares(rows)
        counts = shares.sum(axis=0) + 1e-3
        means = shares.T @ rows / counts[:, np.newaxis]
        variances = shares.T @ rows**2 / counts[:, np.newaxis] - means**2
        mixture = Mixture(means, np.maximum(variances, LEAST_VARIANCE * spread), counts / counts.sum())
    return mixture


def adapt(everybody: Mixture, rows: Rows) -> Mixture:
    """The mixture of one voice, from the mixture of everybody and rows of that voice."""
    import numpy as np

    own = everybody
    for _ in range(ADAPTING):
        shares = own.shares(rows)
        counts = shares.sum(axis=0)
        means = (shares.T @ rows + RELEVANCE * everybody.means) / (counts + RELEVANCE)[:, np.newaxis]
        weights = counts + RELEVANCE * everybody.weights
        own = replace(own, means=means, weights=weights / np.sum(weights))
    return own
