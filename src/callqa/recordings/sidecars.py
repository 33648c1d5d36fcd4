"""Existing transcripts: the files that may be the transcript of a recording, and checks that they are transcripts."""

from __future__ import annotations

import json
import os
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Literal

from callqa.language import en

TRANSCRIPT_SUFFIXES = (".json", ".vtt", ".srt", ".txt")
"""Suffixes of transcripts, the preferred one first."""

MOST_BYTES = 100_000_000
"""Bytes above which a JSON file counts as a transcript without being read; the error is reported when it is read."""

FIRST_LINES = 40
"""Lines of a text that decide if it is a conversation."""

_LABELLED = re.compile(
    r"""
    \s* (?: [\[(<]? [\d:.,]+ (?: \s* (?:-->|-) \s* [\d:.,]+ )? [\])>]? [\s:-]* )?   # [00:12] 00:01:12 -
    (?P<label> [^\W\d_] [\w .'’-]{0,39}? ) \s*
    (?: [\[(] [\d:.,]+ [\])] \s* )?                                                 # Maria (1:02):
    : (?!//)
    """,
    re.VERBOSE,
)
"""A line of a conversation: `Maria: …`, perhaps with a time before or after the name."""

JsonKind = Literal["transcript", "results", "other"]


@dataclass(frozen=True)
class JsonFacts:
    """The kind of a JSON file, with its call id and agent. A file that is not valid JSON counts as a transcript."""

    kind: JsonKind
    call_id: str | None = None
    agent: str | None = None


def json_facts(path: Path) -> JsonFacts:
    """Read the facts of a JSON file: a transcript, results of callqa, or something else."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return JsonFacts("transcript")
        data = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return JsonFacts("transcript")
    if not isinstance(data, dict):
        return JsonFacts("other")
    if "utterances" in data or "segments" in data:
        return JsonFacts("transcript", _text(data.get("call_id")), _text(data.get("agent")))
    return JsonFacts("results" if "format" in data and "calls" in data else "other")


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def is_conversation(path: Path, *, alone: bool) -> bool:
    """Return True if a text file looks like a conversation: its labels recur, or all are those of parties to a call.

    Notes and recorders' data have labelled lines too (`Date: …`, `Duration: …`), but each label only once. If `alone`,
    there is no recording with the text, and most of its lines must have labels.
    """
    labels = _labels(path)
    named = Counter(label for label in labels if label is not None)
    recurs = any(count > 1 for count in named.values())
    by_speakers = recurs or (bool(named) and all(label.split()[0] in en.PARTY_LABELS for label in named))
    return by_speakers and (not alone or (named.total() >= 2 and 2 * named.total() >= len(labels)))


def _labels(path: Path) -> list[str | None]:
    """Return the speaker's label of each of the first lines that are not blank; None if a line has none."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            lines = [line for line in islice(file, 4 * FIRST_LINES) if line.strip()]
    except OSError:
        return []
    matches = [_LABELLED.match(line) for line in lines[:FIRST_LINES]]
    return [match["label"].casefold() if match else None for match in matches]


@dataclass
class Sidecars:
    """The transcripts in the folders of recordings; each folder is listed once."""

    _folders: dict[Path, dict[str, list[Path]]] = field(default_factory=dict)

    def of(self, recording: Path) -> list[Path]:
        """Return the files that may be a recording's transcript, preferred first: a17.json, a17.wav.json, a17.srt."""
        listed = self._listed(recording.parent)
        files = listed.get(recording.stem, []) + listed.get(recording.name, [])
        return sorted(set(files) - {recording}, key=lambda path: (_rank(path), path.name))

    def _listed(self, folder: Path) -> dict[str, list[Path]]:
        if folder not in self._folders:
            listed: defaultdict[str, list[Path]] = defaultdict(list)
            try:
                names = os.listdir(folder)
            except OSError:
                names = []
            for path in (folder / name for name in names):
                if path.suffix.lower() in TRANSCRIPT_SUFFIXES and not path.name.startswith(".") and path.is_file():
                    listed[path.stem].append(path)
            self._folders[folder] = dict(listed)
        return self._folders[folder]


def _rank(path: Path) -> int:
    return TRANSCRIPT_SUFFIXES.index(path.suffix.lower())
