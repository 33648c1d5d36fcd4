from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callqa.core.timeline import Span
from callqa.engines.base import EngineInfo, Segment
from callqa.transcription.cache import TranscriptCache, _digest
from callqa.transcription.transcriber import RawTranscript
from callqa.transcripts.transcript import Word
from support.cache_writers import TRANSCRIPT, put_repeatedly
from support.ordinary_user import ordinary_user

INFO = EngineInfo("whisper", "base.en", "1")
SECONDS = st.none() | st.floats(allow_nan=False) | st.integers(0, 10**6)
# Two separate halves of a surrogate pair would become one character in JSON, so no text with surrogates is generated.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
WORDS = st.builds(Word, TEXT, SECONDS, SECONDS, SECONDS)
SEGMENTS = st.builds(
    Segment,
    TEXT,
    SECONDS,
    SECONDS,
    st.lists(WORDS, max_size=3).map(tuple),
    st.none() | st.integers(0, 7),
    st.sampled_from(["agent", "customer", "unknown"]),
    st.none() | TEXT,
    st.none() | TEXT,
    st.booleans(),
)
SPANS = st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)).map(lambda ends: Span(min(ends), max(ends)))
TRANSCRIPTS = st.builds(
    RawTranscript,
    st.lists(SEGMENTS, max_size=3).map(tuple),
    SECONDS,
    TEXT,
    st.none() | TEXT,
    st.sampled_from([None, "mono", "dual", "dual-mono", "one-silent", "silent"]),
    st.lists(st.tuples(st.integers(0, 7), st.lists(SPANS, max_size=3).map(tuple)), max_size=2).map(tuple),
    st.lists(TEXT, max_size=2).map(tuple),
    st.none() | TEXT,
    st.none() | TEXT,
)


@pytest.fixture
def cache(tmp_path: Path) -> TranscriptCache:
    return TranscriptCache(tmp_path / "cache")


def entry(folder: Path) -> Path:
    """The only file under a folder."""
    (path,) = (path for path in folder.rglob("*") if path.is_file())
    return path


def test_an_entry_is_found_again(cache: TranscriptCache) -> None:
    key = cache.key("abc", INFO)
    assert cache.get(key) == (None, False)
    cache.put(key, TRANSCRIPT)
    assert cache.get(key) == (TRANSCRIPT, False)


@given(TRANSCRIPTS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_transcript_is_found_again(tmp_path: Path, transcript: RawTranscript) -> None:
    cache = TranscriptCache(tmp_path)
    cache.put("k" * 64, transcript)
    assert cache.get("k" * 64) == (transcript, False)


def test_a_later_entry_replaces_an_earlier_one(cache: TranscriptCache, tmp_path: Path) -> None:
    cache.put("k1", TRANSCRIPT)
    later = replace(TRANSCRIPT, duration=1.0)
    cache.put("k1", later)
    assert cache.get("k1") == (later, False)
    entry(tmp_path)


def test_the_key_contains_everything_the_result_depends_on(cache: TranscriptCache) -> None:
    keys = [
        cache.key("abc", INFO),
        cache.key("abd", INFO),
        cache.key("abc", replace(INFO, engine="pocketsphinx")),
        cache.key("abc", replace(INFO, model="tiny.en")),
        cache.key("abc", replace(INFO, model=None)),
        cache.key("abc", replace(INFO, fingerprint="2")),
        # The boundaries between the parts matter.
        cache.key("abc", EngineInfo("whisper", "base.en1", "")),
        cache.key("abc", EngineInfo("whisperbase.en", "", "1")),
    ]
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 64 for key in keys)


def test_the_key_does_not_depend_on_the_folder(cache: TranscriptCache) -> None:
    assert TranscriptCache(None).key("abc", INFO) == cache.key("abc", INFO)


def test_the_key_contains_the_fingerprint_of_preprocessing(
    cache: TranscriptCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = cache.key("abc", INFO)
    monkeypatch.setattr("callqa.transcription.cache.FINGERPRINT", "other rules")
    assert cache.key("abc", INFO) != before


def test_a_model_may_be_a_path_that_is_not_utf_8(cache: TranscriptCache) -> None:
    model = os.fsdecode(b"/models/caf\xe9.pt")
    assert cache.key("abc", replace(INFO, model=model)) != cache.key("abc", INFO)


def test_an_entry_does_not_contain_the_name_of_the_recording(cache: TranscriptCache, tmp_path: Path) -> None:
    cache.put(cache.key("abc", INFO), TRANSCRIPT)
    assert entry(tmp_path).name == f"{cache.key('abc', INFO)}.json"


# Damage


def rewrite(change: Callable[[Any], Any]) -> Callable[[bytes], bytes]:
    """Return a function that changes the parsed entry and corrects its digest."""

    def rewritten(content: bytes) -> bytes:
        data = change(json.loads(content))
        if isinstance(data, dict) and "heard" in data:
            data["digest"] = _digest(data["heard"])
        return json.dumps(data).encode()

    return rewritten


def without(*place: Any) -> Callable[[Any], Any]:
    return changed(place, None, remove=True)


def changed(place: tuple[Any, ...], value: Any, *, remove: bool = False) -> Callable[[Any], Any]:
    def change(data: Any) -> Any:
        inner = data
        for step in place[:-1]:
            inner = inner[step]
        if remove:
            del inner[place[-1]]
        else:
            inner[place[-1]] = value
        return data

    return change


DAMAGE = {
    "empty": lambda content: b"",
    "truncated": lambda content: content[: len(content) // 2],
    "one byte short": lambda content: content[:-1],
    "random": lambda content: os.urandom(200),
    "not UTF-8": lambda content: content.replace(b"loop", b"\xff\xfe"),
    "zeros": lambda content: bytes(len(content)),
    "a letter changed": lambda content: content.replace(b"loop", b"poop"),
    "another digest": lambda content: content.replace(b'"digest": "', b'"digest": "0'),
    "nested": lambda content: b"[" * 100_000,
    "a number too long": lambda content: b"1" * 10_000,
    **{f"just {text}": (lambda content, text=text: text.encode()) for text in ("null", "[]", "{}", "7", '"x"', "NaN")},
    "no transcript": rewrite(without("heard")),
    "no key": rewrite(without("key")),
    "transcript null": rewrite(changed(("heard",), None)),
    "transcript a list": rewrite(changed(("heard",), [])),
    "transcript text": rewrite(changed(("heard",), "x")),
    "no segments": rewrite(without("heard", "segments")),
    "no engine": rewrite(without("heard", "engine")),
    "an unknown field": rewrite(changed(("heard", "mood"), "good")),
    "segments null": rewrite(changed(("heard", "segments"), None)),
    "a segment null": rewrite(changed(("heard", "segments", 0), None)),
    "a segment of text": rewrite(changed(("heard", "segments", 0), "x")),
    "a segment without words": rewrite(without("heard", "segments", 0, "words")),
    "an unknown field of a segment": rewrite(changed(("heard", "segments", 0, "mood"), 1)),
    "words a number": rewrite(changed(("heard", "segments", 0, "words"), 7)),
    "a word of text": rewrite(changed(("heard", "segments", 0, "words", 0), "x")),
    "a word without text": rewrite(without("heard", "segments", 0, "words", 0, "text")),
    "speech null": rewrite(changed(("heard", "speech"), None)),
    "speech without spans": rewrite(changed(("heard", "speech", 0), [0])),
    "a span of text": rewrite(changed(("heard", "speech", 0, 1, 0), "ab")),
    "a span backwards": rewrite(changed(("heard", "speech", 0, 1, 0), {"start": 3, "end": 1})),
    "a span from text": rewrite(changed(("heard", "speech", 0, 1, 0), {"start": "a", "end": 1})),
    "notes null": rewrite(changed(("heard", "notes"), None)),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_entry_is_reported_and_can_be_replaced(
    cache: TranscriptCache, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    cache.put("k1", TRANSCRIPT)
    path = entry(tmp_path)
    path.write_bytes(damage(path.read_bytes()))
    assert cache.get("k1") == (None, True)
    cache.put("k1", TRANSCRIPT)
    assert cache.get("k1") == (TRANSCRIPT, False)
    assert entry(tmp_path) == path


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_entry_with_a_wrong_byte_is_never_misread(tmp_path: Path, data: st.DataObject) -> None:
    cache = TranscriptCache(tmp_path)
    cache.put("k1", TRANSCRIPT)
    path = entry(tmp_path)
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    assert cache.get("k1") in [(TRANSCRIPT, False), (None, True)]


def test_the_entry_of_another_key_is_not_used(cache: TranscriptCache, tmp_path: Path) -> None:
    cache.put("kk1", TRANSCRIPT)
    path = entry(tmp_path)
    path.rename(path.with_name("kk2.json"))
    assert cache.get("kk2") == (None, True)
    assert cache.get("kk1") == (None, False)


def test_an_entry_is_ascii_json(cache: TranscriptCache, tmp_path: Path) -> None:
    cache.put("k1", TRANSCRIPT)
    data = json.loads(entry(tmp_path).read_bytes().decode("ascii"))
    assert data["key"] == "k1"
    assert data["heard"] == json.loads(json.dumps(asdict(TRANSCRIPT)))


# Folders that cannot be used


def test_without_a_folder_nothing_is_cached() -> None:
    cache = TranscriptCache(None)
    cache.put("k1", TRANSCRIPT)
    assert cache.get("k1") == (None, False)


def test_nothing_is_cached_if_the_folder_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        cache = TranscriptCache(folder)
        cache.put("k1", TRANSCRIPT)
        assert cache.get("k1") == (None, False)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_folder_with_the_name_of_an_entry_is_left_alone(cache: TranscriptCache, tmp_path: Path) -> None:
    cache.put("k1", TRANSCRIPT)
    path = entry(tmp_path)
    path.unlink()
    path.mkdir()
    cache.put("k1", TRANSCRIPT)
    assert cache.get("k1") == (None, False)
    assert list(path.parent.iterdir()) == [path]


def test_nothing_is_cached_if_the_folder_cannot_be_written() -> None:
    with ordinary_user() as folder:
        folder.chmod(0o500)
        cache = TranscriptCache(folder)
        cache.put("k1", TRANSCRIPT)
        assert cache.get("k1") == (None, False)
        folder.chmod(0o700)
        cache.put("k1", TRANSCRIPT)
        assert cache.get("k1") == (TRANSCRIPT, False)
        entry(folder).chmod(0o000)
        assert cache.get("k1") == (None, False)


def test_nothing_is_left_behind_if_the_disk_is_full(
    cache: TranscriptCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: object, target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    cache.put("k1", TRANSCRIPT)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_an_interruption_leaves_nothing_behind(
    cache: TranscriptCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(source: object, target: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cache.put("k1", TRANSCRIPT)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


# Concurrent writers


def test_two_writers_leave_one_complete_entry(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=put_repeatedly, args=(tmp_path, float(n))) for n in range(2)]
    for writer in writers:
        writer.start()
    seen = []
    while any(writer.is_alive() for writer in writers):
        seen.append(TranscriptCache(tmp_path).get("k1"))
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    transcript, damaged = TranscriptCache(tmp_path).get("k1")
    assert transcript in [replace(TRANSCRIPT, duration=float(n)) for n in range(2)]
    assert not damaged
    assert not any(damaged for _, damaged in seen)
    assert entry(tmp_path).suffix == ".json"
