"""Finding recordings, with what is known about each before it is transcribed: call id, agent, start, transcript.

Nothing is decoded here; in transcripts in JSON only the call id and the agent are looked up.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from callqa.core.text import plural, shortlist
from callqa.recordings.candidates import Candidate, CandidateSelector
from callqa.recordings.filename_patterns import FilenamePattern, NameFacts
from callqa.recordings.metadata_csv import Metadata, Row
from callqa.recordings.paths import WalkedPath, escape_unprintable, walk

UNKNOWN_AGENT = "unknown"

_DATE_FOLDER = re.compile(
    r"(?:19|20)\d\d(?:[-._]?(?:\d\d(?:[-._]?\d\d)?|W\d\d|Q[1-4]))?|\d{1,2}(?:[-._]\d{1,2}[-._](?:19|20)\d\d)?|W\d\d|Q[1-4]",
    re.IGNORECASE,
)
"""2026, 11, 03, 2026-11, 2026-11-03, 20261103, 2026-W45, 2026-Q4, 03.11.2026."""

_GENERIC_FOLDERS = frozenset(
    {"archive", "archives", "audio", "backup", "call", "calls", "conversations", "data", "desktop", "documents", "done"}
    | {"downloads", "export", "exports", "files", "home", "in", "inbound", "inbox", "incoming", "input", "interactions"}
    | {"media", "monitor", "mp3", "new", "old", "out", "outbound", "outbox", "outgoing", "output", "rec", "record"}
    | {"recording", "recordings", "records", "samples", "spool", "temp", "test", "tests", "tmp", "transcripts", "var"}
    | {"voice", "wav", "users", "user", "root", "mnt", "srv"}
)
"""Names of folders that are not the name of an agent."""


@dataclass(frozen=True)
class Recording:
    """The recording of one call.

    `transcript` is an existing transcript that is used instead of the audio; if there is no audio at all, it equals
    `path`.
    """

    path: Path
    call_id: str
    agent: str
    started_at: datetime | None
    transcript: Path | None
    team: str | None = None


@dataclass(frozen=True)
class UnusableFile:
    """A recording, or a folder of them, that cannot be used; its path and `reason` make one sentence."""

    path: Path
    call_id: str
    agent: str
    reason: str


@dataclass(frozen=True)
class FoundRecordings:
    """The recordings and unusable files found in paths, the number of other files skipped, and notes for the user."""

    recordings: tuple[Recording, ...]
    unusable: tuple[UnusableFile, ...]
    skipped: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Naming:
    """Sources of the agent, the call id and the start that take precedence over folder names."""

    metadata: Metadata | None = None
    pattern: FilenamePattern | None = None


def find_recordings(paths: Sequence[Path], naming: Naming) -> FoundRecordings:
    """Find the recordings in files and folders, in a stable order.

    Two recordings with the same call id are both unusable. Raises UsageError if a path does not exist.
    """
    selector = CandidateSelector()
    for entry in walk(paths):
        selector.add(entry)
    candidates = selector.candidates()
    recordings, notes = _identify(candidates, naming)
    unique, duplicates = _separate_duplicates(recordings)
    unusable = [*map(_unusable, selector.unusable), *duplicates]
    return FoundRecordings(tuple(unique), tuple(unusable), selector.skipped, (*selector.notes(), *notes))


def _unusable(entry: WalkedPath) -> UnusableFile:
    return UnusableFile(entry.path, _default_call_id(entry), _folder_agent(entry.folders), entry.problem or "")


def _identify(candidates: Sequence[Candidate], naming: Naming) -> tuple[list[Recording], list[str]]:
    """Identify each call by the metadata, then by its file name, then its transcript, then its folders."""
    names = [naming.pattern.read(candidate.entry.relative) if naming.pattern else None for candidate in candidates]
    pairs = list(zip(candidates, names, strict=True))
    rows: dict[Path, Row] = {}
    if naming.metadata is not None:
        rows = naming.metadata.by_file([(candidate.entry.path, candidate.entry.relative) for candidate in candidates])
        ids = [(candidate.entry.path, _call_id(candidate, name)) for candidate, name in pairs]
        rows = naming.metadata.by_call_id(ids) | rows
    recordings = [
        _recording(candidate, name or NameFacts(), rows.get(candidate.entry.path)) for candidate, name in pairs
    ]
    return recordings, [*_pattern_notes(candidates, names, naming), *_metadata_notes(rows, naming)]


def _recording(candidate: Candidate, name: NameFacts, row: Row | None) -> Recording:
    call_id = (row.call_id if row else None) or _call_id(candidate, name)
    agent = (row.agent if row else None) or name.agent or (candidate.facts.agent if candidate.facts else None)
    started_at = (row.started_at if row else None) or name.started_at
    return Recording(
        path=candidate.entry.path,
        call_id=_normalise(call_id),
        agent=_normalise(agent or _folder_agent(candidate.entry.folders)),
        started_at=started_at,
        transcript=candidate.transcript,
        team=_normalise(row.team) if row and row.team else None,
    )


def _call_id(candidate: Candidate, name: NameFacts | None) -> str:
    from_name = name.call_id if name else None
    from_transcript = candidate.facts.call_id if candidate.facts else None
    return from_name or from_transcript or _default_call_id(candidate.entry)


def _default_call_id(entry: WalkedPath) -> str:
    relative = PurePosixPath(entry.relative)
    return _normalise(str(relative if entry.is_folder else relative.with_suffix("")))


def _normalise(text: str) -> str:
    """Return a name in the form used everywhere: printable, and with composed letters, which macOS decomposes."""
    return unicodedata.normalize("NFC", escape_unprintable(text))


def _folder_agent(folders: Sequence[str]) -> str:
    """Return the nearest folder that is not a date as the agent, unless its name is a generic one."""
    names = [name for name in folders if not _DATE_FOLDER.fullmatch(name)]
    if not names or names[-1].casefold() in _GENERIC_FOLDERS:
        return UNKNOWN_AGENT
    return _normalise(names[-1]).strip() or UNKNOWN_AGENT


def _pattern_notes(candidates: Sequence[Candidate], names: Sequence[NameFacts | None], naming: Naming) -> Iterable[str]:
    if naming.pattern is None:
        return
    pairs = list(zip(candidates, names, strict=True))
    if unmatched := [candidate for candidate, name in pairs if name is None]:
        example = escape_unprintable(unmatched[0].entry.path)
        which = f"{len(unmatched)} of {len(candidates)} file names, such as {example}"
        yield f"the filename pattern does not match {which}"
    if dateless := [(candidate, name.bad_date) for candidate, name in pairs if name and name.bad_date]:
        candidate, text = dateless[0]
        example = f"{text} in {escape_unprintable(candidate.entry.path)}"
        which = f"{len(dateless)} of {len(candidates)} file names, such as {example}"
        yield f"the part that the filename pattern matches as a date is not a date in {which}"


MOST_ROWS = 5
"""Most unmatched rows of a metadata file that a note names."""


def _metadata_notes(rows: dict[Path, Row], naming: Naming) -> Iterable[str]:
    if naming.metadata is None:
        return
    used = {row.line for row in rows.values()}
    unused = [row for row in naming.metadata.rows if row.line not in used]
    if unused:
        rows_of = plural(len(naming.metadata.rows), "row")
        named = [f"{row.file or row.call_id} (line {row.line})" for row in unused]
        examples = shortlist(named, MOST_ROWS)
        yield f"no recording was found for {len(unused)} of {rows_of} of the metadata file: {examples}"


def _separate_duplicates(recordings: Sequence[Recording]) -> tuple[list[Recording], list[UnusableFile]]:
    by_id: defaultdict[str, list[Recording]] = defaultdict(list)
    for recording in recordings:
        by_id[recording.call_id].append(recording)
    unique = [recording for recording in recordings if len(by_id[recording.call_id]) == 1]
    duplicates = [
        UnusableFile(recording.path, recording.call_id, recording.agent, _duplicate_reason(recording, same))
        for recording in recordings
        if len(same := by_id[recording.call_id]) > 1
    ]
    return unique, duplicates


def _duplicate_reason(recording: Recording, same: Sequence[Recording]) -> str:
    others = [escape_unprintable(other.path) for other in same if other is not recording]
    more = "" if len(others) == 1 else f" and {len(others) - 1} more"
    several_folders = any(other.path.parent != recording.path.parent for other in same)
    folder = " name their folder instead of the files," if several_folders else ""
    return (
        f"has the same call id, {recording.call_id}, as {others[0]}{more}; rename one,{folder}"
        " or give each its own call_id with --metadata or --filename-pattern"
    )
