from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.errors import UsageError
from callqa.recordings.paths import WalkedPath, escape_unprintable, walk
from support.ordinary_user import ordinary_user


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def relatives(walked: list[WalkedPath]) -> list[str]:
    return [entry.relative for entry in walked]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("calls/a 17.wav", "calls/a 17.wav"),
        ("anrufe/müller-通话.wav", "anrufe/müller-通话.wav"),
        (os.fsdecode(b"a\xff\x80.wav"), r"a\xff\x80.wav"),
        ("a\nb\x1b[31m.wav", r"a\x0ab\x1b[31m.wav"),
        ("a\u202egpj.wav", r"a\u202egpj.wav"),
        ("a\x85b", r"a\x85b"),
    ],
)
def test_unprintable_characters_are_escaped(path: str, wanted: str) -> None:
    assert escape_unprintable(path) == wanted
    assert escape_unprintable(Path(path)) == wanted


@given(st.binary(min_size=1))
def test_any_name_becomes_printable(name: bytes) -> None:
    text = escape_unprintable(os.fsdecode(name))
    assert text.encode("utf-8")
    assert all(character.isprintable() or ord(character) > 0x9F for character in text)


def test_folders_are_walked_in_the_order_of_their_parts(tmp_path: Path) -> None:
    make(tmp_path, "b.wav", "a/z.wav", "a/b/c.wav", "a-b/a.wav", "a/a.wav", "B.wav")
    seen = list(walk([tmp_path]))
    assert relatives(seen) == sorted(relatives(seen), key=lambda name: Path(name).parts)
    assert relatives(seen) == ["B.wav", "a/a.wav", "a/b/c.wav", "a/z.wav", "a-b/a.wav", "b.wav"]
    assert seen[2].path == tmp_path / "a" / "b" / "c.wav"
    assert seen[2].folders == (tmp_path.name, "a", "b")
    assert not seen[2].given


def test_hidden_files_and_folders_are_left_out_unless_named(tmp_path: Path) -> None:
    make(tmp_path, ".hidden/a.wav", ".hidden/.b.wav", "c.wav", ".d.wav")
    assert relatives(list(walk([tmp_path]))) == ["c.wav"]
    assert relatives(list(walk([tmp_path / ".hidden"]))) == ["a.wav"]
    assert relatives(list(walk([tmp_path / ".d.wav"]))) == [".d.wav"]


def test_each_real_file_is_visited_once(tmp_path: Path) -> None:
    make(tmp_path, "calls/a.wav", "calls/b.wav")
    (tmp_path / "calls" / "z.wav").symlink_to("a.wav")
    (tmp_path / "again").symlink_to("calls")
    calls = tmp_path / "calls"
    assert relatives(list(walk([calls, calls / "a.wav", calls, tmp_path]))) == ["a.wav", "b.wav"]
    assert relatives(list(walk([calls / "b.wav", calls]))) == ["b.wav", "a.wav"]


def test_linked_folders_are_followed_without_looping(tmp_path: Path) -> None:
    make(tmp_path, "elsewhere/a.wav", "calls/b.wav")
    (tmp_path / "calls" / "more").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "loop").symlink_to(tmp_path / "calls")
    (tmp_path / "calls" / "self").symlink_to("self")
    seen = {one.relative: one for one in walk([tmp_path / "calls"])}
    assert list(seen) == ["b.wav", "more/a.wav", "more/loop", "self"]
    assert "link to a folder that contains it" in (seen["more/loop"].problem or "")
    assert seen["more/loop"].is_folder
    assert "link to a file that does not exist" in (seen["self"].problem or "")


def test_a_maze_of_links_is_walked_quickly(tmp_path: Path) -> None:
    for level in range(25):
        make(tmp_path, f"{level}/a.wav")
        for side in "lr":
            (tmp_path / str(level) / side).symlink_to(tmp_path / str(level + 1))
    assert sum(one.problem is None for one in walk([tmp_path / "0"])) == 25


def test_all_missing_paths_are_named(tmp_path: Path) -> None:
    make(tmp_path, "a.wav")
    with pytest.raises(UsageError) as caught:
        list(walk([tmp_path / "x", tmp_path / "a.wav", tmp_path / "y\n"]))
    assert str(tmp_path / "x") in str(caught.value)
    assert r"y\x0a" in str(caught.value)
    assert "a.wav" not in str(caught.value)


def test_broken_links_are_reported(tmp_path: Path) -> None:
    (tmp_path / "a.wav").symlink_to("gone.wav")
    for path in (tmp_path, tmp_path / "a.wav"):
        (one,) = walk([path])
        assert (one.relative, one.given) == ("a.wav", path != tmp_path)
        assert "link to a file that does not exist" in (one.problem or "")


def test_pipes_are_left_out_unless_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.wav")
    assert list(walk([tmp_path])) == []
    (one,) = walk([tmp_path / "a.wav"])
    assert "neither a file nor a folder" in (one.problem or "")


def test_a_folder_without_read_permission_is_reported() -> None:
    with ordinary_user() as folder:
        make(folder, "calls/ana/a.wav", "calls/tom/b.wav")
        (folder / "calls" / "ana").chmod(0)
        seen = list(walk([folder / "calls"]))
    assert relatives(seen) == ["ana", "tom/b.wav"]
    assert seen[0].is_folder
    assert seen[0].folders == ("calls", "ana")
    assert "cannot be read: permission denied" in (seen[0].problem or "")


def test_only_folders_that_were_typed_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "team/ana/2026/a.wav")
    monkeypatch.chdir(tmp_path / "team" / "ana")
    for typed, folders in {
        ".": ("ana", "2026"),
        "2026": ("2026",),
        "2026/a.wav": ("2026",),
        "..": ("team", "ana", "2026"),
        "../ana/2026/a.wav": ("ana", "2026"),
        str(tmp_path / "team"): ("team", "ana", "2026"),
        str(tmp_path / "team/ana/2026/a.wav"): ("2026",),
    }.items():
        (one,) = walk([Path(typed)])
        assert (typed, one.folders) == (typed, folders)
    monkeypatch.chdir("2026")
    (one,) = walk([Path("a.wav")])
    assert one.folders == ("2026",)
