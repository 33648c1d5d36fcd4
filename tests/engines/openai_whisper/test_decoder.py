"""Tests of decoding many windows at a time, compared with openai-whisper decoding one."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import torch
import whisper

from callqa.engines.openai_whisper.decoder import Decoder
from callqa.engines.openai_whisper.decoder_rows import DecoderRows
from callqa.engines.openai_whisper.network import Network
from callqa.engines.whisper_common.decoding_tasks import DecodingTask
from callqa.engines.whisper_common.hypotheses import Hypothesis
from callqa.errors import EngineStopped
from support.decoding import SCRIPTS, decode_windows, english, miniature, network, window, windows
from support.miniature_whisper import GUESSING, SURE, build


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("script", SCRIPTS)
def test_each_window_is_decoded_as_openai_whisper_decodes_it_alone(
    script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callqa.engines.openai_whisper.decoder.TEMPERATURES", (0.0,))
    decoded = decode_windows(Decoder(network(script), 8), windows())
    for ours, their_window in zip(decoded, windows(), strict=True):
        with warnings.catch_warnings(action="ignore"):
            theirs = whisper.transcribe(
                miniature(script), their_window.samples, language="en", fp16=False, temperature=0.0,
                condition_on_previous_text=False,
            )["segments"]  # fmt: skip
        theirs = [segment for segment in theirs if segment["text"].strip()]
        assert [(one["seek"], one["text"]) for one in ours] == [(one["seek"], one["text"]) for one in theirs]
        for one, other in zip(ours, theirs, strict=True):
            for key in ("avg_logprob", "compression_ratio", "no_speech_prob", "temperature"):
                assert one[key] == pytest.approx(other[key], rel=1e-3, abs=1e-4)


def test_words_have_the_times_and_probabilities_of_openai_whisper() -> None:
    (ours,) = decode_windows(Decoder(network(), 8), windows()[1:2])[0]
    with warnings.catch_warnings(action="ignore"):
        (theirs,) = whisper.transcribe(
            miniature("one segment"), windows()[1].samples, language="en", fp16=False, temperature=0.0,
            word_timestamps=True, condition_on_previous_text=False,
        )["segments"]  # fmt: skip
    assert len(ours["words"]) == len(theirs["words"]) == 3
    for one, other in zip(ours["words"], theirs["words"], strict=True):
        assert (one["word"], one["start"], one["end"]) == (other["word"], other["start"], other["end"])
        assert one["probability"] == pytest.approx(other["probability"], abs=0.05)


def test_a_text_without_end_is_stopped_early_in_a_short_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callqa.engines.whisper_common.decoding_tasks.SPARE_TOKENS", -18)
    (segment,) = decode_windows(Decoder(network(), 8), windows()[:1])[0]
    assert segment["text"] == " hello"


def test_a_text_that_ends_again_and_again_advances_by_the_least_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SCRIPTS, "hasty", "0 hello 1 1 this")
    segments = decode_windows(Decoder(network("hasty"), 8), windows()[1:2])[0]
    assert [segment["seek"] for segment in segments] == list(range(0, 650, 100))


@pytest.mark.slow
def test_the_number_of_windows_in_progress_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callqa.engines.whisper_common.decoding_tasks.SPARE_TOKENS", 6)
    decoder = Decoder(network("one segment", GUESSING), 8)
    short = [window(0.9, 1), window(0.5, 2), window(0.7, 3)]
    together = decode_windows(decoder, short)
    for most in (1, 2):
        assert decode_windows(decoder, short, most=most) == together
    assert {segment["temperature"] for segments in together for segment in segments} - {0.0}


def test_when_memory_runs_out_decoding_continues_in_half_as_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = decode_windows(Decoder(network("broken off"), 8), windows())
    steps = 0
    real_step, real_encode = DecoderRows.step, Network.encode

    def step(rows: DecoderRows, *args: Any) -> Any:
        nonlocal steps
        steps += 1
        if rows.count > 2 and steps % 5 == 0:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real_step(rows, *args)

    monkeypatch.setattr(DecoderRows, "step", step)
    decoder = Decoder(network("broken off"), 8)
    assert texts(decode_windows(decoder, windows())) == texts(expected)
    assert decoder.count == 2
    errors = [torch.OutOfMemoryError("CUDA out of memory")]

    def encode(*args: Any) -> Any:
        if errors:
            raise errors.pop()
        return real_encode(*args)

    monkeypatch.setattr(DecoderRows, "step", real_step)
    monkeypatch.setattr(Network, "encode", encode)
    assert texts(decode_windows(decoder, windows())) == texts(expected)
    assert decoder.count == 1
    errors.append(torch.OutOfMemoryError("CUDA out of memory"))
    with pytest.raises(torch.OutOfMemoryError):
        decode_windows(decoder, windows())


def texts(decoded: list[list[dict[str, Any]]]) -> list[list[str]]:
    return [[segment["text"] for segment in segments] for segments in decoded]


def test_the_decoder_can_be_interrupted_and_used_again() -> None:
    decoder = Decoder(network(), 8)
    tasks = iter([DecodingTask(number, 0, window, "en") for number, window in enumerate(windows())])
    interrupted = decoder.run(lambda wait: next(tasks, None))
    next(interrupted)
    interrupted.close()  # type: ignore[attr-defined]
    assert decode_windows(decoder, windows()[:2]) == decode_windows(Decoder(network(), 8), windows()[:2])


@pytest.mark.parametrize("temperature", [0.0, 0.4])
def test_a_model_whose_weights_are_not_numbers_is_refused(temperature: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callqa.engines.openai_whisper.decoder.TEMPERATURES", (temperature,))
    damaged = build("hello", sure=SURE, language=None)
    with torch.no_grad():
        damaged.decoder.ln.weight[3] = torch.nan
    generator = torch.Generator().manual_seed(1)
    hypothesis = Hypothesis(temperature, generator) if temperature else Hypothesis()
    decoder = Decoder(Network(damaged, torch.float32), 2)
    logits = decoder._rows.step([english().sot, 0], [0, 0])
    with pytest.raises(EngineStopped, match="its file is damaged"):
        decoder._rules.choose(logits, [hypothesis, None])
    with pytest.raises(EngineStopped, match="its file is damaged"):
        decode_windows(decoder, windows()[:1])
