"""The multimodal language model: connector and causal language model joined; the vision encoder stands before it.

It reads the visual tokens of a question's pictures, then text. `loss` compares what it would say with what it should;
`generation` speaks.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .config import ModelConfig
from .connector import Connector
from .decoder import CausalLm, visible
from .pointing import Pointing, Things
from .text import POINTED, Text
from .visual import Visual

__all__ = ["Lines", "MultimodalLm", "Said", "weight"]

_DECIDING = 4.0  # how much more a token counts that decides; most others only spell what was decided


@dataclass(frozen=True, kw_only=True, slots=True)
class Lines:
    """Texts of a batch, padded at their ends, and which of their tokens the model is to say itself."""

    tokens: Tensor  # (B, T) int64
    present: Tensor  # (B, T) bool
    spoken: Tensor  # (B, T) bool
    decides: (
        Tensor  # (B, T) bool, the spoken tokens that the rest follows from: what is done next, and what comes of it
    )
    naming: Tensor  # (N, 2) int64, row and place of the tokens at which things are named
    named: Tensor  # (N, POINTED) bool, the things and letters that are named there

    def to(self, device: str | torch.device) -> Lines:
        """On another device."""
        return replace(self, **{one.name: getattr(self, one.name).to(device) for one in fields(self)})

    def rows(self, rows: Tensor | slice) -> Lines:
        """Some of the texts."""
        count = len(self.tokens)
        kept = torch.arange(count, device=self.tokens.device)[rows]
        becomes = kept.new_full((count,), -1)  # the new number of each row, -1 for what is left out
        becomes[kept] = torch.arange(len(kept), device=kept.device)
        row = becomes[self.naming[:, 0]]
        naming = torch.stack([row, self.naming[:, 1]], 1)
        return Lines(
            tokens=self.tokens[rows],
            present=self.present[rows],
            spoken=self.spoken[rows],
            decides=self.decides[rows],
            naming=naming[row >= 0],
            named=self.named[row >= 0],
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """How the model would have said the spoken tokens."""

    loss: Tensor  # mean over tokens, those that decide counting more
    pointing: Tensor  # how badly the middle layer tells the named things from the others, mean over things
    chances: Tensor  # (B,) log-probability of each text's spoken tokens, summed
    right: Tensor  # (B,) bool: whether each spoken token is the likeliest one


def weight(lines: Lines) -> float:
    """What a batch's tokens count together."""
    spoken, decides = lines.spoken[:, 1:], lines.decides[:, 1:]
    return float(spoken.sum() + (_DECIDING - 1) * (spoken & decides).sum())


class MultimodalLm(nn.Module):
    """Visual tokens and text in, text out.

    While it learns, its middle layer is asked at every noun which visual tokens are meant: without that, words and
    things find each other late or never.
    """

    def __init__(self, config: ModelConfig | None = None) -> None:
        super().__init__()
        self.config = config or ModelConfig()
        self.connector = Connector(self.config)
        self.decoder = CausalLm(self.config.decoder)
        width = self.config.decoder.width
        self.pointing = Pointing(width)
        self.means = nn.Linear(width, width)  # which things, of the text where things are named; for learning only

    def seen(self, visual: Visual) -> Tensor:
        """Embeddings (B, V + L, width) of visual tokens: things, then letters."""
        first = Text.first_pointer
        embeddings: Tensor = self.connector(visual, self.decoder.words.weight[first : first + POINTED])
        return embeddings

    def spelled(self, tokens: Tensor, things: Things) -> Tensor:
        """Embeddings (B, T, width) of text tokens (B, T)."""
        return self.pointing.read(self.decoder.words(tokens), tokens, things)

    def logits(self, hidden: Tensor, things: Things) -> Tensor:
        """Scores (B, T, words) of what follows hidden states (B, T, width)."""
        return self.pointing.joined(self.decoder.logits(hidden), self.pointing.scores(hidden, things))

    def forward(self, visual: Visual, lines: Lines) -> Said:
        """Teacher-forced: each spoken token is scored after all that stand before it."""
        seen = self.seen(visual)
        things = self.pointing.things(seen, visual)
        text = self.spelled(lines.tokens, things)
        batch, before = visual.there.shape
        positions = torch.arange(1, text.shape[1] + 1, device=text.device).expand(batch, -1)
        positions = torch.cat([positions.new_zeros(batch, before), positions], 1)
        mask = visible(visual.there, lines.present)
        hidden, middle = self.decoder.tapped(torch.cat([seen, text], 1), positions, mask)
        rows, places = lines.spoken[:, 1:].nonzero(as_tuple=True)
        logits = self.decoder.logits(hidden[rows, before + places]).float()  # (N, words)
        logits = self.pointing.joined(logits, self.pointing.scores(hidden[:, before:], things)[rows, places])
        targets = lines.tokens[rows, places + 1]
        lost = F.cross_entropy(logits, targets, reduction="none")
        weights = 1 + (_DECIDING - 1) * lines.decides[rows, places + 1].to(lost.dtype)
        loss = (lost * weights).sum() / weights.sum()
        chances = lost.new_zeros(batch).index_add(0, rows, -lost)
        wrong = lost.new_zeros(batch).index_add(0, rows, (logits.argmax(1) != targets).to(lost.dtype))
        return Said(
            loss=loss,
            pointing=self._meaning(middle[:, before:], lines, things),
            chances=chances,
            right=wrong == 0,
        )

    def _meaning(self, middle: Tensor, lines: Lines, things: Things) -> Tensor:
        """Cross-entropy of pointing at each thing, or not, where things are named."""
        rows, places = lines.naming.unbind(1)
        can = things.there[rows]  # (N, POINTED)
        if not can.any():
            return middle.new_zeros(())
        asked = self.means(middle[rows, places])  # (N, width)
        scores = (things.offered[rows] @ asked[:, :, None]).squeeze(2) * self.pointing.scale
        return F.binary_cross_entropy_with_logits(scores[can].float(), lines.named[can].float())
