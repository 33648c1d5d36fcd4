from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from callqa.engines import make_engine
from callqa.engines.base import Clip, EngineInfo, Segment, Source
from callqa.engines.transcript_file import TranscriptFileEngine
from callqa.errors import TranscriptError
from callqa.settings import EngineSettings
from callqa.transcripts.transcript import Word

SETTINGS = EngineSettings("transcript", model="ignored")


def no_audio() -> Iterator[Clip]:
    raise AssertionError("a transcript has no audio to decode")


def segments(path: Path) -> list[Segment]:
    engine = make_engine(SETTINGS)
    engine.prepare()
    return list(engine.transcribe(Source(path, no_audio)))


def test_the_table_has_the_transcript_engine() -> None:
    engine = make_engine(SETTINGS)
    assert isinstance(engine, TranscriptFileEngine)
    assert engine.info == EngineInfo("transcript", None, "1")


def test_utterances_become_segments(tmp_path: Path) -> None:
    path = tmp_path / "call.json"
    path.write_text(
        '{"utterances": ['
        '{"speaker": "agent", "start": 0, "end": 1.5, "text": "Hello.", "doubt": "loop",'
        ' "words": [{"text": "Hello.", "start": 0, "end": 1, "probability": 0.5}]},'
        '{"speaker": "Otto", "start": 1, "end": 3, "text": "Hi."}]}'
    )
    assert segments(path) == [
        Segment("Hello.", 0.0, 1.5, (Word("Hello.", 0.0, 1.0, 0.5),), speaker="agent", doubt="loop"),
        Segment("Hi.", 1.0, 3.0, speaker="unknown", label="Otto"),
    ]


def test_a_broken_transcript_is_refused_when_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "call.srt"
    path.write_text("1\n00:00:09,000 --> 00:00:03,000\nHello.\n")
    with pytest.raises(TranscriptError, match="line 2: the cue ends before it starts"):
        segments(path)
