"""Questions about what is seen while something is said: taken apart, planned, and put together again."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from sightline.tools.api import VideoRef, VideoSegment, bool_to_yesno, use_runtime
from sightline.tools.mllm.planner import PlannerModel
from sightline.tools.mllm.planner.questions.temporal import while_said as asked_while_said
from sightline.tools.mllm.planner.questions.things import Speaker
from sightline.tools.mllm.planner.rewrite import while_said

VIDEO = VideoRef(media="v", width=100, height=80, frame_count=80, fps=Fraction(8), samples=80, start=0, end=80)


class World:
    """The door is mentioned from 2 to 4 seconds; there is a cube in frame 24 alone, which is in the middle of that."""

    def call(self, capability: str, target: object, arguments: dict[str, object]) -> object:
        if capability == "transcribe":
            said = (("good morning", 0.5, 1.5), ("Close the door", 2.0, 4.0))
            return {"segments": [{"text": t, "start_s": a, "end_s": b, "confidence": None} for t, a, b in said]}
        assert capability == "detect"
        here = target.frame == 24 and arguments["names"] == ["cube"]  # type: ignore[attr-defined]
        return [{"box": [1, 1, 9, 9], "label": "cube", "confidence": 1.0, "mask": None}] if here else []


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ('Is there a cube while "hello" is said?', ("Is there a cube?", "hello")),
        ("While 'open the door' is being heard, is there a cube?", ("is there a cube?", "open the door")),
        ("what color is the cube when the voice says hello world?", ("what color is the cube?", "hello world")),
        ("is there a ball as they mention “thank you”", ("is there a ball", "thank you")),
        ("how many cubes are there when the word DOOR is mentioned", ("how many cubes are there", "DOOR")),
        ("When is the word hello said?", None),
        ('When does somebody say "hi"?', None),
        ("Is there a cube when the ball appears?", None),
        ('while "hello" is said', None),
        ("Could you check when Summer Is Over is said?", None),
        ("I would like to know when 'hello' is said", None),
        ("Please, when 'hello' is said", None),
    ],
)
def test_a_question_is_taken_apart(question: str, parts: tuple[str, str] | None) -> None:
    assert while_said(question) == parts


def test_every_wording_of_the_grammar_is_understood() -> None:
    rng = random.Random(3)
    for _ in range(60):
        asked = asked_while_said(Speaker(rng))
        words = " ".join(piece if isinstance(piece, str) else piece.text for piece in asked.pieces)
        said = words.replace('" \u2060', '"').replace("\u2060 ", "").replace(" \u2060", "").replace("\u2060", "")
        parts = while_said(said)
        assert parts is not None, said
        assert parts[1].lower() == asked.plan[1].text.lower(), said  # type: ignore[union-attr]


def test_what_is_seen_then_is_looked_up() -> None:
    found = PlannerModel().plan("Is there a cube while 'close the door' is said?", video=True)
    assert found.plan == 'when_said("close the door", exists(find("cube")))'
    assert found.program is not None
    names: dict[str, object] = {"VideoSegment": VideoSegment, "bool_to_yesno": bool_to_yesno}
    exec(compile(found.program, "<program>", "exec"), names)
    with use_runtime(World()):
        assert names["execute_command"](VIDEO) == "yes"  # type: ignore[operator]


def test_of_a_picture_nothing_is_said() -> None:
    found = PlannerModel().plan("Is there a cube while 'close the door' is said?")
    assert "when_said" not in found.plan
