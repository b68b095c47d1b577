"""An expert that sees all that it knows at one look is asked for that look once, whatever is asked of the picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.support.clips import encode
from tests.support.squares import PROFILE, Reader, Squares, frame

from sightline.tools.api import Box
from sightline.tools.errors import OutsideWorld
from sightline.tools.experts import ExpertPool
from sightline.tools.experts.index_folder import IndexFolder
from sightline.tools.media import MediaStore


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return encode(tmp_path / "clip.mp4", (frame(n) for n in range(20)), fps=8)


def track(pool: ExpertPool, path: Path, name: str) -> list[dict]:
    store = MediaStore()
    try:
        return list(pool.serve("track", store.add_video(path, samples=20), {"name": name}, store).data["tracks"])
    finally:
        store.rest()


def ways(tracks: list[dict]) -> list[int]:
    """How far each goes to the right."""
    return [one["frames"][-1]["box"][0] - one["frames"][0]["box"][0] for one in tracks]


def test_another_name_is_told_from_the_same_look(clip: Path) -> None:
    pool = ExpertPool(PROFILE)
    Squares.looks = 0
    assert [way > 20 for way in ways(track(pool, clip, "red thing"))] == [True]
    looks = Squares.looks
    assert looks == 20
    assert [way < -20 for way in ways(track(pool, clip, "small blue cube"))] == [True]
    assert track(pool, clip, "green thing") == []
    assert len(track(pool, clip, "thing")) == 2
    assert Squares.looks == looks


def test_an_index_keeps_the_look_for_names_that_were_never_asked_for(clip: Path, tmp_path: Path) -> None:
    first = IndexFolder(tmp_path / "videos")
    track(ExpertPool(PROFILE, indexes=first), clip, "red thing")
    first.close()
    second = IndexFolder(tmp_path / "videos")
    pool = ExpertPool(PROFILE, indexes=second)
    Squares.looks = 0
    with_index = track(pool, clip, "blue cube")
    assert Squares.looks == 0
    assert pool.loaded() == ["detection-tracker"]
    assert with_index == track(ExpertPool(PROFILE), clip, "blue cube")
    store = MediaStore()
    ref = store.add_video(clip, samples=20)
    known = pool.serve("recall", ref, {"about": "blue"}, store).data["known"]
    assert {one["text"] for one in known if one["kind"] == "seen"} == {"small blue rubber cube"}
    store.rest()
    second.close()


def test_a_region_is_answered_from_the_look_at_the_whole(clip: Path) -> None:
    pool = ExpertPool(PROFILE)
    store = MediaStore()
    whole = store.add(frame(3))
    Squares.looks = 0
    boxes = [one["box"] for one in pool.serve("detect", whole, {"names": ["thing"]}, store).data]
    colors = [pool.serve("color", whole.at(Box(*box)), {}, store) for box in boxes]
    assert [each.data["name"] for each in colors] == ["red", "blue"]
    assert all(each.cached for each in colors)
    assert Squares.looks == 1


def test_a_frame_with_words_over_it_is_judged_without_them(tmp_path: Path) -> None:
    path = encode(tmp_path / "words.mp4", (frame(n, words=n % 2 == 1) for n in range(20)), fps=8)
    Reader.asked = 0
    tracks = track(ExpertPool(PROFILE), path, "red thing")
    assert [len(one["frames"]) for one in tracks] == [20]
    assert Reader.asked == 10  # only where it was refused


def test_a_picture_without_anything_is_refused_however_often_it_is_asked_about() -> None:
    pool = ExpertPool(PROFILE)
    store = MediaStore()
    plain = store.add(np.full((48, 96, 3), 128, np.uint8))
    Squares.looks = 0
    for name in ("red thing", "blue thing"):
        with pytest.raises(OutsideWorld, match="no picture of table-top things"):
            pool.serve("detect", plain, {"names": [name]}, store)
    assert Squares.looks == 1
