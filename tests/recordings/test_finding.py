from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

import pytest

from callqa.errors import UsageError
from callqa.recordings import (
    FoundRecordings,
    Naming,
    Recording,
    UnusableFile,
    compile_pattern,
    find_recordings,
    load_metadata,
)
from support.ordinary_user import ordinary_user

TRANSCRIPT = json.dumps({"utterances": [{"speaker": "agent", "start": 0, "end": 1, "text": "Hello."}]})


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder `calls` in the working folder, to be named relative to it."""
    monkeypatch.chdir(tmp_path)
    Path("calls").mkdir()
    return Path("calls")


def make(folder: Path, *names: str, text: str = "x") -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def find(*paths: Path | str, naming: Naming | None = None) -> FoundRecordings:
    return find_recordings([Path(path) for path in paths], naming or Naming())


def agents(found: FoundRecordings) -> dict[str, str]:
    return {recording.call_id: recording.agent for recording in found.recordings}


def reasons(found: FoundRecordings) -> dict[str, str]:
    return {str(unusable.path): unusable.reason for unusable in found.unusable}


# Which files


def test_a_folder_of_recordings(calls: Path) -> None:
    make(calls, "ana/0412.wav", "tom/0413.MP3", "tom/0414.m4a", "tom/notes.docx", "readme.md", ".DS_Store")
    assert find(calls) == FoundRecordings(
        recordings=(
            Recording(calls / "ana/0412.wav", "ana/0412", "ana", None, None),
            Recording(calls / "tom/0413.MP3", "tom/0413", "tom", None, None),
            Recording(calls / "tom/0414.m4a", "tom/0414", "tom", None, None),
        ),
        unusable=(),
        skipped=2,
        notes=(),
    )


def test_a_file_named_directly_is_always_used(calls: Path) -> None:
    make(calls, "0412.recording", "notes.txt", "17.wav")
    found = find("calls/0412.recording", "calls/notes.txt", "calls/17.wav")
    assert [(one.call_id, one.transcript) for one in found.recordings] == [
        ("0412", None),
        ("notes", calls / "notes.txt"),
        ("17", None),
    ]


def test_a_file_named_twice_is_used_once(calls: Path) -> None:
    make(calls, "ana/0412.wav")
    assert agents(find(calls, "calls/ana/0412.wav", "calls/ana")) == {"ana/0412": "ana"}


def test_paths_that_do_not_exist(calls: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no callz and no more\.wav; check"):
        find("callz", calls, "more.wav")


def test_an_empty_folder(calls: Path) -> None:
    assert find(calls) == FoundRecordings((), (), 0, ())


# Transcripts


def test_a_transcript_next_to_a_recording_stands_in_for_it(calls: Path) -> None:
    make(calls, "a17.wav", "a18.wav")
    make(calls, "a17.json", text=TRANSCRIPT)
    make(calls, "a17.srt")
    found = find(calls)
    assert [(one.path.name, one.transcript) for one in found.recordings] == [
        ("a17.wav", calls / "a17.json"),
        ("a18.wav", None),
    ]
    assert found.skipped == 1
    assert find("calls/a17.wav").recordings[0].transcript == calls / "a17.json"
    assert [one.path.name for one in find("calls/a17.json", "calls/a17.wav").recordings] == ["a17.wav"]
    assert [one.path.name for one in find("calls/a17.json").recordings] == ["a17.json"]


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["a.json", "a.vtt", "a.srt", "a.txt"], "a.json"),
        (["a.txt", "a.srt", "a.vtt"], "a.vtt"),
        (["a.txt", "a.srt"], "a.srt"),
        (["a.txt"], "a.txt"),
        (["a.wav.json"], "a.wav.json"),
    ],
)
def test_the_best_transcript_is_preferred(calls: Path, names: list[str], wanted: str) -> None:
    make(calls, "a.wav")
    make(calls, *names, text="Agent: Hello.\nCustomer: Hi.\n")  # as .json: broken, and reported by whoever reads it
    (one,) = find(calls).recordings
    assert one.transcript == calls / wanted


def test_a_recorders_json_is_ignored_with_a_note(calls: Path) -> None:
    make(calls, "a.wav", "b.wav")
    make(calls, "a.json", text='{"duration": 3}')
    make(calls, "a.srt")
    found = find(calls)
    assert [one.transcript for one in found.recordings] == [calls / "a.srt", None]
    assert found.notes == (
        "calls/a.json next to a recording: ignored, because without utterances or segments it cannot be a transcript",
    )
    make(calls, "b.json", text="[]")
    assert "2 JSON files (calls/a.json, …) next to recordings: ignored" in find(calls).notes[0]


def test_notes_next_to_a_recording_are_not_a_transcript(calls: Path) -> None:
    make(calls, "a.wav")
    make(calls, "a.txt", text="Customer rang about the lamp.\n")
    found = find(calls)
    assert found.recordings[0].transcript is None
    assert found.skipped == 1


def test_transcripts_without_audio_are_recordings(calls: Path) -> None:
    make(calls, "a.json", text=TRANSCRIPT)
    make(calls, "b.json", text="{broken")
    make(calls, "c.json", text='{"format": 1, "calls": []}')
    make(calls, "d.srt", "e.vtt")
    make(calls, "f.txt", text="Agent: Hello.\nCustomer: Hi.\n")
    make(calls, "g.txt", text="Ring Tom back.\n")
    found = find(calls)
    assert [one.path.name for one in found.recordings] == ["a.json", "b.json", "d.srt", "e.vtt", "f.txt"]
    assert all(one.transcript == one.path for one in found.recordings)
    assert found.skipped == 2


# Who and when


def test_a_transcript_names_call_and_agent(calls: Path) -> None:
    data = {"utterances": [], "call_id": "a17", "agent": "Maria"}
    make(calls, "ana/x.wav", "ana/y.wav")
    make(calls, "ana/x.json", "z.json", text=json.dumps(data))
    found = find("calls/ana")
    assert agents(found) == {"a17": "Maria", "y": "ana"}
    assert agents(find("calls/z.json")) == {"a17": "Maria"}


@pytest.mark.parametrize(
    ("name", "agent"),
    [
        ("ana/1.wav", "ana"),
        ("ana/2026-11-03/1.wav", "ana"),
        ("ana/2026/11/03/1.wav", "ana"),
        ("ana/20261103/1.wav", "ana"),
        ("ana/2026-W45/1.wav", "ana"),
        ("ana/03.11.2026/1.wav", "ana"),
        ("team b/Ana Bee/1.wav", "Ana Bee"),
        ("204/1.wav", "204"),
        ("2026-11-03/1.wav", "unknown"),
        ("1.wav", "unknown"),
        ("inbox/1.wav", "unknown"),
        ("ana/Recordings/1.wav", "unknown"),
    ],
)
def test_the_folder_names_the_agent(calls: Path, name: str, agent: str) -> None:
    make(calls, name)
    assert list(agents(find(calls)).values()) == [agent]


def test_folders_above_the_named_path_name_nobody(calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(calls, "ana/2026/1.wav")
    assert list(agents(find("calls/ana/2026")).values()) == ["unknown"]
    assert list(agents(find("calls/ana")).values()) == ["ana"]
    assert list(agents(find("calls/ana/2026/1.wav")).values()) == ["ana"]
    assert list(agents(find(calls.absolute() / "ana/2026/1.wav")).values()) == ["unknown"]
    monkeypatch.chdir("calls/ana")
    assert list(agents(find(".")).values()) == ["ana"]
    make(Path(), "2.wav")
    assert agents(find("2.wav")) == {"2": "ana"}


def test_the_file_name_pattern_comes_before_transcript_and_folder(calls: Path) -> None:
    make(calls, "tom/ana-2026-11-03-0412.wav", "tom/x.wav")
    make(calls, "tom/ana-2026-11-03-0412.json", text=json.dumps({"utterances": [], "agent": "Maria"}))
    found = find(calls, naming=Naming(pattern=compile_pattern("agent-date-id")))
    assert [(one.agent, one.started_at) for one in found.recordings] == [
        ("ana", datetime(2026, 11, 3)),
        ("tom", None),
    ]
    assert found.notes == ("the filename pattern does not match 1 of 2 file names, such as calls/tom/x.wav",)


def test_a_pattern_may_name_the_call(calls: Path) -> None:
    make(calls, "ana/0412.wav")
    naming = Naming(pattern=compile_pattern(r"(?P<agent>[^/]+)/(?P<call_id>\d+)"))
    assert agents(find(calls, naming=naming)) == {"0412": "ana"}


def test_a_pattern_that_matches_an_impossible_date_says_so(calls: Path) -> None:
    make(calls, "20269999-ana.wav")
    found = find(calls, naming=Naming(pattern=compile_pattern(r"^(?P<date>\d{8})-(?P<agent>\w+)")))
    assert [(one.agent, one.started_at) for one in found.recordings] == [("ana", None)]
    assert found.notes == (
        "the part that the filename pattern matches as a date is not a date in 1 of 1 file names, such as 20269999 in"
        " calls/20269999-ana.wav",
    )


def test_the_metadata_file_takes_precedence(calls: Path) -> None:
    make(calls, "tom/0412.wav", "tom/0413.wav", "tom/0414.wav")
    make(calls, "tom/0412.json", text=json.dumps({"utterances": [], "agent": "Maria", "call_id": "m"}))
    Path("who.csv").write_text(
        "file,call_id,agent,started_at\ntom/0412.wav,c1,Ana,2026-11-03 09:15\n,0413,Bo,\n0414.wav,,,\nnone.wav,,Cy,\n"
    )
    found = find(calls, naming=Naming(load_metadata(Path("who.csv"))))
    assert [(one.call_id, one.agent, one.started_at) for one in found.recordings] == [
        ("c1", "Ana", datetime(2026, 11, 3, 9, 15)),
        ("0413", "Bo", None),
        ("tom/0414", "tom", None),
    ]
    assert found.notes == ("no recording was found for 1 of 4 rows of the metadata file: none.wav (line 5)",)


def test_rows_of_the_metadata_file_that_match_nothing_are_named(calls: Path) -> None:
    make(calls, "1.wav")
    Path("who.csv").write_text("file,agent\n1.wav,Ana\n" + "".join(f"gone/{n}.wav,Bo\n" for n in range(7)))
    assert find(calls, naming=Naming(load_metadata(Path("who.csv")))).notes == (
        "no recording was found for 7 of 8 rows of the metadata file: gone/0.wav (line 3), gone/1.wav (line 4),"
        " gone/2.wav (line 5), gone/3.wav (line 6), gone/4.wav (line 7) and 2 more",
    )


def test_names_are_printable(calls: Path) -> None:
    make(calls, "an\x1ba/a\nb.wav")
    assert agents(find(calls)) == {r"an\x1ba/a\x0ab": r"an\x1ba"}


# Unusable files


def test_two_recordings_with_one_call_id_are_both_refused(calls: Path) -> None:
    make(calls, "ana/0412.wav", "tom/0412.wav", "tom/0413.wav")
    found = find("calls/ana/0412.wav", "calls/tom/0412.wav", "calls/tom/0413.wav")
    assert agents(found) == {"0413": "tom"}
    assert [(one.path, one.call_id, one.agent) for one in found.unusable] == [
        (calls / "ana/0412.wav", "0412", "ana"),
        (calls / "tom/0412.wav", "0412", "tom"),
    ]
    assert "has the same call id, 0412, as calls/tom/0412.wav; rename one" in found.unusable[0].reason
    assert "as calls/ana/0412.wav;" in found.unusable[1].reason
    assert agents(find(calls)) == {"ana/0412": "ana", "tom/0412": "tom", "tom/0413": "tom"}


def test_one_call_in_two_formats_is_refused(calls: Path) -> None:
    make(calls, "a.wav", "a.mp3", "a.flac")
    found = find(calls)
    assert found.recordings == ()
    assert all("and 1 more; rename one, or give" in one.reason for one in found.unusable)


def test_broken_links(calls: Path) -> None:
    (calls / "ana").mkdir()
    (calls / "ana" / "a.wav").symlink_to("gone.wav")
    (calls / "ana" / "a.md").symlink_to("gone.md")
    found = find(calls)
    reason = "is a link to a file that does not exist; restore the file or remove the link"
    assert found.unusable == (UnusableFile(calls / "ana/a.wav", "ana/a", "ana", reason),)
    assert found.skipped == 1
    assert find("calls/ana/a.md").unusable[0].reason == reason


def test_a_folder_that_contains_a_link_to_itself(calls: Path) -> None:
    make(calls, "ana/a.wav")
    (calls / "ana" / "again").symlink_to("..")
    found = find(calls)
    assert agents(found) == {"ana/a": "ana"}
    assert list(reasons(found)) == ["calls/ana/again"]


def test_a_folder_without_read_permission() -> None:
    with ordinary_user() as folder:
        make(folder, "calls/ana/a.wav", "calls/tom/b.wav")
        (folder / "calls" / "ana").chmod(0)
        found = find(folder / "calls")
    assert agents(found) == {"tom/b": "tom"}
    assert [(one.call_id, one.agent) for one in found.unusable] == [("ana", "ana")]
    assert "change its permissions" in found.unusable[0].reason


def test_names_that_are_not_utf8(calls: Path) -> None:
    folder = os.fsencode(calls)
    os.mkdir(folder + b"/an\xe4")
    for name in (b"/b\xff.wav", b"/b\xff.doc", b"/an\xe4/c.wav"):
        Path(os.fsdecode(folder + name)).write_bytes(b"x")
    make(calls, "d.wav")
    found = find(calls)
    assert agents(found) == {"d": "unknown"}
    assert [(one.call_id, one.reason) for one in found.unusable] == [
        (r"an\xe4/c", "has a folder name above it that is not valid UTF-8; rename it"),
        (r"b\xff", "has a name that is not valid UTF-8; rename it"),
    ]
    assert found.unusable[0].agent == r"an\xe4"
    assert found.skipped == 1
