"""What the reader learns on: crops by boxes, sketches, and rendered crops with their right readings."""

from __future__ import annotations

import numpy as np
import pytest

from sightline.tools.errors import BadRequest
from sightline.tools.mllm.reader.crops import HIGH, WIDE, cut
from sightline.tools.mllm.reader.feed import Prints, training_batch
from sightline.tools.mllm.reader.renders import crops_of, printed_scene, render_crops, said
from sightline.tools.mllm.reader.sketches import sketch
from sightline.tools.mllm.reader.spacing import MOOT
from sightline.tools.mllm.scenes.labels import Printed


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_a_crop_shows_the_side_of_a_thing_alike_whatever_the_size_of_the_picture(scale: int) -> None:
    pixels = np.zeros((60 * scale, 80 * scale, 3), np.uint8)
    pixels[20 * scale : 40 * scale, 30 * scale : 40 * scale] = 100
    pixels[20 * scale : 40 * scale, 40 * scale : 50 * scale] = 200
    pixels[20 * scale : 24 * scale, 30 * scale : 50 * scale] = 30  # its top, which never carries print
    (crop,) = cut(pixels, [(30 * scale, 20 * scale, 50 * scale, 40 * scale)])
    assert crop.shape == (HIGH, WIDE, 3)
    assert (crop[:, : WIDE // 2 - 8] == 100).all()
    assert (crop[:, WIDE // 2 + 8 :] == 200).all()


def test_beyond_the_edge_the_border_of_the_picture_goes_on() -> None:
    pixels = np.full((40, 40, 3), 90, np.uint8)
    (crop,) = cut(pixels, [(-10, -10, 20, 20)])
    assert (crop == 90).all()


def test_a_sketch_is_always_the_same_and_its_columns_say_its_text() -> None:
    first, again = sketch(3, 7), sketch(3, 7)
    np.testing.assert_array_equal(first.pixels, again.pixels)
    assert first.text == again.text
    for number in range(40):
        one = sketch(4, number)
        assert one.pixels.shape == (HIGH, WIDE, 3)
        numbers = [int(n) for k, n in enumerate(one.columns) if n > 0 and (k == 0 or n != one.columns[k - 1])]
        assert len(numbers) <= len(one.text)
        assert bool(numbers) == bool(one.text)


def test_letters_of_a_sketch_show_where_its_columns_say() -> None:
    """Contrast from column to column is high where letters stand, over what it is in the rest of the thing."""
    inked, bare = [], []
    for number in range(60):
        one = sketch(5, number)
        if len(one.text) < 2:
            continue
        change = np.abs(np.diff(one.pixels.astype(np.float32).mean(2), axis=1))[HIGH // 4 :]
        column = change[:, : 2 * len(one.columns) - 1].mean(0)
        column = np.append(column, column[-1]).reshape(-1, 2).mean(1)
        middle = slice(len(one.columns) // 5, -len(one.columns) // 5)
        where = one.columns[middle] != 0
        if where.any() and not where.all():
            inked.append(column[middle][where].mean())
            bare.append(column[middle][~where].mean())
    assert len(inked) > 20
    assert np.mean(np.array(inked) > np.array(bare)) > 0.7


@pytest.mark.parametrize(
    ("letter_px", "visible", "contrast", "right"),
    [
        ((6.0, 9.0), 1.0, 60.0, "sun"),
        ((6.0, 9.0), 0.6, 60.0, None),  # partly hidden: nobody can say what is right
        ((6.0, 9.0), 0.0, 60.0, ""),
        ((6.0, 9.0), 1.0, 5.0, None),
        ((2.2, 4.0), 1.0, 60.0, None),
        ((1.2, 4.0), 1.0, 60.0, ""),
    ],
)
def test_print_is_to_be_read_where_it_can_be_and_not_where_it_is_hopeless(
    letter_px: tuple[float, float], visible: float, contrast: float, right: str | None
) -> None:
    label = Printed(
        thing=0,
        text="Sun",
        quad=(),
        box=(0, 0, 9, 9),
        letter_px=letter_px,
        visible=visible,
        contrast=contrast,
    )
    assert said(label) == right
    assert said(None) == ""


def test_a_scene_gives_crops_of_things_with_and_without_print() -> None:
    texts = [text for k in range(4) for text in crops_of(printed_scene(1, k), np.random.default_rng(k)).texts]
    assert any(texts)
    assert "" in texts
    assert all(text == text.lower() for text in texts)


def test_rendering_goes_on_where_it_stopped_and_refuses_another_seed(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("sightline.tools.mllm.reader.renders._PER_SHARD", 1)
    render_crops(tmp_path, 5, 2)
    first = (tmp_path / "00000.npz").read_bytes()
    render_crops(tmp_path, 5, 3)
    assert (tmp_path / "00000.npz").read_bytes() == first
    assert len(list(tmp_path.glob("0*.npz"))) == 3
    with pytest.raises(BadRequest, match="another seed"):
        render_crops(tmp_path, 6, 3)
    prints = Prints(tmp_path)
    assert prints.held is not None
    assert len(prints) == sum(len(np.load(tmp_path / f"0000{k}.npz")["texts"]) for k in (1, 2))


def test_the_first_batches_are_short_texts_alone() -> None:
    first = training_batch(None, 1, 0, 16, rendered_share=0.5)
    later = training_batch(None, 1, 9_000, 16, rendered_share=0.5)
    assert first.lengths.max() <= 3 < later.lengths.max()


def test_a_batch_is_the_same_every_time_and_mixes_rendered_crops_with_sketches(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("sightline.tools.mllm.reader.renders._PER_SHARD", 2)
    render_crops(tmp_path, 5, 6)
    prints = Prints(tmp_path)
    one = training_batch(prints, 1, 9_000, 8, rendered_share=0.5)
    two = training_batch(prints, 1, 9_000, 8, rendered_share=0.5)
    assert (one.crops == two.crops).all()
    assert (one.numbers == two.numbers).all()
    assert one.lengths.sum() == len(one.numbers)
    rendered = (one.columns[:4] == MOOT).all(1)  # where the text of a render stands is not known
    assert rendered.sum() == 3
    assert not (one.columns[4:] == MOOT).all(1).any()
