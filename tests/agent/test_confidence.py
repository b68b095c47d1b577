"""The weakest link, and curves that say what it is worth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.agent import confidence
from sightline.agent.confidence import CURVES, Curve, overall, read_curves, weakest
from sightline.agent.trace import PlanRecord, StepRecord
from sightline.tools.errors import BadRequest

HALVED = Curve(((0.0, 0.0), (1.0, 0.5)))


def plan(score, attempt=0):
    return PlanRecord(attempt=attempt, planner="x", score=score, started_s=0, seconds=0)


def step(sure, expert="table-top", attempt=0):
    return StepRecord(
        attempt=attempt,
        index=0,
        capability="detect",
        targets=(),
        arguments={},
        confidence=sure,
        expert=expert,
        started_s=0,
        seconds=0,
    )


def test_a_chain_is_as_sure_as_its_weakest_link():
    assert weakest([plan(0.9)], [step(0.8), step(None), step(0.95)], 0) == 0.8
    assert weakest([plan(0.7)], [step(0.8)], 0) == 0.7
    assert weakest([plan(None)], [step(None)], 0) is None


def test_an_attempt_that_failed_does_not_count():
    assert weakest([plan(0.9), plan(0.6, 1)], [step(0.2), step(0.8, attempt=1)], 1) == 0.6


def test_a_judged_chain_is_read_off_its_curve_and_any_other_stands(monkeypatch):
    monkeypatch.setattr(confidence, "_shipped", lambda: {"chained": HALVED})
    assert overall([plan(0.9)], [step(0.8)], 0) == pytest.approx(0.4)
    assert overall([plan(0.9)], [step(0.8), step(0.9, expert="rapid-text")], 0) == 0.8
    assert overall([plan(0.9)], [], 0) == 0.9
    monkeypatch.setattr(confidence, "_shipped", dict)
    assert overall([plan(0.9)], [step(0.8)], 0) == 0.8


def test_the_shipped_curves_can_be_read():
    for curve in read_curves(CURVES).values():
        assert curve(0.0) <= curve(1.0)


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
