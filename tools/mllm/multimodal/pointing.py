"""Pointer words: scored against the things they would name, read as the things they name.

After pointer networks (https://arxiv.org/abs/1506.03134). The scores of `<o0>`, `<o1>`, ... are products of what the
text asks for with what each visual token offers, so to name a thing is to match it; and where text holds such a word,
the thing itself is read beside it, so that a later step knows what the word stands for without looking it up. A pointer
without a thing is never said. Printed letters are pointed at in the same way, one after the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .text import POINTED, POINTERS, Text
from .visual import Visual

__all__ = ["Pointing", "Things"]

_FIRST = Text.first_pointer
_NEVER = -1e4


@dataclass(frozen=True, kw_only=True, slots=True)
class Things:
    """What can be pointed at in each question of a batch, by pointer."""

    offered: Tensor  # (B, POINTED, width), zero where there is no such thing; letters come after things
    read: Tensor  # (B, POINTED, width), what is added to the word
    there: Tensor  # (B, POINTED) bool
    bias: Tensor  # (B, 1, POINTED), 0 or never; 0 throughout where nothing has a pointer (tokens of a grid)

    def rows(self, rows: Tensor) -> Things:
        """Some of the questions."""
        return Things(offered=self.offered[rows], read=self.read[rows], there=self.there[rows], bias=self.bias[rows])


class Pointing(nn.Module):
    """Scores pointer words and reads them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.asks = nn.Linear(width, width, bias=False)
        self.offers = nn.Sequential(nn.RMSNorm(width), nn.Linear(width, width))
        self.reads = nn.Linear(width, width, bias=False)
        self.scale = width**-0.5

    def things(self, seen: Tensor, visual: Visual) -> Things:
        """What the embeddings (B, V + L, width) of visual tokens offer."""
        batch, _, width = seen.shape
        letters = visual.letters.pointers
        pointers = torch.cat([visual.pointers, letters + POINTERS * (letters >= 0)], 1)
        named = pointers >= 0
        slot = pointers.where(named, POINTED)[..., None].expand(-1, -1, width)  # those without: past the end

        def placed(values: Tensor) -> Tensor:
            return values.new_zeros(batch, POINTED + 1, width).scatter(1, slot, values)[:, :POINTED]

        there = torch.zeros(batch, POINTED + 1, dtype=torch.bool, device=seen.device)
        there = there.scatter(1, slot[..., 0], named)[:, :POINTED]
        never = ~there & there.any(1, keepdim=True)
        bias = torch.zeros(batch, 1, POINTED, device=seen.device).masked_fill(never[:, None], _NEVER)
        return Things(offered=placed(self.offers(seen)), read=placed(self.reads(seen)), there=there, bias=bias)

    def read(self, words: Tensor, tokens: Tensor, things: Things) -> Tensor:
        """Embeddings (B, T, width) of tokens (B, T), things added to the words that point at them."""
        number = tokens - _FIRST
        points = ((number >= 0) & (number < POINTED))[..., None]
        index = number.clamp(0, POINTED - 1)[..., None].expand(-1, -1, words.shape[-1])
        joined: Tensor = words + things.read.gather(1, index) * points
        return joined

    def scores(self, hidden: Tensor, things: Things) -> Tensor:
        """Scores (B, T, POINTED) of the pointer words after hidden states (B, T, width)."""
        scores: Tensor = self.asks(hidden) @ things.offered.transpose(1, 2) * self.scale + things.bias
        return scores

    def joined(self, logits: Tensor, scores: Tensor) -> Tensor:
        """Scores (..., words) of all words, those of the pointer words added to."""
        before, pointers, after = logits.tensor_split((_FIRST, _FIRST + POINTED), -1)
        return torch.cat([before, pointers + scores, after], -1)
