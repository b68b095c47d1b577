"""The demo: its questions, how answers are compared, and a whole run with programs that are given."""

from pathlib import Path

import pytest

from sightline.tools.errors import BadRequest
from sightline.ui.demo import as_expected, photo_folder, read_questions

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


def test_the_demo_asks_enough_about_enough_real_photographs() -> None:
    questions = read_questions(photo_folder())
    assert len(questions) >= 8
    assert len({question.photo for question in questions}) >= 4
    assert all(question.photo.is_file() for question in questions)
