"""Following what a detector finds: frames that it does not know tell nothing, and a video of such frames is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.support.clips import encode

from sightline.tools.errors import OutsideWorld
from sightline.tools.experts import ExpertPool, Profile, register
from sightline.tools.experts.base import Expert, ExpertRequest
from sightline.tools.media import MediaStore
from sightline.tools.results import Detection, Detections


@register
class BlinkingDetector(Expert):
    """Finds the red square, and knows no picture that is all dark."""

    name = "test-blinking-detector"
    capabilities = ("detect",)
    version = "1"

    def serve(self, request: ExpertRequest) -> Detections:
        if request.pixels.mean() < 20:
            raise OutsideWorld("this is too dark")
        red = (request.pixels[..., 0] > 150) & (request.pixels[..., 1] < 100)
        rows, columns = np.flatnonzero(red.any(1)), np.flatnonzero(red.any(0))
        if not len(rows):
            return Detections(items=[])
        box = (float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))
        return Detections(items=[Detection(box=box, label="square", confidence=0.9)])


def frame(number: int, *, dark: bool) -> np.ndarray:
    pixels = np.full((48, 96, 3), 0 if dark else 200, np.uint8)
    if not dark:
        pixels[16:32, 8 + 2 * number : 24 + 2 * number] = (220, 30, 30)
    return pixels


@pytest.fixture
def pool() -> ExpertPool:
    experts = {"detect": ("test-blinking-detector",), "track": ("detection-tracker",)}
    return ExpertPool(Profile(name="blinking", experts=experts))


def tracks(pool: ExpertPool, path: Path, dark: set[int]) -> list[dict]:
    encode(path, (frame(n, dark=n in dark) for n in range(24)), fps=8)
    store = MediaStore()
    try:
        return list(pool.serve("track", store.add_video(path, samples=24), {"name": "square"}, store).data["tracks"])
    finally:
        store.rest()


@pytest.mark.parametrize("dark", [set(), {7, 8, 9}, {0, 1, 22, 23}])
def test_a_thing_is_followed_through_frames_that_the_detector_does_not_know(
    pool: ExpertPool, tmp_path: Path, dark: set[int]
) -> None:
    (track,) = tracks(pool, tmp_path / "clip.mp4", dark)
    assert [one["frame"] for one in track["frames"]] == [n for n in range(24) if n not in dark]


def test_a_video_of_which_most_is_unknown_is_refused(pool: ExpertPool, tmp_path: Path) -> None:
    with pytest.raises(OutsideWorld, match="too dark"):
        tracks(pool, tmp_path / "clip.mp4", set(range(13)))


def test_a_video_of_another_world_is_refused_after_a_few_frames(pool: ExpertPool, tmp_path: Path) -> None:
    path = encode(tmp_path / "dark.mp4", (frame(n, dark=True) for n in range(60)), fps=8)
    store = MediaStore()
    with pytest.raises(OutsideWorld):
        pool.serve("track", store.add_video(path, samples=24), {"name": "square"}, store)
    store.rest()
    assert pool.status()["experts"]["test-blinking-detector"]["computed"] <= 10
