"""The decoder one token at a time on a processor, as fast as its sizes allow.

Saying a word takes a hundred small operations, and most of its time would go into calling them. So a step is written in
NumPy, whose calls cost a fraction of torch's, with weights that are prepared once per model, and what things offer once
per answer: norms and scales are folded into the products after them, and the halves that rotary positions turn are
interleaved, so that a turn is one complex product. What comes out is what `MultimodalLm.logits` gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from .decoder import Cache, CausalLm
from .pointing import Pointing, Things
from .text import POINTED, Text

__all__ = ["Stepper"]

Floats = NDArray[np.float32]
_FIRST = Text.first_pointer
_NEVER = np.float32(-1e9)
_EPS = float(np.finfo(np.float32).eps)  # as nn.RMSNorm has it


class Stepper:
    """Reads one more token per row after what the cache holds, and scores what may follow.

    Args:
        cache: filled by the decoder; it is copied, and not read again.
        things: what each row can point at.
    """

    def __init__(self, decoder: CausalLm, pointing: Pointing, cache: Cache, things: Things) -> None:
        weights = _prepared(decoder, pointing)
        self.weights, self.heads = weights, decoder.config.heads
        self.filled = cache.filled
        self.present: NDArray[np.bool_] = cache.present.cpu().numpy().copy()
        self.keys = [_plain(one)[..., weights.pairs].copy() for one in cache.keys]  # (B, H, T, D)
        self.values = [_plain(one).copy() for one in cache.values]
        self.offered = _plain(things.offered) @ weights.asks  # (B, POINTED, width)
        self.never = _plain(things.bias)[:, 0]
        self.read = _plain(things.read)

    @property
    def room(self) -> int:
        """Tokens that still fit."""
        return int(self.present.shape[1] - self.filled)

    def keep(self, rows: NDArray[np.int64]) -> None:
        """Go on with some rows only."""
        self.keys = [one[rows] for one in self.keys]
        self.values = [one[rows] for one in self.values]
        self.present = self.present[rows]
        self.offered, self.never, self.read = self.offered[rows], self.never[rows], self.read[rows]

    def logits(self, tokens: NDArray[np.int64], positions: NDArray[np.int64]) -> Floats:
        """Scores (B, words) of what follows tokens (B,) at positions (B,)."""
        batch, slot = len(tokens), self.filled
        end = slot + 1
        self.present[:, slot] = True
        self.filled = end
        weights = self.weights
        x = weights.words[tokens]
        for row in np.flatnonzero((tokens >= _FIRST) & (tokens < _FIRST + POINTED)):
            x[row] += self.read[row, tokens[row] - _FIRST]
        turn = weights.turns[positions][:, None]  # (B, 1, D / 2)
        absent = ~self.present[:, None, :end]  # (B, 1, T)
        masked = bool(absent.any())
        both = 2 * self.heads
        for number, (joined, out, feed_in, feed_out) in enumerate(weights.layers):
            qkv = (self._level(x) @ joined).reshape(batch, 3 * self.heads, -1)
            turned = (qkv[:, :both].view(np.complex64) * turn).view(np.float32)  # (B, 2 H, D)
            keys, values = self.keys[number], self.values[number]
            keys[:, :, slot] = turned[:, self.heads :]
            values[:, :, slot] = qkv[:, both:]
            scores = (keys[:, :, :end] @ turned[:, : self.heads, :, None])[..., 0]  # (B, H, T)
            if masked:
                scores = np.where(absent, _NEVER, scores)
            scores -= scores.max(-1, keepdims=True)
            np.exp(scores, out=scores)
            scores /= scores.sum(-1, keepdims=True)
            mixed = (scores[:, :, None] @ values[:, :, :end]).reshape(batch, -1)
            x = np.asarray(x + mixed @ out, np.float32)
            fed = self._level(x) @ feed_in
            np.maximum(fed, 0, out=fed)
            np.square(fed, out=fed)
            x += fed @ feed_out
        y = self._level(x)
        logits: Floats = y @ weights.final
        logits[:, _FIRST : _FIRST + POINTED] += (self.offered @ y[:, :, None])[..., 0] + self.never
        return logits

    def _level(self, x: Floats) -> Floats:
        level: Floats = x / np.sqrt(np.einsum("bw,bw->b", x, x) + self.weights.least)[:, None]
        return level


@dataclass(frozen=True, slots=True)
class _Weights:
    """A model's weights as a step needs them."""

    pairs: NDArray[np.int64]  # halves of a head's channels to pairs
    least: np.float32
    layers: list[tuple[Floats, Floats, Floats, Floats]]
    words: Floats  # (words, width)
    final: Floats  # (width, words)
    asks: Floats  # (width, width), what is multiplied with things to score their pointers
    turns: NDArray[np.complex64]  # (positions, D / 2)


_ready: WeakKeyDictionary[CausalLm, tuple[object, _Weights]] = WeakKeyDictionary()


def _prepared(decoder: CausalLm, pointing: Pointing) -> _Weights:
    """The weights of a model; prepared again when one of them was changed."""
    state = [(one.data_ptr(), one._version) for part in (decoder, pointing) for one in part.parameters()]
    known = _ready.get(decoder)
    if known is None or known[0] != state:
        known = _ready[decoder] = state, _prepare(decoder, pointing)
    return known[1]


def _prepare(decoder: CausalLm, pointing: Pointing) -> _Weights:
    config = decoder.config
    heads, size = config.heads, config.width // config.heads
    # the root of a mean square is the norm over the root of the width, which the weights take in
    root = np.float32(config.width**0.5)
    pairs = np.arange(size).reshape(2, -1).T.reshape(-1)
    layers = []
    for block in decoder.blocks:
        parts: Any = block
        joined = _plain(parts.query_key_value.weight).reshape(3, heads, size, -1).copy()
        joined[:2] = joined[:2][:, :, pairs]
        joined[0] *= size**-0.5
        norm, feed_norm = _plain(parts.norm.weight) * root, _plain(parts.feed_norm.weight) * root
        layers.append(
            (
                np.ascontiguousarray((joined.reshape(-1, config.width) * norm).T),
                np.ascontiguousarray(_plain(parts.out.weight).T),
                np.ascontiguousarray((_plain(parts.feed_in.weight) * feed_norm).T),
                np.ascontiguousarray(_plain(parts.feed_out.weight).T),
            )
        )
    last = _plain(decoder.norm.weight) * root
    words = _plain(decoder.words.weight)
    return _Weights(
        pairs=pairs,
        least=np.float32(config.width * _EPS),
        layers=layers,
        words=words,
        final=np.ascontiguousarray((words * last).T),
        asks=_plain(pointing.asks.weight) * last * np.float32(pointing.scale),
        turns=np.exp(1j * _plain(decoder.angles)).astype(np.complex64),
    )


def _plain(tensor: Tensor) -> Floats:
    plain: Floats = tensor.detach().float().cpu().numpy()
    return plain
