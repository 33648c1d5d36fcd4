from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.core.yaml_editing import add_entry, dump_yaml, remove_entry
from callqa.core.yaml_loading import parse_yaml

HEAD = {"format": 1}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(st.lists(TEXTS, max_size=4), TEXTS)
def test_any_text_is_read_back_as_it_was(texts: list[str], more: str) -> None:
    text = dump_yaml({"texts": texts, "more": more})
    assert parse_yaml(text, "x").data == {"texts": texts, "more": more}


@pytest.mark.parametrize(
    "word", ["yes", "no", "null", "~", "1", "1.5e3", "2026-11-03", "1:30", "- a", "a: b", "# c", ""]
)
def test_what_yaml_takes_for_something_else_stays_text(word: str) -> None:
    assert parse_yaml(dump_yaml({"word": word}), "x").data == {"word": word}


def test_keys_are_plain() -> None:
    assert dump_yaml({"format": 1, "entries": [{"call": "a"}]}) == 'format: 1\nentries:\n  - call: "a"\n'


@pytest.mark.parametrize(
    "text",
    [
        "# mine\nformat: 1\nentries:\n# none yet\n",
        "format: 1\nentries:\n  - {call: a}  # the first\n\n# the end\n\n",
        "format: 1\nentries:\n  - call: a\n    why: |\n      two\n      lines\n",
    ],
)
def test_comments_stay(text: str) -> None:
    longer = add_entry(text, HEAD, "entries", {"call": "b"})
    assert longer.startswith(text.rstrip())
    assert parse_yaml(longer, "x").data["entries"][-1] == {"call": "b"}


@pytest.mark.parametrize(
    "text",
    [
        "format: 1\nentries: []\n",
        "format: 1\nentries: [{call: a}]\n",
        "format: 1\nentries:\n- call: a\n",
        "entries:\n  - call: a\nformat: 1\n",
        "{format: 1, entries: [{call: a}]}",
        "format: 1\n",
    ],
)
def test_other_layouts_are_written_anew(text: str) -> None:
    before = parse_yaml(text, "x").data
    after = parse_yaml(add_entry(text, HEAD, "entries", {"call": "b"}), "x").data
    assert after == {**before, "entries": [*before.get("entries", []), {"call": "b"}]}


def test_nothing_begins_a_file() -> None:
    assert add_entry(" \n", HEAD, "entries", {"call": "b"}) == 'format: 1\nentries:\n  - call: "b"\n'


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("# mine\nentries:\n  # a\n  - call: a\n  # b\n  - call: b\n    why: |\n      two\n      lines\n\n# end\n",
         "# mine\nentries:\n  # a\n  - call: a\n  # b\n\n# end\n"),
        ("entries:\n  - {call: a}\n  - {call: b} # gone\nformat: 1\n", "entries:\n  - {call: a}\nformat: 1\n"),
        ("entries: [{call: a}, {call: b}]\nformat: 1\n", 'entries:\n  - call: "a"\nformat: 1\n'),
    ],
)  # fmt: skip
def test_an_entry_is_taken_out_with_its_lines(text: str, left: str) -> None:
    assert remove_entry(text, "entries", 1) == left


@given(st.lists(TEXTS, min_size=1, max_size=4), st.data())
def test_what_was_put_in_is_taken_out(texts: list[str], data: st.DataObject) -> None:
    text = ""
    for one in texts:
        text = add_entry(text, HEAD, "entries", {"call": one, "why": "x"})
    index = data.draw(st.integers(0, len(texts) - 1))
    after = parse_yaml(remove_entry(text, "entries", index), "x").data
    assert [one["call"] for one in after["entries"] or []] == [*texts[:index], *texts[index + 1 :]]
    if index == len(texts) - 1 and index:
        assert text.startswith(remove_entry(text, "entries", index))
