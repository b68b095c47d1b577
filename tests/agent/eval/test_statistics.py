"""The statistics of a judgement, against figures worked out by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.agent.eval.statistics import (
    RiskPoint,
    area_under_risk,
    calibration_error,
    interval_by_group,
    mcnemar,
    risk_coverage,
)
from sightline.tools.errors import BadRequest

judged = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


def test_who_is_right_as_often_as_he_says_is_calibrated():
    assert calibration_error([0.5] * 4, [True, False, True, False]) == pytest.approx(0)
    assert calibration_error([1.0, 0.0], [True, False], bins=2) == pytest.approx(0)


def test_the_error_is_the_mean_gap_of_the_bins():
    # bin one: said 0.2, was 0.5 right; bin two: said 0.9, was 0.5 right
    sure, rights = [0.2, 0.2, 0.9, 0.9], [True, False, True, False]
    assert calibration_error(sure, rights, bins=2) == pytest.approx((0.3 + 0.4) / 2)
    # in one bin the gaps cancel: said 0.55 on average, was 0.5 right
    assert calibration_error(sure, rights, bins=1) == pytest.approx(0.05)


def test_equal_confidences_share_a_bin_in_whatever_order_they_come():
    sure = [0.8] * 5
    for rights in ([True] * 4 + [False], [False] + [True] * 4):
        assert calibration_error(sure, rights, bins=5) == pytest.approx(0)


def test_no_questions_have_no_error():
    assert calibration_error([], []) == 0


@given(judged, st.integers(1, 20))
def test_an_error_lies_between_nothing_and_everything(rows, bins):
    sure, rights = zip(*rows, strict=True)
    assert 0 <= calibration_error(sure, rights, bins=bins) <= 1 + 1e-9


def test_pictures_that_stand_and_fall_together_widen_the_interval():
    rights = [True] * 50 + [False] * 50
    alone = interval_by_group(rights, range(100))
    together = interval_by_group(rights, [k // 25 for k in range(100)])
    assert 0.38 < alone.low < 0.43
    assert 0.57 < alone.high < 0.62
    # four pictures of which two are right: all of the same kind are drawn with chance 1/16 each way
    assert (together.low, together.high) == (0.0, 1.0)


def test_an_interval_repeats_and_holds_the_share():
    rights = [k % 3 > 0 for k in range(90)]
    one, two = (interval_by_group(rights, [k // 3 for k in range(90)]) for _ in range(2))
    assert one == two
    assert one.low == one.high == pytest.approx(2 / 3)  # every picture has two right of three


def test_all_right_leaves_no_doubt_to_a_bootstrap():
    bounds = interval_by_group([True] * 4, "abcd")
    assert (bounds.low, bounds.high) == (1.0, 1.0)


def test_the_curve_goes_from_the_surest_to_all():
    points = risk_coverage([0.9, 0.6, 0.9, 0.3], [True, False, True, True])
    assert points == [RiskPoint(0.9, 0.5, 0.0), RiskPoint(0.6, 0.75, 1 / 3), RiskPoint(0.3, 1.0, 0.25)]
    assert area_under_risk(points) == pytest.approx(0.25 / 3 + 0.25 * 0.25)


@given(judged)
def test_the_curve_ends_at_everything_with_the_overall_risk(rows):
    sure, rights = zip(*rows, strict=True)
    points = risk_coverage(sure, rights)
    assert points[-1].coverage == 1
    assert points[-1].risk == pytest.approx(1 - sum(rights) / len(rights))
    assert [p.coverage for p in points] == sorted({p.coverage for p in points})
    assert [p.threshold for p in points] == sorted({p.threshold for p in points}, reverse=True)


def test_numbers_that_make_no_sense_are_refused():
    for bad in ([1.2], [-0.1], [math.nan]):
        with pytest.raises(BadRequest):
            calibration_error(bad, [True])
    with pytest.raises(BadRequest):
        risk_coverage([0.5], [])
    with pytest.raises(BadRequest):
        interval_by_group([True], [])
    with pytest.raises(BadRequest):
        interval_by_group([True], [1], level=1.0)


@pytest.mark.parametrize(
    ("first", "second", "p"),
    # both ways of 2 * sum of binomial(n, k) / 2 ** n
    [(0, 0, 1.0), (5, 5, 1.0), (0, 5, 2 / 32), (1, 9, 2 * (1 + 10) / 1024), (10, 0, 2 / 1024)],
)
def test_mcnemar_is_the_exact_sign_test_of_what_differs(first, second, p):
    assert mcnemar(first, second) == pytest.approx(p)
    assert mcnemar(second, first) == pytest.approx(p)


def test_mcnemar_refuses_negative_counts():
    with pytest.raises(BadRequest):
        mcnemar(-1, 3)
