from __future__ import annotations

import contextlib
import unicodedata
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callqa.errors import UsageError
from callqa.recordings.metadata_csv import Metadata, Row, load_metadata


def load(folder: Path, text: str | bytes) -> Metadata:
    path = folder / "calls.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_metadata(path)


def refusal(folder: Path, text: str | bytes) -> str:
    with pytest.raises(UsageError) as caught:
        load(folder, text)
    message = str(caught.value)
    assert str(folder / "calls.csv") in message
    assert "\n" not in message
    return message


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_files_of_various_spreadsheets_are_read(tmp_path: Path, delimiter: str, start: str, end: str) -> None:
    lines = ["File;Note;AGENT;started_at", "a.wav;x;Ana;2026-11-03T09:15", ";;;", "b.wav;;Tom;"]
    metadata = load(tmp_path, start + end.join(lines).replace(";", delimiter))
    first = 2 + 2 * (start == "\n\n")
    assert metadata.rows == (
        Row(first, "a.wav", None, "Ana", datetime(2026, 11, 3, 9, 15)),
        Row(first + 2, "b.wav", None, "Tom", None),
    )


def test_cells_may_be_quoted_and_missing(tmp_path: Path) -> None:
    metadata = load(tmp_path, 'file,agent,call_id\n"a,1.wav","Ana ""Bee"" C"\nb.wav,Tom,17\n')
    assert metadata.rows == (
        Row(2, "a,1.wav", None, 'Ana "Bee" C', None),
        Row(3, "b.wav", "17", "Tom", None),
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("name,agent\na.wav,Ana\n", "has the columns name, agent"),
        ("file\na.wav\n", "needs a column agent"),
        ("file,agent,file\na.wav,Ana,b\n", "two columns named file"),
        ("file,agent,started_at\na.wav,Ana,03/11/2026\n", "calls.csv:2 has '03/11/2026' as started_at"),
        ("file,agent\na.wav,Ana\n\n./a.wav,Tom\n", "calls.csv:4 repeats the file a.wav, which line 2 already has"),
        ("call_id,agent\n7,Ana\n7,Tom\n", "repeats the call_id 7, which line 2 already has"),
        ("file,agent\n,Ana\n", "calls.csv:2 names neither a file nor a call_id"),
        ("file,agent\n" + '"a.wav,Ana\n', "not a valid CSV file"),
        ("file,agent\na.wav,Anä\n".encode("latin-1"), "not UTF-8"),
        ("file,agent\n".encode("utf-16")[:-1], "not UTF-8"),
    ],
)
def test_bad_files_are_refused(tmp_path: Path, text: str | bytes, wanted: str) -> None:
    assert wanted in refusal(tmp_path, text)


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.csv"):
        with pytest.raises(UsageError, match="cannot be read"):
            load_metadata(path)


@settings(max_examples=200)
@given(st.text(alphabet='file,agent;call_id\t\n\r"\x00aä', max_size=60))
def test_any_text_is_metadata_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    with contextlib.suppress(UsageError):
        load(tmp_path_factory.getbasetemp(), "file,agent\n" + text)


def matched(metadata: Metadata, *files: tuple[str, str]) -> dict[str, str | None]:
    rows = metadata.by_file([(Path(path), relative) for path, relative in files])
    return {str(path): row.agent for path, row in rows.items()}


def test_rows_may_name_files_in_several_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "meta").mkdir()
    rows = [
        "calls/a.wav,as given",
        "../calls/b.wav,from the file",
        "ana/c.wav,below the folder",
        "ana\\d.wav,windows",
        "e.wav,bare",
        f"{tmp_path}/calls/f.wav,absolute",
        "./calls//g.wav,superfluous",
    ]
    metadata = load(tmp_path / "meta", "file,agent\n" + "\n".join(rows))
    files = [
        (f"calls/{name}", name) for name in ("a.wav", "b.wav", "ana/c.wav", "ana/d.wav", "x/e.wav", "f.wav", "g.wav")
    ]
    assert list(matched(metadata, *files).values()) == [row.split(",")[1] for row in rows]


def test_a_bare_name_shared_by_two_files_matches_neither(tmp_path: Path) -> None:
    metadata = load(tmp_path, "file,agent\n0412.wav,Ana\ntom/0413.wav,Tom\n")
    files = [("calls/ana/0412.wav", "ana/0412.wav"), ("calls/tom/0412.wav", "tom/0412.wav")]
    assert matched(metadata, *files) == {}
    assert matched(metadata, files[0]) == {"calls/ana/0412.wav": "Ana"}
    more = [("calls/ana/0413.wav", "ana/0413.wav"), ("calls/tom/0413.wav", "tom/0413.wav")]
    assert matched(metadata, *more) == {"calls/tom/0413.wav": "Tom"}


def test_composed_and_decomposed_letters_are_equal(tmp_path: Path) -> None:
    metadata = load(tmp_path, "file,agent\nmüller.wav,Mü\n")
    name = unicodedata.normalize("NFD", "müller.wav")
    assert list(matched(metadata, (name, name)).values()) == ["Mü"]


def test_rows_name_calls_by_id_or_by_the_stem_of_their_file(tmp_path: Path) -> None:
    metadata = load(tmp_path, "call_id,agent\nana/0412,Ana\n0413,Bo\n0414,Cy\n")
    calls = [
        (Path("c/ana/0412.wav"), "ana/0412"),
        (Path("c/x/0413.wav"), "x/0413"),
        (Path("c/x/0414.wav"), "x/0414"),
        (Path("c/y/0414.wav"), "y/0414"),
    ]
    found = metadata.by_call_id(calls)
    assert {str(path): row.agent for path, row in found.items()} == {"c/ana/0412.wav": "Ana", "c/x/0413.wav": "Bo"}
