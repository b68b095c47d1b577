"""Maps as pictures, what is removed without a model, and things set apart: all of it without weights."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from sightline.tools.capabilities import CAPABILITIES
from sightline.tools.errors import EmptyPatch, ExpertUnavailable, OutsideWorld
from sightline.tools.experts import ExpertPool, registry
from sightline.tools.experts.base import ExpertRequest
from sightline.tools.experts.canvas import around, scaled_mask, working_size
from sightline.tools.media import MediaStore
from sightline.tools.results import DepthMap, Detection, Detections, People, Person, Result

PHOTOS = Path(__file__).parents[3] / "examples" / "photos"
WIDTH, HEIGHT = 120, 90


def scene() -> np.ndarray:
    """A red disc on a calm ground that gets lighter to the right."""
    ground = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    ground[:] = np.linspace(100, 140, WIDTH, dtype=np.uint8)[None, :, None]
    image = Image.fromarray(ground)
    ImageDraw.Draw(image).ellipse((40, 25, 80, 65), fill=(200, 30, 30))
    return np.asarray(image)


def disc() -> np.ndarray:
    image = Image.new("1", (WIDTH, HEIGHT))
    ImageDraw.Draw(image).ellipse((40, 25, 80, 65), fill=1)
    return np.asarray(image, np.bool_)


DISC = Detections(items=[Detection(box=(40, 25, 81, 66), label="ball", mask=disc())])


def made(
    expert: str, capability: str, arguments: dict[str, Any], others: Mapping[str, Result] | None = None,
    shown: np.ndarray | None = None, mask: np.ndarray | None = None,
) -> np.ndarray:  # fmt: skip
    """What an expert draws, where `others` is what everybody else answers."""

    def ask(other: str, _: dict[str, Any]) -> Result:
        if other not in (others or {}):
            raise ExpertUnavailable(f"nobody serves {other}")
        return (others or {})[other]

    request = ExpertRequest(
        capability=capability,
        arguments=CAPABILITIES[capability].check_arguments(arguments),
        pixels=scene() if shown is None else shown,
        mask=mask,
        ask=ask,
    )
    result = registry.get(expert)().serve(request)
    pixels: np.ndarray = result.pixels  # type: ignore[attr-defined]
    assert pixels.shape == request.pixels.shape
    return pixels


# -- maps --


@pytest.mark.parametrize("kind", ["canny", "lines", "soft_edges", "scribble"])
def test_a_map_of_the_pool_is_a_new_picture_of_the_crops_size(kind: str) -> None:
    media, pool = MediaStore(), ExpertPool("embedded")
    ref = media.add(PHOTOS / "coffee.jpg")
    wire = pool.serve("map", ref, {"kind": kind}, media).data["image"]
    drawn = media.picture(wire["media"]).pixels
    assert wire["size"] == [ref.width, ref.height]
    assert 0.001 < (drawn > 127).mean() < 0.5  # some of it is white on a ground that is black


def test_the_canny_map_is_what_the_profiles_edges_are() -> None:
    media, pool = MediaStore(), ExpertPool("embedded")
    ref = media.add(scene())
    canny = pool.serve("map", ref, {"kind": "canny"}, media).data
    assert canny == pool.serve("edges", ref, {}, media).data


@pytest.mark.parametrize("kind", ["soft_edges", "scribble"])
def test_edges_lie_at_the_contour_and_not_on_calm_ground(kind: str) -> None:
    strength = made("drawn-maps", "map", {"kind": kind})[..., 0]
    assert strength[22:30, 55:65].max() > 120  # the top of the disc
    assert strength[40:50, 55:65].max() < 60  # its middle
    assert strength[80:, :].max() < 60  # the ground


@pytest.mark.parametrize("kind", ["soft_edges", "scribble"])
def test_a_picture_of_nothing_has_no_edges(kind: str) -> None:
    assert not made("drawn-maps", "map", {"kind": kind}, shown=np.full((40, 50, 3), 90, np.uint8)).any()


def test_soft_edges_are_weaker_in_a_texture_than_at_a_contour() -> None:
    rng = np.random.default_rng(0)
    grain = rng.integers(60, 120, (100, 100, 1), dtype=np.uint8).repeat(3, axis=2)
    grain[:, 50:] += 100
    strength = made("drawn-maps", "map", {"kind": "soft_edges"}, shown=grain)[..., 0].astype(float)
    assert strength[:, 46:54].mean() > 3 * strength[:, :40].mean()


def test_poses_are_drawn_in_openposes_colours() -> None:
    joints = {
        "left_shoulder": (70.0, 30.0, 0.9), "right_shoulder": (30.0, 30.0, 0.9), "right elbow": (20.0, 60.0, 0.9),
        "nose": (50.0, 10.0, 0.9), "left elbow": (100.0, 60.0, 0.1),
    }  # fmt: skip
    people = People(people=[Person(box=(0, 0, 110, 80), keypoints=joints)])
    drawn = made("drawn-maps", "map", {"kind": "pose"}, {"pose": people})
    assert drawn[10, 50].tolist() == [255, 0, 0]  # nose
    assert drawn[30, 50].tolist() == [255, 85, 0]  # the neck, between the shoulders
    assert drawn[60, 20].tolist() == [255, 255, 0]  # right elbow
    assert drawn[45, 25].any()  # the upper arm
    assert not drawn[50:70, 95:105].any()  # a joint that nobody is sure of
    nobody = made("drawn-maps", "map", {"kind": "pose"}, {"pose": People(people=[])})
    assert not nobody.any()


def test_depth_is_drawn_with_the_nearest_white() -> None:
    values = np.full((HEIGHT, WIDTH), 4.0, np.float32)
    values[:, :40], values[:, 80:] = 1.0, 2.0
    drawn = made("drawn-maps", "map", {"kind": "depth"}, {"depth_map": DepthMap(values=values)})
    assert [int(drawn[5, x, 0]) for x in (10, 60, 100)] == [255, 0, 85]


def test_normals_show_which_way_a_surface_faces() -> None:
    rows = np.linspace(1.0, 2.0, HEIGHT, dtype=np.float32)  # nearness grows downwards: a floor
    floor = DepthMap(values=np.repeat((1.0 / rows)[:, None], WIDTH, axis=1).astype(np.float32))
    red, green, blue = made("drawn-maps", "map", {"kind": "normals"}, {"depth_map": floor})[45, 60].tolist()
    assert (abs(red - 128) <= 1, green > 150, blue > 150) == (True, True, True)
    flat = made(
        "drawn-maps", "map", {"kind": "normals"}, {"depth_map": DepthMap(values=np.ones((HEIGHT, WIDTH), np.float32))}
    )
    assert np.abs(flat.astype(int) - (128, 128, 255)).max() <= 1


def test_segments_have_a_colour_each_and_the_small_lies_over_the_large() -> None:
    large = np.zeros((HEIGHT, WIDTH), np.bool_)
    large[:, :60] = True
    small = np.zeros_like(large)
    small[10:20, 10:20] = True
    found = Detections(items=[Detection(box=(0, 0, 9, 9), mask=mask) for mask in (small, large)])
    drawn = made("drawn-maps", "map", {"kind": "segments"}, {"segment": found})
    colours = {tuple(drawn[y, x]) for y, x in ((15, 15), (50, 30), (50, 100))}
    assert len(colours) == 3
    assert (0, 0, 0) in colours


def test_a_map_that_nobody_can_draw_says_who_is_missing() -> None:
    media, pool = MediaStore(), ExpertPool("embedded")
    with pytest.raises(ExpertUnavailable, match="depth_map"):
        pool.serve("map", media.add(scene()), {"kind": "depth"}, media)


# -- fill-in --


def test_what_is_removed_is_filled_with_its_surroundings_and_all_else_stays() -> None:
    filled = made("fill-in", "inpaint", {"name": "ball"}, {"segment": DISC})
    changed = (filled != scene()).any(axis=2)
    assert changed[disc()].all()
    assert changed.sum() < disc().sum() * 1.3
    assert np.abs(filled[disc()].astype(int) - (120, 120, 120)).max() < 40  # nothing red is left


def test_a_box_is_enough_and_the_crops_own_outline_too() -> None:
    box = Detections(items=[Detection(box=(40, 25, 81, 66), label="ball")])
    assert (made("fill-in", "inpaint", {"name": "ball"}, {"detect": box}) != scene()).any(axis=2)[27, 42]
    nothing = Detections(items=[])
    outlined = made("fill-in", "inpaint", {"name": "ball"}, {"segment": nothing}, mask=disc())
    assert (outlined != scene()).any(axis=2)[disc()].all()


def test_it_says_that_it_cannot_replace_and_what_could() -> None:
    with pytest.raises(OutsideWorld, match="models pull inpainter"):
        made("fill-in", "inpaint", {"name": "ball", "prompt": "a cube"}, {"segment": DISC})


def test_what_is_not_there_or_is_everything_cannot_be_removed() -> None:
    with pytest.raises(EmptyPatch, match="'ball'"):
        made("fill-in", "inpaint", {"name": "ball"}, {"segment": Detections(items=[])})
    everything = Detections(items=[Detection(box=(-5, -5, 500, 500))])
    with pytest.raises(OutsideWorld, match="all of the patch"):
        made("fill-in", "inpaint", {"name": "ball"}, {"detect": everything})


# -- background effects --


@pytest.mark.parametrize("how", ["blur", "gray"])
def test_the_thing_stays_and_the_background_changes(how: str) -> None:
    busy = scene() // 2 + np.random.default_rng(0).integers(0, 120, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    apart = made("background-effects", "set_apart", {"name": "ball", "how": how}, {"segment": DISC}, shown=busy)
    assert np.array_equal(apart[disc()], busy[disc()])
    outside = apart[~disc()].astype(int)
    if how == "gray":
        assert (np.ptp(outside, axis=1) == 0).all()
        assert abs(outside.mean() - busy[~disc()].mean()) < 3
    else:
        assert outside.std() < busy[~disc()].std() / 2


def test_a_blurred_background_takes_no_colour_from_the_thing() -> None:
    apart = made("background-effects", "set_apart", {"name": "ball", "how": "blur"}, {"segment": DISC})
    rim = apart[~disc()].astype(int)
    assert (rim[:, 0] - rim[:, 1]).max() <= 2  # nothing reddish


def test_without_a_name_it_is_what_stands_out_or_what_the_patch_outlines() -> None:
    found = made("background-effects", "set_apart", {"how": "gray"}, {"foreground": DISC})
    own = made("background-effects", "set_apart", {"how": "gray"}, mask=disc())
    assert np.array_equal(found, own)
    with pytest.raises(EmptyPatch, match="name what is meant"):
        made("background-effects", "set_apart", {"how": "gray"}, {"foreground": Detections(items=[])})


# -- sizes --


@pytest.mark.parametrize("size", [(512, 512), (640, 480), (4000, 3000), (31, 900), (3000, 20), (1, 1)])
def test_a_working_size_keeps_the_shape_and_about_the_pixels(size: tuple[int, int]) -> None:
    width, height = working_size(size, side=512, multiple=16)
    assert (width % 16, height % 16) == (0, 0)
    assert max(width, height) <= 1024
    if max(size) < 4 * min(size):
        assert width * height == pytest.approx(512 * 512, rel=0.07)
        assert width / height == pytest.approx(size[0] / size[1], rel=0.07)


def test_a_window_holds_the_mask_and_stays_in_the_picture() -> None:
    mask = np.zeros((300, 500), np.bool_)
    mask[290:300, 0:8] = True
    window = around(mask, least=100)
    assert (window.x1, window.y2) == (0, 300)
    assert window.size == (100, 100)
    assert mask[window.slices].sum() == mask.sum()
    mask[:] = True
    assert around(mask, least=100).size == (500, 300)


def test_a_thin_mask_survives_being_made_small() -> None:
    mask = np.zeros((400, 400), np.bool_)
    mask[200, :] = True
    assert np.asarray(scaled_mask(mask, (40, 40))).max() == 255
