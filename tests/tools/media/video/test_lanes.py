"""Frames of different key frames are decoded side by side, those of one key frame in order, and never too many."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import pytest

from sightline.tools.media.video import lanes as lanes_module
from sightline.tools.media.video.container import Broken
from sightline.tools.media.video.facts import VideoFacts
from sightline.tools.media.video.lanes import Lanes

FACTS = VideoFacts(width=64, height=48, frame_count=100, fps=Fraction(10), has_sound=False, codec="none")
SOON_S = 10.0


@dataclass
class Scripted:
    """A reader of a file with a key frame every ten frames; `decode` is what decoding a frame does."""

    decode: Callable[[int], None] = lambda index: None
    twins: bool = True
    facts: VideoFacts = FACTS
    decoded: list[int] = field(default_factory=list)
    made: list[Scripted] = field(default_factory=list)

    def group(self, index: int) -> int:
        return index // 10

    def picture(self, index: int) -> int:
        self.decode(index)
        self.decoded.append(index)
        return index

    def twin(self) -> Scripted | None:
        if not self.twins:
            return None
        self.made.append(Scripted(self.decode))
        return self.made[-1]


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes_module, "_processors", lambda: 2)


def started(reader: Any, *, slots: int = 100) -> tuple[Lanes, queue.Queue[tuple[int, Any]]]:
    """Lanes over a reader, and what they show: frame and slot, or frame and why not."""
    shown: queue.Queue[tuple[int, Any]] = queue.Queue()
    lanes = Lanes(
        reader,
        slots=slots,
        show=lambda _, wanted, picture, slot: shown.put((picture, slot)),
        refuse=lambda wanted, why: shown.put((wanted[0], str(why))),
    )
    return lanes, shown


def wanted(*indices: int) -> list[tuple[int, int, int]]:
    return [(index, 64, 48) for index in indices]


def test_two_key_frames_are_decoded_at_the_same_time() -> None:
    both = threading.Barrier(2, timeout=SOON_S)
    lanes, shown = started(Scripted(lambda index: both.wait() and None))
    lanes.want(wanted(3, 42), first=True)
    assert {shown.get(timeout=SOON_S)[0] for _ in range(2)} == {3, 42}


def test_frames_of_one_key_frame_are_decoded_and_shown_in_order_by_one_reader() -> None:
    reader = Scripted()
    lanes, shown = started(reader)
    lanes.want(wanted(*range(10)), first=True)
    assert [shown.get(timeout=SOON_S)[0] for _ in range(10)] == list(range(10))
    assert (reader.decoded, reader.made) == (list(range(10)), [])


def test_all_is_shown_where_the_file_cannot_be_opened_twice() -> None:
    reader = Scripted(twins=False)
    lanes, shown = started(reader)
    lanes.want(wanted(*range(0, 100, 5)), first=True)
    assert {shown.get(timeout=SOON_S)[0] for _ in range(20)} == set(range(0, 100, 5))
    assert sorted(reader.decoded) == list(range(0, 100, 5))


def test_no_more_is_decoded_than_there_are_slots_until_one_is_taken() -> None:
    reader = Scripted()
    lanes, shown = started(reader, slots=3)
    lanes.want(wanted(*range(8)), first=True)
    slots = [shown.get(timeout=SOON_S)[1] for _ in range(3)]
    assert sorted(slots) == [0, 1, 2]
    assert reader.decoded == [0, 1, 2]
    lanes.free(slots[1])
    assert shown.get(timeout=SOON_S) == (3, slots[1])


def test_a_frame_that_cannot_be_decoded_is_refused_and_gives_its_slot_back() -> None:
    def decode(index: int) -> None:
        if index % 2:
            raise Broken(f"no {index}")

    lanes, shown = started(Scripted(decode), slots=1)
    lanes.want(wanted(1, 3, 4), first=True)
    assert [shown.get(timeout=SOON_S) for _ in range(3)] == [(1, "no 1"), (3, "no 3"), (4, 0)]


def test_a_new_request_goes_before_what_was_wanted_and_not_begun() -> None:
    held, begun = threading.Event(), threading.Event()

    def decode(index: int) -> None:
        begun.set()
        assert held.wait(SOON_S)

    lanes, shown = started(Scripted(decode))
    lanes.want(wanted(1, 2, 3), first=True)
    assert begun.wait(SOON_S)
    lanes.want(wanted(7), first=True)
    held.set()
    assert [shown.get(timeout=SOON_S)[0] for _ in range(2)] == [1, 7]
    with lanes.reader() as reader:  # idle again
        assert reader.decoded == [1, 7]
