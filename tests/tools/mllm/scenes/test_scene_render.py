"""Pictures show what the scene holds: visibility, shadows, materials, and the same picture for the same seed."""

from dataclasses import replace

import numpy as np
import pytest

from sightline.tools.mllm.scenes.camera import Camera
from sightline.tools.mllm.scenes.film import srgb
from sightline.tools.mllm.scenes.looks import Film, plain_look, varied_look
from sightline.tools.mllm.scenes.render import render
from sightline.tools.mllm.scenes.world import COLORS, Thing

BALL = Thing(shape="sphere", size="large", color="red", material="rubber", x=0.0, y=0.0)
CLEAR = Film(noise=0.0, blur=0.0)


def seed(n=0):
    return np.random.default_rng(n)


def clear(look):
    return replace(look, film=CLEAR)


def test_the_same_seed_gives_the_same_picture_and_another_seed_another():
    shots = [render([BALL], Camera(), plain_look(seed(1)), seed(n), width=96, height=72).pixels for n in (5, 5, 6)]
    assert np.array_equal(shots[0], shots[1])
    assert not np.array_equal(shots[0], shots[2])


@pytest.mark.parametrize("size", [(64, 48), (100, 50), (321, 99)])
def test_pictures_come_in_any_size(size):
    picture = render([BALL], Camera(), plain_look(seed()), seed(), width=size[0], height=size[1])
    assert picture.pixels.shape == (size[1], size[0], 3)
    assert picture.things.shape == picture.depth.shape == (size[1], size[0])


def test_an_empty_table_is_a_picture_without_things():
    picture = render([], Camera(), plain_look(seed()), seed(), width=64, height=48)
    assert (picture.things == -1).all()
    assert picture.boxes.shape == (0, 4)


def test_the_nearer_thing_hides_the_further():
    towards = np.array(Camera.position) / np.linalg.norm(Camera.position[:2])
    near = replace(BALL, color="blue", shape="cylinder", x=float(towards[0] * 1.6), y=float(towards[1] * 1.6))
    picture = render([BALL, near], Camera(), plain_look(seed()), seed())
    alone = render([BALL], Camera(), plain_look(seed()), seed())
    assert picture.samples[0] < alone.samples[0]
    covered = picture.things == 1
    assert covered.any()
    assert picture.depth[covered].mean() < alone.depth[alone.things == 0].mean()


def test_depth_is_that_of_the_table_and_of_the_things_on_it():
    picture = render([BALL], Camera(), plain_look(seed()), seed())
    _, v, center = Camera().project(np.array([BALL.center], np.float32).T, 320, 240)
    assert picture.depth[int(v[0]), 160] == pytest.approx(center[0] - BALL.radius, abs=0.03)
    u, v, depth = Camera().project(np.array([[2.0], [-2.5], [0.0]], np.float32), 320, 240)
    assert picture.depth[int(v[0]), int(u[0])] == pytest.approx(depth[0], abs=0.05)


def test_things_darken_the_table_beside_them():
    look = clear(plain_look(seed(3)))
    bare, with_ball = (render(scene, Camera(), look, seed()) for scene in ([], [BALL]))
    table = with_ball.things == -1
    change = with_ball.pixels[table].astype(int).sum(1) - bare.pixels[table].astype(int).sum(1)
    assert (change < -30).sum() > 300
    assert (change > 5).sum() == 0


@pytest.mark.parametrize("color", COLORS)
def test_colors_of_rubber_are_told_apart_from_the_table_light(color):
    picture = render([replace(BALL, color=color)], Camera(), clear(plain_look(seed())), seed())
    seen = picture.pixels[picture.things == 0].mean(0)
    red, green, blue = seen
    expected = {
        "gray": max(seen) - min(seen) < 25,
        "red": red > 1.5 * max(green, blue),
        "green": green > 1.3 * max(red, blue),
        "blue": blue > 1.3 * max(red, green),
        "brown": red > green > blue,
        "purple": blue > green < red,
        "cyan": min(green, blue) > 1.3 * red,
        "yellow": min(red, green) > 1.3 * blue,
    }
    assert expected[color]


def test_metal_shows_its_lamps_and_rubber_does_not():
    look = clear(plain_look(seed()))
    shots = [render([replace(BALL, material=m)], Camera(), look, seed()) for m in ("metal", "rubber")]
    brightest = [shot.pixels[shot.things == 0].min(1).max() for shot in shots]
    assert brightest[0] > brightest[1] + 50


def test_metal_mirrors_its_neighbours():
    ball = replace(BALL, color="gray", material="metal")
    neighbour = Thing(shape="cube", size="large", color="yellow", material="rubber", x=1.6, y=0.4)
    look = clear(plain_look(seed()))
    alone, paired = (render(scene, Camera(), look, seed()) for scene in ([ball], [ball, neighbour]))
    both = (alone.things == 0) & (paired.things == 0)
    yellowness = [shot.pixels[both].astype(int)[:, :2].min(1) - shot.pixels[both][:, 2] for shot in (alone, paired)]
    assert (yellowness[1] > yellowness[0] + 30).sum() > 20


@pytest.mark.parametrize("number", range(8))
def test_varied_looks_always_give_a_readable_picture(number):
    picture = render([BALL], Camera(), varied_look(seed(number)), seed(number), width=160, height=120)
    assert 10 < picture.pixels.mean() < 245
    on, off = picture.pixels[picture.things == 0].mean(0), picture.pixels[picture.things == -1].mean(0)
    assert np.abs(on - off).max() > 8


def test_jpeg_changes_pixels_but_not_their_place():
    look = plain_look(seed())
    plain = render([BALL], Camera(), look, seed())
    squeezed = render([BALL], Camera(), replace(look, film=replace(look.film, jpeg=60)), seed())
    difference = np.abs(plain.pixels.astype(int) - squeezed.pixels)
    assert 0 < difference.mean() < 8


def test_the_screen_curve_is_the_standard_one():
    assert srgb(np.float32([0, 0.0031308, 0.21404, 1, 2])) == pytest.approx([0, 0.04045, 0.5, 1, 1], abs=1e-3)
