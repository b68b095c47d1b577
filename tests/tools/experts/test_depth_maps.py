"""Depth of every pixel: the library's map turned over, and the pictures that are drawn from it."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

transformers = pytest.importorskip("transformers")
pytest.importorskip("torch")

from PIL import Image  # noqa: E402
from tests.support import tiny_models  # noqa: E402

from sightline.tools.api.refs import Box  # noqa: E402
from sightline.tools.experts import ExpertPool, Profile  # noqa: E402
from sightline.tools.media import MediaStore  # noqa: E402
from sightline.tools.results import DepthMap  # noqa: E402


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.dpt(tmp_path_factory.mktemp("hub") / "dpt")


def test_maps_of_a_region_are_drawn_from_the_librarys_depth_of_the_whole_picture(weights: Path) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (40, 56, 3), dtype=np.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipeline = transformers.pipeline("depth-estimation", model=str(weights))
    theirs = 1.0 / np.maximum(pipeline(Image.fromarray(pixels))["predicted_depth"].numpy(), 1e-6)
    media, names = MediaStore(), ("dpt", "drawn-maps")
    experts = {"depth": names[:1], "depth_map": names[:1], "map": names[1:]}
    pool = ExpertPool(Profile(name="p", experts=experts, settings={"dpt": {"model": str(weights)}}))
    region = media.add(pixels).at(Box(10, 5, 40, 35))

    def drawn(capability: str, **arguments: str) -> np.ndarray:
        wire = pool.serve(capability, region, arguments, media).data["image"]
        return np.asarray(media.picture(wire["media"]).pixels)

    wanted = DepthMap(values=theirs[5:35, 10:40].astype(np.float32)).drawn()
    assert drawn("depth_map").shape == (30, 30, 3)
    assert np.abs(drawn("depth_map").astype(int) - wanted).max() <= 1
    assert np.array_equal(drawn("map", kind="depth"), drawn("depth_map"))
    assert wanted.std() > 10
    normals = drawn("map", kind="normals")
    assert normals[..., 2].min() >= 127  # everything that is seen faces the camera
    assert normals.std() > 5
    pool.close()


@pytest.mark.parametrize(
    "wrong", [np.zeros((0, 3), np.float32), np.zeros((2, 2)), np.full((2, 2), np.nan, np.float32), [[1.0]]]
)
def test_a_map_that_makes_no_sense_cannot_be_made(wrong: object) -> None:
    with pytest.raises(ValueError, match="validation error"):
        DepthMap(values=wrong)  # type: ignore[arg-type]
