from __future__ import annotations

import pytest
import whisper
from whisper.tokenizer import LANGUAGES

from callqa.engines.whisper_common import model_names


def test_models_and_languages_are_those_of_openai_whisper() -> None:
    assert list(model_names.OFFICIAL_MODELS) == whisper.available_models()
    assert set(LANGUAGES) == model_names.LANGUAGES


@pytest.mark.parametrize(
    ("model", "language", "name"),
    [(None, "en", "base.en"), (None, "de", "base"), (None, "auto", "base"), ("small.en", "en", "small.en")],
)
def test_the_model_depends_on_the_language_unless_it_is_given(model: str | None, language: str, name: str) -> None:
    assert model_names.model_name(model, language) == name
