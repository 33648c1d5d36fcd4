"""The JSON Schemas of callqa's file formats (draft 2020-12): made from the models, published in `callqa/schemas/`."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from pydantic import BaseModel

from callqa import rubric
from callqa.errors import UsageError
from callqa.reports.detect_format import DetectFile
from callqa.reports.result_format import ResultsFile
from callqa.reports.transcript_format import TranscriptFile

DRAFT = "https://json-schema.org/draft/2020-12/schema"

NAMES = ("detect", "rubric", "score", "transcript")
"""The formats that have a schema; `NAME.schema.json` is the published file."""

_MODELS: dict[str, tuple[type[BaseModel], str]] = {
    "detect": (DetectFile, "callqa detect"),
    "score": (ResultsFile, "callqa results"),
    "transcript": (TranscriptFile, "callqa transcript"),
}


def generate(name: str) -> dict[str, Any]:
    """The schema of one of NAMES, made anew."""
    if name == "rubric":
        schema = rubric.json_schema()
    else:
        model, title = _MODELS[name]
        schema = {**model.model_json_schema(), "title": title}
    return {"$schema": DRAFT, **schema}


def to_text(schema: dict[str, Any]) -> str:
    """A schema as it is published."""
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def published(name: str) -> str:
    """The text of a published schema. Raises UsageError for a name that has none."""
    if name not in NAMES:
        raise UsageError(f"there is no schema {name!r}; choose one of {', '.join(NAMES)}")
    return files("callqa").joinpath("schemas", f"{name}.schema.json").read_text("utf-8")
