from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from whisper import timing

from callqa.engines.openai_whisper.word_timestamps import median_filter, token_frames


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 12), st.integers(1, 60), st.integers(0, 10_000))
def test_token_frames_are_those_of_openai_whisper(tokens: int, frames: int, seed: int) -> None:
    attention = torch.randn(tokens, frames, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    text, time = timing.dtw(-attention)
    jumps = np.pad(np.diff(text), (1, 0), constant_values=1).astype(bool)
    assert token_frames(attention.numpy()).tolist() == time[jumps].tolist()


@pytest.mark.parametrize("frames", [1, 3, 4, 5, 40])
def test_the_median_filter_is_that_of_openai_whisper(frames: int) -> None:
    values = torch.randn(2, 3, frames, generator=torch.Generator().manual_seed(2))
    assert torch.equal(median_filter(values), timing.median_filter(values, 7))
