from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import yaml

from callqa.core.shipped_files import shipped
from callqa.engines.base import EngineInfo, Segment, Source
from callqa.evaluation.recognition_check import SAMPLE, check_recognition
from callqa.transcripts.formats import read

SCRIPTS = Path(__file__).parents[2] / "tools" / "demo_calls.yaml"


class Parrot:
    """An engine that returns the sample word for word, except for changes made by a test."""

    info = EngineInfo("parrot", None, "")

    def __init__(self, *changes: tuple[str, str]):
        self._changes = changes

    def prepare(self, progress: object = None) -> None:
        pass

    def transcribe(self, source: Source) -> Iterator[Segment]:
        for utterance in read(shipped("recognition_sample.txt")).utterances:
            text = utterance.text
            for old, new in self._changes:
                text = text.replace(old, new)
            yield Segment(text, channel=0 if utterance.speaker == "agent" else 1)


def test_the_sample_is_the_script_of_the_recording() -> None:
    calls = yaml.safe_load(SCRIPTS.read_text("utf-8"))["calls"]
    [call] = [call for call in calls if call["file"] == SAMPLE]
    said = [(party, " ".join(text.split())) for turn in call["turns"] for party, text in turn.items() if party != "gap"]
    assert [
        (utterance.speaker, utterance.text) for utterance in read(shipped("recognition_sample.txt")).utterances
    ] == said


def test_words_and_errors_are_counted() -> None:
    perfect = check_recognition(Parrot())
    assert (perfect.errors, perfect.word_error_rate) == (0, 0.0)
    assert perfect.words > 100
    assert 50 < perfect.duration < 80
    wrong = check_recognition(Parrot(("Baker", "Bacon"), ("wonderful", ""), ("So what", "So so what")))
    assert wrong.errors == 4
    assert wrong.word_error_rate == 4 / wrong.words


def test_an_engine_that_recognises_nothing_has_every_word_wrong() -> None:
    class SilentEngine(Parrot):
        def transcribe(self, source: Source) -> Iterator[Segment]:
            return iter(())

    silent = check_recognition(SilentEngine())
    assert silent.word_error_rate == 1.0
    assert replace(silent, took=silent.duration / 2).times_real_time == 2.0


def test_words_on_a_channel_without_speech_are_errors() -> None:
    class ThirdChannel(Parrot):
        def transcribe(self, source: Source) -> Iterator[Segment]:
            yield from super().transcribe(source)
            yield Segment("three more words", channel=2)

    assert check_recognition(ThirdChannel()).errors == 3
