"""The net that reads: a crop of one thing to a row of columns, and for each column which character stands there.

Convolutions that shrink height faster than width, then columns that look at their neighbours, and scores for
connectionist temporal classification (Graves et al., 2006), as in CRNN (Shi et al., https://arxiv.org/abs/1507.05717),
with convolutions in place of its recurrence: they are faster on a processor, and a letter needs only its neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .crops import HIGH
from .texts import ALPHABET, BLANK

__all__ = ["ReaderConfig", "ReaderNet", "Row", "loss_of"]

_BLANK_WEIGHT = 0.5  # of columns without a character, beside those with


@dataclass(frozen=True, kw_only=True, slots=True)
class ReaderConfig:
    """Sizes of the net."""

    first: int = 24  # channels at half the crop's height
    second: int = 40  # at a quarter
    third: int = 64  # at an eighth
    fourth: int = 96  # at a sixteenth
    width: int = 96  # of a column
    blocks: int = 3  # in which columns look at their neighbours


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """What N crops show, column by column, T = WIDE / 2 of them."""

    features: Tensor  # (N, T, width)
    scores: Tensor  # (N, T, 1 + characters) logits, the blank first


class ReaderNet(nn.Module):
    """Crops (N, 3, HIGH, WIDE), 0 to 255, to rows."""

    def __init__(self, config: ReaderConfig | None = None) -> None:
        super().__init__()
        c = self.config = config or ReaderConfig()
        self.trunk = nn.Sequential(
            _unit(3, c.first, size=5, stride=(2, 2)),
            _unit(c.first, c.second, stride=(2, 1)),
            _More(_unit(c.second, c.second)),
            _unit(c.second, c.third, stride=(2, 1)),
            _More(_unit(c.third, c.third)),
            _unit(c.third, c.fourth, stride=(2, 1)),
        )
        high = HIGH
        for _ in range(4):
            high = -(-high // 2)
        self.fold = nn.Sequential(
            nn.Conv1d(c.fourth * high, c.width, 1, bias=False), nn.BatchNorm1d(c.width), nn.ReLU(inplace=True)
        )
        self.blocks = nn.Sequential(*(_More(_beside(c.width)) for _ in range(c.blocks)))
        self.out = nn.Linear(c.width, 1 + len(ALPHABET))

    def forward(self, seen: Tensor) -> Row:
        # what is dark or pale in one light is so in another: only differences inside the crop tell
        middle = seen.mean((1, 2, 3), keepdim=True)
        spread = seen.std((1, 2, 3), keepdim=True).clamp_min(6.0)
        maps = self.trunk(((seen - middle) / spread).contiguous(memory_format=torch.channels_last))
        columns = self.blocks(self.fold(maps.flatten(1, 2))).transpose(1, 2)
        return Row(features=columns.float(), scores=self.out(columns).float())


def loss_of(row: Row, columns: Tensor, numbers: Tensor, lengths: Tensor, *, aligned: float) -> Tensor:
    """Loss of a batch: CTC per character, and cross-entropy where it is known what a column shows.

    The second tells from the first step where letters stand. CTC alone learns the blank long before the letters, and
    spoils the second when it counts too much at first; in the end it is what makes one character of several columns.

    Args:
        columns: (N, T) numbers of characters, negative where anything may be said.
        numbers: all texts' characters in a row; `lengths` (N,) says how many each has.
        aligned: weight of CTC.
    """
    steps, count = row.scores.shape[1], len(lengths)
    whole = F.ctc_loss(
        row.scores.log_softmax(2).transpose(0, 1),
        numbers.to(row.scores.device),
        torch.full((count,), steps, dtype=torch.int64),
        lengths,
        reduction="sum",
        zero_infinity=True,
    ) / max(int(lengths.sum()), 1)
    each = F.cross_entropy(row.scores.flatten(0, 1), columns.flatten().clamp_min(0), reduction="none")
    total = aligned * whole
    # apart, since most columns show no character
    for kind, weight in ((columns.flatten() > 0, 1.0), (columns.flatten() == BLANK, _BLANK_WEIGHT)):
        total = total + weight * (each * kind).sum() / kind.sum().clamp_min(1)
    return total


def _unit(into: int, out: int, *, size: int = 3, stride: tuple[int, int] = (1, 1)) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(into, out, size, stride, size // 2, bias=False), nn.BatchNorm2d(out), nn.ReLU(inplace=True)
    )


def _beside(width: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv1d(width, width, 5, 1, 2, bias=False), nn.BatchNorm1d(width), nn.ReLU(inplace=True))


class _More(nn.Module):
    """What a layer says, on top of what it was told."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, x: Tensor) -> Tensor:
        more: Tensor = x + self.body(x)
        return more
