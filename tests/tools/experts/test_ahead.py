"""A program that walks a video gets the next frames computed with the one, and the same answers as without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.clips import Film, Mover, write_clip
from tests.support.faulty import Counting

from sightline.tools.api import VideoSegment
from sightline.tools.api.refs import Box, ImageRef, VideoRef
from sightline.tools.api.runtime import use_runtime
from sightline.tools.experts import ExpertPool, InProcessRuntime, Profile
from sightline.tools.experts.ahead import Ahead, Grid
from sightline.tools.experts.pool import PoolSettings
from sightline.tools.media import MediaStore
from sightline.tools.results import Answer


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shown = Film(movers=(Mover(color="red", path=lambda t: (40 + 20 * t, 60)),))
    return write_clip(tmp_path_factory.mktemp("clips") / "walk.mp4", shown, seconds=8.0, fps=10)


@pytest.fixture
def media(clip: Path) -> Iterator[tuple[MediaStore, VideoRef]]:
    Counting.batches_seen.clear()
    store = MediaStore()
    yield store, store.add_video(clip, samples=60)
    store.rest()


def pool(*, speculation: bool = True, **settings: Any) -> ExpertPool:
    return ExpertPool(
        Profile(name="t", experts={"caption": ("test-counting",)}),
        settings=PoolSettings(speculation=speculation, **settings),
    )


def walk(experts: ExpertPool, store: MediaStore, ref: VideoRef, *, stop: int | None = None) -> list[str]:
    told = []
    with use_runtime(InProcessRuntime(experts, store)):
        for n, frame in enumerate(VideoSegment(ref).frame_iterator()):
            if n == stop:
                break
            told.append(frame.caption())
    return told


def figures(experts: ExpertPool) -> dict[str, int]:
    found: dict[str, int] = experts.status()["experts"]["test-counting"]
    return found


def test_a_walk_is_answered_as_without_guessing_in_far_fewer_runs(media: tuple[MediaStore, VideoRef]) -> None:
    store, ref = media
    plain, guessing = pool(speculation=False), pool()
    assert walk(guessing, store, ref) == walk(plain, store, ref)
    assert figures(plain)["runs"] == 60
    counted = figures(guessing)
    assert counted["runs"] <= 10
    assert counted["computed"] == 60  # nothing beyond the last frame, nothing twice
    assert counted["guesses_used"] == counted["guessed"] >= 50
    assert (counted["guesses_wasted"], guessing.status()["guesses_waiting"]) == (0, 0)


def test_what_nobody_comes_for_is_counted_as_wasted(media: tuple[MediaStore, VideoRef]) -> None:
    store, ref = media
    guessing = pool()
    assert len(walk(guessing, store, ref, stop=12)) == 12
    counted = figures(guessing)
    waiting = guessing.status()["guesses_waiting"]
    assert counted["guessed"] == counted["guesses_used"] + waiting
    guessing.close()
    counted = figures(guessing)
    assert counted["guessed"] == counted["guesses_used"] + counted["guesses_wasted"]
    assert counted["computed"] == 12 + counted["guesses_wasted"]


def test_a_second_program_finds_what_the_first_left(media: tuple[MediaStore, VideoRef]) -> None:
    store, ref = media
    guessing = pool()
    first = walk(guessing, store, ref, stop=20)
    before = figures(guessing)["computed"]
    assert walk(guessing, store, ref)[:20] == first
    assert figures(guessing)["computed"] == 60
    assert before < 60


def test_looking_here_and_there_guesses_nothing(media: tuple[MediaStore, VideoRef]) -> None:
    store, ref = media
    guessing = pool()
    with use_runtime(InProcessRuntime(guessing, store)):
        for index in (50, 3, 31, 8, 59, 20, 0, 44):
            VideoSegment(ref).frame_from_index(index).caption()
    assert figures(guessing)["guessed"] == 0


@settings(deadline=None)
@given(
    st.integers(1, 400).flatmap(lambda frames: st.tuples(st.just(frames), st.integers(1, frames))),
    st.integers(1, 7),
    st.integers(0, 50),
)
def test_an_even_walk_is_guessed_exactly_whatever_its_step(sizes: tuple[int, int], step: int, start: int) -> None:
    frames, samples = sizes
    seen = [min(frames - 1, ((2 * s + 1) * frames) // (2 * samples)) for s in range(samples)]
    grid, ahead, wasted = Grid(frames, seen), Ahead(lambda expert, number: None), 0
    path = seen[start::step]
    kept: set[int] = set()
    for frame in path:
        place = ImageRef(media="m", width=4, height=4, box=Box(0, 0, 4, 4), frame=frame)
        ahead.saw("e", "q", place, grid)
        if ahead.take("e", "q", str(frame)) is None:
            guesses = ahead.next("e", "q", place, grid, most=16)
            assert all(each.frame in path for each in guesses)
            ahead.keep("e", "q", place, {str(each.frame): Answer(text="x") for each in guesses})
            kept |= {each.frame for each in guesses if each.frame is not None}
    assert ahead.waiting() == wasted == 0
    assert kept <= set(path)


def test_walks_in_frames_of_the_file_are_guessed_too() -> None:
    grid, ahead = Grid(100, ()), Ahead(lambda expert, number: None)
    for frame in (10, 14, 18):
        place = ImageRef(media="m", width=4, height=4, box=Box(0, 0, 4, 4), frame=frame)
        ahead.saw("e", "q", place, grid)
    assert [each.frame for each in ahead.next("e", "q", place, grid, most=16)] == [22, 26, 30]


def test_guesses_that_are_wasted_make_later_ones_fewer() -> None:
    wasted: list[int] = []
    grid, ahead = Grid(1000, range(1000)), Ahead(lambda expert, number: wasted.append(number))
    sizes = []
    for question in "abcdef":
        for frame in (0, 1):
            place = ImageRef(media="m", width=4, height=4, box=Box(0, 0, 4, 4), frame=frame)
            ahead.saw("e", question, place, grid)
        guesses = ahead.next("e", question, place, grid, most=16)
        sizes.append(len(guesses))
        ahead.keep("e", question, place, {f"{question}{each.frame}": Answer(text="x") for each in guesses})
        for frame in (900, 700, 500, 300):  # goes elsewhere, so that the walk ends
            ahead.saw("e", question, ImageRef.whole("m", 4, 4, frame=frame), grid)
    assert sizes[0] == 3
    assert sizes[-1] == 1
    assert sum(wasted) == sum(sizes)


def test_guessing_stops_at_a_frame_that_cannot_be_decoded(
    media: tuple[MediaStore, VideoRef], monkeypatch: pytest.MonkeyPatch
) -> None:
    from sightline.tools.errors import BrokenMedia

    store, ref = media
    whole = store.pixels
    broken = ref.source_frame(30)

    def pixels(place: ImageRef, *, margin_px: int = 0) -> np.ndarray:
        if place.frame == broken:
            raise BrokenMedia("this frame is damaged")
        return whole(place, margin_px=margin_px)

    monkeypatch.setattr(store, "pixels", pixels)
    assert len(walk(pool(), store, ref, stop=30)) == 30
    with pytest.raises(BrokenMedia):
        walk(pool(), store, ref)
