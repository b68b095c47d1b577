"""A small real expert for tests: it finds rectangles of one plain colour, and fails in the ways that experts fail."""

from __future__ import annotations

import threading

import numpy as np
from PIL import Image, ImageDraw

from sightline.tools.errors import OutsideWorld
from sightline.tools.experts import registry
from sightline.tools.experts.base import Expert, ExpertRequest
from sightline.tools.experts.pool import ExpertPool
from sightline.tools.experts.profiles import Profile
from sightline.tools.results import Detection, Detections

COLORS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}


@registry.register
class Blobs(Expert):
    """Serves `detect` for "red", "green" and "blue": one box for each run of columns that holds the colour."""

    name = "test-blobs"
    capabilities = ("detect",)
    thread_safe = True

    served = 0
    release = threading.Event()  # what "slow" waits for
    entered = threading.Event()  # set when somebody asks for "slow"

    def serve(self, request: ExpertRequest) -> Detections:
        Blobs.served += 1
        found = []
        for name in request.arguments.names:
            if name == "crash":
                raise RuntimeError("the weights in /home/somebody/secret.bin are broken")
            if name == "slow":
                Blobs.entered.set()
                Blobs.release.wait(30)
                continue
            if name not in COLORS:
                raise OutsideWorld(f"the blob finder does not know {name!r}; it knows {', '.join(COLORS)}")
            hit = (request.pixels == np.array(COLORS[name], np.uint8)).all(axis=2)
            columns = np.flatnonzero(np.diff(np.concatenate([[0], hit.any(axis=0).astype(int), [0]])))
            for x1, x2 in zip(columns[::2], columns[1::2], strict=True):
                rows = np.flatnonzero(hit[:, x1:x2].any(axis=1))
                found.append(
                    Detection(
                        box=(float(x1), float(rows[0]), float(x2), float(rows[-1] + 1)),
                        label=name,
                        confidence=0.9 if name == "red" else 0.6,
                    )
                )
        return Detections(items=found)


def blob_pool(**kwargs: int) -> ExpertPool:
    return ExpertPool(Profile(name="blobs", experts={"detect": ("test-blobs",)}), **kwargs)


def scene(*boxes: tuple[str, tuple[int, int, int, int]], size: tuple[int, int] = (200, 100)) -> Image.Image:
    """A black picture with rectangles given as (color, (x1, y1, x2, y2)), y down, x2 and y2 exclusive."""
    image = Image.new("RGB", size)
    draw = ImageDraw.Draw(image)
    for color, (x1, y1, x2, y2) in boxes:
        draw.rectangle((x1, y1, x2 - 1, y2 - 1), fill=COLORS[color])
    return image
