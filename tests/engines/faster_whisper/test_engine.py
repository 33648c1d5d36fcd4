from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from callqa.core.timeline import Span
from callqa.engines import make_engine
from callqa.engines.base import Clip, Engine, Segment, Source
from callqa.engines.faster_whisper import ct2_models
from callqa.engines.faster_whisper import engine as engine_module
from callqa.engines.faster_whisper.ct2_decoder import BatchDecoder
from callqa.errors import EngineError, EngineStopped, MissingExtra, ModelUnavailable, RecordingError, UsageError
from callqa.settings import EngineSettings
from support.audio_files import noise
from support.miniature_whisper import GUESSING, save

pytest.importorskip("faster_whisper", reason="faster-whisper is not installed")

from support.miniature_ct2 import save_ct2

TEXT = " hello, this is the lamp shop."
"""The text of every window, a token a second: "hello," from second 0, "this" from 2, "shop." from 6."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_ct2(tmp_path_factory.mktemp("models") / "mini", text=TEXT)


@pytest.fixture(scope="module")
def guessing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_ct2(tmp_path_factory.mktemp("models") / "guessing", text=TEXT, sure=GUESSING)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    attempts: list[object] = []

    def refuse(*args: object, **_: object) -> None:
        attempts.append(args)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    return attempts


def engine(model: object = None, **settings: Any) -> Engine:
    name = None if model is None else str(model)
    return make_engine(EngineSettings("faster-whisper", name, **{"threads": 1, **settings}))


def clip(start: float, end: float, channel: int = 0) -> Clip:
    return Clip(channel, Span(start, end), noise(end - start, -30))


def source(*clips: Clip) -> Source:
    return Source(Path("call.wav"), lambda: iter(clips))


def test_words_have_the_times_at_which_they_were_said_in_the_recording(model: Path) -> None:
    clips = (clip(10, 12.5), clip(11, 19, channel=1), clip(50, 55))
    left, right, other = engine(model).transcribe(source(*clips))
    assert (left.channel, left.text) == (0, "hello, this")
    assert [(word.text, word.start, word.end) for word in left.words] == [("hello,", 10, 11), ("this", 12, 12.5)]
    assert (right.channel, right.text) == (0, "is the lamp shop.")
    assert [(word.start, word.end) for word in right.words] == [(50.3, 51.3), (51.3, 52.3), (52.3, 53.3), (53.3, 54.3)]
    assert (other.channel, other.text, other.start, other.end) == (1, TEXT.strip(), 11, 18)
    assert {segment.doubt for segment in (left, right, other)} == {None}
    assert all(0.5 < word.probability < 1 for word in other.words if word.probability is not None)


def test_it_recognises_what_the_whisper_engine_does(model: Path, tmp_path: Path) -> None:
    whisper = make_engine(EngineSettings("whisper", str(save(tmp_path / "mini.pt", TEXT)), threads=1))
    call = source(clip(0, 9), clip(20, 50), clip(60, 72, channel=1))

    def recognised(engine: Engine) -> list[tuple[object, ...]]:
        return [
            (one.channel, one.text, one.doubt, *((word.text, word.start, word.end) for word in one.words))
            for one in engine.transcribe(call)
        ]

    assert recognised(engine(model)) == recognised(whisper)


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_batches_and_order_change_nothing(guessing: Path, rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = [source(clip(0, 2 + number), clip(30, 33, channel=1)) for number in range(3)]
    alone = [list(engine(guessing).transcribe(call)) for call in calls]
    assert all(segment.doubt for segments in alone for segment in segments)
    monkeypatch.setitem(engine_module.ROWS, "cpu", rows)
    together = engine(guessing)
    assert transcribed(together, calls) == alone
    assert transcribed(together, calls[::-1]) == alone[::-1]


def transcribed(engine: Engine, calls: list[Source]) -> list[list[Segment]]:
    assert isinstance(engine, engine_module.FasterWhisperEngine)
    found: dict[int, list[Segment]] = {}
    for index, outcome in engine.transcribe_many(calls):
        assert not isinstance(outcome, RecordingError)
        found[index] = list(outcome)
    return [found[index] for index in range(len(calls))]


def test_texts_of_different_lengths_do_not_affect_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words are aligned as if alone, although other windows of the batch have more words."""
    from callqa.engines.faster_whisper import ct2_decoder

    real = ct2_decoder._hypothesis

    def shorter(result: Any, temperature: float) -> Any:
        hypothesis = real(result, temperature)
        hypothesis.tokens = hypothesis.tokens[: 3 + turn.pop()] + hypothesis.tokens[-1:]
        return hypothesis

    monkeypatch.setattr(ct2_decoder, "_hypothesis", shorter)
    listener = engine(save_ct2(tmp_path / "mini", text=TEXT))
    calls = [source(clip(0, 20)), source(clip(0, 20))]
    turn = [0, 4]
    long, short = transcribed(listener, calls)
    turn = [0]
    assert list(listener.transcribe(calls[0])) == short
    turn = [4]
    assert list(listener.transcribe(calls[0])) == long
    assert long != short


def test_auto_detects_the_language_of_each_channel(tmp_path: Path) -> None:
    german = engine(save_ct2(tmp_path / "own", text=" guten tag.", language="de"), language="auto")
    clips = (clip(0, 20), clip(30, 50), clip(60, 80, channel=1))
    segments = list(german.transcribe(source(*clips)))
    assert [(segment.text, segment.language) for segment in segments] == [("guten tag.", "de")] * 3


def test_another_language_is_refused_if_the_model_knows_only_english(model: Path) -> None:
    with pytest.raises(UsageError, match="knows only English; for the language de, choose the model base"):
        engine(model, language="de").prepare()


def test_clips_may_last_only_an_instant(model: Path) -> None:
    samples = np.full(160, 0.1, np.float32)
    segments = list(engine(model).transcribe(source(Clip(0, Span(3.0, 3.01), samples))))
    times = [moment for segment in segments for moment in (segment.start, segment.end) if moment is not None]
    assert times == sorted(times)
    assert all(3.0 <= moment <= 3.01 for moment in times)


def test_info_changes_with_model_and_language(model: Path, guessing: Path) -> None:
    info = engine(model).info
    assert (info.engine, info.model) == ("faster-whisper", "mini")
    assert info.fingerprint != engine(guessing).info.fingerprint
    assert info.fingerprint != engine(model, language="auto").info.fingerprint


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("model.bin", lambda file: file.write_bytes(file.read_bytes()[:-100])),
        ("model.bin", lambda file: file.write_bytes(b"")),
        ("model.bin", lambda file: file.write_text("hello " * 500)),
        ("config.json", lambda file: file.write_text("{")),
        ("vocabulary.json", lambda file: file.unlink()),
    ],
)
def test_a_damaged_model_is_refused(tmp_path: Path, name: str, spoil: Callable[[Path], object]) -> None:
    folder = save_ct2(tmp_path / "mini", text=TEXT)
    spoil(folder / name)
    with pytest.raises(ModelUnavailable) as caught:
        engine(folder).prepare()
    assert "cannot be read as a Whisper model of CTranslate2" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_another_vocabulary_is_refused(tmp_path: Path) -> None:
    folder = save_ct2(tmp_path / "mini", text=TEXT)
    (folder / "vocabulary.json").write_text('["a"]')
    with pytest.raises(ModelUnavailable, match="does not have Whisper's vocabulary"):
        engine(folder).prepare()


def test_anything_but_a_model_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "model.pt").write_bytes(b"")
    for model, message in (
        (tmp_path, "holds no CTranslate2 model"),
        (tmp_path / "model.pt", "needs a folder"),
        (tmp_path / "none", "there is no folder"),
        ("bas.en", "Did you mean base.en?"),
    ):
        with pytest.raises(UsageError, match=message.replace("?", r"\?")):
            engine(model)


def test_unsupported_settings_are_refused(model: Path) -> None:
    with pytest.raises(UsageError, match="choose cpu"):
        engine(model, device="tpu")
    with pytest.raises(UsageError, match="does not know the language 'klingon'"):
        engine(model, language="klingon")
    with pytest.raises(EngineError, match=r"CTranslate2 finds no CUDA devices here, so cuda:\d+ cannot be used"):
        engine(model, device=f"cuda:{ct2_models.device_count() + 5}").prepare()


def test_offline_never_uses_the_network(tmp_path: Path, no_network: list[object]) -> None:
    with pytest.raises(ModelUnavailable) as caught:
        engine("base.en", model_dir=tmp_path, offline=True).prepare()
    assert str(caught.value).startswith(
        "the faster-whisper model base.en (145 MB) could not be fetched: --offline forbids fetching it. Try again"
    )
    assert no_network == []


def test_without_a_connection_the_error_says_what_to_do(tmp_path: Path, no_network: list[object]) -> None:
    with pytest.raises(ModelUnavailable, match=r"could not be fetched: .*--model /path/to/folder; or choose --engine"):
        engine("base.en", model_dir=tmp_path).prepare()
    assert no_network


def test_an_official_model_is_found_where_the_library_keeps_it(
    model: Path, tmp_path: Path, no_network: list[object]
) -> None:
    """The folders are those of huggingface_hub's cache."""
    store = tmp_path / "models--Systran--faster-whisper-base.en"
    (store / "refs").mkdir(parents=True)
    (store / "refs" / "main").write_text("a" * 40)
    (store / "snapshots").mkdir()
    (store / "snapshots" / ("a" * 40)).symlink_to(model)
    found = engine("base.en", model_dir=tmp_path, offline=True)
    assert [segment.text for segment in found.transcribe(source(clip(0, 9)))] == [TEXT.strip()]
    assert found.info.model == "base.en"
    assert no_network == []


def test_without_the_package_the_error_says_what_to_install(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ctranslate2", None)
    with pytest.raises(MissingExtra, match="run pip install faster-whisper"):
        engine(model).prepare()


def test_a_broken_recording_does_not_affect_the_others(model: Path) -> None:
    def cut_off() -> Iterator[Clip]:
        yield clip(0, 9)
        raise RecordingError("ends in the middle")

    listener = engine(model)
    assert isinstance(listener, engine_module.FasterWhisperEngine)
    outcomes = dict(listener.transcribe_many([Source(Path("a.wav"), cut_off), source(clip(0, 9))]))
    assert str(outcomes[0]) == "ends in the middle"
    assert not isinstance(outcomes[1], RecordingError)
    assert [segment.text for segment in outcomes[1]] == [TEXT.strip()]


def test_a_device_failure_stops_the_engine_with_the_reason(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = engine(model)
    listener.prepare()
    for text, message in (("CUDA failed with error out of memory", "too small"), ("CUDA failed: lost", "GPU failed")):

        def fail(*args: object, text: str = text) -> None:
            raise RuntimeError(text)

        monkeypatch.setattr(BatchDecoder, "_encode", fail)
        with pytest.raises(EngineStopped, match=message):
            list(listener.transcribe(source(clip(0, 9))))
