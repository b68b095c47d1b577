"""What the command line tells on standard error."""

import pytest
from tests.support import made_traces as made

from sightline.ui.console import Narrator, complain


@pytest.mark.parametrize("trace", [made.ordinary(), made.repaired(), made.failed(), made.unplanned(), made.crowded()])
def test_nothing_goes_to_standard_output_and_no_control_code_to_standard_error(trace, capsys) -> None:  # type: ignore[no-untyped-def]
    narrator = Narrator()
    with narrator.working("planning"):
        narrator.trace(trace)
    narrator.outcome(trace)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err
    assert "\x1b" not in said.err


def test_the_program_the_steps_the_boxes_and_the_time_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    narrator = Narrator()
    narrator.trace(made.ordinary())
    narrator.outcome(made.ordinary())
    told = capsys.readouterr().err.splitlines()
    assert told[0] == "native wrote this in 80 ms, score 0.98"
    assert '   4      doors = patch.find("door")' in told
    assert "line 4  find “door” → 2 found  boxes, 31 ms" in told
    assert "        door 0.90 at (340, 40, 560, 380)" in told
    assert "line 12  read the text → 1 line: “EXIT”  reader, remembered" in told
    assert told[-1] == "answered, confidence 0.93, 2 steps, 340 ms"


def test_a_failed_attempt_is_told_with_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    Narrator().trace(made.repaired())
    assert "the program ended at line 5: ProgramFailed: IndexError: list index out of range" in capsys.readouterr().err


def test_a_quiet_narrator_tells_only_why_there_is_no_answer(capsys: pytest.CaptureFixture[str]) -> None:
    narrator = Narrator(quiet=True)
    for trace in (made.ordinary(), made.failed()):
        narrator.trace(trace)
        narrator.outcome(trace)
    narrator.note("a remark")
    assert capsys.readouterr().err == "sightline: the program ran longer than 10 s; ask less of it\n"


def test_a_complaint_is_one_line_whatever_the_text_holds(capsys: pytest.CaptureFixture[str]) -> None:
    complain("first\nsecond\x1b[2J [bold]third[/bold]")
    assert capsys.readouterr().err == "sightline: first second\ufffd[2J [bold]third[/bold]\n"
