"""Outlines of masks: polygons that cover what the mask covers, holes and edges included."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.agent.outlines import outline, outlines_in
from sightline.tools.media import MediaStore


def covered(polygons, shape):
    """The mask that the polygons cover, by the even-odd rule."""
    height, width = shape
    lines = [np.round(np.array(p).reshape(-1, 2) * (width * 8, height * 8)).astype(np.int32) for p in polygons]
    large = np.zeros((height * 8, width * 8), np.uint8)
    cv2.fillPoly(large, lines, 1)
    return cv2.resize(large.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA) > 0.5


def overlap(one, other):
    return (one & other).sum() / max(1, (one | other).sum())


def disc(height, width, hole=False):
    y, x = np.mgrid[:height, :width]
    far = np.hypot((y - height / 2) / height, (x - width / 2) / width)
    return (far < 0.45) & (far > 0.2) if hole else far < 0.45


@pytest.mark.parametrize("mask", [disc(90, 60), disc(80, 120, hole=True), np.ones((30, 50), bool)])
def test_an_outline_covers_what_its_mask_covers(mask):
    assert overlap(covered(outline(mask), mask.shape), mask) > 0.9


def test_a_mask_of_nothing_has_no_outline():
    assert outline(np.zeros((20, 20), bool)) == ()


@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_an_outline_is_small_and_stays_inside(height, width, seed):
    mask = np.random.default_rng(seed).random((height, width)) > 0.5
    found = outline(mask)
    assert len(found) <= 16
    assert all(0 <= value <= 1 for polygon in found for value in polygon)
    assert all(len(polygon) % 2 == 0 for polygon in found)


def test_the_outlines_of_a_result_are_known_by_the_ids_of_its_masks():
    store = MediaStore()
    known = store.add_mask(disc(40, 40))
    thing = {"box": [0, 0, 40, 40], "label": "disc", "mask": known}
    found = outlines_in([[thing], [{**thing, "mask": "forgotten"}, {**thing, "mask": None}]], store)
    assert list(found) == [known]
    assert outlines_in({"median": 3.0}, store) == {}
