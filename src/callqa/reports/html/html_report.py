"""The report as one HTML file, which a team lead can open, click through and listen to without a connection.

The overview is written here, by a template, and readable without a script. The script draws the pages of agents and
calls from the data of `page_data` when they are opened, so that thousands of calls do not make a large page.
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

    `audio` is the sound in it. `folder` is the folder it will be in, which links to recordings are relative to.
    """

    file_encoding = "utf-8"

    def __init__(self, audio: AudioMode = "clips", folder: Path | None = None):
        self.audio = audio
        self.folder = folder or Path()

    def write(self, run: RunSummary, stream: TextIO) -> None:
        """Write the whole report. Recordings that can no longer be read are named in it."""
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
    """Return the sound of each call; clips of the calls to listen to first come first, up to TOTAL_BYTES.

    Several calls are cut at once, because other threads can run during decoding and encoding.
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


_LEFT_OUT = Sound(note="The report has reached its limit for clips, so those of this call are left out.")
