"""Rays meet solids on their surface, cameras see what they should, and outlines bound what is drawn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.tools.errors import BadRequest
from sightline.tools.mllm.scenes.camera import Camera
from sightline.tools.mllm.scenes.looks import jittered_camera
from sightline.tools.mllm.scenes.render import look_at
from sightline.tools.mllm.scenes.solids import solid
from sightline.tools.mllm.scenes.world import SHAPES, SIZES, Thing

SPOTS = st.floats(-3, 3)


@st.composite
def things(draw):
    return Thing(
        shape=draw(st.sampled_from(SHAPES)),
        size=draw(st.sampled_from(SIZES)),
        color="red",
        material="rubber",
        x=draw(SPOTS),
        y=draw(SPOTS),
        rotation=draw(st.floats(0, 360)),
    )


def cameras():
    return st.integers(0, 10**6).map(lambda seed: jittered_camera(np.random.default_rng(seed)))


def test_the_usual_camera_has_the_middle_of_the_table_in_the_middle_of_the_picture():
    u, v, depth = Camera().project(np.zeros((3, 1), np.float32), 320, 240)
    assert (u[0], v[0]) == pytest.approx((160, 120), abs=0.01)
    assert depth[0] == pytest.approx(np.linalg.norm(Camera.position), rel=1e-5)


@given(cameras(), SPOTS, SPOTS)
def test_a_point_of_the_table_is_found_again_under_its_pixel(camera, x, y):
    u, v, _ = camera.project(np.array([[x], [y], [0]], np.float32), 320, 240)
    assert camera.ground(u, v, 320, 240)[:, 0] == pytest.approx((x, y), abs=0.01)


@given(cameras())
def test_right_of_the_camera_lies_right_in_the_picture_and_behind_lies_further(camera):
    for name, row, sign in (("left", 0, -1), ("right", 0, 1), ("front", 2, -1), ("behind", 2, 1)):
        ends = np.stack([np.zeros(3), np.array(camera.directions()[name])], 1).astype(np.float32)
        at = camera.project(ends, 320, 240)[row]
        assert (at[1] - at[0]) * sign > 0


@settings(max_examples=60, deadline=None)
@given(things(), cameras())
def test_rays_meet_a_solid_on_its_surface_facing_them(thing, camera):
    body = solid(thing)
    view = look_at([body], camera, 120, 90)
    rows, columns, rays = view.rays[0]
    hit = view.nearest[rows, columns] == 0
    assert hit.any()
    ray = rays[:, hit]
    point = camera.origin + view.distance[rows, columns][hit] * ray
    offset = np.abs(body._local(point - body.center))
    outer = offset.max(0) if thing.shape == "cube" else np.hypot(offset[0], offset[1])
    if thing.shape == "sphere":
        assert np.linalg.norm(offset, axis=0) == pytest.approx(thing.radius, abs=2e-3)
    else:  # on the sharp body, or inside it by no more than its rounding
        assert (np.maximum(outer, offset[2]) <= thing.radius + 2e-3).all()
        assert (np.maximum(outer, offset[2]) >= thing.radius - body.bevel).all()
    normal = body.normal(point)
    assert np.linalg.norm(normal, axis=0) == pytest.approx(1, abs=1e-3)
    assert ((normal * ray).sum(0) < 1e-3).all()


@settings(max_examples=60, deadline=None)
@given(things(), cameras())
def test_a_whole_box_bounds_the_drawn_thing_closely(thing, camera):
    body = solid(thing)
    mask = look_at([body], camera, 640, 480).nearest == 0
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    drawn = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    box = body.box(camera, 640, 480)
    inside = np.array([drawn[0] > 0, drawn[1] > 0, drawn[2] < 640, drawn[3] < 480])
    assert np.abs(np.array(drawn) - box)[inside].max(initial=0) < 2.5


@given(things(), SPOTS, SPOTS)
def test_a_segment_is_blocked_exactly_when_a_ray_meets_the_body_on_it(thing, x, y):
    body = solid(thing)
    body.bevel_share = 0.0  # shadows are those of the sharp body
    start, end = np.array([[x], [y], [4.0]], np.float32), np.array([[thing.x], [thing.y], [0.02]], np.float32)
    length = float(np.linalg.norm(end - start))
    met = body.hit(start, ((end - start) / length).astype(np.float32))
    assert bool(body.blocks(start, end - start)[0]) == bool(met[0] < length)


def test_a_thing_outside_the_world_is_refused_with_the_words_of_the_world():
    with pytest.raises(BadRequest, match="cube, cylinder, sphere"):
        Thing(shape="teapot", size="large", color="red", material="metal", x=0, y=0)
