"""Dataclasses written, read and described as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import pytest
from pydantic import Field, ValidationError

from callqa.core.json_form import Count, JsonForm, JsonObject, Seconds, json_text, spelled_as


@dataclass(frozen=True)
class Stretch:
    """Made by a module that knows nothing of JSON."""

    start: float
    shift: float = 0.0
    """Seconds, forwards or backwards; None of it is rounded."""
    words: tuple[str, ...] = ()


@JsonForm("name", "length", "stretches", "count", left_out=("cached",))
@dataclass(frozen=True)
class Song:
    """A song."""

    name: str
    cached: bool = False
    stretches: tuple[Annotated[Stretch, JsonForm(left_out=("words",), not_negative=True, shift=float)], ...] = ()
    length: Seconds | None = None
    day: Annotated[date, spelled_as(str, date.fromisoformat, date.isoformat)] | None = None
    """The day it was recorded."""
    key: Annotated[str, Field(alias="in")] = "C"

    @property
    def count(self) -> Count:
        """Stretches in it."""
        return len(self.stretches)


class Album(JsonObject):
    """Songs."""

    songs: tuple[Song, ...]


ALBUM = Album(songs=(Song("one", True, (Stretch(1, -2, ("la",)),), 3, date(2026, 11, 3), "D"), Song("two")))


def read(text: str) -> Album:
    return Album.model_validate_json(text, strict=True)


def song(**changes: Any) -> str:
    """The JSON of an album with a song, changed; `...` removes a key."""
    whole = {"name": "one", "length": 3.0, "stretches": [], "count": 0, **changes}
    return json.dumps({"songs": [{key: value for key, value in whole.items() if value is not ...}]})


def test_keys_come_in_their_order_with_numbers_of_their_type() -> None:
    first, second = json.loads(json_text(ALBUM), object_pairs_hook=list)[0][1]
    assert first == [
        ("name", "one"),
        ("length", 3.0),
        ("stretches", [[("start", 1.0), ("shift", -2.0)]]),
        ("count", 1),
        ("day", "2026-11-03"),
        ("in", "D"),
    ]
    assert '"length": 3.0,' in json_text(ALBUM)
    assert [key for key, _ in second] == ["name", "length", "stretches", "count", "day", "in"]


def test_reads_back_all_but_what_is_left_out() -> None:
    back = read(json_text(ALBUM)).songs
    assert back == (Song("one", False, (Stretch(1, -2),), 3, date(2026, 11, 3), "D"), Song("two"))
    assert back[0].count == 1
    assert back[0].stretches[0].words == ()


def test_later_keys_may_be_missing() -> None:
    assert read(song()).songs == (Song("one", length=3),)


@pytest.mark.parametrize(
    "changes",
    [
        {"length": ...},
        {"count": ...},
        {"count": -1},
        {"length": -1},
        {"length": "3"},
        {"cached": True},
        {"more": 1},
        {"day": "today"},
        {"stretches": [{"start": -1}]},
        {"stretches": [{"start": 1, "words": []}]},
    ],
    ids=str,
)
def test_anything_else_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        read(song(**changes))


def test_the_schema_says_the_same() -> None:
    schema = Album.model_json_schema()
    described = schema["$defs"]["Song"]
    assert described["description"] == "A song."
    assert list(described["properties"]) == ["name", "length", "stretches", "count", "day", "in"]
    assert described["required"] == ["name", "length", "stretches", "count"]
    assert described["additionalProperties"] is False
    assert described["properties"]["count"] == {
        "description": "Stretches in it.",
        "minimum": 0,
        "title": "Count",
        "type": "integer",
    }
    stretch = schema["$defs"]["Stretch"]["properties"]
    assert ("minimum" in stretch["start"], "minimum" in stretch["shift"]) == (True, False)
    assert "words" not in stretch


def test_a_new_field_is_written_read_and_described() -> None:
    @JsonForm("name")
    @dataclass(frozen=True)
    class Longer(Stretch):
        name: str = ""
        mood: str | None = None

    class Long(JsonObject):
        one: Longer

    assert '"mood": "merry"' in json_text(Long(one=Longer(1.0, mood="merry")))
    assert Long.model_validate_json('{"one": {"name": "x", "start": 1, "mood": "sad"}}').one.mood == "sad"
    assert "mood" in Long.model_json_schema()["$defs"]["Longer"]["properties"]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_null(number: float) -> None:
    assert json.loads(json_text(Album(songs=(Song("one", length=number),))))["songs"][0]["length"] is None


def test_lone_surrogates_are_escapes_and_nothing_acts_on_a_terminal() -> None:
    bad = "a\udcff\x9b\u202e\u2028é\x1b"
    text = json_text(Album(songs=(Song(bad, length=float("nan")),)))
    text.encode("utf-8")
    assert not any(0x7F <= ord(character) < 0xA0 or character in "\u202e\u2028\x1b" for character in text)
    assert json.loads(text)["songs"][0] == {
        "name": "a\\udcff\x9b\u202e\u2028é\x1b",
        "length": None,
        "stretches": [],
        "count": 0,
        "day": None,
        "in": "C",
    }


def test_text_is_indented_by_one_and_ends_with_a_line_break() -> None:
    assert json_text(Album(songs=())) == '{\n "songs": []\n}\n'
