"""The report as one HTML file: what a team lead opens, clicks through and listens to, without a connection.

The overview is written here, by a template, and readable without a script. Pages of agents and calls are drawn by the
script from the data of `html_data` when they are opened, so that thousands of calls make no large page.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TextIO

from callqa import __version__
from callqa.audio import MEDIA_TYPE
from callqa.core.text import valid_utf8
from callqa.reports.base import AudioMode
from callqa.reports.html.html_page import escaped_json, json_inside, page
from callqa.reports.html.overview import overview
from callqa.reports.html.page_data import details_of, index_of
from callqa.reports.html.sound import TOTAL_BYTES, Sound, sound_of
from callqa.reports.priorities import listen_first
from callqa.results.summary import RunSummary
from callqa.scoring.scorecard import CallResult

STYLES = ("page.css", "overview.css", "call.css", "print.css")
SCRIPTS = ("data.js", "marks.js", "calls.js", "agent.js", "timeline.js", "player.js", "call.js", "team.js", "main.js")


class HtmlReport:
    """Writes the report as one self-contained page.

    `audio` says what sound goes into it, `folder` where it will lie, so that links to recordings lead there.
    """

    file_encoding = "utf-8"

    def __init__(self, audio: AudioMode = "clips", folder: Path | None = None):
        self.audio = audio
        self.folder = folder or Path()

    def write(self, run: RunSummary, stream: TextIO) -> None:
        """Write the whole report. Recordings that cannot be read any more are named in it."""
        sounds = _sounds(run.calls, self.audio, self.folder)
        chunks = details_of(run.calls, run.rubric, sounds)
        values = {
            "version": __version__,
            "view": overview(run, self.audio, sounds),
            "index": json_inside({**index_of(run), "packed": chunks.packed, "mediaType": MEDIA_TYPE}),
            "chunks": [text if chunks.packed else escaped_json(text) for text in chunks.texts],
            "media": {
                number: base64.b64encode(sound.media).decode("ascii")
                for number, sound in enumerate(sounds)
                if sound.media is not None
            },
        }
        media = "'self' file:" if self.audio == "link" else "data:"
        stream.write(valid_utf8(page("report.html.j2", values, styles=STYLES, scripts=SCRIPTS, media=media)))


def _sounds(calls: Sequence[CallResult], mode: AudioMode, folder: Path) -> list[Sound]:
    """The sound of each call; of clips, those of the calls to hear first as far as TOTAL_BYTES go.

    Several calls are cut at once: decoding and encoding leave other threads free to run.
    """
    places = {id(call): number for number, call in enumerate(calls)}
    first = [places[id(finding.call)] for finding in listen_first(calls)]
    order = list(dict.fromkeys([*first, *range(len(calls))]))
    sounds = [_LEFT_OUT] * len(calls)
    left, workers = TOTAL_BYTES, os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        for at in range(0, len(order), 4 * workers):
            if left <= 0 and mode == "clips":
                break
            group = order[at : at + 4 * workers]
            made = pool.map(lambda number: sound_of(calls[number], mode, folder), group)
            for number, sound in zip(group, made, strict=True):
                if left > 0 or mode != "clips":
                    sounds[number] = sound
                left -= len(sound.media or b"")
    return sounds


_LEFT_OUT = Sound(note="The report holds as many clips as it should; this call's are left out.")
