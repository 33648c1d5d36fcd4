from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.recordings.sidecars import JsonFacts, Sidecars, is_conversation, json_facts


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        ({"utterances": [], "call_id": " a17 ", "agent": "Ana"}, JsonFacts("transcript", "a17", "Ana")),
        ({"text": "", "segments": []}, JsonFacts("transcript")),
        ({"utterances": [], "call_id": 17, "agent": ""}, JsonFacts("transcript")),
        ({"format": 1, "calls": []}, JsonFacts("results")),
        ({"duration": 3}, JsonFacts("other")),
        ([], JsonFacts("other")),
    ],
)
def test_kinds_of_json_are_distinguished(tmp_path: Path, data: object, wanted: JsonFacts) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(data))
    assert json_facts(path) == wanted


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe{", b"[" * 100_000, b"NaN,"])
def test_broken_json_counts_as_a_transcript(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(data)
    assert json_facts(path).kind == "transcript"
    assert json_facts(tmp_path / "gone.json").kind == "transcript"


@pytest.mark.parametrize(
    ("text", "next_to_audio", "alone"),
    [
        ("Agent: Good morning.\nCustomer: Hello.\n", True, True),
        ("Maria: Good morning.\nTom: Hello.\nMaria: How can I help?\n", True, True),
        ("[00:01] Maria: Good morning.\n[00:04] Tom: Hello.\n[00:09] Maria: Yes?\n", True, True),
        ("00:00:01 - Speaker 1: Good morning.\n00:00:04 - Speaker 2: Hello.\n", True, True),
        ("Maria (0:01): Good morning.\nTom (0:04): Hello.\nMaria (0:09): Yes?\n", True, True),
        ("\ufeffAgent: Good morning.\n", True, False),
        ("Agent: Good morning,\nthis is Ana\nfrom the lamp shop\nin the high street.\nCustomer: Hello.\n", True, False),
        ("Date: 3 November\nDuration: 3:12\nAgent: Ana\nCaller: 0111\n", False, False),
        ("Dear all,\nplease note: the phones are down.\n", False, False),
        ("To do: ring Tom back\nTo do: mend the lamp\nand so on\nand so forth\nand on\n", True, False),
        ("see https://lamps.example\nhttps://lamps.example\n", False, False),
        ("", False, False),
    ],
)
def test_conversations_are_distinguished_from_notes(
    tmp_path: Path, text: str, next_to_audio: bool, alone: bool
) -> None:
    path = tmp_path / "a.txt"
    path.write_text(text)
    assert is_conversation(path, alone=False) is next_to_audio
    assert is_conversation(path, alone=True) is alone


@given(st.binary(max_size=300))
def test_any_bytes_are_a_conversation_or_not(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "a.txt"
    path.write_bytes(data)
    assert is_conversation(path, alone=False) in (True, False)


def test_the_preferred_transcript_comes_first(tmp_path: Path) -> None:
    for name in ("a.txt", "a.srt", "a.JSON", "a.vtt", "a.wav.json", "b.json", ".a.json", "a.wav"):
        (tmp_path / name).touch()
    (tmp_path / "a.json").mkdir()
    found = Sidecars().of(tmp_path / "a.wav")
    assert [path.name for path in found] == ["a.JSON", "a.wav.json", "a.vtt", "a.srt", "a.txt"]
    assert Sidecars().of(tmp_path / "gone" / "a.wav") == []
