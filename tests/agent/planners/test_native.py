"""The native planner in the planners' protocol."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sightline.agent.planners.base import Planner
from sightline.agent.planners.names import make_planner
from sightline.agent.planners.native import NativePlanner
from sightline.prompts.request import MediaFacts, PlanRequest
from sightline.tools.errors import NoPlan, PlannerUnavailable

PICTURE = (MediaFacts(kind="image", width=640, height=480),)
PLANNER = NativePlanner()


def request(question: str, **facts: object) -> PlanRequest:
    return PlanRequest(question=question, **{"media": PICTURE, **facts})  # type: ignore[arg-type]


def test_it_is_a_planner_and_is_found_by_name() -> None:
    assert isinstance(PLANNER, Planner)
    assert isinstance(make_planner("native"), NativePlanner)
    assert PLANNER.repairs is False


def test_a_plan_says_who_made_it_and_how_sure_it_is() -> None:
    plan = PLANNER.plan(request("How many cups are there?"))
    assert "find('cup')" in plan.program
    assert plan.planner == "native"
    assert plan.model is not None
    assert plan.score is not None
    assert 0.5 <= plan.score <= 1
    assert any("count(" in note for note in plan.notes)


def test_declining_carries_its_score_and_reason() -> None:
    with pytest.raises(NoPlan, match="declines") as declined:
        PLANNER.plan(request("Please tell me a joke about cats"))
    assert 0 <= declined.value.facts["score"] <= 1


def test_a_video_gets_a_program_about_time_and_no_picture_is_declined() -> None:
    clip = (MediaFacts(kind="video", width=640, height=480, duration_s=3.0),)
    assert "video_segment.when('dog')" in PLANNER.plan(request("When does the dog first appear?", media=clip)).program
    with pytest.raises(NoPlan, match="picture"):
        PLANNER.plan(request("Is there a dog?", media=()))


def test_where_nothing_detects_signs_the_whole_picture_is_read() -> None:
    question = "What does the sign say?"
    assert "find_the(" in PLANNER.plan(request(question, capabilities=frozenset({"detect", "read_text"}))).program
    assert "find" not in PLANNER.plan(request(question, capabilities=frozenset({"read_text"}))).program


def test_options_become_possible_answers() -> None:
    plan = PLANNER.plan(request("What is the man holding?", options=("a cup", "a book")))
    assert "possible_answers" in plan.program


def test_missing_weights_are_a_planner_that_is_unavailable(tmp_path: Path) -> None:
    planner = NativePlanner(weights=tmp_path / "none.safetensors")
    with pytest.raises(PlannerUnavailable, match="weights"):
        planner.plan(request("Is there a dog?"))


def test_importing_it_loads_no_torch() -> None:
    code = "import sys, sightline.agent.planners.native; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
