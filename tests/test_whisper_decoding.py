"""Decoding many windows at a time, held against openai-whisper itself decoding one."""

from __future__ import annotations

import functools
import random
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
import torch
import whisper
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.audio_files import noise
from whisper.decoding import ApplyTimestampRules, SuppressTokens
from whisper.model import ModelDimensions, Whisper
from whisper.timing import dtw, median_filter
from whisper.tokenizer import get_tokenizer

from callqa.engines import precision
from callqa.engines.packing import Piece, Window
from callqa.engines.whisper_decoding import Decoder, Task
from callqa.engines.whisper_network import Network, Rows, whole
from callqa.engines.whisper_rules import Attempt, Rules
from callqa.engines.whisper_text import stretches
from callqa.engines.whisper_words import smoothed, token_times
from callqa.timeline import Span

LENGTHS = (2.0, 7.5, 11.0, 0.4, 19.0, 30.0, 26.3, 4.0, 14.0, 9.0, 23.0)
"""Seconds of the windows that are decoded."""


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@functools.cache
def model(languages: int = 0) -> Any:
    """A model with random weights that says something else in every window: often several segments, often broken off."""
    torch.manual_seed(3)
    width = 128
    vocabulary = 51864 if not languages else 51865
    made = Whisper(ModelDimensions(80, 1500, width, 2, 2, vocabulary, 448, width, 2, 2))
    tokenizer = english() if not languages else get_tokenizer(True, num_languages=99, language="de", task="transcribe")
    with torch.no_grad():
        for name, parameter in made.named_parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, 1.5 * parameter[0].numel() ** -0.5)
            elif name.endswith("bias"):
                parameter.normal_(0, 0.1)
        made.decoder.token_embedding.weight.mul_(2.0)
        made.decoder.positional_embedding.mul_(4.0)
        made.decoder.token_embedding.weight[tokenizer.timestamp_begin :].mul_(1.25)
        made.decoder.token_embedding.weight[tokenizer.eot].mul_(1.5)
    return made.eval()


@functools.cache
def english() -> Any:
    with warnings.catch_warnings(action="ignore"):
        return get_tokenizer(False, num_languages=99, language="en", task="transcribe")


def windows() -> list[Window]:
    return [window(seconds, number) for number, seconds in enumerate(LENGTHS)]


def window(seconds: float, number: int) -> Window:
    span = Span(0.0, seconds)
    wave = np.sin(np.arange(round(seconds * 16000)) * (0.05 + 0.03 * number)).astype(np.float32) * np.float32(0.2)
    return Window(number % 2, (Piece(span, span),), wave + noise(seconds, -30 - number))


def decoded(
    decoder: Decoder, made: Sequence[Window], language: str | None = "en", most: int | None = None
) -> list[list[dict[str, Any]]]:
    """What is found in each window, in their order; of `most` windows under way at a time."""
    waiting = [Task(number, 0, window, language) for number, window in enumerate(made)][::-1]
    under_way: set[int] = set()

    def take(wait: bool) -> Task | None:
        if not waiting or (most is not None and len(under_way) >= most):
            assert not (wait and waiting)
            return None
        under_way.add(waiting[-1].owner)
        return waiting.pop()

    found: dict[int, list[dict[str, Any]]] = {}
    for task in decoder.run(take):
        under_way.discard(task.owner)
        found[task.owner] = task.found
    return [found[number] for number in range(len(made))]


@functools.cache
def network(dtype: torch.dtype = torch.float32) -> Network:
    return Network(model(), dtype)


@pytest.fixture
def greedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callqa.engines.whisper_decoding.TEMPERATURES", (0.0,))
    monkeypatch.setattr("callqa.engines.whisper_decoding.SPARE_TOKENS", 224)
    monkeypatch.setattr("callqa.engines.whisper_decoding.LEAST_STEP", 1)


def test_each_window_is_heard_as_openai_whisper_hears_it_alone(greedy: None) -> None:
    found = decoded(Decoder(network(), 8), windows())
    parts = 0
    for mine, window in zip(found, windows(), strict=True):
        with warnings.catch_warnings(action="ignore"):
            theirs = whisper.transcribe(
                model(),
                window.samples,
                language="en",
                fp16=False,
                temperature=0.0,
                condition_on_previous_text=False,
            )["segments"]
        theirs = [segment for segment in theirs if segment["text"].strip()]
        assert [(one["seek"], one["text"]) for one in mine] == [(one["seek"], one["text"]) for one in theirs]
        for one, other in zip(mine, theirs, strict=True):
            for key in ("avg_logprob", "compression_ratio", "no_speech_prob", "temperature"):
                assert one[key] == pytest.approx(other[key], rel=1e-3, abs=1e-4)
        parts += len(theirs)
    assert parts > len(found)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("most", [1, 3])
def test_the_number_of_windows_under_way_changes_not_a_bit(most: int, dtype: torch.dtype) -> None:
    decoder = Decoder(network(dtype), 8)
    together = decoded(decoder, windows())
    assert decoded(decoder, windows(), most=most) == together
    assert {segment["temperature"] for found in together for segment in found} - {0.0}


def test_the_order_of_windows_changes_not_a_bit() -> None:
    decoder = Decoder(network(), 8)
    order = list(range(len(LENGTHS)))
    random.Random(1).shuffle(order)
    shuffled = decoded(decoder, [windows()[at] for at in order])
    together = decoded(decoder, windows())
    assert shuffled == [together[at] for at in order]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_number_of_threads_changes_not_a_bit(dtype: torch.dtype) -> None:
    together = decoded(Decoder(network(dtype), 8), windows()[:4])
    try:
        torch.set_num_threads(2)
        assert decoded(Decoder(network(dtype), 8), windows()[:4]) == together
    finally:
        torch.set_num_threads(1)


def test_where_memory_runs_out_half_as_many_rows_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = decoded(Decoder(network(), 8), windows())
    steps = 0
    real = Rows.step

    def step(rows: Rows, *args: Any) -> Any:
        nonlocal steps
        steps += 1
        if rows.count > 2 and steps % 5 == 0:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(rows, *args)

    monkeypatch.setattr(Rows, "step", step)
    decoder = Decoder(network(), 8)
    heard = decoded(decoder, windows())
    assert decoder.count == 2
    assert texts(heard) == texts(expected)
    monkeypatch.setattr(Rows, "step", lambda *_: (_ for _ in ()).throw(torch.OutOfMemoryError("CUDA out of memory")))
    with pytest.raises(torch.OutOfMemoryError):
        decoded(decoder, windows())


def test_memory_that_runs_out_while_a_window_is_taken_in_loses_none(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = decoded(Decoder(network(), 4), windows())
    calls = 0
    real = Network.encode

    def encode(self: Network, mel: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(self, mel)

    monkeypatch.setattr(Network, "encode", encode)
    assert texts(decoded(Decoder(network(), 4), windows())) == texts(expected)


def texts(found: list[list[dict[str, Any]]]) -> list[list[str]]:
    return [[segment["text"] for segment in one] for one in found]


def test_the_decoder_can_be_left_and_used_again() -> None:
    decoder = Decoder(network(), 8)
    tasks = iter([Task(number, 0, window, "en") for number, window in enumerate(windows())])
    left = decoder.run(lambda wait: next(tasks, None))
    next(left)
    left.close()  # type: ignore[attr-defined]
    assert decoded(decoder, windows()[:3]) == decoded(Decoder(network(), 8), windows()[:3])


def test_a_multilingual_model_is_told_the_language_or_finds_it_out(greedy: None) -> None:
    made = model(99)
    decoder = Decoder(Network(made, torch.float32), 8, made.num_languages)
    ((told,), (found,)) = (decoded(decoder, windows()[1:2], language)[:1] for language in ("de", None))
    for language, mine in (("de", told), (None, found)):
        with warnings.catch_warnings(action="ignore"):
            theirs = whisper.transcribe(
                made, windows()[1].samples, language=language, fp16=False, temperature=0.0,
                condition_on_previous_text=False,
            )["segments"]  # fmt: skip
        assert [one["text"] for one in mine] == [one["text"] for one in theirs if one["text"].strip()]


def test_half_precision_stays_close() -> None:
    mel = torch.randn(80, 3000, generator=torch.Generator().manual_seed(1))
    text = [english().sot, *range(300, 340)]
    exact, rounded = (
        one.logits(whole(one, text, one.encode(mel)))[0] for one in (network(), network(torch.bfloat16))
    )
    assert float((exact - rounded).norm() / exact.norm()) < 0.03
    assert rounded.dtype == torch.float32


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


@settings(max_examples=60, deadline=None)
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


@settings(max_examples=40, deadline=None)
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
