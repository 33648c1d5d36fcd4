"""Tests of Whisper's decoder on a device with a memory of its own, like a GPU; here the CPU pretends to be one."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch

from callqa.engines.openai_whisper.decoder import Decoder
from callqa.engines.openai_whisper.decoder_rows import DecoderRows
from callqa.engines.openai_whisper.network import Network
from support.decoding import decode_windows, english, miniature, network, window, windows
from support.miniature_whisper import GUESSING, SURE, build
from support.pretend_device import NAME, PretendDevice

Found = list[list[dict[str, Any]]]


@contextmanager
def device_decoder(
    model: Any, dtype: torch.dtype, count: int, languages: int = 0
) -> Iterator[tuple[Decoder, PretendDevice]]:
    """Make a decoder whose network is on the pretended device."""
    with PretendDevice() as device:
        network = Network(copy.deepcopy(model).to(NAME), dtype)
        # On a device written in Python, tensors made in inference mode must be used in it.
        with torch.inference_mode():
            yield Decoder(network, count, languages), device


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.slow
@pytest.mark.parametrize("sure", [SURE, GUESSING])
def test_the_segments_are_those_of_the_cpu(sure: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callqa.engines.whisper_common.decoding_tasks.SPARE_TOKENS", 6)
    expected = decode_windows(Decoder(network("broken off", sure), 8), windows())
    with device_decoder(miniature("broken off", sure), torch.float32, 8) as (decoder, device):
        assert decode_windows(decoder, windows()) == expected
    assert device.operations > 1000


def test_half_precision_gives_the_same_words_at_about_the_same_times() -> None:
    expected = decode_windows(Decoder(network("two segments"), 8), windows())
    with device_decoder(miniature("two segments"), torch.float16, 8) as (decoder, _):
        assert decoder._rows.audio.keys[0].dtype == torch.float16
        found = decode_windows(decoder, windows())
    for ours, theirs in zip(timed_words(found), timed_words(expected), strict=True):
        assert [word for word, _, _ in ours] == [word for word, _, _ in theirs]
        assert [at for _, at, _ in ours] == pytest.approx([at for _, at, _ in theirs], abs=0.1)
        assert [probability for _, _, probability in ours] == pytest.approx(
            [probability for _, _, probability in theirs], abs=0.02
        )


def timed_words(found: Found) -> list[list[tuple[str, float, float]]]:
    return [
        [(word["word"], word["start"], word["probability"]) for segment in one for word in segment["words"]]
        for one in found
    ]


def test_the_language_is_detected_on_the_device() -> None:
    german = build(" guten tag.", sure=SURE, language="de")
    with device_decoder(german, torch.float32, 2, german.num_languages) as (decoder, _):
        (found,) = decode_windows(decoder, [window(4.0, 0)], language=None)
    assert [segment["text"] for segment in found] == [" guten tag."]


def test_the_cpu_waits_for_the_device_once_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = 0
    real = DecoderRows.step

    def step(rows: DecoderRows, *args: Any) -> Any:
        nonlocal steps
        steps += 1
        return real(rows, *args)

    monkeypatch.setattr(DecoderRows, "step", step)
    six_seconds = [window(6.0, number) for number in range(8)]
    with device_decoder(miniature("one segment"), torch.float32, 8) as (decoder, device):
        device.copies_to_cpu = 0
        found = decode_windows(decoder, six_seconds)
    # In addition, for each window: the probability that nobody speaks, and the times of its words.
    assert device.copies_to_cpu <= steps + 2 * len(six_seconds)
    assert all(found)


def test_fewer_rows_are_used_if_the_memory_is_too_small() -> None:
    six_seconds = [window(6.0, number) for number in range(8)]
    with device_decoder(miniature("one segment"), torch.float32, 8) as (decoder, device):
        expected = decode_windows(decoder, six_seconds)
        device.memory = device.peak - 500_000
        assert decode_windows(decoder, six_seconds) == expected
        assert decoder.count in (1, 2, 4)
        device.memory = device.allocated
        with pytest.raises(torch.OutOfMemoryError):
            decode_windows(decoder, six_seconds)


def test_as_many_rows_are_allocated_as_fit_into_the_memory() -> None:
    with device_decoder(miniature("one segment"), torch.float32, 2) as (decoder, device):
        before = device.allocated
        two = Decoder(decoder._network, 2)
        room = device.allocated - before
        del two
        device.memory = device.allocated + room
        assert Decoder(decoder._network, 16).count == 2
        device.memory = device.allocated
        with pytest.raises(torch.OutOfMemoryError):
            Decoder(decoder._network, 16)


def test_tensors_of_two_devices_do_not_meet() -> None:
    with PretendDevice(), torch.inference_mode():
        on_device = torch.ones(2).to(NAME)
        with pytest.raises(RuntimeError, match="on the same device"):
            _ = on_device + torch.ones(2)
        assert (on_device + torch.tensor(1.0)).cpu().tolist() == [2.0, 2.0]
    assert english().eot
