"""A planner's weights when the language of plans has grown since they were trained.

Rows of the network belong to operators, kinds and words by name. Known ones keep theirs; an operator that the weights
never saw is never chosen, so older weights go on planning what they could, and a new training can begin from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from .model import KINDS, PlannerNet
from .plan import NAMES

__all__ = ["fit"]

_UNLIKELY = -1e4


def fit(
    net: PlannerNet,
    tensors: Mapping[str, Tensor],
    *,
    operators: Sequence[str],
    kinds: int,
    words: Sequence[str] = (),
    known: Sequence[str] = (),
    choosable: bool = False,
) -> None:
    """Load weights that were trained for `operators` and the first `kinds` kinds into a network for all of them.

    Args:
        words: the network's vocabulary, where it differs from the weights' own, which is `known`.
        choosable: leave operators that the weights do not know as they were made, to be trained.

    Raises:
        ValueError: an operator or kind has gone since, so the weights cannot be used.
    """
    if not set(operators) <= set(NAMES) or kinds > len(KINDS):
        raise ValueError("the planner's weights were trained for other operators: train the planner again")
    state = {name: value.clone() for name, value in net.state_dict().items()}
    place = {name: row for row, name in enumerate(operators)}
    old = torch.tensor([place.get(name, -1) for name in NAMES])
    last = torch.tensor([len(operators)])  # "copy a span", and after it "begin"
    rows = {
        "step.weight": torch.cat([old, last, last + 1]),
        "choose.weight": torch.cat([old, last]),
        "choose.bias": torch.cat([old, last]),
        "kind.weight": torch.tensor([row if row < kinds else -1 for row in range(len(KINDS))]),
    }
    if words:
        number = {word: row + 2 for row, word in enumerate(known)}
        rows["word.weight"] = torch.tensor([0, 1, *(number.get(word, -1) for word in words)])
    for name, value in tensors.items():
        taken = rows.get(name)
        if taken is None:
            state[name] = value
            continue
        here = taken >= 0
        state[name][here] = value[taken[here]]
        if name == "choose.bias" and not choosable:
            state[name][~here] = _UNLIKELY
    net.load_state_dict(state)
