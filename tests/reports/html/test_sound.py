"""The sound of a report is that of the moments that decided, of the recording that was judged, and no more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from callqa.core.timeline import Span, total
from callqa.reports.html.sound import PER_CALL, SOME_SILENT, Part, moments, sound_of
from support.audio_files import pitches, read, tone, write
from support.html_samples import SECONDS, recorded
from support.results_samples import call, evidence, told, unscored


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("calls") / "ana" / "0401.wav"


def test_clips_hold_the_evidence_and_a_little_around_it(judged: Path, tmp_path: Path) -> None:
    sound = sound_of(recorded(judged, "pfpp"), "clips", tmp_path)
    assert sound.parts == (Part(0.5, 7.5, 0.0), Part(56.9, 62.4, 7.3), Part(68.5, 74.0, 13.1))
    assert sound.media is not None
    assert sound.link is None
    (tmp_path / "clips.webm").write_bytes(sound.media)
    heard = read(tmp_path / "clips.webm")
    assert heard.shape[1] / 16_000 == pytest.approx(13.1 + 5.5 + 0.3, abs=0.1)
    inside = heard[:, 16_000 * 8 : 16_000 * 12]
    assert pitches(inside)[0] in (pytest.approx(440, abs=3), pytest.approx(660, abs=3))


def test_no_sound_where_none_is_asked_for_or_there_is_none_to_have(judged: Path, tmp_path: Path) -> None:
    made = recorded(judged)
    for nothing in (
        sound_of(made, "none", tmp_path),
        sound_of(unscored("a.wav", "failed", "it is empty"), "full", tmp_path),
        sound_of(replace(made, path=""), "clips", tmp_path),
        sound_of(replace(made, path="a\0b"), "clips", tmp_path),
        sound_of(replace(made, criteria=()), "clips", tmp_path),
    ):
        assert nothing.parts == ()
        assert nothing.note is None


def test_a_whole_call(judged: Path, tmp_path: Path) -> None:
    sound = sound_of(recorded(judged), "full", tmp_path)
    assert sound.parts == (Part(0.0, SECONDS, 0.0),)
    (tmp_path / "full.webm").write_bytes(sound.media or b"")
    assert read(tmp_path / "full.webm").shape[1] / 16_000 == pytest.approx(SECONDS, abs=0.1)


def test_a_link_leads_from_the_report_to_the_recording(tmp_path: Path) -> None:
    made = recorded(tmp_path / "calls" / "ana ü" / "no #1.wav")
    sound = sound_of(made, "link", tmp_path / "reports")
    assert sound.link == "./../calls/ana%20%C3%BC/no%20%231.wav"
    assert sound.parts == (Part(0.0, SECONDS, 0.0),)


def test_a_recording_that_is_gone_or_another_one_is_named(judged: Path, tmp_path: Path) -> None:
    made = recorded(judged)
    gone = sound_of(replace(made, path=str(tmp_path / "gone.wav")), "clips", tmp_path)
    assert gone.parts == ()
    assert gone.note is not None
    assert gone.note.startswith("The recording does not exist")
    for mode in ("clips", "full", "link"):
        changed = sound_of(replace(made, content="0" * 64), mode, tmp_path)  # type: ignore[arg-type]
        assert changed.parts == ()
        assert changed.note == "The recording has changed since it was judged. Its sound is not in this report."


def test_a_transcript_has_no_sound_of_its_own_but_may_have_a_recording(judged: Path, tmp_path: Path) -> None:
    made = replace(recorded(judged), engine="transcript")
    assert sound_of(made, "clips", tmp_path).parts == ()  # the bytes judged are those at the path: the words themselves
    assert sound_of(replace(made, content="0" * 64), "clips", tmp_path).parts


def test_a_file_that_is_no_sound_is_named(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_text("hello", encoding="utf-8")
    made = call(str(path), duration=60.0)
    assert "is not an audio file" in (sound_of(made, "clips", tmp_path).note or "")


def test_a_recording_shorter_than_it_was_gives_what_there_is(tmp_path: Path) -> None:
    path = write(tmp_path / "call.wav", tone(4.0, 440.0))
    made = call(str(path), duration=60.0, greeting=told("", evidence(2.0, "hello"), evidence(50.0, "hello again")))
    assert sound_of(made, "clips", tmp_path).parts == (Part(0.5, 4.0, 0.0),)


class TestMoments:
    def test_what_overlaps_is_one_and_a_long_one_is_cut(self) -> None:
        made = call(
            "a.wav",
            "pnnn",
            duration=100.0,
            greeting=told("", evidence(2.0, "a"), evidence(4.0, "b"), evidence(40.0, "c", end=90.0)),
        )
        assert moments(made) == [Span(0.5, 8.0), Span(38.5, 53.5)]

    def test_times_that_are_none_give_nothing(self) -> None:
        pieces = [evidence(start, "x") for start in (None, -3.0, float("nan"), 500.0)]
        assert moments(call("a.wav", "pnnn", duration=100.0, greeting=told("", *pieces))) == []

    def test_a_line_without_an_end_is_taken_to_be_short(self) -> None:
        made = call("a.wav", "pnnn", duration=None, greeting=told("", evidence(10.0, "x", end=None)))
        assert moments(made) == [Span(8.5, 15.5)]

    def test_every_criterion_is_heard_before_any_is_heard_at_length(self) -> None:
        many = told("", *(evidence(10.0 + 8 * number, "x", "trigger") for number in range(12)))
        made = call("a.wav", "pfnn", duration=200.0, apology=many)
        spans = moments(made)
        assert spans[0] == Span(0.5, 6.0)
        assert total(spans) <= PER_CALL


def test_a_page_that_leaves_moments_silent_says_so(judged: Path, tmp_path: Path) -> None:
    made = recorded(judged)
    few, many = (
        replace(
            made,
            criteria=tuple(
                replace(one, evidence=tuple(evidence(float(start), "hello") for start in starts))
                for one in made.criteria[:1]
            ),
        )
        for starts in ((2, 20), range(2, int(SECONDS) - 4, 8))
    )
    assert sound_of(few, "clips", tmp_path).note is None
    assert sound_of(many, "clips", tmp_path).note == SOME_SILENT
