from __future__ import annotations

import pytest

from callqa.engines.openai_whisper import precision


@pytest.mark.parametrize(
    ("flags", "expected"), [(frozenset({"avx2"}), "float32"), (frozenset({"avx2", "amx_bf16"}), "bfloat16")]
)
def test_the_expected_precision_follows_from_the_processors_flags(
    flags: frozenset[str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "_cpu_flags", lambda: flags)
    assert precision.expected_precision(None) == precision.expected_precision("cpu") == expected
    assert precision.expected_precision("cuda:1") == "float16"


@pytest.mark.parametrize(("worthwhile", "used"), [(True, "bfloat16"), (False, "float32")])
def test_bfloat16_is_used_only_if_it_proves_worthwhile(
    worthwhile: bool, used: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "_bfloat16_is_worthwhile", lambda: worthwhile)
    assert precision.verified_precision("bfloat16") == used
    assert precision.verified_precision("float32") == "float32"
