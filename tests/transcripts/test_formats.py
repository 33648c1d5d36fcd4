from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callqa.errors import RecordingError, TranscriptError
from callqa.transcripts.formats import SUFFIXES, TranscriptFile, read
from callqa.transcripts.formats.base import tidy
from callqa.transcripts.formats.clock import format_clock, parse_clock
from callqa.transcripts.formats.speaker_labels import resolve, role_of
from callqa.transcripts.formats.whisper_json import doubt_about
from callqa.transcripts.formats.writers import WRITERS, write_json, write_srt, write_txt, write_vtt
from callqa.transcripts.transcript import Transcript, Utterance, Word


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("transcripts")


def read_text(folder: Path, suffix: str, content: str | bytes) -> TranscriptFile:
    path = folder / f"call{suffix}"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read(path)


def read_data(folder: Path, data: Any) -> TranscriptFile:
    return read_text(folder, ".json", json.dumps(data))


def said(transcript: TranscriptFile) -> list[tuple[str, str]]:
    """Return the role, or the label if the role is not known, and the text of each utterance."""
    return [(item.label or item.utterance.speaker, item.utterance.text) for item in transcript.labelled]


def times(transcript: TranscriptFile) -> list[tuple[float | None, float | None]]:
    return [(utterance.start, utterance.end) for utterance in transcript.utterances]


def utterance(**changes: Any) -> dict[str, Any]:
    return {"speaker": "agent", "start": 1.0, "end": 2.0, "text": "Good morning."} | changes


class TestCallqaJson:
    def test_reads_everything_in_the_format(self, folder: Path) -> None:
        transcript = read_data(
            folder,
            {
                "format": 1,
                "call_id": "k9",
                "agent": "nadia",
                "utterances": [
                    utterance(
                        words=[
                            {"text": "Good", "start": 1.0, "end": 1.4, "probability": 0.9},
                            {"text": "morning.", "start": None, "end": None, "probability": None},
                        ],
                        doubt="loop",
                    ),
                    utterance(speaker="Customer", start=1.5, end=4, text="My lamp is broken.", speaker_sure=False),
                    utterance(speaker="unknown", start=4, end=4, text=""),
                ],
            },
        )
        words = (Word("Good", 1.0, 1.4, 0.9), Word("morning."))
        assert transcript.utterances == (
            Utterance("agent", "Good morning.", 1.0, 2.0, words, doubt="loop"),
            Utterance("customer", "My lamp is broken.", 1.5, 4.0, speaker_sure=False),
            Utterance("unknown", "", 4.0, 4.0),
        )
        assert (transcript.call_id, transcript.agent, transcript.warnings) == ("k9", "nadia", ())

    def test_needs_only_utterances(self, folder: Path) -> None:
        assert read_data(folder, {"utterances": []}) == TranscriptFile(())

    def test_keeps_empty_and_simultaneous_utterances_in_place(self, folder: Path) -> None:
        texts = ["one", " ", "", "two"]
        transcript = read_data(folder, {"utterances": [utterance(text=text) for text in texts]})
        assert [read.text for read in transcript.utterances] == texts

    def test_text_is_one_line_of_valid_characters(self, folder: Path) -> None:
        transcript = read_data(folder, {"utterances": [utterance(text="a\nb\x1b[2Jc\u2028d\ud800e")]})
        assert transcript.utterances[0].text == "a b [2Jc d\ufffde"

    def test_other_speakers_are_labels_in_one_spelling(self, folder: Path) -> None:
        speakers = ["speaker_0", "Ravi", "SPEAKER_0", "Agent 2", "caller"]
        transcript = read_data(folder, {"utterances": [utterance(speaker=name) for name in speakers]})
        assert [name for name, _ in said(transcript)] == ["speaker_0", "Ravi", "speaker_0", "agent", "customer"]
        assert transcript.labelled[0].utterance.speaker == "unknown"

    def test_the_agents_name_is_the_agent(self, folder: Path) -> None:
        data = {"agent": "nadia", "utterances": [utterance(speaker="Nadia"), utterance(speaker="Otto")]}
        assert [name for name, _ in said(read_data(folder, data))] == ["agent", "Otto"]

    def test_one_warning_names_the_unknown_keys(self, folder: Path) -> None:
        word = {"text": "hi", "speaker": 3}
        data = {"mood": {}, "utterances": [utterance(words=[word, word], score=1), utterance(score=2)]}
        assert read_data(folder, data).warnings == (
            "unknown keys were left out: mood, utterances.score, utterances.words.speaker",
        )

    def test_many_unknown_keys_are_counted(self, folder: Path) -> None:
        (warning,) = read_data(folder, {"utterances": []} | {f"k{n}": n for n in range(9)}).warnings
        assert warning == "unknown keys were left out: k0, k1, k2, k3, k4, k5 and 3 more"

    def test_without_times(self, folder: Path) -> None:
        transcript = read_data(folder, {"utterances": [{"speaker": "agent", "text": "Hello."}]})
        assert times(transcript) == [(None, None)]
        assert transcript.warnings == ()

    def test_times_on_some_utterances_are_left_out(self, folder: Path) -> None:
        word = {"text": "Hello", "start": 1, "end": 2, "probability": 0.5}
        data = {"utterances": [utterance(words=[word]), utterance(start=None, end=None), utterance(start=None)]}
        transcript = read_data(folder, data)
        assert times(transcript) == [(None, None)] * 3
        assert transcript.utterances[0].words == (Word("Hello", probability=0.5),)
        (warning,) = transcript.warnings
        assert "only 1 of 3 utterances have times" in warning

    def test_a_missing_end_is_the_start_of_the_next_utterance(self, folder: Path) -> None:
        data = {"utterances": [utterance(start=at, end=None) for at in (1, 5, 4.8)]}
        transcript = read_data(folder, data)
        assert times(transcript) == [(1, 5), (5, 5), (4.8, 4.8)]
        (warning,) = transcript.warnings
        assert "3 of 3 utterances have no end" in warning

    def test_talking_at_the_same_time_is_not_a_mistake(self, folder: Path) -> None:
        data = {"utterances": [utterance(start=1, end=9), utterance(start=3, end=4), utterance(start=2.6, end=3)]}
        assert read_data(folder, data).warnings == ()

    @pytest.mark.parametrize(
        ("utterances", "message"),
        [
            ([utterance(), utterance(start=9.1, end=3.0)], 'utterance 1: "end" (3.0) is before "start" (9.1)'),
            ([utterance(start=-1)], 'utterance 0: "start" (-1) must be seconds from 0 to 360000'),
            ([utterance(end=10**400)], '"end" (10000000000000000...) must be seconds'),
            ([utterance(start=float("nan"))], '"start" (nan) must be seconds'),
            ([utterance(end=float("inf"))], '"end" (inf) must be seconds'),
            ([utterance(start=True)], '"start" must be seconds or null, not true or false'),
            ([utterance(start="1.0")], '"start" must be seconds or null, not text'),
            ([utterance(text=None)], '"text" must be text, not null'),
            ([{"speaker": "agent"}], 'utterance 0: "text" is missing'),
            ([{"text": "hi"}], 'utterance 0: "speaker" is missing'),
            ([utterance(speaker=" ")], '"speaker" is empty; write "agent", "customer" or "unknown"'),
            ([utterance(speaker=0)], '"speaker" must be text, not a number'),
            ([utterance(speaker_sure="no")], '"speaker_sure" must be true or false, not text'),
            ([utterance(doubt=[])], '"doubt" must be text, not a list'),
            ([utterance(words={})], 'utterance 0: "words" must be a list, not an object'),
            ([utterance(words=["hi"])], "utterance 0, word 0: must be an object, not text"),
            ([utterance(words=[{"text": "hi", "probability": 2}])], '"probability" (2) must be a probability'),
            ([utterance(words=[{"start": 1}])], 'utterance 0, word 0: "text" is missing'),
            (["hello"], "utterance 0: must be an object, not text"),
            ({}, '"utterances" must be a list, not an object'),
            (None, '"utterances" is missing'),
            (
                [utterance(), utterance(start=30, end=31), utterance(start=3, end=4)],
                "times run backwards: utterance 2 starts at 3 s, but utterance 1 above it at 30 s; sort it",
            ),
            ([utterance(start=n * 4000, end=n * 4000 + 900) for n in range(3)], "times look like milliseconds"),
        ],
    )
    def test_mistakes_are_reported_with_their_place(self, folder: Path, utterances: Any, message: str) -> None:
        with pytest.raises(TranscriptError) as caught:
            read_data(folder, {"utterances": utterances})
        assert message in str(caught.value)

    def test_the_first_mistakes_are_reported_together(self, folder: Path) -> None:
        with pytest.raises(TranscriptError) as caught:
            read_data(folder, {"call_id": 7, "utterances": [utterance(text=1), 2, utterance(start=[]), 3]})
        assert str(caught.value) == (
            'is not a valid transcript: "call_id" must be text, not a number; utterance 0: "text" must be text, not a'
            " number; utterance 1: must be an object, not a number; and 2 more; correct it or export it again"
        )

    @pytest.mark.parametrize("number", [2, 0, True, "1", 1.5, []])
    def test_another_format_number(self, folder: Path, number: object) -> None:
        with pytest.raises(TranscriptError, match="format"):
            read_data(folder, {"format": number, "utterances": []})


class TestFiles:
    @pytest.mark.parametrize(
        ("suffix", "content", "message"),
        [
            (".json", "", "is empty"),
            (".srt", "\ufeff \n", "is empty"),
            (".json", "[]", "contains a list"),
            (".json", "7", "contains a number"),
            (".json", '{"text": ""}', "neither"),
            (".json", '{"utterances": [}', "is not valid JSON: Expecting value in line 1, column 17"),
            (".json", "[" * 200_000, "nested too deeply"),
            (".json", '{"utterances": ' + "9" * 5000 + "}", "too long"),
            (".json", b'{"call_id": "\xe9"}', "is not UTF-8 text; save it as UTF-8"),
            (".txt", b"\xff\xfea", "is not UTF-8 text"),
            (".txt", "It rained all day.\nNote: 12:30", "no line starts with Agent: or Customer:"),
            (".srt", "Agent: hello", "contains no subtitles"),
            (".vtt", "Agent: hello", "contains no subtitles"),
        ],
    )
    def test_files_that_are_not_transcripts(
        self, folder: Path, suffix: str, content: str | bytes, message: str
    ) -> None:
        with pytest.raises(TranscriptError) as caught:
            read_text(folder, suffix, content)
        assert message in str(caught.value)

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
    def test_encodings(self, folder: Path, encoding: str) -> None:
        mark = "\ufeff" if encoding == "utf-16-be" else ""
        content = (mark + "Agent: Café crème?").encode(encoding)
        assert said(read_text(folder, ".txt", content)) == [("agent", "Café crème?")]

    def test_the_content_decides_if_the_suffix_is_ambiguous(self, folder: Path) -> None:
        data = json.dumps({"utterances": [utterance(text="Hi.")]})
        cue = "00:01.000 --> 00:02.000\n<v Agent>Hi."
        for suffix, content in [
            (".transcript", data),
            (".txt", f"WEBVTT\n\n{cue}"),
            (".srt", f"WEBVTT\n\n{cue}"),
            (".vtt", cue),
            (".txt", "1\r\n00:00:01,000 --> 00:00:02,000\r\nAgent: Hi.\r\n"),
            (".JSON", data),
        ]:
            assert said(read_text(folder, suffix, content)) == [("agent", "Hi.")]

    def test_files_that_cannot_be_opened(self, tmp_path: Path) -> None:
        with pytest.raises(TranscriptError, match="No such file"):
            read(tmp_path / "gone.json")
        with pytest.raises(TranscriptError, match="not a regular file"):
            read(tmp_path)

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
    def test_a_pipe_does_not_block(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.json")
        with pytest.raises(TranscriptError, match="not a regular file"):
            read(tmp_path / "pipe.json")

    def test_a_file_that_is_too_large_is_not_loaded(self, tmp_path: Path) -> None:
        path = tmp_path / "archive.json"
        with path.open("wb") as file:
            file.truncate(200_000_000)
        with pytest.raises(TranscriptError, match="too large"):
            read(path)


class TestWhisperJson:
    def test_segments_and_words(self, folder: Path) -> None:
        segment = {
            "id": 0,
            "start": 0.5,
            "end": 2,
            "text": " Good  evening.",
            "avg_logprob": -0.2,
            "compression_ratio": 1.1,
            "no_speech_prob": 0.01,
            "words": [
                {"word": " Good", "start": 0.5, "end": 1.0, "probability": 0.75},
                {"word": " evening.", "start": float("nan"), "end": 2, "score": 0.5},
            ],
        }
        silent = {"start": 2, "end": 3, "text": " "}
        transcript = read_data(folder, {"text": "", "segments": [segment, silent], "language": "en"})
        words = (Word("Good", 0.5, 1.0, 0.75), Word("evening.", None, None, 0.5))
        assert transcript == TranscriptFile(transcript.labelled)
        assert transcript.utterances == (Utterance("unknown", "Good evening.", 0.5, 2.0, words),)
        assert transcript.labelled[0].label is None

    @pytest.mark.parametrize(
        ("figures", "doubt"),
        [
            ((-1.0, 2.4, 0.6), None),
            ((-1.1, 1.0, 0.1), "low probability"),
            ((-0.1, 2.5, 0.1), "loop"),
            ((-0.1, 1.0, 0.7), "perhaps no speech"),
            ((None, None, None), None),
        ],
    )
    def test_doubt(self, folder: Path, figures: tuple[float | None, ...], doubt: str | None) -> None:
        assert doubt_about(*figures) == doubt
        keys = ("avg_logprob", "compression_ratio", "no_speech_prob")
        segment = {"start": 0, "end": 1, "text": "yes"} | dict(zip(keys, figures, strict=True))
        assert read_data(folder, {"segments": [segment]}).utterances[0].doubt == doubt

    def test_a_diarizers_speaker_is_a_label(self, folder: Path) -> None:
        segments = [{"start": n, "end": n + 1, "text": "yes", "speaker": f"SPEAKER_0{n}"} for n in range(2)]
        assert said(read_data(folder, {"segments": segments})) == [("SPEAKER_00", "yes"), ("SPEAKER_01", "yes")]

    def test_mistakes_name_the_segment(self, folder: Path) -> None:
        with pytest.raises(TranscriptError, match='segment 1: "text" is missing'):
            read_data(folder, {"segments": [{"text": "yes"}, {"start": 1}]})


class TestSubtitles:
    def test_srt(self, folder: Path) -> None:
        content = (
            "\ufeff1\r\n00:00:01,250 --> 00:00:02.5\r\nAgent: Tea or <i>coffee</i>?\r\n\r\n"
            "2\r\n0:00:03,000-->0:00:04,000 X1:10 X2:20\r\n{\\an8}CALLER: Tea &amp;\r\n\r\nmilk, please. 3 < 4\r\n\r\n"
            "3\r\n00:00:05,000 --> 00:00:06,000\r\n\r\n"
        )
        transcript = read_text(folder, ".srt", content)
        assert said(transcript) == [("agent", "Tea or coffee?"), ("customer", "Tea & milk, please. 3 < 4")]
        assert times(transcript) == [(1.25, 2.5), (3.0, 4.0)]
        assert transcript.warnings == ()

    def test_srt_without_blank_lines_or_numbers(self, folder: Path) -> None:
        cue = "00:00:01,000 --> 00:00:02,000"
        assert said(read_text(folder, ".srt", f"1\n{cue}\nforty\n2\n{cue}\ntwo\n")) == [
            ("unknown", "forty"),
            ("unknown", "two"),
        ]
        assert said(read_text(folder, ".srt", f"{cue}\n42\n{cue}\n43")) == [("unknown", "42"), ("unknown", "43")]

    def test_an_arrow_in_the_text_is_not_a_cue(self, folder: Path) -> None:
        content = "1\n00:00:01,000 --> 00:00:02,000\nMenu --> settings\nthen a --> b\n"
        assert said(read_text(folder, ".srt", content)) == [("unknown", "Menu --> settings then a --> b")]

    def test_dashes_before_names(self, folder: Path) -> None:
        content = (
            "1\n00:00:00,000 --> 00:00:04,000\n- Nadia: Hello\n- Otto: Hi all\n\n"
            "2\n00:00:05,000 --> 00:00:06,000\nNadia: So\n"
        )
        transcript = read_text(folder, ".srt", content)
        assert said(transcript) == [("Nadia", "Hello"), ("Otto", "Hi all"), ("Nadia", "So")]
        assert times(transcript) == [(0.0, 1.818), (1.818, 4.0), (5.0, 6.0)]

    def test_cues_without_a_name_belong_to_the_last_name(self, folder: Path) -> None:
        texts = ["ring ring", "Nadia: Hello,", "how are you?", "Otto: Fine.", "Nadia: Good.", "Otto: Yes."]
        content = "\n".join(f"00:00:0{n},0 --> 00:00:0{n},5\n{text}\n" for n, text in enumerate(texts))
        assert [name for name, _ in said(read_text(folder, ".srt", content))] == [
            "unknown",
            "Nadia",
            "Nadia",
            "Otto",
            "Nadia",
            "Otto",
        ]

    def test_words_before_a_colon_are_not_always_a_name(self, folder: Path) -> None:
        texts = ["It is 10:30 now", "Customer service: hold on", "I said: no", *["so it went"] * 7, "I said: no"]
        content = "\n".join(f"00:00:{n:02},0 --> 00:00:{n:02},5\n{text}\n" for n, text in enumerate(texts))
        assert said(read_text(folder, ".srt", content)) == [("unknown", text) for text in texts]

    def test_vtt(self, folder: Path) -> None:
        content = (
            "WEBVTT - call\nKind: captions\n\nNOTE not\nsaid\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:one\n\n"
            "intro\n00:01.000 --> 00:02.000 align:start position:0%\n"
            "<v.loud.long Nadia Berg>You &lt;3 <00:01.500><c.x>tea</c>?</v>\n\n"
            "100:00:00.000 --> 100:00:00.000\n<v Agent>Note: late\nhours\n\n"
            "stray text\n"
        )
        transcript = read_text(folder, ".vtt", content)
        assert said(transcript) == [("Nadia Berg", "You <3 tea?"), ("agent", "Note: late hours")]
        assert times(transcript) == [(1.0, 2.0), (360000.0, 360000.0)]

    def test_several_voices_share_a_cue(self, folder: Path) -> None:
        content = "WEBVTT\n\n00:10.000 --> 00:14.000\nHm <v Agent>yes</v><v Otto>no</v>\n<v Otto>oh"
        transcript = read_text(folder, ".vtt", content)
        assert said(transcript) == [("unknown", "Hm"), ("agent", "yes"), ("Otto", "no"), ("Otto", "oh")]
        assert [start for start, _ in times(transcript)] == [10.0, 10.889, 12.222, 13.111]
        assert times(transcript)[-1][1] == 14.0

    def test_vtt_may_have_names_instead_of_voices(self, folder: Path) -> None:
        content = "WEBVTT\n00:01.000 --> 00:02.000\nNadia: Hello\n\n00:03.000 --> 00:04.000\n[SPEAKER_01]: Hi\n"
        assert said(read_text(folder, ".vtt", content)) == [("Nadia", "Hello"), ("SPEAKER_01", "Hi")]

    def test_vtt_without_cues_is_empty(self, folder: Path) -> None:
        assert read_text(folder, ".vtt", "WEBVTT\n\nNOTE nobody spoke\n") == TranscriptFile(())

    @pytest.mark.parametrize(
        ("suffix", "content", "message"),
        [
            (
                ".srt",
                "1\n00:00:71,000 --> 00:01:12,000\nhi",
                "line 2 has invalid times (00:00:71,000 --> 00:01:12,000)",
            ),
            (".srt", "1\n00:00:01,000 --> soon\nhi", "line 2 has invalid times"),
            (".srt", "1\nthen --> now\nhi", "line 2 has invalid times"),
            (".srt", "1\n" + "9" * 6000 + ":00:01,000 --> 00:00:02,000\nhi", "line 2 has invalid times"),
            (".srt", "1\n00:00:05,000 --> 00:00:02,000\nhi", "line 2: the cue ends before it starts"),
            (".vtt", "WEBVTT\n00:01.0a0 --> 00:02.000\nhi", "line 2 has invalid times"),
            (".vtt", "WEBVTT\n\n\n--> 00:02.000\nhi", "line 4 has invalid times"),
            (".vtt", "WEBVTT\n\n01:00.0 --> 01:01.0\na\n\n00:01.0 --> 00:02.0\nb", "times run backwards: cue 1"),
        ],
    )
    def test_invalid_times(self, folder: Path, suffix: str, content: str, message: str) -> None:
        with pytest.raises(TranscriptError) as caught:
            read_text(folder, suffix, content)
        assert message in str(caught.value)

    def test_a_huge_character_reference_is_left_alone(self, folder: Path) -> None:
        reference = "&#" + "9" * 5000 + ";"
        content = f"WEBVTT\n\n00:01.000 --> 00:02.000\n{reference}&#9999999;"
        assert said(read_text(folder, ".vtt", content)) == [("unknown", f"{reference}\ufffd")]


class TestPlainText:
    def test_turns_continue_on_the_next_lines(self, folder: Path) -> None:
        content = "Call 17\nDate: 3 May\n\nAgent: Good\n  morning.\n\nCustomer:\nMy order\tis late.\rReference: 5 5\n"
        transcript = read_text(folder, ".txt", content)
        assert said(transcript) == [("agent", "Good morning."), ("customer", "My order is late."), ("Reference", "5 5")]
        assert transcript.warnings == ("left out 2 lines before the first speaker",)
        assert times(transcript) == [(None, None)] * 3

    @pytest.mark.parametrize(
        "content",
        [
            "[00:12] Nadia: Hello.\n[1:02] Otto: Hi.",
            "(00:12) Nadia: Hello.\n(1:02) Otto: Hi.",
            "00:00:12 Nadia: Hello.\n00:01:02 - Otto: Hi.",
            "Nadia (00:12): Hello.\nOtto (01:02): Hi.",
            "Nadia [00:12]:\nHello.\n\nOtto [01:02]:\nHi.",
            "00:12\nNadia: Hello.\n\n01:02\nOtto: Hi.",
        ],
    )
    def test_times_of_starts(self, folder: Path, content: str) -> None:
        transcript = read_text(folder, ".txt", content)
        assert said(transcript) == [("Nadia", "Hello."), ("Otto", "Hi.")]
        assert times(transcript) == [(12.0, 62.0), (62.0, 62.0)]

    def test_starts_and_ends(self, folder: Path) -> None:
        transcript = read_text(folder, ".txt", "[00:01.000 --> 00:02.500] Agent: Hi.\n[90:00 - 90:01] Rep: Hm?")
        assert times(transcript) == [(1.0, 2.5), (5400.0, 5401.0)]
        assert transcript.warnings == ()

    def test_times_on_some_turns_are_left_out(self, folder: Path) -> None:
        transcript = read_text(folder, ".txt", "[00:01] Agent: Hi.\nCustomer: Hello, it is\n10:30 already")
        assert said(transcript) == [("agent", "Hi."), ("customer", "Hello, it is 10:30 already")]
        assert times(transcript) == [(None, None)] * 2
        assert len(transcript.warnings) == 1

    def test_a_name_on_every_line_is_enough(self, folder: Path) -> None:
        assert said(read_text(folder, ".txt", "nadia: hello\notto: hi")) == [("nadia", "hello"), ("otto", "hi")]

    def test_invalid_times(self, folder: Path) -> None:
        with pytest.raises(TranscriptError, match=r"line 2 has an invalid time \(00:75\)"):
            read_text(folder, ".txt", "[00:12] Agent: Hello.\n[00:75] Customer: Hi.")
        with pytest.raises(TranscriptError, match="times run backwards: turn 1"):
            read_text(folder, ".txt", "[01:12] Agent: Hello.\n[00:15] Customer: Hi.")


@pytest.mark.parametrize(
    ("name", "role"),
    [
        *((name, "agent") for name in ("Agent", "AGENT 1", "agent_02", "Rep", "Customer Service", "Adviser")),
        *((name, "agent") for name in ("Customer Service Representative", "Agent Nadia", "Nadia (Agent)", "Support")),
        *((name, "customer") for name in ("customer", "Caller 2", "Client:", "Service user", "Guest Berg", "cust.")),
        *((name, "unknown") for name in ("unknown", "Speaker", "Unidentified speaker")),
        *(
            (name, None)
            for name in ("Nadia", "SPEAKER_00", "Speaker 1", "A", "", "7", "Agency", "The friend of my agent")
        ),
    ],
)
def test_roles_of_names(name: str, role: str | None) -> None:
    assert role_of(name) == role


def test_a_label_is_kept_only_if_the_role_is_not_known() -> None:
    assert resolve(" Otto  Berg ") == ("unknown", "Otto Berg")
    assert resolve("Otto Berg", agent="otto berg") == ("agent", None)
    assert resolve("Caller") == ("customer", None)
    assert resolve(None) == resolve(" ") == resolve("Unknown") == ("unknown", None)


@pytest.mark.parametrize(
    "text", ["", "7", "1:61", "1:60:00", "-1:00", "1:00:00:00", "１:00", "101:00:00", "0:1.", "99999:00"]
)
def test_text_that_is_not_a_time(text: str) -> None:
    assert parse_clock(text) is None


@given(st.integers(0, 360_000_000), st.sampled_from(".,"))
def test_formatted_times_are_parsed_again(milliseconds: int, point: str) -> None:
    assert parse_clock(format_clock(milliseconds / 1000, point)) == milliseconds / 1000


TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=20),
    st.lists(
        st.sampled_from(
            ["Agent:", "Note:", "-->", "<b>", "&amp;", "&lt", "{\\an8}", "</v>", "<v Otto>", "00:01", "7", "-", "NOTE"]
        ),
        max_size=4,
    ).map(" ".join),
)


@st.composite
def transcripts(draw: st.DrawFn, *, timed: bool) -> Transcript:
    utterances = []
    at = 0
    for text in draw(st.lists(TEXTS, max_size=5)):
        at += draw(st.integers(0, 9_000))
        end = at + draw(st.integers(0, 9_000))
        span = (at / 1000, end / 1000) if timed else (None, None)
        utterances.append(Utterance(draw(st.sampled_from(["agent", "customer", "unknown"])), text, *span))
    return Transcript(tuple(utterances), draw(st.sampled_from([None, "k9"])), draw(st.sampled_from([None, "nadia"])))


def spoken(transcript: Transcript) -> list[tuple[str, str, float | None, float | None]]:
    rows = [(line.speaker, tidy(line.text), line.start, line.end) for line in transcript.utterances]
    return [row for row in rows if row[1]]


@given(transcripts(timed=True) | transcripts(timed=False))
def test_written_json_reads_back_the_same(folder: Path, transcript: Transcript) -> None:
    back = read_text(folder, ".json", write_json(transcript))
    assert Transcript(back.utterances, back.call_id, back.agent) == transcript
    assert back.warnings == ()


@pytest.mark.parametrize("suffix", ["txt", "srt", "vtt"])
@given(transcript=transcripts(timed=True))
@example(transcript=Transcript((Utterance("agent", "AT&T --> <b>R&amp;D</b>\nNote: {\\an8} 3 < 4", 0.0, 1.0),)))
@example(transcript=Transcript((Utterance("unknown", "Note: 7", 0.0, 1.0), Utterance("agent", "<v Otto>", 2.0, 2.0))))
def test_written_files_read_back_the_same(folder: Path, suffix: str, transcript: Transcript) -> None:
    written = WRITERS[suffix](transcript)
    if spoken(transcript):
        back = read_text(folder, f".{suffix}", written)
        assert spoken(Transcript(back.utterances)) == spoken(transcript)
        assert {item.label for item in back.labelled} == {None}
        assert back.warnings == ()


@given(transcripts(timed=False))
def test_untimed_text_reads_back(folder: Path, transcript: Transcript) -> None:
    if spoken(transcript):
        back = read_text(folder, ".txt", write_txt(transcript))
        assert spoken(Transcript(back.utterances)) == spoken(transcript)


def test_written_files_look_right() -> None:
    transcript = Transcript(
        (Utterance("agent", "AT&T,  how\ncan I help?", 0.6, 3723.1), Utterance("customer", "a --> <b>", 3724, 3725))
    )
    assert write_txt(transcript) == (
        "[00:00:00.600 --> 01:02:03.100] Agent: AT&T, how can I help?\n"
        "[01:02:04.000 --> 01:02:05.000] Customer: a --> <b>\n"
    )
    assert write_srt(transcript) == (
        "1\n00:00:00,600 --> 01:02:03,100\nAgent: AT&T, how can I help?\n\n"
        "2\n01:02:04,000 --> 01:02:05,000\nCustomer: a --&gt; &lt;b&gt;\n"
    )
    assert write_vtt(transcript) == (
        "WEBVTT\n\n00:00:00.600 --> 01:02:03.100\n<v Agent>AT&amp;T, how can I help?</v>\n\n"
        "01:02:04.000 --> 01:02:05.000\n<v Customer>a --&gt; &lt;b&gt;</v>\n"
    )


def test_subtitles_need_times() -> None:
    untimed = Transcript((Utterance("agent", "Hello."),))
    for write in (write_srt, write_vtt):
        with pytest.raises(RecordingError, match="has no times"):
            write(untimed)
    assert write_txt(untimed) == "Agent: Hello.\n"
    assert write_vtt(Transcript(())) == "WEBVTT\n"


WORDS = "WEBVTT NOTE 1 00:00:01,000 99:99 --> <v Otto > </v> &# Agent : - [ ] (00:12) { é hello"
FRAGMENTS = st.lists(
    st.sampled_from([*WORDS.split(), " ", " --> ", "\n", "\n\n", "\r", "\x00", "\u2028", "9" * 40]), max_size=25
).map("".join)

ODD_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3) | st.just(10**400),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "format",
                    "call_id",
                    "agent",
                    "utterances",
                    "segments",
                    "words",
                    "speaker",
                    "start",
                    "end",
                    "text",
                    "word",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)
ODD_JSON = st.dictionaries(st.sampled_from(["format", "agent", "utterances", "segments"]), ODD_VALUES).map(json.dumps)


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(
    content=st.binary(max_size=60)
    | FRAGMENTS.map(str.encode)
    | st.text(max_size=60).map(str.encode)
    | ODD_JSON.map(str.encode)
)
def test_any_content_is_read_or_raises_a_transcript_error(folder: Path, suffix: str, content: bytes) -> None:
    message, utterances = outcome(folder, suffix, content)
    assert "\n" not in message
    assert len(message) < 500
    timed = [utterance.start is not None and utterance.end is not None for utterance in utterances]
    assert all(timed) or not any(timed)


def outcome(folder: Path, suffix: str, content: bytes) -> tuple[str, tuple[Utterance, ...]]:
    """Return the message of the error, and the utterances."""
    try:
        return "", read_text(folder, suffix, content).utterances
    except TranscriptError as error:
        return str(error), ()


def test_a_role_needs_no_space_after_its_colon(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("CUSTOMER:It leaked at 10:30 today\nAGENT:I AM SO SORRY\n", encoding="utf-8")
    assert [(one.speaker, one.text) for one in read(path).utterances] == [
        ("customer", "It leaked at 10:30 today"),
        ("agent", "I AM SO SORRY"),
    ]


def whisper(*segments: dict[str, Any]) -> dict[str, Any]:
    return {"segments": list(segments), "language": "en"}


def spoken_words(*words: tuple[str, float | None, str | None]) -> list[dict[str, Any]]:
    """Words of half a second each, with their starts and speakers."""
    return [
        {"word": word, "start": start, "end": None if start is None else start + 0.5, "speaker": speaker}
        for word, start, speaker in words
    ]


def test_a_segment_is_split_where_the_speaker_of_its_words_changes(folder: Path) -> None:
    words = spoken_words(("It", 1.0, "S1"), ("broke.", 1.5, "S1"), ("Oh", 2.5, "S0"), ("dear.", 3.0, None))
    read_back = read_data(
        folder, whisper({"start": 1.0, "end": 4.0, "text": "It broke. Oh dear.", "speaker": "S1", "words": words})
    )
    assert [(item.label, item.utterance.text) for item in read_back.labelled] == [
        ("S1", "It broke."),
        ("S0", "Oh dear."),
    ]
    assert times(read_back) == [(1.0, 2.5), (2.5, 4.0)]


def test_the_words_own_speaker_counts_more_than_the_segments(folder: Path) -> None:
    words = spoken_words(("Oh", 1.0, "S0"), ("dear.", 1.5, "S0"))
    read_back = read_data(
        folder, whisper({"start": 1.0, "end": 2.0, "text": "Oh dear.", "speaker": "S1", "words": words})
    )
    assert [item.label for item in read_back.labelled] == ["S0"]


def test_where_speakers_change_at_an_unknown_time_nobody_is_named(folder: Path) -> None:
    words = spoken_words(("It", 1.0, "S1"), ("broke.", 1.5, "S1"), ("Oh", None, "S0"), ("dear.", 3.0, "S0"))
    read_back = read_data(
        folder, whisper({"start": 1.0, "end": 4.0, "text": "It broke. Oh dear.", "speaker": "S1", "words": words})
    )
    assert [(item.label, item.utterance.text) for item in read_back.labelled] == [(None, "It broke. Oh dear.")]


def test_numbered_speakers_and_words_called_text_are_read(folder: Path) -> None:
    segments = [
        {"start": 0, "end": 1, "text": "Ahoy.", "speaker": 0, "words": [{"text": "Ahoy.", "start": 0, "end": 1}]},
        {"start": 2, "end": 3, "text": "Hello.", "speaker": 1},
    ]
    read_back = read_data(folder, whisper(*segments))
    assert [(item.label, item.utterance.text) for item in read_back.labelled] == [("0", "Ahoy."), ("1", "Hello.")]
    assert read_back.utterances[0].words[0].text == "Ahoy."


def test_second_sixty_is_the_next_minute(folder: Path) -> None:
    assert parse_clock("00:00:60,000") == 60
    assert parse_clock("00:00:61,000") is None
    read_back = read_text(folder, ".srt", "1\n00:00:58,000 --> 00:00:60,000\nAgent: Ahoy.\n")
    assert times(read_back) == [(58.0, 60.0)]


def test_a_blank_line_after_the_times_is_skipped(folder: Path) -> None:
    text = (
        "WEBVTT\n\n00:01.000 --> 00:02.000\n\nAhoy there.\n\n2\n00:03.000 --> 00:04.000\n\n"
        "\n3\n00:05.000 --> 00:06.000\n\nHello.\n"
    )
    assert [text for _, text in said(read_text(folder, ".vtt", text))] == ["Ahoy there.", "Hello."]


@pytest.mark.parametrize("label", ["Virtual Assistant", "AUTOMATED_AGENT", "Support Bot", "IVR", "ai agent"])
def test_a_machine_is_neither_party(label: str) -> None:
    assert resolve(label) == ("unknown", label)


@pytest.mark.parametrize("label", ["HUMAN_AGENT", "Agent", "Support"])
def test_a_human_agent_is_the_agent(label: str) -> None:
    assert resolve(label) == ("agent", None)


def test_a_header_names_a_party_and_is_no_speech(folder: Path) -> None:
    text = "Agent: Nadia Brook\n\nNadia Brook: Ahoy.\nT. Mills: Hello.\nNadia Brook: What is it?\nT. Mills: It broke.\n"
    read_back = read_text(folder, ".txt", text)
    assert read_back.agent == "Nadia Brook"
    assert [(one.speaker, one.text) for one in read_back.utterances] == [
        ("agent", "Ahoy."),
        ("unknown", "Hello."),
        ("agent", "What is it?"),
        ("unknown", "It broke."),
    ]


def test_a_role_whose_words_are_nobodys_name_speaks(folder: Path) -> None:
    read_back = read_text(folder, ".txt", "Agent: Nadia Brook\nCustomer: Hello.\n")
    assert said(read_back) == [("agent", "Nadia Brook"), ("customer", "Hello.")]


def test_a_telephone_number_may_be_a_speaker(folder: Path) -> None:
    text = "Nadia: Ahoy.\n015 555 0123: Hello.\nNadia: At 10: yes or no?\n015 555 0123: Yes.\n"
    assert [(item.label, item.utterance.text) for item in read_text(folder, ".txt", text).labelled] == [
        ("Nadia", "Ahoy."),
        ("015 555 0123", "Hello."),
        ("Nadia", "At 10: yes or no?"),
        ("015 555 0123", "Yes."),
    ]


def test_milliseconds_are_recognised_in_a_short_call(folder: Path) -> None:
    two = [
        {"speaker": "agent", "start": 500, "end": 6000, "text": "Ahoy there, who is it?"},
        {"speaker": "customer", "start": 6600, "end": 9000, "text": "It is me again."},
    ]
    with pytest.raises(TranscriptError, match="milliseconds"):
        read_data(folder, {"format": 1, "utterances": two})
