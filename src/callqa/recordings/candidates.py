"""Which files are recordings, and which transcript stands in for each."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from callqa.recordings.paths import WalkedPath, shown
from callqa.recordings.sidecars import TRANSCRIPT_SUFFIXES, JsonFacts, Sidecars, is_conversation, json_facts

AUDIO_SUFFIXES = frozenset(
    {".wav", ".w64", ".mp3", ".mp2", ".flac", ".ogg", ".oga", ".opus", ".spx", ".m4a", ".m4b", ".aac", ".amr", ".awb"}
    | {".wma", ".au", ".snd", ".aif", ".aiff", ".aifc", ".caf", ".ac3", ".gsm", ".g722", ".sln", ".voc", ".dss", ".wv"}
    | {".mp4", ".m4v", ".mov", ".3gp", ".3g2", ".webm", ".mkv", ".mka", ".avi", ".asf", ".wmv", ".flv", ".mpg", ".mpeg"}
)
"""Endings of sound and video files, in lower case. A file named on its own is taken whatever its ending."""


@dataclass(frozen=True)
class Candidate:
    """A file taken for a recording, with its transcript and what a JSON transcript says of the call."""

    seen: WalkedPath
    transcript: Path | None
    facts: JsonFacts | None


@dataclass
class Candidates:
    """Sorts what was met into recordings, transcripts, what cannot be used and the rest."""

    skipped: int = 0
    unusable: list[WalkedPath] = field(default_factory=list)
    _files: list[WalkedPath] = field(default_factory=list)
    _left_aside: list[Path] = field(default_factory=list)
    _unlabelled: list[Path] = field(default_factory=list)
    _sidecars: Sidecars = field(default_factory=Sidecars)

    def sort_in(self, seen: WalkedPath) -> None:
        """Take in what was met."""
        problem = seen.problem or _name_problem(seen.path)
        counts = seen.given or seen.is_folder or _is_audio(seen.path) or _is_transcript(seen.path)
        if not counts:
            self.skipped += 1
        elif problem is None:
            self._files.append(seen)
        else:
            self.unusable.append(replace(seen, problem=problem))

    def candidates(self) -> list[Candidate]:
        """The recordings among the files, each with its transcript."""
        beside = {
            os.path.abspath(path)
            for seen in self._files
            if not _is_transcript(seen.path)
            for path in self._sidecars.beside(seen.path)
        }
        found: list[Candidate] = []
        used: set[str] = set()
        for seen in self._files:
            if not _is_transcript(seen.path):
                transcript, facts = self._transcript_of(seen.path)
                found.append(Candidate(seen, transcript, facts))
                if transcript is not None:
                    used.add(os.path.abspath(transcript))
            elif os.path.abspath(seen.path) not in beside:
                facts = json_facts(seen.path) if seen.path.suffix.lower() == ".json" else None
                if seen.given or _stands_alone(seen.path, facts):
                    found.append(Candidate(seen, seen.path, facts))
                else:
                    self.skipped += 1
                    if seen.path.suffix.lower() == ".txt":
                        self._unlabelled.append(seen.path)
        unused = [seen for seen in self._files if os.path.abspath(seen.path) in beside - used]
        self.skipped += len(unused)
        return found

    def _transcript_of(self, recording: Path) -> tuple[Path | None, JsonFacts | None]:
        for path in self._sidecars.beside(recording):
            match path.suffix.lower():
                case ".json":
                    facts = json_facts(path)
                    if facts.kind == "transcript":
                        return path, facts
                    self._left_aside.append(path)
                case ".txt":
                    if is_conversation(path, alone=False):
                        return path, None
                case _:
                    return path, None
        return None, None

    def notes(self) -> list[str]:
        """What to tell about files that were left aside."""
        found: list[str] = []
        paths = list(dict.fromkeys(self._left_aside))
        if paths:
            which = shown(paths[0]) if len(paths) == 1 else f"{len(paths)} JSON files ({shown(paths[0])}, …)"
            found.append(
                f"{which} beside recordings: neither utterances nor segments in it, so no transcript; left aside"
            )
        if self._unlabelled:
            first, count = shown(self._unlabelled[0]), len(self._unlabelled)
            which = first if count == 1 else f"{count} text files ({first}, …)"
            found.append(f"{which}: no lines that begin with Agent: or Customer:, so no transcript; left alone")
        return found


def _is_audio(path: Path) -> bool:
    return path.suffix.lower() in AUDIO_SUFFIXES


def _is_transcript(path: Path) -> bool:
    return path.suffix.lower() in TRANSCRIPT_SUFFIXES


def _stands_alone(path: Path, facts: JsonFacts | None) -> bool:
    """Whether a transcript with no recording beside it is a call, and not notes or results of callqa."""
    if facts is not None:
        return facts.kind != "results"
    return path.suffix.lower() != ".txt" or is_conversation(path, alone=True)


def _name_problem(path: Path) -> str | None:
    """Why the path cannot be written into a report, if it cannot."""
    if _is_utf8(str(path)):
        return None
    what = "a name" if _is_utf8(str(path.parent)) else "a folder name above it"
    return f"has {what} that is not valid UTF-8; rename it"


def _is_utf8(text: str) -> bool:
    return not re.search("[\ud800-\udfff]", text)
