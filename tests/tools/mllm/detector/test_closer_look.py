"""The second look: crops show what stands there, and found things stand where they stand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sightline.tools.mllm.detector.closer import CloserLook, crops
from sightline.tools.mllm.detector.decode import standing
from sightline.tools.mllm.detector.detector import Detector
from sightline.tools.mllm.detector.model import DetectorNet
from sightline.tools.mllm.scenes.stream import Recipe, sample


def _picture_with_a_spot(x: int, y: int) -> torch.Tensor:
    picture = torch.zeros(1, 3, 240, 320)
    picture[:, :, y - 3 : y + 3, x - 3 : x + 3] = 1.0
    return picture


@pytest.mark.parametrize(("x", "y"), [(160, 120), (20, 30), (300, 200)])
def test_a_crop_has_the_thing_in_its_middle_and_nothing_at_its_rim(x: int, y: int) -> None:
    boxes = torch.tensor([[x - 20.0, y - 20.0, x + 20.0, y + 20.0]])
    seen, place = crops(_picture_with_a_spot(x, y), torch.tensor([0]), torch.tensor([[float(x), float(y)]]), boxes, 48)
    assert seen.shape == (1, 3, 48, 48)
    assert seen[0, :, 23:25, 23:25].min() > 0.9
    assert seen[0, :, :4].max() == 0
    assert place[0].tolist() == pytest.approx([x / 320, y / 320, 52 / 320])


def test_things_of_one_size_fill_their_crops_alike_however_far_they_are() -> None:
    small, large = torch.zeros(1, 3, 240, 320), torch.zeros(1, 3, 240, 320)
    small[:, :, 110:130, 150:170] = 1.0
    large[:, :, 80:160, 120:200] = 1.0
    center = torch.tensor([[160.0, 120.0]])
    a, _ = crops(small, torch.tensor([0]), center, torch.tensor([[150.0, 110, 170, 130]]), 48)
    b, _ = crops(large, torch.tensor([0]), center, torch.tensor([[120.0, 80, 200, 160]]), 48)
    assert (a - b).abs().mean() < 0.05


def test_crops_of_several_pictures_are_those_of_each_alone() -> None:
    pictures = torch.rand(3, 3, 240, 320, generator=torch.Generator().manual_seed(1))
    owner = torch.tensor([2, 0, 2, 1])
    centers = torch.tensor([[50.0, 60], [100, 100], [310, 5], [160, 200]])
    boxes = torch.cat([centers - 15, centers + 15], 1)
    together, _ = crops(pictures, owner, centers, boxes, 48)
    for k in range(4):
        alone, _ = crops(pictures[owner[k] : owner[k] + 1], torch.tensor([0]), centers[k : k + 1], boxes[k : k + 1], 48)
        assert torch.allclose(together[k], alone[0], atol=1e-6)


def test_places_on_the_table_follow_from_where_middles_are_seen() -> None:
    wrong = pairs = 0
    for number in range(40):
        one = sample(5, number, Recipe(plain_share=1.0))
        large = torch.tensor([float(thing.size == "large") for thing in one.things])
        centers = torch.from_numpy(one.centers[:, :2].copy())
        ground = standing(centers, large, 320, [240.0], torch.zeros(len(large), dtype=torch.int64)).numpy()
        for name, (axis, sign) in {"left": (0, -1), "right": (0, 1), "front": (1, -1), "behind": (1, 1)}.items():
            for a, others in enumerate(one.relations[name]):
                for b in range(len(one.things)):
                    if a != b:
                        pairs += 1
                        wrong += (sign * (ground[b, axis] - ground[a, axis]) > 0) != (b in others)
    assert pairs > 2000
    assert wrong / pairs < 0.01  # the camera of each picture is a little different


def test_a_detector_with_a_second_look_is_the_same_after_saving(tmp_path) -> None:
    torch.manual_seed(0)
    detector = Detector(DetectorNet(), CloserLook(), threshold=0.0001)
    pixels = sample(3, 0, Recipe(plain_share=1.0)).pixels
    detector.save(tmp_path / "one.safetensors", {"note": 1})
    once = Detector.load(tmp_path / "one.safetensors")
    once.save(tmp_path / "two.safetensors", once.facts)
    twice = Detector.load(tmp_path / "two.safetensors")
    once.threshold = twice.threshold = 0.0001
    assert once.closer is not None
    assert once.detect(pixels) == twice.detect(pixels)
    assert all(one.feature.shape == (256 + 192,) for one in once.detect(pixels))
    np.testing.assert_array_equal(once.detect(pixels)[0].feature, twice.detect(pixels)[0].feature)
