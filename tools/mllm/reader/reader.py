"""The trained reader as the rest of Sightline uses it: pixels and boxes of things in, what is printed on each out.

Weights are fp16 safetensors beside this file; they hold the net's sizes and the facts of their training. Case is not
told: everything is lower case. Torch is imported with this module, which therefore is imported late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...errors import BadRequest
from ..training.weights import opened, require_whole, write
from .crops import HIGH, WIDE, Pixels, cut
from .model import ReaderConfig, ReaderNet
from .texts import BLANK, spelled

__all__ = ["WEIGHTS", "Print", "PrintReader"]

WEIGHTS = Path(__file__).parent / "weights" / "reader.safetensors"

_TOGETHER = 32  # crops in one batch


@dataclass(frozen=True, slots=True, eq=False)
class Print:
    """What is printed on one thing."""

    text: str  # lower case, '' where nothing can be read
    chances: tuple[float, ...]  # of each character, 0 to 1
    features: NDArray[np.float32]  # (characters, C): the net's column at which each character was read


class PrintReader:
    """Reads the print on things; safe to call from several threads.

    Args:
        least: the mean chance of its characters below which a text counts as not read.
    """

    def __init__(self, net: ReaderNet, *, facts: dict[str, Any] | None = None, least: float = 0.5) -> None:
        if not 0 <= least < 1:
            raise BadRequest(f"The least chance of a text lies between 0 and 1, not {least}.")
        self.net = net.eval()
        self.facts = facts or {}
        self.least = least

    @property
    def width(self) -> int:
        """Channels of the features."""
        return self.net.config.width

    @classmethod
    def load(cls, path: Path = WEIGHTS, *, device: str = "cpu", least: float = 0.5) -> PrintReader:
        """Load weights.

        Raises: ExpertUnavailable when the file is missing or does not hold a reader.
        """
        lacking = (
            "The print reader's weights are not installed; make them with "
            "`python -m sightline.tools.mllm.reader.train --minutes 20 --out runs/reader`."
        )
        with opened(path, of="reader", missing=lacking) as (card, state):
            net = ReaderNet(ReaderConfig(**card["config"]))
            found = net.load_state_dict(state, strict=False)
        require_whole(path, of="reader", missing=found.missing_keys, unexpected=found.unexpected_keys)
        net.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        return cls(net, facts=card.get("facts"), least=least)

    def save(self, path: Path) -> None:
        """Write the weights as fp16 with their sizes and facts."""
        write(path, self.net.state_dict(), {"config": asdict(self.net.config), "facts": self.facts})

    def read(self, pixels: Pixels, boxes: Sequence[Sequence[float]] | NDArray[np.float32]) -> list[Print]:
        """What is printed on each of the things in these boxes, x1, y1, x2, y2 px, y down, of a picture (H, W, 3).

        Raises: BadRequest for other pixels, or for a box that is empty or far from the picture.
        """
        if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or 0 in pixels.shape:
            raise BadRequest(f"The reader takes (H, W, 3) uint8 pixels, not {pixels.dtype} of shape {pixels.shape}.")
        height, width = pixels.shape[:2]
        for box in boxes:
            x1, y1, x2, y2 = (float(c) for c in box)
            if not (x1 < x2 and y1 < y2 and x1 < width and y1 < height and x2 > 0 and y2 > 0):
                raise BadRequest(f"A box is x1, y1, x2, y2 with something of the picture in it, not {tuple(box)}.")
            if x2 - x1 > 3 * width or y2 - y1 > 3 * height:
                raise BadRequest(f"The box {tuple(box)} is far larger than the picture, {width} x {height}.")
        return self.read_crops(cut(pixels, boxes))

    def read_crops(self, crops: Pixels) -> list[Print]:
        """What crops (N, HIGH, WIDE, 3) say, as `crops.cut` makes them."""
        if crops.shape[1:] != (HIGH, WIDE, 3):
            raise BadRequest(f"Crops are (N, {HIGH}, {WIDE}, 3), not {crops.shape}.")
        parameter = next(self.net.parameters())
        found: list[Print] = []
        with torch.inference_mode():
            for start in range(0, len(crops), _TOGETHER):
                part = np.ascontiguousarray(crops[start : start + _TOGETHER].transpose(0, 3, 1, 2))
                row = self.net(torch.from_numpy(part).to(parameter))
                chances = row.scores.softmax(2).cpu().numpy()
                features = row.features.cpu().numpy()
                found.extend(self._spoken(c, f) for c, f in zip(chances, features, strict=True))
        return found

    def _spoken(self, chances: NDArray[np.float32], features: NDArray[np.float32]) -> Print:
        """Greedy decoding: of columns in a row that say the same character, the surest stands for it."""
        best = chances.argmax(1)
        spikes: list[int] = []
        for column, number in enumerate(best.tolist()):
            if number == BLANK:
                continue
            if column and best[column - 1] == number:
                if chances[column, number] > chances[spikes[-1], number]:
                    spikes[-1] = column
            else:
                spikes.append(column)
        sure = [float(chances[column, best[column]]) for column in spikes]
        if not sure or sum(sure) / len(sure) < self.least:
            spikes, sure = [], []
        return Print(
            text=spelled([int(best[column]) for column in spikes]),
            chances=tuple(sure),
            features=np.ascontiguousarray(features[spikes], np.float32),
        )
