"""Whisper's decoder on a device with a memory of its own, as a GPU is one: here the CPU pretends to be it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch

from callqa.engines.openai_whisper.decoder import Decoder
from callqa.engines.openai_whisper.network import Network, Rows
from support.decoding import decoded, english, miniature, network, window, windows
from support.miniature_whisper import GUESSING, SURE, build
from support.pretend_device import NAME, PretendDevice

Found = list[list[dict[str, Any]]]


@contextmanager
def decoder_afar(
    model: Any, dtype: torch.dtype, count: int, languages: int = 0
) -> Iterator[tuple[Decoder, PretendDevice]]:
    """A decoder whose network is on the pretended device."""
    with PretendDevice() as device:
        there = Network(copy.deepcopy(model).to(NAME), dtype)
        # What PyTorch makes of tensors in inference mode must stay in it on a device that lives in Python.
        with torch.inference_mode():
            yield Decoder(there, count, languages), device


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("sure", [SURE, GUESSING])
def test_it_hears_the_same(sure: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callqa.engines.openai_whisper.decoder.SPARE_TOKENS", 6)
    expected = decoded(Decoder(network("broken off", sure), 8), windows())
    with decoder_afar(miniature("broken off", sure), torch.float32, 8) as (decoder, device):
        assert decoded(decoder, windows()) == expected
    assert device.operations > 1000


def test_half_precision_gives_the_same_words_at_about_the_same_times() -> None:
    expected = decoded(Decoder(network("two segments"), 8), windows())
    with decoder_afar(miniature("two segments"), torch.float16, 8) as (decoder, _):
        assert decoder._places.crossed.keys[0].dtype == torch.float16
        found = decoded(decoder, windows())
    for mine, theirs in zip(heard(found), heard(expected), strict=True):
        assert [word for word, _, _ in mine] == [word for word, _, _ in theirs]
        assert [at for _, at, _ in mine] == pytest.approx([at for _, at, _ in theirs], abs=0.1)
        assert [chance for _, _, chance in mine] == pytest.approx([chance for _, _, chance in theirs], abs=0.02)


def heard(found: Found) -> list[list[tuple[str, float, float]]]:
    return [
        [(word["word"], word["start"], word["probability"]) for segment in one for word in segment["words"]]
        for one in found
    ]


def test_the_language_is_found_there_too() -> None:
    german = build(" guten tag.", sure=SURE, language="de")
    with decoder_afar(german, torch.float32, 2, german.num_languages) as (decoder, _):
        (found,) = decoded(decoder, [window(4.0, 0)], language=None)
    assert [segment["text"] for segment in found] == [" guten tag."]


def test_the_device_is_waited_for_once_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = 0
    real = Rows.step

    def step(rows: Rows, *args: Any) -> Any:
        nonlocal steps
        steps += 1
        return real(rows, *args)

    monkeypatch.setattr(Rows, "step", step)
    made = [window(6.0, number) for number in range(8)]
    with decoder_afar(miniature("one segment"), torch.float32, 8) as (decoder, device):
        device.fetched = 0
        found = decoded(decoder, made)
    # Besides, for each window: how likely it is that nobody speaks, and the times of its words.
    assert device.fetched <= steps + 2 * len(made)
    assert all(found)


def test_where_its_memory_is_too_small_fewer_rows_are_at_work() -> None:
    made = [window(6.0, number) for number in range(8)]
    with decoder_afar(miniature("one segment"), torch.float32, 8) as (decoder, device):
        expected = decoded(decoder, made)
        device.memory = device.peak - 500_000
        assert decoded(decoder, made) == expected
        assert decoder.count in (1, 2, 4)
        device.memory = device.taken
        with pytest.raises(torch.OutOfMemoryError):
            decoded(decoder, made)


def test_rows_are_made_for_as_many_as_there_is_memory() -> None:
    with decoder_afar(miniature("one segment"), torch.float32, 2) as (decoder, device):
        before = device.taken
        two = Decoder(decoder._network, 2)
        room = device.taken - before
        del two
        device.memory = device.taken + room
        assert Decoder(decoder._network, 16).count == 2
        device.memory = device.taken
        with pytest.raises(torch.OutOfMemoryError):
            Decoder(decoder._network, 16)


def test_tensors_of_two_devices_do_not_meet() -> None:
    with PretendDevice(), torch.inference_mode():
        there = torch.ones(2).to(NAME)
        with pytest.raises(RuntimeError, match="on the same device"):
            _ = there + torch.ones(2)
        assert (there + torch.tensor(1.0)).cpu().tolist() == [2.0, 2.0]
    assert english().eot
