"""From visual tokens to the language model's embeddings.

Content passes through a projection (`linear`, or the two-layer perceptron of LLaVA 1.5,
https://arxiv.org/abs/2310.03744); place, rank, picture and pointer are added. A letter is its glyph, its place in the
word, and the thing that carries it. While the language is learned from layouts alone, tables of attributes and letters
stand in for the encoder: the language model is there before any picture is.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..scenes.world import WORDS
from .config import ConnectorKind, ModelConfig
from .scene import MOST_SEEN
from .text import POINTED, POINTERS
from .visual import GEOMETRY, LETTERS, LONGEST, Letters, Visual

__all__ = ["Connector", "projection"]

_WAVES = 4  # of each coordinate, from one swing over the picture to eight


def projection(kind: ConnectorKind, features: int, hidden: int, width: int, *, level: bool = True) -> nn.Sequential:
    """Features (..., features) to the language model's width; `level` norms them first, for encoders that do not."""
    first: list[nn.Module] = [nn.LayerNorm(features)] if level else []
    if kind == "linear":
        return nn.Sequential(*first, nn.Linear(features, width))
    return nn.Sequential(*first, nn.Linear(features, hidden), nn.GELU(), nn.Linear(hidden, width))


class Connector(nn.Module):
    """`Visual` to embeddings (B, V + L, width): things or cells, then letters."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width = config.decoder.width
        self.project = projection(config.connector, config.features, config.connector_hidden, width)
        self.true = nn.ModuleList(nn.Embedding(len(words), width) for words in WORDS.values())
        self.place = nn.Linear(GEOMETRY * (1 + 2 * _WAVES), width)
        self.rank = nn.Embedding(MOST_SEEN, width)
        self.picture = nn.Embedding(config.pictures, width)
        self.pointer = nn.Linear(width, width, bias=False)
        self.glyph = projection(config.connector, config.letters, config.letters, width)
        self.letter = nn.Embedding(len(LETTERS), width)
        self.spot = nn.Embedding(LONGEST, width)
        self.carrier = nn.Linear(width, width, bias=False)
        for table in (*self.true, self.rank, self.picture, self.letter, self.spot):
            nn.init.normal_(table.weight, std=width**-0.5)
        nn.init.eye_(self.pointer.weight)

    def forward(self, visual: Visual, pointers: Tensor) -> Tensor:
        """Embeddings of visual tokens; `pointers` (POINTED, width) are the embeddings of the pointer words."""
        if visual.content.is_floating_point():
            x = self.project(visual.content)
        else:
            x = torch.stack([table(visual.content[..., k]) for k, table in enumerate(self.true)]).sum(0)
        angle = visual.geometry[..., None] * (torch.pi / 2 * 2.0 ** torch.arange(_WAVES, device=x.device))
        waves = torch.cat([visual.geometry[..., None], angle.sin(), angle.cos()], -1).flatten(-2)
        x = x + self.place(waves) + self.rank(visual.depth_ranks) + self.picture(visual.pictures)
        of_things, of_letters = self.pointer(pointers).split((POINTERS, POINTED - POINTERS))
        marked: Tensor = x + _looked_up(of_things, visual.pointers)
        if not visual.letters.owners.shape[1]:
            return marked
        return torch.cat([marked, self._letters(visual.letters, marked, of_letters)], 1)

    def _letters(self, letters: Letters, things: Tensor, pointers: Tensor) -> Tensor:
        glyphs: Tensor = (self.glyph if letters.glyphs.is_floating_point() else self.letter)(letters.glyphs)
        owner = letters.owners.clamp_min(0)[..., None].expand(-1, -1, things.shape[2])
        carried: Tensor = self.carrier(things.gather(1, owner))
        printed: Tensor = glyphs + self.spot(letters.spots) + carried + _looked_up(pointers, letters.pointers)
        return printed


def _looked_up(rows: Tensor, numbers: Tensor) -> Tensor:
    """The row (B, N, width) of each number (B, N); nothing for -1."""
    return rows[numbers.clamp_min(0)] * (numbers >= 0)[..., None]
