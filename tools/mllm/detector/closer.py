"""A second look at each thing: a small network reads its attributes from a crop in which every thing is equally large.

The second stage of R-CNN detectors (https://arxiv.org/abs/1506.01497) for a world where finding is easy and telling far
cubes from far cylinders is not: what the first network spends on a whole picture, this one spends on a few crops, so it
sees many more things in an hour of learning. It neither finds nor moves anything.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .config import ATTRIBUTES

__all__ = ["Closely", "CloserConfig", "CloserLook", "crops"]

_SHARE = 1.3  # of the longer side of a thing's box that a crop shows


@dataclass(frozen=True, kw_only=True, slots=True)
class CloserConfig:
    """Sizes of the second network."""

    width: int = 320  # pixels of the picture that crops are cut from
    side: int = 48  # pixels of a crop
    first: int = 32  # channels at half the crop's resolution
    second: int = 64
    third: int = 128
    hidden: int = 192


@dataclass(frozen=True, kw_only=True, slots=True)
class Closely:
    """What N crops show."""

    attributes: dict[str, Tensor]  # name -> (N, values) logits
    hidden: Tensor  # (N, hidden)


class CloserLook(nn.Module):
    """Crops (N, 3, side, side), 0 to 1, to attributes."""

    def __init__(self, config: CloserConfig | None = None) -> None:
        super().__init__()
        c = self.config = config or CloserConfig()
        self.trunk = nn.Sequential(
            _unit(3, c.first, size=5),
            _unit(c.first, c.second),
            _Residual(c.second),
            _unit(c.second, c.third),
            _Residual(c.third),
        )
        cells = (c.side // 8) ** 2
        # where the thing stands and how large its crop was tell near from far
        self.hidden = nn.Sequential(nn.Linear(c.third * cells + 3, c.hidden), nn.ReLU())
        self.splits = tuple(len(values) for values in ATTRIBUTES.values())
        self.out = nn.Linear(c.hidden, sum(self.splits))

    def forward(self, seen: Tensor, place: Tensor) -> Closely:
        """`place` (N, 3): the crop's middle and side as shares of the picture's width."""
        maps = self.trunk((seen - 0.45) / 0.2).flatten(1)
        hidden = self.hidden(torch.cat([maps, place.to(maps.dtype)], 1))
        return Closely(
            attributes=dict(zip(ATTRIBUTES, self.out(hidden).float().split(self.splits, 1), strict=True)),
            hidden=hidden,
        )


def crops(pictures: Tensor, owner: Tensor, centers: Tensor, boxes: Tensor, side: int) -> tuple[Tensor, Tensor]:
    """Square crops (N, 3, side, side) around centres (N, 2) px of pictures (B, 3, H, W), and their places (N, 3).

    `owner` (N,) says which picture; `boxes` (N, 4) x1, y1, x2, y2 px say how much to show. Beyond the edge the border
    is repeated.
    """
    height, width = pictures.shape[2:]
    longer = torch.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]).clamp_min(8.0)
    reach = longer * _SHARE / 2  # (N,) px from the middle to the edge
    steps = (torch.arange(side, device=pictures.device) + 0.5) * 2 / side - 1  # (side,)
    across = (centers[:, :1] + reach[:, None] * steps) * 2 / width - 1  # (N, side)
    down = (centers[:, 1:] + reach[:, None] * steps) * 2 / height - 1
    grid = torch.stack([across[:, None].expand(-1, side, -1), down[:, :, None].expand(-1, -1, side)], 3)
    # one picture at a time: sampling all crops of a picture from it copies no picture
    seen = pictures.new_zeros(len(owner), 3, side, side)
    for number in sorted(set(owner.tolist())):
        rows = (owner == number).nonzero()[:, 0]
        rolled = grid[rows].reshape(1, -1, side, 2)  # crops below each other
        strip = F.grid_sample(pictures[number : number + 1].float(), rolled, padding_mode="border", align_corners=False)
        seen[rows] = strip[0].view(3, -1, side, side).transpose(0, 1).to(seen.dtype)
    place = torch.stack([centers[:, 0] / width, centers[:, 1] / width, reach * 2 / width], 1)
    return seen, place


def _unit(into: int, out: int, *, size: int = 3) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(into, out, size, 2, size // 2, bias=False), nn.BatchNorm2d(out), nn.ReLU(inplace=True)
    )


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(width, width, 3, 1, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, 1, 1, bias=False),
            nn.BatchNorm2d(width),
        )

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.body(x), inplace=True)
