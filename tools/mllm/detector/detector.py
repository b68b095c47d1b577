"""The trained detector as the rest of Sightline uses it: pixels in, found things out.

Weights are fp16 safetensors beside this file; they hold the network's sizes and the figures they reached. Pictures of
any size are scaled to 320 pixels wide to find things and to the second look's own width to tell them apart, as in
training. Torch is imported with this module, which therefore is imported late.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from ...errors import BadRequest
from ..training.weights import opened, require_whole, write
from .closer import CloserConfig, CloserLook
from .config import INPUT_WIDTH, WEIGHTS, NetConfig
from .decode import decode
from .found import Found
from .model import DetectorNet

__all__ = ["WEIGHTS", "Detector"]

_CLOSER = "closer."  # before the names of the second network's weights
_MULTIPLE = 16  # the coarsest map's pixels
_TALLEST = 4  # heights to a width


class Detector:
    """Finds table-top things and says what they are; safe to call from several threads."""

    def __init__(
        self,
        net: DetectorNet,
        closer: CloserLook | None = None,
        *,
        facts: dict[str, Any] | None = None,
        threshold: float = 0.35,
    ) -> None:
        if not 0 < threshold < 1:
            raise BadRequest(f"A detection threshold lies between 0 and 1, not {threshold}.")
        self.net = net.eval()
        self.closer = None if closer is None else closer.eval()
        self.facts = facts or {}
        self.threshold = threshold

    @classmethod
    def load(cls, path: Path = WEIGHTS, *, device: str = "cpu", threshold: float = 0.35) -> Detector:
        """Load weights.

        Raises: ExpertUnavailable when the file is missing or does not hold a detector.
        """
        lacking = (
            "The detector's weights are not installed; make them with "
            "`python -m sightline.tools.mllm.detector.train --minutes 40 --out runs/detector`."
        )
        with opened(path, of="detector", missing=lacking) as (card, state):
            net = DetectorNet(NetConfig(**card["config"]))
            found = net.load_state_dict(
                {name: tensor for name, tensor in state.items() if not name.startswith(_CLOSER)}, strict=False
            )
            closer = None
            if card.get("closer") is not None:
                closer = CloserLook(CloserConfig(**card["closer"]))
                closer.load_state_dict(
                    {name.removeprefix(_CLOSER): tensor for name, tensor in state.items() if name.startswith(_CLOSER)},
                    strict=False,
                )
                closer.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        require_whole(path, of="detector", missing=found.missing_keys, unexpected=found.unexpected_keys)
        net.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        return cls(net, closer, facts=card.get("facts"), threshold=threshold)

    def save(self, path: Path, facts: dict[str, Any]) -> None:
        """Write the weights as fp16 with their sizes and `facts` (plain data)."""
        tensors = dict(self.net.state_dict())
        if self.closer is not None:
            tensors |= {_CLOSER + name: tensor for name, tensor in self.closer.state_dict().items()}
        card = {
            "config": asdict(self.net.config),
            "closer": None if self.closer is None else asdict(self.closer.config),
            "facts": facts,
        }
        write(path, tensors, card)

    def detect(self, pixels: NDArray[np.uint8]) -> list[Found]:
        """Things in one picture (H, W, 3), strongest first."""
        return self.detect_all([pixels])[0]

    def detect_all(self, pictures: Sequence[NDArray[np.uint8]]) -> list[list[Found]]:
        """Things in each of several pictures; those that scale to one size run as one batch."""
        found: list[list[Found]] = [[] for _ in pictures]
        with torch.inference_mode():
            widths = dict.fromkeys([INPUT_WIDTH, INPUT_WIDTH if self.closer is None else self.closer.config.width])
            for members, batches in self._batches(pictures, list(widths)):
                sizes = [(pictures[k].shape[1], pictures[k].shape[0]) for k in members]
                things = decode(self.net, self.closer, batches[0], batches[-1], sizes, least=self.threshold)
                for k, those in zip(members, things, strict=True):
                    found[k] = those
        return found

    def maps(self, pictures: Sequence[NDArray[np.uint8]]) -> list[torch.Tensor]:
        """The coarsest feature map (C, H / 16, W / 16) of each of several pictures, scaled to 320 pixels wide."""
        maps: dict[int, torch.Tensor] = {}
        with torch.inference_mode():
            for members, (batch,) in self._batches(pictures, [INPUT_WIDTH]):
                maps.update(zip(members, self.net(batch).coarse.float(), strict=True))
        return [maps[k] for k in range(len(pictures))]

    def _batches(
        self, pictures: Sequence[NDArray[np.uint8]], widths: Sequence[int]
    ) -> Iterator[tuple[list[int], list[torch.Tensor]]]:
        """Numbers of pictures that scale to one size at each width, with a batch (B, 3, H, W) for each width."""
        for pixels in pictures:
            _check(pixels)
        groups: dict[tuple[int, ...], list[int]] = {}
        for k, pixels in enumerate(pictures):
            groups.setdefault(tuple(_height(pixels, width) for width in widths), []).append(k)
        parameter = next(self.net.parameters())
        for members in groups.values():
            columns = zip(*(_scaled(pictures[k], widths) for k in members), strict=True)
            batches = (torch.stack(same).to(parameter) for same in columns)
            yield members, [batch.contiguous(memory_format=torch.channels_last) for batch in batches]


def _check(pixels: NDArray[np.uint8]) -> None:
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or 0 in pixels.shape:
        raise BadRequest(f"The detector reads (H, W, 3) uint8 pixels, not {pixels.dtype} of shape {pixels.shape}.")
    if pixels.shape[0] > _TALLEST * pixels.shape[1]:
        raise BadRequest(f"The detector reads pictures at most {_TALLEST} times as high as wide, not {pixels.shape}.")


def _height(pixels: NDArray[np.uint8], width: int) -> int:
    """Of a picture that is scaled to that width."""
    height, of = map(int, pixels.shape[:2])
    return max(1, round(height * width / of))


def _scaled(pixels: NDArray[np.uint8], widths: Sequence[int]) -> list[torch.Tensor]:
    """A picture as (3, H, W) floats of each width, its lower edge repeated down to a multiple of 16."""
    whole = torch.from_numpy(np.array(pixels)).permute(2, 0, 1)[None].float().div_(255)
    scaled = []
    for width in widths:
        picture, size = whole, (_height(pixels, width), width)
        if picture.shape[2:] != size:
            picture = F.interpolate(picture, size, mode="bilinear", antialias=True, align_corners=False)
        scaled.append(F.pad(picture, (0, 0, 0, -size[0] % _MULTIPLE), mode="replicate")[0])
    return scaled
