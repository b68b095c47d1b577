"""Programs are found in replies, however they are wrapped."""

from __future__ import annotations

import ast
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.agent.planners.extract import extract_program
from sightline.prompts.library import Library

PROGRAM = 'def execute_command(image):\n    return image.exists("dog")\n'
OTHER = "def execute_command(image):\n    return 1\n"
BROKEN = "def execute_command(image):\n    dogs = image.find('dog'\n    return len(dogs)\n"


def found(reply: str, signature: str = "execute_command(image)") -> str | None:
    extracted = extract_program(reply, signature=signature)
    return extracted.program if extracted else None


@pytest.mark.parametrize(
    "reply",
    [
        f"```python\n{PROGRAM}```",
        f"```py\n{PROGRAM}\n```\n",
        f"```\n{PROGRAM}```",
        f"```Python\r\n{PROGRAM}```".replace("\n", "\r\n"),
        f"~~~python\n{PROGRAM}~~~",
        f"Here you are:\n\n```python\n{PROGRAM}```\n\nIt's what you asked for (don't thank me).",
        f"```python\n{PROGRAM}",
        f"```python\n{PROGRAM.rstrip()}```",
        f"````markdown\n```python\n{PROGRAM}```\n````",
        PROGRAM,
        f"python\n{PROGRAM}",
        f"Here is the program:\n{PROGRAM}\nThis looks for dogs. It's simple.",
        f"<think>I could write\n```python\n{OTHER}```\nbut no.</think>\n```python\n{PROGRAM}```",
        f"so I end here.</think>\n\n{PROGRAM}",
        f"<thinking>nothing but thoughts\n```python\n{PROGRAM}```\n</thinking>",
        f"```python\n{OTHER}```\nWait, that is wrong:\n```python\n{PROGRAM}```",
        f"```python\n{PROGRAM}```\nUse it so:\n```python\nprint(execute_command(picture))\n```",
        f"```python\nwrong(\n```python\n{PROGRAM}```",
        "1. Write this:\n\n" + textwrap.indent(f"```python\n{PROGRAM}```", "   "),
        f"> ```python\n{PROGRAM}> ```",
        PROGRAM.replace('"', "“", 1).replace('"', "”", 1),
        PROGRAM.replace("    ", "\t"),
        PROGRAM.replace(" image.", "\u00a0image."),
        '{"thought": "dogs", "program": "def execute_command(image):\\n    return image.exists(\\"dog\\")\\n"}',
    ],
)
def test_the_program_is_found(reply: str) -> None:
    program = found(reply)
    assert program is not None
    assert ast.dump(ast.parse(program)) == ast.dump(ast.parse(PROGRAM))


@pytest.mark.parametrize(
    "reply", ["", "Yes", "There are two dogs.", "I'm sorry, but I can't see the image (or any image).", "```\n```", "`"]
)
def test_a_reply_without_code_gives_nothing(reply: str) -> None:
    assert found(reply) is None


def test_an_expression_becomes_a_program() -> None:
    assert found("```python\nlen(image.find('dog'))\n```") == (
        "def execute_command(image):\n    return len(image.find('dog'))\n"
    )
    assert found("The answer is `image.exists('dog')`.") == (
        "def execute_command(image):\n    return image.exists('dog')\n"
    )


def test_statements_become_a_program_that_returns_the_last_value() -> None:
    program = found("```\ndogs = video.track('dog')\ncount = len(dogs)\n```", "execute_command(video)")
    assert (
        program
        == "def execute_command(video):\n    dogs = video.track('dog')\n    count = len(dogs)\n    return count\n"
    )


def test_statements_that_set_the_result_stay_as_they_are() -> None:
    assert found("result = len(image.find('dog'))") == "result = len(image.find('dog'))\n"


def test_helpers_in_another_block_come_along() -> None:
    reply = (
        "First a helper:\n```python\ndef nearest(patches):\n    return patches[0]\n```\nand then\n"
        "```python\ndef execute_command(image):\n    return nearest(image.find('dog'))\n```"
    )
    program = found(reply)
    assert program is not None
    assert [node.name for node in ast.parse(program).body if isinstance(node, ast.FunctionDef)] == [
        "nearest",
        "execute_command",
    ]


@pytest.mark.parametrize("reply", [f"```python\n{BROKEN}```", BROKEN, f"Here:\n{BROKEN}\nI hope it helps"])
def test_a_program_with_a_syntax_error_is_handed_on_whole(reply: str) -> None:
    assert found(reply) == BROKEN


def test_a_good_program_wins_over_a_later_broken_one() -> None:
    assert found(f"```python\n{PROGRAM}```\nor\n```python\n{BROKEN}```") == PROGRAM


def test_it_tells_whether_the_program_is_the_end_of_the_reply() -> None:
    closed = extract_program(f"```python\n{PROGRAM}```\nDone")
    unclosed = extract_program(f"```python\n{PROGRAM}")
    bare = extract_program(PROGRAM)
    assert [closed and closed.runs_to_end, unclosed and unclosed.runs_to_end, bare and bare.runs_to_end] == [
        False,
        True,
        True,
    ]


@given(st.text(max_size=2000))
def test_no_reply_breaks_it(reply: str) -> None:
    extracted = extract_program(reply)
    assert extracted is None or extracted.program


@given(
    st.lists(st.sampled_from(["```", "```python\n", "~~~", "\n", PROGRAM, BROKEN, "<think>", "</think>", "x = (", "`"]))
)
def test_no_mixture_of_marks_breaks_it(parts: list[str]) -> None:
    extract_program("".join(parts))


EXAMPLES = [example.source for example in Library().examples]
# Prose that could be taken for code or for the end of a block is another test's matter.
PROSE = st.text(alphabet="abcdefghij ,.'!?\n", max_size=200)


@given(st.sampled_from(EXAMPLES), PROSE, PROSE, st.sampled_from(["```", "````", "~~~"]))
def test_any_fenced_program_comes_out_as_it_was(source: str, before: str, after: str, mark: str) -> None:
    assert found(f"{before}\n{mark}python\n{source}{mark}\n{after}") == source


@given(st.sampled_from(EXAMPLES), PROSE)
def test_any_bare_program_comes_out_as_it_was(source: str, before: str) -> None:
    program = found(f"{before}\n{source}")
    assert program is not None
    assert ast.dump(ast.parse(program)) == ast.dump(ast.parse(source))


def test_a_very_long_reply_is_read_in_no_time() -> None:
    # Quadratic work on twenty thousand lines would run into the test's time limit.
    assert extract_program("def f(x):\n    return (\n" * 10_000) is None
