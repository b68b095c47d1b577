"""The shipped weights, asked plain questions: the programs do what was asked, in a world that knows the answers."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from tests.tools.mllm.planner.plain_questions import PLAIN
from tests.tools.mllm.planner.stub_world import run

from sightline.agent.check import check_program
from sightline.tools.mllm.planner import PlannerModel
from sightline.tools.mllm.planner.true_scenes import run as run_on_scene

MODEL = PlannerModel()

# Two rows of a small table-top: a red and a blue cube in front, a green ball and a red cylinder behind.
SCENE = {
    "directions": {"left": [-1, 0, 0], "right": [1, 0, 0], "front": [0, -1, 0], "behind": [0, 1, 0]},
    "objects": [
        {"shape": "cube", "size": "large", "material": "rubber", "color": "red", "3d_coords": [-2, -2, 1]},
        {"shape": "cube", "size": "small", "material": "metal", "color": "blue", "3d_coords": [2, -2, 1]},
        {"shape": "sphere", "size": "large", "material": "metal", "color": "green", "3d_coords": [-1, 2, 1]},
        {"shape": "cylinder", "size": "small", "material": "rubber", "color": "red", "3d_coords": [3, 2, 1]},
    ],
}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How many cubes are there?", 2),
        ("how many red things", 2),
        ("Is there a green sphere?", "yes"),
        ("Are there any yellow objects?", "no"),
        ("What color is the ball?", "green"),
        ("what colour is the cylinder", "red"),
        ("What is the blue cube made of?", "metal"),
        ("What shape is the large metal thing?", "sphere"),
        ("How many objects are left of the blue cube?", 2),
        ("How many things are behind the red cube?", 2),
        ("Is the ball in front of the cylinder?", "no"),
        ("Are there more cubes than spheres?", "yes"),
        ("Are there fewer cubes than cylinders?", "no"),
        ("Are there as many balls as cylinders?", "yes"),
        ("Is there a cube or a cone-free cylinder?", "yes"),
        ("Are there exactly two cubes?", "yes"),
        ("Is the red cube the same size as the green ball?", "yes"),
        ("Do the two cubes have the same color?", "no"),
        ("How many other things are the same color as the cylinder?", 1),
        ("What number of small objects are right of the red cube?", 2),
        ("There is a green thing; what shape is it?", "sphere"),
        ("The tiny metal block is what color?", "blue"),
        ("What color is the thing that is left of the blue block and in front of the green ball?", "red"),
        ("How many things are either cubes or balls?", 3),
        ("Are all the cubes metal?", "no"),
        ("How many of the cubes are red?", 1),
        ("How many cubes are not red?", 1),
        ("Is the red cube big and rubber?", "yes"),
        ("Is it true that there are no cylinders?", "no"),
        ("Are there both a cube and a sphere?", "yes"),
    ],
)
def test_questions_about_a_table_top_get_their_answer(question: str, answer: object) -> None:
    found = MODEL.plan(question)
    assert found.program is not None, found.reason
    assert run_on_scene(found.program, SCENE) == answer


def test_hand_written_questions_get_the_plan_a_person_would_make() -> None:
    right = 0
    for question, plans in PLAIN:
        got = MODEL.plan(question).plan
        wanted = [plan.strip() for plan in plans.split(" | ")]
        right += got in wanted or (got.startswith("decline") and any(plan.startswith("decline") for plan in wanted))
    assert right / len(PLAIN) >= 0.9


def test_every_program_passes_the_check_and_runs() -> None:
    for question, _ in PLAIN:
        for options in (None, ["yes", "no"]):
            program = MODEL.plan(question, options=options).program
            if program is not None:
                assert not [issue for issue in check_program(program).issues if issue.severity == "error"], question
                run(program, options=options)
                run(program, fewest=0, options=options)


@pytest.mark.parametrize(
    "question",
    [
        "Hello there!",
        "Tell me a joke",
        "Remove the person on the left",
        "Replace the dog with a cat",
        "Why is the man angry?",
        "What happens after the dog jumps?",
        "Wie viele Hunde sind auf dem Bild?",
        "De quelle couleur est la voiture ?",
        "qwjk zzplf hhgt",
        "!!!",
    ],
)
def test_what_it_cannot_do_it_declines_with_a_reason(question: str) -> None:
    found = MODEL.plan(question)
    assert found.program is None
    assert found.reason
    assert 0 <= found.score <= 1


@pytest.mark.parametrize("noun", ["wug", "blicket", "florp-catcher", "zeppelin", "armadillo"])
def test_nouns_it_never_saw_are_copied(noun: str) -> None:
    assert MODEL.plan(f"What color is the {noun}?").plan == f'color(the(find("{noun}")))'
    assert MODEL.plan(f"Is there a red {noun} left of the cup?").plan == (
        f'exists(left_of(find("red {noun}"), the(find("cup"))))'
    )


def test_quoted_text_keeps_its_casing_in_the_plan() -> None:
    assert MODEL.plan('Does the sign say "MiXeD Case"?').plan == 'says(the(find("sign")), "MiXeD Case")'


def test_answers_to_choose_from_are_used() -> None:
    found = MODEL.plan("What is the man holding?", options=["an umbrella", "a book"])
    assert found.program is not None
    assert "possible_answers" in found.program
    assert run(found.program, options=["an umbrella", "a book"]) == "an umbrella"


def test_without_a_detector_text_is_read_off_the_whole_picture() -> None:
    found = MODEL.plan("What does the sign say?", detector=False)
    assert found.program is not None
    assert ".find(" not in found.program
    assert found.notes


def test_the_same_question_always_gets_the_same_plan_even_from_several_threads() -> None:
    question = "How many red cups are left of the plate?"
    found = []
    threads = [threading.Thread(target=lambda: found.append(MODEL.plan(question))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(plan == found[0] for plan in found)


def test_an_empty_or_endless_question_is_declined() -> None:
    assert MODEL.plan("   ").program is None
    endless = MODEL.plan("is the cup red and " * 60)
    assert endless.program is None
    assert "longer" in str(endless.reason)


def test_a_missing_or_foreign_weights_file_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="weights are missing"):
        PlannerModel.load(tmp_path / "none.safetensors")
    from safetensors.torch import save_file

    save_file({}, tmp_path / "other.safetensors", metadata={"format": "something"})
    with pytest.raises(ValueError, match="no planner"):
        PlannerModel.load(tmp_path / "other.safetensors")


def test_the_weights_are_small_enough_to_ship() -> None:
    from sightline.tools.mllm.planner.planner import WEIGHTS

    assert WEIGHTS.stat().st_size < 30_000_000
