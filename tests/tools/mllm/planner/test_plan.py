"""The plan grammar: what may stand where, and that plans and their steps are two spellings of one thing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from tests.tools.mllm.planner.random_plans import plans

from sightline.tools.mllm.planner.plan import (
    MAX_STEPS,
    NAMES,
    OPERATORS,
    Kind,
    Node,
    Progress,
    Span,
    build,
    flatten,
    shortest,
    show,
)


@given(plan=plans(tokens=9, decline=True))
@settings(max_examples=200, deadline=None)
def test_a_plan_and_its_steps_are_the_same_thing(plan: Node) -> None:
    steps = flatten(plan)
    assert build(steps) == plan
    assert len(steps) <= MAX_STEPS


@given(plan=plans(tokens=9, decline=True))
@settings(max_examples=50, deadline=None)
def test_every_beginning_of_a_plan_can_be_finished(plan: Node) -> None:
    progress = Progress()
    for step in flatten(plan):
        names, copying = progress.allowed()
        assert copying if isinstance(step, Span) else step in names
        progress.push(step)
    assert progress.complete


def test_an_ill_typed_step_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot stand for"):
        build(["count", "image"])
    with pytest.raises(ValueError, match="copied span"):
        build(["count", Span(0, 1)])


def test_an_unfinished_plan_is_refused_and_so_is_what_follows_a_finished_one() -> None:
    with pytest.raises(ValueError, match="not complete"):
        build(["count"])
    with pytest.raises(ValueError, match="already complete"):
        build(["image", "image"])


def test_every_operator_can_be_completed_and_is_reachable() -> None:
    cost = shortest()
    assert all(cost[kind] < MAX_STEPS for kind in Kind)
    kinds = {Kind.ANSWER, Kind.HAPPENING}  # of pictures and of videos
    found: set[str] = set()
    while True:
        from sightline.tools.mllm.planner.plan import CHOICES_FOR

        more = {name for kind in kinds for name in CHOICES_FOR[kind]}
        if more == found:
            break
        found = more
        kinds |= {kind for name in found for kind in OPERATORS[name].args}
    assert found == set(NAMES)


def test_without_numerals_no_operator_that_needs_one_is_offered() -> None:
    progress = Progress(missing=frozenset({Kind.NUMERAL}))
    names, _ = progress.allowed()
    assert "nth_left" not in names
    assert "leftmost" in names


def test_a_plan_reads_as_an_expression_over_the_copied_words() -> None:
    plan = build(["count", "left_of", "find", Span(2, 4), "the", "find", Span(7, 8)])
    assert show(plan, ["how", "many", "red", "cups", "left", "of", "the", "plate", "plate"]) == (
        'count(left_of(find("red cups"), the(find("plate"))))'
    )
