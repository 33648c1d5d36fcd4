from __future__ import annotations

from pathlib import Path

import pytest

from callqa.errors import UsageError
from callqa.evaluation.labels import BehaviorLabels, VerdictLabels, read_labels


def labels(tmp_path: Path, text: str | bytes) -> VerdictLabels | BehaviorLabels:
    path = tmp_path / "labels.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_labels(path, ["greeting", "apology"], ["apology", "thanks"])


def test_verdicts(tmp_path: Path) -> None:
    found = labels(
        tmp_path, "\ufeffCall_ID;criterion;verdict;by\na;greeting;PASS;Jo\n\nb;apology;n/a;Jo\na;greeting;pass;Al\n"
    )
    assert isinstance(found, VerdictLabels)
    assert found.verdicts == {("a", "greeting"): "pass", ("b", "apology"): "na"}
    assert found.call_ids == {"a", "b"}


def test_behaviors(tmp_path: Path) -> None:
    found = labels(tmp_path, "call_id,utterance,behavior,disputed\na,0,apology,0\na,3,apology,1\nb,7,thanks,\n")
    assert isinstance(found, BehaviorLabels)
    assert found.found == {"apology": {("a", 0)}, "thanks": {("b", 7)}}
    assert found.disputed == {"apology": {("a", 3)}}
    assert found.call_ids == {"a", "b"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "labels.csv: is empty; it needs the columns"),
        ("call_id,criterion,verdict\n", "labels.csv: has no labels below its first line"),
        ("call_id,verdict\na,pass\n", "labels.csv:1: has the columns call_id, verdict, but it needs the columns"),
        (
            "call_id,criterion,verdict\na,greting,pass\n",
            ":2: the rubric has no criterion 'greting'; did you mean 'greeting'",
        ),
        (
            "call_id,criterion,verdict\na,greeting,good\n",
            ":2: 'good' is not a verdict a person gives; write pass, fail or na",
        ),
        ("call_id,criterion,verdict\na,greeting,review\n", ":2: 'review' is not a verdict a person gives"),
        ("call_id,criterion,verdict\na,greeting\n", "labels.csv: contains no verdict; write pass, fail or na"),
        (
            "call_id,criterion,verdict\na,greeting,pass\na,greeting,fail\n",
            ":3: 'a' has two verdicts on greeting; keep one",
        ),
        ("call_id,utterance,behavior\na,1,thank\n", ":2: no behavior is called 'thank'; did you mean 'thanks'"),
        (
            "call_id,utterance,behavior\na,one,thanks\n",
            ":2: 'one' is not an utterance; write its number in the transcript, from 0",
        ),
        ("call_id,utterance,behavior\na,-1,thanks\n", "is not an utterance"),
        ('call_id,utterance,behavior\n"a,1,thanks\n', "is not a valid CSV file"),
        (b"\xff\xfe\x00", "is not UTF-8; save it as CSV UTF-8"),
    ],
)
def test_mistakes_are_reported_with_their_line(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(UsageError) as error:
        labels(tmp_path, text)
    assert message in str(error.value)


def test_all_mistakes_are_reported_together(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        labels(tmp_path, "call_id,criterion,verdict\na,greting,good\nb,greeting,pass\n,apology,fail\nb,greeting,na\n")
    messages = str(error.value).splitlines()
    assert [line.split("labels.csv:")[1][:20] for line in messages] == [
        "2: the rubric has no",
        "2: 'good' is not a v",
        "4: has no call_id; f",
        "5: 'b' has two verdi",
    ]
    with pytest.raises(UsageError) as error:
        labels(tmp_path, "call_id,utterance,behavior\na,one,thank\n,1,thanks\n")
    assert [line.split("labels.csv:")[1][:9] for line in str(error.value).splitlines()] == [
        "2: no beh",
        "2: 'one' ",
        "3: has no",
    ]


def test_very_many_mistakes_are_counted(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        labels(tmp_path, "call_id,criterion,verdict\n" + "a,greeting,good\n" * 50)
    assert len(str(error.value).splitlines()) == 21
    assert str(error.value).endswith("labels.csv: and 30 more mistakes")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_labels(tmp_path / "none.csv", [], [])


@pytest.mark.parametrize(
    "data",
    [
        "call_id;criterion;verdict\r\na;greeting;pass\r\n".encode("utf-16"),
        b"sep=;\r\ncall_id;criterion;verdict\r\na;greeting;pass\r\n",
        b"\xef\xbb\xbfCall ID\tCriterion\tVerdict\na\tgreeting\tPASS\n",
    ],
)
def test_files_of_spreadsheets_are_read(tmp_path: Path, data: bytes) -> None:
    assert labels(tmp_path, data) == VerdictLabels({("a", "greeting"): "pass"})


def test_a_call_without_any_behavior_counts_as_labelled(tmp_path: Path) -> None:
    found = labels(tmp_path, "call_id,utterance,behavior\na,1,thanks\nb,0,none\nc,,None\n")
    assert isinstance(found, BehaviorLabels)
    assert found.empty == {"b", "c"}
    assert found.call_ids == {"a", "b", "c"}
    assert set(found.found) == {"thanks"}
