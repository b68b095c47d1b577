"""The decoder one token at a time, as fast as its sizes allow.

Saying a word takes a hundred small operations, and on a processor most of its time goes into calling them. So the
weights are prepared once per answer: norms are folded into the products after them, and the halves that rotary
positions turn are interleaved, so that a turn is one complex product. What comes out is what `CausalLm` gives.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from .decoder import Cache, CausalLm
from .pointing import Pointing, Things
from .text import POINTERS, Text

__all__ = ["Stepper"]

_FIRST = Text.first_pointer
_NEVER = -1e9


class Stepper:
    """Reads one more embedding per row after what the cache holds.

    Args:
        cache: filled by the decoder; its keys are taken over and read by this object alone from then on.
        things: what each row can point at.
    """

    def __init__(self, decoder: CausalLm, pointing: Pointing, cache: Cache, things: Things) -> None:
        config = decoder.config
        self.heads, size = config.heads, config.width // config.heads
        # the root of a mean square is the norm over the root of the width, which the weights take in
        root = config.width**0.5
        self.cache, self.things = cache, things
        pairs = torch.arange(size, device=cache.present.device).view(2, -1).T.reshape(-1)  # halves to pairs
        self.layers = []
        for number, block in enumerate(decoder.blocks):
            joined = block.query_key_value.weight.view(3, self.heads, size, -1)  # type: ignore[union-attr,operator]
            turned = torch.cat([joined[:2, :, pairs], joined[2:]]).flatten(0, 2)
            cache.keys[number] = cache.keys[number][..., pairs]
            self.layers.append(
                (
                    (turned * block.norm.weight * root).T.contiguous(),  # type: ignore[union-attr,operator]
                    block.out.weight.T.contiguous(),  # type: ignore[union-attr,operator]
                    (block.feed_in.weight * block.feed_norm.weight * root).T.contiguous(),  # type: ignore[union-attr,operator]
                    block.feed_out.weight.T.contiguous(),  # type: ignore[union-attr,operator]
                )
            )
        said = torch.cat([decoder.words.weight, pointing.asks.weight * pointing.scale])
        self.words = len(decoder.words.weight)
        self.final = (said * decoder.norm.weight * root).T.contiguous()
        eps = torch.finfo(self.final.dtype).eps  # as nn.RMSNorm has it
        self.least = self.final.new_tensor((config.width * eps) ** 0.5)
        self.turns = torch.polar(torch.ones_like(decoder.angles), decoder.angles)  # (positions, D / 2)
        self._bias: Tensor | None = None
        self._mask()

    def keep(self, rows: Tensor) -> None:
        """Go on with some rows only."""
        self.cache.keep(rows)
        self.things = self.things.rows(rows)
        self._mask()

    def logits(self, x: Tensor, positions: Tensor) -> Tensor:
        """Scores (B, words) of what follows embeddings (B, width) at positions (B,)."""
        cache, batch = self.cache, len(x)
        slot = cache.filled
        end = slot + 1
        cache.present[:, slot] = True
        cache.filled = end
        turn = self.turns[positions][:, None, None]  # (B, 1, 1, D / 2)
        bias = None if self._bias is None else self._bias[..., :end]
        for number, (joined, out, feed_in, feed_out) in enumerate(self.layers):
            qkv = torch.mm(self._level(x), joined).view(batch, 3, self.heads, -1)
            pairs = torch.view_as_complex(qkv[:, :2].float().view(batch, 2, self.heads, -1, 2))
            query_key = torch.view_as_real(pairs * turn).flatten(-2).to(x.dtype)  # (B, 2, H, D)
            keys, values = cache.keys[number], cache.values[number]
            keys[:, :, slot] = query_key[:, 1]
            values[:, :, slot] = qkv[:, 2]
            mixed = F.scaled_dot_product_attention(
                query_key[:, 0, :, None], keys[:, :, :end], values[:, :, :end], attn_mask=bias
            )
            x = torch.addmm(x, mixed.view(batch, -1), out)
            fed = torch.mm(self._level(x), feed_in).relu_()
            x = torch.addmm(x, fed.mul_(fed), feed_out)
        logits, asked = torch.mm(self._level(x), self.final).tensor_split((self.words,), -1)
        pointers = torch.baddbmm(self.things.bias, asked[:, None], self.things.offered.transpose(1, 2))[:, 0]
        logits[:, _FIRST : _FIRST + POINTERS] += pointers
        return logits

    def _level(self, x: Tensor) -> Tensor:
        return x / torch.hypot(torch.linalg.vector_norm(x, dim=-1, keepdim=True), self.least)

    def _mask(self) -> None:
        """What is absent of the slots filled so far; nothing to mask where nothing is."""
        present = self.cache.present
        absent = ~present[:, : self.cache.filled]
        self._bias = None
        if bool(absent.any()):
            self._bias = self.final.new_zeros(len(present), 1, 1, present.shape[1])
            self._bias[:, 0, 0, : self.cache.filled].masked_fill_(absent, _NEVER)
