"""Further shapes, patterned tables, backdrops and lamps: right geometry, and readable pictures."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sightline.tools.errors import BadRequest
from sightline.tools.mllm.scenes.backdrop import Backdrop
from sightline.tools.mllm.scenes.camera import Camera
from sightline.tools.mllm.scenes.looks import Film, plain_look
from sightline.tools.mllm.scenes.patterns import PATTERNS, Pattern
from sightline.tools.mllm.scenes.render import look_at, render
from sightline.tools.mllm.scenes.settings import patterned, relit, with_backdrop
from sightline.tools.mllm.scenes.solids import solid
from sightline.tools.mllm.scenes.stream import Recipe, sample
from sightline.tools.mllm.scenes.world import ALL_SHAPES, EXTRA_SHAPES, SHAPES, SIZES, WORDS, Thing

SPOTS = st.floats(-3, 3, allow_nan=False)


@st.composite
def things(draw, shapes=EXTRA_SHAPES):
    return Thing(
        shape=draw(st.sampled_from(shapes)),
        size=draw(st.sampled_from(SIZES)),
        color="red",
        material="rubber",
        x=draw(SPOTS),
        y=draw(SPOTS),
        rotation=draw(st.floats(0, 6.3)),
    )


def outside(thing, point):
    """By how much points lie outside a shape, as its defining formula says, in radii; 0 on the surface."""
    cos, sin = np.cos(thing.rotation), np.sin(thing.rotation)
    x, y, z = (point - np.array(thing.center)[:, None]) / thing.radius
    x, y = cos * x + sin * y, cos * y - sin * x
    flat = np.hypot(x, y)
    return {
        "cone": lambda: np.maximum((flat - (1 - z) / 2) * 2 / 5**0.5, -1 - z),
        "pyramid": lambda: np.maximum((np.maximum(abs(x), abs(y)) - (1 - z) / 2) * 2 / 5**0.5, -1 - z),
        "prism": lambda: np.maximum(
            np.max([np.cos(a) * x + np.sin(a) * y for a in (0, 2 * np.pi / 3, 4 * np.pi / 3)], 0) - 0.6, abs(z) - 1
        ),
        "capsule": lambda: np.sqrt(flat**2 + np.maximum(abs(z) - 0.45, 0) ** 2) - 0.55,
        "egg": lambda: np.sqrt((flat / 0.74) ** 2 + z**2) - 1,
        "ring": lambda: np.sqrt((np.hypot(x, z) - 0.72) ** 2 + y**2) - 0.28,
    }[thing.shape]()


@settings(max_examples=60, deadline=None)
@given(things())
def test_rays_meet_every_shape_on_its_surface_facing_them(thing):
    body = solid(thing)
    view = look_at([body], Camera(), 240, 180)
    rows, columns, rays = view.rays[0]
    hit = view.nearest[rows, columns] == 0
    assert hit.any()
    ray = rays[:, hit]
    point = Camera().origin + view.distance[rows, columns][hit] * ray
    assert np.abs(outside(thing, point)).max() < 0.02
    normal = body.normal(point)
    assert np.linalg.norm(normal, axis=0) == pytest.approx(1, abs=1e-3)
    turned_away = (normal * ray).sum(0)
    grazing = (turned_away > 0.05).sum()  # rays that meet a ring a hair behind its rim
    assert grazing <= max(3, 0.05 * len(turned_away))  # a small thing far away is met by few rays at all
    assert turned_away.max() < 0.35


@settings(max_examples=60, deadline=None)
@given(things())
def test_a_whole_box_bounds_every_shape_closely(thing):
    body = solid(thing)
    mask = look_at([body], Camera(), 640, 480).nearest == 0
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    drawn = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    inside = np.array([drawn[0] > 0, drawn[1] > 0, drawn[2] < 640, drawn[3] < 480])
    assert np.abs(np.array(drawn) - body.box(Camera(), 640, 480))[inside].max(initial=0) < 3


@settings(max_examples=80, deadline=None)
@example(Thing(shape="prism", size="large", color="red", material="rubber", x=0, y=0, rotation=0), 0.0, 0.0, 6e-28)
@given(things(), SPOTS, SPOTS, st.floats(-0.6, 0.6))
def test_a_segment_is_blocked_where_points_of_it_lie_inside(thing, x, y, aside):
    start = np.array([[x], [y], [4.0]], np.float32)
    end = np.array([[thing.x + aside], [thing.y], [0.02]], np.float32)
    along = start + (end - start) * np.linspace(0, 1, 400)
    depth = outside(thing, along).min()
    if abs(depth) > 0.08:  # grazing rays may fall either way
        assert bool(solid(thing).blocks(start, end - start)[0]) == (depth < 0)


def test_new_shapes_leave_the_numbering_of_the_published_world_alone():
    assert WORDS["shape"] == SHAPES == ("cube", "cylinder", "sphere")
    assert ALL_SHAPES == SHAPES + EXTRA_SHAPES
    assert not set(SHAPES) & set(EXTRA_SHAPES)


def test_a_share_of_things_takes_new_shapes_and_stays_visible():
    recipe = Recipe(width=160, height=120, extra_shape_share=1.0)
    made = [sample(5, k, recipe) for k in range(4)]
    shapes = [thing.shape for one in made for thing in one.things]
    assert sum(shape in EXTRA_SHAPES for shape in shapes) > 0.7 * len(shapes)
    for one in made:
        assert (one.picture.samples / one.picture.samples_per_pixel > 30).all()
        plain = sample(5, one.index, Recipe(width=160, height=120))
        assert [(t.x, t.y, t.color) for t in one.things] == [(t.x, t.y, t.color) for t in plain.things]


@pytest.mark.parametrize("kind", PATTERNS)
def test_patterns_stay_between_bare_and_deep_and_show_both(kind):
    pattern = Pattern(kind=kind, period=1.0, angle=0.4, deep=(0.5, 0.6, 0.7), seed=3)
    xy = np.random.default_rng(0).uniform(-6, 6, (2, 4000)).astype(np.float32)
    tint = pattern.tint(xy)
    assert tint.dtype == np.float32
    assert (tint > np.array([[0.49], [0.59], [0.69]])).all()
    assert (tint < 1.01).all()
    assert np.ptp(tint[0]) > 0.2
    assert np.array_equal(tint, pattern.tint(xy))


def test_unknown_patterns_are_refused():
    with pytest.raises(BadRequest, match="checks"):
        Pattern(kind="paisley", period=1.0, angle=0.0, deep=(0.5, 0.5, 0.5))
    with pytest.raises(BadRequest):
        Recipe(backdrop_share=2)


def test_the_table_ends_at_the_backdrop_whose_depth_is_that_of_a_wall():
    look = replace(plain_look(np.random.default_rng(0)), film=Film(noise=0, blur=0))
    walled = replace(look, backdrop=Backdrop(distance=5.0, low=(0.2, 0, 0), high=(0.2, 0, 0), glows=True))
    bare, picture = (render([], Camera(), one, np.random.default_rng(0)) for one in (look, walled))
    red = (picture.pixels[..., 0] > 100) & (picture.pixels[..., 1] < 20)
    assert red[0].all()
    assert not red[-1].any()
    assert np.array_equal(picture.pixels[~red], bare.pixels[~red])
    height, width = red.shape
    v, u = np.nonzero(red)
    ray = Camera().rays(u.astype(np.float32) + 0.5, v.astype(np.float32) + 0.5, width, height)
    away = np.array(Camera().directions()["behind"])
    along = picture.depth[red] / (Camera().axes[2] @ ray)
    assert away @ (Camera().origin + along * ray) == pytest.approx(5.0, abs=0.01)


@pytest.mark.parametrize("change", [patterned, relit, with_backdrop])
@pytest.mark.parametrize("number", range(6))
def test_strange_settings_still_give_readable_pictures(change, number):
    rng = np.random.default_rng(number)
    ball = Thing(shape="sphere", size="large", color="yellow", material="rubber", x=0, y=0)
    picture = render([ball], Camera(), change(rng, plain_look(rng)), rng, width=160, height=120)
    assert 15 < picture.pixels.mean() < 240
    on = picture.pixels[picture.things == 0].mean(0)
    assert min(on[:2]) > on[2] + 5  # yellow still looks yellow
