from __future__ import annotations

import pytest

from callqa.core.yaml_loading import parse_yaml
from callqa.core.yaml_validation import validate
from callqa.rubrics.measure_schema import Measure
from callqa.rubrics.rubric_schema import RubricFile

HEAD = "format: 1\nname: desk\ncriteria:\n  - id: calm\n    title: Calm\n    measure: "


def measure(text: str) -> tuple[Measure | None, list[tuple[int | None, str]]]:
    file, problems = validate(parse_yaml(HEAD + text, "r.yaml"), RubricFile)
    return (file.criteria[0].measure if file else None), [(one.line, one.message) for one in problems]


def test_what_is_not_said_has_a_sensible_value() -> None:
    found, _ = measure("{dead_air: {longer_than: 8s}}")
    assert found is not None
    assert found.dead_air is not None
    assert (found.dead_air.longer_than, found.dead_air.allow) == (8.0, 0)
    found, _ = measure("{talk_share: {max: 70%}}")
    assert found is not None
    assert found.talk_share is not None
    assert (found.talk_share.who, found.talk_share.min, found.talk_share.max) == ("agent", None, 70.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "needs exactly one of dead_air, overtalk, interruptions, hold, response_time"),
        ("{dead_air: {}, overtalk: {}}", "needs exactly one of dead_air"),
        ("{dead_air: {longer: 8s}}", "there is no key 'longer' here; did you mean 'longer_than'?"),
        ("{dead_are: {}}", "there is no key 'dead_are' here; did you mean 'dead_air'?"),
        ("{dead_air: {longer_than: soon}}", "'soon' is not a length of time"),
        ("{interruptions: {by: boss}}", "must be 'agent' or 'customer'"),
        ("{interruptions: {allow: -1}}", "must be greater than or equal to 0"),
        ("{talk_share: {who: agent}}", "needs a bound; add `min: 30%` or `max: 70%`"),
        ("{talk_share: {max: 0.7}}", "is no percentage from 1% to 100%; write it like 70%"),
        ("{talk_share: {max: 170%}}", "is no percentage"),
        ("{pace: {min: 190, max: 110}}", "`min` is greater than `max`; exchange them"),
        ("{pace: {}}", "needs a bound; add `min: 110` or `max: 190`"),
        ("{pace_match: {}}", "within is missing; add it"),
    ],
)
def test_mistakes_are_told_with_their_line(text: str, message: str) -> None:
    found, problems = measure(text)
    assert found is None
    [(line, told)] = problems
    assert (line, message in told) == (6, True), told


def test_a_behavior_that_excuses_a_silence_must_exist(tmp_path) -> None:  # type: ignore[no-untyped-def]
    from callqa.errors import RubricError
    from callqa.rubrics.loader import load_rubric

    path = tmp_path / "r.yaml"
    path.write_text(HEAD + "{dead_air: {unless: hold_requst}}\n")
    with pytest.raises(RubricError, match=r"r.yaml:6: criteria\[1\].measure.dead_air.unless: no behavior is called"):
        load_rubric(str(path))
