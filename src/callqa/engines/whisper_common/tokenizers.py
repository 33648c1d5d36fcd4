"""Whisper's tokenizers, and the tokens that are never text."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whisper.tokenizer import Tokenizer

MOST_LANGUAGES = 99
"""Languages in the vocabulary of models before large-v3; openai-whisper needs a number even for English alone."""


def load_tokenizer(language: str, languages: int) -> Tokenizer:
    """Return the tokenizer for a language, of a model that knows `languages` languages; 0 means English alone."""
    from whisper.tokenizer import get_tokenizer

    with warnings.catch_warnings(action="ignore"):  # openai-whisper leaves its vocabulary file open
        tokenizer: Tokenizer = get_tokenizer(
            bool(languages), num_languages=languages or MOST_LANGUAGES, language=language, task="transcribe"
        )
    return tokenizer


def unspoken_tokens(tokenizer: Tokenizer) -> set[int]:
    """Return the tokens that no transcript contains: sounds that are not speech, and marks for the decoder."""
    return {
        *tokenizer.non_speech_tokens,
        tokenizer.transcribe,
        tokenizer.translate,
        tokenizer.sot,
        tokenizer.sot_prev,
        tokenizer.sot_lm,
        tokenizer.no_speech,
    }
