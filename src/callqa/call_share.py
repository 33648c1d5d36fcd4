"""How likely a line shows a behavior, given how much of the rest of the call shows it.

A model judges each line by its words, at a share of lines that is taken to show the behavior. In one call nobody
argues, in another nearly every line does, and words that prove little by themselves mean more in the second. The share
is therefore estimated for each call from its own lines, in rounds: the probabilities give a share, the share gives new
probabilities (Saerens, Latinne and Decaestecker 2002, "Adjusting the outputs of a classifier to new a priori
probabilities"). Two things keep weak signs from feeding each other: a line counts with the square of its probability,
and the share begins as if some lines had been heard before the call.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

ROUNDS = 12
"""Rounds of estimating; the share has settled long before."""

HIGHEST = 0.6
"""Share of a party's lines that is never exceeded: even an angry call has its "yes" and "one moment"."""

WEIGHT = 3.0
"""Lines' worth of weight that the share taken for granted before the call has."""


def in_call(confidences: Sequence[float], share: float) -> list[float]:
    """The confidences of one party's lines in a call, given one another, each from 0 to 1.

    `confidences` are those of each line by itself, at a share of lines above 0 and below HIGHEST; a line known to show
    the behavior has 1. The order of lines makes no difference.
    """
    odds = [c / (1 - c) * (1 - share) / share if c < 1 else None for c in confidences]
    found, expected = list(confidences), share
    for _ in range(ROUNDS):
        prior = expected / (1 - expected)
        found = [1.0 if one is None else one * prior / (1 + one * prior) for one in odds]
        counted = math.fsum(one * one for one in found)
        expected = min(HIGHEST, (WEIGHT * share + counted) / (WEIGHT + len(found)))
    return found
