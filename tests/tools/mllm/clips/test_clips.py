"""Clips are repeatable, their truth fits their frames, and drawing only what changed gives the same as drawing all."""

import json
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from sightline.tools.errors import BadRequest
from sightline.tools.mllm.clips.__main__ import main
from sightline.tools.mllm.clips.clip import ClipRecipe, clip, clips
from sightline.tools.mllm.clips.events import KINDS
from sightline.tools.mllm.clips.files import write_clips, write_mp4
from sightline.tools.mllm.clips.filming import film
from sightline.tools.mllm.scenes.looks import Film
from sightline.tools.mllm.scenes.render import render
from sightline.tools.mllm.scenes.stream import Recipe

SMALL = ClipRecipe(scene=replace(ClipRecipe().scene, width=96, height=72), seconds=3.0, moving_camera_share=0.0)


@pytest.fixture(scope="module")
def made():
    return [clip(5, number, SMALL) for number in range(6)]


def test_a_clip_is_the_same_wherever_the_stream_begins(made):
    late = next(clips(5, 2, SMALL))
    assert np.array_equal(late.frames, made[2].frames)
    assert late.record() == made[2].record()
    through = list(islice(clips(5, 1, SMALL), 2))[1]
    assert np.array_equal(through.frames, late.frames)


def test_drawing_only_what_changed_gives_what_drawing_everything_gives(made):
    look = replace(made[0].look, film=Film(noise=0.0, blur=0.0))
    quick = list(film(made[0].shots, look, np.random.default_rng(0), width=96, height=72))
    for number in range(0, len(quick), 5):
        things, camera = made[0].shots[number]
        whole = render(things, camera, look, np.random.default_rng(number), width=96, height=72)
        assert np.array_equal(whole.things, quick[number].things)
        assert np.array_equal(whole.samples, quick[number].samples)
        assert whole.depth == pytest.approx(quick[number].depth)
        # soft shadows are sampled at random, so only nearly
        assert np.abs(whole.pixels.astype(int) - quick[number].pixels).mean() < 2.0


def test_masks_boxes_and_counts_agree_in_every_frame(made):
    for one in made:
        for frame in range(0, len(one.pictures), 7):
            sample = one.at(frame)
            for k in range(len(sample.things)):
                rows, columns = np.nonzero(one.maps[frame] == k)
                assert len(rows) == pytest.approx(one.visible_pixels[frame, k], rel=0.3, abs=10)
                if len(rows) > 20:
                    x1, y1, x2, y2 = one.outlines[frame, k]
                    assert x1 - 1 <= columns.min()
                    assert columns.max() <= x2 + 1
                    assert y1 - 1 <= rows.min()
                    assert rows.max() <= y2 + 1
                    assert one.inside[frame, k]


def test_events_are_what_the_frames_show(made):
    kinds = {event.kind for one in made for event in one.events}
    assert {"start", "collision", "enter"} <= kinds <= set(KINDS)
    for one in made:
        for event in one.events:
            k, frame = event.things[0], event.frame
            if event.kind == "enter":
                assert not one.inside[frame - 1, k]
                assert one.inside[frame, k]
                assert one.visible_pixels[frame - 1, k] < 8  # no more than a sliver
            elif event.kind == "exit":
                assert one.inside[frame - 1, k]
                assert not one.inside[frame:, k].all()
            elif event.kind == "start":
                moved = one.motion.poses[frame, k] - one.motion.poses[frame - 1, k]
                assert np.abs(moved).max() > 0
            elif event.kind == "stop":
                assert not one.moving[frame, k]
            elif event.kind == "collision":
                a, b = event.things
                gap = one.motion.poses[frame, a, :2] - one.motion.poses[frame, b, :2]
                assert np.hypot(*gap) < one.things[a].radius * 1.2 + one.things[b].radius * 1.2 + 0.8
        times = [event.time_s for event in one.events]
        assert times == sorted(times)


def test_every_clip_has_something_that_moves(made):
    assert all(one.moving.any() for one in made)


def test_things_that_stay_look_the_same_in_every_frame(made):
    for one in made:
        for k in np.flatnonzero(~one.moving.any(0)):
            assert np.ptp(one.motion.poses[:, k], axis=0) == pytest.approx(0)


def test_print_turns_with_the_thing_that_carries_it():
    recipe = replace(SMALL, scene=replace(SMALL.scene, print_share=1.0), busiest=6)
    turned = 0
    for number in range(4):
        one = clip(8, number, recipe)
        for k, thing in enumerate(one.things):
            last = one.shots[-1][0][k]
            if thing.label is not None and last.label is not None:
                assert last.label.facing - thing.label.facing == pytest.approx(last.rotation - thing.rotation)
                turned += abs(last.rotation - thing.rotation) > 0.1
    assert turned


def test_a_drifting_camera_moves_what_stays():
    one = clip(5, 0, replace(SMALL, moving_camera_share=1.0))
    assert one.shots[0][1] != one.shots[-1][1]
    still = np.flatnonzero(~one.moving.any(0) & one.inside.all(0))
    assert all(np.abs(one.outlines[0, k] - one.outlines[-1, k]).max() > 0.5 for k in still)


def test_records_are_plain_json_with_a_row_per_frame(made):
    record = json.loads(json.dumps(made[1].record()))
    assert len(record["tracks"]) == len(made[1].things)
    assert all(len(track["frames"]) == SMALL.frames for track in record["tracks"])
    assert [event["kind"] for event in record["events"]] == [event.kind for event in made[1].events]


def test_clips_are_written_and_read_back(made, tmp_path):
    assert write_clips(tmp_path, made[:2]) == 2
    with np.load(tmp_path / "clip_000001.npz") as arrays:
        assert np.array_equal(arrays["frames"], made[1].frames)
        assert np.array_equal(arrays["maps"], made[1].maps)
    assert json.loads((tmp_path / "clip_000000.json").read_text()) == json.loads(json.dumps(made[0].record()))


def test_an_mp4_shows_the_same_frames(made, tmp_path):
    av = pytest.importorskip("av", reason="mp4 is written by PyAV, an optional package")
    write_mp4(tmp_path / "clip.mp4", made[0].frames, made[0].fps)
    with av.open(str(tmp_path / "clip.mp4")) as container:
        assert container.streams.video[0].average_rate == made[0].fps
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == len(made[0].frames)
    assert np.abs(np.stack(frames).astype(int) - made[0].frames).mean() < 8


@pytest.mark.parametrize("wrong", [{"fps": 0}, {"seconds": 0}, {"busiest": 0}, {"moving_camera_share": 2.0}])
def test_recipes_that_cannot_be_are_refused(wrong):
    with pytest.raises(BadRequest):
        ClipRecipe(**wrong)
    with pytest.raises(BadRequest):
        clip(-1, 0)


def test_the_command_writes_clips_and_says_what_is_wrong(tmp_path, capsys):
    small = ["--width", "48", "--height", "36", "--seconds", "1", "--count", "1"]
    assert main(["--out", str(tmp_path / "out"), *small]) == 0
    assert (tmp_path / "out" / "clip_000000.json").exists()
    assert main(["--out", str(tmp_path / "out"), *small, "--fps", "0"]) == 2
    assert "frames a second" in capsys.readouterr().err


def test_scenes_of_clips_follow_their_recipe():
    scene = Recipe(width=64, height=48, extra_shape_share=1.0, rules=SMALL.scene.rules)
    shapes = {t.shape for n in range(3) for t in clip(2, n, replace(SMALL, scene=scene, seconds=0.5)).things}
    assert shapes - {"cube", "cylinder", "sphere"}
