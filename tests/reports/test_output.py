from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any, TextIO

import pytest

from callqa.errors import UsageError
from callqa.reports.output import check_target, write_report, write_text
from callqa.results.summary import RunSummary
from support.results_samples import small_run
from support.text_reports import Data, Words

not_as_root = pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
posix = pytest.mark.skipif(os.name == "nt", reason="POSIX files")


class Breaks:
    """A report that fails halfway."""

    file_encoding = "utf-8"

    def __init__(self, error: BaseException):
        self.error = error

    def write(self, run: RunSummary, stream: TextIO) -> None:
        stream.write("half of ")
        stream.flush()
        raise self.error


def test_file_is_utf8_with_its_own_line_ends(tmp_path: Path) -> None:
    target = tmp_path / "report.txt"
    write_report(Words(), small_run(), str(target))
    assert target.read_bytes() == "zoë …\r\nend\n".encode()
    assert list(tmp_path.iterdir()) == [target]


def test_data_has_its_own_encoding_in_files(tmp_path: Path) -> None:
    target = tmp_path / "report.csv"
    write_report(Data("é"), small_run(), str(target))
    assert target.read_bytes() == b"\xef\xbb\xbf\xc3\xa9"


def test_lone_surrogates_do_not_stop_a_report(tmp_path: Path) -> None:
    target = tmp_path / "report.txt"
    write_text("a\udcffb", str(target))
    assert target.read_text("utf-8") == "a\\udcffb"


@pytest.mark.parametrize("error", [RuntimeError("a bug"), KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_failure_leaves_the_old_file_and_no_other(tmp_path: Path, error: BaseException) -> None:
    target = tmp_path / "report.json"
    target.write_text("from yesterday")
    expected: Any = UsageError if isinstance(error, OSError) else type(error)
    with pytest.raises(expected):
        write_report(Breaks(error), small_run(), str(target))
    assert target.read_text() == "from yesterday"
    assert list(tmp_path.iterdir()) == [target]


def test_full_disk_is_said_in_one_sentence(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    with pytest.raises(UsageError, match=r"report\.json' cannot be written: No space left on device$"):
        write_report(Breaks(OSError(28, "No space left on device")), small_run(), str(target))
    assert not list(tmp_path.iterdir())


@posix
def test_new_file_has_usual_permissions_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    usual = tmp_path / "usual"
    usual.touch()
    write_text("new", str(tmp_path / "new.txt"))
    assert stat.S_IMODE((tmp_path / "new.txt").stat().st_mode) == stat.S_IMODE(usual.stat().st_mode)
    usual.chmod(0o640)
    write_text("again", str(usual))
    assert stat.S_IMODE(usual.stat().st_mode) == 0o640
    assert usual.read_text() == "again"


@posix
def test_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    link = tmp_path / "latest.json"
    link.symlink_to(tmp_path / "kept" / "today.json")
    write_text("{}", str(link))
    assert link.is_symlink()
    assert (tmp_path / "kept" / "today.json").read_text() == "{}"


@posix
def test_devices_and_pipes_are_written_in_place(tmp_path: Path) -> None:
    write_text("gone", os.devnull)
    assert not stat.S_ISREG(os.stat(os.devnull).st_mode)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_text("through", str(pipe))
        assert os.read(reader, 100) == b"through"
    finally:
        os.close(reader)


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("", "needs the name of a file"),
        ("a\0b", "needs the name of a file"),
        ("{tmp}", "it is a folder; name a file in it"),
        ("{tmp}/", "it is a folder; name a file in it"),
        ("{tmp}/new/", "it names a folder"),
        ("{tmp}/missing/report.json", "there is no folder '{tmp}/missing'; create it first"),
        ("{tmp}/file.txt/report.json", "cannot be written"),
        ("{tmp}/" + "x" * 300, "cannot be written"),
    ],
)
def test_bad_targets_are_refused_before_any_work(tmp_path: Path, target: str, why: str) -> None:
    (tmp_path / "file.txt").touch()
    with pytest.raises(UsageError) as refused:
        check_target(target.replace("{tmp}", str(tmp_path)))
    assert why.replace("{tmp}", str(tmp_path)) in str(refused.value)
    assert "\n" not in str(refused.value)


@not_as_root
def test_write_protected_targets_are_refused(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    kept = tmp_path / "kept.json"
    kept.touch()
    kept.chmod(0o400)
    locked.chmod(0o500)
    try:
        with pytest.raises(UsageError, match="you may not write to the folder"):
            check_target(str(locked / "report.json"))
        with pytest.raises(UsageError, match="write-protected"):
            check_target(str(kept))
    finally:
        locked.chmod(0o700)


def test_good_targets_are_left_untouched(tmp_path: Path) -> None:
    check_target("-")
    check_target(str(tmp_path / "new.json"))
    assert not list(tmp_path.iterdir())


def test_name_as_long_as_names_can_be(tmp_path: Path) -> None:
    target = tmp_path / ("x" * 250)
    write_text("{}", str(target))
    assert target.read_text() == "{}"


def _in_another_process(code: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    tests = str(Path(__file__).parents[1])
    return subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {tests!r})\n{code}"],
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )


def test_data_on_stdout_is_utf8_whatever_the_locale() -> None:
    code = (
        "from support.results_samples import small_run\n"
        "from support.text_reports import Data\n"
        "from callqa.reports.output import write_report\n"
        "print('before', end=' ')\n"
        "write_report(Data('zoë\\r\\n'), small_run(), '-')\n"
    )
    done = _in_another_process(code, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.stdout == "before zoë\r\n".encode()
    assert done.stderr == b""


def test_stdout_gets_nothing_of_a_report_that_fails(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    with pytest.raises(RuntimeError):
        write_report(Breaks(RuntimeError("a bug")), small_run(), "-")
    assert capsysbinary.readouterr().out == b""


def test_words_are_given_stdout_itself(capsys: pytest.CaptureFixture[str]) -> None:
    class Sees(Words):
        stream: TextIO | None = None

        def write(self, run: RunSummary, stream: TextIO) -> None:
            self.stream = stream
            stream.write("seen")

    report = Sees()
    write_report(report, small_run(), "-")
    assert report.stream is sys.stdout
    assert capsys.readouterr().out == "seen"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_full_stdout_is_one_sentence_and_a_closed_pipe_the_callers(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = open("/dev/full", "w", encoding="utf-8")  # noqa: SIM115
    monkeypatch.setattr(sys, "stdout", stream)
    with pytest.raises(UsageError, match=r"^standard output cannot be written: No space left on device$"):
        write_report(Words(), small_run(), "-")
    monkeypatch.undo()
    with pytest.raises(OSError, match="No space left"):
        stream.close()
    with pytest.raises(BrokenPipeError):
        write_report(Breaks(BrokenPipeError()), small_run(), "-")
