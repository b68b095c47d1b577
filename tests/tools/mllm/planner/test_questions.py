"""The data engine: every example is whole, runs, and keeps the promises of its split."""

from __future__ import annotations

from itertools import islice

import pytest
from tests.tools.mllm.planner.stub_world import run

from sightline.tools.mllm.planner import inflect
from sightline.tools.mllm.planner.plan import OPERATORS, Kind, Span, build
from sightline.tools.mllm.planner.questions import nouns
from sightline.tools.mllm.planner.questions.stream import FAMILY_NAMES, examples, split_of
from sightline.tools.mllm.planner.questions.wording import fill, parsed, split
from sightline.tools.mllm.planner.render import render

SETS = ({}, {"split": "test"}, {"unseen_nouns": True}, {"unseen_wordings": True})


@pytest.mark.parametrize("keywords", SETS, ids=str)
def test_every_example_is_a_plan_whose_program_runs(keywords: dict[str, object]) -> None:
    for example in islice(examples(1, **keywords), 400):  # type: ignore[arg-type]
        plan = build(example.steps)
        assert all(0 <= s.start < s.end <= len(example.tokens) for s in example.steps if isinstance(s, Span))
        if OPERATORS[plan.op].result is not Kind.DECLINE:
            program = render(plan, example.question, example.tokens)
            run(program, fewest=1)
            run(program, fewest=0)


def test_copied_words_are_words_of_the_question() -> None:
    example = next(e for e in islice(examples(2), 2000) if e.family == "counting.counts")
    span = next(step for step in example.steps if isinstance(step, Span))
    words = example.question[example.tokens[span.start].start : example.tokens[span.end - 1].end]
    assert words in example.question


def test_a_seed_gives_the_same_stream_again() -> None:
    first = [(e.question, e.steps) for e in islice(examples(5), 50)]
    assert first == [(e.question, e.steps) for e in islice(examples(5), 50)]
    assert first != [(e.question, e.steps) for e in islice(examples(6), 50)]


def test_held_out_nouns_never_train() -> None:
    kept = {*nouns.HELD_OUT, *(inflect.plural(noun) for noun in nouns.HELD_OUT)}
    assert len(nouns.HELD_OUT) > 200
    for example in islice(examples(7), 3000):
        assert kept.isdisjoint(token.word for token in example.tokens)


def test_splits_share_no_question() -> None:
    assert all(split_of(e.question) == "test" for e in islice(examples(8, split="test"), 40))
    assert all(split_of(e.question) == "train" for e in islice(examples(8), 400))


def test_held_out_wordings_are_marked_and_never_train() -> None:
    assert all(e.unseen_wording for e in islice(examples(9, unseen_wordings=True), 100))
    assert not any(e.unseen_wording for e in islice(examples(9), 1000))


def test_every_family_turns_up() -> None:
    seen = {example.family for example in islice(examples(10, root=None), 20000)}
    assert seen == set(FAMILY_NAMES)


def test_a_wording_chooses_leaves_out_and_fills() -> None:
    import random

    said = {" ".join(map(str, fill(random.Random(n), "is (a|one) [big] {x}", {"x": "cup"}))) for n in range(60)}
    assert said == {"is a cup", "is one cup", "is a big cup", "is one big cup"}
    with pytest.raises(ValueError, match="lacks"):
        parsed("is (a cup")


def test_held_out_wordings_are_a_tenth_where_there_are_enough() -> None:
    seen, held = split(tuple(f"wording {n}" for n in range(30)))
    assert len(held) == 3
    assert not set(seen) & set(held)
    assert split(("one", "two")) == (("one", "two"), ())
