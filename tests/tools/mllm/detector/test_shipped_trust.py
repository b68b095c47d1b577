"""The shipped detector with its shipped curves: it knows its own pictures, and that a photograph is none of them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sightline.tools.errors import OutsideWorld
from sightline.tools.experts import ExpertPool
from sightline.tools.media import MediaStore
from sightline.tools.mllm.detector.calibrate import patterns
from sightline.tools.mllm.detector.detector import Detector
from sightline.tools.mllm.detector.scene import SceneReader
from sightline.tools.mllm.detector.trust import CANDIDATE, Trust
from sightline.tools.mllm.scenes.stream import Recipe, sample

PHOTOS = sorted((Path(__file__).parents[4] / "examples" / "photos").glob("*.[jp][pn]g"))


@pytest.fixture(scope="module")
def reader() -> SceneReader:
    return SceneReader(Detector.load(threshold=CANDIDATE), Trust.load())


@pytest.mark.parametrize("plain_share", [1.0, 0.0], ids=["plain", "varied"])
def test_renders_of_every_look_are_its_world_and_nearly_all_is_seen(reader: SceneReader, plain_share: float) -> None:
    right = count = 0
    for index in range(5):
        one = sample(909, index, Recipe(plain_share=plain_share))
        scene = reader.look(one.pixels)
        assert scene is not None
        assert abs(len(scene.things) - len(one.things)) <= 1
        seen = sorted(thing.name for thing in scene.things)
        true = sorted(f"{thing.size} {thing.color} {thing.material} {thing.shape}" for thing in one.things)
        count += len(true)
        right += len(true) - sum(name not in seen for name in true)
    assert right / count > 0.85


@pytest.mark.parametrize("photo", PHOTOS, ids=lambda path: path.stem)
def test_a_photograph_is_not_its_world(reader: SceneReader, photo: Path) -> None:
    with Image.open(photo) as image:
        assert reader.look(np.asarray(image.convert("RGB"))) is None


def test_patterns_are_not_its_world(reader: SceneReader) -> None:
    assert sum(reader.look(pixels) is not None for _, pixels in patterns(77, 18)) <= 1


def test_a_round_thing_in_a_photograph_is_not_called_a_ball() -> None:
    media = MediaStore()
    coffee = media.add(next(path for path in PHOTOS if path.stem == "coffee"))
    with pytest.raises(OutsideWorld):
        ExpertPool("embedded").serve("detect", coffee, {"names": ["ball"]}, media)
