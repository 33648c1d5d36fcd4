"""The output of `callqa rubric audit`: what each phrase does in real calls, as text or as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from callqa.authoring.phrase_audit import AuditedPhrase, PhraseAudit
from callqa.core.json_form import Count, JsonObject, json_text
from callqa.core.text import plural, printable
from callqa.results.result_format import RubricId, rubric_id
from callqa.results.rubric_snapshot import snapshot_of
from callqa.rubrics.rubric_schema import Rubric

LONGEST_PHRASE = 100
"""Characters of a phrase shown in the text."""


class PhraseAuditFile(JsonObject):
    """The output of `callqa rubric audit -f json`."""

    format: Literal[1]
    rubric: RubricId
    calls: Count
    utterances: Count
    silent: Count
    """Phrases that never fire."""
    phrases: tuple[AuditedPhrase, ...]
    """The phrases that fire, the most frequent first."""


def audit_json(audit: PhraseAudit, rubric: Rubric) -> str:
    """Return every phrase that fires as JSON."""
    return json_text(
        PhraseAuditFile(
            format=1,
            rubric=rubric_id(snapshot_of(rubric)),
            calls=audit.calls,
            utterances=audit.utterances,
            silent=audit.silent,
            phrases=audit.phrases,
        )
    )


def audit_text(audit: PhraseAudit, rubric: Rubric) -> str:
    """Return the phrases to read, the most frequent first, each with a few lines in which it fires."""
    return "\n".join(_lines(audit, rubric)) + "\n"


def _lines(audit: PhraseAudit, rubric: Rubric) -> Iterator[str]:
    fired = len(audit.phrases)
    yield (
        f"{printable(rubric.name)} v{rubric.file.version} on {plural(audit.calls, 'call')}, "
        f"{plural(audit.utterances, 'line')}: {plural(fired, 'phrase')} fired, {audit.silent} did not"
    )
    for row in audit.phrases:
        yield ""
        yield f"{row.per_thousand:7.2f} per 1,000 lines  {printable(row.owner)}: {printable(_short(row.phrase))}"
        yield f"        {_counts(row)}"
        yield from (f"        “{printable(example)}”" for example in row.examples)


def _counts(row: AuditedPhrase) -> str:
    said = f"{plural(row.hits, 'hit')} in {plural(row.calls, 'call')}, {row.counted} counted"
    return said if row.right is None else f"{said}, {row.right} right by the labels ({row.right / row.hits:.0%})"


def _short(phrase: str) -> str:
    return phrase if len(phrase) <= LONGEST_PHRASE else f"{phrase[:LONGEST_PHRASE]}…"
