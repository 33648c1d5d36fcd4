"""The JSON form of a transcript, as models from which its JSON Schema is made.

Reading and writing transcripts is done elsewhere; unknown keys are left out with a warning there, so the schema
allows them.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from callqa.results.result_format import Part, Seconds


class _Open(Part):
    model_config = ConfigDict(extra="ignore")


class WordPart(_Open):
    """One recognised word."""

    text: str
    start: Seconds | None = None
    end: Seconds | None = None
    probability: Annotated[float, Field(ge=0, le=1)] | None = None


class UtterancePart(_Open):
    """A stretch of speech by one speaker."""

    speaker: Annotated[str, Field(min_length=1, examples=["agent", "customer", "unknown", "Maria"])]
    """Who speaks: agent, customer or unknown. Any other name is a label, and the words tell whose it is."""
    start: Seconds | None = None
    """Seconds from the start of the recording; null or left out where it is not known."""
    end: Seconds | None = None
    text: str
    words: list[WordPart] | None = None
    doubt: str | None = None
    """Why what was heard may be wrong; null means no known reason."""
    speaker_sure: bool = True
    """False where it is only a guess who speaks."""


class TranscriptFile(_Open):
    """What was said in one call."""

    format: Literal[1] | None = 1
    call_id: str | None = None
    """Left out: the name of the file."""
    agent: str | None = None
    utterances: list[UtterancePart]
