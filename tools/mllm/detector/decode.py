"""From the network's maps to found things.

Peaks of the heat map are candidates; each is described where it stands, then once more at the centre that the
description names, which is sharper than the grid; a second network, if there is one, has its say about the attributes.
Of two candidates that describe the same thing in the same place, the stronger stays. Where a thing stands follows from
where its middle is seen and how high that is, for a camera like that of the published scenes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ..scenes.camera import Camera
from ..scenes.world import RADIUS
from .closer import CloserLook, crops
from .config import ATTRIBUTES, BOX_PX, DEPTH_RANGE, INPUT_WIDTH, STRIDE
from .found import Found
from .model import DetectorNet

__all__ = ["decode", "standing"]

_MOST = 32  # candidates per picture
_SAME_PX = 5.0  # centres of one thing found twice lie closer


def decode(
    net: DetectorNet,
    closer: CloserLook | None,
    pictures: Tensor,
    near: Tensor,
    sizes: Sequence[tuple[int, int]],
    *,
    least: float,
) -> list[list[Found]]:
    """Things in each picture of a batch (B, 3, H, W), strongest first.

    Args:
        near: the same pictures (B, 3, H', W') as the second network looks at them.
        sizes: per picture the original's width and height.
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
    attributes = {name: logits.float().log_softmax(1) for name, logits in said.attributes.items()}
    feature = said.hidden.float()
    if closer is not None:
        scale = near.shape[3] / pictures.shape[3]
        seen, place = crops(near, owner, center * scale, box * scale, closer.config.side)
        closely = closer(seen.contiguous(memory_format=torch.channels_last), place)
        # the two agree or share their doubt: the mean of their logarithms
        attributes = {name: logs + closely.attributes[name].log_softmax(1) for name, logs in attributes.items()}
        attributes = {name: (logs / 2).log_softmax(1) for name, logs in attributes.items()}
        feature = torch.cat([feature, closely.hidden.float()], 1)
    large = attributes["size"][:, ATTRIBUTES["size"].index("large")].exp()
    ground = standing(
        center, large, pictures.shape[3], [height / width * INPUT_WIDTH for width, height in sizes], owner
    )
    depth = said.depth * DEPTH_RANGE[1] + DEPTH_RANGE[0]
    features = feature.cpu().numpy()
    chances = {name: logs.exp().tolist() for name, logs in attributes.items()}
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
        original_width, original_height = sizes[picture]
        ratio = original_width / INPUT_WIDTH
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
            feature=features[k],
        )
        if not any(_same(thing, other, _SAME_PX * ratio) for other in found[picture]):
            found[picture].append(thing)
    return found


def standing(center: Tensor, large: Tensor, width: int, heights: Sequence[float], owner: Tensor) -> Tensor:
    """Rightward and forward places (N, 2), world units, of things whose middles are seen at `center` (N, 2) px.

    A thing's middle is as high as its radius, so it lies where the ray through its picture meets that height. The real
    camera differs a little from the usual one, but alike for all things of a picture: what is left of what stays so.
    """
    camera = Camera()
    points = center.double().cpu().numpy()
    height = np.array([heights[k] for k in owner.tolist()])
    level = RADIUS["small"] + large.double().cpu().numpy() * (RADIUS["large"] - RADIUS["small"])
    across = (points[:, 0] - width / 2) / (camera.focal * width)
    down = (points[:, 1] - height / 2) / (camera.focal * width)
    right, below, forward = camera.axes.astype(float)
    ray = across[:, None] * right + down[:, None] * below + forward  # (N, 3)
    falls = np.minimum(ray[:, 2], -1e-3)  # above the horizon: as far as can be
    met = ray * ((level - camera.position[2]) / falls)[:, None]
    axes = camera.directions()
    return torch.from_numpy(met @ np.array([axes["right"], axes["behind"]]).T)


def _same(a: Found, b: Found, near_px: float) -> bool:
    close = (a.center[0] - b.center[0]) ** 2 + (a.center[1] - b.center[1]) ** 2 < near_px**2
    return close and sum(a.value(name) == b.value(name) for name in ATTRIBUTES) >= 3
