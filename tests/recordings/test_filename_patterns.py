from __future__ import annotations

import contextlib
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.errors import UsageError
from callqa.recordings.filename_patterns import GROUPS, PRESETS, NameFacts, compile_pattern

MORNING = datetime(2026, 11, 3, 9, 15)
PRESET_NAMES = [
    ("freepbx", "in-204-02079460111-20261103-091500-1793697300.42.wav", ("204", "1793697300.42", MORNING)),
    ("freepbx", "exten-204-02079460111-20261103-091500-1793697300.42.wav", ("204", "1793697300.42", MORNING)),
    ("freepbx", "out-02079460111-204-20261103-091500-1793697300.7.wav49", ("204", "1793697300.7", MORNING)),
    ("freepbx", "q-600-02079460111-20261103-091500-1793697300.8.wav", (None, "1793697300.8", MORNING)),
    ("3cx", "[Robin Lamp]_204-02079460111_20261103091500(17).wav", ("Robin Lamp", None, MORNING)),
    ("3cx", "sub/[Ana]_02079460111-204_20261103091500(3).wav", ("Ana", None, MORNING)),
    ("vicidial", "20261103-091500_2079460111_LAMPS_robin-all.mp3", ("robin", None, MORNING)),
    ("vicidial", "20261103-091500_2079460111_robin.wav", ("robin", None, MORNING)),
    ("vicidial", "20261103-091500_2079460111-all.mp3", (None, None, MORNING)),
    (
        "amazon-connect",
        "0c9e8d7f-1a2b-4c3d-9e8f-0123456789ab_20261103T09:15_UTC.wav",
        (None, "0c9e8d7f-1a2b-4c3d-9e8f-0123456789ab", MORNING.replace(tzinfo=UTC)),
    ),
    (
        "amazon-connect",
        "0c9e8d7f-1a2b-4c3d-9e8f-0123456789ab_20261103T09_15_UTC.wav",
        (None, "0c9e8d7f-1a2b-4c3d-9e8f-0123456789ab", MORNING.replace(tzinfo=UTC)),
    ),
    ("twilio", f"RE{'0123456789abcdef' * 2}.mp3", (None, f"RE{'0123456789abcdef' * 2}", None)),
    ("agent-id", "ana-0412.wav", ("ana", None, None)),
    ("agent-id", "deep/er/tom_0412_b.wav", ("tom", None, None)),
    ("agent-date-id", "ana-2026-11-03-0412.wav", ("ana", None, datetime(2026, 11, 3))),
    ("agent-date-id", "ana_20261103_0915_0412.wav", ("ana", None, MORNING)),
    ("agent-date-id", "ana_20261103T091500_x.wav", ("ana", None, MORNING)),
]


@pytest.mark.parametrize(("preset", "name", "wanted"), PRESET_NAMES, ids=[case[1] for case in PRESET_NAMES])
def test_presets_read_the_file_names_of_recorders(
    preset: str, name: str, wanted: tuple[str | None, str | None, datetime | None]
) -> None:
    facts = compile_pattern(preset).read(name)
    assert facts is not None
    assert (facts.agent, facts.call_id, facts.started_at) == wanted
    assert facts.bad_date is None


def test_every_preset_is_tried() -> None:
    assert {case[0] for case in PRESET_NAMES} == set(PRESETS)


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_do_not_match_other_names(preset: str) -> None:
    assert compile_pattern(preset).read("voicemail.wav") is None


def test_case_and_spaces_in_a_preset_name_do_not_matter() -> None:
    assert compile_pattern(" FreePBX ").alternatives == compile_pattern("freepbx").alternatives


def test_custom_patterns_are_searched_for_in_the_name() -> None:
    pattern = compile_pattern(r"(?P<agent>[a-z]+)\.(?P<date>\d{8})\.(?P<time>\d{4})")
    assert pattern.read("x/00-ana.20261103.0915.wav") == NameFacts("ana", None, MORNING)
    assert pattern.read("ana.20261103.0915/x.wav") is None


def test_patterns_with_a_slash_are_searched_for_in_the_path() -> None:
    pattern = compile_pattern(r"(?P<agent>[^/]+)/(?P<call_id>\d+)\.wav$")
    assert pattern.read("2026/ana/0412.wav") == NameFacts("ana", "0412")
    assert pattern.read("0412.wav") is None


def test_empty_groups_are_ignored() -> None:
    assert compile_pattern(r"^(?P<agent>\s*)(?P<call_id>\d+)").read("  17.wav") == NameFacts(None, "17")


def test_an_impossible_date_is_reported() -> None:
    facts = compile_pattern(r"^(?P<date>\d{8})").read("20261399.wav")
    assert facts == NameFacts(bad_date="20261399")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("(?P<agent>x", "not a regular expression"),
        ("(?P<agent>x)(?=y)", "not a regular expression"),
        ("freepbx2", "no named groups"),
        ("(.*)-(.*)", "no named groups"),
        ("(?P<agent>x)(?P<day>y)", "'day'"),
        ("(?P<time>x)", "only a time"),
        ("\udcff(?P<agent>x)", "not a regular expression"),
    ],
)
def test_bad_patterns_are_refused_with_a_suggestion(text: str, wanted: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match=re.escape(wanted)) as caught:
        compile_pattern(text)
    message = str(caught.value)
    assert "\n" not in message
    assert all(name in message for name in (*GROUPS, *PRESETS))
    assert capfd.readouterr() == ("", "")


@given(st.text())
def test_any_text_is_a_pattern_or_refused(text: str) -> None:
    with contextlib.suppress(UsageError):
        compile_pattern(text).read("calls/ana-0412.wav")
