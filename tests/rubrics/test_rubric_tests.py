from __future__ import annotations

import pytest
from pydantic import ValidationError

from callqa.core.timeline import Span
from callqa.rubrics.rubric_tests import RubricTest


def a_test(*lines: str) -> RubricTest:
    return RubricTest(name="one", call=list(lines), expect={"calm": "pass"})


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("agent: Hello: there.", ("agent", None, "Hello: there.")),
        ("Customer :  Hello.", ("customer", None, "Hello.")),
        ("agent @0:05-0:12: Hello.", ("agent", Span(5, 12), "Hello.")),
        ("agent@5-12.5:Hello.", ("agent", Span(5, 12.5), "Hello.")),
        ("customer @ 1:05.5 – 1:00:00 : 10:30 is fine.", ("customer", Span(65.5, 3600), "10:30 is fine.")),
        ("agent @5-12: 30 pounds.", ("agent", Span(5, 12), "30 pounds.")),
    ],
)
def test_a_line_has_a_speaker_and_may_have_times(line: str, expected: tuple[str, Span | None, str]) -> None:
    assert a_test(line).lines() == [expected]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["boss: Hello."], "must begin with `agent:` or `customer:`"),
        (["agent @0:05: Hello."], "must be written like `agent @0:05-0:12: Hello.`"),
        (["agent @soon-later: Hello."], "must be written like"),
        (["agent @9-5: Hello."], "ends before it begins; exchange its times"),
        (["agent @5-9: Hello.", "agent: Hello."], "give them to all, or to none"),
    ],
)
def test_a_line_that_cannot_be_read_is_told(lines: list[str], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        a_test(*lines)
