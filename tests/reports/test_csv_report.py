from __future__ import annotations

import csv
import io
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callqa.conversation.metrics import Metrics
from callqa.reports.csv_report import COLUMNS, CsvReport
from callqa.reports.csv_table import cell_text
from callqa.reports.output import write_report
from callqa.results.summary import RunSummary, summarise
from support.gold_files import assert_gold
from support.results_samples import call, evidence, rubric, small_run, told, unscored


def text_of(run: RunSummary) -> str:
    stream = io.StringIO(newline="")
    CsvReport().write(run, stream)
    return stream.getvalue()


def rows_of(run: RunSummary) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text_of(run), newline="")))


def test_gold() -> None:
    assert_gold("results.csv", text_of(small_run()))


def test_one_row_per_call_and_criterion() -> None:
    rows = rows_of(small_run())
    assert [(row["call_id"], row["criterion"]) for row in rows[:4]] == [
        ("a17", "greeting"),
        ("a17", "apology"),
        ("a17", "make_it_right"),
        ("a17", "no_arguing"),
    ]
    assert [(row["call_id"], row["status"], row["criterion"]) for row in rows[4:6]] == [
        ("a18", "unscorable", ""),
        ("a19", "failed", ""),
    ]
    assert rows[5]["reason"] == "it is empty; copy it again"
    assert {row["rubric_sha256"] for row in rows} == {rubric().sha256}


def test_values_a_spreadsheet_takes_for_what_they_are() -> None:
    row = rows_of(small_run())[1]
    assert row["score"] == "56.2"
    assert row["passed"] == "false"
    assert row["weight"] == "25"
    assert row["evidence_start"] == "12"
    assert row["evidence_quote"] == "I'm so sorry"
    assert row["started_at"] == "2024-05-06T09:30:00+00:00"


def test_every_row_is_one_line_ending_with_crlf() -> None:
    quote = "first\r\nsecond\nthird\u2028fourth\vfifth"
    of = rubric()
    one = call("a/1.wav", "pfff", of, no_arguing=told("said", evidence(None, quote)))
    lines = text_of(summarise(of, [one])).split("\r\n")
    assert len(lines) == 6
    assert lines[-1] == ""
    assert not any(character in line for line in lines for character in "\r\n\v\u2028")
    assert "first second third fourth fifth" in lines[4]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "\x00=1+1", " =1+1", "＝1+1", "＋1+1", "－1+1",
     "＠SUM(A1)", "-", "=", "\u200b=1", "-2+3+cmd|' /C calc'!A0"],
)  # fmt: skip
def test_formulas_are_defused(text: str) -> None:
    assert cell_text(text).startswith("'")


@pytest.mark.parametrize("text", ["-3", "+49", "-0.5", "12", "apology", "a=b", "'quoted'", "“-”"])
def test_plain_cells_stay_as_they_are(text: str) -> None:
    assert cell_text(text) == text


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(codec=None, categories=None)))
def test_no_text_can_act(text: str) -> None:
    safe = cell_text(text)
    assert safe.lstrip()[:1] not in tuple("=@＝＋－＠")
    assert safe.isdecimal() or safe.lstrip()[:1] not in ("+", "-") or float(safe) is not None
    assert not any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in safe)
    safe.encode("utf-8")


@settings(max_examples=50, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e6, max_value=1e6))
def test_numbers_are_never_defused(number: float) -> None:
    assert float(cell_text(number)) == pytest.approx(number, abs=1e-6)


def test_byte_order_mark_in_files_only(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    target = tmp_path / "results.csv"
    write_report(CsvReport(), small_run(), str(target))
    write_report(CsvReport(), small_run(), "-")
    piped = capsysbinary.readouterr().out
    assert target.read_bytes() == b"\xef\xbb\xbf" + piped
    assert piped.startswith(b"call_id,path,agent,")


def test_names_that_are_no_utf8() -> None:
    run = small_run()
    odd = replace(unscored("a/\udcff.wav", "failed", "it is empty"), agent="=cmd()")
    row = rows_of(summarise(run.rubric, [odd]))[0]
    assert row["path"] == "a/\\udcff.wav"
    assert row["agent"] == "'=cmd()"


def test_columns_are_those_of_the_format() -> None:
    names = [column.name for column in COLUMNS]
    assert list(rows_of(small_run())[0]) == names
    assert len(set(names)) == len(names) == 48
    assert {field.name for field in fields(Metrics)} <= set(names)
