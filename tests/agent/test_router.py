"""Two answers become one: agreed, the likelier, or none; and curves that make confidences true."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.agent.router import Curve, Router, Said
from sightline.tools.errors import BadRequest

HALVED = Curve(((0.0, 0.0), (1.0, 0.5)))
NOTHING = Said("")


def test_what_both_say_is_the_answer():
    decided = Router().decide(Said("Red", 0.6), Said("red ", 0.9))
    assert (decided.text, decided.confidence, decided.how) == ("Red", 0.9, "agreed")


def test_of_two_answers_the_likelier_is_given():
    assert Router().decide(Said("2", 0.6), Said("3", 0.9)).text == "3"
    assert Router().decide(Said("2", 0.6), Said("3", 0.5)).how == "chained"


def test_likelier_is_judged_by_what_confidences_are_worth():
    decided = Router(trained=HALVED).decide(Said("2", 0.6), Said("3", 0.9))
    assert (decided.text, decided.confidence) == ("2", 0.6)


def test_who_has_no_answer_leaves_it_to_the_other():
    assert Router().decide(NOTHING, Said("yes", 0.7)).how == "trained"
    assert Router().decide(Said("yes", 0.7), NOTHING).how == "chained"


def test_where_neither_is_likely_right_nobody_can_tell():
    for one, other in ((NOTHING, NOTHING), (Said("a", 0.1), Said("b", 0.15)), (NOTHING, Said("b", 0.1))):
        decided = Router(least=0.2).decide(one, other)
        assert (decided.text, decided.how, decided.confidence) == ("", "unsure", 0.0)


def test_an_answer_without_a_confidence_claims_to_be_certain():
    assert Router().decide(Said("a"), Said("b", 0.99)).text == "a"


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from("ab"), st.sampled_from("ab"))
def test_a_decision_is_one_of_the_answers_or_none(first, second, a, b):
    decided = Router().decide(Said(a, first), Said(b, second))
    assert decided.text in (a, b, "")
    assert 0 <= decided.confidence <= 1


def test_a_curve_is_straight_between_its_points_and_flat_beyond():
    curve = Curve(((0.2, 0.4), (0.6, 0.8)))
    assert curve(0.4) == pytest.approx(0.6)
    assert (curve(0.0), curve(0.2), curve(0.6), curve(1.0)) == (0.4, 0.4, 0.8, 0.8)


def test_a_fitted_curve_says_how_often_answers_are_right():
    sure = [0.9] * 100 + [0.5] * 100
    rights = [k < 80 for k in range(100)] + [k < 30 for k in range(100)]
    curve = Curve.fitted(sure, rights, least=100)
    assert curve(0.9) == pytest.approx(81 / 102, abs=1e-5)
    assert curve(0.5) == pytest.approx(31 / 102, abs=1e-5)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=200), st.integers(1, 30))
def test_a_fitted_curve_rises_and_is_never_certain(rows, least):
    curve = Curve.fitted([sure for sure, _ in rows], [right for _, right in rows], least=least)
    heights = [curve(k / 50) for k in range(51)]
    assert heights == sorted(heights)
    assert not rows or 0 < heights[0] <= heights[-1] < 1


def test_pools_that_fall_are_joined():
    sure = [0.1] * 10 + [0.5] * 10 + [0.9] * 10
    rights = [True] * 10 + [False] * 10 + [True] * 10
    curve = Curve.fitted(sure, rights, least=10)
    assert curve(0.3) == pytest.approx(11 / 22, abs=1e-5)  # the first two joined, one of each kind added
    assert curve(0.9) == pytest.approx(11 / 12, abs=1e-5)


@pytest.mark.parametrize("points", [(), ((0.5, 0.5), (0.4, 0.6)), ((0.1, 0.6), (0.2, 0.5)), ((0.0, 1.5),)])
def test_a_curve_that_does_not_rise_is_refused(points):
    with pytest.raises(BadRequest):
        Curve(points)


def test_a_router_comes_back_from_its_file(tmp_path):
    router = Router(trained=HALVED, least=0.3)
    router.save(tmp_path / "router.json", {"questions": 10})
    assert Router.load(tmp_path / "router.json") == router
    assert Router.load(tmp_path / "none.json") == Router()
    (tmp_path / "bad.json").write_text("{}")
    with pytest.raises(BadRequest, match="bad"):
        Router.load(tmp_path / "bad.json")
