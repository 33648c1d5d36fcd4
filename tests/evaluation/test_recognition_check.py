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
    """Hears the sample word for word, but for what a test changes."""

    info = EngineInfo("parrot", None, "")

    def __init__(self, *changes: tuple[str, str]):
        self._changes = changes

    def prepare(self, progress: object = None) -> None:
        pass

    def transcribe(self, source: Source) -> Iterator[Segment]:
        for line in read(shipped("recognition_sample.txt")).labelled:
            text = line.utterance.text
            for old, new in self._changes:
                text = text.replace(old, new)
            yield Segment(text, channel=0 if line.utterance.speaker == "agent" else 1)


def test_the_sample_holds_what_is_said_in_the_recording() -> None:
    calls = yaml.safe_load(SCRIPTS.read_text("utf-8"))["calls"]
    [call] = [call for call in calls if call["file"] == SAMPLE]
    said = [(party, " ".join(text.split())) for turn in call["turns"] for party, text in turn.items() if party != "gap"]
    assert [
        (line.utterance.speaker, line.utterance.text) for line in read(shipped("recognition_sample.txt")).labelled
    ] == said


def test_words_right_and_wrong_are_counted() -> None:
    perfect = check_recognition(Parrot())
    assert (perfect.errors, perfect.word_error_rate) == (0, 0.0)
    assert perfect.words > 100
    assert 50 < perfect.duration < 80
    wrong = check_recognition(Parrot(("Baker", "Bacon"), ("wonderful", ""), ("So what", "So so what")))
    assert wrong.errors == 4
    assert wrong.word_error_rate == 4 / wrong.words


def test_an_engine_that_hears_nothing_has_everything_wrong() -> None:
    class Deaf(Parrot):
        def transcribe(self, source: Source) -> Iterator[Segment]:
            return iter(())

    deaf = check_recognition(Deaf())
    assert deaf.word_error_rate == 1.0
    assert replace(deaf, took=deaf.duration / 2).times_real_time == 2.0
