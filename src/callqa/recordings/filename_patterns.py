"""Patterns that extract the agent, the call id and the start from file names: presets and custom patterns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callqa.errors import UsageError
from callqa.recordings.timestamps import parse_timestamp

GROUPS = ("agent", "call_id", "started_at", "date", "time")
"""The named groups a pattern may have; `time` is only used with `date`."""

_WHEN = r"(?P<date>\d{8})-(?P<time>\d{6})"

PRESETS: Mapping[str, tuple[str, ...]] = {
    # Asterisk's MixMonitor as FreePBX names its files: type-to-from-date-time-uniqueid. The extension is the agent:
    # the caller of outgoing calls, the one called of the others. Names of queues and groups do not contain who took
    # the call.
    "freepbx": (
        rf"^out-[^-]+-(?P<agent>[^-]+)-{_WHEN}-(?P<call_id>\d+\.\d+)",
        rf"^(?:exten|external|in|internal|force|ondemand)-(?P<agent>[^-]+)-[^-]+-{_WHEN}-(?P<call_id>\d+\.\d+)",
        rf"^(?:q|rg|conf)-[^-]+-[^-]+-{_WHEN}-(?P<call_id>\d+\.\d+)",
    ),
    # 3CX: [Name of the extension]_from-to_yyyymmddhhmmss(number).wav. The number restarts now and then.
    "3cx": (r"^\[(?P<agent>[^\]]+)\]_[^_]*_(?P<started_at>\d{14})\(",),
    # VICIdial: FULLDATE_CUSTPHONE_CAMPAIGN_AGENT or FULLDATE_CUSTPHONE_AGENT, with -all, -in or -out, and its
    # default FULLDATE_CUSTPHONE, which does not name the agent.
    "vicidial": (
        rf"^{_WHEN}_[^_]*_(?:[^_]+_)?(?P<agent>[^_.-]+)(?:-(?:all|in|out))?\.\w+$",
        rf"^{_WHEN}_",
    ),
    # Amazon Connect in S3: contact-id_yyyymmddThh:mm_UTC.wav; browsers save the colon as another character.
    "amazon-connect": (
        r"^(?P<call_id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_(?P<started_at>\d{8}T\d\d[:_-]?\d\d_UTC)",
    ),
    # Twilio: the recording's SID.
    "twilio": (r"(?P<call_id>RE[0-9a-f]{32})",),
    # ana-0412.wav, ana_0412.wav
    "agent-id": (r"^(?P<agent>[^_-]+)[_-].+\.\w+$",),
    # ana-2026-11-03-0412.wav, ana_20261103_0915_0412.wav
    "agent-date-id": (r"^(?P<agent>[^_-]+)[_-](?P<date>\d{4}-?\d\d-?\d\d)(?:[T_-](?P<time>\d{4}|\d{6}))?[_-].+\.\w+$",),
}
"""Patterns for the file names of common recorders, by name of the preset; the first of each that matches is used."""


@dataclass(frozen=True)
class NameFacts:
    """Facts in a file's name; `bad_date` is a part in the place of a date that is not a possible date or time."""

    agent: str | None = None
    call_id: str | None = None
    started_at: datetime | None = None
    bad_date: str | None = None


@dataclass(frozen=True)
class FilenamePattern:
    """A compiled pattern or preset, searched for in file names, or in paths where it contains a slash."""

    text: str
    alternatives: tuple[Any, ...]
    on_path: bool

    def read(self, relative: str) -> NameFacts | None:
        """Return the facts in a file's name; None if the pattern does not match.

        `relative` is the path relative to the folder the user named.
        """
        subject = relative if self.on_path else relative.rpartition("/")[2]
        for pattern in self.alternatives:
            if match := pattern.search(subject):
                return _facts({name: (value or "").strip() for name, value in match.groupdict().items()})
        return None


def _facts(found: Mapping[str, str]) -> NameFacts:
    text = found.get("started_at") or " ".join(filter(None, (found.get("date"), found.get("time"))))
    started_at = parse_timestamp(text) if text else None
    return NameFacts(
        agent=found.get("agent") or None,
        call_id=found.get("call_id") or None,
        started_at=started_at,
        bad_date=text if text and started_at is None else None,
    )


def compile_pattern(text: str) -> FilenamePattern:
    """Compile the name of a preset or a regular expression (RE2 syntax) with named groups.

    Raises UsageError if it is neither, or if it extracts nothing useful from a name.
    """
    preset = PRESETS.get(text.strip().lower())
    alternatives = tuple(_compile(pattern) for pattern in preset or (text,))
    for pattern in alternatives:
        _check_groups(list(pattern.groupindex))
    return FilenamePattern(text, alternatives, on_path=preset is None and "/" in text)


def _compile(text: str) -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(text, options)
    except (re2.error, UnicodeEncodeError) as error:
        reason = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else str(error)
        raise UsageError(f"the filename pattern is not a regular expression ({reason}); {_help()}") from None


def _check_groups(names: list[str]) -> None:
    unknown = [name for name in names if name not in GROUPS]
    if unknown:
        raise UsageError(f"the filename pattern has a group named {unknown[0]!r}; {_help()}")
    if not set(names) - {"time"}:
        what = "only a time" if names else "no named groups"
        raise UsageError(f"the filename pattern has {what}, so it extracts nothing; {_help()}")


def _help() -> str:
    groups = ", ".join(f"(?P<{name}>…)" for name in GROUPS)
    return f"write one with any of the groups {groups}, or name a preset: {', '.join(PRESETS)}"
