"""Rendering: every plan becomes a program that passes the check, runs, and gives the kind of value it promises."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tools.mllm.planner.random_plans import plans
from tests.tools.mllm.planner.stub_world import StubPatch, run

from sightline.agent.check import check_program
from sightline.tools.mllm.planner.plan import OPERATORS, Kind, Node, Span, build
from sightline.tools.mllm.planner.render import render
from sightline.tools.mllm.planner.tokens import tokenize

QUESTION = 'Are the two red cups left of the man\'s "OPEN" zorble bigger than 3 dogs'
TOKENS = tokenize(QUESTION)
WORDS = [token.word for token in TOKENS]


def at(text: str) -> Span:
    wanted = [token.word for token in tokenize(text)]
    start = next(i for i in range(len(WORDS)) if WORDS[i : i + len(wanted)] == wanted)
    return Span(start, start + len(wanted))


def spanned(plan: Node) -> Node:
    """The plan with spans that name nothing moved to ones that do, as decoding would choose them."""
    good = {kind: at("red cups") for kind in (Kind.PHRASE, Kind.NAME, Kind.QUESTION)}
    good |= {Kind.QUOTE: at("open"), Kind.NUMERAL: at("two")}

    def moved(node: Node) -> Node:
        arguments = []
        for argument, kind in zip(node.args, OPERATORS[node.op].args, strict=True):
            if isinstance(argument, Node):
                arguments.append(moved(argument))
            else:
                named = any(WORDS[i] in ("cups", "zorble", "dogs", "man") for i in range(argument.start, argument.end))
                arguments.append(argument if named and kind in (Kind.PHRASE, Kind.NAME) else good[kind])
        return Node(node.op, tuple(arguments))

    return moved(plan)


@given(plan=plans(tokens=len(TOKENS)), options=st.booleans())
@settings(max_examples=300, deadline=None)
def test_every_plan_becomes_a_program_without_faults(plan: Node, options: bool) -> None:
    program = render(spanned(plan), QUESTION, TOKENS, options=options)
    report = check_program(program)
    assert [issue for issue in report.issues if issue.severity == "error"] == []


@given(plan=plans(tokens=len(TOKENS)), fewest=st.integers(0, 3), options=st.booleans())
@settings(max_examples=300, deadline=None)
def test_every_program_runs_and_gives_what_its_plan_promises(plan: Node, fewest: int, options: bool) -> None:
    plan = spanned(plan)
    value = run(
        render(plan, QUESTION, TOKENS, options=options), fewest=fewest, options=["yes", "no"] if options else None
    )
    if value is None:
        return
    match OPERATORS[plan.op].result:
        case Kind.TRUTH:
            assert value in ("yes", "no")
        case Kind.NUMBER:
            assert isinstance(value, str if options else int | float)
        case Kind.OBJECT:
            assert isinstance(value, StubPatch)
        case Kind.OBJECTS:
            assert value
            assert all(isinstance(patch, StubPatch) for patch in value)
        case _:
            assert isinstance(value, str)


def test_a_missing_anchor_makes_the_honest_answer_none() -> None:
    plan = build(["count", "left_of", "find", at("red cups"), "the", "find", at("zorble")])
    assert run(render(plan, QUESTION, TOKENS), fewest=0) is None


@pytest.mark.parametrize(("steps", "value"), [(["exists", "find"], "no"), (["count", "find"], 0)])
def test_existence_and_counts_of_nothing_are_no_and_zero(steps: list[str], value: object) -> None:
    plan = build([*steps, at("red cups")])
    assert run(render(plan, QUESTION, TOKENS), fewest=0) == value


def test_equal_parts_are_computed_once() -> None:
    the_cup = ["the", "find", at("red cups")]
    plan = build(["and", "verify", *the_cup, at("bigger"), "verify", *the_cup, at("left")])
    assert render(plan, QUESTION, TOKENS).count("find_the(") == 1


def test_given_answers_are_chosen_from() -> None:
    plan = build(["identify", "the", "find", at("zorble")])
    program = render(plan, QUESTION, TOKENS, options=True)
    assert program.startswith("def execute_command(image, possible_answers, query):")
    assert run(program, options=["a lamp", "a cat"]) == "a lamp"


def test_a_refusal_has_no_program() -> None:
    with pytest.raises(ValueError, match="declines"):
        render(build(["decline_chat"]), QUESTION, TOKENS)


def test_a_noun_that_is_said_once_serves_both_adjectives() -> None:
    question = "How many red and blue balls are there?"
    plan = build(["count", "union", "find", Span(2, 3), "find", Span(4, 6)])
    program = render(plan, question, tokenize(question))
    assert "find('red ball')" in program
    assert "find('blue ball')" in program


def test_the_largest_text_is_the_one_in_the_largest_letters() -> None:
    program = render(build(["read", "largest", "lines", "image"]), QUESTION, TOKENS)
    assert "line.height" in program
    assert "width" not in program
