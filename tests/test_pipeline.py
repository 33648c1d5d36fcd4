"""A call is worked out once: nothing is normalised, detected or measured twice on its way to a result."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from callqa.behaviors.behavior import Behavior
from callqa.conversation import analysed_call
from callqa.language.normalization import NormalizedText
from callqa.pipeline import AttributedCall, Pipeline
from callqa.recordings import Naming, find_recordings
from callqa.rubrics.cues import load_cues
from callqa.rubrics.loader import load_rubric
from callqa.scoring.scorecard import CallResult
from callqa.settings import EngineSettings, ListenSettings
from support.cli_runs import RUDE, scripted, transcript


class Counts:
    """Counts what is done to the utterances of calls."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.normalised = Counter[str]()
        self.searched = Counter[tuple[str, str]]()
        self.called = Counter[str]()
        normalise, find = NormalizedText.__init__, Behavior.find

        def counting_normalise(text: NormalizedText, words: str) -> None:
            self.normalised[words] += 1
            normalise(text, words)

        def counting_find(behavior: Behavior, text: NormalizedText, *context: Any) -> Any:
            self.searched[behavior.name, text.text] += 1
            return find(behavior, text, *context)

        monkeypatch.setattr(NormalizedText, "__init__", counting_normalise)
        monkeypatch.setattr(Behavior, "find", counting_find)
        for name in ("measure", "find_events", "detect"):
            monkeypatch.setattr(analysed_call, name, self._counting(name, getattr(analysed_call, name)))

    def _counting(self, name: str, function: Any) -> Any:
        def counted(*args: Any, **named: Any) -> Any:
            self.called[name] += 1
            return function(*args, **named)

        return counted


def numbered(lines: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The lines, no two with the same text."""
    return [(speaker, f"{text} That was sentence {index} of ours.") for index, (speaker, text) in enumerate(lines)]


def judged(path: Path, cache: Path) -> tuple[AttributedCall, CallResult, Pipeline]:
    """Judge the one call at a path by a rubric that measures much; the scripted engine hears recordings."""
    settings = ListenSettings(EngineSettings("scripted"), cache=cache)
    pipeline = Pipeline(settings, load_rubric("customer-shoes"), *load_cues())
    (recording,) = find_recordings([path], Naming()).recordings
    ((_, call),) = pipeline.attribute_many([recording])
    assert isinstance(call, AttributedCall)
    return call, pipeline.judge(call, pipeline.analyse(call)), pipeline


@pytest.mark.parametrize("kind", ["transcript", "dual"])
def test_a_call_is_worked_out_once(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = numbered(list(RUDE) * 2)
    path = transcript(tmp_path / "a.json", said) if kind == "transcript" else scripted(tmp_path / "a.wav", said)
    if kind == "dual":
        judged(path, tmp_path / "cache")  # what is counted begins at the transcript
    counts = Counts(monkeypatch)
    call, result, pipeline = judged(path, tmp_path / "cache")
    assert result.status == "scored"
    texts = [utterance.text for utterance in call.transcript.utterances]
    assert len(texts) == len(set(texts)) > 5
    assert {counts.normalised[text] for text in texts} == {1}
    assert {counts.searched[name, text] for name in pipeline.rubric.behaviors for text in texts} == {1}
    assert counts.called == {"measure": 1, "find_events": 1, "detect": 1}
