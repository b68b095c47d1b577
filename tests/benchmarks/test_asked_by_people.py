"""The judge of planners is itself judged: right programs pass it, wrong ones do not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from benchmarks.asked_by_people import DATA, ask, judge, load_worlds, main, read_jsonl, run, same, summary

from sightline.agent.planners.base import Plan
from sightline.prompts.request import PlanRequest
from sightline.sandbox import Sandbox
from sightline.tools.errors import NoPlan

WORLDS = load_worlds()
ROWS = {row["id"]: row for row in read_jsonl(DATA / "asked_by_people.jsonl")}
PROGRAMS = {row["id"]: row["program"] for row in read_jsonl(DATA / "asked_by_people_programs.jsonl")}


def mutants(program: str, expected: Any) -> Iterator[tuple[str, str]]:
    """Programs with one thing wrong, as planners get things wrong, with the kind of mistake."""

    def turned(pattern: str, pairs: dict[str, str]) -> str:
        return re.sub(
            pattern, lambda found: found.group().replace(found.group(1), pairs[found.group(1)]), program, count=1
        )

    yield "noun", re.sub(r'find\("[^"]+"\)', 'find("zebra")', program, count=1)
    yield "attribute", re.sub(r'find\("\w+ (\w+)"\)', r'find("\1")', program, count=1)
    if expected != "no":
        yield "attribute", re.sub(r'(verify_property\("[^"]+", )"[^"]+"', r'\1"invisible"', program, count=1)
    yield "relation", turned(r" ([<>]) ", {"<": ">", ">": "<"})
    yield "extreme", turned(r"\b(min|max)\(", {"min": "max", "max": "min"})
    yield (
        "order",
        re.sub(r"(sorted\(.*?), key=lambda d: (d\.\w+)(?:\(\))?\)\[", r"\1, key=lambda d: -\2)[", program, count=1),
    )
    yield "order", re.sub(r"sorted\((p\.find\([^)]*\)), key=[^)]*\)", r"\1", program, count=1)


def passes(program: str, row: dict[str, Any]) -> bool:
    try:
        value, calls = run(program, row, WORLDS)
    except Exception:
        # A wrong program may fail in any way.
        return False
    return judge(row, value, calls)


@pytest.mark.parametrize("row_id", sorted(PROGRAMS))
def test_a_program_that_is_right_is_judged_right(row_id: str) -> None:
    value, calls = run(PROGRAMS[row_id], ROWS[row_id], WORLDS)
    assert judge(ROWS[row_id], value, calls), value


@pytest.mark.parametrize("mistake", ["noun", "attribute", "relation", "extreme", "order"])
def test_nearly_every_program_with_one_mistake_is_judged_wrong(mistake: str) -> None:
    wrong = [
        (row_id, mutant)
        for row_id, program in PROGRAMS.items()
        for kind, mutant in mutants(program, ROWS[row_id].get("expect"))
        if kind == mistake and mutant != program
    ]
    unseen = [row_id for row_id, mutant in wrong if passes(mutant, ROWS[row_id])]
    assert len(wrong) >= 5
    assert len(unseen) <= 0.25 * len(wrong), unseen


def test_no_constant_answer_gets_far() -> None:
    answerable = [row for row in ROWS.values() if "expect_status" not in row]
    for constant in ("yes", "no", True, 2, 3, "red", ""):
        right = sum(judge(row, constant, [("answer", {})]) for row in answerable if "expect_call" not in row)
        assert right <= 0.25 * len(answerable), constant


def test_questions_are_many_and_asked_once() -> None:
    declined = [row for row in ROWS.values() if row.get("expect_status") == "no_plan"]
    questions = [(row["question"], row["world"]) for row in ROWS.values()]
    assert len(ROWS) - len(declined) >= 220
    assert len(declined) >= 40
    assert len(set(questions)) == len(questions)
    assert {row["world"] for row in ROWS.values() if isinstance(row["world"], str)} <= set(WORLDS)


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        ("yes", True), ("yes", "Yes."), ("no", False), ("no", "False"), (3, "3"), (3, "three"), (3, 3.0),
        (7.25, "$7.25"), (18, "18 km"),
        ("3", 3), ("the dog", "dog"), ("STOP", '"stop"'), ("P\nMAX 2 HOURS", "p max 2 hours"), ("dog", ["dog"]),
        ({"box": [0, 0, 100, 100]}, {"box": [1, 0, 100, 99]}), ({"box": [0, 0, 10, 10]}, {"boxes": [[0, 0, 10, 10]]}),
        ({"boxes": [[0, 0, 9, 9], [20, 0, 29, 9]]}, {"boxes": [[20, 0, 29, 9], [0, 0, 9, 9]]}),
    ],
)  # fmt: skip
def test_the_same_answer_in_another_form_is_accepted(expected: Any, value: Any) -> None:
    assert same(expected, value)


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        ("yes", False), ("yes", "no"), ("yes", 1), ("no", None), (3, "33"), (3, True), (3, "3 dogs and 2 cats"),
        (7.25, "coffee 7.25"),
        ("dog", "hot dog"), ("dog", None), ("1", True),
        ({"box": [0, 0, 100, 100]}, {"box": [0, 0, 80, 100]}), ({"box": [0, 0, 9, 9]}, "dog"),
        ({"boxes": [[0, 0, 9, 9], [20, 0, 29, 9]]}, {"boxes": [[0, 0, 9, 9]]}),
        ({"boxes": [[0, 0, 9, 9], [20, 0, 29, 9]]}, {"boxes": [[0, 0, 9, 9], [0, 0, 9, 9]]}),
    ],
)  # fmt: skip
def test_another_answer_is_not_accepted(expected: Any, value: Any) -> None:
    assert not same(expected, value)


class Fixed:
    """A planner that writes one program for every question, or declines them all."""

    name, repairs = "fixed", False

    def __init__(self, program: str | None) -> None:
        self._program = program

    def plan(self, request: PlanRequest) -> Plan:
        if self._program is None:
            raise NoPlan("not today", score=0.1)
        return Plan(program=self._program, planner=self.name)


def test_each_outcome_is_told_apart_and_counted() -> None:
    exists, decline = ROWS["exist-01"], ROWS["decline-01"]
    yes, no, broken = (f"def execute_command(image):\n    return {text}\n" for text in ('"yes"', '"no"', "1 / 0"))
    verdicts = [ask(Fixed(program), exists, WORLDS) for program in (yes, no, broken, None)]
    verdicts += [ask(Fixed(program), decline, WORLDS) for program in (yes, None)]
    assert [verdict.kind for verdict in verdicts] == ["right", "wrong", "failed", "declined", "planned", "right"]
    figures = summary(verdicts)
    assert figures["answerable"] == {"n": 4, "right": 1, "accuracy": 0.25}
    assert figures["to_be_declined"] == {"n": 2, "right": 1, "accuracy": 0.5}
    assert len(figures["misses"]) == 4


def test_a_world_may_stand_in_the_row_itself() -> None:
    row = {**ROWS["exist-01"], "world": {"objects": [{"name": "kite", "box": [0, 0, 50, 50]}]}}
    assert ask(Fixed("def execute_command(image):\n    return image.exists('kite')\n"), row, WORLDS).kind == "right"


def test_an_open_question_counts_only_when_the_question_answerer_was_asked() -> None:
    row = ROWS["open-01"]
    told, guessed = 'image.find("man")[0].simple_query("What is the man doing?")', '"walking"'
    kinds = [
        ask(Fixed(f"def execute_command(image):\n    return {text}\n"), row, WORLDS).kind for text in (told, guessed)
    ]
    assert kinds == ["right", "wrong"]


def test_programs_of_other_planners_are_judged_alike_in_the_sandbox() -> None:
    programs = [
        PROGRAMS["refer-01"],
        "def execute_command(image):\n    return image.find('dog')\n",
        "def execute_command(image):\n    1 / 0\n",
    ]
    with Sandbox() as sandbox:
        verdicts = [ask(Fixed(program), ROWS["refer-01"], WORLDS, sandbox) for program in programs]
    assert [verdict.kind for verdict in verdicts] == ["right", "wrong", "failed"]
    assert "ZeroDivisionError" in verdicts[2].said


def test_a_planner_that_does_not_exist_is_one_readable_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--planner", "crystal-ball"]) == 2
    assert "crystal-ball" in capsys.readouterr().err
