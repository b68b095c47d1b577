"""Layouts keep the rules, the truth matches the picture, and the stream can be entered anywhere."""

import json
from itertools import combinations, islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from sightline.tools.errors import BadRequest
from sightline.tools.mllm.scenes.__main__ import main
from sightline.tools.mllm.scenes.clevr import read_pixels, read_scenes, write_scenes
from sightline.tools.mllm.scenes.looks import jittered_camera
from sightline.tools.mllm.scenes.placement import Rules, place
from sightline.tools.mllm.scenes.stream import Recipe, sample, stream
from sightline.tools.mllm.scenes.truth import relations

OPPOSITE = {"left": "right", "right": "left", "front": "behind", "behind": "front"}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**9))
def test_layouts_keep_the_rules(seed):
    rng = np.random.default_rng(seed)
    camera, rules = jittered_camera(rng), Rules()
    things = place(rng, camera, rules)
    assert rules.fewest <= len(things) <= rules.most
    axes = camera.directions()
    for a, b in combinations(things, 2):
        gap = np.array([a.x - b.x, a.y - b.y])
        assert np.linalg.norm(gap) - a.radius - b.radius >= rules.distance
        for name in ("right", "behind"):
            assert abs(gap @ axes[name][:2]) >= rules.margin


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**9))
def test_relations_are_opposite_in_opposite_directions_and_settle_every_pair(seed):
    rng = np.random.default_rng(seed)
    camera = jittered_camera(rng)
    things = place(rng, camera)
    found = relations(things, camera)
    for name, other in OPPOSITE.items():
        for a, b in combinations(range(len(things)), 2):
            assert (b in found[name][a]) == (a in found[other][b])
    for a, b in combinations(range(len(things)), 2):
        assert (b in found["left"][a]) != (b in found["right"][a])


@pytest.mark.parametrize("rules", [{"fewest": 5, "most": 4}, {"most": 40}, {"margin": -1}, {"tries": 0}])
def test_rules_that_cannot_be_are_refused(rules):
    with pytest.raises(BadRequest):
        Rules(**rules)


@pytest.mark.parametrize("number", range(4))
def test_boxes_masks_and_pixel_counts_agree(number):
    one = sample(11, number, Recipe(plain_share=0.0))
    for k in range(len(one.things)):
        rows, columns = np.nonzero(one.mask(k))
        x1, y1, x2, y2 = one.visible_boxes[k]
        assert (
            np.abs(np.array([columns.min() - x1, rows.min() - y1, columns.max() + 1 - x2, rows.max() + 1 - y2])).max()
            <= 1
        )
        whole = one.boxes[k]
        assert (whole[:2] <= (x1 + 1.5, y1 + 1.5)).all()
        assert (whole[2:] >= (x2 - 1.5, y2 - 1.5)).all()
        count = one.picture.samples[k] / one.picture.samples_per_pixel
        assert len(rows) == pytest.approx(count, rel=0.1, abs=12)
        assert count >= 150


def test_a_sample_is_the_same_wherever_the_stream_begins():
    recipe = Recipe(width=96, height=72)
    late = next(stream(4, 2, recipe))
    through = list(islice(stream(4, 0, recipe), 3))[2]
    alone = sample(4, 2, recipe)
    for other in (through, alone):
        assert np.array_equal(late.pixels, other.pixels)
        assert late.record() == other.record()


def test_recipes_choose_the_share_of_plain_pictures():
    plain, varied = (sample(1, 0, Recipe(width=64, height=48, plain_share=share)) for share in (1.0, 0.0))
    assert plain.look.film.jpeg is None
    assert plain.look.colors != varied.look.colors
    with pytest.raises(BadRequest):
        Recipe(plain_share=1.5)
    with pytest.raises(BadRequest):
        sample(-1, 0)


def test_written_scenes_are_read_back_in_the_published_layout(tmp_path):
    made = [sample(2, k, Recipe(width=96, height=72)) for k in range(2)]
    assert write_scenes(tmp_path, made) == 2
    read = read_scenes(tmp_path)
    for one, scene in zip(made, read, strict=True):
        assert np.array_equal(read_pixels(scene), one.pixels)
        assert scene.relations == one.relations
        assert [t.attributes["shape"] for t in scene.things] == [t.shape for t in one.things]
        assert [t.center_px for t in scene.things] == [pytest.approx(tuple(c[:2])) for c in one.centers]
    maps = np.load(tmp_path / "maps" / "scene_000001.npz")
    assert np.array_equal(maps["things"], made[1].picture.things)
    assert len(read_scenes(tmp_path, limit=1)) == 1


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (None, "no scenes.json"),
        ("{", "JSON"),
        ('{"scenes": 3}', "no list"),
        ('{"scenes": [{"objects": [{}]}]}', "Scene 0"),
        (
            json.dumps(
                {
                    "scenes": [
                        {
                            "image_filename": "a.png",
                            "objects": [
                                {"shape": "cone", "size": "large", "color": "red", "material": "metal"}
                                | {"pixel_coords": [1, 2, 3], "3d_coords": [1, 2, 3]}
                            ],
                        }
                    ]
                }
            ),
            "cone",
        ),
    ],
)
def test_damaged_folders_are_named_in_the_error(tmp_path, text, hint):
    if text is not None:
        (tmp_path / "scenes.json").write_text(text)
    with pytest.raises(BadRequest, match=hint):
        read_scenes(tmp_path)


def test_a_missing_picture_is_a_readable_error(tmp_path):
    write_scenes(tmp_path, [sample(2, 0, Recipe(width=64, height=48))])
    (scene,) = read_scenes(tmp_path)
    scene.image.unlink()
    with pytest.raises(BadRequest, match="cannot be read"):
        read_pixels(scene)


def test_the_command_writes_scenes_and_a_sheet(tmp_path, capsys):
    small = ["--count", "2", "--width", "64", "--height", "48"]
    assert main([*small, "--out", str(tmp_path / "out"), "--sheet", str(tmp_path / "sheet.png")]) == 0
    assert len(read_scenes(tmp_path / "out")) == 2
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (128, 48)
    assert main(small) == 2
    assert "--out" in capsys.readouterr().err
