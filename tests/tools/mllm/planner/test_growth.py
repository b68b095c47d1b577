"""Weights of a smaller language of plans go on planning what they could in a larger one."""

from __future__ import annotations

import pytest
import torch

from sightline.tools.mllm.planner.growth import fit
from sightline.tools.mllm.planner.model import KINDS, SPAN, PlannerConfig, PlannerNet
from sightline.tools.mllm.planner.plan import NAMES

CONFIG = {"width": 16, "heads": 2, "hidden": 16, "encoder_layers": 1, "decoder_layers": 1}
KNOWN = [name for name in NAMES if not name.startswith("shown")]  # some in the middle are lacking
ROWS = torch.tensor([NAMES.index(name) for name in KNOWN])


def older() -> dict[str, torch.Tensor]:
    """Weights for `KNOWN` and all kinds but the last."""
    torch.manual_seed(1)
    state = PlannerNet(PlannerConfig(words=6, **CONFIG)).state_dict()
    end = torch.tensor([SPAN])
    return {
        **state,
        "step.weight": state["step.weight"][torch.cat([ROWS, end, end + 1])],
        "choose.weight": state["choose.weight"][torch.cat([ROWS, end])],
        "choose.bias": state["choose.bias"][torch.cat([ROWS, end])],
        "kind.weight": state["kind.weight"][:-1],
    }


def test_what_is_known_keeps_its_weights_and_what_is_not_is_never_chosen() -> None:
    torch.manual_seed(1)
    whole = PlannerNet(PlannerConfig(words=6, **CONFIG)).state_dict()
    net = PlannerNet(PlannerConfig(words=6, **CONFIG))
    fit(net, older(), operators=KNOWN, kinds=len(KINDS) - 1)
    state = net.state_dict()
    kept = torch.cat([ROWS, torch.tensor([SPAN])])
    for name in ("step.weight", "choose.weight", "choose.bias"):
        assert torch.equal(state[name][kept], whole[name][kept])
    assert torch.equal(state["kind.weight"][:-1], whole["kind.weight"][:-1])
    states = torch.randn(5, 16)
    for row, kind in enumerate(KINDS):
        best = net.choices(states, torch.full((5,), row)).argmax(-1)
        allowed = net.grammar[row]
        if allowed[kept].any():
            assert all(int(one) == SPAN or NAMES[int(one)] in KNOWN for one in best), kind


def test_new_words_and_operators_can_be_learned_beside_the_known_ones() -> None:
    net = PlannerNet(PlannerConfig(words=8, **CONFIG))
    fresh = net.state_dict()["choose.bias"].clone()
    tensors = older()
    words, known = ["when", "cup", "how", "red", "ever", "the"], ["cup", "red", "the", "how"]
    fit(net, tensors, operators=KNOWN, kinds=len(KINDS) - 1, words=words, known=known, choosable=True)
    state = net.state_dict()
    for number, word in enumerate(words):
        if word in known:
            assert torch.equal(state["word.weight"][number + 2], tensors["word.weight"][known.index(word) + 2])
    lacking = torch.tensor([k for k, name in enumerate(NAMES) if name not in KNOWN])
    assert torch.equal(state["choose.bias"][lacking], fresh[lacking])


def test_an_operator_that_has_gone_makes_weights_useless() -> None:
    net = PlannerNet(PlannerConfig(words=6, **CONFIG))
    with pytest.raises(ValueError, match="train the planner again"):
        fit(net, older(), operators=[*KNOWN[:-1], "bygone"], kinds=3)
