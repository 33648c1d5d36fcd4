"""Pieces of one sentence are one moment."""

from __future__ import annotations

from callqa.reports.evidence import moments_of
from callqa.transcripts.transcript import Utterance
from support.results_samples import evidence

TEXT = "good morning my name is anne how can I help you"
LINES = (Utterance("agent", TEXT, 0.0, 6.0),)


def test_overlapping_quotes_of_one_line_are_joined() -> None:
    pieces = [
        evidence(0.5, "good morning my name", utterance=0, behavior="greeting", rule="good morning"),
        evidence(1.0, "my name is anne how", utterance=0, behavior="identify", rule="my name is"),
        evidence(2.0, "anne how can I help you", utterance=0, behavior="offer_help", rule="how can I"),
    ]
    [moment] = moments_of(pieces, LINES)
    assert moment.quote == TEXT
    assert (moment.start, moment.end) == (0.5, 4.5)
    assert moment.behaviors == ("greeting", "identify", "offer_help")
    assert moment.rules == ("good morning", "my name is", "how can I")
    assert all(moment.holds(piece) for piece in pieces)


def test_quotes_far_apart_are_moments_of_their_own() -> None:
    pieces = [evidence(0.5, "good morning", utterance=0), evidence(4.0, "help you", utterance=0)]
    assert [moment.quote for moment in moments_of(pieces, LINES)] == ["good morning", "help you"]


def test_other_parts_lines_and_speakers_are_never_joined() -> None:
    pieces = [
        evidence(0.5, "good morning", utterance=0),
        evidence(0.5, "good morning", "nearest", utterance=0),
        evidence(0.5, "good morning", utterance=1),
        evidence(0.5, "good morning", utterance=0, speaker="customer"),
        evidence(0.5, "good morning", utterance=0, measured="dead air"),
        evidence(0.5, "good morning", utterance=0, measured="dead air"),
    ]
    assert len(moments_of(pieces, LINES)) == len(pieces)


def test_without_the_lines_equal_quotes_are_joined() -> None:
    pieces = [evidence(None, "sorry", behavior=None), evidence(None, "sorry"), evidence(None, "so sorry")]
    assert [moment.quote for moment in moments_of(pieces, ())] == ["sorry", "so sorry"]
