"""Runs with real recordings, for reports that carry sound, and pages taken apart."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from callqa.audio import content_hash
from callqa.conversation.conversation import Conversation, SpeechOfCall
from callqa.conversation.events import find_events
from callqa.core.timeline import Span
from callqa.reports.html.html_report import HtmlReport
from callqa.results.summary import RunSummary, summarise
from callqa.scoring.scorecard import CallResult
from callqa.transcripts.transcript import Utterance
from support.audio_files import tone, write
from support.results_samples import call, evidence, rubric, told, unscored

SECONDS = 110.0

LINES = (
    Utterance("agent", "hello there you are through to support", 2.0, 6.0),
    Utterance("customer", "good morning", 7.0, 8.0),
    Utterance("agent", "what can I do for you", 9.0, 11.0),
    Utterance("customer", "it is broken again and I am fed up", 58.4, 62.0),
    Utterance("agent", "sorry", 70.0, 72.5),
    Utterance("customer", "fine", 90.0, 91.0),
    Utterance("agent", "goodbye", 104.0, 105.0),
)


def recording(path: Path) -> Path:
    """A dual-channel recording of SECONDS, with a tone of its own on each channel."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return write(path, tone(SECONDS, 440.0, 660.0, rate=8000), rate=8000)


def recorded(path: Path, verdicts: str = "pppp", **more: Any) -> CallResult:
    """A scored call that has a recording, a transcript and speech regions."""
    speech = {
        who: tuple(Span(line.start or 0, line.end or 0) for line in LINES if line.speaker == who)
        for who in ("agent", "customer")
    }
    heard = SpeechOfCall(speech["agent"], speech["customer"], SECONDS)
    if verdicts.startswith("p"):
        greeting = evidence(2.0, "hello there you are through to support", utterance=0, behavior="greeting", end=6.0)
        more["greeting"] = told("“hello there you are through to support” at 00:02", greeting)
    more = {"duration": SECONDS, "utterances": LINES, "speech": heard, "agent_channel": 0, **more}
    made = call(str(recording(path)), verdicts, **more)
    return replace(made, events=tuple(find_events(Conversation(heard, LINES))), content=content_hash(path))


def recorded_run(folder: Path) -> RunSummary:
    """Two agents, four calls with sound, one that cannot be judged."""
    return summarise(
        rubric(),
        [
            recorded(folder / "ana" / "0401.wav"),
            recorded(folder / "ana" / "0402.wav", "pffp"),
            recorded(folder / "tom" / "0410.wav", "pprf"),
            recorded(folder / "tom" / "0411.wav", "fnnp"),
            unscored("calls/tom/0412.wav", "unscorable", "too short: 4.2 s, and the rubric asks for 20 s", "too short"),
        ],
    )


def page_of(run: RunSummary, **settings: Any) -> str:
    """The report as text."""
    stream = StringIO(newline="")
    HtmlReport(**settings).write(run, stream)
    return stream.getvalue()


class Page(HTMLParser):
    """A page taken apart: every start tag with its attributes, and the text of scripts and styles by id or kind."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, str] = {}
        self.words: list[str] = []
        self._in: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append((tag, values))
        self._in = values.get("id") or tag if tag in ("script", "style") else None

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._in = None

    def handle_data(self, data: str) -> None:
        if self._in is None:
            self.words.append(data)
        else:
            self.inside[self._in] = self.inside.get(self._in, "") + data

    def json(self, name: str) -> Any:
        """The data in the script element of that id."""
        return json.loads(self.inside[name])

    @property
    def text(self) -> str:
        """All words to read, with single spaces."""
        return " ".join(" ".join(self.words).split())


def loudness(samples: np.ndarray[Any, Any]) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(np.square(samples))))
