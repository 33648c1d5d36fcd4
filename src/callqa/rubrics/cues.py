"""The shipped phrases by which agent, customer and answering machine are identified."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from callqa.behaviors.behavior_schema import PhraseList
from callqa.conversation.roles import Cues
from callqa.conversation.voicemail import Voicemail
from callqa.core.yaml_loading import read_yaml
from callqa.core.yaml_validation import validate
from callqa.errors import RubricError
from callqa.language.phrases import PhraseSet
from callqa.rubrics.folders import display_name, shipped_folder


class _CuesFile(BaseModel):
    """The YAML form of the phrases."""

    model_config = ConfigDict(extra="forbid")
    format: Literal[1]
    agent: PhraseList
    customer: PhraseList
    voicemail: PhraseList


def cues_path() -> Path:
    """Return the path of the file."""
    return shipped_folder() / "_cues.yaml"


def load_cues() -> tuple[Cues, Voicemail]:
    """Return the phrases that only an agent or only a customer says, and those of answering machines."""
    path = cues_path()
    file, problems = validate(read_yaml(path, display_name(path)), _CuesFile)
    if file is None:
        raise RubricError(problems)
    return Cues(PhraseSet(file.agent), PhraseSet(file.customer)), Voicemail(PhraseSet(file.voicemail))
