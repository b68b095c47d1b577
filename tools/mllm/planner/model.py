"""The planner's network: a small transformer that reads a question and writes a plan, copying words by pointing.

Encoder over question tokens (known words plus hashed letters, so that unknown words have a meaning too), decoder over
plan steps.  A step is an operator, or a span given by two pointers into the question.  Operators are scored only among
those that the grammar allows at that place, in training as in decoding.  It knows nothing of files or programs.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .plan import CHOICES_FOR, NAMES, SPAN_KINDS, Kind
from .tokens import BUCKETS, SHAPES

SPAN = len(NAMES)  # the "copy a span" choice stands after all operators
BEGIN = SPAN + 1  # what stands before the first step
KINDS: tuple[Kind, ...] = tuple(Kind)
NEVER = -1e9
MAX_DEPTH = 7  # how many expected kinds the decoder is told apart


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannerConfig:
    """Sizes of the network."""

    words: int  # known words, with padding (0) and unknown (1)
    width: int = 256
    heads: int = 4
    hidden: int = 768
    encoder_layers: int = 4
    decoder_layers: int = 2


@dataclass(slots=True)
class Questions:
    """What the encoder reads: B questions of at most T tokens, made of U distinct words."""

    word_ids: Tensor  # (U,) int64
    letters: Tensor  # (U, 16) int64, 0 is padding
    rows: Tensor  # (B, T) int64, which distinct word each token is; row 0 is padding
    shapes: Tensor  # (B, T) int64
    present: Tensor  # (B, T) bool


@dataclass(slots=True)
class Lessons:
    """Questions and the plans that are to be written for them, at most S steps."""

    questions: Questions
    inputs: Tensor  # (B, S) the step before each step: operator, SPAN or BEGIN
    input_spans: Tensor  # (B, S, 2) first and last token of that step's span, or 0
    kinds: Tensor  # (B, S) the expected kind
    depths: Tensor  # (B, S) how many kinds are expected, capped
    targets: Tensor  # (B, S) operator or SPAN, -100 where padded
    target_spans: Tensor  # (B, S, 2) first and last token, -100 where there is none


def grammar_mask() -> Tensor:
    """(kinds, operators + 1) bool: which choices may stand for each kind."""
    mask = torch.zeros(len(KINDS), SPAN + 1, dtype=torch.bool)
    place = {name: index for index, name in enumerate(NAMES)}
    for row, kind in enumerate(KINDS):
        for name in CHOICES_FOR[kind]:
            mask[row, place[name]] = True
        mask[row, SPAN] = kind in SPAN_KINDS
    return mask


def rotate(x: Tensor, angles: Tensor) -> Tensor:
    """Rotary positions (https://arxiv.org/abs/2104.09864): x (B, H, T, D), angles (T, D / 2)."""
    a, b = x.chunk(2, dim=-1)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    return torch.cat((a * cos - b * sin, a * sin + b * cos), dim=-1)


class Attention(nn.Module):
    """Multi-head attention with optional rotary positions and an additive mask."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, memory: Tensor, mask: Tensor, angles: Tensor | None) -> Tensor:
        b, t, w = x.shape
        q = self.query(x).view(b, t, self.heads, -1).transpose(1, 2)  # (B, H, T, D)
        k, v = self.key_value(memory).chunk(2, dim=-1)
        k = k.reshape(b, memory.shape[1], self.heads, -1).transpose(1, 2)  # (B, H, M, D)
        v = v.reshape(b, memory.shape[1], self.heads, -1).transpose(1, 2)
        if angles is not None:
            q, k = rotate(q, angles[:t]), rotate(k, angles[: memory.shape[1]])
        scores = (q @ k.transpose(-1, -2)) * (q.shape[-1] ** -0.5) + mask  # (B, H, T, M)
        mixed = scores.float().softmax(dim=-1).to(v.dtype) @ v
        joined: Tensor = self.out(mixed.transpose(1, 2).reshape(b, t, w))
        return joined


class Block(nn.Module):
    """Pre-norm transformer block; with `cross` it also looks at the encoded question."""

    def __init__(self, config: PlannerConfig, *, cross: bool) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(config.width)
        self.attend = Attention(config.width, config.heads)
        self.cross_norm = nn.LayerNorm(config.width) if cross else None
        self.cross = Attention(config.width, config.heads) if cross else None
        self.feed_norm = nn.LayerNorm(config.width)
        self.feed_in = nn.Linear(config.width, config.hidden)
        self.feed_out = nn.Linear(config.hidden, config.width)

    def forward(self, x: Tensor, mask: Tensor, angles: Tensor, memory: Tensor | None, memory_mask: Tensor) -> Tensor:
        y = self.norm(x)
        x = x + self.attend(y, y, mask, angles)
        if self.cross is not None and self.cross_norm is not None and memory is not None:
            x = x + self.cross(self.cross_norm(x), memory, memory_mask, None)
        hidden: Tensor = self.feed_out(F.relu(self.feed_in(self.feed_norm(x))))
        return x + hidden


class PlannerNet(nn.Module):
    """Question -> distribution over the next plan step."""

    grammar: Tensor
    angles: Tensor

    def __init__(self, config: PlannerConfig) -> None:
        super().__init__()
        self.config = config
        w = config.width
        self.word = nn.Embedding(config.words, w, padding_idx=0)
        self.letter = nn.EmbeddingBag(BUCKETS, w, mode="mean", padding_idx=0)
        self.shape = nn.Embedding(SHAPES, w)
        self.encoder = nn.ModuleList(Block(config, cross=False) for _ in range(config.encoder_layers))
        self.encoder_norm = nn.LayerNorm(w)
        self.step = nn.Embedding(BEGIN + 1, w)
        self.kind = nn.Embedding(len(KINDS), w)
        self.depth = nn.Embedding(MAX_DEPTH + 1, w)
        self.copied = nn.Linear(2 * w, w)
        self.decoder = nn.ModuleList(Block(config, cross=True) for _ in range(config.decoder_layers))
        self.decoder_norm = nn.LayerNorm(w)
        self.choose = nn.Linear(w, SPAN + 1)
        self.first_query, self.first_key = nn.Linear(w, w), nn.Linear(w, w)
        self.last_query, self.last_key = nn.Linear(2 * w, w), nn.Linear(w, w)
        half = w // config.heads // 2
        turns = torch.arange(128).float()[:, None] * (10000.0 ** (-torch.arange(half).float() / half))
        self.register_buffer("angles", turns, persistent=False)  # (positions, D / 2)
        self.register_buffer("grammar", grammar_mask(), persistent=False)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=0.02)
                nn.init.zeros_(module.bias)
            elif isinstance(module, (nn.Embedding, nn.EmbeddingBag)):
                nn.init.normal_(module.weight, std=0.05)
                if module.padding_idx is not None:
                    nn.init.zeros_(module.weight[module.padding_idx])

    def encode(self, batch: Questions) -> tuple[Tensor, Tensor]:
        """The encoded question (B, T, W) and its additive mask (B, 1, 1, T)."""
        distinct = self.word(batch.word_ids) + self.letter(batch.letters)  # (U, W)
        x = distinct[batch.rows] + self.shape(batch.shapes)  # (B, T, W)
        mask = torch.zeros(batch.present.shape, dtype=x.dtype, device=x.device)
        mask = mask.masked_fill(~batch.present, NEVER)[:, None, None]  # (B, 1, 1, T)
        for block in self.encoder:
            x = block(x, mask, self.angles, None, mask)
        return self.encoder_norm(x), mask

    def hidden(
        self, memory: Tensor, mask: Tensor, inputs: Tensor, spans: Tensor, kinds: Tensor, depths: Tensor
    ) -> Tensor:
        """Decoder states (B, S, W) given the steps so far; `spans` (B, S, 2) are read where the input is SPAN."""
        b, s = inputs.shape
        rows = torch.arange(b, device=inputs.device)[:, None]
        pointed = self.copied(
            torch.cat((memory[rows, spans[..., 0]], memory[rows, spans[..., 1]]), dim=-1)
        )  # (B, S, W)
        x = self.step(inputs) + self.kind(kinds) + self.depth(depths)
        x = x + pointed * (inputs == SPAN)[..., None].to(pointed.dtype)
        causal = torch.full((s, s), NEVER, device=x.device).triu(1)[None, None]  # (1, 1, S, S)
        for block in self.decoder:
            x = block(x, causal, self.angles, memory, mask)
        normed: Tensor = self.decoder_norm(x)
        return normed

    def choices(self, states: Tensor, kinds: Tensor) -> Tensor:
        """Log-probabilities (..., operators + 1) of the next step among what the grammar allows."""
        logits = self.choose(states).float()
        scores: Tensor = logits.masked_fill(~self.grammar[kinds], NEVER).log_softmax(dim=-1)
        return scores

    def firsts(self, states: Tensor, memory: Tensor, mask: Tensor) -> Tensor:
        """Log-probabilities (B, S, T) of a span's first token."""
        scores = self.first_query(states) @ self.first_key(memory).transpose(-1, -2)
        first: Tensor = (scores.float() * memory.shape[-1] ** -0.5 + mask[:, 0]).log_softmax(dim=-1)
        return first

    def lasts(self, states: Tensor, memory: Tensor, mask: Tensor, first: Tensor) -> Tensor:
        """Log-probabilities (B, S, T) of a span's last token, given the first (B, S)."""
        rows = torch.arange(states.shape[0], device=states.device)[:, None]
        query = self.last_query(torch.cat((states, memory[rows, first]), dim=-1))
        scores = (query @ self.last_key(memory).transpose(-1, -2)).float() * memory.shape[-1] ** -0.5 + mask[:, 0]
        before = torch.arange(memory.shape[1], device=states.device) < first[..., None]
        last: Tensor = scores.masked_fill(before, NEVER).log_softmax(dim=-1)
        return last

    def losses(self, batch: Lessons) -> tuple[Tensor, Tensor]:
        """Summed negative log-likelihood per question (B,), and whether each whole plan is right under forcing (B,)."""
        memory, mask = self.encode(batch.questions)
        states = self.hidden(memory, mask, batch.inputs, batch.input_spans, batch.kinds, batch.depths)
        choices = self.choices(states, batch.kinds)  # (B, S, O)
        firsts = self.firsts(states, memory, mask)  # (B, S, T)
        lasts = self.lasts(states, memory, mask, batch.target_spans[..., 0].clamp(min=0))
        total = torch.zeros(batch.targets.shape[0], device=states.device)
        right = torch.ones_like(total, dtype=torch.bool)
        for scores, target in (
            (choices, batch.targets),
            (firsts, batch.target_spans[..., 0]),
            (lasts, batch.target_spans[..., 1]),
        ):
            counts = target >= 0
            picked = scores.gather(-1, target.clamp(min=0)[..., None])[..., 0]
            total = total - (picked * counts).sum(dim=-1)
            right &= ((scores.argmax(dim=-1) == target) | ~counts).all(dim=-1)
        return total, right
