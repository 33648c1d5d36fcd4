"""Which recordings there are, and what is known of each before it is heard: call id, agent, start, transcript.

Nothing is decoded here; of transcripts in JSON only the call id and the agent are looked at.
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
from callqa.recordings.candidates import Candidate, Candidates
from callqa.recordings.filename_patterns import FilenamePattern, NameFacts
from callqa.recordings.metadata_csv import Metadata, Row
from callqa.recordings.paths import WalkedPath, shown, walk

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
"""Names of folders that are nobody's name."""


@dataclass(frozen=True)
class Recording:
    """One call's recording.

    `transcript` is a transcript made elsewhere that stands in for the audio; where there is no audio at all it
    equals `path`.
    """

    path: Path
    call_id: str
    agent: str
    started_at: datetime | None
    transcript: Path | None
    team: str | None = None


@dataclass(frozen=True)
class UnusableFile:
    """A recording, or a folder of them, that cannot be used; `reason` goes on from its path in one sentence."""

    path: Path
    call_id: str
    agent: str
    reason: str


@dataclass(frozen=True)
class FoundRecordings:
    """What the paths hold: recordings, what cannot be used, how many other files were skipped, and what to tell."""

    recordings: tuple[Recording, ...]
    unusable: tuple[UnusableFile, ...]
    skipped: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Naming:
    """Where agent, call id and start are taken from, before folders are looked at."""

    metadata: Metadata | None = None
    pattern: FilenamePattern | None = None


def find_recordings(paths: Sequence[Path], naming: Naming) -> FoundRecordings:
    """The recordings in files and folders, in a stable order.

    Two recordings with one call id are both unusable. Raises UsageError where paths do not exist.
    """
    files = Candidates()
    for seen in walk(paths):
        files.sort_in(seen)
    candidates = files.candidates()
    recordings, notes = _identify(candidates, naming)
    unique, twice = _part_duplicates(recordings)
    unusable = [*map(_unusable, files.unusable), *twice]
    return FoundRecordings(tuple(unique), tuple(unusable), files.skipped, (*files.notes(), *notes))


def _unusable(seen: WalkedPath) -> UnusableFile:
    return UnusableFile(seen.path, _default_call_id(seen), _folder_agent(seen.folders), seen.problem or "")


def _identify(candidates: Sequence[Candidate], naming: Naming) -> tuple[list[Recording], list[str]]:
    """Name the calls: by metadata, then file name, then the transcript, then the folders."""
    names = [naming.pattern.read(one.seen.relative) if naming.pattern else None for one in candidates]
    rows: dict[Path, Row] = {}
    if naming.metadata is not None:
        rows = naming.metadata.by_file([(one.seen.path, one.seen.relative) for one in candidates])
        ids = [(one.seen.path, _call_id(one, name)) for one, name in zip(candidates, names, strict=True)]
        rows = naming.metadata.by_call_id(ids) | rows
    recordings = [
        _recording(one, name or NameFacts(), rows.get(one.seen.path))
        for one, name in zip(candidates, names, strict=True)
    ]
    return recordings, [*_pattern_notes(candidates, names, naming), *_metadata_notes(rows, naming)]


def _recording(one: Candidate, name: NameFacts, row: Row | None) -> Recording:
    call_id = (row.call_id if row else None) or _call_id(one, name)
    agent = (row.agent if row else None) or name.agent or (one.facts.agent if one.facts else None)
    started_at = (row.started_at if row else None) or name.started_at
    return Recording(
        path=one.seen.path,
        call_id=_tidy(call_id),
        agent=_tidy(agent or _folder_agent(one.seen.folders)),
        started_at=started_at,
        transcript=one.transcript,
        team=_tidy(row.team) if row and row.team else None,
    )


def _call_id(one: Candidate, name: NameFacts | None) -> str:
    from_name = name.call_id if name else None
    return from_name or (one.facts.call_id if one.facts else None) or _default_call_id(one.seen)


def _default_call_id(seen: WalkedPath) -> str:
    relative = PurePosixPath(seen.relative)
    return _tidy(str(relative if seen.is_folder else relative.with_suffix("")))


def _tidy(text: str) -> str:
    """A name as it is written everywhere: printable, and with letters composed, as macOS does not write them."""
    return unicodedata.normalize("NFC", shown(text))


def _folder_agent(folders: Sequence[str]) -> str:
    """The agent a recording's folders tell: the nearest that is no date, unless it is nobody's name."""
    names = [name for name in folders if not _DATE_FOLDER.fullmatch(name)]
    if not names or names[-1].casefold() in _GENERIC_FOLDERS:
        return UNKNOWN_AGENT
    return _tidy(names[-1]).strip() or UNKNOWN_AGENT


def _pattern_notes(candidates: Sequence[Candidate], names: Sequence[NameFacts | None], naming: Naming) -> Iterable[str]:
    if naming.pattern is None:
        return
    named = list(zip(candidates, names, strict=True))
    if unmatched := [one for one, name in named if name is None]:
        which = f"{len(unmatched)} of {len(candidates)} file names, such as {shown(unmatched[0].seen.path)}"
        yield f"the filename pattern does not match {which}"
    if dateless := [(one, name.bad_date) for one, name in named if name and name.bad_date]:
        one, text = dateless[0]
        which = f"{len(dateless)} of {len(candidates)} file names, such as {text} in {shown(one.seen.path)}"
        yield f"what the filename pattern takes for a date is none in {which}"


MOST_ROWS = 5
"""Rows named of a metadata file that match nothing."""


def _metadata_notes(rows: dict[Path, Row], naming: Naming) -> Iterable[str]:
    if naming.metadata is None:
        return
    used = {row.line for row in rows.values()}
    unused = [row for row in naming.metadata.rows if row.line not in used]
    if unused:
        rows_of = plural(len(naming.metadata.rows), "row")
        named = [f"{row.file or row.call_id} (line {row.line})" for row in unused]
        shown_rows = shortlist(named, MOST_ROWS)
        yield f"no recording was found for {len(unused)} of {rows_of} of the metadata file: {shown_rows}"


def _part_duplicates(recordings: Sequence[Recording]) -> tuple[list[Recording], list[UnusableFile]]:
    by_id: defaultdict[str, list[Recording]] = defaultdict(list)
    for recording in recordings:
        by_id[recording.call_id].append(recording)
    unique = [recording for recording in recordings if len(by_id[recording.call_id]) == 1]
    twice = [
        UnusableFile(recording.path, recording.call_id, recording.agent, _twice(recording, by_id[recording.call_id]))
        for recording in recordings
        if len(by_id[recording.call_id]) > 1
    ]
    return unique, twice


def _twice(recording: Recording, same: Sequence[Recording]) -> str:
    others = [shown(other.path) for other in same if other is not recording]
    more = "" if len(others) == 1 else f" and {len(others) - 1} more"
    apart = any(other.path.parent != recording.path.parent for other in same)
    folder = " name their folder instead of the files," if apart else ""
    return (
        f"has the call id {recording.call_id} that {others[0]}{more} has too; rename one,{folder}"
        " or give each its own call_id with --metadata or --filename-pattern"
    )
