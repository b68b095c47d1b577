"""What the experts of ultralytics share: opening its weights as data only, and one way to ask its models.

The library is AGPL-3.0. It is imported when such an expert loads and never otherwise, so only a profile that names one
uses it. It is told to stay off the network, to install nothing, to report nothing, and to keep its settings in a folder
of Sightline's own.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from ...errors import ExpertUnavailable, SightlineError
from ...results import Result
from ..base import ExpertRequest
from ..index_folder import default_folder
from .model import pictures
from .published import PublishedExpert

__all__ = ["YoloExpert", "imported"]

_PACKAGE = "ultralytics-opencv-headless"
_SIDE, _OVERLAP = 640, 0.7
_loading = threading.Lock()


class YoloExpert(PublishedExpert):
    """Base of the experts of ultralytics.

    Settings: `threshold` (0 to 1), `most_overlap` of two boxes (0 to 1), `side` (pixels to which pictures are scaled).

    Attributes:
        task: what the weights must have been made for.
    """

    licence = "AGPL-3.0"
    packages: ClassVar[tuple[str, ...]] = ("torch", _PACKAGE)
    extra = "yolo"
    half = False
    most_at_once = 16
    task = "detect"
    threshold = 0.25
    model_class = "YOLO"

    def load(self) -> None:
        self.yolo: Any = self._opened(self.place())
        if self.yolo.task != self.task:
            raise ExpertUnavailable(
                f"the weights of the expert {self.name} were made to {self.yolo.task}, not to {self.task}",
                expert=self.name,
            )

    def _opened(self, path: Path) -> Any:
        library = imported()
        from ultralytics.nn import tasks

        safe = not self.allows("allow_pickle")
        if safe and not hasattr(tasks, "SAFE_LOAD"):
            raise ExpertUnavailable(
                "this release of ultralytics cannot open weights as data only: pip install -U 'sightline[yolo]'",
                expert=self.name,
            )
        with _switched(tasks, safe):
            try:
                return library.YOLO(str(path), verbose=False)
            except Exception as error:
                if not safe:
                    raise
                raise ExpertUnavailable(
                    f"the weights of the expert {self.name} hold more than a model of ultralytics and are refused "
                    f"({type(error).__name__}): choose others, or set allow_pickle = true under "
                    f"[settings.{self.name}] of a profile if you trust them",
                    expert=self.name,
                ) from None

    def unload(self) -> None:
        self.__dict__.pop("yolo", None)

    def measured_mb(self) -> float | None:
        tensors = [*self.yolo.model.parameters(), *self.yolo.model.buffers()]
        return float(sum(each.numel() * each.element_size() for each in tensors)) / 2**20

    def together(self, request: ExpertRequest) -> Hashable:
        return request.capability, request.arguments.model_dump_json(), request.pixels.shape

    def asked(self) -> dict[str, Any]:
        """What the library's `predict` and `track` are told of the settings."""
        return {
            "imgsz": int(self.settings.get("side", _SIDE)),
            "conf": float(self.settings.get("threshold", self.threshold)),
            "iou": float(self.settings.get("most_overlap", _OVERLAP)),
            "device": self.device,
            "verbose": False,
            "save": False,
        }

    def found(self, requests: Sequence[ExpertRequest], **asked: Any) -> list[Any]:
        """The library's `Results` for each picture; `asked` goes before the settings."""
        results: list[Any] = self.yolo.predict(pictures(requests), **{**self.asked(), **asked})
        return results

    def serve(self, request: ExpertRequest) -> Result:
        (outcome,) = self.serve_many([request])
        if isinstance(outcome, SightlineError):
            raise outcome
        return outcome


def imported() -> Any:
    """The library, told to stay off the network and to leave settings and functions of others alone."""
    os.environ.setdefault("YOLO_CONFIG_DIR", str(default_folder().parent / "ultralytics"))
    os.environ.setdefault("YOLO_OFFLINE", "true")
    os.environ.setdefault("YOLO_AUTOINSTALL", "false")
    library: Any = sys.modules.get("ultralytics")
    if library is None:
        import torch
        from PIL import Image

        before = Image.open, torch.save
        library = importlib.import_module("ultralytics")
        importlib.import_module("ultralytics.utils")  # which puts its own in their places, for the whole process
        Image.open, torch.save = before
    if library.settings["sync"]:
        library.settings.update({"sync": False})
    return library


@contextmanager
def _switched(tasks: Any, safe: bool) -> Iterator[None]:
    """While weights are opened: whether they are read as data only, which the library decides for the whole process."""
    with _loading:
        before = getattr(tasks, "SAFE_LOAD", False)
        tasks.SAFE_LOAD = safe
        try:
            yield
        finally:
            tasks.SAFE_LOAD = before
