"""The demo: its questions, how answers are compared, and a whole run with programs that are given."""

from pathlib import Path

import pytest
from PIL import Image

from sightline.agent import Agent
from sightline.agent.planners.scripted import ScriptedPlanner
from sightline.tools.errors import BadRequest, NoPlan
from sightline.ui.demo import as_expected, picture_folders, read_questions, run_demo

QUESTIONS = """
[[question]]
photo = "one.jpg"
ask = "How many?"
expect = ["3", "three"]
options = ["2", "3"]

[[question]]
photo = "two.jpg"
ask = "What?"
expect = "this"
"""


def test_questions_are_read_with_their_photographs(tmp_path: Path) -> None:
    (tmp_path / "questions.toml").write_text(QUESTIONS, encoding="utf-8")
    first, second = read_questions(tmp_path)
    assert (first.photo, first.question, first.expected) == (tmp_path / "one.jpg", "How many?", ("3", "three"))
    assert (first.options, second.options, second.expected) == (("2", "3"), None, ("this",))


@pytest.mark.parametrize(
    "text", ["", "[[question]]\nask = 'x'", "question = 3", "[[question", "[[question]]\nphoto=1\nask='x'\nexpect='y'"]
)
def test_a_list_that_cannot_be_used_is_bad_input(tmp_path: Path, text: str) -> None:
    (tmp_path / "questions.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadRequest, match=r"questions\.toml"):
        read_questions(tmp_path)


@pytest.mark.parametrize(
    ("text", "right"),
    [("Exit 24", True), (" EXIT\n24. ", True), ("exit 2", False), ("", False), ("the exit 24", False)],
)
def test_answers_are_compared_without_case_spacing_and_outer_punctuation(text: str, right: bool) -> None:
    assert as_expected(text, ("exit 24", "24")) is right


def test_the_demo_asks_enough_about_enough_real_photographs_and_rendered_scenes() -> None:
    photos, scenes = map(read_questions, picture_folders())
    for questions in (photos, scenes):
        assert len(questions) >= 8
        assert len({question.photo for question in questions}) >= 4
        assert all(question.photo.is_file() for question in questions)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two plain pictures and two questions about them."""
    (tmp_path / "questions.toml").write_text(QUESTIONS, encoding="utf-8")
    for name, color in (("one.jpg", "red"), ("two.jpg", "blue")):
        Image.new("RGB", (64, 48), color).save(tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("second", ["this", "that", None], ids=["right", "wrong", "no-plan"])
def test_the_demo_tells_whether_every_answer_is_as_expected_and_writes_all_reports(
    folder: Path, capsys: pytest.CaptureFixture[str], second: str | None
) -> None:
    last = NoPlan("not that one") if second is None else f"def execute_command(image):\n    return {second!r}\n"
    planner = ScriptedPlanner(["def execute_command(image):\n    return 3\n", last])
    out = folder / "out"
    assert run_demo(photos=folder, out=out, planner=planner, profile="embedded") is (second == "this")
    pages = sorted(path.name for path in out.iterdir())
    assert pages == ["01-how-many.html", "02-what.html", "index.html"]
    index = (out / "index.html").read_text(encoding="utf-8")
    assert all(f'href="{page}"' in index for page in pages[:2])
    told = capsys.readouterr().out
    assert "1. How many? (one.jpg)" in told
    assert "✓ 3" in told
    assert f"{2 if second == 'this' else 1} of 2 answers are as expected" in told
    assert str(out / "index.html") in told


@pytest.mark.slow
def test_the_scenes_of_the_demo_are_answered_as_expected() -> None:
    with Agent() as agent:
        wrong = [
            (asked.question, answer.text, asked.expected)
            for asked in read_questions(picture_folders()[1])
            if not as_expected((answer := agent.ask(asked.question, asked.photo)).text, asked.expected)
        ]
    assert not wrong
