"""Words on things: where they lie, what they change, whether they can be read; and nothing moves where none are."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.tools.errors import BadRequest
from sightline.tools.mllm.scenes.camera import Camera
from sightline.tools.mllm.scenes.decals import PRINTABLE, Decal, room
from sightline.tools.mllm.scenes.labels import printed, with_labels
from sightline.tools.mllm.scenes.lettering import FONTS, NUMBERS, PRINTED_WORDS, letters
from sightline.tools.mllm.scenes.looks import Film, Lamp, plain_look
from sightline.tools.mllm.scenes.render import render
from sightline.tools.mllm.scenes.solids import solid
from sightline.tools.mllm.scenes.stream import Recipe, sample
from sightline.tools.mllm.scenes.world import Label, Thing

TOWARDS = float(np.arctan2(Camera.position[1], Camera.position[0]))
LABEL = Label(text="SUN", font="simplex", ink=(0.02, 0.02, 0.02), paper=(0.95, 0.95, 0.95), height=0.4, facing=TOWARDS)


def thing(shape="cube", **other):
    rotation = TOWARDS if shape == "cube" else 0.0
    return (
        Thing(shape=shape, size="large", color="red", material="rubber", x=0, y=0, rotation=rotation, label=LABEL)
        if not other
        else replace(thing(shape), **other)
    )


def shot(*things, seed=0):
    look = replace(plain_look(np.random.default_rng(1)), film=Film(noise=0.0, blur=0.0))
    return render(things, Camera(), look, np.random.default_rng(seed))


def test_the_words_are_a_closed_list_of_short_ones():
    assert 180 <= len(PRINTED_WORDS) <= 220
    assert len(set(PRINTED_WORDS)) == len(PRINTED_WORDS)
    assert all(3 <= len(word) <= 7 and word.isalpha() and word.islower() for word in PRINTED_WORDS)
    assert tuple(str(n) for n in range(100)) == NUMBERS


@pytest.mark.parametrize("font", FONTS)
def test_letters_are_cut_to_their_ink(font):
    for text in ("SUN", "pig", "47"):
        ink = letters(text, font)
        assert ink.min() == 0
        assert ink.max() > 0.9
        assert ink[2].max() > 0
        assert ink[-3].max() > 0
        assert ink[:, 2].max() > 0
        assert ink[:, -3].max() > 0


@pytest.mark.parametrize(("text", "font"), [("", "simplex"), ("  ", "simplex"), ("ö", "simplex"), ("A", "comic")])
def test_what_cannot_be_printed_is_refused(text, font):
    with pytest.raises(BadRequest):
        letters(text, font)


def test_a_shape_without_a_side_carries_no_print():
    with pytest.raises(BadRequest, match="cone"):
        shot(thing("cone"))


@pytest.mark.parametrize("shape", PRINTABLE)
def test_points_under_the_letters_lie_on_the_body_and_find_their_place_again(shape):
    decal = Decal(solid(thing(shape)), LABEL, Camera(), 320, 240)
    point = decal.points(5, 7)
    body = decal.body
    offset = point - body.center
    if shape == "sphere":
        assert np.linalg.norm(offset, axis=0) == pytest.approx(body.radius, abs=1e-4)
    elif shape == "cylinder":
        assert np.hypot(offset[0], offset[1]) == pytest.approx(body.radius, abs=1e-4)
    ink, paper = decal._shares(point)
    assert (paper == 1).all()  # the paper reaches beyond the letters
    assert ink.min() < 0.1
    assert ink.max() > 0.5


@pytest.mark.parametrize("shape", PRINTABLE)
def test_print_changes_pixels_of_its_thing_only_and_inside_its_label(shape):
    carrier = thing(shape)
    other = Thing(shape="sphere", size="small", color="blue", material="rubber", x=-1.5, y=-1.5)
    bare, with_print = shot(thing(shape, label=None), other), shot(carrier, other)
    changed = np.abs(bare.pixels.astype(int) - with_print.pixels).max(-1) > 4
    assert changed.sum() > 100
    assert (with_print.things[changed] == 0).all()
    (label,) = printed((carrier, other), Camera(), with_print.things, with_print.pixels)
    rows, columns = np.nonzero(changed)
    x1, y1, x2, y2 = label.box
    margin = 0.3 * (y2 - y1) + 2
    assert (columns > x1 - margin).all()
    assert (columns < x2 + margin).all()
    assert (rows > y1 - margin).all()
    assert (rows < y2 + margin).all()


def test_letters_read_from_left_to_right():
    shots = {}
    for text in ("MM...", "...MM"):
        carrier = thing(label=replace(LABEL, text=text, height=0.25))
        picture = shot(carrier)
        (truth,) = printed((carrier,), Camera(), picture.things, picture.pixels)
        x1, y1, x2, y2 = (int(c) for c in truth.box)
        level = picture.pixels[y1:y2, x1:x2].mean(-1)
        shots[text] = np.nonzero(level < level.mean())[1].mean() / (x2 - x1)
    assert shots["MM..."] < 0.45
    assert shots["...MM"] > 0.55


def test_print_is_shaded_like_its_body():
    aside = TOWARDS + 0.9
    away = np.array([np.cos(aside), np.sin(aside)])
    lamp = Lamp(
        position=(float(6 * away[0]), float(6 * away[1]), 2.0),
        aim=(float(-0.95 * away[0]), float(-0.95 * away[1]), -0.31),
        power=(9.0, 9.0, 9.0),
        size=0.2,
    )
    look = replace(plain_look(np.random.default_rng(1)), film=Film(noise=0.0, blur=0.0), lamps=(lamp,))
    wall = replace(thing(label=None), x=float(2.2 * away[0]), y=float(2.2 * away[1]))
    lit, dim = (render(scene, Camera(), look, np.random.default_rng(0)) for scene in ([thing()], [thing(), wall]))
    paper = (lit.things == 0) & (dim.things == 0) & (lit.pixels.min(-1) > 100)
    assert paper.sum() > 20
    assert dim.pixels[paper].mean() < lit.pixels[paper].mean() - 20


def test_hidden_small_and_faint_print_is_not_legible():
    clear = thing()
    alone = shot(clear)
    (seen,) = printed((clear,), Camera(), alone.things, alone.pixels)
    assert seen.legible
    assert seen.visible > 0.97
    near = np.array(Camera.position[:2]) / np.hypot(*Camera.position[:2])
    wall = Thing(
        shape="cube", size="large", color="gray", material="rubber", x=float(1.9 * near[0]), y=float(1.9 * near[1])
    )
    hidden = shot(clear, wall)
    (covered,) = printed((clear, wall), Camera(), hidden.things, hidden.pixels)
    assert not covered.legible
    assert covered.visible < 0.9
    for label in (replace(LABEL, height=0.1), replace(LABEL, ink=(0.9, 0.9, 0.9))):
        picture = shot(thing(label=label))
        (truth,) = printed((thing(label=label),), Camera(), picture.things, picture.pixels)
        assert not truth.legible


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_one_to_three_things_get_print_that_fits_them(seed):
    one = sample(seed, 0, Recipe(width=64, height=48))
    labelled = with_labels(np.random.default_rng(seed), one.things, one.camera)
    carried = [(k, t.label) for k, t in enumerate(labelled) if t.label is not None]
    assert 1 <= len(carried) <= 3
    assert len({label.text.lower() for _, label in carried}) == len(carried)
    for k, label in carried:
        assert label.text.lower() in PRINTED_WORDS + NUMBERS
        assert label.height <= room(labelled[k].shape, label.text, label.font) + 1e-6
    assert tuple(replace(t, label=None) for t in labelled) == one.things


def test_recipes_with_more_in_them_keep_the_layout_of_those_without():
    plain = sample(3, 5, Recipe(width=96, height=72))
    printed_one = sample(3, 5, Recipe(width=96, height=72, print_share=1.0))
    assert any(t.label for t in printed_one.things)
    assert tuple(replace(t, label=None) for t in printed_one.things) == plain.things
    assert (printed_one.camera, printed_one.look) == (plain.camera, plain.look)
    assert all("label" not in row for row in plain.record()["objects"])
    assert sum("label" in row for row in printed_one.record()["objects"]) == len(printed_one.labels)
