"""From the network's maps to found things.

Peaks of the heat map are candidates; each is described where it stands, then once more at the centre that the
description names, which is sharper than the grid. Of two candidates that describe the same thing in the same place,
the stronger stays.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from .config import ATTRIBUTES, BOX_PX, DEPTH_RANGE, GROUND_RANGE, STRIDE
from .found import Found
from .model import DetectorNet

__all__ = ["decode"]

_MOST = 32  # candidates per picture
_SAME_PX = 5.0  # centres of one thing found twice lie closer


def decode(
    net: DetectorNet, pictures: Tensor, sizes: Sequence[tuple[float, int, int]], *, least: float
) -> list[list[Found]]:
    """Things in each picture of a batch (B, 3, H, W), strongest first.

    `sizes` holds per picture the pixels of the original to a pixel of the input, and the original's width and height.
    """
    features = net(pictures)
    heat = features.heat.float().sigmoid()
    peak = heat * (heat == F.max_pool2d(heat[:, None], 3, 1, 1).squeeze(1))
    scores, cells = peak.flatten(1).topk(min(_MOST, peak[0].numel()))
    owner, rank = (scores >= least).nonzero(as_tuple=True)
    found: list[list[Found]] = [[] for _ in sizes]
    if not len(owner):
        return found
    cell, width = cells[owner, rank], heat.shape[2]
    points = (torch.stack([cell % width, cell // width], 1) + 0.5) * STRIDE  # (N, 2)
    points = points + net.describe(features, owner, points).shift.clamp(-0.25, 0.25) * BOX_PX
    said = net.describe(features, owner, points)
    center = points + said.shift * BOX_PX
    box = torch.cat([points - said.box[:, :2] * BOX_PX, points + said.box[:, 2:] * BOX_PX], 1)
    middle, scale = points.new_tensor(GROUND_RANGE).unbind(1)
    ground = said.ground * scale + middle
    depth = said.depth * DEPTH_RANGE[1] + DEPTH_RANGE[0]
    hidden = said.hidden.float().cpu().numpy()
    chances = {name: logits.softmax(1).tolist() for name, logits in said.attributes.items()}
    rows = zip(
        owner.tolist(),
        scores[owner, rank].tolist(),
        box.tolist(),
        center.tolist(),
        ground.tolist(),
        depth.tolist(),
        strict=True,
    )
    for k, (picture, score, (x1, y1, x2, y2), (u, v), (right, forward), away) in enumerate(rows):
        ratio, original_width, original_height = sizes[picture]
        left, right_edge = sorted(min(max(x * ratio, 0.0), float(original_width)) for x in (x1, x2))
        top, bottom = sorted(min(max(y * ratio, 0.0), float(original_height)) for y in (y1, y2))
        thing = Found(
            box=(left, top, right_edge, bottom),
            score=score,
            center=(u * ratio, v * ratio),
            ground=(right, forward),
            depth=away,
            chances={
                name: dict(zip(words, (float(p) for p in chances[name][k]), strict=True))
                for name, words in ATTRIBUTES.items()
            },
            feature=hidden[k],
        )
        if not any(_same(thing, other, _SAME_PX * ratio) for other in found[picture]):
            found[picture].append(thing)
    return found


def _same(a: Found, b: Found, near_px: float) -> bool:
    close = (a.center[0] - b.center[0]) ** 2 + (a.center[1] - b.center[1]) ** 2 < near_px**2
    return close and sum(a.value(name) == b.value(name) for name in ATTRIBUTES) >= 3
