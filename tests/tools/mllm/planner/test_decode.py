"""Decoding: even a network that knows nothing writes only whole, valid plans, and always the same ones."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.tools.mllm.planner import inflect
from sightline.tools.mllm.planner.batches import Vocabulary, training
from sightline.tools.mllm.planner.decode import decode
from sightline.tools.mllm.planner.model import PlannerConfig, PlannerNet
from sightline.tools.mllm.planner.plan import MAX_STEPS, OPERATORS, Kind, Node, build, flatten
from sightline.tools.mllm.planner.questions.stream import Example
from sightline.tools.mllm.planner.render import render
from sightline.tools.mllm.planner.tokens import tokenize

VOCABULARY = Vocabulary(("the", "cup", "how", "many"))


def random_net(seed: int) -> PlannerNet:
    torch.manual_seed(seed)
    config = PlannerConfig(words=len(VOCABULARY), width=16, heads=2, hidden=16, encoder_layers=1, decoder_layers=1)
    net = PlannerNet(config)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.normal_(std=0.7)
    return net.eval()


@given(
    seed=st.integers(0, 30),
    question=st.sampled_from(
        (
            "how many cups are left of the plate?",
            "???",
            "the the the",
            "Does it say 'EXIT 12'?",
            "第二 cup",
            "is",
            "a of the",
        )
    ),
)
@settings(max_examples=60, deadline=None)
def test_random_weights_never_write_an_invalid_plan(seed: int, question: str) -> None:
    tokens = tokenize(question)
    best = decode(random_net(seed), VOCABULARY, tokens)[0]
    assert build(flatten(best.plan)) == best.plan
    assert len(best.steps) <= MAX_STEPS
    assert all(score <= 1e-6 for score in best.log_probabilities)
    if OPERATORS[best.plan.op].result is not Kind.DECLINE:
        compile(render(best.plan, question, tokens), "<program>", "exec")


@given(seed=st.integers(0, 20))
@settings(max_examples=20, deadline=None)
def test_numerals_are_copied_only_from_numbers(seed: int) -> None:
    tokens = tokenize("are there three red cups here")

    def numerals(node: Node) -> list[str]:
        found = []
        for argument, kind in zip(node.args, OPERATORS[node.op].args, strict=True):
            if isinstance(argument, Node):
                found += numerals(argument)
            elif kind is Kind.NUMERAL:
                found.append(tokens[argument.start].word)
        return found

    best = decode(random_net(seed), VOCABULARY, tokens)[0]
    assert all(inflect.number(word) is not None for word in numerals(best.plan))


def test_decoding_is_deterministic() -> None:
    tokens = tokenize("how many cups are there")
    assert decode(random_net(3), VOCABULARY, tokens) == decode(random_net(3), VOCABULARY, tokens)


@pytest.mark.parametrize("seed", range(5))
def test_a_beam_begins_with_plans_at_least_as_likely_as_the_greedy_one(seed: int) -> None:
    tokens = tokenize("how many cups are there")
    net = random_net(seed)
    beam = decode(net, VOCABULARY, tokens, beam=4)
    assert [plan.total for plan in beam] == sorted((plan.total for plan in beam), reverse=True)
    assert len({plan.steps for plan in beam}) == len(beam)


def test_decoding_scores_a_plan_as_training_does() -> None:
    net, question = random_net(1), "how many cups are left of the plate"
    tokens = tokenize(question)
    best = decode(net, VOCABULARY, tokens)[0]
    example = Example(question=question, tokens=tokens, steps=list(best.steps), family="", unseen_wording=False)
    with torch.no_grad():
        loss, _ = net.losses(training([example], VOCABULARY, None))
    assert float(loss[0]) == pytest.approx(-best.total, rel=1e-4)


def test_a_batch_scores_each_question_as_it_would_alone() -> None:
    net = random_net(2)
    lines = ("how many cups", "is there a red cup left of the big green plate in the picture", "the cup")
    examples = []
    for line in lines:
        tokens = tokenize(line)
        steps = list(decode(net, VOCABULARY, tokens)[0].steps)
        examples.append(Example(question=line, tokens=tokens, steps=steps, family="", unseen_wording=False))
    with torch.no_grad():
        together, _ = net.losses(training(examples, VOCABULARY, None))
        alone = [float(net.losses(training([example], VOCABULARY, None))[0][0]) for example in examples]
    assert together.tolist() == pytest.approx(alone, rel=1e-3, abs=1e-3)


def test_a_question_without_words_is_refused() -> None:
    with pytest.raises(ValueError, match="without words"):
        decode(random_net(0), VOCABULARY, [])
