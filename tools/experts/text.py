"""`read_text` with RapidOCR, whose wheel carries its weights: lines with boxes and confidence, in reading order.

Small crops are enlarged and given a border, lines that were read badly are looked at a second time with a tighter box,
and what looks like text only to a network (a star, a wheel, an eye read as 0) is dropped. The weights are named by
path, so nothing is ever downloaded.
"""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ExpertUnavailable
from ..results import TextLine, TextLines
from .base import Expert, ExpertRequest
from .reading_order import pieces_of_lines
from .registry import register

__all__ = ["RapidText"]

_SURE = 0.7  # lines below this are not reported
_ROUND = 0.95  # a line of one repeated character, or mostly 0 and O, must be this sure: round things look like them
_LOOK_AGAIN = 0.8  # lines below this are read a second time
_SHORT_SIDE = 96
_BORDER = 16
_TIGHTER = (0.12, 0.2)  # share of a line's height cut off above and below


@register
class RapidText(Expert):
    """Printed text in Latin script and Chinese."""

    name = "rapid-text"
    capabilities = ("read_text",)
    version = "1"
    packages = ("rapidocr", "onnxruntime", "opencv-python-headless")
    memory_mb = 400
    limits = "Printed Latin and Chinese text; handwriting, curved and very small text are read badly or not at all."

    def load(self) -> None:
        logging.getLogger("RapidOCR").disabled = True
        import rapidocr

        folder = Path(rapidocr.__file__).parent / "models"
        weights = {part: sorted(folder.glob(f"*_{part}_*.onnx")) for part in ("det", "cls", "rec")}
        if not all(weights.values()):
            raise ExpertUnavailable(
                "the expert rapid-text misses the weights that come with rapidocr: "
                "pip install --force-reinstall rapidocr"
            )
        params: dict[str, Any] = {f"{part.title()}.model_path": str(found[0]) for part, found in weights.items()}
        params["Global.log_level"] = "critical"
        params["Global.text_score"] = 0.3
        params["EngineConfig.onnxruntime.intra_op_num_threads"] = min(4, os.cpu_count() or 1)
        self._engine = rapidocr.RapidOCR(params=params)

    def serve(self, request: ExpertRequest) -> TextLines:
        bgr, scale = _prepared(request.pixels)
        # The engine remembers these switches from call to call, so they are always all given.
        found: Any = self._engine(bgr, use_det=True, use_cls=True, use_rec=True)
        parts = [_listed(getattr(found, part, None)) for part in ("boxes", "txts", "scores")]
        lines = []
        for quad, text, score in zip(*parts, strict=True):
            corners = np.asarray(quad, np.float32)  # (4, 2) x, y, clockwise from the top left of the text
            if score < _LOOK_AGAIN:
                text, score = self._second_look(bgr, corners, str(text), float(score))
            text = " ".join(str(text).split())
            if _is_text(text, float(score)):
                box = _placed(corners, scale, request.pixels.shape)
                lines.append(TextLine(box=box, text=text, confidence=min(1.0, float(score))))
        groups = pieces_of_lines([line.box for line in lines])
        return TextLines(lines=[_one_line([lines[i] for i in group]) for group in groups])

    def _second_look(
        self, bgr: npt.NDArray[np.uint8], corners: npt.NDArray[np.float32], text: str, score: float
    ) -> tuple[str, float]:
        """Read a line again without the ends of its neighbours; the surer reading."""
        best = (text, score)
        for cut in _TIGHTER:
            down = corners[[3, 2]] - corners[[0, 1]]
            tighter = np.concatenate([corners[:2] + cut * down, (corners[[3, 2]] - cut * down)[::-1]])
            line = _straightened(bgr, tighter)
            if line is None:
                continue
            again: Any = self._engine(line, use_det=False, use_cls=False, use_rec=True)
            for other, sure in zip(_listed(again.txts), _listed(again.scores), strict=True):
                if sure > best[1]:
                    best = (str(other), float(sure))
        return best


def _one_line(pieces: list[TextLine]) -> TextLine:
    """Pieces from left to right as one line, as sure as the least sure of them."""
    x1, y1, x2, y2 = zip(*(piece.box for piece in pieces), strict=True)
    return TextLine(
        box=(min(x1), min(y1), max(x2), max(y2)),
        text=" ".join(piece.text for piece in pieces),
        confidence=min(piece.confidence or 0.0 for piece in pieces),
    )


def _listed(values: Any) -> list[Any]:
    return [] if values is None else list(values)


def _prepared(rgb: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], float]:
    """BGR as the reader wants it, enlarged where it is small, with a border of its own edge; and the scale."""
    import cv2

    height, width = rgb.shape[:2]
    scale = min(4.0, max(1.0, _SHORT_SIDE / min(height, width)))
    bgr = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2BGR)
    if scale > 1:
        bgr = cv2.resize(bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    padded = cv2.copyMakeBorder(bgr, _BORDER, _BORDER, _BORDER, _BORDER, cv2.BORDER_REPLICATE)
    return np.asarray(padded, np.uint8), scale


def _placed(
    corners: npt.NDArray[np.float32], scale: float, shape: tuple[int, ...]
) -> tuple[float, float, float, float]:
    """The upright box around the corners in the crop's own pixels."""
    points = (corners - _BORDER) / scale
    x, y = np.clip(points[:, 0], 0, shape[1]), np.clip(points[:, 1], 0, shape[0])
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def _straightened(bgr: npt.NDArray[np.uint8], corners: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8] | None:
    import cv2

    width = round(float(np.linalg.norm(corners[1] - corners[0])))
    height = round(float(np.linalg.norm(corners[3] - corners[0])))
    if width < 8 or height < 4:
        return None
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    warped = cv2.warpPerspective(bgr, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.uint8)


def _is_text(text: str, score: float) -> bool:
    glyphs = re.sub(r"[\W_]", "", text).lower().replace("o", "0")
    if not glyphs:
        return False
    doubtful = len(set(glyphs)) == 1 or glyphs.count("0") * 2 > len(glyphs)
    return score >= (_ROUND if doubtful else _SURE)
