"""The detector's network: a small convolutional encoder that finds centres of things and describes what stands there.

After CenterNet (Zhou et al., 2019, https://arxiv.org/abs/1904.07850) with one difference: only the heat map of centres
is dense. What a thing is, is read by a small perceptron from feature patches sampled around its centre at three
resolutions, so the fine detail that tells far cubes from far cylinders is kept where it is needed and costs little.
320 x 240 pixels in; BatchNorm; no anchors; no proposals.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .config import ATTRIBUTES, STRIDE, NetConfig

__all__ = ["Descriptions", "DetectorNet", "Features"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Features:
    """What the encoder makes of a batch."""

    heat: Tensor  # (B, H/4, W/4) logits that a thing's centre lies in the cell
    fine: Tensor  # (B, C, H/4, W/4)
    middle: Tensor  # (B, C, H/8, W/8)
    coarse: Tensor  # (B, C, H/16, W/16)


@dataclass(frozen=True, kw_only=True, slots=True)
class Descriptions:
    """What stands at N points; scales as in `config.py`."""

    attributes: dict[str, Tensor]  # name -> (N, values) logits
    box: Tensor  # (N, 4) distances from the point to left, top, right and bottom
    shift: Tensor  # (N, 2) from the point to the projected centre
    ground: Tensor  # (N, 2) rightward and forward position from the camera's foot
    depth: Tensor  # (N,)
    hidden: Tensor  # (N, hidden) what all of this was read from: the feature of the thing


class DetectorNet(nn.Module):
    """Pictures (B, 3, H, W), 0 to 1, H and W multiples of 16, to `Features`; points on them to `Descriptions`."""

    near: Tensor
    wide: Tensor

    def __init__(self, config: NetConfig | None = None) -> None:
        super().__init__()
        c = self.config = config or NetConfig()
        self.stem = _Unit(3, c.stem, size=5, stride=2)
        self.to_fine = nn.Sequential(_Unit(c.stem, c.fine, stride=2), *(_Block(c.fine) for _ in range(c.fine_blocks)))
        self.to_middle = nn.Sequential(
            _Unit(c.fine, c.middle, stride=2), *(_Block(c.middle) for _ in range(c.middle_blocks))
        )
        self.to_coarse = nn.Sequential(
            _Unit(c.middle, c.coarse, stride=2), *(_Block(c.coarse) for _ in range(c.coarse_blocks))
        )
        self.coarse_to_middle = nn.Conv2d(c.coarse, c.middle, 1, bias=False)
        self.middle_to_joined = nn.Conv2d(c.middle, c.joined, 1, bias=False)
        self.fine_to_joined = nn.Conv2d(c.fine, c.joined, 1, bias=False)
        self.mix = _Block(c.middle)
        self.join = _Unit(c.joined, c.joined)
        self.heat = nn.Conv2d(c.joined, 1, 1)
        nn.init.constant_(self.heat.bias, -4.0)  # type: ignore[arg-type]  # centres are rare
        seen = 25 * c.joined + 9 * c.middle + c.coarse
        self.describe_hidden = nn.Sequential(
            nn.Linear(seen, c.hidden), nn.ReLU(), nn.Linear(c.hidden, c.hidden), nn.ReLU()
        )
        self.splits = (*(len(values) for values in ATTRIBUTES.values()), 4, 2, 2, 1)
        self.describe_out = nn.Linear(c.hidden, sum(self.splits))
        self.register_buffer("near", _grid(5, 4.0), persistent=False)  # px around the point, on the fine map
        self.register_buffer("wide", _grid(3, 12.0), persistent=False)  # on the middle map

    def forward(self, pictures: Tensor) -> Features:
        x = self.stem((pictures - 0.45) / 0.2)  # (B, stem, H/2, W/2)
        fine = self.to_fine(x)
        middle = self.to_middle(fine)
        coarse = self.to_coarse(middle)
        middle = self.mix(middle + _twice(self.coarse_to_middle(coarse)))
        joined = self.join(self.fine_to_joined(fine) + _twice(self.middle_to_joined(middle)))
        return Features(heat=self.heat(joined).squeeze(1), fine=joined, middle=middle, coarse=coarse)

    def describe(self, features: Features, pictures: Tensor, points: Tensor) -> Descriptions:
        """Describe points (N, 2), u and v in input pixels, of the pictures (N,) of the batch that they lie in."""
        parts = [
            _sampled(features.fine, STRIDE, pictures, points[:, None] + self.near),
            _sampled(features.middle, 2 * STRIDE, pictures, points[:, None] + self.wide),
            _sampled(features.coarse, 4 * STRIDE, pictures, points[:, None]),
        ]
        hidden = self.describe_hidden(torch.cat(parts, 1))  # (N, hidden)
        # the last layer in full precision: coordinates to a fraction of a pixel
        with torch.autocast(hidden.device.type, enabled=False):
            out = self.describe_out(hidden.float())
        *attributes, box, shift, ground, depth = out.split(self.splits, 1)
        return Descriptions(
            attributes=dict(zip(ATTRIBUTES, attributes, strict=True)),
            box=box,
            shift=shift,
            ground=ground,
            depth=depth.squeeze(1),
            hidden=hidden,
        )


class _Unit(nn.Module):
    """Convolution, normalisation, ReLU."""

    def __init__(self, into: int, out: int, *, size: int = 3, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(into, out, size, stride, size // 2, bias=False)
        self.norm = nn.BatchNorm2d(out)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.norm(self.conv(x)), inplace=True)


class _Block(nn.Module):
    """A residual block of two 3 x 3 convolutions."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = _Unit(width, width)
        self.conv = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.norm(self.conv(self.first(x))), inplace=True)


def _twice(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


def _grid(count: int, step_px: float) -> Tensor:
    """Offsets (count * count, 2) of a square grid around zero, pixels."""
    line = (torch.arange(count) - (count - 1) / 2) * step_px
    return torch.stack([line.repeat(count), line.repeat_interleave(count)], 1)


def _sampled(maps: Tensor, stride: int, pictures: Tensor, points: Tensor) -> Tensor:
    """Bilinear features (N, K * C) of maps (B, C, h, w) at points (N, K, 2) in input pixels; zero outside."""
    channels, height, width = maps.shape[1:]
    x = points[..., 0] / stride - 0.5
    y = points[..., 1] / stride - 0.5  # cell centres lie at (k + 0.5) * stride
    left, top = x.floor(), y.floor()
    flat = maps.permute(0, 2, 3, 1).reshape(-1, channels)  # (B * h * w, C)
    total: Tensor | None = None
    for dx in (0, 1):
        for dy in (0, 1):
            column, row = left + dx, top + dy
            weight = (1 - (x - column).abs()) * (1 - (y - row).abs())
            weight = weight * ((column >= 0) & (column < width) & (row >= 0) & (row < height))
            index = (pictures[:, None] * height + row.clamp(0, height - 1).long()) * width + column.clamp(
                0, width - 1
            ).long()
            part = flat.index_select(0, index.flatten()).view(*index.shape, channels)  # (N, K, C)
            part = part * weight[..., None].to(flat.dtype)
            total = part if total is None else total + part
    assert total is not None
    return total.flatten(1)
