from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from callqa.core.suggestions import did_you_mean
from callqa.core.yaml_loading import parse_yaml, read_yaml
from callqa.core.yaml_paths import path_text
from callqa.core.yaml_validation import validate
from callqa.errors import Problem, RubricError, UsageError


class Topping(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1)
    grams: int = Field(default=10, ge=1, le=500)


class Pizza(BaseModel):
    model_config = ConfigDict(extra="forbid")
    size: Literal["small", "large"]
    code: str = Field(default="a", pattern="^[a-z]$")
    price: float = 1
    toppings: list[Topping] = Field(default=[], min_length=1)


def data(text: str) -> Any:
    file = parse_yaml(text, "pizza.yaml")
    assert file.problems == ()
    return file.data


def refused(text: str) -> list[Problem]:
    """The problems for which a text is not even parsed."""
    with pytest.raises(RubricError) as caught:
        parse_yaml(text, "pizza.yaml")
    return list(caught.value.problems)


def mistakes(text: str) -> list[tuple[int | None, str]]:
    value, problems = validate(parse_yaml(text, "pizza.yaml"), Pizza)
    assert (value is None) == bool(problems)
    assert {problem.file for problem in problems} <= {"pizza.yaml"}
    return [(problem.line, problem.message) for problem in problems]


def test_words_stay_words() -> None:
    text = "[yes, no, Yes, on, off, y, n, 1:30, 2024-01-01, 0x10, 010, 1_000, 1e3, .inf, .nan, =, <<]"
    assert data(text) == text.strip("[]").split(", ")


def test_numbers_booleans_and_nothing_are_what_they_look_like() -> None:
    assert data("[1, -2, +3, 0, 1.5, -0.5, .5, 2., 1.5e3, true, False, ~, null]") == [
        *(1, -2, 3, 0, 1.5, -0.5, 0.5, 2.0, 1500.0, True, False, None, None),
    ]


def test_quotes_make_text_of_anything() -> None:
    assert data("""["1", 'true', "null", "~"]""") == ["1", "true", "null", "~"]


def test_keys_are_text_whatever_they_look_like() -> None:
    assert data("{1: a, true: b, no: c, ~: d}") == {"1": "a", "true": "b", "no": "c", "~": "d"}


def test_every_value_knows_its_line() -> None:
    file = parse_yaml("a: 1\nb:\n  - x\n  -\n    c: |\n      long\n      text\nd: {e: 2,\n  f: 3}\n", "f.yaml")
    assert file.line(("a",)) == 1
    assert file.line(("b",)) == 2
    assert file.line(("b", 0)) == 3
    assert file.line(("b", 1)) == 5
    assert file.line(("b", 1, "c")) == 5
    assert file.line(("d", "f")) == 9


def test_a_place_that_is_not_there_has_the_line_of_what_surrounds_it() -> None:
    file = parse_yaml("a: 1\nb:\n  c: 2\n", "f.yaml")
    assert file.line(("b", "nothing", 3)) == 2
    assert file.line(("nothing",)) == 1


def test_anchors_may_be_used() -> None:
    file = parse_yaml("one: &t {name: ham}\ntwo: *t\n", "f.yaml")
    assert file.data == {"one": {"name": "ham"}, "two": {"name": "ham"}}
    assert file.line(("two",)) == 2


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "a: &a [x,x,x,x,x,x,x,x,x]\n"
            + "".join(f"{c}: &{c} [{','.join(['*' + p] * 9)}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True)),
            id="a billion laughs",
        ),
        pytest.param("a: &a [*a]\n", id="a list in itself"),
        pytest.param("&a {x: *a}\n", id="a mapping in itself"),
        pytest.param("a: " + "[" * 60 + "]" * 60, id="60 brackets"),
        pytest.param("a: " + "[" * 2_000, id="2000 open brackets"),
        pytest.param("".join("  " * depth + "k:\n" for depth in range(60)), id="60 steps"),
        pytest.param("- " * 2_000, id="2000 dashes"),
    ],
)
def test_what_grows_without_bound_is_refused(text: str) -> None:
    (problem,) = refused(text)
    assert problem.message == "is nested too deeply or too large once its anchors are followed"


def test_a_tab_is_named_with_its_line() -> None:
    (problem,) = refused("size: small\n\tcode: b\n")
    assert problem.line == 2
    assert "there is a tab on this line; indent with spaces" in problem.message


def test_a_colon_in_plain_text_is_named_with_its_line() -> None:
    (problem,) = refused("size: small\ncode: b\nname: Mozzarella: the best\n")
    assert problem.line == 3
    assert "put text that contains a colon in quotes" in problem.message


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [1, 2\nb: 3\n", 2),
        ("a: 'never closed\nb: 1\n", 3),
        ("a: 1\n b: 2\n", 2),
        ("a: *nowhere\n", 1),
        ("a: 1\n---\nb: 2\n", 2),
        ("a: }\n", 1),
        ("a: @x\n", 1),
        ("a: %x\n", 1),
        ('a: "\\q"\n', 1),
        ("%YAML 9.9\n---\na: 1\n", 1),
        ("a: !<tag:x x\n", 1),
    ],
)
def test_what_is_not_yaml_has_a_line_and_advice(text: str, line: int) -> None:
    (problem,) = refused(text)
    assert problem.line == line
    assert problem.message.startswith("is not valid YAML (")
    assert "\n" not in problem.message


@pytest.mark.parametrize(
    ("text", "line", "advice"),
    [
        ("a:\n  b: 1\n c: 2\n", 3, "this line is indented by 1 space, the line above by 2"),
        ("a: 1\nb 2\nc: 3\n", 2, "a colon is missing after the key"),
        ("- id:a\n\n  # so\n  title: A\n", 1, "write a space after the colon: `id: a`"),
        ("a: b: c\n", 1, "put text that contains a colon in quotes"),
        ("a:\n\tb: 1\n", 2, "there is a tab on this line; indent with spaces"),
    ],
)
def test_the_usual_slips_are_told_with_what_to_write(text: str, line: int, advice: str) -> None:
    (problem,) = refused(text)
    assert (problem.line, advice in problem.message) == (line, True), problem.message


@pytest.mark.parametrize(("character", "code"), [("\0", "U+0000"), ("\x1b", "U+001B"), ("\x7f", "U+007F")])
def test_a_control_character_is_named_with_its_line(character: str, code: str) -> None:
    (problem,) = refused(f"size: small\ncode: b\nname: x{character}\n")
    assert (problem.line, problem.message) == (3, f"the character {code} is not allowed in a YAML file; delete it")


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("size: !!python/object/apply:os.system [echo hello]\n", "!!python/object/apply:os.system"),
        ("size: !!python/name:os.system x\n", "!!python/name:os.system"),
        ("size: !!python/object:os.x {a: b}\n", "!!python/object:os.x"),
        ("size: !!set {a, b}\n", "!!set"),
        ("size: !!binary aGVsbG8=\n", "!!binary"),
        ("size: !mine x\n", "!mine"),
    ],
)
def test_tags_are_refused(text: str, tag: str) -> None:
    file = parse_yaml(text, "f.yaml")
    assert [str(problem) for problem in file.problems] == [f"f.yaml:1: the tag {tag} is not allowed; leave it out"]


@pytest.mark.parametrize("number", ["!!int abc", "!!float x", "!!int ''", "1" + "0" * 5_000])
def test_a_number_that_is_none_is_refused(number: str) -> None:
    (problem,) = parse_yaml(f"size: small\nprice: {number}\n", "f.yaml").problems
    assert problem.line == 2
    assert problem.message.endswith("is not a number that callqa can use")
    assert len(problem.message) < 100


def test_a_key_written_twice_is_named_with_both_lines() -> None:
    assert mistakes("size: small\ncode: b\ntoppings:\n  - name: a\n    grams: 2\n    name: b\nsize: large\n") == [
        (6, "the key 'name' is here twice (first on line 4); keep one"),
        (7, "the key 'size' is here twice (first on line 1); keep one"),
    ]


def test_a_key_that_is_a_list_is_refused() -> None:
    assert (2, "a key must be a plain word") in mistakes("size: small\n? [a, b]\n: c\n")


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing but a remark\n", "---\n", "just words", "- a\n- b\n", "42"])
def test_a_file_without_keys_is_refused(text: str) -> None:
    assert mistakes(text) == [(1, "is empty or not made of `key: value` lines")]


def test_a_good_file_becomes_the_model() -> None:
    value, problems = validate(parse_yaml("size: small\ntoppings: [{name: ham, grams: 30}]\n", "f.yaml"), Pizza)
    assert problems == []
    assert value == Pizza(size="small", toppings=[Topping(name="ham", grams=30)])


def test_all_mistakes_come_at_once_in_the_order_of_the_file() -> None:
    text = """\
sise: small
code: BIG
price: cheap
toppings:
  - grams: 0
  - name: ""
    gram: 3
  - ham
  - name: 12
    grams: 1.5
    size: {}
"""
    assert mistakes(text) == [
        (1, "sise: there is no key 'sise' here; did you mean 'size'?"),
        (1, "size is missing; add it"),
        (
            2,
            "code: must be lower-case letters, digits and _ (like make_it_right), beginning with a letter"
            " (it says 'BIG')",
        ),
        (3, "price: must be a number (it says 'cheap')"),
        (5, "toppings[1].grams: must be greater than or equal to 1 (it says 0)"),
        (5, "toppings[1].name is missing; add it"),
        (6, "toppings[2].name: is empty; write something or leave it out (it says '')"),
        (7, "toppings[2].gram: there is no key 'gram' here; did you mean 'grams'?"),
        (8, "toppings[3]: must be made of `key: value` lines (it says 'ham')"),
        (9, "toppings[4].name: must be text; put it in quotes (it says 12)"),
        (10, "toppings[4].grams: must be a whole number (it says 1.5)"),
        (11, "toppings[4].size: there is no key 'size' here; known: grams, name"),
    ]


def test_an_empty_list_and_no_list_are_told_apart() -> None:
    assert mistakes("size: small\ntoppings: []\n") == [(2, "toppings: needs at least one entry")]
    assert mistakes("size: small\ntoppings: ham\n") == [
        (2, "toppings: must be a list: [one, two], or lines that begin with `- ` (it says 'ham')")
    ]


def test_a_long_wrong_value_is_shortened() -> None:
    ((_, message),) = mistakes(f"size: {'x' * 10_000}\n")
    assert message.endswith("x…)")
    assert len(message) < 150


def test_a_true_is_shown_as_it_stands_in_the_file() -> None:
    assert mistakes("size: true\n") == [(1, "size: must be 'small' or 'large' (it says true)")]


def test_a_file_is_read_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_bytes(b"\xef\xbb\xbfsize: small\r\ncode: \xc3\xa9\r\n")
    assert read_yaml(path).data == {"size": "small", "code": "é"}
    assert read_yaml(path).name == str(path)
    assert read_yaml(path, "shown.yaml").name == "shown.yaml"


@pytest.mark.parametrize("content", [b"size: \xff\n", "size: small".encode("utf-16"), b"RIFF\x80\x81WAVE"])
def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "p.yaml"
    path.write_bytes(content)
    with pytest.raises(RubricError, match=r"p\.yaml: is not UTF-8 text; save it as UTF-8"):
        read_yaml(path)


def test_a_file_that_cannot_be_opened_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file") as caught:
        read_yaml(tmp_path / "none.yaml")
    assert not isinstance(caught.value, RubricError)
    with pytest.raises(UsageError, match="cannot be read"):
        read_yaml(tmp_path)


@given(st.text(max_size=200))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    check_or_refuse(text)


@given(st.text(alphabet="ab: -[]{}&*!|>'\"#%?,\n\t1.~<", max_size=80))
def test_any_yaml_like_text_is_parsed_or_refused(text: str) -> None:
    check_or_refuse(text)


def check_or_refuse(text: str) -> None:
    try:
        value, problems = validate(parse_yaml(text, "f.yaml"), Pizza)
    except RubricError as error:
        problems, value = list(error.problems), None
    assert (value is None) == bool(problems)
    for problem in problems:
        assert "\n" not in problem.message
        assert problem.line is None or 1 <= problem.line <= len(text) + 1


@pytest.mark.parametrize(
    ("place", "written"),
    [
        ((), "the file"),
        (("criteria",), "criteria"),
        (("criteria", 0, "expect", "say", 2), "criteria[1].expect.say[3]"),
    ],
)
def test_places_are_written_as_people_write_them(place: tuple[str | int, ...], written: str) -> None:
    assert path_text(place) == written


def test_a_suggestion_is_the_likeliest_word_or_all_of_few() -> None:
    assert did_you_mean("aploogy", ["greeting", "apology"]) == "; did you mean 'apology'?"
    assert did_you_mean("xyz", ["greeting", "apology"]) == "; known: greeting, apology"
    assert did_you_mean("xyz", [f"word{n}" for n in range(17)]) == ""
    assert did_you_mean("xyz", []) == ""


@pytest.mark.parametrize(
    ("text", "line", "named"),
    [
        ("a:\n  - b: x\n    c: t\n\u00a0 \u00a0 d: 2\n    e: 1\n", 4, "a no-break space (U+00A0)"),
        ("size:\u00a0small\ncode: b\n", 1, "a no-break space (U+00A0)"),
        ("size: small\ncode:\u200bb\n", 2, "a zero-width space (U+200B)"),
    ],
)
def test_an_invisible_character_is_named_with_its_line(text: str, line: int, named: str) -> None:
    (problem,) = refused(text)
    assert problem.line == line
    assert f"there is {named} on this line; write an ordinary space, or delete it" in problem.message
