from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.core.agreement import Confusion, wilson


def table(both: int, person: int, machine: int, neither: int) -> Confusion[str]:
    """A table of yes and no: both yes, only the person, only the machine, neither."""
    return Confusion([("y", "y")] * both + [("y", "n")] * person + [("n", "y")] * machine + [("n", "n")] * neither)


def test_kappa_of_a_textbook_table() -> None:
    """The example of Cohen's kappa that everybody works: 50 grants, two readers, kappa 0.4."""
    one = table(20, 5, 10, 15)
    assert one.kappa is not None
    assert one.kappa.value == pytest.approx(0.4)
    assert (one.total, one.agreed) == (50, 35)
    assert (one.precision("y"), one.recall("y"), one.f1("y")) == (
        pytest.approx(20 / 30),
        pytest.approx(20 / 25),
        pytest.approx(40 / 55),
    )


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Draw samples from a known table; about 95 % of the intervals hold its kappa."""
    draw = random.Random(7)
    cells = [("y", "y"), ("y", "n"), ("n", "y"), ("n", "n")]
    inside = 0
    for _ in range(400):
        kappa = Confusion(draw.choices(cells, weights=[40, 10, 20, 30], k=200)).kappa
        assert kappa is not None
        inside += kappa.low <= 0.4 <= kappa.high
    assert 0.92 <= inside / 400 <= 0.98


def test_full_agreement_is_not_certain_after_a_few() -> None:
    few, many = table(3, 0, 0, 3).kappa, table(300, 0, 0, 300).kappa
    assert few is not None
    assert many is not None
    assert few.value == many.value == few.high == 1.0
    assert few.low < 0.5 < 0.98 < many.low


def test_where_one_answer_was_given_there_is_no_kappa() -> None:
    assert table(5, 0, 0, 0).kappa is None
    assert Confusion[str]([]).kappa is None
    assert (table(0, 0, 0, 5).precision("y"), table(0, 0, 0, 5).recall("y"), table(0, 0, 0, 5).f1("y")) == (None,) * 3


def test_three_answers() -> None:
    kappa = Confusion([("p", "p")] * 5 + [("f", "f")] * 3 + [("n", "n")] * 2 + [("p", "n")] * 2).kappa
    assert kappa is not None
    chance = (7 * 5 + 3 * 3 + 2 * 4) / 144
    assert kappa.value == pytest.approx((10 / 12 - chance) / (1 - chance))


def test_wilson() -> None:
    """Nine of ten: Wilson's interval is 0.596 to 0.982."""
    assert wilson(9, 10) == (pytest.approx(0.596, abs=1e-3), pytest.approx(0.982, abs=1e-3))


@given(st.lists(st.tuples(st.sampled_from("pfn"), st.sampled_from("pfn")), max_size=60))
def test_every_table_has_sensible_figures(pairs: list[tuple[str, str]]) -> None:
    one = Confusion(pairs)
    kappa = one.kappa
    if kappa is not None:
        assert -1 <= kappa.low <= kappa.value + 1e-9
        assert kappa.value <= kappa.high + 1e-9 <= 1 + 1e-9
    for answer in "pfn":
        for figure in (one.precision(answer), one.recall(answer), one.f1(answer)):
            assert figure is None or 0 <= figure <= 1
