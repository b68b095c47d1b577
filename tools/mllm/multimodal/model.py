"""The multimodal language model: connector and causal language model joined; the vision encoder stands before it.

It reads the visual tokens of a question's pictures, then text. `loss` compares what it would say with what it should;
`generation` speaks.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .config import ModelConfig
from .connector import Connector
from .decoder import CausalLm, visible
from .text import POINTERS, Text
from .visual import Visual

__all__ = ["Lines", "MultimodalLm", "Said"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Lines:
    """Texts of a batch, padded at their ends, and which of their tokens the model is to say itself."""

    tokens: Tensor  # (B, T) int64
    present: Tensor  # (B, T) bool
    spoken: Tensor  # (B, T) bool

    def to(self, device: str | torch.device) -> Lines:
        """On another device."""
        return Lines(tokens=self.tokens.to(device), present=self.present.to(device), spoken=self.spoken.to(device))

    def rows(self, rows: Tensor | slice) -> Lines:
        """Some of the texts."""
        return Lines(tokens=self.tokens[rows], present=self.present[rows], spoken=self.spoken[rows])


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """How the model would have said the spoken tokens."""

    loss: Tensor  # mean over tokens
    chances: Tensor  # (B,) log-probability of each text's spoken tokens, summed
    right: Tensor  # (B,) bool: whether each spoken token is the likeliest one


class MultimodalLm(nn.Module):
    """Visual tokens and text in, text out."""

    def __init__(self, config: ModelConfig | None = None) -> None:
        super().__init__()
        self.config = config or ModelConfig()
        self.connector = Connector(self.config)
        self.decoder = CausalLm(self.config.decoder)

    def seen(self, visual: Visual) -> Tensor:
        """Embeddings (B, V, width) of visual tokens."""
        first = Text.first_pointer
        embeddings: Tensor = self.connector(visual, self.decoder.words.weight[first : first + POINTERS])
        return embeddings

    def forward(self, visual: Visual, lines: Lines) -> Said:
        """Teacher-forced: each spoken token is scored after all that stand before it."""
        seen = self.seen(visual)
        text = self.decoder.words(lines.tokens)  # (B, T, width)
        batch, before = visual.present.shape
        positions = torch.arange(1, text.shape[1] + 1, device=text.device).expand(batch, -1)
        positions = torch.cat([positions.new_zeros(batch, before), positions], 1)
        hidden = self.decoder(torch.cat([seen, text], 1), positions, visible(visual.present, lines.present))
        rows, places = lines.spoken[:, 1:].nonzero(as_tuple=True)
        logits = self.decoder.logits(hidden[rows, before + places]).float()  # (N, words)
        targets = lines.tokens[rows, places + 1]
        lost = F.cross_entropy(logits, targets, reduction="none")
        chances = lost.new_zeros(batch).index_add(0, rows, -lost)
        wrong = lost.new_zeros(batch).index_add(0, rows, (logits.argmax(1) != targets).to(lost.dtype))
        return Said(loss=lost.mean(), chances=chances, right=wrong == 0)
