"""Agreement of two judges: counts, agreement, Cohen's kappa with its interval, precision, recall and F1.

Kappa is agreement beyond chance (J. Cohen, A coefficient of agreement for nominal scales, Educational and Psychological
Measurement 20, 1960); its large-sample standard error is that of J. L. Fleiss, J. Cohen and B. S. Everitt (Large sample
standard errors of kappa and weighted kappa, Psychological Bulletin 72, 1969), formula 13. Where both always agree that
error is zero, which would look certain after one call; the interval is then the one for a proportion of agreement by
Wilson (1927), carried over to kappa.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

Z95 = 1.959964
"""Two-sided 95 % quantile of the normal distribution."""

Answer = TypeVar("Answer", bound=Hashable)


@dataclass(frozen=True)
class Kappa:
    """Cohen's kappa and its 95 % interval."""

    value: float
    low: float
    high: float


class Confusion(Generic[Answer]):
    """A confusion matrix: counts of pairs of (person's, callqa's) answers."""

    def __init__(self, pairs: Iterable[tuple[Answer, Answer]]):
        self.counts = Counter(pairs)
        self.total = sum(self.counts.values())

    @property
    def agreed(self) -> int:
        """Pairs in which both say the same."""
        return sum(count for (person, machine), count in self.counts.items() if person == machine)

    @property
    def kappa(self) -> Kappa | None:
        """Cohen's kappa; None if there is nothing to compare or only one answer was ever given."""
        n = self.total
        answers = {answer for pair in self.counts for answer in pair}
        if not n or len(answers) < 2:
            return None
        rows = {one: sum(c for (person, _), c in self.counts.items() if person == one) / n for one in answers}
        columns = {one: sum(c for (_, machine), c in self.counts.items() if machine == one) / n for one in answers}
        observed = self.agreed / n
        chance = sum(rows[one] * columns[one] for one in answers)
        value = (observed - chance) / (1 - chance)
        if observed == 1:
            low, _ = wilson(n, n)
            return Kappa(1.0, max(-1.0, (low - chance) / (1 - chance)), 1.0)
        variance = 0.0
        for (person, machine), count in self.counts.items():
            if person == machine:
                variance += count / n * (1 - (rows[person] + columns[person]) * (1 - value)) ** 2
            else:
                variance += count / n * (1 - value) ** 2 * (columns[person] + rows[machine]) ** 2
        variance -= (value - chance * (1 - value)) ** 2
        error = math.sqrt(max(0.0, variance) / n) / (1 - chance)
        return Kappa(value, max(-1.0, value - Z95 * error), min(1.0, value + Z95 * error))

    def precision(self, answer: Answer) -> float | None:
        """Return the share of the machine's answers of this kind that the person gave too; None if it gave none."""
        said = sum(count for (_, machine), count in self.counts.items() if machine == answer)
        return self.counts[answer, answer] / said if said else None

    def recall(self, answer: Answer) -> float | None:
        """Return the share of the person's answers of this kind that the machine gave too; None if there are none."""
        said = sum(count for (person, _), count in self.counts.items() if person == answer)
        return self.counts[answer, answer] / said if said else None

    def f1(self, answer: Answer) -> float | None:
        """Return the harmonic mean of precision and recall; None if neither gave the answer."""
        said = sum(count * pair.count(answer) for pair, count in self.counts.items())
        return 2 * self.counts[answer, answer] / said if said else None


def wilson(hits: int, of: int) -> tuple[float, float]:
    """95 % interval of a proportion (E. B. Wilson, 1927), for small counts and proportions near 0 and 1."""
    share, z2 = hits / of, Z95**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    reach = Z95 * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return max(0.0, middle - reach), min(1.0, middle + reach)
