"""How wrong the network is about a batch.

Focal loss on the heat map of centres, cross-entropy on attributes, absolute error on boxes and places.
While learning to describe, the points are true centres moved a little, as found centres are.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor
from torch.nn import functional as F

from .config import ATTRIBUTES, BOX_PX, DEPTH_RANGE, GROUND_RANGE
from .model import DetectorNet

__all__ = ["Batch", "Losses", "losses"]

_WANDER_PX = 1.5  # standard deviation of the moved centres


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Pictures and the truth about them, things of all pictures in one list."""

    pictures: Tensor  # (B, 3, H, W) float, 0 to 1
    heat: Tensor  # (B, H/4, W/4)
    owner: Tensor  # (N,) picture of each thing
    attributes: Tensor  # (N, 4)
    boxes: Tensor  # (N, 4) px
    centers: Tensor  # (N, 2) px
    ground: Tensor  # (N, 2) world units
    depth: Tensor  # (N,)

    def part(self, rows: slice) -> Batch:
        """Some of the pictures, with their things."""
        first, last, _ = rows.indices(len(self.pictures))
        things = (self.owner >= first) & (self.owner < last)
        listed = {name: getattr(self, name)[things] for name in ("attributes", "boxes", "centers", "ground", "depth")}
        return Batch(pictures=self.pictures[rows], heat=self.heat[rows], owner=self.owner[things] - first, **listed)

    def to(self, device: str | torch.device) -> Batch:
        """On another device, pictures with their channels last."""
        moved = {one.name: getattr(self, one.name).to(device) for one in fields(self)}
        moved["pictures"] = moved["pictures"].contiguous(memory_format=torch.channels_last)
        return Batch(**moved)


@dataclass(frozen=True, kw_only=True, slots=True)
class Losses:
    """The parts and their sum."""

    total: Tensor
    parts: dict[str, float]


def losses(net: DetectorNet, batch: Batch, generator: torch.Generator) -> Losses:
    """Run the network on a batch and compare."""
    features = net(batch.pictures)
    parts = {"heat": _focal(features.heat.float(), batch.heat)}
    if len(batch.owner):
        wander = torch.randn(batch.centers.shape, generator=generator).clamp(-2.5, 2.5).to(batch.centers) * _WANDER_PX
        points = batch.centers + wander
        said = net.describe(features, batch.owner, points)
        for k, name in enumerate(ATTRIBUTES):
            parts[name] = F.cross_entropy(said.attributes[name], batch.attributes[:, k])
        x, y = points.unbind(1)
        x1, y1, x2, y2 = batch.boxes.unbind(1)
        parts["box"] = F.l1_loss(said.box, torch.stack([x - x1, y - y1, x2 - x, y2 - y], 1) / BOX_PX)
        parts["shift"] = F.l1_loss(said.shift, (batch.centers - points) / BOX_PX)
        middle, scale = batch.ground.new_tensor(GROUND_RANGE).unbind(1)
        parts["ground"] = F.l1_loss(said.ground, (batch.ground - middle) / scale)
        parts["depth"] = F.l1_loss(said.depth, (batch.depth - DEPTH_RANGE[0]) / DEPTH_RANGE[1])
    total = torch.stack(list(parts.values())).sum()
    return Losses(total=total, parts={name: float(value.detach()) for name, value in parts.items()})


def _focal(logits: Tensor, heat: Tensor) -> Tensor:
    """Penalty-reduced focal loss of CenterNet (equation 1), per thing."""
    chance = logits.sigmoid()
    top = heat >= 1
    hits = F.logsigmoid(logits) * (1 - chance) ** 2 * top
    misses = F.logsigmoid(-logits) * chance**2 * (1 - heat) ** 4 * ~top
    return -(hits + misses).sum() / top.sum().clamp_min(1)
