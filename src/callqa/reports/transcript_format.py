"""The JSON form of a transcript, as models from which its JSON Schema is made.

`transcripts` reads and writes it without them. Unknown keys are ignored there, with a warning, so the schema allows
them.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from callqa.core.json_form import JsonObject, Seconds


class _Open(JsonObject):
    model_config = ConfigDict(extra="ignore")


class Word(_Open):
    """One recognised word."""

    text: str
    start: Seconds | None = None
    end: Seconds | None = None
    probability: Annotated[float, Field(ge=0, le=1)] | None = None


class Utterance(_Open):
    """A stretch of speech by one speaker."""

    speaker: Annotated[str, Field(min_length=1, examples=["agent", "customer", "unknown", "Maria"])]
    """Who speaks: agent, customer or unknown. Any other name is a label, and callqa works out whose it is."""
    start: Seconds | None = None
    """Seconds from the start of the recording; null or missing if it is not known."""
    end: Seconds | None = None
    text: str
    words: list[Word] | None = None
    doubt: str | None = None
    """Why the text may be wrong; null means no known reason."""
    speaker_sure: bool = True
    """False if the speaker is only a guess."""


class TranscriptFile(_Open):
    """The utterances of one call."""

    format: Literal[1] | None = 1
    call_id: str | None = None
    """If missing, the name of the file is used."""
    agent: str | None = None
    utterances: list[Utterance]
