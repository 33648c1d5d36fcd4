from __future__ import annotations

import base64
import gzip
import hashlib
import http.server
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import whisper

from callqa.core.timeline import Span
from callqa.engines.base import SAMPLE_RATE, Clip, Source
from callqa.engines.openai_whisper import engine as engine_module
from callqa.engines.openai_whisper.decoder import Decoder
from callqa.engines.openai_whisper.engine import WhisperEngine
from callqa.errors import EngineError, ModelUnavailable, RecordingError, UsageError
from callqa.settings import EngineSettings
from support.audio_files import noise
from support.miniature_whisper import GUESSING, SURE, save

TEXT = " hello, this is the lamp shop."
"""The text of every window, a token a second: "hello," from second 0, "this" from 2, "shop." from 6."""


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Use one thread: with so small a model, more only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("models") / "mini.pt", TEXT)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of official models, whose alignment heads fit the miniature."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    heads = base64.b85encode(gzip.compress(np.array([True]).tobytes()))
    monkeypatch.setitem(whisper._ALIGNMENT_HEADS, "tiny.en", heads)
    (tmp_path / "whisper").mkdir()
    return tmp_path / "whisper"


def engine(model: object = None, **settings: Any) -> WhisperEngine:
    return WhisperEngine(EngineSettings("whisper", model if model is None else str(model), **settings))


def clip(start: float, end: float, channel: int = 0) -> Clip:
    return Clip(channel, Span(start, end), noise(end - start, -30))


def source(*clips: Clip) -> Source:
    return Source(Path("call.wav"), lambda: iter(clips))


def test_words_have_the_times_at_which_they_were_said_in_the_recording(checkpoint: Path) -> None:
    clips = (clip(10, 12.5), clip(11, 19, channel=1), clip(50, 55))
    left, right, other = engine(checkpoint).transcribe(source(*clips))
    # The two clips of channel 0 share a window, in which the second one starts at second 2.7.
    assert (left.channel, left.text) == (0, "hello, this")
    assert [(word.text, word.start, word.end) for word in left.words] == [("hello,", 10, 11), ("this", 12, 12.5)]
    assert (right.channel, right.text) == (0, "is the lamp shop.")
    assert [(word.start, word.end) for word in right.words] == [(50.3, 51.3), (51.3, 52.3), (52.3, 53.3), (53.3, 54.3)]
    assert (other.channel, other.text, other.start, other.end) == (1, TEXT.strip(), 11, 18)
    assert {segment.doubt for segment in (left, right, other)} == {None}
    assert all(0.5 < word.probability < 1 for word in other.words if word.probability is not None)


def test_recordings_are_read_only_a_few_ahead(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "ROWS", 2)
    read = []

    def sources() -> Iterator[Source]:
        for number in range(9):
            read.append(number)
            yield source(clip(number, number + 8))

    outcomes = engine(checkpoint).transcribe_many(sources())
    assert next(outcomes)[0] == 0
    assert len(read) <= 4
    outcomes.close()  # type: ignore[attr-defined]


def test_two_decoders_in_parallel_find_what_one_does(tmp_path: Path) -> None:
    mini = save(tmp_path / "guessing.pt", TEXT, sure=GUESSING)
    clips = [clip(number, number + 3 + number % 5) for number in range(12)]
    alone = outcomes(mini, clips)
    torch.set_num_threads(2)
    try:
        two = engine(mini)
        two.prepare()
        assert len(two._decoders) == 2
        parallel = dict(two.transcribe_many([source(*clips[at : at + 2]) for at in range(0, len(clips), 2)]))
    finally:
        torch.set_num_threads(1)
    assert parallel == alone


def test_clips_longer_than_a_window_are_recognised_in_parts(checkpoint: Path) -> None:
    segments = list(engine(checkpoint).transcribe(source(clip(100, 140))))
    assert [(segment.start, segment.end) for segment in segments] == [(100, 107), (120, 127)]


def test_sampling_depends_on_nothing_but_the_window(tmp_path: Path) -> None:
    guessing = engine(save(tmp_path / "guessing.pt", TEXT, sure=GUESSING))
    first = list(guessing.transcribe(source(clip(0, 5))))
    torch.manual_seed(1)
    again = list(guessing.transcribe(source(clip(70, 75, channel=1), clip(0, 5))))
    assert first[0].doubt == "low probability"
    assert all(segment.doubt for segment in first)
    assert [segment for segment in again if segment.channel == 0] == first
    assert TEXT.strip() not in [segment.text for segment in first]


def test_auto_detects_the_language_once_for_a_channel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    real = Decoder._detect_language
    monkeypatch.setattr(Decoder, "_detect_language", lambda *args: calls.append(1) or real(*args))
    german = save(tmp_path / "own.pt", " guten tag.", language="de")
    clips = (clip(0, 20), clip(30, 50), clip(60, 80, channel=1))
    segments = list(engine(german, language="auto").transcribe(source(*clips)))
    assert [(segment.text, segment.language) for segment in segments] == [("guten tag.", "de")] * 3
    assert len(calls) == 2


def outcomes(mini: Path, clips: Sequence[Clip], each: int = 2) -> dict[int, Any]:
    """Return the outcomes of recordings of `each` clips each, transcribed together."""
    sources = [source(*clips[at : at + each]) for at in range(0, len(clips), each)]
    return dict(engine(mini).transcribe_many(sources))


@pytest.fixture(scope="module")
def clips() -> list[Clip]:
    """Return clips of different lengths and loudness, so that each is sampled differently."""
    lengths = (3, 9, 24, 6, 12, 28, 5, 17, 21)
    return [Clip(at % 2, Span(40 * at, 40 * at + length), noise(length, -20 - at)) for at, length in enumerate(lengths)]


@pytest.mark.slow
@pytest.mark.parametrize("sure", [GUESSING, SURE])
def test_other_windows_change_nothing(
    sure: float, clips: list[Clip], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mini = save(tmp_path / "mini.pt", TEXT, sure=sure)
    alone = [list(engine(mini).transcribe(source(clip))) for clip in clips]
    assert any(segment.doubt for segments in alone for segment in segments) == (sure == GUESSING)
    assert outcomes(mini, clips, 1) == {at: tuple(segments) for at, segments in enumerate(alone)}
    backwards = outcomes(mini, clips[::-1], 1)
    assert [backwards[at] for at in range(len(clips))][::-1] == [tuple(segments) for segments in alone]
    for pair, together in outcomes(mini, clips, 2).items():
        assert (
            sorted(together, key=lambda segment: segment.channel)
            == [  # type: ignore[arg-type, return-value]
                segment for segments in alone[2 * pair : 2 * pair + 2] for segment in segments
            ]
        )


def test_a_broken_recording_does_not_affect_the_others(checkpoint: Path, clips: list[Clip]) -> None:
    def cut_off() -> Iterator[Clip]:
        yield from clips[:3]
        raise RecordingError("ends in the middle")

    good = [source(clip) for clip in clips]
    broken = Source(Path("broken.wav"), cut_off)
    found = dict(engine(checkpoint).transcribe_many([*good[:4], broken, *good[4:]]))
    assert str(found.pop(4)) == "ends in the middle"
    alone = outcomes(checkpoint, clips, 1)
    assert [found[at] for at in sorted(found)] == [alone[at] for at in sorted(alone)]


def test_every_recording_has_an_outcome(checkpoint: Path, clips: list[Clip]) -> None:
    sources = [source(*clips), source(), source(clips[0])]
    indexes = [index for index, _ in engine(checkpoint).transcribe_many(sources)]
    assert sorted(indexes) == [0, 1, 2]


def test_threads_are_set_when_given(checkpoint: Path) -> None:
    before = torch.get_num_threads()
    try:
        engine(checkpoint, threads=before + 1).prepare()
        assert torch.get_num_threads() == before + 1
    finally:
        torch.set_num_threads(before)


def test_info_names_the_model_and_changes_with_everything_that_affects_the_words(
    checkpoint: Path, tmp_path: Path
) -> None:
    other = save(tmp_path / "mini.pt", " something else.")
    assert engine(checkpoint).info.model == "mini"
    assert engine("small.en").info.model == "small.en"
    assert engine().info.model == "base.en"
    assert engine(language="de").info.model == "base"
    fingerprints = [
        engine(checkpoint).info.fingerprint,
        engine(other).info.fingerprint,
        engine(checkpoint, language="de").info.fingerprint,
        engine(checkpoint, device="cpu").info.fingerprint,
    ]
    assert len(set(fingerprints)) == 4
    assert engine(checkpoint, threads=1).info == engine(checkpoint, threads=2).info


@pytest.mark.parametrize(
    ("model", "settings", "message"),
    [
        ("bass", {}, "Did you mean base"),
        ("no/such.pt", {}, "no Whisper checkpoint no/such.pt"),
        ("small.en", {"language": "de"}, "the model small.en knows only English; .* choose the model small$"),
        ("base.en", {"language": "auto"}, "choose the model base$"),
        (None, {"language": "german"}, "does not know the language 'german'"),
        (None, {"device": "mps"}, "cannot run on 'mps'; choose cpu, cuda or cuda:NUMBER"),
        (None, {"device": "cuda:x"}, "cannot run on 'cuda:x'"),
        (None, {"threads": 0}, "cannot run with 0 threads; it needs at least 1"),
    ],
)
def test_unsupported_settings_are_refused_at_once(model: str | None, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        engine(model, **settings)


def test_a_checkpoint_that_does_not_know_the_language_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"mini\.pt knows only English; for the language de, choose the model base"):
        engine(checkpoint, language="de").prepare()
    german = save(tmp_path / "own.pt", language="de")
    with pytest.raises(UsageError, match=r"own\.pt does not know the language yue"):
        engine(german, language="yue").prepare()


@pytest.mark.skipif(torch.cuda.is_available(), reason="has a CUDA device")
def test_a_device_that_does_not_exist_is_refused(checkpoint: Path) -> None:
    with pytest.raises(EngineError, match="finds no CUDA devices here, so cuda:1 cannot be used; choose cpu"):
        engine(checkpoint, device="cuda:1").prepare()


class Trap:
    """An object that writes a file when it is unpickled."""

    def __init__(self, target: Path):
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.target,))


def test_a_checkpoint_with_code_in_it_is_refused_and_the_code_not_run(checkpoint: Path, tmp_path: Path) -> None:
    sprung, evil = tmp_path / "sprung", tmp_path / "evil.pt"
    torch.save({**torch.load(checkpoint, weights_only=True), "extra": Trap(sprung)}, evil)
    with pytest.raises(ModelUnavailable, match=r"evil.pt cannot be read as a Whisper model"):
        engine(evil).prepare()
    assert not sprung.exists()
    torch.load(evil, weights_only=False)
    assert sprung.exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda good: good[:-1000],
        lambda good: good[:1000],
        lambda good: b"",
        lambda good: b"this is a text file, not a model\n",
        lambda good: bytes(5000),
        lambda good: good[:2_000_000] + bytes(1000) + good[2_001_000:-500] + bytes(500),
    ],
)
def test_damaged_checkpoints_are_refused(damage: Callable[[bytes], bytes], checkpoint: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pt"
    broken.write_bytes(damage(checkpoint.read_bytes()))
    with pytest.raises(ModelUnavailable, match=r"broken.pt cannot be read as a Whisper model: it is damaged"):
        engine(broken).prepare()


@pytest.mark.parametrize("content", [{}, [1, 2], {"dims": {"n_mels": 80}, "model_state_dict": {}}, {"dims": 1}])
def test_other_files_of_torch_are_refused(content: object, tmp_path: Path) -> None:
    other = tmp_path / "other.pt"
    torch.save(content, other)
    with pytest.raises(ModelUnavailable, match="cannot be read as a Whisper model"):
        engine(other).prepare()


def test_an_official_model_on_disk_is_used(checkpoint: Path, cache: Path) -> None:
    (cache / "tiny.en.pt").write_bytes(checkpoint.read_bytes())
    (segment,) = engine("tiny.en").transcribe(source(clip(0, 8)))
    assert segment.text == TEXT.strip()


@pytest.mark.parametrize("by_path", [False, True])
def test_an_official_model_gets_its_alignment_heads_under_any_name(
    by_path: bool, checkpoint: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads_set: list[bytes] = []
    monkeypatch.setattr(whisper.model.Whisper, "set_alignment_heads", lambda model, heads: heads_set.append(heads))
    weights = checkpoint.read_bytes()
    monkeypatch.setitem(whisper._MODELS, "tiny.en", f"https://nowhere/{hashlib.sha256(weights).hexdigest()}/tiny.en.pt")
    (cache / "tiny.en.pt").write_bytes(weights)
    engine(checkpoint if by_path else "tiny.en").prepare()
    assert heads_set == [whisper._ALIGNMENT_HEADS["tiny.en"]]


def test_another_model_under_an_official_name_is_refused(
    checkpoint: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(whisper._ALIGNMENT_HEADS, "tiny.en", whisper._ALIGNMENT_HEADS["tiny"])
    weights = checkpoint.read_bytes()
    monkeypatch.setitem(whisper._MODELS, "tiny.en", f"https://nowhere/{hashlib.sha256(weights).hexdigest()}/tiny.en.pt")
    (cache / "tiny.en.pt").write_bytes(weights)
    with pytest.raises(ModelUnavailable, match=r"tiny\.en\.pt cannot be read as a Whisper model"):
        engine("tiny.en").prepare()


@pytest.mark.parametrize("on_disk", [None, b"cut off"])
def test_an_official_model_is_fetched_if_it_is_missing_or_damaged(
    on_disk: bytes | None, checkpoint: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = checkpoint.read_bytes()
    if on_disk is not None:
        (cache / "tiny.en.pt").write_bytes(on_disk)
    seen: list[tuple[int, int]] = []
    with serving(weights) as port:
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        url = f"http://127.0.0.1:{port}/{hashlib.sha256(weights).hexdigest()}/tiny.en.pt"
        monkeypatch.setitem(whisper._MODELS, "tiny.en", url)
        engine("tiny.en").prepare(lambda done, size: seen.append((done, size)))
    assert seen[-1] == (len(weights), len(weights))
    assert (cache / "tiny.en.pt").read_bytes() == weights


class serving:  # noqa: N801
    """A web server that answers every request with these bytes; entering it returns its port."""

    def __init__(self, content: bytes):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> int:
        self._thread.start()
        return self._server.server_port

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.mark.parametrize("samples", [1, 200, 480])
def test_clips_may_have_only_a_few_samples(samples: int, checkpoint: Path) -> None:
    brief = Clip(0, Span(1, 1 + samples / SAMPLE_RATE), noise(samples / SAMPLE_RATE, -30))
    for segment in engine(checkpoint).transcribe(source(brief)):
        assert segment.start is not None
        assert segment.end is not None
        assert brief.span.start <= segment.start <= segment.end <= brief.span.end
