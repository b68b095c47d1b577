"""A program as a listing."""

from hypothesis import given
from hypothesis import strategies as st
from tests.support import made_traces as made

from sightline.agent.trace import Fault
from sightline.ui.highlight import coloured_lines
from sightline.ui.listing import program_lines

RUN = made.run()


def test_lines_that_ran_and_lines_that_did_not_are_told_apart() -> None:
    lines = program_lines(made.PROGRAM, executed=RUN.executed_lines)
    told = {line.number: line.ran for line in lines}
    assert told[4] is True
    assert told[6] is False


def test_a_statement_over_several_lines_ran_as_a_whole() -> None:
    told = {line.number: line.ran for line in program_lines(made.PROGRAM, executed=[8])}
    assert [told[number] for number in (8, 9, 10, 11)] == [True] * 4


def test_comments_docstrings_and_heads_of_functions_are_neither() -> None:
    told = {line.number: line.ran for line in program_lines(made.PROGRAM, executed=RUN.executed_lines)}
    assert [told[number] for number in (1, 2, 7)] == [None] * 3


def test_nothing_is_said_of_a_program_that_never_ran() -> None:
    assert {line.ran for line in program_lines(made.PROGRAM, executed=None)} == {None}


def test_a_line_that_made_a_call_ran() -> None:
    lines = program_lines(made.PROGRAM, executed=[3], calls=[(12, 7)])
    assert lines[11].ran is True
    assert lines[11].calls == [7]


def test_an_error_stands_at_its_line() -> None:
    lines = program_lines(made.PROGRAM, executed=[3], fault=Fault(type="IndexError", message="out of range", line=8))
    assert [line.number for line in lines if line.fault] == [8]
    assert lines[7].fault == "IndexError: out of range"


def test_text_that_is_not_python_is_listed_all_the_same() -> None:
    lines = program_lines("this is ( not python\nat all", executed=[1])
    assert ["".join(word.text for word in line.words) for line in lines] == ["this is ( not python", "at all"]


def test_an_empty_program_has_no_lines() -> None:
    assert program_lines("  \n", executed=None) == []


@given(st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"])))
def test_colouring_changes_no_character(text: str) -> None:
    said = ["".join(word.text for word in line) for line in coloured_lines(text)]
    assert "\n".join(said).rstrip("\n") == text.rstrip("\n")
