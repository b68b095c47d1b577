"""One camera for all things of a picture settles their order on the ground, whatever the single guesses say."""

from dataclasses import replace

import numpy as np
import pytest
from tests.support.true_finder import truth

from sightline.tools.mllm.detector.placing import placed
from sightline.tools.mllm.scenes.stream import Recipe, sample

WIDTH, HEIGHT = 64, 48


def scene(index, *, plain_share=1.0):
    return sample(31, index, Recipe(width=WIDTH, height=HEIGHT, plain_share=plain_share))


def guessed(things, seed, *, ground=0.35, center_px=0.15):
    """The things as a network would place them: with errors."""
    rng = np.random.default_rng(seed)
    return [
        replace(
            thing,
            ground=tuple(np.add(thing.ground, rng.normal(0, ground, 2))),
            depth=thing.depth + rng.normal(0, ground),
            center=tuple(np.add(thing.center, rng.normal(0, center_px, 2))),
        )
        for thing in things
    ]


def orders(things):
    return [sorted(range(len(things)), key=lambda k: things[k].ground[axis]) for axis in (0, 1)]


@pytest.mark.parametrize("index", range(6))
@pytest.mark.parametrize(
    ("plain_share", "tolerance"), [(1.0, 0.12), (0.0, 0.4)]
)  # varied lenses are held near the usual
def test_true_guesses_stay_true(index, plain_share, tolerance):
    true = truth(scene(index, plain_share=plain_share))
    found = placed(true, WIDTH, HEIGHT)
    assert orders(found) == orders(true)
    for before, after in zip(true, found, strict=True):
        assert np.allclose(before.ground, after.ground, atol=tolerance)
        assert abs(before.depth - after.depth) < tolerance


def test_the_order_on_the_ground_survives_guesses_that_would_turn_it():
    turned = 0
    for index in range(12):
        true = truth(scene(index))
        rough = guessed(true, index)
        turned += orders(rough) != orders(true)
        assert orders(placed(rough, WIDTH, HEIGHT)) == orders(true)
    assert turned > 3  # the errors were worth mending


def test_one_wild_guess_does_not_turn_the_camera():
    true = truth(scene(2))
    wild = [replace(true[0], ground=(9.0, 30.0), depth=40.0), *true[1:]]
    assert orders(placed(wild, WIDTH, HEIGHT)) == orders(true)


def test_nothing_but_places_changes():
    true = truth(scene(1))
    for before, after in zip(true, placed(guessed(true, 1), WIDTH, HEIGHT), strict=True):
        assert (after.box, after.score, after.chances) == (before.box, before.score, before.chances)


def test_no_things_have_no_places():
    assert placed([], WIDTH, HEIGHT) == []


def test_things_above_any_horizon_keep_their_guesses():
    up = [replace(thing, center=(10.0, -4000.0)) for thing in truth(scene(0))]
    assert placed(up, WIDTH, HEIGHT) == up
