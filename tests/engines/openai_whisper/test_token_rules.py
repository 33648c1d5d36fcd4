"""Tests of the rules for the next token, compared with those of openai-whisper."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from whisper.decoding import ApplyTimestampRules, SuppressTokens

from callqa.engines.openai_whisper.token_rules import TokenRules
from callqa.engines.whisper_common.hypotheses import Hypothesis
from support.decoding import english


@st.composite
def token_rows(draw: st.DrawFn) -> list[list[int]]:
    """Texts of one length, as the rows of a batch may hold them: timestamps do not decrease."""
    begin = english().timestamp_begin
    length = draw(st.integers(0, 8))
    rows = []
    for _ in range(draw(st.integers(1, 4))):
        latest = begin
        row = []
        for _ in range(length):
            latest = min(latest + draw(st.integers(0, 400)), begin + 1500)
            row.append(draw(st.sampled_from([latest, draw(st.integers(0, 1000))])))
        rows.append(row)
    return rows


@settings(max_examples=30, deadline=None)
@given(token_rows(), st.integers(0, 1000), st.floats(0, 12))
def test_the_rules_are_those_of_openai_whisper(rows: list[list[int]], seed: int, timestamp_bonus: float) -> None:
    tokenizer = english()
    logits = torch.randn(len(rows), 51864, generator=torch.Generator().manual_seed(seed))
    logits[:, tokenizer.timestamp_begin :] += timestamp_bonus - 6
    suppressed = [*tokenizer.non_speech_tokens, tokenizer.transcribe, tokenizer.translate, tokenizer.sot,
                  tokenizer.sot_prev, tokenizer.sot_lm, tokenizer.no_speech]  # fmt: skip
    theirs = logits.clone()
    tokens = torch.tensor([[tokenizer.sot, *row] for row in rows])
    SuppressTokens(suppressed).apply(theirs, tokens)
    ApplyTimestampRules(tokenizer, 1, 50).apply(theirs, tokens)
    hypotheses = [Hypothesis(tokens=row) for row in rows]
    chosen = TokenRules(tokenizer, 51864, "cpu").choose(logits.clone(), hypotheses)
    assert [one.token for one in chosen] == theirs.argmax(-1).tolist()
    logprobs = theirs.log_softmax(-1)
    for row, one in enumerate(chosen):
        assert one.logprob == pytest.approx(float(logprobs[row, one.token]), abs=1e-4)


def test_sampling_follows_the_probabilities_and_the_rows_own_generator() -> None:
    logits = torch.full((2, 51864), -20.0)
    logits[:, 500], logits[:, 501] = 2.0, 1.0
    rules = TokenRules(english(), 51864, "cpu")
    tokens = [english().timestamp_begin, 400]

    def sampled(seed: int) -> list[int]:
        generator = torch.Generator().manual_seed(seed)
        hypotheses = [Hypothesis(1.0, generator, list(tokens)), Hypothesis(tokens=list(tokens))]
        return [rules.choose(logits.clone(), hypotheses)[0].token for _ in range(200)]

    assert sampled(1) == sampled(1) != sampled(2)
    assert 100 < sampled(1).count(500) < 190
