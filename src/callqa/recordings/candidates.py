"""Selection of the files that are recordings, and of the transcript that stands in for each."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from callqa.recordings.paths import WalkedPath, escape_unprintable
from callqa.recordings.sidecars import TRANSCRIPT_SUFFIXES, JsonFacts, Sidecars, is_conversation, json_facts

AUDIO_SUFFIXES = frozenset(
    {".wav", ".w64", ".mp3", ".mp2", ".flac", ".ogg", ".oga", ".opus", ".spx", ".m4a", ".m4b", ".aac", ".amr", ".awb"}
    | {".wma", ".au", ".snd", ".aif", ".aiff", ".aifc", ".caf", ".ac3", ".gsm", ".g722", ".sln", ".voc", ".dss", ".wv"}
    | {".mp4", ".m4v", ".mov", ".3gp", ".3g2", ".webm", ".mkv", ".mka", ".avi", ".asf", ".wmv", ".flv", ".mpg", ".mpeg"}
)
"""Suffixes of sound and video files, in lower case. A file that was named itself is used whatever its suffix."""


@dataclass(frozen=True)
class Candidate:
    """A file that counts as a recording, with its transcript and the facts a JSON transcript states about the call."""

    entry: WalkedPath
    transcript: Path | None
    facts: JsonFacts | None


@dataclass
class CandidateSelector:
    """A selector that sorts paths into recordings, transcripts, unusable files and the rest."""

    skipped: int = 0
    unusable: list[WalkedPath] = field(default_factory=list)
    _files: list[WalkedPath] = field(default_factory=list)
    _ignored_json: list[Path] = field(default_factory=list)
    _unlabelled: list[Path] = field(default_factory=list)
    _sidecars: Sidecars = field(default_factory=Sidecars)

    def add(self, entry: WalkedPath) -> None:
        """Add a path that was found."""
        problem = entry.problem or _name_problem(entry.path)
        relevant = entry.given or entry.is_folder or _is_audio(entry.path) or _is_transcript(entry.path)
        if not relevant:
            self.skipped += 1
        elif problem is None:
            self._files.append(entry)
        else:
            self.unusable.append(replace(entry, problem=problem))

    def candidates(self) -> list[Candidate]:
        """Return the recordings among the files, each with its transcript."""
        sidecars = {
            os.path.abspath(path)
            for entry in self._files
            if not _is_transcript(entry.path)
            for path in self._sidecars.of(entry.path)
        }
        found: list[Candidate] = []
        used: set[str] = set()
        for entry in self._files:
            if not _is_transcript(entry.path):
                transcript, facts = self._transcript_of(entry.path)
                found.append(Candidate(entry, transcript, facts))
                if transcript is not None:
                    used.add(os.path.abspath(transcript))
            elif os.path.abspath(entry.path) not in sidecars:
                facts = json_facts(entry.path) if entry.path.suffix.lower() == ".json" else None
                if entry.given or _is_call(entry.path, facts):
                    found.append(Candidate(entry, entry.path, facts))
                else:
                    self.skipped += 1
                    if entry.path.suffix.lower() == ".txt":
                        self._unlabelled.append(entry.path)
        unused = [entry for entry in self._files if os.path.abspath(entry.path) in sidecars - used]
        self.skipped += len(unused)
        return found

    def _transcript_of(self, recording: Path) -> tuple[Path | None, JsonFacts | None]:
        for path in self._sidecars.of(recording):
            match path.suffix.lower():
                case ".json":
                    facts = json_facts(path)
                    if facts.kind == "transcript":
                        return path, facts
                    self._ignored_json.append(path)
                case ".txt":
                    if is_conversation(path, alone=False):
                        return path, None
                case _:
                    return path, None
        return None, None

    def notes(self) -> list[str]:
        """Return notes about files that look like transcripts and were ignored."""
        found: list[str] = []
        paths = list(dict.fromkeys(self._ignored_json))
        if paths:
            first, count = escape_unprintable(paths[0]), len(paths)
            which = (
                f"{first} next to a recording" if count == 1 else f"{count} JSON files ({first}, …) next to recordings"
            )
            found.append(f"{which}: ignored, because without utterances or segments it cannot be a transcript")
        if self._unlabelled:
            first, count = escape_unprintable(self._unlabelled[0]), len(self._unlabelled)
            which = first if count == 1 else f"{count} text files ({first}, …)"
            found.append(f"{which}: ignored, because no lines begin with Agent: or Customer: as in a transcript")
        return found


def _is_audio(path: Path) -> bool:
    return path.suffix.lower() in AUDIO_SUFFIXES


def _is_transcript(path: Path) -> bool:
    return path.suffix.lower() in TRANSCRIPT_SUFFIXES


def _is_call(path: Path, facts: JsonFacts | None) -> bool:
    """Return True if a transcript without a recording is a call, and not notes or results of callqa."""
    if facts is not None:
        return facts.kind != "results"
    return path.suffix.lower() != ".txt" or is_conversation(path, alone=True)


def _name_problem(path: Path) -> str | None:
    """Return the reason the path cannot be written into a report, None if it can."""
    if _is_utf8(str(path)):
        return None
    what = "a name" if _is_utf8(str(path.parent)) else "a folder name above it"
    return f"has {what} that is not valid UTF-8; rename it"


def _is_utf8(text: str) -> bool:
    return not re.search("[\ud800-\udfff]", text)
