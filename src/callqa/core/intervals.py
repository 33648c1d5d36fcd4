"""95 % intervals: Student's quantiles, and how far two means or two proportions differ."""

from __future__ import annotations

import math

from callqa.core.agreement import Z95, wilson

# Two-sided 95 % quantiles of Student's t distribution for 1 to 30 degrees of freedom (any table of it, such as
# NIST/SEMATECH e-Handbook of Statistical Methods, section 1.3.6.7.2).
_T95 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip


def student95(freedom: float) -> float:
    """Two-sided 95 % quantile of Student's t for 1 or more degrees of freedom.

    Parts of a degree are cut, which widens an interval. Beyond the table it is the Cornish-Fisher expansion
    (M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions, 1964, 26.7.5), there exact to 0.0001.
    """
    whole = math.floor(freedom)
    if whole <= len(_T95):
        return _T95[max(whole, 1) - 1]
    first = (Z95**3 + Z95) / 4
    second = (5 * Z95**5 + 16 * Z95**3 + 3 * Z95) / 96
    return Z95 + first / whole + second / whole**2


def difference_of_means(before: tuple[float, float, int], after: tuple[float, float, int]) -> tuple[float, float]:
    """Interval of the later mean less the earlier, each given as mean, variance and count (2 or more).

    B. L. Welch, "The generalization of 'Student's' problem when several different population variances are involved",
    Biometrika 34, 1947, with the degrees of freedom of Welch and Satterthwaite.
    """
    (mean, variance, n), (later_mean, later_variance, m) = before, after
    error, later_error = variance / n, later_variance / m
    total = error + later_error
    difference = later_mean - mean
    if not total:
        return difference, difference
    freedom = total**2 / (error**2 / (n - 1) + later_error**2 / (m - 1))
    half = student95(freedom) * math.sqrt(total)
    return difference - half, difference + half


def difference_of_shares(before: tuple[int, int], after: tuple[int, int]) -> tuple[float, float]:
    """Interval of the later proportion less the earlier, each given as hits and how many (1 or more).

    The hybrid of two Wilson intervals, good for small counts and proportions near 0 and 1: method 10 of
    R. G. Newcombe, Interval estimation for the difference between independent proportions, Statistics in Medicine 17,
    1998.
    """
    share, later = before[0] / before[1], after[0] / after[1]
    low, high = wilson(*before)
    later_low, later_high = wilson(*after)
    difference = later - share
    return (
        difference - math.hypot(later - later_low, high - share),
        difference + math.hypot(later_high - later, share - low),
    )
