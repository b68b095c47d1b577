"""The session's store: by content, bounded, y up outside and rows inside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.tools.api.refs import Box
from sightline.tools.errors import ApiMisuse, MediaTooLarge
from sightline.tools.media import MediaStore


def numbered(height: int = 6, width: int = 8) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x, y, x * 0], axis=-1).astype(np.uint8)


def test_adding_twice_holds_one_picture() -> None:
    store = MediaStore(max_bytes=numbered().nbytes)
    assert store.add(numbered()) == store.add(numbered())
    assert store.knows(store.add(numbered()).media)
    assert not store.knows("0" * 32)


def test_a_box_counts_from_the_bottom_left() -> None:
    store = MediaStore()
    ref = store.add(numbered())
    bottom_left = store.pixels(ref.at(Box(0, 0, 3, 2)))
    assert bottom_left.shape == (2, 3, 3)
    assert bottom_left[..., 1].tolist() == [[4] * 3, [5] * 3]
    assert store.pixels(ref).shape == (6, 8, 3)


@given(st.integers(0, 7), st.integers(0, 5), st.integers(1, 8), st.integers(1, 6), st.integers(0, 9))
def test_regions_have_the_size_of_their_box_and_margins_stay_inside(
    left: int, lower: int, width: int, height: int, margin: int
) -> None:
    store = MediaStore()
    ref = store.add(numbered()).at(Box(left, lower, left + width, lower + height))
    exact = store.pixels(ref)
    assert exact.shape == (ref.box.height, ref.box.width, 3)
    assert exact[0, 0].tolist() == [ref.box.left, 6 - ref.box.upper, 0]
    wide = store.pixels(ref, margin_px=margin)
    assert wide[0, 0].tolist() == [max(0, ref.box.left - margin), max(0, 6 - ref.box.upper - margin), 0]
    assert wide.shape[0] <= 6
    assert wide.shape[1] <= 8


def test_references_to_what_is_not_here_are_misuse() -> None:
    store = MediaStore()
    ref = store.add(numbered())
    for wrong in (replace(ref, media="f" * 32), replace(ref, width=9), replace(ref, frame=0)):
        with pytest.raises(ApiMisuse):
            store.pixels(wrong)
    with pytest.raises(ApiMisuse):
        store.mask("f" * 32)


def test_a_full_store_refuses_the_next_picture_and_keeps_what_it_has() -> None:
    store = MediaStore(max_bytes=200)
    ref = store.add(numbered())
    with pytest.raises(MediaTooLarge, match="new session"):
        store.add(numbered(7, 9))
    assert store.pixels(ref).shape == (6, 8, 3)


@given(st.integers(1, 9), st.integers(1, 9), st.randoms(use_true_random=False))
def test_masks_come_back_as_they_went_in(height: int, width: int, random) -> None:  # type: ignore[no-untyped-def]
    store = MediaStore()
    mask = np.array([[random.random() < 0.5 for _ in range(width)] for _ in range(height)])
    mask_id = store.add_mask(mask)
    assert np.array_equal(store.mask(mask_id), mask)
    assert store.add_mask(mask.copy()) == mask_id


def test_of_too_many_masks_the_oldest_go() -> None:
    store = MediaStore(max_mask_bytes=3)
    ids = [store.add_mask(np.arange(8).reshape(2, 4) == i) for i in range(4)]
    with pytest.raises(ApiMisuse, match="again"):
        store.mask(ids[0])
    assert store.mask(ids[3]).sum() == 1
