"""Decoding many windows at a time, held against openai-whisper itself decoding one."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
import torch
import whisper
from hypothesis import given, settings
from hypothesis import strategies as st
from whisper.decoding import ApplyTimestampRules, SuppressTokens
from whisper.model import ModelDimensions, Whisper
from whisper.timing import dtw, median_filter

from callqa.engines.openai_whisper import precision
from callqa.engines.openai_whisper.decoder import Decoder, Task
from callqa.engines.openai_whisper.network import Network, Rows, whole
from callqa.engines.openai_whisper.word_timestamps import smoothed, token_times
from callqa.engines.whisper_common.segments import stretches
from callqa.engines.whisper_common.token_rules import Attempt, Rules
from callqa.errors import EngineStopped
from support.decoding import SCRIPTS, decoded, english, miniature, network, window, windows
from support.miniature_whisper import GUESSING, SURE, build


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("said", SCRIPTS)
def test_each_window_is_heard_as_openai_whisper_hears_it_alone(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callqa.engines.openai_whisper.decoder.TEMPERATURES", (0.0,))
    found = decoded(Decoder(network(said), 8), windows())
    for mine, their_window in zip(found, windows(), strict=True):
        with warnings.catch_warnings(action="ignore"):
            theirs = whisper.transcribe(
                miniature(said), their_window.samples, language="en", fp16=False, temperature=0.0,
                condition_on_previous_text=False,
            )["segments"]  # fmt: skip
        theirs = [segment for segment in theirs if segment["text"].strip()]
        assert [(one["seek"], one["text"]) for one in mine] == [(one["seek"], one["text"]) for one in theirs]
        for one, other in zip(mine, theirs, strict=True):
            for key in ("avg_logprob", "compression_ratio", "no_speech_prob", "temperature"):
                assert one[key] == pytest.approx(other[key], rel=1e-3, abs=1e-4)


def test_words_have_the_times_and_chances_openai_whisper_gives_them() -> None:
    (mine,) = decoded(Decoder(network(), 8), windows()[1:2])[0]
    with warnings.catch_warnings(action="ignore"):
        (theirs,) = whisper.transcribe(
            miniature("one segment"), windows()[1].samples, language="en", fp16=False, temperature=0.0,
            word_timestamps=True, condition_on_previous_text=False,
        )["segments"]  # fmt: skip
    assert len(mine["words"]) == len(theirs["words"]) == 3
    for one, other in zip(mine["words"], theirs["words"], strict=True):
        assert (one["word"], one["start"], one["end"]) == (other["word"], other["start"], other["end"])
        assert one["probability"] == pytest.approx(other["probability"], abs=0.05)


def test_a_text_without_end_is_given_up_early_in_a_short_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callqa.engines.openai_whisper.decoder.SPARE_TOKENS", -18)
    (heard,) = decoded(Decoder(network(), 8), windows()[:1])[0]
    assert heard["text"] == " hello"


def test_a_text_that_ends_again_and_again_does_not_hold_up_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SCRIPTS, "hasty", "0 hello 1 1 this")
    found = decoded(Decoder(network("hasty"), 8), windows()[1:2])[0]
    assert [segment["seek"] for segment in found] == list(range(0, 650, 100))


@pytest.mark.parametrize("most", [1, 2])
def test_the_number_of_windows_under_way_changes_nothing(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callqa.engines.openai_whisper.decoder.SPARE_TOKENS", 6)
    decoder = Decoder(network("one segment", GUESSING), 8)
    some = [window(0.9, 1), window(0.5, 2), window(0.7, 3)]
    together = decoded(decoder, some)
    assert decoded(decoder, some, most=most) == together
    assert {segment["temperature"] for found in together for segment in found} - {0.0}


@functools.cache
def random_network(dtype: torch.dtype) -> tuple[Network, Any]:
    """A network wide enough for products to be split up in different ways, and its model."""
    torch.manual_seed(3)
    made = Whisper(ModelDimensions(80, 1500, 256, 4, 1, 51864, 448, 256, 4, 2)).eval()
    with torch.no_grad():
        for parameter in made.parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, parameter[0].numel() ** -0.5)
    return Network(made, dtype), made


def rows_logits(network: Network, texts: Sequence[Sequence[int] | None]) -> list[torch.Tensor | None]:
    """The logits after each text, every row of eight hearing audio of its own; a text of None leaves its row empty."""
    rows = Rows(network, 8, 12)
    for at, text in enumerate(texts):
        if text is not None:
            rows.put(at, network.encode(torch.randn(80, 3000, generator=torch.Generator().manual_seed(text[0]))))
    found: list[torch.Tensor | None] = [None] * 8
    for place in range(max(len(text) for text in texts if text)):
        tokens = [text[place] if text and place < len(text) else 0 for text in texts]
        logits = rows.step(tokens, [place if text and place < len(text) else 0 for text in texts])
        for at, text in enumerate(texts):
            if text and place == len(text) - 1:
                found[at] = logits[at].clone()
    return found


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_neither_neighbours_nor_threads_change_a_bit_of_a_row(dtype: torch.dtype) -> None:
    network, made = random_network(dtype)
    text, long, other = [7, 300, 4], [9, 8, 5000, 6, 2], [11, 40_000]
    (alone,) = [found for found in rows_logits(network, [text, *[None] * 7]) if found is not None]
    crowded = rows_logits(network, [other, long, other, long, other, text, long, other])
    assert torch.equal(crowded[5], alone)
    assert torch.equal(crowded[1], crowded[6])
    try:
        torch.set_num_threads(2)
        assert torch.equal(rows_logits(network, [long, None, text, *[None] * 5])[2], alone)
    finally:
        torch.set_num_threads(1)
    mel = torch.randn(80, 3000, generator=torch.Generator().manual_seed(7))
    with torch.no_grad():
        exact = made.decoder(torch.tensor([text]), made.encoder(mel[None]))[0]
    at_once = network.logits(whole(network, text, network.encode(mel)))[0]
    for found, expected in ((alone, exact[-1]), (at_once, exact)):
        assert float((found - expected).norm() / expected.norm()) < (1e-5 if dtype == torch.float32 else 0.02)


def test_where_memory_runs_out_half_as_many_rows_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = decoded(Decoder(network("broken off"), 8), windows())
    steps = 0
    real_step, real_encode = Rows.step, Network.encode

    def step(rows: Rows, *args: Any) -> Any:
        nonlocal steps
        steps += 1
        if rows.count > 2 and steps % 5 == 0:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real_step(rows, *args)

    monkeypatch.setattr(Rows, "step", step)
    decoder = Decoder(network("broken off"), 8)
    assert texts(decoded(decoder, windows())) == texts(expected)
    assert decoder.count == 2
    left = [torch.OutOfMemoryError("CUDA out of memory")]

    def encode(*args: Any) -> Any:
        if left:
            raise left.pop()
        return real_encode(*args)

    monkeypatch.setattr(Rows, "step", real_step)
    monkeypatch.setattr(Network, "encode", encode)
    assert texts(decoded(decoder, windows())) == texts(expected)
    assert decoder.count == 1
    left.append(torch.OutOfMemoryError("CUDA out of memory"))
    with pytest.raises(torch.OutOfMemoryError):
        decoded(decoder, windows())


def texts(found: list[list[dict[str, Any]]]) -> list[list[str]]:
    return [[segment["text"] for segment in one] for one in found]


def test_the_decoder_can_be_left_and_used_again() -> None:
    decoder = Decoder(network(), 8)
    tasks = iter([Task(number, 0, window, "en") for number, window in enumerate(windows())])
    left = decoder.run(lambda wait: next(tasks, None))
    next(left)
    left.close()  # type: ignore[attr-defined]
    assert decoded(decoder, windows()[:2]) == decoded(Decoder(network(), 8), windows()[:2])


@st.composite
def texts_so_far(draw: st.DrawFn) -> list[list[int]]:
    """Texts of one length, as they may stand in the rows of a batch: timestamps grow."""
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
@given(texts_so_far(), st.integers(0, 1000), st.floats(0, 12))
def test_the_rules_are_those_of_openai_whisper(rows: list[list[int]], seed: int, timely: float) -> None:
    tokenizer = english()
    logits = torch.randn(len(rows), 51864, generator=torch.Generator().manual_seed(seed))
    logits[:, tokenizer.timestamp_begin :] += timely - 6
    never = [*tokenizer.non_speech_tokens, tokenizer.transcribe, tokenizer.translate, tokenizer.sot,
             tokenizer.sot_prev, tokenizer.sot_lm, tokenizer.no_speech]  # fmt: skip
    theirs = logits.clone()
    tokens = torch.tensor([[tokenizer.sot, *row] for row in rows])
    SuppressTokens(never).apply(theirs, tokens)
    ApplyTimestampRules(tokenizer, 1, 50).apply(theirs, tokens)
    chosen = Rules(tokenizer, 51864, "cpu").choose(logits.clone(), [Attempt(tokens=row) for row in rows])
    assert [one.token for one in chosen] == theirs.argmax(-1).tolist()
    likely = theirs.log_softmax(-1)
    for row, one in enumerate(chosen):
        assert one.logprob == pytest.approx(float(likely[row, one.token]), abs=1e-4)


def test_draws_follow_the_chances_and_their_own_generator() -> None:
    logits = torch.full((2, 51864), -20.0)
    logits[:, 500], logits[:, 501] = 2.0, 1.0
    rules = Rules(english(), 51864, "cpu")
    said = [english().timestamp_begin, 400]

    def drawn(seed: int) -> list[int]:
        generator = torch.Generator().manual_seed(seed)
        attempts = [Attempt(1.0, generator, list(said)), Attempt(tokens=list(said))]
        return [rules.choose(logits.clone(), attempts)[0].token for _ in range(200)]

    assert drawn(1) == drawn(1) != drawn(2)
    assert 100 < drawn(1).count(500) < 190


@pytest.mark.parametrize(
    ("text", "parts", "step"),
    [
        ("0 a b 100", [(0, 4, 0.0, 2.0)], 3000),
        ("0 a b", [(0, 3, 0.0, 30.0)], 3000),
        ("0 a 50 50 b 90", [(0, 3, 0.0, 1.0), (3, 6, 1.0, 1.8)], 3000),
        ("0 a 50 50 b", [(0, 3, 0.0, 1.0)], 100),
        ("0 a 50 60 b 90 90", [(0, 3, 0.0, 1.0), (3, 6, 1.2, 1.8)], 180),
        ("", [(0, 0, 0.0, 30.0)], 3000),
    ],
)
def test_texts_are_parted_at_pairs_of_timestamps(
    text: str, parts: list[tuple[int, int, float, float]], step: int
) -> None:
    tokens = [1000 + int(mark) if mark.isdigit() else ord(mark) for mark in text.split()]
    found, onward = stretches(tokens, 1000, 3000)
    assert [(one.first, one.last, one.start, one.end) for one in found] == [
        (first, last, pytest.approx(start), pytest.approx(end)) for first, last, start, end in parts
    ]
    assert onward == step


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 12), st.integers(1, 60), st.integers(0, 10_000))
def test_token_times_are_those_of_openai_whisper(tokens: int, frames: int, seed: int) -> None:
    attention = torch.randn(tokens, frames, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    text, time = dtw(-attention)
    jumps = np.pad(np.diff(text), (1, 0), constant_values=1).astype(bool)
    assert token_times(attention.numpy()).tolist() == time[jumps].tolist()


@pytest.mark.parametrize("frames", [1, 3, 4, 5, 40])
def test_smoothing_is_that_of_openai_whisper(frames: int) -> None:
    values = torch.randn(2, 3, frames, generator=torch.Generator().manual_seed(2))
    assert torch.equal(smoothed(values), median_filter(values, 7))


def test_the_precision_planned_is_tried_before_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    assert precision.planned("cuda:1") == "float16"
    for flags, plan in ((frozenset({"avx2"}), "float32"), (frozenset({"avx2", "amx_bf16"}), "bfloat16")):
        monkeypatch.setattr(precision, "_units", lambda flags=flags: flags)
        assert precision.planned(None) == precision.planned("cpu") == plan
    for worthwhile, used in ((True, "bfloat16"), (False, "float32")):
        monkeypatch.setattr(precision, "_worthwhile", lambda worthwhile=worthwhile: worthwhile)
        assert precision.tried("bfloat16") == used
        assert precision.tried("float32") == "float32"


@pytest.mark.parametrize("temperature", [0.0, 0.4])
def test_a_model_whose_weights_are_no_numbers_is_refused(temperature: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callqa.engines.openai_whisper.decoder.TEMPERATURES", (temperature,))
    damaged = build("hello", sure=SURE, language=None)
    with torch.no_grad():
        damaged.decoder.ln.weight[3] = torch.nan
    attempts = [Attempt(temperature, torch.Generator().manual_seed(1))] if temperature else [Attempt()]
    decoder = Decoder(Network(damaged, torch.float32), 2)
    logits = decoder._places.step([english().sot, 0], [0, 0])
    with pytest.raises(EngineStopped, match="its file is damaged"):
        decoder._rules.choose(logits, [*attempts, None])
    with pytest.raises(EngineStopped, match="its file is damaged"):
        decoded(decoder, windows()[:1])
