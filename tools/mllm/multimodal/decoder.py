"""The causal language model: a pre-norm transformer with rotary positions and tied embeddings.

After GPT-2 with RMSNorm (https://arxiv.org/abs/1910.07467), rotary positions (https://arxiv.org/abs/2104.09864) and
squared ReLU (https://arxiv.org/abs/2109.08668). It reads embeddings, not tokens, because pictures speak too. The prefix
(what the pictures say) sees itself in both directions; text sees the prefix and what was said before. It knows nothing
of pictures, pointers or training.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .config import DecoderConfig

__all__ = ["Cache", "CausalLm", "visible"]

_NEVER = -1e9


@dataclass(slots=True)
class Cache:
    """Keys and values of what was read so far, with room for what will be written."""

    keys: list[Tensor]  # per layer (B, H, T, D)
    values: list[Tensor]
    present: Tensor  # (B, T) bool: which slots hold something
    filled: int = 0  # slots used

    @classmethod
    def empty(cls, config: DecoderConfig, batch: int, room: int, like: Tensor) -> Cache:
        """Room for `room` slots."""
        shape = (batch, config.heads, room, config.width // config.heads)
        return cls(
            keys=[like.new_zeros(shape) for _ in range(config.layers)],
            values=[like.new_zeros(shape) for _ in range(config.layers)],
            present=torch.zeros(batch, room, dtype=torch.bool, device=like.device),
        )

    def keep(self, rows: Tensor) -> None:
        """Go on with some rows of the batch only."""
        self.keys = [one[rows] for one in self.keys]
        self.values = [one[rows] for one in self.values]
        self.present = self.present[rows]


class CausalLm(nn.Module):
    """Embeddings (B, T, width) to hidden states (B, T, width); `logits` scores the tokens."""

    angles: Tensor

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.config = config
        self.words = nn.Embedding(config.words, config.width)
        self.blocks = nn.ModuleList(_Block(config) for _ in range(config.layers))
        self.norm = nn.RMSNorm(config.width)
        size = config.width // config.heads
        turn = 1 / (1000.0 ** (torch.arange(0, size, 2) / size))  # texts are short
        angles = torch.arange(config.context + 1)[:, None] * turn  # (positions, size / 2)
        self.register_buffer("angles", angles, persistent=False)
        nn.init.normal_(self.words.weight, std=config.width**-0.5)
        for block in self.blocks:
            nn.init.zeros_(block.out.weight)  # type: ignore[arg-type,union-attr]
            nn.init.zeros_(block.feed_out.weight)  # type: ignore[arg-type,union-attr]

    def forward(self, x: Tensor, positions: Tensor, mask: Tensor, cache: Cache | None = None) -> Tensor:
        """Hidden states.

        Args:
            x: embeddings (B, T, width).
            positions: (B, T) int64; visual tokens all stand at 0, text from 1 on.
            mask: (B, T, S) bool, what each place sees; S is T, or all slots of the cache.
            cache: filled slots are read, new ones written after them.
        """
        angle = self.angles[positions][:, None]  # (B, 1, T, D / 2)
        cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
        bias = torch.zeros(mask.shape, dtype=x.dtype, device=x.device).masked_fill_(~mask, _NEVER)[:, None]
        for number, block in enumerate(self.blocks):
            x = block(x, cos, sin, bias, cache, number)
        if cache is not None:
            cache.filled += x.shape[1]
        normed: Tensor = self.norm(x)
        return normed

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores (..., words) of the next token."""
        return F.linear(hidden, self.words.weight)


class _Block(nn.Module):
    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.norm = nn.RMSNorm(config.width)
        self.query_key_value = nn.Linear(config.width, 3 * config.width, bias=False)
        self.out = nn.Linear(config.width, config.width, bias=False)
        self.feed_norm = nn.RMSNorm(config.width)
        self.feed_in = nn.Linear(config.width, config.hidden, bias=False)
        self.feed_out = nn.Linear(config.hidden, config.width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, bias: Tensor, cache: Cache | None, number: int) -> Tensor:
        b, t, w = x.shape
        q, k, v = self.query_key_value(self.norm(x)).view(b, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        q, k = _turned(q, cos, sin), _turned(k, cos, sin)  # (B, H, T, D)
        if cache is not None:
            end = cache.filled + t
            cache.keys[number][:, :, cache.filled : end] = k
            cache.values[number][:, :, cache.filled : end] = v
            k, v = cache.keys[number][:, :, : bias.shape[-1]], cache.values[number][:, :, : bias.shape[-1]]
        scores = (q @ k.transpose(-1, -2)) * (q.shape[-1] ** -0.5) + bias  # (B, H, T, S)
        mixed = scores.softmax(-1) @ v  # (B, H, T, D)
        x = x + self.out(mixed.transpose(1, 2).reshape(b, t, w))
        fed: Tensor = x + self.feed_out(F.relu(self.feed_in(self.feed_norm(x))).square())
        return fed


def _turned(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    a, b = x.chunk(2, -1)
    return torch.cat((a * cos - b * sin, a * sin + b * cos), -1)


def visible(prefix: Tensor, text: Tensor) -> Tensor:
    """What each place sees, (B, P + T, P + T) bool, from which places are there: prefix (B, P), text (B, T)."""
    there = torch.cat([prefix, text], 1)
    length, before = there.shape[1], prefix.shape[1]
    order = torch.ones(length, length, dtype=torch.bool, device=there.device).tril()
    order[:before, :before] = True
    seen: Tensor = order & there[:, None]
    # an absent place sees itself, so that its softmax is defined
    return seen | torch.eye(length, dtype=torch.bool, device=there.device)
