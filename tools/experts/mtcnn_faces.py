"""`faces` with MTCNN: three small convolutional networks, each of which throws out what the one before let through.

Method: Zhang, Zhang, Li, Qiao, "Joint Face Detection and Alignment using Multi-task Cascaded Convolutional Networks",
https://arxiv.org/abs/1604.02878. The trained weights come with the package `mtcnn`; its code, which needs TensorFlow,
is not imported: the networks are written here in torch. The weights are pickled arrays, so they are opened only after
their digest has been checked. Landmarks are not reported.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import distribution
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import ExpertUnavailable
from ..results import Detection, Detections
from .base import Expert, ExpertRequest
from .registry import register

if TYPE_CHECKING:
    import torch

__all__ = ["MtcnnFaces"]

_DIGESTS = {
    "pnet": "ea6b0c3e685ebee3165326ad6484acc95f2ef78f1c94fbf40a55704fa989f7b5",
    "rnet": "cb00e6460f3c98b0bfafaba3c0a0ded4bdf6e62cee7174d969e8670d7e757fee",
    "onet": "94f6ea2f4cf985275ee958cdd762d17b6009348a4fb9d8c6be39ba73ffd22ca3",
}
_LONG_SIDE = 1600  # larger crops are shrunk to this
_LEAST_FACE = 20  # side of the smallest face looked for, in pixels of the crop that is searched
_STEP = 0.709  # from one size of the pyramid to the next
_SURE = (0.6, 0.7, 0.95)  # what each network must at least say for a window to go on
_MOST = 2000  # windows that go on from the first network, best first

Boxes = npt.NDArray[np.float32]  # (N, 5): x1, y1, x2, y2, probability


@register
class MtcnnFaces(Expert):
    """Faces from the front to half profile, also small, tilted or partly covered ones."""

    name = "mtcnn-faces"
    capabilities = ("faces",)
    version = "1"
    licence = "Apache-2.0; the weights MIT"
    packages = ("mtcnn", "joblib", "lz4", "torch")
    thread_safe = True
    memory_mb = 300
    limits = "Faces of at least 20 pixels; full profiles and faces upside down are missed."

    def load(self) -> None:
        import joblib
        import torch

        weights = {}
        for name, digest in _DIGESTS.items():
            path = distribution("mtcnn").locate_file(f"mtcnn/assets/weights/{name}.lz4")
            try:
                with open(str(path), "rb") as file:
                    found = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError:
                found = "none"
            if found != digest:
                raise ExpertUnavailable(
                    "the expert mtcnn-faces knows the weights of mtcnn 1.0.0, and others are installed: "
                    "pip install --force-reinstall mtcnn==1.0.0"
                )
            weights[name] = [torch.from_numpy(_torch_order(np.asarray(array))) for array in joblib.load(path)]
        self._proposes, self._refines, self._decides = weights["pnet"], weights["rnet"], weights["onet"]

    def serve(self, request: ExpertRequest) -> Detections:
        import cv2
        import torch

        height, width = request.pixels.shape[:2]
        scale = min(1.0, _LONG_SIDE / max(height, width))
        rgb = np.ascontiguousarray(request.pixels)
        if scale < 1.0:
            rgb = np.asarray(cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
        with torch.inference_mode():
            faces = self._search(np.asarray((rgb - 127.5) / 128, np.float32))
        faces[:, :4] /= scale
        items = []
        for x1, y1, x2, y2, sure in faces.tolist():
            box = (max(x1, 0.0), max(y1, 0.0), min(x2, float(width)), min(y2, float(height)))
            if box[0] < box[2] and box[1] < box[3]:
                items.append(Detection(box=box, label="face", confidence=round(min(sure, 1.0), 3)))
        return Detections(items=items)

    def _search(self, image: npt.NDArray[np.float32]) -> Boxes:
        boxes = _squares(self._proposals(image))
        for weights, side, sure in ((self._refines, 24, _SURE[1]), (self._decides, 48, _SURE[2])):
            if not len(boxes):
                break
            shifts, probabilities = _judge(weights, _patches(image, boxes, side))
            sizes = np.tile(boxes[:, 2:4] - boxes[:, 0:2] + 1, 2)
            boxes = np.column_stack([boxes[:, :4] + shifts * sizes, probabilities])[probabilities >= sure]
            boxes = _best(boxes, 0.7) if side == 24 else _best(boxes, 0.5, nested=0.7)
            boxes = _squares(boxes) if side == 24 else boxes
        return boxes.astype(np.float32)

    def _proposals(self, image: npt.NDArray[np.float32]) -> Boxes:
        """Windows in which the first network sees a face, at every size of the pyramid."""
        import cv2
        import torch

        found = [np.zeros((0, 5), np.float32)]
        scale = 12 / _LEAST_FACE
        while min(image.shape[:2]) * scale >= 12:
            size = (max(12, round(image.shape[1] * scale)), max(12, round(image.shape[0] * scale)))
            small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.float32)
            shifts, probabilities = _scan(self._proposes, torch.from_numpy(small.transpose(2, 0, 1)[None].copy()))
            rows, columns = np.nonzero(probabilities > _SURE[0])
            corner = np.column_stack([columns, rows]) * 2 + 1
            windows = np.column_stack([corner, corner + 11]) + shifts[:, rows, columns].T * 11
            boxes = np.column_stack([windows / scale, probabilities[rows, columns]]).astype(np.float32)
            found.append(_best(boxes, 0.5))
            scale *= _STEP
        return _best(np.concatenate(found), 0.7)[:_MOST]


def _torch_order(array: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """From (height, width, in, out) and (in, out) to torch's order of axes; per-channel slopes to one axis."""
    if array.ndim == 4:
        array = array.transpose(3, 2, 0, 1)
    elif array.ndim == 3:
        array = array.ravel()
    elif array.ndim == 2:
        array = array.T
    return np.array(array, np.float32, order="C")


def _conv(x: torch.Tensor, weights: list[torch.Tensor], at: int) -> torch.Tensor:
    from torch.nn import functional as F

    return F.prelu(F.conv2d(x, weights[at], weights[at + 1]), weights[at + 2])


def _scan(weights: list[torch.Tensor], x: torch.Tensor) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """The first network over a whole image (1, 3, H, W): shifts (4, h, w) and probabilities (h, w), stride 2."""
    from torch.nn import functional as F

    x = F.max_pool2d(_conv(x, weights, 0), 2, 2, ceil_mode=True)
    x = _conv(_conv(x, weights, 3), weights, 6)
    shifts = F.conv2d(x, weights[9], weights[10])[0]
    probabilities = F.conv2d(x, weights[11], weights[12]).softmax(1)[0, 1]
    return shifts.numpy(), probabilities.numpy()


def _judge(weights: list[torch.Tensor], x: torch.Tensor) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """The second (N, 3, 24, 24) or third (N, 3, 48, 48) network: shifts (N, 4) and probabilities (N,)."""
    from torch.nn import functional as F

    x = F.max_pool2d(_conv(x, weights, 0), 3, 2, ceil_mode=True)  # (N, C, 11, 11) or (N, C, 23, 23)
    x = F.max_pool2d(_conv(x, weights, 3), 3, 2)  # (N, C, 4, 4) or (N, C, 10, 10)
    x = _conv(x, weights, 6)  # (N, C, 3, 3) or (N, C, 8, 8)
    after = 9
    if x.shape[-1] == 8:
        x = _conv(F.max_pool2d(x, 2, 2, ceil_mode=True), weights, 9)  # (N, C, 3, 3)
        after = 12
    x = x.permute(0, 3, 2, 1).flatten(1)  # columns first, as the weights were trained
    x = F.prelu(F.linear(x, weights[after], weights[after + 1]), weights[after + 2])
    shifts = F.linear(x, weights[after + 3], weights[after + 4])
    probabilities = F.linear(x, weights[-2], weights[-1]).softmax(1)[:, 1]
    return shifts.numpy(), probabilities.numpy()


def _patches(image: npt.NDArray[np.float32], boxes: Boxes, side: int) -> torch.Tensor:
    """(N, 3, side, side): what the boxes hold, mean gray outside of the image."""
    import torch
    from torch.nn import functional as F

    height, width = image.shape[:2]
    steps = np.linspace(0, 1, side, dtype=np.float32)
    x = boxes[:, 0:1] + (boxes[:, 2:3] - boxes[:, 0:1]) * steps  # (N, side)
    y = boxes[:, 1:2] + (boxes[:, 3:4] - boxes[:, 1:2]) * steps
    grid = np.stack(
        np.broadcast_arrays(2 * x[:, None, :] / max(width - 1, 1) - 1, 2 * y[:, :, None] / max(height - 1, 1) - 1), -1
    )
    source = torch.from_numpy(image.transpose(2, 0, 1)[None].copy()).expand(len(boxes), -1, -1, -1)
    return F.grid_sample(source, torch.from_numpy(grid.astype(np.float32)), align_corners=True)


def _squares(boxes: Boxes) -> Boxes:
    """The boxes grown to squares around their centres."""
    sides = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])[:, None]
    centres = (boxes[:, 0:2] + boxes[:, 2:4]) / 2
    return np.column_stack([centres - sides / 2, centres + sides / 2, boxes[:, 4]]).astype(np.float32)


def _best(boxes: Boxes, most: float, *, nested: float = 1.0) -> Boxes:
    """Boxes, best first, without those that share more than `most` of their union, or `nested` of the smaller, with a
    better one."""
    boxes = boxes[np.argsort(-boxes[:, 4], kind="stable")]
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    kept: list[int] = []
    left = np.arange(len(boxes))
    while len(left):
        first, left = left[0], left[1:]
        kept.append(int(first))
        sides = np.minimum(boxes[left, 2:4], boxes[first, 2:4]) - np.maximum(boxes[left, 0:2], boxes[first, 0:2])
        common = np.prod(np.clip(sides, 0, None), axis=1)
        union = np.maximum(areas[left] + areas[first] - common, 1e-6)
        smaller = np.maximum(np.minimum(areas[left], areas[first]), 1e-6)
        left = left[(common / union <= most) & (common / smaller <= nested)]
    return boxes[kept]
